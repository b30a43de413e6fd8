package portal

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/signin"
)

// failure is what a page tells of what went wrong.
type failure struct {
	Key     string // of its title
	Detail  string // a sentence, "" if the title says it all
	Lang    string // that it is in, "" for the page's own
	Again   bool   // whether waiting helps
	Minutes int    // for how long to wait; 0 for a moment
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
	f := failure{Key: failureKeys[status]}
	f.Detail, f.Lang = v.say(p.Detail)
	f.Detail = capital(f.Detail)
	_, ours := s.forms[c.Path()]
	switch {
	case f.Key == "":
		f.Key = "failure.malformed"
	case status == http.StatusNotFound && !ours, status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
		f.Detail = "" // it is for programs; the title says it all
	}
	f.Again = status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
	if p.RetryAfter > time.Minute {
		f.Minutes = int((p.RetryAfter + time.Minute - 1) / time.Minute)
	}
	if err := v.show(status, "failure", f); err != nil {
		s.Log.ErrorContext(c.Request().Context(), "show a failure", "err", err, "request_id", v.RequestID())
		v.secure()
		_ = c.String(status, v.RequestID()) // to a client that is gone, there is nothing to say
	}
}
