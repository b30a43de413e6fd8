package search_test

import (
	"slices"
	"testing"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/register"
	"pocreg.example/internal/search"
)

func TestWhoseIsIt(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{Name: "CERT Polska", Website: "https://www.cert.pl/en/"})
	addOrganisation(t, w, secretariat, public(), organisation.Details{Name: "Found team", Website: "https://team.cert.pl"})
	desk := addContact(t, w, delegate("PL"), public(), contact.Details{OfficeTitle: "Dyżurka"},
		phone("+48221234567", public()), email("Duty@CERT.pl", public()))
	addContact(t, w, delegate("EE"), public(), contact.Details{OfficeTitle: "Valvelaud"}, phone("+3726630299", public()))
	_, err := w.DB.Owner.Exec(t.Context(), `
		insert into contact_key (contact, state, position, type, fingerprint, user_ids, algorithm, created_at, material, added_at)
		values ($1, 'PL', 0, 'openpgp', '0123456789abcdef0123456789abcdef01234567', '{}', 'RSA', now(), 'a key', now())`, desk.ID)
	if err != nil {
		t.Fatal(err)
	}
	touch(t, w, desk.ID)
	for _, tt := range []struct {
		text, state string
		as          search.Form
		titles      []string
		states      []string
	}{
		{"+48 22 123 45 67", "", search.AsPhone, []string{"Dyżurka"}, []string{"PL"}},
		{"0048 (22) 123-45-67", "", search.AsPhone, []string{"Dyżurka"}, []string{"PL"}},
		{"tel:+48-22-123-4567", "", search.AsPhone, []string{"Dyżurka"}, []string{"PL"}},
		{"22 123 45 67", "PL", search.AsPhone, []string{"Dyżurka"}, nil},
		{"663 0299", "", search.AsPhone, []string{"Valvelaud"}, nil},
		{"+48 22 765 43 21", "", search.AsPhone, []string{}, []string{"PL"}},
		{"+48", "", search.AsPrefix, []string{}, []string{"PL"}},
		{"+372", "", search.AsPrefix, []string{}, []string{"EE"}},
		{"duty@cert.pl", "", search.AsEmail, []string{"Dyżurka"}, []string{"PL"}},
		{"mailto:DUTY@cert.PL", "", search.AsEmail, []string{"Dyżurka"}, []string{"PL"}},
		{"nobody@cert.pl", "", search.AsEmail, []string{}, []string{"PL"}},
		{"cert.pl", "", search.AsDomain, []string{"CERT Polska", "Dyżurka", "Found team"}, []string{"PL"}},
		{"https://www.cert.pl/x?y", "", search.AsDomain, []string{"CERT Polska"}, []string{"PL"}},
		{".pl", "", search.AsDomain, []string{}, []string{"PL"}},
		{".uk", "", search.AsDomain, []string{}, []string{"GB"}},
		{"0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567", "", search.AsFingerprint, []string{"Dyżurka"}, nil},
		{"0x89abcdef01234567", "", search.AsFingerprint, []string{"Dyżurka"}, nil},
		{"ffffffffffffffff", "", search.AsFingerprint, []string{}, nil},
	} {
		a := find(t, w, anybody, search.Question{Text: tt.text, State: tt.state})
		got := titles(a)
		slices.Sort(got)
		states := []string{}
		for _, s := range a.States {
			states = append(states, s.Code)
		}
		if a.As != tt.as || !slices.Equal(got, tt.titles) || len(tt.states)+len(states) > 0 && !slices.Equal(states, tt.states) {
			t.Errorf("Find(%s) = %s, %q, %q; want %s, %q, %q", tt.text, a.As, got, states, tt.as, tt.titles, tt.states)
		}
		for _, h := range a.Hits {
			if h.MatchedBy != tt.as || h.Title == "Found team" && h.Basis != entry.PublicSource || h.Title != "Found team" && h.Basis != entry.Nominated {
				t.Errorf("Find(%s) = %s, matched by %s, %s; want by %s, and whether it is nominated", tt.text, h.Title, h.MatchedBy, h.Basis, tt.as)
			}
		}
	}

	// Nobody is reached by a dead channel, nor at one that was removed.
	dead := register.Sent[entry.Nothing]{If: register.Precondition{None: true}}
	if _, err := w.Contacts.MarkDead(t.Context(), w.By(t, delegate("PL")), desk.ID, desk.Channels[0].ID, dead); err != nil {
		t.Fatal(err)
	}
	_, err = w.Contacts.Patch(t.Context(), w.By(t, delegate("PL")), desk.ID, register.Sent[[]byte]{
		Body: []byte(`{"channels": [{"type": "phone", "usage": "duty", "value": "+48221234567"}], "keys": []}`), If: register.Precondition{None: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"+48221234567", "duty@cert.pl", "0x89abcdef01234567"} {
		expect(t, w, anybody, text)
	}
}

func TestHighlightsAreThePieceOfTheText(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	addOrganisation(t, w, delegate("PL"), public(), organisation.Details{
		Name: "Urząd w mieście Łódź", NameEN: "Office", Note: "Long before it. " + string(make([]rune, 0)) + "The office in LÓDZ keeps the harbour.",
	})
	a := find(t, w, anybody, search.Question{Text: "lodz"})
	if len(a.Hits) != 1 || len(a.Hits[0].Highlights) != 2 {
		t.Fatalf("Find(lodz) = %+v, want one hit with two pieces", a.Hits)
	}
	want := map[string]string{"/name": "Łódź", "/note": "LÓDZ"}
	for _, h := range a.Hits[0].Highlights {
		marked, whole := "", ""
		for _, p := range h.Parts {
			whole += p.Text
			if p.Match {
				marked += p.Text
			}
		}
		if marked != want[h.Path] || h.Path == "/name" && whole != "Urząd w mieście Łódź" {
			t.Errorf("the piece of %s is %q with %q marked, want %q", h.Path, whole, marked, want[h.Path])
		}
	}
}
