package contact_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

var forLV = entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: []string{"LV"}}}

// pointers are where the faults of a refusal are.
func pointers(t *testing.T, err error) (at []string) {
	t.Helper()
	faults, ok := problem.Faults(err)
	if !ok {
		t.Fatalf("got %v, want faults", err)
	}
	for _, f := range faults {
		at = append(at, f.Pointer)
	}
	return at
}

func TestChannelsAreNeverWidenedByWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)

	t.Run("when the contact is widened", func(t *testing.T) {
		t.Parallel()
		in := dutyDesk()
		in.Whom = forLV
		c := add(t, w, delegateEE, in)
		got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"audience": "public", "selected": null}`))
		if err != nil || got.Audience != access.ForPublic {
			t.Fatalf("Patch() = for %s, %v, want for the public", got.Audience, err)
		}
		for _, ch := range got.Channels {
			if ch.Audience != access.ForSelected || !slices.Equal(ch.AudienceStates, []string{"LV"}) {
				t.Errorf("a channel is for %s %v, want for LV, as it was", ch.Audience, ch.AudienceStates)
			}
		}
	})

	t.Run("when it had an audience of its own", func(t *testing.T) {
		t.Parallel()
		in := dutyDesk()
		in.Audience = access.ForPublic
		in.Channels[0].Whom, in.Channels[1].Audience = forLV, access.ForParticipants
		c := add(t, w, delegateEE, in)
		got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"note": "At night by phone."}`))
		if err != nil {
			t.Fatal(err)
		}
		if got.Channels[0].Audience != access.ForSelected || got.Channels[1].Audience != access.ForParticipants {
			t.Errorf("channels are for %s and %s, want for selected and participants, as they were", got.Channels[0].Audience, got.Channels[1].Audience)
		}
		// What is for participants does not become for LV unsaid: its owner decides.
		_, err = w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"audience": "selected", "selected": {"states": ["LV"]}}`))
		if diff := cmp.Diff([]string{"/channels/1/audience"}, pointers(t, err)); diff != "" {
			t.Errorf("faults mismatch (-want +got):\n%s", diff)
		}
	})
}

func TestWhatWasFoundInPublicIsPublicThroughout(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	found := func() contact.Input {
		in := dutyDesk()
		in.Basis = entry.PublicSource
		in.Sources = []entry.Source{{Pointer: "/office_title", Value: "x", Source: "https://www.cert.ee", Date: "2026-01-01"}}
		return in
	}
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	for _, tt := range []struct {
		name   string
		change func(*contact.Input)
		want   []string
	}{
		{"a channel for participants", func(in *contact.Input) { in.Channels[0].Audience = access.ForParticipants }, []string{"/channels/0/audience"}},
		{"a channel for selected states", func(in *contact.Input) { in.Channels[1].Whom = forLV }, []string{"/channels/1/audience"}},
		{"a contact for participants", func(in *contact.Input) { in.Audience = access.ForParticipants }, []string{"/audience"}},
	} {
		in := found()
		tt.change(&in)
		_, err := w.Contacts.Add(t.Context(), w.By(t, "secretariat KR"), register.Sent[contact.Input]{Body: in})
		if diff := cmp.Diff(tt.want, pointers(t, err)); diff != "" {
			t.Errorf("Add(%s) faults mismatch (-want +got):\n%s", tt.name, diff)
		}
		if got := w.Register.Latest(); got != before {
			t.Errorf("Add(%s) took the register from version %d to %d, want that nothing changed", tt.name, before, got)
		}
	}
	c := add(t, w, "secretariat KR", found())
	if c.Audience != access.ForPublic || c.Channels[0].Audience != access.ForPublic {
		t.Errorf("what was found is for %s, its channel for %s, want for the public", c.Audience, c.Channels[0].Audience)
	}
}

// A selection is the same in whatever order, and with empty lists; another one is
// expanded anew, whatever it has in common with that of before.
func TestTheSameSelectionInOtherWordsLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	in := func(states, frameworks, allExcept []string) contact.Input {
		in := dutyDesk()
		in.Channels = nil
		in.Whom = entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: states, Frameworks: frameworks, AllExcept: allExcept}}
		return in
	}
	type codes = []string
	before := in(codes{"FI", "LV"}, codes{"GCC", "AU"}, nil)
	var made []contact.Contact
	for range 5 {
		made = append(made, add(t, w, delegateEE, before))
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `insert into membership (framework, state, since) values ('GCC', 'CH', current_date)`); err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		in    contact.Input
		joins bool
	}{
		{in(codes{"LV", "FI"}, codes{"AU", "GCC"}, codes{}), false},
		{in(codes{"LV"}, codes{"AU", "GCC"}, nil), true},
		{in(codes{"FI", "LV", "PL"}, codes{"AU", "GCC"}, nil), true},
		{in(codes{"FI", "LV"}, codes{"GCC"}, nil), true},
		{in(nil, nil, codes{"FI", "LV"}), true},
	} {
		got, err := w.Contacts.Replace(t.Context(), w.By(t, delegateEE), made[i].ID, register.Sent[contact.Input]{If: register.Precondition{None: true}, Body: tt.in})
		if err != nil || slices.Contains(got.AudienceStates, "CH") != tt.joins {
			t.Errorf("Replace() with %+v names %v, %v; want who joined since among them: %t", *tt.in.Selected, got.AudienceStates, err, tt.joins)
		}
	}
}

// The same selection beside another audience is a contradiction, and no
// selection that stays as it was.
func TestASelectionStaysWithItsAudience(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	in := dutyDesk()
	in.Whom = forLV
	c := add(t, w, delegateEE, in)
	for _, audience := range []string{"public", "participants"} {
		_, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"audience": "`+audience+`"}`))
		if diff := cmp.Diff([]string{"/selected"}, pointers(t, err)); diff != "" {
			t.Errorf("Patch() to %s faults mismatch (-want +got):\n%s", audience, diff)
		}
	}
	if got, err := get(t, w, delegateEE, c.ID); err != nil || got.Version != c.Version {
		t.Errorf("Get() = version %d, %v; want %d, as it was", got.Version, err, c.Version)
	}
}

func TestNobodyJoinsAnAudienceByJoiningAFramework(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	in := dutyDesk()
	in.Whom = entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{Frameworks: []string{"GCC"}}}
	c := add(t, w, delegateEE, in)
	_, err := w.DB.Owner.Exec(t.Context(), `insert into membership (framework, state, since) values ('GCC', 'CH', current_date)`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"note": "At night by phone."}`))
	if err != nil || !slices.Equal(got.AudienceStates, c.AudienceStates) || len(c.AudienceStates) == 0 {
		t.Errorf("Patch() of the note names %v, %v; want %v, as before", got.AudienceStates, err, c.AudienceStates)
	}
	for _, ch := range got.Channels {
		if !slices.Equal(ch.AudienceStates, c.AudienceStates) {
			t.Errorf("a channel names %v, want %v, as before", ch.AudienceStates, c.AudienceStates)
		}
	}
	if _, err := get(t, w, "cert CH", c.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("Get() by who joined the framework = %v, want not found", err)
	}
	// The owner lets them in by saying whom it is for anew.
	if _, err = w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"audience": "participants", "selected": null}`)); err != nil {
		t.Fatal(err)
	}
	got, err = w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"audience": "selected", "selected": {"frameworks": ["GCC"]},
		"channels": []}`))
	if err != nil || !slices.Contains(got.AudienceStates, "CH") {
		t.Errorf("Patch() of whom it is for names %v, %v; want CH among them", got.AudienceStates, err)
	}
}
