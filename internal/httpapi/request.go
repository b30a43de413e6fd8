package httpapi

import (
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// The limits on bodies, in bytes. Keys and strategies are long, the rest is not.
const (
	smallBody = 64 << 10
	largeBody = 1 << 20
)

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)

// pathUUID reads an id in the path. One that is no UUID is nothing's id; but who
// would change it without a name is told that first.
func pathUUID(c echo.Context, name string) (string, error) {
	if c.Request().Method != http.MethodGet {
		if err := signedIn(c); err != nil {
			return "", err
		}
	}
	id := strings.ToLower(c.Param(name))
	if !uuidForm.MatchString(id) {
		return "", problem.Errorf(problem.NotFound, "there is nothing with this id: an id is a UUID")
	}
	return id, nil
}

// pathText reads a text in the path. Clients may spell a ":" as "%3A"; the router
// leaves that as it is.
func pathText(c echo.Context, name string) string {
	text, err := url.PathUnescape(c.Param(name))
	if c.Request().URL.RawPath == "" || err != nil {
		return c.Param(name)
	}
	return text
}

// expectation says which precondition a route wants.
type expectation int

const (
	unconditional expectation = iota // If-Match is honoured, and not needed
	matching                         // If-Match is needed
	matchingOrNew                    // If-Match, or If-None-Match: * to make it
)

// body reads the request's body, at most limit bytes of it. It comes before the
// database is asked, so that a slow client holds no connection there.
func body(c echo.Context, limit int64) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.Errorf(problem.TooLarge, "the body is over this route's limit of %d KiB", limit>>10)
	case err != nil:
		return nil, problem.Errorf(problem.Malformed, "the body did not arrive whole: send it again")
	}
	return text, nil
}

// read keeps what a request brought for the store to look at once the caller is
// known to be allowed. decode turns the body into what the store takes; a route
// that takes none has no types.
func read[V any](c echo.Context, limit int64, want expectation, types []string, decode func([]byte) (V, error)) (sent register.Sent[V], text []byte) {
	sent.If, sent.Err = precondition(c, want)
	text, err := body(c, limit)
	if sent.Err == nil {
		sent.Err = err
	}
	if sent.Err == nil && len(text) > 0 && len(types) > 0 {
		sent.Err = contentType(c, types)
	}
	if sent.Err == nil {
		sent.Body, sent.Err = decode(text)
	}
	return sent, text
}

// jsonTypes are the media types that a body of JSON may have.
var jsonTypes = []string{echo.MIMEApplicationJSON}

// patchTypes are those of a merge patch (RFC 7396).
var patchTypes = []string{"application/merge-patch+json", echo.MIMEApplicationJSON}

func contentType(c echo.Context, types []string) error {
	got, parameters, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	charset := parameters["charset"]
	if err != nil || !slices.Contains(types, got) || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return problem.Errorf(problem.UnsupportedMedia, "send the body as Content-Type: %s", types[0])
	}
	return nil
}

// decodeJSON reads a body that is one JSON value of type V.
func decodeJSON[V any](text []byte) (v V, err error) {
	return v, entry.Decode(text, &v)
}

// decodePatch takes a merge patch as it is: it is read against the entry.
func decodePatch(text []byte) ([]byte, error) { return text, nil }

// decodeNothing refuses a body where none is taken.
func decodeNothing(text []byte) (entry.Nothing, error) {
	if len(strings.TrimSpace(string(text))) == 0 || strings.TrimSpace(string(text)) == "{}" {
		return entry.Nothing{}, nil
	}
	return entry.Nothing{}, problem.Errorf(problem.Malformed, "this route takes no body: send none")
}

// tagForm is an ETag of ours, weakened by a proxy or not; its version counts,
// with the epoch if it is there. A bare version does too.
var tagForm = regexp.MustCompile(`^(?:W/)?"([0-9]{1,18})(?:-([0-9a-f]{8})[0-9a-f]{16})?"$`)

func precondition(c echo.Context, want expectation) (register.Precondition, error) {
	match := strings.Join(c.Request().Header.Values("If-Match"), ",")
	none := strings.TrimSpace(c.Request().Header.Get("If-None-Match"))
	switch {
	case want == matchingOrNew && match == "" && none == "*":
		return register.Precondition{Absent: true}, nil
	case want == unconditional && (match == "" || strings.TrimSpace(match) == "*"):
		return register.Precondition{None: true}, nil
	case match == "" && want == matchingOrNew:
		return register.Precondition{}, problem.Errorf(problem.PreconditionRequired,
			"send the ETag that you read as If-Match, or If-None-Match: * to make a new entry")
	case match == "" || strings.TrimSpace(match) == "*":
		return register.Precondition{}, problem.Errorf(problem.PreconditionRequired,
			"read the entry, and send its ETag as If-Match: so nobody's change is overwritten unseen")
	}
	var p register.Precondition
	for tag := range strings.SplitSeq(match, ",") {
		parts := tagForm.FindStringSubmatch(strings.TrimSpace(tag))
		if parts == nil {
			return p, problem.Errorf(problem.Malformed, "If-Match is no ETag of this registry: send one as it was read, with its quotes")
		}
		version := parts[1]
		if parts[2] != "" {
			version += "-" + parts[2]
		}
		p.Versions = append(p.Versions, version)
	}
	return p, nil
}

// act is a change in the name of whoever sent the request; known is what its query
// may hold beside dry_run and, where it can be proposed, the reason.
func act(c echo.Context, text []byte, asked *register.Asked, known ...string) (register.Act, error) {
	a := register.Act{By: actor(c), Asked: asked}
	if asked != nil {
		known = append(known, "reason")
		asked.Reason = c.QueryParam("reason")
	}
	// A rehearsal that is misspelt must not become the change itself.
	q := query{values: c.QueryParams(), known: append(known, "dry_run")}
	if err := q.err(); err != nil {
		return a, err
	}
	for _, dry := range c.QueryParams()["dry_run"] {
		if a.DryRun = dry == "true"; !a.DryRun && dry != "false" {
			return a, problem.Errorf(problem.Malformed, "dry_run is true or false")
		}
	}
	key := c.Request().Header.Get("Idempotency-Key")
	if key == "" || c.Request().Method != http.MethodPost || a.DryRun || a.By.Credential == "" {
		return a, nil
	}
	if len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return a, problem.Errorf(problem.Malformed, "Idempotency-Key is 1 to 200 printable ASCII characters, such as a UUID")
	}
	about := c.Request().URL.Path
	for _, name := range known {
		about += "?" + name + "=" + c.QueryParam(name)
	}
	a.Once = &register.Once{
		Route: c.Request().Method + " " + c.Path(), Key: key,
		Body: sha256.Sum256(append([]byte(about+"\n"), text...)),
	}
	return a, nil
}

// minVersion is the version of the register that a caller must see at least:
// that of its own write, made elsewhere.
func minVersion(c echo.Context) (int64, error) {
	q := query{values: c.QueryParams()}
	least := q.number("min_version", 0, 1<<53, 0)
	if len(q.faults) > 0 {
		return 0, &problem.Error{Kind: problem.Malformed, Detail: "the query is not what this route takes: mend what errors lists", Faults: q.faults}
	}
	return least, nil
}

// query reads a route's query. One that the route does not know is refused:
// a filter that is misspelt must not come back as the whole list.
type query struct {
	values url.Values
	known  []string
	listed []string // of known, those that may be there more than once
	faults []problem.Fault
}

func newQuery(c echo.Context, known ...string) *query {
	return &query{values: c.QueryParams(), known: append([]string{"min_version"}, known...)}
}

func (q *query) fault(name, detail string) {
	q.faults = append(q.faults, problem.Fault{Pointer: "/" + name, Detail: detail})
}

func (q *query) text(name string, allowed ...string) string {
	v := q.values.Get(name)
	if v != "" && len(allowed) > 0 && !slices.Contains(allowed, v) {
		q.fault(name, "is one of: "+strings.Join(allowed, ", "))
	}
	if len(v) > 200 {
		q.fault(name, "is at most 200 characters")
	}
	return v
}

// several reads a parameter that may be there more than once.
func (q *query) several(name string, most int) []string {
	q.listed = append(q.listed, name)
	v := q.values[name]
	if len(v) > most {
		q.fault(name, "is there at most "+strconv.Itoa(most)+" times")
	}
	return slices.Clone(v)
}

func (q *query) matching(name string, form *regexp.Regexp, detail string) string {
	v := q.values.Get(name)
	if v != "" && !form.MatchString(v) {
		q.fault(name, detail)
	}
	return v
}

func (q *query) number(name string, least, most, otherwise int64) int64 {
	v := q.values.Get(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < least || n > most {
		q.fault(name, "is a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10))
	}
	return n
}

// err returns what is wrong with the query, if anything.
func (q *query) err() error {
	for name, values := range q.values {
		if !slices.Contains(q.known, name) {
			q.fault(name, "is no parameter of this route: see /docs for those there are")
		}
		if len(values) > 1 && !slices.Contains(q.listed, name) {
			q.fault(name, "is there twice: send it once")
		}
	}
	if len(q.faults) == 0 {
		return nil
	}
	slices.SortFunc(q.faults, func(a, b problem.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	return &problem.Error{
		Kind: problem.Malformed, Detail: "the query is not what this route takes: mend what errors lists", Faults: q.faults,
	}
}
