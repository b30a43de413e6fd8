package reach

import (
	"context"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

// Horizon is how far from now, before or after, a question may lie, in years.
const Horizon = 10

// page is how many contacts are read at once: one page holds those of all states.
const page = 5000

// Ask answers a question from one snapshot, in as many queries for all states as
// for one.
func Ask(ctx context.Context, snap *register.Snapshot, q Question) (Answer, error) {
	if q.At.IsZero() {
		q.At = snap.At
	}
	q.At = q.At.UTC() // to the fraction: what changed a moment ago did not change later
	if q.At.Before(snap.At.AddDate(-Horizon, 0, 0)) || q.At.After(snap.At.AddDate(Horizon, 0, 0)) {
		return Answer{}, misasked("/at", "is within ten years of now: nobody knows who is on duty beyond")
	}
	states, err := state.List(ctx, snap, "")
	if err != nil {
		return Answer{}, err
	}
	codes, err := q.among(states, snap.At)
	if err != nil {
		return Answer{}, err
	}
	facts, err := gather(ctx, snap, states, codes)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{At: q.At}
	for _, code := range codes {
		answer.Ladders = append(answer.Ladders, facts.Ladder(code, q, snap.By))
	}
	return answer, nil
}

func misasked(pointer, detail string) error {
	return &problem.Error{
		Kind: problem.Malformed, Detail: "the query is not what this route takes: mend what errors lists",
		Faults: []problem.Fault{{Pointer: pointer, Detail: detail}},
	}
}

// among returns the codes of the states that are asked about, each once: in the
// order in which they are named, or that of the statement.
func (q Question) among(states []state.State, today time.Time) ([]string, error) {
	var codes []string
	for _, name := range q.States {
		i := slices.IndexFunc(states, func(s state.State) bool {
			return strings.EqualFold(s.Alpha2, name) || strings.EqualFold(s.Alpha3, name)
		})
		if i < 0 {
			return nil, misasked("/state", "is no participating state: see /v1/states for the codes")
		}
		if !slices.Contains(codes, states[i].Alpha2) {
			codes = append(codes, states[i].Alpha2)
		}
	}
	if q.Framework == "" {
		return codes, nil
	}
	for _, s := range states {
		if slices.Contains(s.Frameworks(today), q.Framework) {
			codes = append(codes, s.Alpha2)
		}
	}
	if len(codes) == 0 {
		return nil, misasked("/framework", "has no participating state as a member now")
	}
	return codes, nil
}

// gather reads what the snapshot's actor may see of the states that are asked
// about, and of the actor's own.
func gather(ctx context.Context, snap *register.Snapshot, states []state.State, codes []string) (Facts, error) {
	f := Facts{
		Now: snap.At, States: map[string]state.State{}, Contacts: map[string][]contact.Contact{}, Zones: map[string]*time.Location{},
	}
	for _, s := range states {
		f.States[s.Alpha2] = s
	}
	of := slices.Clone(codes)
	if home := home(snap.By); home != "" && !slices.Contains(of, home) {
		of = append(of, home)
	}
	contacts, err := read(ctx, snap, of, page)
	if err != nil {
		return Facts{}, err
	}
	var bodies []string
	for _, c := range contacts {
		f.Contacts[c.State] = append(f.Contacts[c.State], c)
		if c.Organisation != nil {
			bodies = append(bodies, *c.Organisation)
		}
		if _, known := f.Zones[c.TimeZone]; !known && c.TimeZone != "" {
			// A zone that this program does not know is one nobody can reckon with: nil.
			f.Zones[c.TimeZone], _ = time.LoadLocation(c.TimeZone)
		}
	}
	if f.Organisations, err = organisation.Names(ctx, snap, bodies); err != nil {
		return Facts{}, err
	}
	if f.Delegations, err = delegation.CurrentOf(ctx, snap, of); err != nil {
		return Facts{}, err
	}
	f.Withdrawn, err = contact.TechnicalWithdrawnOn(ctx, snap, codes...)
	return f, err
}

// read returns all contacts in use of the states, page by page.
func read(ctx context.Context, snap *register.Snapshot, states []string, page int) ([]contact.Contact, error) {
	var all []contact.Contact
	var f contact.Filter
	f.States = states
	for after := (contact.After{}); ; after = all[len(all)-1].Place() {
		got, err := contact.List(ctx, snap, f, after, page)
		if err != nil {
			return nil, err
		}
		all = append(all, got...)
		if len(got) < page {
			return all, nil
		}
	}
}
