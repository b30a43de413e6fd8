package importer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/unicode/norm"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

const delegate, secretariat = "delegate EE", "secretariat KR"

func faultsOf(err error) []problem.Fault {
	var p *problem.Error
	if !errors.As(err, &p) {
		return nil
	}
	return p.Faults
}

// hostile are texts that a spreadsheet, a CSV or a parser could make something
// else of.
var hostile = []string{
	"=1+1", "'=1+1", "''=1+1", "+372", "-1", "@SUM(A1)", "＝1+1", "'tis", "''", "a;=b", "a; '=b", `"quoted" "`, `""`, ",; |", "'", "\ufb01nal",
	"Zażółć gęślą", "다중", "selected: EE", "tel:+3726000100", "0123", "1e5", "TRUE", "2026-01-01", "\\n", "null", "id",
}

// furnish gives Estonia contacts with every hostile text in every place that takes
// any, through the noun's own door.
func (w world) furnish(t *testing.T) {
	t.Helper()
	in := organisation.Input{Details: organisation.Details{Name: "=Amet; \"1\""}}
	in.State, in.Kind = "EE", "agency"
	o, err := w.Organisations.Add(t.Context(), w.By(t, delegate), register.Sent[organisation.Input]{Body: in})
	if err != nil {
		t.Fatalf("Add() an organisation: %v", err)
	}
	whom := []entry.Whom{
		{Audience: access.ForPublic}, {Audience: access.ForParticipants},
		{Audience: access.ForSelected, Selected: &entry.Selection{AllExcept: []string{"LV", "AF"}}},
		{Audience: access.ForSelected, Selected: &entry.Selection{States: []string{"PL", "AU"}, Frameworks: []string{"OSCE", "AU", "EU"}}},
	}
	for i, text := range hostile {
		in := contact.Input{Details: contact.Details{
			Rank: i + 1, OfficeTitle: text + " " + fmt.Sprint(i), OfficeTitleEN: text, Person: &contact.Person{Name: text, NameLatin: text, Position: text},
			Languages: []string{"pt-BR", "et"}, TimeZone: "Europe/Tallinn", Note: text + "\n" + text, Covers: []string{"government", "sectors"},
			Sectors: []string{"energy", "finance"}, Capabilities: []string{"malware_analysis"},
			Availability: &contact.Availability{
				Weekly:   []contact.Hours{{Days: []string{"mon", "tue", "wed", "fri"}, From: "22:00", To: "06:00"}, {Days: []string{"sat"}, From: "09:00", To: "24:00"}},
				Holidays: map[string][]string{"2026": {"2026-02-24", "2026-12-25"}, "2027": {}},
			},
		}}
		in.State, in.Kind, in.Whom = "EE", contact.Technical, whom[i%len(whom)]
		in.ExternalIDs = []entry.ExternalID{{System: "misp", Value: fmt.Sprintf("a:b@%d", i)}, {System: "un", Value: fmt.Sprint(i)}}
		if i%2 == 0 {
			in.Organisation = &o.ID
		}
		if i%3 == 0 {
			in.TLP, in.Availability = "TLP:RED", nil
		}
		in.Channels = []contact.ChannelInput{
			{Type: "phone", Usage: "fax", Value: "+3726000100", Note: text},
			{Type: "email", Value: "Duty+x@cert-ee.example", Whom: entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: []string{"PL"}}}},
			{Type: "messaging", Protocol: "signal", Value: "+3725550100"}, {Type: "web_form", Value: "https://cert-ee.example/?a=1,2;3"},
		}[i%3:]
		if _, err := w.Contacts.Add(t.Context(), w.By(t, delegate), register.Sent[contact.Input]{Body: in}); err != nil {
			t.Fatalf("Add() a contact with %q: %v", text, err)
		}
	}
}

func TestAnExportComesBackByteForByte(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	w.furnish(t)
	export := w.export(t, delegate, "EE")
	for _, text := range []string{export, "\ufeff" + export, strings.ReplaceAll(export, "\r\n", "\n")} {
		counted(t, "the import of the export", w.take(t, delegate, importer.Contacts, text), 0, 0, len(hostile), 0)
	}
	if again := w.export(t, delegate, "EE"); again != export {
		t.Errorf("the export after its import (-before +after):\n%s", cmp.Diff(export, again))
	}
	in := organisation.Input{Details: organisation.Details{Name: "=Amet; \"1\""}}
	in.State, in.Kind = "EE", "agency"
	if _, err := other.Organisations.Add(t.Context(), other.By(t, delegate), register.Sent[organisation.Input]{Body: in}); err != nil {
		t.Fatalf("Add() an organisation: %v", err)
	}
	file := withoutIDs(t, export)
	counted(t, "the import of another register's export", other.take(t, delegate, importer.Contacts, file), len(hostile), 0, 0, 0)
	if got := withoutIDs(t, other.export(t, delegate, "EE")); got != file {
		t.Errorf("another register's export (-theirs +ours):\n%s", cmp.Diff(file, got))
	}
	same := func(list []contact.Contact) (out []contact.Details) {
		for _, c := range list {
			c.Organisation = nil
			out = append(out, c.Details)
		}
		return out
	}
	if diff := cmp.Diff(same(w.contacts(t, delegate, "EE")), same(other.contacts(t, delegate, "EE"))); diff != "" {
		t.Errorf("the contacts in another register (-theirs +ours):\n%s", diff)
	}
	counted(t, "the same file twice", other.take(t, delegate, importer.Contacts, file), 0, 0, len(hostile), 0)
}

func TestAnExportTellsNobodyElseWhomAnEntryNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := desk("audience", "selected: PL LV", "channel_1_audience", "", "channel_2_type", "email", "channel_2_value", "day@cert-ee.example",
		"channel_2_audience", "selected: PL", "channel_3_type", "email",
		"channel_3_value", "night@cert-ee.example", "channel_3_audience", "selected: LV")
	w.take(t, delegate, importer.Contacts, file(t, row))
	for who, want := range map[string][]string{
		delegate:  {"selected: PL LV", "", "selected: PL", "selected: LV"},
		"cert EE": {"selected", "", "", ""},
		"cert LV": {"selected", "", ""},
	} {
		head, rows, err := importer.Cells([]byte(w.export(t, who, "EE")))
		if err != nil || len(rows) != 1 {
			t.Fatalf("%s exports %d rows (%v), want one", who, len(rows), err)
		}
		var got []string
		for i, name := range head {
			if name == "audience" || strings.HasSuffix(name, "_audience") {
				got = append(got, rows[0][i])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("whom the entry and its channels are for, as %s exports it (-want +got):\n%s", who, diff)
		}
	}
}

func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.furnish(t)
	for line := range strings.Lines(w.export(t, delegate, "EE")) {
		for cell := range strings.SplitSeq(line, ",") {
			if cell = strings.TrimLeft(cell, `" `); cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") {
				t.Errorf("a spreadsheet takes the cell %q for a formula", cell)
			}
		}
	}
}

func TestARowChangesTheContactThatItMeans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.take(t, delegate, importer.Contacts, file(t, desk("external_ids", "un:1"), desk("office_title", "Teine", "rank", "2")))
	counted(t, "two new contacts", first, 2, 0, 0, 0)
	ids := []string{first.Changes[0].ID, first.Changes[1].ID}
	for name, row := range map[string]cells{
		"by its id":                 desk("id", strings.ToUpper(ids[0]), "external_ids", "un:1", "office_title", "By id"),
		"by its external id":        desk("external_ids", "un:1; misp:7", "office_title", "By external id"),
		"by its kind and its title": desk("office_title", "Teine", "note", "By title"),
	} {
		report := w.take(t, delegate, importer.Contacts, file(t, row))
		counted(t, name, report, 0, 1, 0, 0)
		want := ids[0]
		if name == "by its kind and its title" {
			want = ids[1]
		}
		if report.Changes[0].ID != want || report.Changes[0].Act != "replaced" {
			t.Errorf("%s: %+v was changed, want %s", name, report.Changes[0], want)
		}
	}
	if n := len(w.contacts(t, delegate, "EE")); n != 2 {
		t.Errorf("there are %d contacts, want two as before", n)
	}
}

func TestAnEmptyAudienceShowsAContactToNobodyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.take(t, delegate, importer.Contacts, file(t, desk("audience", "selected: PL")))
	w.take(t, delegate, importer.Contacts, file(t, desk("audience", "", "note", "x")))
	got := w.contacts(t, delegate, "EE")[0]
	if got.ID != made.Changes[0].ID || got.Note != "x" || got.Audience != access.ForSelected || !slices.Equal(got.AudienceStates, []string{"PL"}) {
		t.Errorf("after a row with an empty audience the contact is for %s %v, note %q; want for Poland as before, and the note", got.Audience, got.AudienceStates, got.Note)
	}
}

func TestFaultsSayLineAndColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(t, delegate, importer.Contacts, file(t, desk("office_title", "One", "external_ids", "un:1")))
	const none = "00000000-0000-4000-8000-000000000000"
	text := file(t,
		desk("office_title", "Zero", "rank", "first", "note", "on\nthree\nlines", "channel_2_type", "email", "channel_2_value", "x"),
		desk("state", "LV", "office_title", "Läti"),
		desk("id", none), desk("office_title", "Two", "external_ids", "un:2"), desk("external_ids", "un:2", "office_title", "Three"),
		desk("office_title", "Four", "organisation", "Nobody"), desk("office_title", "Five", "channel_3_note", "x"),
		desk("office_title", "Six", "holidays", "2026: soon", "channel_1_audience", "selected: EE ZZ"))
	want := []problem.Fault{
		{Line: 2, Column: "rank", Pointer: "/rank"}, {Line: 4, Column: "channel_2_value", Pointer: "/channels/1/value"},
		{Line: 5, Column: "state", Pointer: "/state"}, {Line: 6, Column: "id", Pointer: "/id"}, {Line: 8, Column: "id", Pointer: "/id"},
		{Line: 9, Column: "organisation", Pointer: "/organisation"},
		{Line: 10, Column: "channel_3_type", Pointer: "/channels/1/type"}, {Line: 10, Column: "channel_3_value", Pointer: "/channels/1/value"},
		{Line: 11, Column: "holidays", Pointer: "/availability/holidays"}, {Line: 11, Column: "channel_1_audience", Pointer: "/channels/0/selected/states/1"},
	}
	got := w.refuses(t, delegate, importer.Contacts, text, problem.Invalid)
	for i, f := range got {
		if f.Detail == "" {
			t.Errorf("the fault at line %d, column %s, says nothing", f.Line, f.Column)
		}
		got[i].Detail = ""
	}
	order := cmpopts.SortSlices(func(a, b problem.Fault) bool {
		return fmt.Sprintf("%04d%s", a.Line, a.Pointer) < fmt.Sprintf("%04d%s", b.Line, b.Pointer)
	})
	if diff := cmp.Diff(want, got, order); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if !slices.IsSortedFunc(got, func(a, b problem.Fault) int { return a.Line - b.Line }) {
		t.Errorf("the faults are not in the order of the file: %v", got)
	}
}

func TestAFileThatCannotBeReadSaysWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := file(t, desk())
	for name, tt := range map[string]struct {
		text string
		line int
	}{
		"empty":          {"", 1},
		"Latin-1":        {good + "caf\xe9\n", 3},
		"a NUL":          {good + "\n\x00", 4},
		"a quote astray": {good + "a,b\"c\n", 3},
		"a quote open":   {good + "a,\"b\nc\n", 4}, // where the file ends; the detail says where the row begins
	} {
		faults := w.refuses(t, delegate, importer.Contacts, tt.text, problem.Malformed)
		if len(faults) != 1 || faults[0].Line != tt.line || faults[0].Detail == "" {
			t.Errorf("%s: the faults are %+v, want one of line %d", name, faults, tt.line)
		}
	}
	for name, tt := range map[string]struct{ text, column string }{
		"a column missing":   {strings.Replace(good, ",tlp,", ",", 1), "tlp"},
		"a column unknown":   {strings.Replace(good, ",tlp,", ",tlp,colour,", 1), "colour"},
		"a column twice":     {strings.Replace(good, ",tlp,", ",tlp,tlp,", 1), "tlp"},
		"half a channel":     {strings.Replace(good, ",channel_3_note", "", 1), "channel_3_note"},
		"a channel too many": {strings.ReplaceAll(good, "channel_3_", "channel_31_"), "channel_31_type"},
	} {
		faults := w.refuses(t, delegate, importer.Contacts, tt.text, problem.Invalid)
		if len(faults) == 0 || faults[0].Line != 1 || faults[0].Column != tt.column {
			t.Errorf("%s: the faults are %+v, want line 1, column %s", name, faults, tt.column)
		}
	}
}

// A spreadsheet on a Mac may write é as e and an accent: the name is the same.
func TestAnOrganisationIsNamedInAnyFormOfUnicode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := organisation.Input{Details: organisation.Details{Name: "Küberamet"}}
	in.State, in.Kind = "EE", "csirt"
	made, err := w.Organisations.Add(t.Context(), w.By(t, delegate), register.Sent[organisation.Input]{Body: in})
	if err != nil {
		t.Fatalf("Add() an organisation: %v", err)
	}
	w.take(t, delegate, importer.Contacts, file(t, desk("organisation", norm.NFD.String("Küberamet"))))
	if c := w.contacts(t, delegate, "EE")[0]; c.Organisation == nil || *c.Organisation != made.ID {
		t.Errorf("the contact's organisation is %v, want %s", c.Organisation, made.ID)
	}
}

func TestOneFaultKeepsTheWholeFileOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(t, delegate, importer.Contacts, file(t, desk()))
	w.refuses(t, delegate, importer.Contacts, file(t, desk("note", "changed"), desk("office_title", "New"), desk("office_title", "Bad", "kind", "hotline")), problem.Invalid)
	if all := w.contacts(t, delegate, "EE"); len(all) != 1 || all[0].Note != "" {
		t.Errorf("after a refusal there are %d contacts, the first with note %q; want one without", len(all), all[0].Note)
	}
	w.refuses(t, "cert EE", importer.Contacts, file(t, desk()), problem.Forbidden)
	w.refuses(t, secretariat, importer.Contacts, file(t, desk()), problem.Forbidden)
	w.refuses(t, "delegate LV", importer.Contacts, file(t, desk("note", "Latvian")), problem.Invalid)
}

func TestOneFileIsOneVersionInTheTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.version(t)
	report := w.take(t, delegate, importer.Contacts, file(t, desk(), desk("office_title", "Two"), desk("office_title", "Three")))
	if report.Version != before+1 || w.version(t) != before+1 {
		t.Errorf("after a file of three contacts the register is at %d, the report says %d, want %d", w.version(t), report.Version, before+1)
	}
	if _, err := w.Register.Verify(t.Context()); err != nil {
		t.Errorf("Verify() after an import: %v", err)
	}
	w.read(t, "auditor", func(snap *register.Snapshot) error {
		held, err := w.Contacts.Verify(t.Context(), snap)
		if err == nil && held != 3 {
			t.Errorf("Verify() holds %d contacts to the trail, want 3", held)
		}
		return err
	})
}
