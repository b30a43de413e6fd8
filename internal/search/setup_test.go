package search_test

import (
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/register"
	"pocreg.example/internal/search"
	"pocreg.example/internal/strategy"
)

// anybody is whoever asks without a token.
const anybody = ""

// find asks as one of the world's people, and checks what every answer keeps to.
func find(t *testing.T, w *fixture.World, who string, q search.Question) search.Answer {
	t.Helper()
	by := access.Anyone()
	if who != anybody {
		by = w.Actor(t, who)
	}
	if q.Limit == 0 {
		q.Limit = 20
	}
	if err := search.Check(q.Text); err != nil {
		t.Fatalf("Check(%q) = %v", q.Text, err)
	}
	var a search.Answer
	err := w.Register.Read(t.Context(), by, func(snap *register.Snapshot) (err error) {
		a, err = search.Find(t.Context(), snap, q)
		return err
	})
	if err != nil {
		t.Fatalf("Find(%+v) as %q = %v", q, who, err)
	}
	if len(a.Hits) > q.Limit {
		t.Errorf("Find(%+v) = %d hits, over the limit", q, len(a.Hits))
	}
	return a
}

// titles are those of the hits, in their order.
func titles(a search.Answer) []string {
	out := []string{}
	for _, h := range a.Hits {
		out = append(out, h.Title)
	}
	return out
}

// taken is what the words of an answer were taken for, one a line.
func taken(a search.Answer) string {
	var out []string
	for _, w := range a.Words {
		out = append(out, w.Word+": "+strings.Join(w.TakenAs, " "))
	}
	return strings.Join(out, "\n")
}

// expect fails unless the hits have these titles, in this order.
func expect(t *testing.T, w *fixture.World, who, text string, want ...string) search.Answer {
	t.Helper()
	a := find(t, w, who, search.Question{Text: text})
	if got := titles(a); !slices.Equal(got, want) {
		t.Errorf("Find(%q) as %q = %q, want %q\n%s", text, who, got, want, taken(a))
	}
	return a
}

func sent[V any](body V) register.Sent[V] {
	return register.Sent[V]{Body: body, If: register.Precondition{None: true}}
}

func delegate(state string) string { return fixture.Of(access.Delegate, state) }

var secretariat = fixture.Of(access.Secretariat, "KR")

func addOrganisation(t *testing.T, w *fixture.World, who string, whom entry.Whom, d organisation.Details) organisation.Organisation {
	t.Helper()
	in := organisation.Input{Common: common(w, t, who, "csirt", whom), Details: d}
	got, err := w.Organisations.Add(t.Context(), w.By(t, who), sent(in))
	if err != nil {
		t.Fatalf("add organisation %s: %v", d.Name, err)
	}
	return got
}

func addContact(t *testing.T, w *fixture.World, who string, whom entry.Whom, d contact.Details, channels ...contact.ChannelInput) contact.Contact {
	t.Helper()
	in := contact.Input{Common: common(w, t, who, "technical", whom), Details: d, Channels: channels}
	got, err := w.Contacts.Add(t.Context(), w.By(t, who), sent(in))
	if err != nil {
		t.Fatalf("add contact %s: %v", d.OfficeTitle, err)
	}
	return got
}

func addStrategy(t *testing.T, w *fixture.World, who string, whom entry.Whom, d strategy.Details) strategy.Strategy {
	t.Helper()
	d.Status = "in_force"
	in := strategy.Input{Common: common(w, t, who, "strategy", whom), Details: d}
	got, err := w.Strategies.Add(t.Context(), w.By(t, who), sent(in))
	if err != nil {
		t.Fatalf("add strategy %s: %v", d.OriginalTitle, err)
	}
	return got
}

// common is what any entry says: of the author's state, or of Poland as it was
// found in public.
func common(w *fixture.World, t *testing.T, who, kind string, whom entry.Whom) entry.Common {
	t.Helper()
	c := entry.Common{State: w.Actor(t, who).State, Kind: kind, Whom: whom}
	if c.State == "" {
		c.State, c.Basis = "PL", entry.PublicSource
		c.Sources = []entry.Source{{Pointer: "/name", Value: "x", Source: "a public list", Date: "2026-01"}}
	}
	return c
}

// touch writes an entry's row, as each act does, after its details were changed
// past the door.
func touch(t *testing.T, w *fixture.World, id string) {
	t.Helper()
	if _, err := w.DB.Owner.Exec(t.Context(), `update entry set version = version where id = $1`, id); err != nil {
		t.Fatal(err)
	}
}

func public() entry.Whom       { return entry.Whom{Audience: access.ForPublic} }
func participants() entry.Whom { return entry.Whom{Audience: access.ForParticipants} }
func selected(states ...string) entry.Whom {
	return entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: states}}
}

func email(value string, whom entry.Whom) contact.ChannelInput {
	return contact.ChannelInput{Type: "email", Value: value, Whom: whom}
}

func phone(value string, whom entry.Whom) contact.ChannelInput {
	return contact.ChannelInput{Type: "phone", Usage: "duty", Value: value, Whom: whom}
}
