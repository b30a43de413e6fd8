package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// answer is what a handler has to say. It is written once the transaction is
// over, so that a slow client holds no connection to the database.
type answer struct {
	status   int               // 0 is 200
	version  int64             // of what it shows: the first half of its ETag; 0 for no ETag
	view     any               // its JSON
	table    func() table      // its CSV, if it has one
	header   map[string]string // beside those that every answer has
	uncached bool              // what must not be kept, by anybody
	from     register.Scope    // what it was made from: with it, see kept, it is kept for whoever asks the same
	until    time.Time         // when it changes by itself; zero for never
	sight    *accesslog.Sight  // what it shows that is not public: noted whenever it is sent
	handed   *handedView       // what is handed out with it, if it becomes a proposal

	epoch    string
	register int64
}

// read answers from one snapshot of what the caller may see.
func (s *Server) read(c echo.Context, fn func(context.Context, *register.Snapshot) (answer, error)) error {
	a, err := s.fresh(c, fn)
	if err != nil {
		return err
	}
	return a.write(c)
}

func (s *Server) fresh(c echo.Context, fn func(context.Context, *register.Snapshot) (answer, error)) (a answer, err error) {
	least, err := minVersion(c)
	if err != nil {
		return answer{}, err
	}
	ctx := c.Request().Context()
	if err := s.Register.Await(ctx, least); err != nil {
		return answer{}, err
	}
	err = s.Register.Read(ctx, actor(c), func(snap *register.Snapshot) (err error) {
		a, err = fn(ctx, snap)
		a.epoch, a.register = snap.Epoch, snap.Version
		return err
	})
	return a, err
}

// write answers what a change came to: the entry as it now is, what a rehearsal
// would have changed, or what the same request came to before.
func (s *Server) write(c echo.Context, text []byte, fn func(context.Context, register.Act) (answer, error)) error {
	return s.carryOut(c, text, nil, fn)
}

// propose is write for what becomes a proposal if one alone may not do it: then the
// answer is the proposal.
func (s *Server) propose(c echo.Context, text []byte, asked register.Asked, fn func(context.Context, register.Act) (answer, error)) error {
	return s.carryOut(c, text, &asked, fn)
}

func (s *Server) carryOut(c echo.Context, text []byte, asked *register.Asked, fn func(context.Context, register.Act) (answer, error)) error {
	if err := signedIn(c); err != nil {
		return err
	}
	// Before anything is changed: a change that is made is never answered with a refusal.
	if _, err := accepted(c, false); err != nil {
		return err
	}
	ctx := c.Request().Context()
	act, err := act(c, text, asked)
	if err != nil {
		return err
	}
	a, err := fn(ctx, act)
	var rehearsal *register.Rehearsal
	var replay *register.Replay
	var proposed *register.Proposed
	switch {
	case errors.As(err, &rehearsal):
		a = viewRehearsal(rehearsal, act.By, nil)
	case errors.As(err, &proposed):
		return s.proposed(c, proposed.Key, a.handed)
	case errors.As(err, &replay):
		return s.replay(c, replay)
	case act.DryRun && (problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict)):
		a = viewRehearsal(&register.Rehearsal{}, act.By, err)
	case err != nil:
		return err
	}
	a.epoch, a.register = s.Register.Epoch(), s.Register.Latest()
	return a.write(c)
}

func (a answer) write(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Register-Version", strconv.FormatInt(a.register, 10))
	vary(h)
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.view == nil && a.table == nil {
		h.Set("Cache-Control", "no-store")
		return c.NoContent(a.status)
	}
	format, text, err := a.encode(c)
	if err != nil {
		return err
	}
	a.sight.Note(actor(c))
	switch {
	case a.uncached || a.version == 0:
		h.Set("Cache-Control", "no-store")
	default:
		h.Set("Cache-Control", "private, no-cache")
		tag := etag(a.version, a.epoch, text)
		h.Set("ETag", tag)
		if c.Request().Method == http.MethodGet && noneMatches(c, tag) {
			return c.NoContent(http.StatusNotModified)
		}
	}
	return c.Blob(a.status, format, text)
}

// encode returns the representation that the caller accepts, and its type.
func (a answer) encode(c echo.Context) (format string, text []byte, err error) {
	if a.view == nil {
		format, err = acceptedTable(c)
	} else {
		format, err = accepted(c, a.table != nil)
	}
	if err != nil {
		return "", nil, err
	}
	if format == csvType {
		text, err = a.table().csv()
	} else {
		text, err = json.Marshal(a.view, json.Deterministic(true))
	}
	if err != nil {
		return "", nil, fmt.Errorf("encode answer: %w", err)
	}
	return format, text, nil
}

// vary names what an answer depends on beside its address.
func vary(h http.Header) {
	h["Vary"] = varied
}

var varied = []string{"Authorization, Accept, Accept-Encoding, Accept-Language"}

// etag names a representation of what was last changed at version, in this
// life of the register: "<version>-<8 of epoch><16 of SHA-256>".
func etag(version int64, epoch string, text []byte) string {
	sum := sha256.Sum256(text)
	return fmt.Sprintf(`"%d-%s%s"`, version, epoch[:register.EpochLength], hex.EncodeToString(sum[:8]))
}

// noneMatches reports whether the caller has this representation already. The
// comparison is weak, as RFC 9110 §13.1.2 has it.
func noneMatches(c echo.Context, tag string) bool {
	for _, value := range c.Request().Header.Values("If-None-Match") {
		for held := range strings.SplitSeq(value, ",") {
			held = strings.TrimPrefix(strings.TrimSpace(held), "W/")
			if held == tag || held == "*" {
				return true
			}
		}
	}
	return false
}

// rehearsalView is what a dry run would have come to.
type rehearsalView struct {
	DryRun   bool                  `json:"dry_run"`
	Changes  []rehearsedChangeView `json:"changes"`
	Faults   []faultView           `json:"faults"`
	Approval approvalView          `json:"approval"`
}

type rehearsedChangeView struct {
	Act   string                `json:"act"`
	Noun  string                `json:"noun"`
	ID    string                `json:"id"`
	State string                `json:"state,omitempty"`
	Diff  []register.Difference `json:"diff"`
}

// approvalView is who would have to approve a change before it takes effect:
// somebody else, in one of the roles.
type approvalView struct {
	Needed bool          `json:"needed"`
	By     []access.Role `json:"by"`
}

func viewApproval(needed bool, by access.Actor) approvalView {
	switch {
	case !needed:
		return approvalView{By: []access.Role{}}
	case by.Role == access.Secretariat:
		return approvalView{Needed: true, By: []access.Role{access.Secretariat}}
	default:
		return approvalView{Needed: true, By: []access.Role{access.Delegate, access.Head}}
	}
}

func viewRehearsal(r *register.Rehearsal, by access.Actor, err error) answer {
	view := rehearsalView{DryRun: true, Changes: viewChanges(r.Changes, by), Faults: []faultView{}, Approval: viewApproval(r.Second, by)}
	var p *problem.Error
	if errors.As(err, &p) {
		view.Faults = viewFaults(p.Faults)
		if len(p.Faults) == 0 {
			view.Faults = append(view.Faults, faultView{Detail: p.Detail})
		}
	}
	return answer{view: view, uncached: true}
}

// viewChanges shows what would change, as far as by may see it.
func viewChanges(changes []register.RehearsedChange, by access.Actor) []rehearsedChangeView {
	views := []rehearsedChangeView{}
	for _, c := range changes {
		views = append(views, rehearsedChangeView{
			Act: c.Act, Noun: c.Noun, ID: c.Key, State: c.State, Diff: append([]register.Difference{}, c.For(by).Diff...),
		})
	}
	return views
}
