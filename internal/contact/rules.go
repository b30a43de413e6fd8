package contact

import (
	"context"
	"slices"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// rules are what a contact's input must keep, and how it is saved.
type rules struct {
	keys *keyring
}

// prepare puts an input in canonical form and holds it to the rules of its
// kind. It runs twice in a write: what it changes must be its own.
func (r rules) prepare(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) error {
	in := &d.Input
	in.Channels, in.Languages = slices.Clone(in.Channels), slices.Clone(in.Languages)
	valid.Normalise(in)
	if in.Rank == 0 {
		in.Rank = 1
	}
	for i, l := range in.Languages {
		if canonical, err := valid.Language(l); err == nil {
			in.Languages[i] = canonical
		}
	}
	var faults []problem.Fault
	if err := valid.Struct(in); err != nil {
		found, ok := problem.Faults(err)
		if !ok {
			return err
		}
		faults = append(faults, found...)
	}
	if !slices.Contains(Kinds, d.Entry.Kind) {
		faults = append(faults, problem.Fault{Pointer: "/kind", Detail: "must be one of: diplomatic, technical, law_enforcement, policy"})
	}
	if d.Entry.Basis == entry.Nominated && in.OfficeTitle == "" {
		faults = append(faults, problem.Fault{Pointer: "/office_title", Detail: "name the office: people change, it stays"})
	}
	if len(in.Networks) > 0 && d.Entry.Kind != LawEnforcement {
		faults = append(faults, problem.Fault{Pointer: "/networks", Detail: "go with a law_enforcement contact only: leave them out"})
	}
	if len(in.Sectors) > 0 && !slices.Contains(in.Covers, "sectors") {
		faults = append(faults, problem.Fault{Pointer: "/sectors", Detail: `go with "sectors" in covers: add it there, or leave them out`})
	}
	if in.Availability != nil {
		faults = append(faults, in.Availability.Faults("/availability")...)
		if len(in.Availability.Weekly) > 0 && in.TimeZone == "" {
			faults = append(faults, problem.Fault{Pointer: "/time_zone", Detail: "say in which time zone the weekly hours are, such as Europe/Warsaw"})
		}
		if canonical := in.Availability.Canonical(); canonical.IsZero() {
			in.Availability = nil
		} else {
			in.Availability = &canonical
		}
	}
	if err := ownOrganisation(ctx, tx, d); err != nil {
		found, ok := problem.Faults(err)
		if !ok {
			return err
		}
		faults = append(faults, found...)
	}
	more, err := prepareChannels(ctx, tx, d)
	if err != nil {
		return err
	}
	faults = append(faults, more...)
	faults = append(faults, r.prepareKeys(d)...)
	return problem.WithFaults(faults)
}
