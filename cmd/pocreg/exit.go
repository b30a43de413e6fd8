package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"pocreg.example/api/client"
)

// The exit codes. Scripts rely on them: they do not change.
const (
	exitFailure     = 1   // anything else
	exitUsage       = 2   // the command line is wrong
	exitForbidden   = 3   // not signed in, or not allowed
	exitNotFound    = 4   // no such thing, or not for you
	exitChanged     = 5   // changed since, or a clash
	exitInvalid     = 6   // the input was refused
	exitLater       = 7   // busy: try again later
	exitUnreachable = 8   // the server was not reached
	exitProposed    = 9   // not done yet: somebody else decides on it
	exitInterrupted = 130 // Ctrl-C
)

const exitCodes = `Exit codes: 0 done; 1 failure; 2 wrong usage; 3 not signed in, or not allowed; 4 not found, or not for you;
5 changed since, or a clash; 6 input refused; 7 busy, try again later; 8 server not reached; 9 proposed, and not done yet; 130 interrupted.`

// usageError is a command line that cannot be carried out.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func usage(err error) error { return usageError{err} }

// exitCode is what the program exits with after err.
func exitCode(ctx context.Context, err error) int {
	var wrong usageError
	var refused *client.Problem
	var network *url.Error
	var proposed *client.Proposed
	switch {
	case err == nil:
		return 0
	case errors.As(err, &proposed):
		return exitProposed
	case errors.As(err, &wrong):
		return exitUsage
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &refused):
		switch refused.Status {
		case http.StatusUnauthorized, http.StatusForbidden:
			return exitForbidden
		case http.StatusNotFound:
			return exitNotFound
		case http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusGone:
			return exitChanged
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
			return exitInvalid
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return exitLater
		}
		return exitFailure
	case errors.As(err, &network):
		return exitUnreachable
	default:
		return exitFailure
	}
}

// explain is what a person is told of err: a refusal with its faults a line each,
// and the number to quote.
func explain(err error) string {
	var refused *client.Problem
	var network *url.Error
	var proposed *client.Proposed
	switch {
	case errors.As(err, &proposed):
		said := fmt.Sprintf("proposed, and not done yet: %s decides on it\n  pocreg proposal show %s", proposed.Decider(), harmless(proposed.Proposal.ID))
		if handed := proposed.Proposal.Invitation; handed != nil {
			said += "\nWhoever approves gets a code. Once they have, send this, apart from it; it is not shown again:\n  " + harmless(handed.Link)
		}
		return said
	case errors.As(err, &refused):
		var out strings.Builder
		out.WriteString(harmless(refused.Detail))
		for _, f := range refused.Errors {
			fmt.Fprintf(&out, "\n  %s %s", harmless(f.Where()), harmless(f.Detail))
		}
		if refused.RequestID != "" {
			fmt.Fprintf(&out, "\n  (request %s)", harmless(refused.RequestID))
		}
		return out.String()
	case errors.As(err, &network):
		return "the registry was not reached: " + network.Err.Error()
	default:
		return err.Error()
	}
}
