package strategy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

func prepare(ctx context.Context, tx *register.Tx, d *entry.Draft[Strategy, Input]) error {
	in := &d.Input
	valid.Normalise(in)
	var faults []problem.Fault
	if err := valid.Struct(in); err != nil {
		found, ok := problem.Faults(err)
		if !ok {
			return err
		}
		faults = found
	}
	wellFormed := len(faults) == 0
	if !slices.Contains(Kinds, d.Entry.Kind) {
		faults = append(faults, problem.Fault{Pointer: "/kind", Detail: "must be one of: " + strings.Join(Kinds, ", ")})
	}
	if !inOrder(in.ValidFrom, in.ValidUntil) {
		faults = append(faults, problem.Fault{Pointer: "/valid_until", Detail: "is before valid_from: mend one of the two"})
	}
	faults = append(faults, in.canonical()...)
	faults = append(faults, readings(in.Details, d.Entry.Basis)...)
	if wellFormed {
		for _, linked := range []func(context.Context, *register.Tx, *entry.Draft[Strategy, Input]) ([]problem.Fault, error){predecessor, issuer} {
			more, err := linked(ctx, tx, d)
			if err != nil {
				return err
			}
			faults = append(faults, more...)
		}
	}
	return problem.WithFaults(faults)
}

// canonical puts each language in its one spelling.
func (d *Details) canonical() []problem.Fault {
	d.OriginalLanguage = language(d.OriginalLanguage)
	for i := range d.Documents {
		d.Documents[i].Language = language(d.Documents[i].Language)
	}
	var titles, summaries, objectives []problem.Fault
	d.Titles, titles = byLanguage(d.Titles, "titles")
	d.Summaries, summaries = byLanguage(d.Summaries, "summaries")
	d.Objectives, objectives = byLanguage(d.Objectives, "objectives")
	return slices.Concat(titles, summaries, objectives)
}

// language returns the canonical form of a language; what is none stays as it
// is, and is at fault already.
func language(s string) string {
	if canonical, err := valid.Language(s); err == nil {
		return canonical
	}
	return s
}

// byLanguage returns what is said under the languages' canonical forms. The
// same language in two spellings ("iw", "he") is a fault.
func byLanguage[T any](said map[string]T, member string) (map[string]T, []problem.Fault) {
	out := map[string]T{}
	var faults []problem.Fault
	for _, key := range slices.Sorted(maps.Keys(said)) {
		canonical := language(key)
		if _, twice := out[canonical]; twice {
			faults = append(faults, problem.Fault{
				Pointer: valid.Pointer(member, key), Detail: "is there twice, in another spelling: keep " + canonical,
			})
		}
		out[canonical] = said[key]
	}
	return out, faults
}

// readings checks the norms and measures that a strategy is said to touch. What
// the registry reads into a text that it found is not the state's reading.
func readings(d Details, basis entry.Basis) []problem.Fault {
	var faults []problem.Fault
	fault := func(at, detail string) { faults = append(faults, problem.Fault{Pointer: at, Detail: detail}) }
	seen := map[string]bool{}
	once := func(at, key string) {
		if seen[key] {
			fault(at, "is there twice: keep one")
		}
		seen[key] = true
	}
	reading := func(at, by string) {
		if basis == entry.PublicSource && by == ByState {
			fault(at+"/reading", "is registry for what was found in public: only the state says what it reads into its text")
		}
	}
	for i, n := range d.Norms {
		at := fmt.Sprintf("/norms/%d", i)
		if !reference.HasNorm(n.Code) {
			fault(at+"/code", "is none of the norms: see /v1/reference/norms")
		}
		once(at, n.Code)
		reading(at, n.Reading)
	}
	for i, c := range d.CBMs {
		at := fmt.Sprintf("/cbms/%d", i)
		if !reference.HasCBM(c.Framework, c.Code) {
			fault(at+"/code", "is no measure of the framework: see /v1/reference/cbms")
		}
		once(at, c.Framework+" "+c.Code)
		reading(at, c.Reading)
	}
	return faults
}

// predecessor checks what a strategy is said to supersede. One that was so
// before is not asked again: whoever changes the rest need not see it.
func predecessor(ctx context.Context, tx *register.Tx, d *entry.Draft[Strategy, Input]) ([]problem.Fault, error) {
	said := d.Input.Supersedes
	if said == nil || d.Beside[*said] || d.Before != nil && d.Before.Supersedes != nil && *d.Before.Supersedes == *said {
		return nil, nil
	}
	c, err := follow(ctx, tx, d.Entry.State, *said, d.Entry.ID)
	if err != nil {
		return nil, err
	}
	detail := ""
	switch {
	case !c.Known:
		detail = "is no strategy of the state: make it first (POST /v1/strategies)"
	case c.Circular:
		detail = "would close a circle: that strategy supersedes this one, directly or through others"
	case c.Hidden && d.Before != nil:
		// A new strategy is in nobody's chain yet; one that exists may be, out of sight.
		detail = "supersedes a strategy that you may not read, so nobody can tell whether this closes a circle: ask the state to link it"
	default:
		return nil, nil
	}
	return []problem.Fault{{Pointer: "/supersedes", Detail: detail}}, nil
}

// issuer checks that the organisation is one of the state's that the author may
// read: the foreign key looks past row-level security, and would tell of others.
func issuer(ctx context.Context, tx *register.Tx, d *entry.Draft[Strategy, Input]) ([]problem.Fault, error) {
	if d.Input.IssuingOrganisation == nil {
		return nil, nil
	}
	there, err := hasOrganisation(ctx, tx, d.Entry.State, *d.Input.IssuingOrganisation)
	if err != nil || there {
		return nil, err
	}
	return []problem.Fault{{
		Pointer: "/issuing_organisation", Detail: "is no organisation of the state: make it first (POST /v1/organisations)",
	}}, nil
}
