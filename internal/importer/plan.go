package importer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

// plan is what an import is going to do.
type plan struct {
	report Report
	faults []problem.Fault
	lines  map[string]int  // of the file, by the id of the entry
	beside map[string]bool // the ids of new entries: those that follow may link to them

	organisations []*entry.Draft[organisation.Organisation, organisation.Input]
	contacts      []*entry.Draft[contact.Contact, contact.Input]
	strategies    []*entry.Draft[strategy.Strategy, strategy.Input]
}

func (p *plan) note(line int, detail string) {
	p.report.Notes = append(p.report.Notes, Note{Line: line, Detail: detail})
}

// leave is for an entry that is not the file's to change.
func (p *plan) leave(line int, detail string) {
	p.report.LeftAlone++
	p.note(line, detail)
}

// verdict returns all that is wrong with the file, or that there is nothing to do.
func (p *plan) verdict() error {
	if notes := p.report.Notes; len(notes) > most {
		p.report.Notes = append(notes[:most:most], Note{Detail: fmt.Sprintf("and %d more", len(notes)-most)})
	}
	switch {
	case len(p.faults) > 0:
		return refusal(p.faults)
	case len(p.organisations)+len(p.contacts)+len(p.strategies) == 0:
		return errNothing
	default:
		return nil
	}
}

// refusal is an Invalid problem with the faults in the order of the file, so
// many of them as help.
func refusal(faults []problem.Fault) error {
	slices.SortStableFunc(faults, func(a, b problem.Fault) int { return cmp.Compare(a.Line, b.Line) })
	if more := len(faults) - most; more > 0 {
		faults = append(faults[:most:most], problem.Fault{Detail: fmt.Sprintf("and %d more: mend these first", more)})
	}
	return problem.WithFaults(faults)
}

func (p *plan) write(ctx context.Context, im *Importer, tx *register.Tx) error {
	if err := write(ctx, tx, p, im.Organisations.Store, p.organisations); err != nil {
		return err
	}
	if err := write(ctx, tx, p, im.Contacts.Store, p.contacts); err != nil {
		return err
	}
	if err := write(ctx, tx, p, im.Strategies.Store, p.strategies); err != nil {
		return err
	}
	p.report.Version = tx.Version
	return nil
}

func write[T, I any](ctx context.Context, tx *register.Tx, p *plan, store *entry.Store[T, I], drafts []*entry.Draft[T, I]) error {
	if len(drafts) == 0 {
		return nil
	}
	for _, d := range drafts {
		p.report.count(Change{
			Line: p.lines[d.Entry.ID], Act: d.Act, Noun: d.Entry.Noun, ID: d.Entry.ID, State: d.Entry.State,
		})
	}
	_, err := store.WriteIn(ctx, tx, drafts...)
	return err
}
