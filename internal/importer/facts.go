package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

var factColumns = []string{"alpha2", "fact", "value", "source", "source_date"}

// lastRank is that of a contact that was found: nobody has said when to call it.
const lastRank = 99

// factsFile is what public lists say of national teams, a value a row. The same
// value stands there once for each list that has it.
type factsFile struct {
	sheet
	organisations []found[organisation.Input]
	contacts      []found[contact.Input]
	notes         []Note
}

// fact is one row of the file.
type fact struct {
	row
	entry.Source
}

func readFacts(text []byte) (file, error) {
	s, err := readSheet(text)
	if err != nil {
		return nil, err
	}
	f := &factsFile{sheet: s}
	faults := s.head(factColumns, func(string) bool { return false })
	if faults = append(faults, s.overlong()...); len(faults) > 0 {
		return nil, refusal(faults)
	}
	byState := map[string]map[string][]fact{}
	var states []string
	elsewhere := map[string]int{}
	for _, r := range s.rows {
		state, kind := s.text(r, "alpha2"), s.text(r, "fact")
		one := fact{row: r, Source: entry.Source{Value: s.text(r, "value"), Source: s.text(r, "source"), Date: s.text(r, "source_date")}}
		fault := func(column, detail string) {
			at := s.at(r, column)
			at.Detail = detail
			faults = append(faults, at)
		}
		if !isState(state) {
			fault("alpha2", "is no participating state: see /v1/states")
			continue
		}
		if one.Value == "" {
			fault("value", "must not be empty")
			continue
		}
		switch kind {
		case "team", "website", "mailbox":
			if byState[state] == nil {
				byState[state] = map[string][]fact{}
				states = append(states, state)
			}
			byState[state][kind] = append(byState[state][kind], one)
		case "first_strategy", "strategies_to_2024":
			if elsewhere[kind] == 0 {
				f.notes = append(f.notes, Note{Line: r.line, Detail: kind})
			}
			elsewhere[kind]++
		default:
			fault("fact", "must be one of: team, website, mailbox, first_strategy, strategies_to_2024")
		}
	}
	if len(faults) > 0 {
		return nil, refusal(faults)
	}
	for i, n := range f.notes {
		f.notes[i].Detail = fmt.Sprintf("%s: this row and %d more are left out: a date or a number without a text is neither a team nor a strategy",
			n.Detail, elsewhere[n.Detail]-1)
	}
	for _, state := range states {
		f.take(state, byState[state])
	}
	return f, nil
}

func (f *factsFile) rows() int { return len(f.sheet.rows) }

func (f *factsFile) plan(ctx context.Context, im *Importer, tx *register.Tx, p *plan) (err error) {
	p.report.Notes = append(p.report.Notes, f.notes...)
	if p.organisations, err = foundIn(ctx, tx, p, im.Organisations.Store, f.organisations); err != nil {
		return err
	}
	// A state may have made an organisation its own and taken it out of sight: no
	// contact can be said to belong to what its author does not see.
	_, hidden, err := present(ctx, tx, im.Organisations.Store, f.organisations)
	if err != nil {
		return err
	}
	contacts := slices.Clone(f.contacts)
	for i, c := range contacts {
		if c.in.Organisation != nil && hidden[*c.in.Organisation] {
			contacts[i].in.Organisation = nil
		}
	}
	p.contacts, err = foundIn(ctx, tx, p, im.Contacts.Store, contacts)
	return err
}

// take makes of what is said of one state an organisation a team, and a contact
// with all the mailboxes that any list has, side by side. Where the lists name
// several teams they do not say whose mailbox is whose, and neither do we.
func (f *factsFile) take(state string, said map[string][]fact) {
	teams, sites := grouped(said["team"], folded), said["website"]
	for _, named := range teams {
		in := organisation.Input{Details: organisation.Details{Name: named[0].Value}}
		in.State, in.Kind, in.Basis = state, "csirt", entry.PublicSource
		in.Sources = sourcesAt("/name", named)
		rows := named
		if len(teams) == 1 && len(sites) > 0 {
			in.Website = sites[0].Value
			in.Sources = append(in.Sources, sourcesAt("/website", sites)...)
			rows = slices.Concat(named, sites)
		}
		f.organisations = append(f.organisations, found[organisation.Input]{
			line: named[0].line, id: teamID(state, named), in: in, where: f.where(rows),
		})
	}
	if len(teams) != 1 && len(sites) > 0 {
		f.notes = append(f.notes, Note{Line: sites[0].line, Detail: "website: left out, as the file does not say of which team"})
	}
	if len(said["mailbox"]) > 0 {
		f.mailboxes(state, teams, said["mailbox"])
	}
}

func teamID(state string, named []fact) string {
	return foundID("public-facts organisation", state, named[0].Value)
}

func (f *factsFile) mailboxes(state string, teams [][]fact, mailboxes []fact) {
	var in contact.Input
	in.State, in.Kind, in.Basis, in.Rank = state, contact.Technical, entry.PublicSource, lastRank
	var rows []fact
	if len(teams) == 1 {
		id := teamID(state, teams[0])
		in.OfficeTitle, in.Organisation = teams[0][0].Value, &id
		rows = slices.Clone(teams[0])
		in.Sources = sourcesAt("/office_title", rows)
	}
	in.Note = "Found in public lists. Nobody has confirmed that anybody reads it."
	for i, lists := range grouped(mailboxes, valid.Clean) {
		in.Channels = append(in.Channels, contact.ChannelInput{Type: "email", Value: lists[0].Value})
		in.Sources = append(in.Sources, sourcesAt(fmt.Sprintf("/channels/%d/value", i), lists)...)
		rows = append(rows, lists...)
	}
	if len(in.Channels) > 1 {
		in.Note = "Found in public lists, which name different mailboxes. Nobody has confirmed that anybody reads any of them."
	}
	f.contacts = append(f.contacts, found[contact.Input]{
		line: mailboxes[0].line, id: foundID("public-facts contact", state, in.OfficeTitle), in: in, where: f.where(rows),
	})
}

// where finds the row that a fault is about: rows are those of the sources, in
// their order.
func (f *factsFile) where(rows []fact) func(string) problem.Fault {
	return func(pointer string) problem.Fault {
		at := f.sheet.at(rows[0].row, "value")
		for i, r := range rows {
			source := fmt.Sprintf("/sources/%d", i)
			member, of := strings.CutPrefix(pointer, source+"/")
			if of || pointer == source || strings.HasPrefix(pointer, r.Pointer) {
				column := map[string]string{"source": "source", "date": "source_date"}[member]
				if column == "" {
					column = "value"
				}
				at = f.sheet.at(r.row, column)
				break
			}
		}
		at.Pointer = pointer
		return at
	}
}

// sourcesAt are the rows as sources of the value at a pointer; the rows learn it.
func sourcesAt(pointer string, rows []fact) []entry.Source {
	var out []entry.Source
	for i := range rows {
		rows[i].Pointer = pointer
		out = append(out, rows[i].Source)
	}
	return out
}

// grouped are the rows whose values have the same key together, in the order of
// the file.
func grouped(rows []fact, by func(string) string) [][]fact {
	var out [][]fact
	place := map[string]int{}
	for _, r := range rows {
		key := by(r.Value)
		i, there := place[key]
		if !there {
			i = len(out)
			place[key], out = i, append(out, nil)
		}
		out[i] = append(out[i], r)
	}
	return out
}
