package search_test

import (
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/register"
	"pocreg.example/internal/search"
	"pocreg.example/internal/strategy"
)

func TestWordsAreFoundHoweverTheyAreSpelt(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "CERT Polska", NameEN: "CERT Poland"})
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "Urząd w mieście Łódź", NameEN: "Office of the city"})
	addOrganisation(t, w, delegate("AE"), public(), organisation.Details{Name: "مجلس الأمن السيبراني", NameEN: "Cybersecurity Council"})
	addOrganisation(t, w, delegate("UA"), public(), organisation.Details{Name: "Державна служба спеціального зв’язку", NameLatin: "Derzhspetszviazok"})
	addOrganisation(t, w, delegate("KR"), public(), organisation.Details{Name: "한국인터넷진흥원", NameEN: "Internet and Security Agency"})
	addOrganisation(t, w, delegate("DE"), public(), organisation.Details{Name: "Amt an der Hauptstraße"})
	addStrategy(t, w, delegate("PL"), public(), strategy.Details{
		OriginalTitle: "Strategia Cyberbezpieczeństwa", Titles: map[string]string{"en": "Cybersecurity Strategy", "fr": "Stratégie nationale"},
		Summaries: map[string]string{"en": "Resilience of hospitals comes first."}, Objectives: map[string][]string{"en": {"Train a thousand experts"}},
		IssuingBody: "Rada Ministrów",
	})
	addContact(t, w, delegate("EE"), public(), contact.Details{
		OfficeTitle: "Valvelaud", OfficeTitleEN: "Duty desk", Person: &contact.Person{Name: "Jüri Õunapuu", Position: "Head"},
		Capabilities: []string{"malware_analysis"},
	}, email("abuse@cert-ee.example", public()))

	for text, want := range map[string]string{
		"lodz": "Urząd w mieście Łódź", "ŁÓDŹ": "Urząd w mieście Łódź", "ło\u0301dz\u0301": "Urząd w mieście Łódź", "urz": "Urząd w mieście Łódź",
		"cert-pl": "CERT Polska", "Cert, POLSKA!": "CERT Polska", "polska cert": "CERT Polska", "cert poland": "CERT Polska", "cert pol": "CERT Polska",
		"straegia": "Strategia Cyberbezpieczeństwa", "cybersecurty strategy": "Strategia Cyberbezpieczeństwa", "nationale": "Strategia Cyberbezpieczeństwa",
		"hospitals": "Strategia Cyberbezpieczeństwa", "expets": "Strategia Cyberbezpieczeństwa", "rada ministrow": "Strategia Cyberbezpieczeństwa",
		"cyberbezpieczenstwo": "Strategia Cyberbezpieczeństwa",
		"السيبراني":           "مجلس الأمن السيبراني", "الامن": "مجلس الأمن السيبراني", "السيبرني": "مجلس الأمن السيبراني", "council": "مجلس الأمن السيبراني",
		"служба": "Державна служба спеціального зв’язку", "слжба": "Державна служба спеціального зв’язку", "derzhspetszviazok": "Державна служба спеціального зв’язку",
		"한국": "한국인터넷진흥원", "hauptstrasse": "Amt an der Hauptstraße", "HAUPTSTRASSE": "Amt an der Hauptstraße", "hautpstraße": "Amt an der Hauptstraße",
		"ounapuu": "Valvelaud", "duyt desk": "Valvelaud", "eesti valvelaud": "", "estonia valvelaud": "Valvelaud", "malware": "Valvelaud", "abuse": "Valvelaud",
		"technical est": "Valvelaud", "valvelaud polska": "", "xyzzy": "", "csrit": "",
	} {
		a := find(t, w, anybody, search.Question{Text: text, Limit: 1})
		got := ""
		if len(a.Hits) > 0 {
			got = a.Hits[0].Title
		}
		if text == "csrit" { // of the kind, a swap away
			if got == "" {
				t.Errorf("Find(%q) finds nothing", text)
			}
		} else if got != want {
			t.Errorf("Find(%q) = %q first, want %q\n%s", text, got, want, taken(a))
		}
	}
	a := find(t, w, anybody, search.Question{Text: "straegia"})
	if a.As != search.AsWords || !strings.HasPrefix(taken(a), "straegia: strategia") || a.Hits[0].MatchedBy != search.Typo {
		t.Errorf("Find(straegia) = %s, %q, matched by %s, want it taken for strategia as a typo", a.As, taken(a), a.Hits[0].MatchedBy)
	}
	if a := find(t, w, anybody, search.Question{Text: "strategia"}); a.Hits[0].MatchedBy != search.AsWords {
		t.Errorf("Find(strategia) is matched by %s, want by words", a.Hits[0].MatchedBy)
	}
}

func TestTheBestComesFirst(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	add := func(who, name, note string) {
		addOrganisation(t, w, who, public(), organisation.Details{Name: name, Note: note})
	}
	add(secretariat, "Found harbour", "")
	add(delegate("PL"), "Nominated harbour", "")
	add(delegate("PL"), "Pier", "It lies in the harbour.")
	add(delegate("PL"), "Harbourmaster", "")
	add(delegate("PL"), "Harbuor", "")
	expect(t, w, anybody, "harbour", "Nominated harbour", "Found harbour", "Pier", "Harbourmaster")
	expect(t, w, anybody, "harbour polska", "Nominated harbour", "Found harbour", "Pier")
	expect(t, w, anybody, "harborur", "Nominated harbour", "Found harbour", "Pier")

	more := find(t, w, anybody, search.Question{Text: "harbour", Limit: 2})
	if got := titles(more); !more.More || !slices.Equal(got, []string{"Nominated harbour", "Found harbour"}) {
		t.Errorf("Find(harbour) of two = %q, more: %t, want the first two and more", got, more.More)
	}
	if whole := find(t, w, anybody, search.Question{Text: "harbour", Limit: 4}); whole.More || len(whole.Hits) != 4 {
		t.Errorf("Find(harbour) of four = %d hits, more: %t, want four and no more", len(whole.Hits), whole.More)
	}
	for _, tt := range []struct {
		q    search.Question
		want []string
	}{
		{search.Question{Text: "harbour", Basis: "public_source"}, []string{"Found harbour"}},
		{search.Question{Text: "harbour", State: "EE"}, []string{}},
		{search.Question{Text: "harbour", State: "PL", Noun: "organisation", Kind: "csirt", Basis: "nominated"}, []string{"Nominated harbour", "Pier", "Harbourmaster"}},
		{search.Question{Text: "harbour", Noun: "contact"}, []string{}},
		{search.Question{Text: "harbour", Kind: "ministry"}, []string{}},
	} {
		if got := titles(find(t, w, anybody, tt.q)); !slices.Equal(got, tt.want) {
			t.Errorf("Find(%+v) = %q, want %q", tt.q, got, tt.want)
		}
	}
}

func TestTheIndexFollowsEachActAndForgets(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	by := w.By(t, delegate("PL"))
	o := addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "Quixotic Zeppelin"})
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "Another Zeppelin"})
	expect(t, w, anybody, "quixotic", "Quixotic Zeppelin")

	patched, err := w.Organisations.Patch(t.Context(), by, o.ID, register.Sent[[]byte]{
		Body: []byte(`{"name": "Plain Zeppelin", "audience": "participants"}`), If: register.Precondition{None: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, w, anybody, "quixotic")
	expect(t, w, anybody, "plain")
	expect(t, w, anybody, "zeppelin", "Another Zeppelin")
	expect(t, w, delegate("EE"), "plain", "Plain Zeppelin")

	none := register.Sent[entry.Nothing]{If: register.Precondition{None: true}}
	if _, err := w.Organisations.Retire(t.Context(), by, patched.ID, none); err != nil {
		t.Fatal(err)
	}
	expect(t, w, delegate("EE"), "plain")
	expect(t, w, delegate("PL"), "plain")
	for _, word := range []string{"quixotic", "plain"} {
		if n := count(t, w, `select count(*) from search_word where word = $1`, word); n != 0 {
			t.Errorf("%q is still a word of the index %d times, and no entry has it", word, n)
		}
	}
	if n := count(t, w, `select coalesce(sum(uses), 0) from search_word where word = $1`, "zeppelin"); n != 1 {
		t.Errorf("zeppelin is counted %d times, want once", n)
	}
	if _, err := w.Organisations.Restore(t.Context(), by, patched.ID, none); err != nil {
		t.Fatal(err)
	}
	expect(t, w, delegate("EE"), "plain", "Plain Zeppelin")
	if n := count(t, w, `select count(*) from search_due where $1 = ''`, ""); n != 0 {
		t.Errorf("%d entries are due after their transactions, want none", n)
	}
}

// TestTheIndexIsTheSameMadeAnew compares what the acts have left of it with what
// search_rebuild makes of the tables.
func TestTheIndexIsTheSameMadeAnew(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	by := w.By(t, delegate("PL"))
	c := addContact(t, w, delegate("PL"), public(), contact.Details{OfficeTitle: "Dyżurka Łódź", Person: &contact.Person{Name: "Zofia Żak"}},
		phone("+48221234567", public()), email("inner@gov.pl", participants()), email("few@mil.pl", selected("EE")))
	addContact(t, w, delegate("EE"), selected("PL", "FI"), contact.Details{OfficeTitle: "Valvelaud"}, email("x@gov.ee", selected("FI")))
	addStrategy(t, w, delegate("PL"), participants(), strategy.Details{OriginalTitle: "Strategia", Titles: map[string]string{"en": "Strategy"}})
	if _, err := w.Contacts.MarkDead(t.Context(), by, c.ID, c.Channels[1].ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Contacts.Patch(t.Context(), by, c.ID, register.Sent[[]byte]{
		Body: []byte(`{"person": {"name": "Adam Wilk"}, "office_title": "Dyżurka Gdańsk"}`), If: register.Precondition{None: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	dump := `
		select md5(string_agg(line, E'\n' order by line))
		from (
			select format('%s %s %s', entry, audience, document) as line from search_text
			union all
			select format('%s %s %s %s', word, audience, uses, stumps) from search_word
			union all
			select format('%s %s %s %s %s', entry, channel, state, sort, value) from search_value
		) lines
		where $1 = ''`
	var before, after string
	if err := w.DB.Owner.QueryRow(t.Context(), dump, "").Scan(&before); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `select search_rebuild()`); err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Owner.QueryRow(t.Context(), dump, "").Scan(&after); err != nil {
		t.Fatal(err)
	}
	if before != after {
		t.Error("the index made anew is not what the acts have left")
	}
	if n := count(t, w, `select count(*) from search_word where word = any (array['zofia', 'zak', 'lodz']) and $1 = ''`, ""); n != 0 {
		t.Errorf("%d words of the person and the place that were replaced are still in the index", n)
	}
}

func count(t *testing.T, w *fixture.World, sql, argument string) (n int) {
	t.Helper()
	if err := w.DB.Owner.QueryRow(t.Context(), sql, argument).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
