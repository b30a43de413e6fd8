package portal

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/signin"
)

// failure is what a page tells of what went wrong.
type failure struct {
	Key    string // of its title
	Detail string // a sentence in English, "" if the title says it all
	Again  bool   // whether waiting helps
}

// failureKeys are the messages for the statuses that people meet.
var failureKeys = map[int]string{
	http.StatusUnauthorized:        "failure.unauthenticated",
	http.StatusForbidden:           "failure.forbidden",
	http.StatusNotFound:            "failure.not_found",
	http.StatusMethodNotAllowed:    "failure.not_found",
	http.StatusTooManyRequests:     "failure.too_many",
	http.StatusServiceUnavailable:  "failure.unavailable",
	http.StatusInternalServerError: "failure.internal",
}

// fail answers with what went wrong, in the frame. Should the frame itself be
// what fails, the request's id is all that is left to say.
func (s *Site) fail(err error, c echo.Context) {
	v := s.visit(c)
	if errors.Is(err, signin.ErrStepUp) && v.Session != nil {
		_ = v.leadTo("/signin/again") // to a client that is gone, there is nothing to say
		return
	}
	p, status := s.Host.Failure(err, c)
	f := failure{Key: failureKeys[status], Detail: p.Detail}
	switch {
	case f.Key == "":
		f.Key = "failure.malformed"
	case status == http.StatusNotFound, status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
		f.Detail = "" // the title's own words say it, in the visitor's language
	}
	f.Again = status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	if err := v.show(status, "failure", f); err != nil {
		s.Log.ErrorContext(c.Request().Context(), "show a failure", "err", err, "request_id", v.RequestID())
		v.secure()
		_ = c.String(status, v.RequestID()) // to a client that is gone, there is nothing to say
	}
}
