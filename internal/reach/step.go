package reach

import (
	"cmp"
	"time"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
)

// lately is for how long a change of a channel or key is shown: whoever steals a
// token wants to be called, and the owner needs time to notice.
const lately = 72 * time.Hour

// kindNames are what contacts are called in sentences.
var kindNames = map[string]string{
	contact.Technical:      "technical contact",
	contact.LawEnforcement: "law enforcement contact",
	contact.Diplomatic:     "diplomatic contact",
	contact.Policy:         "policy contact",
}

// contacts returns the steps of a state's contacts of a kind, in the order to call
// them, still without their sentences.
func (f Facts) contacts(part Part, code, kind string, q Question) []Step {
	var steps []Step
	for _, c := range f.Contacts[code] {
		if c.Kind == kind {
			steps = append(steps, f.contact(part, c, q))
		}
	}
	return sorted(steps)
}

func (f Facts) contact(part Part, c contact.Contact, q Question) Step {
	s := Step{
		Part: part, State: c.State, Contact: &c, Zone: f.Zones[c.TimeZone], InCommon: inCommon(c.Languages, q.Languages),
		TitleEN: c.OfficeTitleEN, Duty: contact.Availability{}.Duty(q.At, nil),
	}
	if c.Organisation != nil {
		s.Organisation = f.Organisations[*c.Organisation]
	}
	if c.Availability != nil {
		s.Duty = c.Availability.Duty(q.At, s.Zone)
	}
	s.Title = cmp.Or(c.OfficeTitle, c.OfficeTitleEN, s.Organisation.Own, kindNames[c.Kind])
	for _, ch := range c.Channels {
		if ch.DeadAt == nil {
			s.Channels = append(s.Channels, Channel{Channel: ch, ChangedHours: hoursAgo(ch.ChangedAt, q.At)})
		}
	}
	for _, k := range c.Keys {
		if !k.Revoked && (k.ExpiresAt == nil || k.ExpiresAt.After(q.At)) {
			s.Keys = append(s.Keys, Key{ContactKey: k, ChangedHours: hoursAgo(k.AddedAt, q.At)})
		}
	}
	for _, u := range c.Suspensions {
		if !q.At.Before(u.Since) && q.At.Before(u.Until) {
			s.Suspensions = append(s.Suspensions, u)
		}
	}
	s.merits = s.assess(q)
	s.Marks = f.marks(s, q)
	return s
}

// hoursAgo returns how many whole hours before at something changed, nil if that was
// not lately. A new contact's channels are all new: that is as much to be wary of.
func hoursAgo(changed, at time.Time) *int {
	ago := at.Sub(changed)
	if ago < 0 || ago >= lately {
		return nil
	}
	hours := int(ago.Hours())
	return &hours
}

func (f Facts) marks(s Step, q Question) []Mark {
	c := *s.Contact
	marks := []Mark{}
	if len(s.Suspensions) > 0 {
		marks = append(marks, Suspended)
	}
	if _, changed := changedHours(s); changed {
		marks = append(marks, ChangedLately)
	}
	age := q.At.Sub(confirmed(c, q.At))
	switch {
	case c.Basis != entry.Nominated:
		marks = append(marks, Unconfirmed)
	case age >= entry.LapsedAfter:
		marks = append(marks, Lapsed)
	case age >= entry.DueAfter:
		marks = append(marks, Due)
	}
	if len(c.Missing()) > 0 {
		marks = append(marks, Incomplete)
	}
	if len(s.Channels) == 0 {
		marks = append(marks, NoChannel)
	}
	return append(marks, f.spokenFor(c.State)...)
}

// changedHours returns how long ago the last change of a channel or key was, if that
// was lately.
func changedHours(s Step) (hours int, lately bool) {
	least := func(ago *int) {
		if ago != nil && (!lately || *ago < hours) {
			hours, lately = *ago, true
		}
	}
	for _, ch := range s.Channels {
		least(ch.ChangedHours)
	}
	for _, k := range s.Keys {
		least(k.ChangedHours)
	}
	return hours, lately
}

// spokenFor returns the mark of a state for which nobody speaks, or of which that is
// in dispute so far as the caller may know.
func (f Facts) spokenFor(code string) []Mark {
	switch {
	case f.Delegations[code].Status == delegation.Contested:
		return []Mark{Contested}
	case !f.States[code].Represented:
		return []Mark{Unrepresented}
	default:
		return []Mark{}
	}
}

// delegation returns the step of a state's delegation, if the caller sees one that
// has not ended and has channels.
func (f Facts) delegation(part Part, code string) (Step, bool) {
	d, ok := f.Delegations[code]
	if !ok || d.Status == delegation.Closed || len(d.Channels) == 0 {
		return Step{}, false
	}
	s := Step{Part: part, State: code, Delegation: &d, Title: "Delegation of " + f.States[code].NameEN, Marks: f.spokenFor(code)}
	for _, ch := range d.Channels {
		s.Channels = append(s.Channels, Channel{Of: ch.Of, Channel: contact.Channel{
			Type: ch.Type, Usage: ch.Usage, Protocol: ch.Protocol, Value: ch.Value, Note: ch.Note,
		}})
	}
	return s, true
}
