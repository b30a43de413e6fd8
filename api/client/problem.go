package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is a refusal (RFC 9457). Use errors.As to get at it.
type Problem struct {
	Status    int     `json:"status"` // HTTP
	Type      string  `json:"type"`   // a URI that never changes; Kind is its last part
	Title     string  `json:"title"`
	Detail    string  `json:"detail"` // one sentence that says what to do
	Errors    []Fault `json:"errors"` // what is wrong with the input, if that is it
	RequestID string  `json:"request_id"`

	// RetryAfter is how long to wait before asking again, with 429 and 503, and with 409
	// while a write with the same Idempotency-Key is being carried out.
	RetryAfter time.Duration `json:"-"`
}

// Fault is one thing that is wrong with an input.
type Fault struct {
	Pointer string `json:"pointer"` // a JSON pointer (RFC 6901) into the body, or the query's parameter
	Line    int    `json:"line"`    // in a file that is imported, counted from 1; else 0
	Column  string `json:"column"`  // the name of the column in such a file
	Detail  string `json:"detail"`
}

// Kind is the last part of the type: "not-found", "forbidden", "stale" …
func (p *Problem) Kind() string { return p.Type[strings.LastIndex(p.Type, "/")+1:] }

// underway reports whether the same write was sent before, and is being carried
// out: then nothing is refused yet.
func (p *Problem) underway() bool { return p.Status == http.StatusConflict && p.RetryAfter > 0 }

// Error says what was refused, with each fault, in one line.
func (p *Problem) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%d)", p.Detail, p.Status)
	for _, f := range p.Errors {
		fmt.Fprintf(&out, "; %s %s", f.Where(), f.Detail)
	}
	return out.String()
}

// Where is the place of a fault, for a person.
func (f Fault) Where() string {
	switch {
	case f.Line > 0 && f.Column != "":
		return fmt.Sprintf("line %d, %s:", f.Line, f.Column)
	case f.Line > 0:
		return fmt.Sprintf("line %d:", f.Line)
	case f.Pointer == "":
		return "the whole:"
	default:
		return f.Pointer
	}
}

func readProblem(res *http.Response, body []byte) error {
	p := &Problem{}
	if err := json.Unmarshal(body, p); err != nil || p.Detail == "" { // not the registry's own: a proxy's
		p = &Problem{Type: "about:blank", Detail: "the server answers " + res.Status}
	}
	p.Status = res.StatusCode
	if p.RequestID == "" {
		p.RequestID = res.Header.Get("Request-Id")
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}
