package entry

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Whom says whom an entry or a channel is for, as its owner writes it.
type Whom struct {
	Audience access.Audience `json:"audience,omitempty" validate:"omitempty,oneof=public participants selected" norm:"-"`
	Selected *Selection      `json:"selected,omitempty"` // with the selected audience, and only with it
}

// Selection names states: by themselves, by their frameworks, or as all
// participants except some. It is expanded into states when the owner acts, so
// that nobody joins an audience by joining a framework.
type Selection struct {
	States     []string `json:"states,omitempty" validate:"max=100,unique,dive,alpha2"`
	Frameworks []string `json:"frameworks,omitempty" validate:"max=20,unique,dive,max=20"`
	AllExcept  []string `json:"all_except,omitempty" validate:"max=100,unique,dive,alpha2"`
}

// same reports whether s names the same as t, in whatever order.
func (s Selection) same(t Selection) bool {
	set := func(codes []string) []string { return slices.Compact(slices.Sorted(slices.Values(codes))) }
	return slices.Equal(set(s.States), set(t.States)) && slices.Equal(set(s.Frameworks), set(t.Frameworks)) &&
		slices.Equal(set(s.AllExcept), set(t.AllExcept))
}

// Expanded is a Whom with the states that it named when its owner acted.
type Expanded struct {
	Whom
	States []string
}

// Expand returns the states that w names now, sorted; none unless its audience
// is selected. What is written as it was before keeps its states: a change of
// something else lets nobody in who has joined a framework since. A fault is
// reported at pointer and below it.
func (w Whom) Expand(ctx context.Context, q postgres.Queryer, pointer string, before ...Expanded) ([]string, error) {
	for _, b := range before {
		if w.Selected != nil && b.Selected != nil && w.Audience == b.Audience && w.Selected.same(*b.Selected) {
			return b.States, nil
		}
	}
	if w.Audience != access.ForSelected {
		if w.Selected != nil {
			return nil, problem.Faultf(pointer+"/selected", `goes only with "audience": "selected": leave it out, or choose that audience`)
		}
		return []string{}, nil
	}
	s := w.Selected
	switch {
	case s == nil:
		return nil, problem.Faultf(pointer+"/selected", `a selected audience names its states: {"states": ["EE"]}, {"frameworks": ["OSCE"]} or {"all_except": ["XX"]}`)
	case len(s.AllExcept) > 0 && len(s.States)+len(s.Frameworks) > 0:
		return nil, problem.Faultf(pointer+"/selected/all_except", "stands alone: leave out states and frameworks")
	}
	all, err := participants(ctx, q)
	if err != nil {
		return nil, err
	}
	var faults []problem.Fault
	out := []string{}
	states, frameworks := map[string]bool{}, map[string]bool{}
	for _, p := range all {
		states[p.State] = true
		for _, f := range p.Frameworks {
			frameworks[f] = true
		}
		chosen := slices.Contains(s.States, p.State) ||
			slices.ContainsFunc(s.Frameworks, func(f string) bool { return slices.Contains(p.Frameworks, f) }) ||
			len(s.AllExcept) > 0 && !slices.Contains(s.AllExcept, p.State)
		if chosen {
			out = append(out, p.State)
		}
	}
	unknown := func(member string, codes []string, known map[string]bool, detail string) {
		for i, code := range codes {
			if !known[code] {
				faults = append(faults, problem.Fault{Pointer: fmt.Sprintf("%s/selected/%s/%d", pointer, member, i), Detail: detail})
			}
		}
	}
	unknown("states", s.States, states, "is no participating state: see /v1/states")
	unknown("frameworks", s.Frameworks, frameworks, "is no framework with members here: see /v1/reference/frameworks")
	unknown("all_except", s.AllExcept, states, "is no participating state: see /v1/states")
	if len(s.States)+len(s.Frameworks)+len(s.AllExcept) == 0 {
		faults = append(faults, problem.Fault{Pointer: pointer + "/selected", Detail: "names nobody: name states or frameworks, or all_except"})
	}
	return out, problem.WithFaults(faults)
}

// participant is a state that takes part now, with the frameworks that it is a
// member of.
type participant struct {
	State      string
	Frameworks []string
}

func participants(ctx context.Context, q postgres.Queryer) ([]participant, error) {
	read := func() ([]participant, error) {
		got, err := postgres.All[participant](ctx, q, `
			select p.state, array(
				select m.framework
				from membership m
				where m.state = p.state
				and (m.since is null or m.since <= current_date) and (m.until is null or m.until > current_date)
			) as frameworks
			from participation p
			where p.since <= current_date and (p.until is null or p.until > current_date)
			order by p.state`, pgx.StrictNamedArgs{})
		if err != nil {
			return nil, fmt.Errorf("read who participates: %w", err)
		}
		return got, nil
	}
	if tx, ok := q.(*register.Tx); ok {
		return register.Recall(tx, "participants", read)
	}
	return read()
}

// Expanded is whom e is for.
func (e Entry) Expanded() Expanded {
	return Expanded{Whom: Whom{Audience: e.Audience, Selected: e.AudienceWritten}, States: e.AudienceStates}
}

// Within reports whether an audience is no wider than another: nobody reads the
// first who may not read the second.
func Within(audience access.Audience, named []string, outer access.Audience, outerNamed []string) bool {
	if audience == access.ForSelected && outer == access.ForSelected {
		return !slices.ContainsFunc(named, func(state string) bool { return !slices.Contains(outerNamed, state) })
	}
	return slices.Index(access.Audiences, audience) >= slices.Index(access.Audiences, outer)
}
