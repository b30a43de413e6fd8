package reach_test

import (
	"slices"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/reach"
	"pocreg.example/internal/state"
)

// night is when the tests ask: three in the morning in Warsaw, on a Thursday.
var night = time.Date(2026, time.November, 26, 2, 0, 0, 0, time.UTC)

var (
	officer  = access.Actor{Account: "o", Role: access.Cert, State: "PL", Audiences: access.Audiences}
	own      = access.Actor{Account: "o", Role: access.Cert, State: "EE", Audiences: access.Audiences}
	coChairs = access.Actor{Account: "s", Role: access.Secretariat, CoChair: "PL", Audiences: access.Audiences}
	partner  = access.Actor{Account: "p", Role: access.Partner, Audiences: access.Audiences}
	anybody  = access.Anyone()
)

// change is what makes a contact of the tests another than poc makes it.
type change func(*contact.Contact)

// poc is a technical contact of Estonia that is on duty around the clock and lacks
// nothing.
func poc(id string, changes ...change) contact.Contact {
	at := night.Add(-12 * 24 * time.Hour)
	c := contact.Contact{
		Entry: entry.Entry{
			ID: id, Noun: "contact", State: "EE", Kind: contact.Technical, Basis: entry.Nominated, Standing: entry.Active, ConfirmedAt: &at,
		},
		Details: contact.Details{
			Rank: 1, OfficeTitle: "Desk " + id, TimeZone: "Europe/Tallinn", Availability: &contact.Availability{Always: true},
			Languages: []string{"et", "en"}, Covers: []string{"whole_state"},
		},
		ReachedBy: []string{"email:", "phone:duty"},
	}
	phone("duty")(&c)
	for _, change := range changes {
		change(&c)
	}
	return c
}

func of(code string) change        { return func(c *contact.Contact) { c.State = code } }
func kind(k string) change         { return func(c *contact.Contact) { c.Kind = k } }
func rank(n int) change            { return func(c *contact.Contact) { c.Rank = n } }
func speaks(tags ...string) change { return func(c *contact.Contact) { c.Languages = tags } }
func covers(what ...string) change { return func(c *contact.Contact) { c.Covers = what } }
func sectors(what ...string) change {
	return func(c *contact.Contact) { c.Covers, c.Sectors = []string{"sectors"}, what }
}

func found(c *contact.Contact) {
	c.Basis, c.ConfirmedAt, c.Availability, c.ReachedBy = entry.PublicSource, nil, nil, nil
}

func confirmed(daysAgo int) change {
	return func(c *contact.Contact) {
		at := night.Add(-time.Duration(daysAgo) * 24 * time.Hour)
		c.ConfirmedAt = &at
	}
}

// hours is a duty every day.
func hours(from, to string) change {
	return func(c *contact.Contact) {
		c.Availability = &contact.Availability{
			Weekly:   []contact.Hours{{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, From: from, To: to}},
			Holidays: map[string][]string{"2026": {}},
		}
	}
}

func unknownHours(c *contact.Contact) { c.Availability = nil }

func awake(c *contact.Contact)  { hours("00:00", "08:00")(c) }
func asleep(c *contact.Contact) { hours("08:00", "16:00")(c) }

// only leaves a contact with the channels that follow.
func only(c *contact.Contact) { c.Channels = nil }

func phone(usage string) change {
	return func(c *contact.Contact) {
		c.Channels = append(c.Channels, contact.Channel{
			ID: usage, Type: "phone", Usage: usage, Value: "+372600", ChangedAt: night.Add(-1000 * time.Hour),
		})
	}
}

func other(kind string) change {
	return func(c *contact.Contact) {
		c.Channels = append(c.Channels, contact.Channel{ID: kind, Type: kind, Value: "x", ChangedAt: night.Add(-1000 * time.Hour)})
	}
}

func dead(c *contact.Contact) {
	for i := range c.Channels {
		at := night
		c.Channels[i].DeadAt = &at
	}
}

func changed(hoursAgo int) change {
	return func(c *contact.Contact) { c.Channels[0].ChangedAt = night.Add(-time.Duration(hoursAgo) * time.Hour) }
}

// suspended suspends a contact from some hours ago on.
func suspended(by entry.Imposer, hoursAgo int, reason string) change {
	return func(c *contact.Contact) {
		since := night.Add(-time.Duration(hoursAgo) * time.Hour)
		c.Suspensions = append(c.Suspensions, entry.Suspension{By: by, Reason: reason, Since: since, Until: since.Add(entry.SuspendedFor)})
	}
}

// facts are of Estonia, Poland, the Republic of Korea and Qatar; Estonia's and
// Poland's delegations are open, and Estonia's has a channel.
func facts(contacts ...contact.Contact) reach.Facts {
	of := func(name, alpha2 string, frameworks ...string) state.State {
		s := state.State{Alpha2: alpha2, NameEN: name, Represented: true}
		for _, code := range frameworks {
			s.Memberships = append(s.Memberships, state.Membership{Framework: code})
		}
		return s
	}
	f := reach.Facts{
		Now: night,
		States: map[string]state.State{
			"EE": of("Estonia", "EE", "EU", "OSCE", "NATO"), "PL": of("Poland", "PL", "EU", "NATO", "OSCE"),
			"KR": of("Republic of Korea", "KR"), "QA": of("Qatar", "QA", "GCC"),
		},
		Contacts: map[string][]contact.Contact{},
		Delegations: map[string]delegation.Delegation{
			"EE": {ID: "of-ee", State: "EE", Status: delegation.Open, Channels: []delegation.Channel{{Of: "mission", Type: "phone", Usage: "duty", Value: "+43"}}},
			"PL": {ID: "of-pl", State: "PL", Status: delegation.Open},
		},
		Withdrawn:     map[string]time.Time{},
		Organisations: map[string]organisation.Name{"team": {ID: "team", Own: "CERT-EE"}},
		Zones:         map[string]*time.Location{},
	}
	for _, c := range contacts {
		f.Contacts[c.State] = append(f.Contacts[c.State], c)
		if c.TimeZone != "" {
			f.Zones[c.TimeZone], _ = time.LoadLocation(c.TimeZone) // an unknown one is nil
		}
	}
	return f
}

// asking is a question about technical contacts, at night.
func asking(changes ...func(*reach.Question)) reach.Question {
	q := reach.Question{Kind: contact.Technical, At: night}
	for _, change := range changes {
		change(&q)
	}
	return q
}

func forKind(k string) func(*reach.Question)  { return func(q *reach.Question) { q.Kind = k } }
func sector(s string) func(*reach.Question)   { return func(q *reach.Question) { q.Sector = s } }
func in(tags ...string) func(*reach.Question) { return func(q *reach.Question) { q.Languages = tags } }
func after(d time.Duration) func(*reach.Question) {
	return func(q *reach.Question) { q.At = night.Add(d) }
}

// names are what the steps of a part are, by the ids of contacts and delegations and
// the codes of frameworks, "-" for who has none.
func names(l reach.Ladder, parts ...reach.Part) []string {
	out := []string{}
	for _, s := range l.Steps {
		if !slices.Contains(parts, s.Part) {
			continue
		}
		name := "-"
		switch {
		case s.Contact != nil:
			name = s.Contact.ID
		case s.Delegation != nil:
			name = s.Delegation.ID
		case s.Framework != nil:
			name = s.Framework.Code
		}
		out = append(out, name)
	}
	return out
}

// ladder is Estonia's.
func ladder(t *testing.T, by access.Actor, q reach.Question, contacts ...contact.Contact) reach.Ladder {
	t.Helper()
	return checked(t, facts(contacts...).Ladder("EE", q, by))
}

// checked is a ladder, if it is what every ladder is.
func checked(t *testing.T, l reach.Ladder) reach.Ladder {
	t.Helper()
	if len(l.Steps) == 0 || l.Summary == "" {
		t.Fatalf("the ladder is %+v, want a summary and at least one step", l)
	}
	order := []reach.Part{reach.Asked, reach.NextKind, reach.OfDelegation, reach.OfFramework, reach.OwnDiplomatic}
	for i, s := range l.Steps {
		if s.Title == "" || s.Why == "" || s.Marks == nil {
			t.Errorf("step %d is %+v, want a title, a reason and marks", i+1, s)
		}
		if i > 0 && slices.Index(order, l.Steps[i-1].Part) > slices.Index(order, s.Part) {
			t.Errorf("step %d is of part %s, after one of %s", i+1, s.Part, l.Steps[i-1].Part)
		}
	}
	return l
}
