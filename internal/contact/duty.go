package contact

import (
	"slices"
	"strconv"
	"time"
)

// DutyState is whether somebody is on duty.
type DutyState string

// The states of duty. What is not recorded is not the same as off duty.
const (
	OnDuty      DutyState = "on"
	OffDuty     DutyState = "off"
	DutyUnknown DutyState = "unknown"
)

// DutyAhead is how far Duty looks: an end or a start beyond it is left out.
const DutyAhead = 14 * 24 * time.Hour

// Duty is whether a contact is on duty at a moment, and when that changes.
type Duty struct {
	State  DutyState
	Always bool       // around the clock, by its own word
	Until  *time.Time // when the duty that is on ends
	Next   *time.Time // when duty starts next
	Notes  []string   // what the reader should know of how sure that is
}

// Duty returns whether a is on duty at a moment, the weekly hours being those of
// clocks in zone.
//
// A shift is one stretch of time. It begins when the clock first shows its
// beginning or later, and ends when the clock shows its end or later for good: one
// that begins in the hour that does not exist begins when the clock has jumped, and
// one that ends in the hour that comes twice is there for both. Shifts that touch
// are one duty. A holiday is off duty for the shifts that begin on its date; one
// from the evening before is worked to its end.
func (a Availability) Duty(at time.Time, zone *time.Location) Duty {
	switch {
	case a.Always:
		return Duty{State: OnDuty, Always: true}
	case len(a.Weekly) == 0:
		return Duty{State: DutyUnknown, Notes: []string{"hours of duty are not recorded"}}
	case zone == nil:
		return Duty{State: DutyUnknown, Notes: []string{"the time zone of the hours of duty is not known"}}
	}
	d := Duty{State: OffDuty}
	horizon := at.Add(DutyAhead)
	for _, s := range a.shifts(at, zone) {
		switch {
		case !s.end.After(at) || s.start.After(horizon):
		case !s.start.After(at):
			d.State = OnDuty
			if !s.end.After(horizon) {
				d.Until = &s.end
			}
		case d.Next == nil:
			d.Next = &s.start
		}
	}
	d.Notes = a.notes(at, d, zone)
	return d
}

// shift is a stretch of duty: its start is in it, its end is not.
type shift struct {
	start, end time.Time
}

// shifts returns the stretches of duty around at and as far ahead as Duty looks,
// in order, those that touch as one.
func (a Availability) shifts(at time.Time, zone *time.Location) []shift {
	var all []shift
	year, month, day := at.In(zone).Date()
	const ahead = int(DutyAhead/(24*time.Hour)) + 1
	for n := -2; n <= ahead; n++ { // a shift may come from the day before, and a day may be skipped
		date := time.Date(year, month, day+n, 0, 0, 0, 0, time.UTC)
		if a.holiday(date) {
			continue
		}
		weekday := week[(int(date.Weekday())+6)%len(week)]
		for _, h := range a.Weekly {
			from, okFrom := minute(h.From)
			to, okTo := minute(h.To)
			if !okFrom || !okTo || !slices.Contains(h.Days, weekday) {
				continue
			}
			if to <= from {
				to += dayMinutes
			}
			s := shift{
				start: first(date.Add(time.Duration(from)*time.Minute), zone),
				end:   last(date.Add(time.Duration(to)*time.Minute), zone),
			}
			if s.start.Before(s.end) { // not wholly within an hour that does not exist
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(x, y shift) int { return x.start.Compare(y.start) })
	return joined(all)
}

// joined returns sorted shifts, those that touch or overlap as one.
func joined(all []shift) []shift {
	var out []shift
	for _, s := range all {
		i := len(out) - 1
		switch {
		case i < 0 || s.start.After(out[i].end):
			out = append(out, s)
		case s.end.After(out[i].end):
			out[i].end = s.end
		}
	}
	return out
}

// first returns the first moment at which clocks in zone show wall or later. Wall
// is what they show, as if it were UTC.
func first(wall time.Time, zone *time.Location) time.Time {
	for since := wall.Add(-24 * time.Hour); ; { // by then no clock on Earth shows wall
		_, offset := since.In(zone).Zone()
		_, until := since.In(zone).ZoneBounds()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if t.Before(since) {
			t = since
		}
		if until.IsZero() || t.Before(until) {
			return t.UTC()
		}
		since = until
	}
}

// last returns the moment from which on clocks in zone show wall or later for good.
func last(wall time.Time, zone *time.Location) time.Time {
	for until := wall.Add(24 * time.Hour); ; { // by then every clock on Earth has shown wall
		within := until.Add(-1).In(zone)
		_, offset := within.Zone()
		since, _ := within.ZoneBounds()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if t.After(until) {
			t = until
		}
		if since.IsZero() || t.After(since) {
			return t.UTC()
		}
		until = since
	}
}

// holiday reports whether a date is recorded as off duty.
func (a Availability) holiday(date time.Time) bool {
	return slices.Contains(a.Holidays[strconv.Itoa(date.Year())], date.Format(time.DateOnly))
}

// notes says that today is a holiday, and for which of the years that d speaks of
// nobody has recorded any: then it may be one, and nobody knows.
func (a Availability) notes(at time.Time, d Duty, zone *time.Location) []string {
	var notes []string
	today := at.In(zone)
	if d.State == OffDuty && a.holiday(today) {
		notes = append(notes, today.Format(time.DateOnly)+" is a holiday there")
	}
	spoken := []time.Time{today}
	for _, t := range []*time.Time{d.Until, d.Next} {
		if t != nil {
			spoken = append(spoken, t.In(zone))
		}
	}
	for _, t := range spoken {
		note := "no holidays are recorded for " + strconv.Itoa(t.Year())
		if _, recorded := a.Holidays[strconv.Itoa(t.Year())]; !recorded && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}
