package reach

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
)

// The questions that order contacts of a kind, as the package's comment has them.
const (
	byChannel = iota
	byBasis
	byDuty
	byCoverage
	byLapse
	byRank
	bySector
	byLanguage
	byFreshness
	questions
)

// merits are a contact's answers to the questions: the less, the sooner it is called.
type merits [questions]int

// What merits hold for byChannel.
const (
	works  = iota // somebody answers, or a machine takes it at once
	slow          // a fax or a web form
	silent        // nothing
)

func (s Step) assess(q Question) merits {
	c := s.Contact
	var m merits
	m[byChannel] = silent
	for _, ch := range s.Channels {
		if ch.Usage == "fax" || ch.Type == "web_form" {
			m[byChannel] = min(m[byChannel], slow)
		} else {
			m[byChannel] = works
		}
	}
	if c.Basis != entry.Nominated {
		m[byBasis] = 1
	}
	m[byDuty] = map[contact.DutyState]int{contact.OnDuty: 0, contact.DutyUnknown: 1, contact.OffDuty: 2}[s.Duty.State]
	m[byCoverage], m[bySector] = coverage(*c, q.Sector)
	switch age := q.At.Sub(confirmed(*c, q.At)); {
	case age >= entry.LapsedAfter:
		m[byLapse], m[byFreshness] = 1, 1
	case age >= entry.DueAfter:
		m[byFreshness] = 1
	}
	m[byRank] = c.Rank
	if len(q.Languages) > 0 && len(s.InCommon) == 0 {
		m[byLanguage] = 1
		if len(c.Languages) > 0 {
			m[byLanguage] = 2
		}
	}
	return m
}

// confirmed is when the state last said that c is true; what it never said is not
// getting older.
func confirmed(c contact.Contact, at time.Time) time.Time {
	if c.ConfirmedAt == nil {
		return at
	}
	return *c.ConfirmedAt
}

// coverage returns 1 for a contact that covers others than the sector asked for,
// and how exactly it covers that: 0 if it names it.
func coverage(c contact.Contact, sector string) (others, exactly int) {
	covers := func(what string) bool { return slices.Contains(c.Covers, what) }
	switch {
	case sector == "", slices.Contains(c.Sectors, sector):
		return 0, 0
	case len(c.Covers) == 0, covers("whole_state"), covers("private"), covers("sectors") && len(c.Sectors) == 0:
		return 0, 1
	default:
		return 1, 1
	}
}

// inCommon returns the contact's languages that are among those asked for, or
// regional forms of them, in the contact's order.
func inCommon(spoken, asked []string) []string {
	common := []string{}
	for _, s := range spoken {
		if slices.ContainsFunc(asked, func(a string) bool { return s == a || strings.HasPrefix(s, a+"-") }) {
			common = append(common, s)
		}
	}
	return common
}

// sorted puts steps of contacts of one kind in the order to call them.
func sorted(steps []Step) []Step {
	slices.SortFunc(steps, func(x, y Step) int {
		return cmp.Or(slices.Compare(x.merits[:], y.merits[:]), strings.Compare(x.Contact.ID, y.Contact.ID))
	})
	return steps
}

// decided returns the first question that two answer differently; questions if
// there is none.
func decided(x, y merits) int {
	for i := range x {
		if x[i] != y[i] {
			return i
		}
	}
	return questions
}
