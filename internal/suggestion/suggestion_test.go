package suggestion_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/suggestion"
)

// shown is an entry as its reader sees it, in the form of JSON.
var shown = map[string]any{
	"office_title": "Desk", "languages": []string{"et", "en"}, "a/b": map[string]any{"c~d": 1}, "none": nil,
	"channels": []map[string]any{{"id": "one", "value": "x"}, {"id": "two", "value": "y"}}, "keys": []map[string]any{{"fingerprint": "AA"}},
	"norms": []map[string]any{{"code": "13a"}},
}

type world struct {
	*fixture.World
	entry string
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := fixture.New(t)
	added, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Technical}, Details: contact.Details{OfficeTitle: "Desk"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return world{w, added.ID}
}

// see shows the world's entry to whoever suggests something about it.
func see(*register.Tx) (suggestion.Seen, error) {
	return suggestion.Seen{Noun: "contact", State: "EE", Audience: access.ForParticipants, View: shown}, nil
}

func (w world) make(t *testing.T, who string, in suggestion.Input) (suggestion.Suggestion, error) {
	t.Helper()
	return w.Suggestions.Make(t.Context(), w.By(t, who), w.entry, see, register.Sent[suggestion.Input]{Body: in})
}

func TestAPointerIsKeptByTheNamesOfWhatItLeadsTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maker := w.By(t, "cert LV")
	for pointer, want := range map[string]string{
		"": "", "/office_title": "/office_title", "/languages/1": "/languages/1", "/a~1b/c~0d": "/a~1b/c~0d", "/none": "/none",
		"/channels": "/channels", "/channels/0": "/channels/one", "/channels/1/value": "/channels/two/value", "/channels/two/value": "/channels/two/value",
		"/keys/0": "/keys/AA", "/keys/AA/fingerprint": "/keys/AA/fingerprint", "/norms/0/code": "/norms/0/code",
	} {
		got, err := w.make(t, "cert LV", suggestion.Input{Text: "Look.", Pointer: pointer})
		if err != nil || got.Pointer != want {
			t.Errorf("Make(%q) keeps %q, %v, want %q", pointer, got.Pointer, err, want)
		}
		if err == nil {
			_, err = w.Suggestions.Withdraw(t.Context(), maker, got.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	before := w.Register.Latest()
	for _, pointer := range []string{
		"/", "office_title", "/office_title/", "/office_title/0", "/languages/2", "/languages/-1", "/languages/-", "/languages/01", "/channels/2",
		"/channels/three", "/channels/", "/a/b", "/none/x", "//", "#/channels", "/norms/13a",
	} {
		_, err := w.make(t, "cert LV", suggestion.Input{Text: "Look.", Pointer: pointer})
		if faults, ok := problem.Faults(err); !ok || len(faults) != 1 || faults[0].Pointer != "/pointer" {
			t.Errorf("Make(%q) = %v, want that it leads to nothing", pointer, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register is at %d, want %d", got, before)
	}
}

func TestWhoMaySuggest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	reader := w.By(t, "cert LV")
	reader.By.Writes = false
	for name, act := range map[string]register.Act{
		"a partner": w.By(t, "partner"), "a partner of the state": w.By(t, "partner EE"), "the auditor": w.By(t, "auditor"),
		"the registry": {By: access.Registry()}, "anybody": {By: access.Anyone()}, "nobody": {}, "a CERT for reading": reader,
	} {
		_, err := w.Suggestions.Make(t.Context(), act, w.entry, see, register.Sent[suggestion.Input]{Body: suggestion.Input{Text: "Look."}})
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("Make() by %s = %v, want forbidden", name, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register is at %d, want %d", got, before)
	}
	for _, who := range []string{"cert LV", "delegate LV", "head_of_delegation LV", "cert EE", "secretariat KR"} {
		got, err := w.make(t, who, suggestion.Input{Text: " Look. "})
		if err != nil || got.Text != "Look." || got.Status != suggestion.Open || got.State != "EE" || !strings.HasPrefix(who, string(got.FromRole)) ||
			(got.FromState == nil) != (who == "secretariat KR") || got.FromName == nil || *got.FromName != who {
			t.Errorf("Make() by %s = %+v, %v, want it open, in their name", who, got, err)
		}
	}
}

func TestASuggestionThatWasRewrittenIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	verify := func() (n int, err error) {
		err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
			n, err = suggestion.Verify(t.Context(), snap)
			return err
		})
		return n, err
	}
	made, err := w.make(t, "cert LV", suggestion.Input{Text: "Look.", Pointer: "/channels/1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.make(t, "secretariat KR", suggestion.Input{Text: "Look."}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Suggestions.Decline(t.Context(), w.By(t, "delegate EE"), made.ID,
		register.Sent[suggestion.Word]{If: register.Precondition{None: true}, Body: suggestion.Word{Word: "No."}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := verify(); n != 2 || err != nil {
		t.Errorf("Verify() = %d, %v, want 2", n, err)
	}
	for column, value := range map[string]string{
		"text": "All is well.", "word": "Yes.", "pointer": "/x", "status": "taken", "from_role": "delegate", "from_account": made.ID, "answered_by": made.ID,
	} {
		var was string
		if err := w.DB.Owner.QueryRow(t.Context(), `select `+column+`::text from suggestion where id = $1`, made.ID).Scan(&was); err != nil {
			t.Fatal(err)
		}
		set := func(to string) {
			if _, err := w.DB.Owner.Exec(t.Context(), `update suggestion set `+column+` = '`+to+`' where id = $1`, made.ID); err != nil {
				t.Fatal(err)
			}
		}
		set(value)
		if _, err := verify(); err == nil || !strings.Contains(err.Error(), "is not what the trail recorded") {
			t.Errorf("Verify() with another %s = %v, want that it is found", column, err)
		}
		set(was)
	}
	// Whoever wrote it can be erased, and what they wrote: the rest still holds.
	_, err = w.DB.Owner.Exec(t.Context(), `
		alter table trail_content disable trigger trail_content_append_only;
		delete from trail_content t
		using trail_part p
		where (t.version, t.ordinal, t.part) = (p.version, p.ordinal, p.part) and p.name in ('text', 'person');
		update suggestion set text = 'Erased', word = 'Erased', from_account = null, answered_by = null where status = 'declined'`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := verify(); n != 2 || err != nil {
		t.Errorf("once the person is erased, Verify() = %d, %v, want 2", n, err)
	}
}
