// Package importer takes whole files into the register, each as one act: a
// state's contacts from a spreadsheet, and what was found in public of all
// states. It has no rules of its own on what an entry may say: those are the
// nouns'. What it decides is which entry a row means, and what stands before it.
package importer

import (
	"context"
	"errors"
	"fmt"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

// Kind is what a file holds.
type Kind string

// The kinds of file.
const (
	Contacts    Kind = "contacts"     // a state's points of contact, as CSV
	PublicFacts Kind = "public_facts" // what public lists say of national teams, as CSV
	Strategies  Kind = "strategies"   // strategies that were read and summarised, as JSON
)

// Kinds are the kinds of file.
var Kinds = []Kind{Contacts, PublicFacts, Strategies}

// actions is what a file of a kind does.
var actions = map[Kind]access.Action{
	Contacts: access.ChangeEntry, PublicFacts: access.ImportPublicSource, Strategies: access.ImportPublicSource,
}

// Importer imports and exports files. Set every field.
type Importer struct {
	Register      *register.Register
	Organisations *organisation.Store
	Contacts      *contact.Store
	Strategies    *strategy.Store
}

// Report is what an import came to, or would come to.
type Report struct {
	Kind      Kind
	DryRun    bool
	Rows      int // that the file has
	Created   int // entries
	Changed   int
	Unchanged int
	LeftAlone int // entries that are not the file's to change
	Changes   []Change
	Notes     []Note          // what a person should know of rows that were taken otherwise than written
	Faults    []problem.Fault // of a dry run
	Second    bool            // whether a dry run found that somebody else would have to approve
	Version   int64           // of the register; 0 if nothing was changed
	Replayed  bool            // the same request was carried out before, and this is what it did
}

// Change is one entry that an import makes or changes.
type Change struct {
	Line  int // of the file; 0 where it is not known
	Act   string
	Noun  string
	ID    string
	State string
	Diff  []register.Difference // of a dry run
}

// mostRows bounds a file: whoever has more sends several.
const mostRows = 10_000

// overfull refuses a file at the row that is one too many.
func overfull(line int) error {
	return refusal([]problem.Fault{{
		Line: line, Detail: fmt.Sprintf("is over the %d rows that a file may have: send what begins here as another", mostRows),
	}})
}

// Note is something to know of a line.
type Note struct {
	Line   int
	Detail string
}

// most bounds what is listed: who has made a thousand mistakes has made one.
const most = 1000

// May returns a Forbidden problem if by may import no file of the kind at all.
// Of an unknown kind, it asks whether by may import any.
func May(by access.Actor, kind Kind) error {
	if action, known := actions[kind]; known {
		return by.RequireAny(action)
	}
	if err := by.RequireAny(access.ChangeEntry); by.RequireAny(access.ImportPublicSource) != nil {
		return err
	}
	return nil
}

// file is what was read of a file, before the register is asked.
type file interface {
	rows() int
	// plan decides what to do with each row, in a transaction's check.
	plan(ctx context.Context, im *Importer, tx *register.Tx, p *plan) error
}

// errNothing ends the write of a plan that changes nothing: it costs no version.
var errNothing = errors.New("the file changes nothing")

// Import takes a file into the register, all of it or nothing, as one act. A
// file that says what is there already changes nothing.
func (im *Importer) Import(ctx context.Context, act register.Act, kind Kind, text []byte) (Report, error) {
	report := Report{Kind: kind, DryRun: act.DryRun}
	if err := May(act.By, kind); err != nil {
		return report, err
	}
	f, err := read(kind, text)
	if err != nil {
		return report.refused(err)
	}
	var p *plan
	check := func(tx *register.Tx) error {
		if p != nil && tx.Undisturbed() {
			return nil
		}
		p = &plan{report: report, lines: map[string]int{}, beside: map[string]bool{}}
		p.report.Rows = f.rows()
		if err := f.plan(ctx, im, tx, p); err != nil {
			return err
		}
		return p.verdict()
	}
	err = im.Register.Write(ctx, act, check, func(tx *register.Tx) error { return p.write(ctx, im, tx) })
	var rehearsal *register.Rehearsal
	var replay *register.Replay
	switch {
	case errors.As(err, &replay) && replay.Noun != "proposal":
		report.Rows = f.rows()
		return im.done(ctx, act.By, report, replay)
	case errors.Is(err, errNothing):
		return p.report, nil
	case errors.As(err, &rehearsal):
		p.report.Version, p.report.Second = 0, rehearsal.Second
		for i, c := range rehearsal.Changes {
			p.report.Changes[i].Diff = c.Diff
		}
		return p.report, nil
	case err != nil && p != nil:
		return p.report.refused(err)
	case err != nil:
		return report, err
	}
	return p.report, nil
}

// refused is a report of the faults for a dry run, else the refusal.
func (r Report) refused(err error) (Report, error) {
	faults, ok := problem.Faults(err)
	if !r.DryRun || !ok && !problem.Is(err, problem.Conflict) {
		return r, err
	}
	if !ok {
		faults = []problem.Fault{{Detail: "cannot be done: " + err.Error()}}
	}
	r.Created, r.Changed, r.Unchanged, r.LeftAlone, r.Changes, r.Notes = 0, 0, 0, 0, nil, nil
	r.Faults = faults
	return r, nil
}

// done is what an import came to that was carried out before, as its author's
// trail has it. What stayed as it was is not in the trail.
func (im *Importer) done(ctx context.Context, by access.Actor, report Report, replay *register.Replay) (Report, error) {
	report.Version, report.Replayed = replay.Version, true
	err := im.Register.Read(ctx, by, func(snap *register.Snapshot) error {
		rows, err := register.Rows(ctx, snap, replay.Version-1, "", 1)
		for _, row := range rows {
			c := Change{Act: row.Act, Noun: row.Noun, ID: row.Key}
			if row.State != nil {
				c.State = *row.State
			}
			report.count(c)
		}
		return err
	})
	return report, err
}

func (r *Report) count(c Change) {
	r.Changes = append(r.Changes, c)
	if c.Act == "created" {
		r.Created++
	} else {
		r.Changed++
	}
}

func read(kind Kind, text []byte) (file, error) {
	switch kind {
	case Contacts:
		return readContacts(text)
	case PublicFacts:
		return readFacts(text)
	case Strategies:
		return readStrategies(text)
	default:
		return nil, fmt.Errorf("no file is of kind %q", kind)
	}
}
