package httpapi

import (
	"time"

	"pocreg.example/internal/entry"
)

// suspensionView says that an entry is not to be relied on for now, and why.
type suspensionView struct {
	By     entry.Imposer `json:"by"`
	Reason string        `json:"reason"`
	Since  time.Time     `json:"since"`
	Until  time.Time     `json:"until"`
}

func viewSuspensions(suspensions []entry.Suspension) []suspensionView {
	var views []suspensionView
	for _, s := range suspensions {
		views = append(views, suspensionView{By: s.By, Reason: s.Reason, Since: s.Since.UTC(), Until: s.Until.UTC()})
	}
	return views
}

// suspendedUntil is when the last of an entry's suspensions lapses, as a cell of a
// table.
func suspendedUntil(suspensions []suspensionView) string {
	var until time.Time
	for _, s := range suspensions {
		if s.Until.After(until) {
			until = s.Until
		}
	}
	if until.IsZero() {
		return ""
	}
	return cellTime(&until)
}

// lapsing is an entry of any noun, which changes by itself when a suspension of it
// lapses.
type lapsing interface{ NextLapse() time.Time }

// sooner is until when an answer holds that holds until a moment, zero for ever, if
// it shows entries too.
func sooner[T lapsing](until time.Time, shown ...T) time.Time {
	for _, one := range shown {
		if at := one.NextLapse(); !at.IsZero() && (until.IsZero() || at.Before(until)) {
			until = at
		}
	}
	return until
}
