// Package problem is the error type for failures that the caller caused, or
// has to wait out, and can understand. Any other error is ours: it is logged,
// and the caller sees only that something went wrong.
package problem

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure it is. It is also the last part of the
// problem's type (RFC 9457), so it never changes once published. HTTP statuses
// are chosen in httpapi.
type Kind string

// The kinds of failure, in the order in which the checks run.
const (
	Unauthenticated      Kind = "unauthenticated"       // we don't know who is asking
	TooManyRequests      Kind = "too-many-requests"     // wait, then ask again
	Gone                 Kind = "gone"                  // a cursor of before the register was restored
	NotFound             Kind = "not-found"             // there is no such thing, or it is not for the caller
	Forbidden            Kind = "forbidden"             // we know who asks, and the answer is no
	PreconditionRequired Kind = "precondition-required" // If-Match is missing
	Malformed            Kind = "malformed"             // the request cannot be read
	TooLarge             Kind = "too-large"             // the body is over the limit
	UnsupportedMedia     Kind = "unsupported-media"     // the body is of a type we don't take
	NotAcceptable        Kind = "not-acceptable"        // no representation that the caller accepts
	Stale                Kind = "stale"                 // it was based on an older version
	Invalid              Kind = "invalid"               // the input breaks a rule
	Conflict             Kind = "conflict"              // it clashes with what is stored
	Unavailable          Kind = "unavailable"           // we cannot do it now; ask again
)

// Fault is one thing that is wrong with an input.
type Fault struct {
	Pointer string // where in the input: a JSON pointer (RFC 6901), "" for the whole
	Detail  string // what to do about it, for a person
	Line    int    // of a file, from 1 as an editor counts; 0 where there are no lines
	Column  string // of a table, by its name
}

// Error is a failure to report to the caller.
type Error struct {
	Kind       Kind
	Detail     string        // one sentence for a person that says what to do; no internals
	Faults     []Fault       // for Malformed and Invalid: each thing at fault
	RetryAfter time.Duration // when to ask again; 0 where that helps nothing
	Cause      error         // for Unavailable: why, for the log alone
}

func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Detail
	for _, f := range e.Faults {
		s += fmt.Sprintf("; %s: %s", f.Pointer, f.Detail)
	}
	return s
}

func Errorf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Faultf returns an Invalid Error with one fault at pointer.
func Faultf(pointer, format string, args ...any) error {
	return WithFaults([]Fault{{Pointer: pointer, Detail: fmt.Sprintf(format, args...)}})
}

// WithFaults returns an Invalid Error that names faults, or nil if there are none.
func WithFaults(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Detail: "the input breaks a rule: mend what errors lists, and send it again", Faults: faults}
}

// Faults returns what an Invalid Error within err lists, so that several
// checks can be reported together; ok is false for any other error.
func Faults(err error) (faults []Fault, ok bool) {
	var e *Error
	if errors.As(err, &e) && e.Kind == Invalid {
		return e.Faults, true
	}
	return nil, false
}

// Is reports whether err is, or wraps, an Error of the given kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
