package reach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/reference"
)

// Ladder returns whom by can reach in a state. It is pure: the facts in, the answer
// out. The question's time must be set.
func (f Facts) Ladder(code string, q Question, by access.Actor) Ladder {
	asked := f.contacts(Asked, code, q.Kind, q)
	ladder := asked
	for _, kind := range nextKinds[q.Kind] {
		if next := f.contacts(NextKind, code, kind, q); len(next) > 0 && next[0].merits[byChannel] != silent {
			ladder = slices.Concat(ladder, next)
			break
		}
	}
	if s, ok := f.delegation(OfDelegation, code); ok {
		ladder = append(ladder, s)
	}
	home := home(by)
	ladder = append(ladder, f.frameworks(code, home)...)
	ladder = append(ladder, f.own(code, home, ladder, q)...)
	for i := range ladder {
		ladder[i].Why = f.why(code, ladder, i, q, by)
	}
	return Ladder{State: f.States[code], Summary: f.summary(code, q, by, asked, ladder), Steps: ladder}
}

// home is the state whose ministry can call another's for an actor: its own, or
// the co-chair that it serves; "" for none.
func home(by access.Actor) string { return cmp.Or(by.State, by.CoChair) }

// frameworks returns the steps of those that a state and another belong to now.
func (f Facts) frameworks(code, home string) []Step {
	if home == "" || home == code {
		return nil
	}
	theirs, ours := f.States[code].Frameworks(f.Now), f.States[home].Frameworks(f.Now)
	var steps []Step
	for _, framework := range reference.Frameworks() {
		if slices.Contains(theirs, framework.Code) && slices.Contains(ours, framework.Code) {
			steps = append(steps, Step{Part: OfFramework, Framework: &framework, Title: framework.Name, Marks: []Mark{}})
		}
	}
	return steps
}

// own returns the steps of the caller's own diplomatic contacts that are not on the
// ladder yet. Where there are none it says whom to ask instead, so that a ladder
// never ends in nothing.
func (f Facts) own(code, home string, above []Step, q Question) []Step {
	if home == "" {
		return []Step{{Part: OwnDiplomatic, Title: "Your own national CERT or foreign ministry", Marks: []Mark{}}}
	}
	steps := slices.DeleteFunc(f.contacts(OwnDiplomatic, home, contact.Diplomatic, q), func(s Step) bool {
		return s.merits[byChannel] == silent || slices.ContainsFunc(above, func(a Step) bool {
			return a.Contact != nil && a.Contact.ID == s.Contact.ID
		})
	})
	if len(steps) > 0 || home == code && len(above) > 0 {
		return steps
	}
	s, ok := f.delegation(OwnDiplomatic, home)
	if !ok {
		s = Step{Part: OwnDiplomatic, State: home, Marks: []Mark{}}
	}
	s.Title = "Foreign ministry of " + f.States[home].NameEN
	return []Step{s}
}

// summary says in a sentence what the ladder comes to.
func (f Facts) summary(code string, q Question, by access.Actor, asked, ladder []Step) string {
	name, kind := f.States[code].NameEN, kindNames[q.Kind]
	var said []string
	switch withdrawn, ok := f.Withdrawn[code]; {
	case ok && q.Kind == contact.Technical && !slices.ContainsFunc(asked, nominated):
		said = append(said, fmt.Sprintf("the last technical contact that %s nominated was withdrawn on %s", name, withdrawn.UTC().Format(time.DateOnly)))
	case len(asked) == 0 && ladder[0].Part == OwnDiplomatic && by.Role == access.Public:
		return name + " has shown nothing to the public: ask your own national CERT or foreign ministry, which can ask theirs."
	case !slices.ContainsFunc(asked, nominated):
		said = append(said, fmt.Sprintf("%s %s no %s that it has nominated", name, shows(by), kind))
	}
	switch first := ladder[0]; {
	case len(asked) == 0:
		said = append(said, "go on with "+called(first))
	case first.merits[byChannel] == silent:
		said = append(said, called(first)+" "+shows(by)+" no channel that works: go on with the next step")
	case !nominated(first):
		said = append(said, called(first)+" was found in public and is unconfirmed")
	case first.Duty.State == contact.OffDuty:
		said = append(said, fmt.Sprintf("no nominated %s that you can call is on duty: %s is first, %s", kind, called(first), dutyFact(first, q)))
	default:
		said = append(said, fmt.Sprintf("call %s first: %s", called(first), dutyFact(first, q)))
	}
	if first := ladder[0]; len(first.Suspensions) > 0 {
		said = append(said, "but "+called(first)+" is suspended "+suspendedFact(first))
	}
	switch marks := f.spokenFor(code); {
	case slices.Contains(marks, Contested):
		said = append(said, "who speaks for the state is in dispute")
	case slices.Contains(marks, Unrepresented):
		said = append(said, "nobody speaks for the state now, so nobody keeps this true")
	}
	sentence := strings.Join(said, "; ")
	initial, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(initial)) + sentence[size:] + "."
}

func nominated(s Step) bool { return s.Contact != nil && s.merits[byBasis] == 0 }

// shows is the verb for what a caller sees of a state.
func shows(by access.Actor) string {
	if by.Role == access.Public {
		return "shows the public"
	}
	return "shows you"
}

// called is what a step is called in a sentence.
func called(s Step) string {
	title := cmp.Or(s.TitleEN, s.Title)
	if name := cmp.Or(s.Organisation.Latin, s.Organisation.Own); name != "" && name != title {
		return title + " (" + name + ")"
	}
	return title
}
