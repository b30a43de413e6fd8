package entry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// mayRecord decides who may make a new entry, or propose one. An input that does not say whose
// is judged as far as that goes: its author is to learn what is missing.
func mayRecord(by access.Actor, noun, state, kind string, basis Basis) error {
	subject := Entry{Noun: noun, State: state, Kind: kind}.Subject()
	switch {
	case basis == PublicSource && state == "":
		return by.RequireAny(access.ImportPublicSource)
	case basis == PublicSource:
		return by.Require(access.ImportPublicSource, subject)
	case state == "":
		return by.RequireAny(access.ProposeChange)
	default:
		return mayChange(by, subject)
	}
}

// mayChange decides who may change a state's word, or propose that. A refusal
// speaks of what the role does otherwise.
func mayChange(by access.Actor, subject access.Subject) error {
	action := access.ChangeEntry
	if by.RequireAny(access.ChangeEntry) != nil && by.RequireAny(access.ProposeChange) == nil {
		action = access.ProposeChange
	}
	return by.Require(action, subject)
}

// mayAuthor decides who may make or change any entry of a noun, or propose that:
// for checks that come before it is known which.
func mayAuthor(by access.Actor, noun string) error {
	if by.RequireAny(access.ImportPublicSource) == nil {
		return nil
	}
	return mayChange(by, by.Any(noun))
}

// MayEdit decides who may change what an entry says, or propose that, which the
// register tells apart: the state its own words;
// the secretariat what was found in public, which only the state nominates,
// rejects or restores.
func MayEdit(by access.Actor, e Entry, act string) error {
	states := act == "nominated" || act == "rejected" || e.Standing == Rejected
	if e.Basis == PublicSource && !states && by.May(access.ImportPublicSource, e.Subject()) {
		return nil
	}
	if err := mayChange(by, e.Subject()); err != nil {
		return err
	}
	if e.Basis == PublicSource && act == "replaced" {
		return problem.Errorf(problem.Forbidden,
			"this was found in public, and is not the state's word yet: nominate it with your corrections (POST …/nominate), or reject it")
	}
	return nil
}

// MayRetire returns a Conflict problem if e cannot be retired as it stands. What
// was found in public a state rejects, which nobody else undoes.
func MayRetire(by access.Actor, e Entry) error {
	if e.Basis == PublicSource && !by.May(access.ImportPublicSource, e.Subject()) {
		return problem.Errorf(problem.Conflict, "nobody nominated this entry: reject it (POST …/reject), and it stays rejected")
	}
	return InUse(e)
}

// InUse returns a Conflict problem unless the entry is active.
func InUse(e Entry) error {
	if e.Standing != Active {
		return problem.Errorf(problem.Conflict, "the entry is %s: restore it first (POST …/restore)", e.Standing)
	}
	return nil
}

// settle carries what an input says of any entry over to e. Who may do so is
// decided already.
func settle(ctx context.Context, tx *register.Tx, in *Common, e *Entry, isNew bool) error {
	var faults []problem.Fault
	fault := func(pointer, detail string) { faults = append(faults, problem.Fault{Pointer: pointer, Detail: detail}) }
	if isNew {
		if in.State == "" {
			fault("/state", "say whose entry it is, as an alpha-2 code")
		}
		if in.Kind == "" {
			fault("/kind", "say of which kind it is")
		}
		in.Audience = cmp.Or(in.Audience, defaultAudience[cmp.Or(in.Basis, Nominated)])
		e.State, e.Kind, e.Basis = in.State, in.Kind, cmp.Or(in.Basis, Nominated)
	} else {
		if in.State != "" && in.State != e.State {
			fault("/state", "cannot change: an entry stays its state's")
		}
		if in.Kind != "" && in.Kind != e.Kind {
			fault("/kind", "cannot change: retire this entry and make another")
		}
		if in.Audience == "" {
			fault("/audience", "say whom the entry is for: leaving it out could show it to more than before")
		} else if e.Basis == Nominated && !e.SeesNamed(tx.Author()) {
			if in.Audience != e.Audience || in.Selected != nil {
				fault("/audience", unseenWhom)
			}
			in.Audience, in.Selected = e.Audience, e.AudienceWritten
		}
		if in.Basis == Nominated {
			if err := mayChange(tx.By, e.Subject()); err != nil {
				return err // whoever may change what was found may not make it a state's word
			}
			e.Basis = Nominated
		} else if in.Basis == PublicSource && e.Basis == Nominated {
			fault("/basis", "cannot change back: what a state has nominated is its own word")
		}
	}
	if e.Basis == PublicSource {
		if len(in.Sources) == 0 {
			fault("/sources", "say where it was found, and when: every value of a public-source entry has its source")
		}
		if in.Audience != access.ForPublic {
			fault("/audience", "is public for what was found in public")
		}
	} else if len(in.Sources) > 0 {
		fault("/sources", "go only with what was found in public: leave them out")
	}
	for i, x := range in.ExternalIDs {
		if !systemOf(x.System, e.State) {
			fault(fmt.Sprintf("/external_ids/%d/system", i),
				"is first, trusted_introducer, un, osce, oas, misp, or a national system: the state's code, a hyphen and a name, such as "+
					strings.ToLower(cmp.Or(e.State, "pl"))+"-register")
		}
	}
	named, err := in.Expand(ctx, tx, "", e.Expanded())
	more, ok := problem.Faults(err)
	if err != nil && !ok {
		return err
	}
	faults = append(faults, more...)
	slices.SortFunc(in.ExternalIDs, func(a, b ExternalID) int {
		return cmp.Or(strings.Compare(a.System, b.System), strings.Compare(a.Value, b.Value))
	})
	e.Audience, e.AudienceWritten, e.AudienceStates = in.Audience, in.Selected, named
	e.TLP = cmp.Or(in.TLP, defaultTLP[in.Audience])
	e.ExternalIDs, e.Sources = in.ExternalIDs, in.Sources
	return problem.WithFaults(faults)
}

// unseenWhom is what somebody is told who would change whom an entry is for without
// seeing whom it names: that would undo it unseen, or tell by trying.
const unseenWhom = "is not yours to change: send it as you read it, without selected, and it stays as it is"

// defaultAudience is whom a new entry is for if its owner does not say.
var defaultAudience = map[Basis]access.Audience{Nominated: access.ForParticipants, PublicSource: access.ForPublic}

// defaultTLP is the handling mark that goes with an audience if its owner does
// not say (FIRST, Traffic Light Protocol 2.0).
var defaultTLP = map[access.Audience]string{
	access.ForPublic: "TLP:CLEAR", access.ForParticipants: "TLP:GREEN", access.ForSelected: "TLP:AMBER",
}

// systems are the outside systems whose ids any state's entries may carry.
var systems = []string{"first", "trusted_introducer", "un", "osce", "oas", "misp"}

// systemOf reports whether a state's entry may carry an id of the system: one
// that all know, or the state's own, so that nobody takes another's names.
func systemOf(system, state string) bool {
	return slices.Contains(systems, system) || strings.HasPrefix(system, strings.ToLower(state)+"-")
}

// begin fills in what a new entry has from the start.
func begin(tx *register.Tx, e *Entry) {
	e.Version, e.Standing = tx.Version, Active
	e.StandingSince, e.CreatedAt, e.ChangedAt = tx.At, tx.At, tx.At
	if e.Basis == Nominated {
		nominate(tx, e)
	}
}

// nominate marks e as the state's own word, proven now: who writes an entry
// stands behind all of it.
func nominate(tx *register.Tx, e *Entry) {
	at := tx.At
	if e.NominatedAt == nil {
		e.NominatedAt = &at
	}
	if tx.By.Delegation != "" {
		e.NominatedBy = &tx.By.Delegation
	}
	e.ConfirmedAt = &at
}
