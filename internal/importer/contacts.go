package importer

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// contactsFile is a state's contacts, one a row, as a spreadsheet keeps them.
type contactsFile struct {
	sheet
	numbers []int // of the channels that there are columns for
	lines   []line
}

func readContacts(text []byte) (file, error) {
	s, err := readSheet(text)
	if err != nil {
		return nil, err
	}
	c := contactsFile{sheet: s}
	faults := s.head(columns, isChannelColumn)
	numbers, more := channelsIn(s)
	if faults = append(faults, more...); len(faults) > 0 {
		return nil, refusal(faults)
	}
	if faults := s.overlong(); len(faults) > 0 {
		return nil, refusal(faults)
	}
	c.numbers = numbers
	for _, r := range s.rows {
		c.lines = append(c.lines, c.parse(r))
	}
	return c, nil
}

func (c contactsFile) rows() int { return len(c.lines) }

// plan finds the contact that each row means, and what would become of it. All
// that the state has is read at once: a question a row would take minutes.
func (c contactsFile) plan(ctx context.Context, im *Importer, tx *register.Tx, p *plan) error {
	had, err := stockOf(ctx, tx, tx.By.State)
	if err != nil {
		return err
	}
	m := matcher{stock: had, plan: p, file: c, line: map[string]int{}, named: c.titles()}
	for _, l := range c.lines {
		if err := m.take(ctx, im, tx, l); err != nil {
			return err
		}
	}
	return nil
}

// title is what a contact is known by where it has no id: with the state, its
// natural key.
type title struct{ kind, office string }

// titles counts the rows of each title.
func (c contactsFile) titles() map[title]int {
	out := map[title]int{}
	for _, l := range c.lines {
		out[title{l.in.Kind, l.in.OfficeTitle}]++
	}
	return out
}

// stock is what a state has already.
type stock struct {
	byID          map[string]contact.Contact
	byExternal    map[entry.ExternalID]string // what the state nominated before what was found
	byTitle       map[title][]string          // of those that are nominated and in use
	organisations map[string][]string         // ids, by name
}

func stockOf(ctx context.Context, tx *register.Tx, state string) (stock, error) {
	s := stock{byID: map[string]contact.Contact{}, byExternal: map[entry.ExternalID]string{}, byTitle: map[title][]string{}}
	all, err := contact.OfState(ctx, tx, state)
	if err != nil {
		return s, err
	}
	for _, c := range all {
		s.byID[c.ID] = c
		for _, x := range c.ExternalIDs {
			if other, taken := s.byExternal[x]; !taken || s.byID[other].Basis != entry.Nominated {
				s.byExternal[x] = c.ID
			}
		}
		if c.Basis == entry.Nominated && c.Standing == entry.Active {
			key := title{c.Kind, c.OfficeTitle}
			s.byTitle[key] = append(s.byTitle[key], c.ID)
		}
	}
	s.organisations, err = organisationNames(ctx, tx, state)
	return s, err
}

// organisationNames returns the ids of a state's organisations in use, by name;
// of all states', if state is "", by the state and the name.
func organisationNames(ctx context.Context, q postgres.Queryer, state string) (map[string][]string, error) {
	all, err := organisation.List(ctx, q, organisation.Filter{Filter: entry.Filter{State: state}}, organisation.After{}, math.MaxInt32)
	out := map[string][]string{}
	for _, o := range all {
		name := organisationKey(o.State, o.Name)
		out[name] = append(out[name], o.ID)
	}
	return out, err
}

func organisationKey(state, name string) string { return state + " " + name }

// matcher takes the rows of a file one after another.
type matcher struct {
	stock
	plan  *plan
	file  contactsFile
	line  map[string]int // of the row that means a contact, by its id
	named map[title]int  // how many rows have a title
}

func (m matcher) fault(l line, pointer, detail string) {
	f := m.file.at(l.row, l.columnOf(pointer))
	f.Pointer, f.Detail = pointer, detail
	m.plan.faults = append(m.plan.faults, f)
}

func (m matcher) take(ctx context.Context, im *Importer, tx *register.Tx, l line) error {
	m.plan.faults = append(m.plan.faults, l.faults...)
	if l.in.State != tx.By.State {
		m.fault(l, "/state", "must be "+tx.By.State+": a file holds contacts of the own state alone")
		return nil
	}
	if l.orgName != "" {
		ids := m.organisations[organisationKey(l.in.State, l.orgName)]
		if len(ids) != 1 {
			m.fault(l, "/organisation", "is the name of none of the state's organisations, or of several: give the id")
		} else {
			l.in.Organisation = &ids[0]
		}
	}
	before, ok := m.match(l)
	if !ok {
		return nil
	}
	if before != nil {
		if other := m.line[before.ID]; other > 0 {
			m.fault(l, "/id", fmt.Sprintf("means the same contact as line %d: keep one", other))
			return nil
		}
		m.line[before.ID] = l.row.line
		if why := m.leave(*before, l); why != "" {
			m.plan.leave(l.row.line, why)
			return nil
		}
	}
	if !m.externals(l, before) {
		return nil
	}
	return m.draft(ctx, im, tx, l, before)
}

// match returns the contact that a row means, nil for a new one; not ok if that
// cannot be said.
func (m matcher) match(l line) (before *contact.Contact, ok bool) {
	if l.id != "" {
		c, there := m.byID[l.id]
		if !there && valid.Form("uuid", l.id) == nil {
			m.fault(l, "/id", "is no contact of the state: leave it empty for a new one")
		}
		return &c, there
	}
	for _, x := range l.in.ExternalIDs {
		if id, there := m.byExternal[x]; there {
			c := m.byID[id]
			return &c, true
		}
	}
	key := title{l.in.Kind, l.in.OfficeTitle}
	ids := slices.DeleteFunc(slices.Clone(m.byTitle[key]), func(id string) bool { return m.otherwiseKnown(id, l) })
	if len(ids) > 1 || len(l.in.ExternalIDs) == 0 && m.named[key] > 1 {
		m.fault(l, "/office_title", "is that of several contacts of the kind: give the id, or an external id, of the one that is meant")
		return nil, false
	}
	if len(ids) == 1 {
		c := m.byID[ids[0]]
		return &c, true
	}
	return nil, true
}

// otherwiseKnown reports whether a system that the row has an id of knows the
// contact by another.
func (m matcher) otherwiseKnown(id string, l line) bool {
	return slices.ContainsFunc(m.byID[id].ExternalIDs, func(has entry.ExternalID) bool {
		return slices.ContainsFunc(l.in.ExternalIDs, func(x entry.ExternalID) bool { return x.System == has.System })
	})
}

// leave is why a row does not change the contact that it means, or "".
func (m matcher) leave(c contact.Contact, l line) string {
	switch {
	case c.Basis == entry.Nominated:
		return ""
	case c.Standing == entry.Rejected:
		return "the state rejected this entry: it stays rejected"
	case c.Standing != entry.Active:
		return "this entry was taken out of use: it stays " + string(c.Standing)
	case l.in.Basis == entry.PublicSource:
		return "this was found in public, and is left as it is: to make it the state's own word, write nominated as its basis"
	default:
		return ""
	}
}

// externals makes sure that no other contact has an external id of the row's.
func (m matcher) externals(l line, before *contact.Contact) bool {
	for i, x := range l.in.ExternalIDs {
		owner, taken := m.byExternal[x]
		if taken && m.byID[owner].Basis == entry.Nominated && (before == nil || owner != before.ID) {
			m.fault(l, fmt.Sprintf("/external_ids/%d", i), "is another contact's: take it from that one first")
			return false
		}
	}
	return true
}

// draft prepares what becomes of the contact, and keeps what a file cannot say.
func (m matcher) draft(ctx context.Context, im *Importer, tx *register.Tx, l line, before *contact.Contact) error {
	var d *entry.Draft[contact.Contact, contact.Input]
	if before == nil {
		if l.in.Basis == entry.PublicSource {
			m.fault(l, "/basis", "is nominated for what a state says: what is found in public, the secretariat records")
			return nil
		}
		d = im.Contacts.New(uuid.NewString(), l.in)
	} else {
		d = im.Contacts.Change(act(*before), *before, kept(im, l.in, *before))
	}
	m.plan.lines[d.Entry.ID] = l.row.line
	err := im.Contacts.PrepareIn(ctx, tx, d)
	faults, ok := problem.Faults(err)
	switch {
	case problem.Is(err, problem.Conflict):
		m.fault(l, "/id", "is of a contact that is "+string(before.Standing)+": restore it first, or leave the row out")
		return nil
	case problem.Is(err, problem.Forbidden) && len(tx.By.Kinds) > 0:
		m.fault(l, "/kind", "is not one of the kinds that your role is limited to: leave the row out, or have it imported by the head of delegation, or a delegate without such a limit")
		return nil
	case err != nil && !ok:
		return err
	}
	for _, f := range faults {
		if !slices.ContainsFunc(l.faults, func(told problem.Fault) bool { return told.Pointer == f.Pointer }) {
			m.fault(l, f.Pointer, f.Detail)
		}
	}
	if len(faults)+len(l.faults) > 0 {
		return nil
	}
	for _, x := range d.Input.ExternalIDs {
		m.byExternal[x] = d.Entry.ID
	}
	m.line[d.Entry.ID] = l.row.line
	m.byID[d.Entry.ID] = contact.Contact{Entry: d.Entry}
	if before != nil && d.Act == "replaced" {
		same, err := im.Contacts.Unchanged(ctx, tx, d)
		if err != nil || same {
			m.plan.report.Unchanged++
			return err
		}
	}
	m.plan.contacts = append(m.plan.contacts, d)
	return nil
}

// act is what taking a row over does to the contact that it means.
func act(before contact.Contact) string {
	if before.Basis == entry.PublicSource {
		return "nominated"
	}
	return "replaced"
}

// kept adds to what a row says of a contact what a file does not say: its keys,
// and for empty cells what never widens who may read it.
func kept(im *Importer, in contact.Input, before contact.Contact) contact.Input {
	present := im.Contacts.Present(before)
	in.Keys = present.Keys
	if in.Kind == "" {
		in.Kind = before.Kind
	}
	if in.Audience == "" {
		in.Whom = present.Whom
	}
	if present.TLP == "" && in.TLP == before.TLP {
		in.TLP = "" // it came with the audience, and goes with it
	}
	if in.Basis == "" {
		in.Basis = entry.Nominated
	}
	return in
}
