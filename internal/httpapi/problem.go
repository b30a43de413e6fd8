package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"pocreg.example/internal/problem"
)

// problemTypes is where each problem's type is described; the type is this and
// its kind. It is a name, not a page that clients fetch.
const problemTypes = "https://pocreg.example/problems/"

var statusOf = map[problem.Kind]int{
	problem.Malformed:            http.StatusBadRequest,
	problem.Unauthenticated:      http.StatusUnauthorized,
	problem.Forbidden:            http.StatusForbidden,
	problem.NotFound:             http.StatusNotFound,
	problem.NotAcceptable:        http.StatusNotAcceptable,
	problem.Conflict:             http.StatusConflict,
	problem.Gone:                 http.StatusGone,
	problem.Stale:                http.StatusPreconditionFailed,
	problem.TooLarge:             http.StatusRequestEntityTooLarge,
	problem.UnsupportedMedia:     http.StatusUnsupportedMediaType,
	problem.Invalid:              http.StatusUnprocessableEntity,
	problem.PreconditionRequired: http.StatusPreconditionRequired,
	problem.TooManyRequests:      http.StatusTooManyRequests,
	problem.Unavailable:          http.StatusServiceUnavailable,
}

// problemView is an error as the API shows it (RFC 9457).
type problemView struct {
	Type      string      `json:"type"`
	Title     string      `json:"title"`
	Status    int         `json:"status"`
	Detail    string      `json:"detail"`
	Errors    []faultView `json:"errors"`
	RequestID string      `json:"request_id"`
}

type faultView struct {
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901) into the body
	Detail  string `json:"detail"`
	Line    int    `json:"line,omitzero"`    // of a file
	Column  string `json:"column,omitempty"` // of a table
}

func viewFaults(faults []problem.Fault) []faultView {
	out := []faultView{}
	for _, f := range faults {
		out = append(out, faultView(f))
	}
	return out
}

// handleError is the only place where an error becomes a response of the API.
func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p, status := s.Failure(err, c)
	view := problemView{
		Type: problemTypes + string(p.Kind), Title: http.StatusText(status), Status: status,
		Detail: p.Detail, Errors: viewFaults(p.Faults), RequestID: requestID(c),
	}
	h := c.Response().Header()
	if p.Kind == problem.Unauthenticated {
		h.Set("WWW-Authenticate", `Bearer realm="pocreg"`)
	}
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	h.Set(echo.HeaderContentType, "application/problem+json")
	c.Response().WriteHeader(view.Status)
	if err := json.MarshalWrite(c.Response(), view); err != nil {
		s.Log.WarnContext(c.Request().Context(), "write problem", "err", err, "request_id", view.RequestID)
	}
}

// The kinds that only a transport knows.
const (
	methodNotAllowed problem.Kind = "method-not-allowed"
	internal         problem.Kind = "internal"
)

// Failure says what of an error the caller learns, with which status, sets
// Retry-After where waiting helps, and logs what is not the caller's. The pages
// ask it too: this is the only place where an error is judged.
func (s *Server) Failure(err error, c echo.Context) (p *problem.Error, status int) {
	p = s.problemOf(err, c)
	if p.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(max(1, (p.RetryAfter+time.Second-1)/time.Second))))
	}
	if p.Kind == methodNotAllowed {
		return p, http.StatusMethodNotAllowed
	}
	return p, cmp.Or(statusOf[p.Kind], http.StatusInternalServerError)
}

// problemOf finds the problem in an error, and logs the error if there is none:
// then it is ours, and the caller learns only that.
func (s *Server) problemOf(err error, c echo.Context) *problem.Error {
	var p *problem.Error
	var he *echo.HTTPError // echo's own: no such route, wrong method
	switch {
	case errors.As(err, &p):
		if p.Cause != nil {
			s.Log.WarnContext(c.Request().Context(), "unavailable",
				"method", c.Request().Method, "route", c.Path(), "cause", p.Cause, "request_id", requestID(c))
		}
		return p
	case errors.As(err, &he) && he.Code == http.StatusMethodNotAllowed:
		return &problem.Error{Kind: methodNotAllowed, Detail: "this route does not take " + c.Request().Method + ": see /docs for what it takes"}
	case errors.As(err, &he) && he.Code == http.StatusNotFound:
		return &problem.Error{Kind: problem.NotFound, Detail: "there is no such route: see /docs for those there are"}
	case errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil:
		return &problem.Error{Kind: problem.Unavailable, Detail: "the request was cancelled", RetryAfter: time.Second}
	case errors.Is(err, context.DeadlineExceeded):
		return &problem.Error{Kind: problem.Unavailable, Detail: "this took too long: try again in a moment", RetryAfter: time.Second}
	}
	s.Log.ErrorContext(c.Request().Context(), "request failed",
		"method", c.Request().Method, "route", c.Path(), "err", err, "request_id", requestID(c))
	return &problem.Error{Kind: internal, Detail: "something went wrong here, and was written down under the request's id: try again, or tell the operator"}
}
