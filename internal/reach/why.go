package reach

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
)

// why says in a sentence why the step at i stands where it does: what put it
// behind the one before it, then what there is to know before calling.
func (f Facts) why(code string, ladder []Step, i int, q Question, by access.Actor) string {
	s := ladder[i]
	name := f.States[s.State].NameEN
	switch {
	case len(s.Suspensions) > 0:
		return "Suspended " + suspendedFact(s) + ". " + contactWhy(ladder, i, q, by)
	case s.Contact != nil:
		return contactWhy(ladder, i, q, by)
	case s.Part == OfDelegation && i == 0:
		return "No contact is shown, but the delegation speaks for " + name + ": its mission and ministry can find somebody."
	case s.Part == OfDelegation:
		return "If no contact answers, the delegation speaks for " + name + ": its mission and ministry can find somebody."
	case s.Part == OfFramework:
		return fmt.Sprintf("Your state and theirs both belong to the %s, which may know another way to reach them.", s.Title)
	case s.State == "" && by.Role == access.Public && len(ladder) == 1:
		return "Nobody else is shown to the public: your own national CERT or foreign ministry may know more ways, and can call theirs."
	case s.State == "" && by.Role == access.Public:
		return "If nobody above answers, ask your own national CERT or foreign ministry to call theirs: they may know more ways."
	case s.State == "":
		return "You act for no state: ask a national CERT or a foreign ministry to call theirs for you."
	case s.State == code:
		return "This is your own state, and it shows you nobody to call: ask your head of delegation to name a contact."
	case len(ladder) == 1:
		return "The register shows you nobody else to call here: ask your own foreign ministry to call theirs."
	default:
		return fmt.Sprintf("Last, ask your own ministry to call theirs: %s has no diplomatic contact here that you can call.", name)
	}
}

func contactWhy(ladder []Step, i int, q Question, by access.Actor) string {
	s := ladder[i]
	lead, reason := "", questions
	switch head := i == 0 || ladder[i-1].Part != s.Part; {
	case !head:
		reason = decided(ladder[i-1].merits, s.merits)
		lead = fmt.Sprintf("After step %d because %s", i, because(s, reason, q, by))
	case s.Part == NextKind && i == 0:
		lead = "Nobody of the kind asked for is shown, so the " + kindNames[s.Contact.Kind]
	case s.Part == NextKind:
		lead = "If none of those above answers, the " + kindNames[s.Contact.Kind]
	case s.Part == OwnDiplomatic:
		lead = "Last, your own diplomatic contact, who can call theirs"
	case s.merits[byChannel] == silent:
		lead = "First of its kind, and " + because(s, byChannel, q, by)
	case s.merits[byBasis] != 0:
		reason, lead = byBasis, "First to call, though "+because(s, byBasis, q, by)
	default:
		lead = "First to call"
	}
	facts := []string{}
	add := func(question int, fact string) {
		if question != reason && fact != "" {
			facts = append(facts, fact)
		}
	}
	add(byDuty, dutyFact(s, q))
	add(bySector, sectorFact(s, q))
	add(byLanguage, languageFact(s, q))
	if s.merits[byBasis] == 0 {
		facts = append(facts, confirmedFact(*s.Contact, q.At))
	} else {
		add(byBasis, "found in public, unconfirmed")
	}
	if hours, changed := changedHours(s); changed {
		facts = append(facts, changedFact(hours))
	}
	if len(facts) == 0 {
		return lead + "."
	}
	return lead + ": " + strings.Join(facts, ", ") + "."
}

// because says what put s behind the step before it.
func because(s Step, reason int, q Question, by access.Actor) string {
	switch reason {
	case byChannel:
		if s.merits[byChannel] == slow {
			return "it is reached by fax or a web form only"
		}
		return "it " + shows(by) + " no channel that works"
	case byBasis:
		return "it was found in public, and the state has not confirmed it"
	case byDuty:
		if s.Duty.State == contact.DutyUnknown {
			return "nobody has recorded whether it is on duty"
		}
		return "it is " + dutyFact(s, q)
	case byCoverage:
		return "it covers others than " + q.Sector
	case byLapse:
		return "the state has not confirmed it for a year"
	case byRank:
		return fmt.Sprintf("it has rank %d on the state's own ladder", s.Contact.Rank)
	case bySector:
		return "it does not name " + q.Sector
	case byLanguage:
		return "it " + languageFact(s, q)
	case byFreshness:
		return "its confirmation is due again"
	default:
		return "nothing tells them apart, and it comes second by id"
	}
}

func dutyFact(s Step, q Question) string {
	switch d := s.Duty; {
	case d.Always:
		return "on duty around the clock"
	case d.State == contact.OnDuty && d.Until != nil:
		return "on duty until " + clock(*d.Until, q.At, s.Zone)
	case d.State == contact.OnDuty:
		return "on duty for the next two weeks"
	case d.State == contact.OffDuty && d.Next != nil:
		return "off duty until " + clock(*d.Next, q.At, s.Zone)
	case d.State == contact.OffDuty:
		return "off duty for the next two weeks"
	default:
		return "not known to be on duty"
	}
}

// clock is what the clock there shows at t, with the day unless it is the one there
// at the moment asked about.
func clock(t, at time.Time, zone *time.Location) string {
	there := t.In(zone)
	if there.Format(time.DateOnly) == at.In(zone).Format(time.DateOnly) {
		return there.Format("15:04") + " local time"
	}
	return there.Format("Mon 2 Jan 15:04") + " local time"
}

func sectorFact(s Step, q Question) string {
	switch {
	case q.Sector == "":
		return ""
	case slices.Contains(s.Contact.Sectors, q.Sector):
		return "covers " + q.Sector
	case s.merits[byCoverage] != 0:
		return "covers others than " + q.Sector
	default:
		return ""
	}
}

func languageFact(s Step, q Question) string {
	switch {
	case len(q.Languages) == 0:
		return ""
	case len(s.InCommon) > 0:
		return "speaks " + strings.Join(s.InCommon, " and ")
	case len(s.Contact.Languages) == 0:
		return "does not say which languages it speaks"
	default:
		return "speaks none of the languages asked for"
	}
}

// confirmedFact says how long ago the state last said that c is true. Of a moment
// before that it says when, which is no age.
func confirmedFact(c contact.Contact, at time.Time) string {
	when := *c.ConfirmedAt
	age := at.Sub(when)
	switch days := int(age.Hours() / 24); {
	case age < 0:
		return "confirmed on " + when.UTC().Format(time.DateOnly)
	case days == 0:
		return "confirmed within the last day"
	case age >= entry.LapsedAfter:
		return "not confirmed for " + count(days, "day")
	default:
		return "confirmed " + count(days, "day") + " ago"
	}
}

// suspendedFact says until when s is suspended, by whom and why.
func suspendedFact(s Step) string {
	var facts []string
	for _, u := range s.Suspensions {
		facts = append(facts, fmt.Sprintf("until %s UTC by the %s: %s",
			u.Until.UTC().Format("2006-01-02 15:04"), u.By, strings.TrimRight(u.Reason, ".")))
	}
	return strings.Join(facts, "; ")
}

func changedFact(hours int) string {
	ago := "within the last hour"
	if hours > 0 {
		ago = count(hours, "hour") + " ago"
	}
	return "a channel or key made or changed " + ago + ": be wary"
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
