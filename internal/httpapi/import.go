package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
)

// hugeBody is the limit on a file, in bytes.
const hugeBody = 16 << 20

// longest bounds an import, its approval or an export, which take longer than others:
// ten thousand contacts, over a slow line.
const longest = 2 * time.Minute

// long are the routes that have so much time.
var long = map[string]bool{"/v1/imports": true, "/v1/exports/contacts": true, "/v1/proposals/:id/approve": true}

// patient lets the connection live as long as a long route may take: the server's
// own deadlines are for other requests.
func patient(c echo.Context) error {
	until := time.Now().Add(longest)
	control := http.NewResponseController(c.Response())
	err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("extend the deadline: %w", err)
	}
	return nil
}

func (s *Server) importer() *importer.Importer {
	return &importer.Importer{
		Register: s.Register, Organisations: s.Organisations, Contacts: s.Contacts, Strategies: s.Strategies,
	}
}

// importView is what an import came to.
type importView struct {
	Kind      importer.Kind  `json:"kind"`
	DryRun    bool           `json:"dry_run"`
	Rows      int            `json:"rows"`
	Created   int            `json:"created"`
	Changed   int            `json:"changed"`
	Unchanged int            `json:"unchanged"`
	LeftAlone int            `json:"left_alone"`
	Changes   []importedView `json:"changes"`
	Notes     []noteView     `json:"notes"`
	Faults    []faultView    `json:"faults"`
	Approval  approvalView   `json:"approval"`
	Version   *int64         `json:"version"` // null if nothing was changed
}

type importedView struct {
	Line  int                   `json:"line,omitzero"`
	Act   string                `json:"act"`
	Noun  string                `json:"noun"`
	ID    string                `json:"id"`
	State string                `json:"state"`
	Diff  []register.Difference `json:"diff,omitempty"`
}

type noteView struct {
	Line   int    `json:"line,omitzero"`
	Detail string `json:"detail"`
}

func viewImport(r importer.Report, by access.Actor) importView {
	v := importView{
		Kind: r.Kind, DryRun: r.DryRun, Rows: r.Rows, Created: r.Created, Changed: r.Changed, Unchanged: r.Unchanged,
		LeftAlone: r.LeftAlone, Changes: []importedView{}, Notes: []noteView{}, Faults: viewFaults(r.Faults),
		Approval: viewApproval(r.Second, by),
	}
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, importedView(c))
	}
	for _, n := range r.Notes {
		v.Notes = append(v.Notes, noteView(n))
	}
	if r.Version > 0 {
		v.Version = &r.Version
	}
	return v
}

func (s *Server) importFile(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	if _, err := accepted(c, false); err != nil {
		return err
	}
	kind := importer.Kind(c.QueryParam("kind"))
	if err := importer.May(actor(c), kind); err != nil {
		return err
	}
	leave, err := s.imports.place(household(c))
	if err != nil {
		return err
	}
	defer leave()
	if err := patient(c); err != nil {
		return err
	}
	types := map[importer.Kind][]string{
		importer.Contacts: {"text/csv"}, importer.PublicFacts: {"text/csv"}, importer.Strategies: jsonTypes,
	}[kind]
	sent, text := read(c, hugeBody, unconditional, types, func(text []byte) ([]byte, error) { return text, nil })
	act, err := act(c, text, &register.Asked{Does: proposal.Import, Noun: "contact", Body: text}, "kind")
	switch {
	case err != nil:
		return err
	case types == nil:
		return &problem.Error{
			Kind: problem.Malformed, Detail: "the query is not what this route takes: mend what errors lists",
			Faults: []problem.Fault{{Pointer: "/kind", Detail: "is one of: contacts, public_facts, strategies"}},
		}
	case sent.Err != nil:
		return sent.Err
	}
	// One at a time: a file of sixteen MiB takes memory a hundred times its size, and
	// no two could write at once.
	done, err := s.imports.take(c.Request().Context())
	if err != nil {
		return err
	}
	defer done()
	report, err := s.importer().Import(c.Request().Context(), act, kind, sent.Body)
	var proposed *register.Proposed
	var replay *register.Replay
	switch {
	case errors.As(err, &proposed):
		return s.proposed(c, proposed.Key, nil)
	case errors.As(err, &replay):
		return s.replay(c, replay)
	case err != nil:
		return err
	}
	a := answer{view: viewImport(report, act.By), uncached: true, epoch: s.Register.Epoch(), register: s.Register.Latest()}
	if report.Replayed {
		a.header = map[string]string{"Idempotent-Replay": "true"}
	}
	return a.write(c)
}

func (s *Server) exportContacts(c echo.Context) error {
	q := newQuery(c, "state")
	state := q.matching("state", alpha2Form, "is an alpha-2 code such as PL")
	if err := q.err(); err != nil {
		return err
	}
	turns := s.exports
	if actor(c).Role == access.Public {
		// A stranger has the time of any other request, and delays no one but strangers.
		ctx, cancel := context.WithTimeout(c.Request().Context(), s.Timeout)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		turns = s.strange
	} else if err := patient(c); err != nil {
		return err
	}
	leave, err := turns.place(household(c))
	if err != nil {
		return err
	}
	defer leave()
	a, err := s.export(c, turns, state)
	if err != nil {
		return err
	}
	return a.write(c) // in nobody else's turn: who reads slowly keeps only their own place
}

func (s *Server) export(c echo.Context, turns *turns, state string) (answer, error) {
	least, err := minVersion(c)
	if err != nil {
		return answer{}, err
	}
	ctx := c.Request().Context()
	if err := s.Register.Await(ctx, least); err != nil {
		return answer{}, err
	}
	done, err := turns.take(ctx)
	if err != nil {
		return answer{}, err
	}
	defer done()
	return s.fresh(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		head, rows, all, err := importer.Export(ctx, snap, state)
		return answer{
			version: snap.Version, table: func() table { return table{head: head, rows: rows} }, sight: sight(s, snap.By, all...),
		}, err
	})
}
