package importer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

func TestPublicFactsAreRecordedOnceWithASourceForEveryValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := string(reference.PublicFacts)
	first := w.take(t, secretariat, importer.PublicFacts, facts)
	if first.Created < 60 || first.Changed+first.LeftAlone > 0 {
		t.Errorf("the first import = %d created, %d changed, %d left alone", first.Created, first.Changed, first.LeftAlone)
	}
	counted(t, "the second import", w.take(t, "secretariat PL", importer.PublicFacts, facts), 0, 0, first.Created, 0)
	mailboxes := 0
	for _, c := range w.contacts(t, fixture.NarrowPartner, "") {
		if c.Basis != entry.PublicSource || c.ConfirmedAt != nil || c.NominatedAt != nil || c.Audience != access.ForPublic {
			t.Errorf("the contact of %s is %s, confirmed %v, for %s", c.State, c.Basis, c.ConfirmedAt, c.Audience)
		}
		for i, ch := range c.Channels {
			mailboxes++
			sourced(t, c.State, c.Entry, fmt.Sprintf("/channels/%d/value", i), ch.Value)
			if ch.ConfirmedAt != nil {
				t.Errorf("%s of %s is confirmed, by nobody", ch.Value, c.State)
			}
		}
		if c.OfficeTitle != "" {
			sourced(t, c.State, c.Entry, "/office_title", c.OfficeTitle)
		}
	}
	for _, o := range w.organisations(t, fixture.NarrowPartner, "") {
		sourced(t, o.State, o.Entry, "/name", o.Name)
		if o.Website != "" {
			sourced(t, o.State, o.Entry, "/website", o.Website)
		}
	}
	if mailboxes < 50 {
		t.Errorf("%d mailboxes are recorded, want those of the file", mailboxes)
	}
}

// sourced fails unless a value of an entry has a source that says the same.
func sourced(t *testing.T, state string, e entry.Entry, pointer, value string) {
	t.Helper()
	ok := slices.ContainsFunc(e.Sources, func(s entry.Source) bool {
		return s.Pointer == pointer && strings.EqualFold(s.Value, value) && s.Source != ""
	})
	if !ok {
		t.Errorf("%s: nothing says where %s %q was found: %v", state, pointer, value, e.Sources)
	}
}

func TestMailboxesThatDifferStandSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(t, secretariat, importer.PublicFacts, string(reference.PublicFacts))
	all := w.contacts(t, fixture.NarrowPartner, "AT")
	if len(all) != 1 {
		t.Fatalf("Austria has %d contacts, want one", len(all))
	}
	var got []string
	for _, ch := range all[0].Channels {
		got = append(got, ch.Value)
	}
	if want := []string{"reports@cert.at", "team@cert.at", "team@govcert.gv.at"}; !slices.Equal(got, want) {
		t.Errorf("Austria's mailboxes are %v, want %v", got, want)
	}
	var dates []string
	for _, s := range all[0].Sources {
		if strings.HasPrefix(s.Pointer, "/channels") {
			dates = append(dates, s.Date)
		}
	}
	if want := []string{"2026-04", "2021", ""}; !slices.Equal(dates, want) {
		t.Errorf("the dates of their sources are %q, want %q: as precise as the lists say", dates, want)
	}
}

// Lists write a team's name with capitals or without, and a Mac an accent apart:
// that is one team, under the first name, with every list as a source.
func TestATeamInSeveralSpellingsIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const head = "alpha2,fact,value,source,source_date\n"
	rows := []string{"EE,team,Küber-EE,List A,2021\n", "EE,team,KÜBER-ee,List B,2022\n", "EE,team," + norm.NFD.String("Küber-EE") + ",List C,2023\n"}
	mailbox := "EE,mailbox,cert@cert.example,List A,2021\n"
	first := w.take(t, secretariat, importer.PublicFacts, head+strings.Join(rows, "")+mailbox)
	counted(t, "a team in three spellings, with its mailbox", first, 2, 0, 0, 0)
	teams := w.organisations(t, fixture.NarrowPartner, "EE")
	if len(teams) != 1 || teams[0].Name != "Küber-EE" || len(teams[0].Sources) != 3 {
		t.Fatalf("the teams are %+v, want one, under its first name, with three sources", teams)
	}
	slices.Reverse(rows)
	counted(t, "the same in another order", w.take(t, secretariat, importer.PublicFacts, head+strings.Join(rows, "")+mailbox), 0, 2, 0, 0)
	if again := w.organisations(t, fixture.NarrowPartner, "EE"); len(again) != 1 || again[0].ID != teams[0].ID {
		t.Errorf("the teams are %+v then, want the same one", again)
	}
}

func TestStrategiesSayHowMuchWasReadAndWhatTheirStatusRestsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := string(reference.Strategies)
	first := w.take(t, secretariat, importer.Strategies, file)
	counted(t, "the first import", first, 45, 0, 0, 0)
	counted(t, "the second import", w.take(t, secretariat, importer.Strategies, file), 0, 0, 45, 0)
	w.read(t, fixture.NarrowPartner, func(snap *register.Snapshot) error {
		all, err := strategy.List(t.Context(), snap, strategy.Filter{}, strategy.After{}, 1000)
		for _, s := range all {
			if s.Basis != entry.PublicSource || !strings.Contains(s.StatusEvidence, "characters of the text") || strings.Contains(s.StatusEvidence, "strategies_partial") {
				t.Errorf("%s %q is %s, its status rests on %q", s.State, s.OriginalTitle, s.Basis, s.StatusEvidence)
			}
			for _, pointer := range []string{"/original_title", "/status", "/summaries"} {
				if !slices.ContainsFunc(s.Sources, func(x entry.Source) bool { return x.Pointer == pointer }) {
					t.Errorf("%s %q: nothing says where %s is from", s.State, s.OriginalTitle, pointer)
				}
			}
			for _, n := range s.Norms {
				if n.Reading != strategy.ByRegistry {
					t.Errorf("%s %q: norm %s is read by %s, want by the registry", s.State, s.OriginalTitle, n.Code, n.Reading)
				}
			}
			if len(s.CBMs) > 0 {
				t.Errorf("%s %q names the measures %v, which the state did not", s.State, s.OriginalTitle, s.CBMs)
			}
		}
		return err
	})
	w.read(t, fixture.NarrowPartner, func(snap *register.Snapshot) error {
		all, err := strategy.List(t.Context(), snap, strategy.Filter{Filter: entry.Filter{State: "AT"}}, strategy.After{}, 10)
		linked := slices.ContainsFunc(all, func(s strategy.Strategy) bool { return s.Supersedes != nil })
		if len(all) != 2 || !linked {
			t.Errorf("Austria has %d texts, the newer supersedes the older: %t", len(all), linked)
		}
		return err
	})
}

func TestWhatAStateDecidedOnStaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	facts := func(mailbox string) string {
		text := "alpha2,fact,value,source,source_date\n"
		for _, state := range []string{"EE", "LV", "PL", "FI", "DE"} {
			text += state + ",team,CERT-" + state + ",list,2026\n" + state + ",mailbox," + mailbox + "@cert.example,list,\n"
		}
		return text
	}
	counted(t, "the first import", w.take(t, secretariat, importer.PublicFacts, facts("old")), 10, 0, 0, 0)
	of := func(state string) contact.Contact { return w.contacts(t, "auditor", state)[0] }
	nothing := register.Sent[entry.Nothing]{If: register.Precondition{None: true}}
	if _, err := w.Contacts.Reject(t.Context(), w.By(t, "delegate EE"), of("EE").ID, nothing); err != nil {
		t.Fatalf("Reject(): %v", err)
	}
	nominate := func(state, patch string) {
		t.Helper()
		sent := register.Sent[[]byte]{If: register.Precondition{None: true}, Body: []byte(patch)}
		if _, err := w.Contacts.Nominate(t.Context(), w.By(t, "delegate "+state), of(state).ID, sent); err != nil {
			t.Fatalf("Nominate() of %s: %v", state, err)
		}
	}
	nominate("LV", `{}`)
	nominate("PL", `{"audience":"selected","selected":{"states":["FI"]}}`)
	if _, err := w.Contacts.Retire(t.Context(), w.By(t, secretariat), of("FI").ID, nothing); err != nil {
		t.Fatalf("Retire(): %v", err)
	}
	before := map[string]contact.Contact{}
	for _, state := range []string{"EE", "LV", "PL", "FI"} {
		before[state] = of(state)
	}
	report := w.take(t, secretariat, importer.PublicFacts, facts("new"))
	counted(t, "the next import", report, 0, 1, 5, 4)
	if len(report.Notes) != 4 {
		t.Errorf("the notes are %v, want why each of four was left", report.Notes)
	}
	for state, was := range before {
		now := of(state)
		if now.Version != was.Version || now.Standing != was.Standing || now.Basis != was.Basis || now.Channels[0].Value != "old@cert.example" {
			t.Errorf("the contact of %s is %s %s at version %d, mailbox %s; want it as it was, %s %s at %d",
				state, now.Basis, now.Standing, now.Version, now.Channels[0].Value, was.Basis, was.Standing, was.Version)
		}
	}
	if now := of("DE"); now.Channels[0].Value != "new@cert.example" || now.Basis != entry.PublicSource {
		t.Errorf("Germany's mailbox is %s, %s; want the new one: nobody has decided on it", now.Channels[0].Value, now.Basis)
	}
}

func TestAStateAdoptsOrLeavesWhatWasFoundByItsFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(t, secretariat, importer.PublicFacts, "alpha2,fact,value,source,source_date\nEE,mailbox,cert@cert.example,list,2026\n")
	found := w.contacts(t, delegate, "EE")[0]
	as := func(basis string) string {
		return file(t, desk("id", found.ID, "basis", basis, "channel_2_type", "email", "channel_2_value", "cert@cert.example"))
	}
	left := w.take(t, delegate, importer.Contacts, as("public_source"))
	counted(t, "a row of what was found", left, 0, 0, 0, 1)
	if len(left.Notes) != 1 || left.Notes[0].Line != 2 {
		t.Errorf("the notes are %v, want one of line 2", left.Notes)
	}
	export := w.export(t, delegate, "EE")
	counted(t, "the export", w.take(t, delegate, importer.Contacts, export), 0, 0, 0, 1)
	adopted := w.take(t, delegate, importer.Contacts, as("nominated"))
	counted(t, "a row that adopts it", adopted, 0, 1, 0, 0)
	now := w.contacts(t, delegate, "EE")[0]
	if now.ID != found.ID || now.Basis != entry.Nominated || len(now.Sources) > 0 || now.OfficeTitle != "Valvelaud" || adopted.Changes[0].Act != "nominated" {
		t.Errorf("after its adoption the contact is %s %s %q with %d sources (%s)", now.ID, now.Basis, now.OfficeTitle, len(now.Sources), adopted.Changes[0].Act)
	}
	counted(t, "the same file again", w.take(t, delegate, importer.Contacts, as("nominated")), 0, 0, 1, 0)
}

func TestARejectedEntryStaysRejectedInTheStatesOwnFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(t, secretariat, importer.PublicFacts, "alpha2,fact,value,source,source_date\nEE,mailbox,cert@cert.example,list,2026\n")
	found := w.contacts(t, delegate, "EE")[0]
	rejected, err := w.Contacts.Reject(t.Context(), w.By(t, delegate), found.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}})
	if err != nil {
		t.Fatalf("Reject(): %v", err)
	}
	for _, basis := range []string{"public_source", "nominated", ""} {
		counted(t, "a row of it, "+basis, w.take(t, delegate, importer.Contacts, file(t, desk("id", found.ID, "basis", basis))), 0, 0, 0, 1)
	}
	if now := w.contacts(t, delegate, "EE")[0]; now.Standing != entry.Rejected || now.Version != rejected.Version {
		t.Errorf("the entry is %s at version %d, want rejected at %d as before", now.Standing, now.Version, rejected.Version)
	}
}

// Of several texts that say a later one follows, the oldest is meant.
func TestAStrategyFollowsTheOneThatSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	item := func(state, title, adopted, status, evidence string) map[string]any {
		return map[string]any{
			"state": state, "kind": "strategy", "original_title": title, "original_language": "en", "adopted_on": adopted,
			"status": status, "status_evidence": evidence,
		}
	}
	const follows = "the 2021 strategy (also in this file) replaces it"
	text, err := json.Marshal([]any{
		item("EE", "New", "2021-05", "in_force", ""), item("EE", "Middle", "2017", "superseded", follows), item("EE", "Old", "2013", "superseded", follows),
		item("EE", "Valid", "2012", "in_force", follows), item("LV", "Other", "2021", "in_force", ""),
		item("PL", "Same", "2021", "superseded", follows), item("PL", "Day", "2021", "in_force", ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.take(t, secretariat, importer.Strategies, string(text))
	titles, follow := map[string]string{}, map[string]string{}
	w.read(t, fixture.NarrowPartner, func(snap *register.Snapshot) error {
		all, err := strategy.List(t.Context(), snap, strategy.Filter{}, strategy.After{}, 100)
		for _, s := range all {
			titles[s.ID] = s.OriginalTitle
		}
		for _, s := range all {
			if s.Supersedes != nil {
				follow[s.OriginalTitle] = titles[*s.Supersedes]
			}
		}
		return err
	})
	if want := map[string]string{"New": "Old"}; !maps.Equal(follow, want) {
		t.Errorf("what follows what is %v, want %v", follow, want)
	}
}

func TestAFileHasAnEnd(t *testing.T) {
	t.Parallel()
	const most = 10_000
	rows := func(n int, row string) string { return strings.Repeat(row+"\n", n) }
	list := func(n int) string { return "[\n" + strings.TrimSuffix(strings.Repeat("{},\n", n), ",\n") + "\n]" }
	head, _, _ := strings.Cut(file(t), "\n")
	for kind, whole := range map[importer.Kind]func(n int) string{
		importer.Contacts: func(n int) string { return head + "\n" + rows(n, ",,EE,technical") },
		importer.PublicFacts: func(n int) string {
			return "alpha2,fact,value,source,source_date\n" + rows(n, "EE,team,CERT,list,2026")
		},
		importer.Strategies: list,
	} {
		if err := importer.Read(kind, []byte(whole(most))); err != nil {
			t.Errorf("a file of %s with %d rows is refused: %v", kind, most, err)
		}
		err := importer.Read(kind, []byte(whole(most+1)))
		if faults := faultsOf(err); !problem.Is(err, problem.Invalid) || len(faults) != 1 || faults[0].Line != most+2 || !strings.Contains(faults[0].Detail, "10000") {
			t.Errorf("the faults of a file of %s with a row more are %+v, want its line, %d, and how many rows it may have", kind, faults, most+2)
		}
	}
}

func TestFaultsOfWhatWasFoundSayTheirLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const head = "alpha2,fact,value,source,source_date\n"
	for row, want := range map[string]problem.Fault{
		"XX,team,CERT,list,2026":                                           {Line: 2, Column: "alpha2"},
		"EE,mailbox,a@cert.example,list,2026\nEE,team,,list,2026":          {Line: 3, Column: "value"},
		"EE,rumour,CERT,list,2026":                                         {Line: 2, Column: "fact"},
		"EE,team,CERT,,2026":                                               {Line: 2, Column: "source", Pointer: "/sources/0/source"},
		"EE,team,CERT,list,spring":                                         {Line: 2, Column: "source_date", Pointer: "/sources/0/date"},
		"EE,mailbox,a@cert.example,list,2026\nEE,mailbox,nobody,list,2026": {Line: 3, Column: "value", Pointer: "/channels/1/value"},
		"EE,team,CERT,list,2026\nEE,website,nowhere,list,2026":             {Line: 3, Column: "value", Pointer: "/website"},
	} {
		faults := w.refuses(t, secretariat, importer.PublicFacts, head+row+"\n", problem.Invalid)
		if len(faults) != 1 || faults[0].Line != want.Line || faults[0].Column != want.Column || faults[0].Pointer != want.Pointer {
			t.Errorf("the faults of %q are %+v, want %+v", row, faults, want)
		}
	}
	w.refuses(t, delegate, importer.PublicFacts, head, problem.Forbidden)
	w.refuses(t, delegate, importer.Strategies, `[]`, problem.Forbidden)
	faults := w.refuses(t, secretariat, importer.Strategies, "[\n{\"state\":\"EE\",\n\"stat\":1}]", problem.Malformed)
	if len(faults) != 1 || faults[0].Line != 2 || faults[0].Pointer != "/0/stat" {
		t.Errorf("the faults of a strategy with an unknown member are %+v, want /0/stat of line 2", faults)
	}
	var lines []int
	for _, f := range w.refuses(t, secretariat, importer.Strategies, "[{\"stat\":1}, {\"stat\":2},\n\n{\n\"stat\":3},\n{\"stat\":4}\n]", problem.Malformed) {
		lines = append(lines, f.Line)
	}
	if want := []int{1, 1, 3, 5}; !slices.Equal(lines, want) {
		t.Errorf("the faults of four strategies are on the lines %v, want %v", lines, want)
	}
}
