package contact_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestAddKeepsOneSpelling(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	got := add(t, w, delegateEE, dutyDesk())
	if diff := cmp.Diff([]string{"et", "en-GB"}, got.Languages); diff != "" {
		t.Errorf("Languages (-want +got):\n%s", diff)
	}
	if got.Channels[0].Value != "+3726630299" {
		t.Errorf("phone = %s, want it in E.164 as read in Estonia", got.Channels[0].Value)
	}
	if got.Rank != 1 || got.Audience != access.ForParticipants || got.TLP != "TLP:GREEN" {
		t.Errorf("rank, audience, tlp = %d, %s, %s, want the defaults 1, participants, TLP:GREEN", got.Rank, got.Audience, got.TLP)
	}
	for i, ch := range got.Channels {
		if ch.ConfirmedAt == nil || ch.Audience != access.ForParticipants {
			t.Errorf("channel %d = %+v, want it proven alive and for whom the contact is", i, ch)
		}
	}
}

func TestMissingSaysWhatTheKindRequires(t *testing.T) {
	t.Parallel()
	always := &contact.Availability{Always: true}
	for _, tt := range []struct {
		name     string
		kind     string
		basis    entry.Basis
		networks []string
		at       *contact.Availability
		reached  []string
		want     []string
	}{
		{"technical, whole", contact.Technical, entry.Nominated, nil, nil, []string{"email:", "phone:duty"}, []string{}},
		{"technical, an office phone is no duty phone", contact.Technical, entry.Nominated, nil, nil, []string{"email:", "phone:office"}, []string{"duty_phone"}},
		{"technical, no mailbox", contact.Technical, entry.Nominated, nil, nil, []string{"phone:duty"}, []string{"email"}},
		{"law enforcement in a network that is not always there", contact.LawEnforcement, entry.Nominated, []string{"budapest_24_7"}, nil, []string{"email:", "phone:duty"}, []string{"always"}},
		{"law enforcement in a network, always there", contact.LawEnforcement, entry.Nominated, []string{"budapest_24_7"}, always, []string{"email:", "phone:duty"}, []string{}},
		{"diplomatic, any phone", contact.Diplomatic, entry.Nominated, nil, nil, []string{"email:", "phone:office"}, []string{}},
		{"diplomatic, a fax is no phone", contact.Diplomatic, entry.Nominated, nil, nil, []string{"email:", "phone:fax"}, []string{"phone"}},
		{"policy, a mailbox is enough", contact.Policy, entry.Nominated, nil, nil, []string{"email:"}, []string{}},
		{"policy, nothing", contact.Policy, entry.Nominated, nil, nil, nil, []string{"email"}},
		{"found in public, nothing is required", contact.Technical, entry.PublicSource, nil, nil, nil, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := contact.Contact{
				Entry:   entry.Entry{Kind: tt.kind, Basis: tt.basis},
				Details: contact.Details{Networks: tt.networks, Availability: tt.at}, ReachedBy: tt.reached,
			}
			if diff := cmp.Diff(tt.want, c.Missing()); diff != "" {
				t.Errorf("Missing() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheLastTechnicalContactIsTheHeadsToWithdraw(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	first, second := add(t, w, delegateEE, dutyDesk()), add(t, w, delegateEE, dutyDesk())
	if _, err := w.Contacts.Retire(t.Context(), w.By(t, delegateEE), first.ID, unconditional()); err != nil {
		t.Fatalf("Retire() of one of two = %v", err)
	}
	for name, do := range map[string]func() error{
		"Retire": func() error {
			_, err := w.Contacts.Retire(t.Context(), w.By(t, delegateEE), second.ID, unconditional())
			return err
		},
		"Withdraw": func() error {
			_, err := w.Contacts.Withdraw(t.Context(), w.By(t, delegateEE), second.ID, unconditional())
			return err
		},
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s() of the last by a delegate = %v, want forbidden", name, err)
		}
	}
	if _, err := w.Contacts.Retire(t.Context(), w.By(t, headEE), second.ID, unconditional()); !problem.Is(err, problem.Conflict) {
		t.Errorf("Retire() of the last by the head = %v, want conflict", err)
	}
	if got, err := get(t, w, certEE, second.ID); err != nil || got.Standing != entry.Active {
		t.Errorf("after refusals it is %s, %v, want active", got.Standing, err)
	}
	got, err := w.Contacts.Withdraw(t.Context(), w.By(t, headEE), second.ID, unconditional())
	if err != nil || got.Standing != entry.Withdrawn {
		t.Fatalf("Withdraw() by the head = %s, %v, want withdrawn", got.Standing, err)
	}
	// Another state's contact, and what was found of this one's, is not its word;
	// another kind of contact is not the one that was withdrawn.
	theirs, found, mission := dutyDesk(), dutyDesk(), dutyDesk()
	mission.Kind = contact.Diplomatic
	add(t, w, delegateEE, mission)
	theirs.State, theirs.Channels = "LV", theirs.Channels[1:]
	add(t, w, "delegate LV", theirs)
	found.Basis = entry.PublicSource
	found.Sources = []entry.Source{{Pointer: "/office_title", Value: "x", Source: "https://www.cert.ee", Date: "2026-01-01"}}
	add(t, w, "secretariat KR", found)
	err = w.Register.Read(t.Context(), w.Actor(t, certFI), func(snap *register.Snapshot) error {
		on, err := contact.TechnicalWithdrawnOn(t.Context(), snap, "EE", "FI")
		if err == nil && (len(on) != 1 || !on["EE"].Equal(got.StandingSince)) {
			t.Errorf("TechnicalWithdrawnOn() = %v, want EE on %s alone", on, got.StandingSince)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestKeysThatExpiredSinceDoNotStandInTheWay(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := add(t, w, delegateEE, dutyDesk())
	_, err := w.DB.Owner.Exec(t.Context(), `
		insert into contact_key (contact, state, position, type, fingerprint, user_ids, algorithm, created_at, expires_at, material, added_at)
		values ($1, 'EE', 0, 'openpgp', 'ab', '{}', 'RSA', '2019-01-01', '2020-01-01', 'an old key', '2019-01-01')`, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"note": "moved"}`))
	if err != nil || len(got.Keys) != 1 || got.Keys[0].Fingerprint != "ab" || got.Note != "moved" {
		t.Errorf("Patch() = %+v, %q, %v, want the old key kept and the note changed", got.Keys, got.Note, err)
	}
}

func TestAPersonIsAPartOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	in := dutyDesk()
	in.Person = &contact.Person{Name: "Mari Maasikas"}
	c := add(t, w, delegateEE, in)
	var parts []string
	var leaks int
	err := w.DB.Owner.QueryRow(t.Context(), `
		select array_agg(p.name order by p.part),
			count(*) filter (where p.name <> 'person' and position('Maasikas'::bytea in t.content) > 0)
		from trail_part p join trail_content t using (version, ordinal, part)
		where p.version = $1`, c.Version).Scan(&parts, &leaks)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(parts, "person") || leaks != 0 {
		t.Errorf("parts = %v, %d others hold the name, want the person in a part alone", parts, leaks)
	}
}

// Who may not read a channel is told what the contact lacks without it, and does not
// learn from that whether it is there, or works.
func TestWhatAContactLacksIsSaidAsFarAsItsReaderSees(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	in := dutyDesk()
	in.Channels[0].Whom = forLV
	c := add(t, w, delegateEE, in)
	lacks := func(when string, want map[string][]string) {
		t.Helper()
		for who, missing := range want {
			if got, err := get(t, w, who, c.ID); err != nil || !slices.Equal(got.Missing(), missing) {
				t.Errorf("%s, to %s it lacks %v, %v; want %v", when, who, got.Missing(), err, missing)
			}
		}
	}
	none, phone := []string{}, []string{"duty_phone"}
	lacks("with a phone for Latvia", map[string][]string{certEE: none, "cert LV": none, certFI: phone, fixture.Partner: phone, "auditor": none})
	if _, err := w.Contacts.MarkDead(t.Context(), w.By(t, certEE), c.ID, c.Channels[0].ID, unconditional()); err != nil {
		t.Fatalf("MarkDead() = %v", err)
	}
	lacks("once that is dead", map[string][]string{certEE: phone, "cert LV": phone, certFI: phone, fixture.Partner: phone, "auditor": phone})
}

// What a contact lacks is said of its own channels, and of those that are there.
func TestAnothersChannelsAndThoseOfBeforeMakeNothingWhole(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	whole := add(t, w, delegateEE, dutyDesk())
	in := dutyDesk()
	in.Channels = in.Channels[1:]
	lacking := add(t, w, delegateEE, in)
	if got := whole.Missing(); len(got) != 0 {
		t.Errorf("with a duty phone and a mailbox it lacks %v, want nothing", got)
	}
	if got := lacking.Missing(); !slices.Equal(got, []string{"duty_phone"}) {
		t.Errorf("beside one that has a duty phone it lacks %v, want duty_phone", got)
	}
	got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), whole.ID, patch(`{"channels": [{"type": "email", "value": "cert@cert.ee"}]}`))
	if err != nil || !slices.Equal(got.Missing(), []string{"duty_phone"}) {
		t.Errorf("once its phone is removed it lacks %v, %v; want duty_phone", got.Missing(), err)
	}
}

// An import finds its entries itself: the door to each of them is here.
func TestALargerActChangesNoEntryThatItsActorMayNot(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	found := dutyDesk()
	found.Basis, found.Sources = entry.PublicSource, []entry.Source{{Pointer: "/channels/1/value", Value: "cert@cert.ee", Source: "FIRST"}}
	ours, public := add(t, w, delegateEE, dutyDesk()), add(t, w, "secretariat KR", found)
	for _, c := range []struct {
		who, act string
		before   contact.Contact
		refused  bool
	}{
		{delegateEE, "replaced", ours, false},
		{delegateEE, "nominated", public, false},
		{delegateEE, "replaced", public, true},
		{"delegate FI", "replaced", ours, true},
		{certEE, "replaced", ours, true},
		{"secretariat KR", "replaced", public, false},
		{"secretariat KR", "replaced", ours, true},
		{"secretariat KR", "nominated", public, true},
	} {
		draft := w.Contacts.Change(c.act, c.before, w.Contacts.Present(c.before))
		check := func(tx *register.Tx) error { return w.Contacts.PrepareIn(t.Context(), tx, draft) }
		write := func(tx *register.Tx) error {
			_, err := w.Contacts.WriteIn(t.Context(), tx, draft)
			return err
		}
		act := w.By(t, c.who)
		act.DryRun = true
		err := w.Register.Write(t.Context(), act, check, write)
		var rehearsal *register.Rehearsal
		if refused := problem.Is(err, problem.Forbidden); refused != c.refused || errors.As(err, &rehearsal) == c.refused {
			t.Errorf("%s: an entry of basis %s %s in a larger act = %v, want that it is refused: %t", c.who, c.before.Basis, c.act, err, c.refused)
		}
	}
}

// The state made what was found its own word, for some states: which body a found
// contact belongs to is then not the secretariat's to see, nor to undo.
func TestAnOrganisationThatTheAuthorDoesNotSeeStays(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	body := organisation.Input{Details: organisation.Details{Name: "CERT-EE"}}
	body.State, body.Kind, body.Basis, body.Audience = "EE", "csirt", entry.PublicSource, access.ForPublic
	body.Sources = []entry.Source{{Pointer: "/name", Value: "CERT-EE", Source: "FIRST"}}
	o, err := w.Organisations.Add(t.Context(), w.By(t, "secretariat KR"), register.Sent[organisation.Input]{Body: body})
	if err != nil {
		t.Fatalf("Add() an organisation = %v", err)
	}
	in := dutyDesk()
	in.Basis, in.Sources, in.Organisation = entry.PublicSource, []entry.Source{{Pointer: "/channels/1/value", Value: "cert@cert.ee", Source: "FIRST"}}, &o.ID
	found := add(t, w, "secretariat KR", in)
	_, err = w.Organisations.Nominate(t.Context(), w.By(t, delegateEE), o.ID, patch(`{"audience": "selected", "selected": {"states": ["LV"]}}`))
	if err != nil {
		t.Fatalf("Nominate() for Latvia = %v", err)
	}
	if seen, err := get(t, w, "secretariat KR", found.ID); err != nil || seen.Organisation != nil {
		t.Fatalf("the secretariat sees that it belongs to %v, %v; want nothing", seen.Organisation, err)
	}
	if _, err := w.Contacts.Patch(t.Context(), w.By(t, "secretariat KR"), found.ID, patch(`{"note": "read again"}`)); err != nil {
		t.Fatalf("Patch() by the secretariat = %v", err)
	}
	if got, err := get(t, w, delegateEE, found.ID); err != nil || got.Organisation == nil || *got.Organisation != o.ID || got.Note != "read again" {
		t.Errorf("the state sees that it belongs to %v, note %q, %v; want %s as before", got.Organisation, got.Note, err, o.ID)
	}
	err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		_, err := w.Contacts.Verify(t.Context(), snap)
		return err
	})
	if err != nil {
		t.Errorf("Verify() = %v, want nil: nobody went past the door", err)
	}
	if got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), found.ID, patch(`{"organisation": null}`)); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Patch() by the state of what was found = %v, %v; want that it nominates it first", got.Organisation, err)
	}
	if got, err := w.Contacts.Nominate(t.Context(), w.By(t, delegateEE), found.ID, patch(`{"organisation": null}`)); err != nil || got.Organisation != nil {
		t.Errorf("Nominate() by who sees the link, without it = %v, %v; want that it is gone", got.Organisation, err)
	}
}
