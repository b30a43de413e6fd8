package importer_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// world is a register with its people, and what takes files into it.
type world struct {
	*fixture.World
	im *importer.Importer
}

func newWorld(t testing.TB) world {
	t.Helper()
	w := fixture.New(t)
	return world{w, &importer.Importer{
		Register: w.Register, Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies,
	}}
}

// take imports a file, and fails the test if it is refused.
func (w world) take(t testing.TB, who string, kind importer.Kind, text string) importer.Report {
	t.Helper()
	report, err := w.im.Import(t.Context(), w.By(t, who), kind, []byte(text))
	if err != nil {
		t.Fatalf("Import() of %s as %s: %v", kind, who, err)
	}
	return report
}

// counted fails the test unless the report counts so: created, changed, unchanged,
// left alone.
func counted(t *testing.T, what string, r importer.Report, want ...int) {
	t.Helper()
	got := []int{r.Created, r.Changed, r.Unchanged, r.LeftAlone}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: created, changed, unchanged, left alone are %v, want %v (notes %v)", what, got, want, r.Notes)
			return
		}
	}
	if nothing := r.Created+r.Changed == 0; nothing != (r.Version == 0) || len(r.Changes) != r.Created+r.Changed {
		t.Errorf("%s: version %d with %d changes listed, of %d", what, r.Version, len(r.Changes), r.Created+r.Changed)
	}
}

// refuses imports a file that must be refused, proves that nothing was done, and
// returns what is at fault.
func (w world) refuses(t *testing.T, who string, kind importer.Kind, text string, want problem.Kind) []problem.Fault {
	t.Helper()
	before := w.version(t)
	_, err := w.im.Import(t.Context(), w.By(t, who), kind, []byte(text))
	if !problem.Is(err, want) {
		t.Errorf("Import() of %q as %s = %v, want %s", text, who, err, want)
	}
	if after := w.version(t); after != before {
		t.Errorf("after a refusal the register is at %d, want %d as before", after, before)
	}
	return faultsOf(err)
}

func (w world) version(t testing.TB) (version int64) {
	t.Helper()
	if err := w.DB.Owner.QueryRow(t.Context(), `select version from register_head`).Scan(&version); err != nil {
		t.Fatalf("read the register's version: %v", err)
	}
	return version
}

// read runs fn on what one of the people may see.
func (w world) read(t testing.TB, who string, fn func(*register.Snapshot) error) {
	t.Helper()
	if err := w.Register.Read(t.Context(), w.Actor(t, who), fn); err != nil {
		t.Fatalf("read as %s: %v", who, err)
	}
}

// contacts are those of a state, in whatever standing.
func (w world) contacts(t testing.TB, who, state string) (all []contact.Contact) {
	t.Helper()
	w.read(t, who, func(snap *register.Snapshot) (err error) {
		f := contact.Filter{Filter: entry.Filter{State: state, Standing: "any"}}
		all, err = contact.List(t.Context(), snap, f, contact.After{}, 1000)
		return err
	})
	return all
}

func (w world) organisations(t testing.TB, who, state string) (all []organisation.Organisation) {
	t.Helper()
	w.read(t, who, func(snap *register.Snapshot) (err error) {
		f := organisation.Filter{Filter: entry.Filter{State: state, Standing: "any"}}
		all, err = organisation.List(t.Context(), snap, f, organisation.After{}, 1000)
		return err
	})
	return all
}

// export is the file of a state's contacts that one of the people gets.
func (w world) export(t testing.TB, who, state string) (text string) {
	t.Helper()
	w.read(t, who, func(snap *register.Snapshot) error {
		head, rows, _, err := importer.Export(t.Context(), snap, state)
		if err != nil {
			return err
		}
		file, err := valid.Sheet(head, rows)
		text = string(file)
		return err
	})
	return text
}

// cells are a row of a file, by column.
type cells map[string]string

// desk is a row that lacks nothing, of Estonia.
func desk(pairs ...string) cells {
	out := cells{
		"state": "EE", "kind": "technical", "audience": "participants", "office_title": "Valvelaud", "availability": "always",
		"channel_1_type": "phone", "channel_1_usage": "duty", "channel_1_value": "+3726000100",
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// file is a CSV with these rows, of as many channels as they have.
func file(t testing.TB, rows ...cells) string {
	t.Helper()
	head := strings.Split("id,external_ids,state,kind,basis,rank,audience,tlp,office_title,office_title_en,organisation,person_name,"+
		"person_name_latin,person_position,languages,time_zone,availability,holidays,covers,sectors,networks,capabilities,note", ",")
	for _, n := range []string{"1", "2", "3"} {
		for _, column := range []string{"type", "usage", "value", "audience", "note"} {
			head = append(head, "channel_"+n+"_"+column)
		}
	}
	all := [][]string{head}
	for _, r := range rows {
		line := make([]string, len(head))
		for i, column := range head {
			line[i] = r[column]
		}
		all = append(all, line)
	}
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(all); err != nil {
		t.Fatalf("write CSV: %v", err)
	}
	return out.String()
}

// withoutIDs is an export as another register would know it.
func withoutIDs(t testing.TB, export string) string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(export)).ReadAll()
	if err != nil {
		t.Fatalf("read the export: %v", err)
	}
	for _, row := range all[1:] {
		row[0] = ""
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	if err := w.WriteAll(all); err != nil {
		t.Fatalf("write CSV: %v", err)
	}
	return out.String()
}
