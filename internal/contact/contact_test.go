package contact_test

import (
	"errors"
	"slices"
	"strings"
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

const (
	delegateEE = "delegate EE"
	certEE     = "cert EE"
	certFI     = "cert FI"
	headEE     = "head_of_delegation EE"
)

// dutyDesk is a technical contact of Estonia with all that its kind requires.
func dutyDesk() contact.Input {
	return contact.Input{
		Common:  entry.Common{State: "EE", Kind: contact.Technical},
		Details: contact.Details{OfficeTitle: "CERT-EE duty desk", Languages: []string{"et", "EN_gb"}, TimeZone: "Europe/Tallinn"},
		Channels: []contact.ChannelInput{
			{Type: "phone", Usage: "duty", Value: "663 0299"},
			{Type: "email", Value: "cert@cert.ee"},
		},
	}
}

func add(t *testing.T, w *fixture.World, who string, in contact.Input) contact.Contact {
	t.Helper()
	got, err := w.Contacts.Add(t.Context(), w.By(t, who), register.Sent[contact.Input]{Body: in})
	if err != nil {
		t.Fatalf("Add() = %v", err)
	}
	return got
}

func get(t *testing.T, w *fixture.World, who, id string) (got contact.Contact, err error) {
	t.Helper()
	err = w.Register.Read(t.Context(), w.Actor(t, who), func(snap *register.Snapshot) (err error) {
		got, err = contact.Get(t.Context(), snap, id)
		return err
	})
	return got, err
}

// unconditional is an act that does not depend on what the entry says.
func unconditional() register.Sent[entry.Nothing] {
	return register.Sent[entry.Nothing]{If: register.Precondition{None: true}}
}

func patch(text string) register.Sent[[]byte] {
	return register.Sent[[]byte]{If: register.Precondition{None: true}, Body: []byte(text)}
}

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

func TestReplaceKeepsTheProofOfWhatDidNotChange(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	before := add(t, w, delegateEE, dutyDesk())
	in := dutyDesk()
	in.Audience = access.ForParticipants
	in.Channels[0].Value = "+372 663 0300"
	in.Channels[0].ID = before.Channels[0].ID
	slices.Reverse(in.Channels)
	got, err := w.Contacts.Replace(t.Context(), w.By(t, delegateEE), before.ID,
		register.Sent[contact.Input]{If: register.Precondition{None: true}, Body: in})
	if err != nil {
		t.Fatal(err)
	}
	mail, phone := got.Channels[0], got.Channels[1]
	if mail.ID != before.Channels[1].ID || !mail.ChangedAt.Equal(before.Channels[1].ChangedAt) || !mail.ConfirmedAt.Equal(*before.Channels[1].ConfirmedAt) {
		t.Errorf("mailbox = %+v, want it first now, and with the proof it had: %+v", mail, before.Channels[1])
	}
	if phone.ID != before.Channels[0].ID || !phone.ChangedAt.After(before.Channels[0].ChangedAt) {
		t.Errorf("phone = %+v, want the same channel, changed since %s", phone, before.Channels[0].ChangedAt)
	}
}

func TestChannels(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)

	t.Run("of a narrower audience are seen by it alone", func(t *testing.T) {
		t.Parallel()
		in := dutyDesk()
		in.Channels[0].Whom = entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: []string{"LV"}}}
		c := add(t, w, delegateEE, in)
		for who, want := range map[string]int{certEE: 2, "cert LV": 2, certFI: 1, fixture.Partner: 1, "secretariat KR": 1, "auditor": 2} {
			got, err := get(t, w, who, c.ID)
			if err != nil || len(got.Channels) != want {
				t.Errorf("%s sees %d channels, %v, want %d", who, len(got.Channels), err, want)
			}
		}
	})

	t.Run("follow the contact's audience unless they have their own", func(t *testing.T) {
		t.Parallel()
		c := add(t, w, delegateEE, dutyDesk())
		got, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID,
			patch(`{"audience": "selected", "selected": {"all_except": ["FI"]}}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range got.Channels {
			if ch.Audience != access.ForSelected || slices.Contains(ch.AudienceStates, "FI") || len(ch.AudienceStates) != 45 {
				t.Errorf("channel for %s %v, want all states but FI", ch.Audience, ch.AudienceStates)
			}
		}
		if got.TLP != "TLP:AMBER" {
			t.Errorf("tlp = %s, want the narrower audience's default TLP:AMBER", got.TLP)
		}
		if _, err := get(t, w, certFI, c.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("Get() by who is excepted = %v, want not found", err)
		}
	})

	t.Run("that are wider than the contact are refused", func(t *testing.T) {
		t.Parallel()
		in := dutyDesk()
		in.Channels[1].Audience = access.ForPublic
		_, err := w.Contacts.Add(t.Context(), w.By(t, delegateEE), register.Sent[contact.Input]{Body: in})
		faults, _ := problem.Faults(err)
		if len(faults) != 1 || faults[0].Pointer != "/channels/1/audience" {
			t.Errorf("Add() = %v, want a fault at /channels/1/audience", err)
		}
	})

	t.Run("of another contact cannot be named", func(t *testing.T) {
		t.Parallel()
		other, c := add(t, w, delegateEE, dutyDesk()), add(t, w, delegateEE, dutyDesk())
		_, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID,
			patch(`{"channels": [{"id": "`+other.Channels[0].ID+`", "type": "email", "value": "x@cert.ee"}]}`))
		faults, _ := problem.Faults(err)
		if len(faults) != 1 || faults[0].Pointer != "/channels/0/id" {
			t.Errorf("Patch() = %v, want a fault at /channels/0/id", err)
		}
		if got, err := get(t, w, certEE, other.ID); err != nil || got.Channels[0].Value != other.Channels[0].Value {
			t.Errorf("the other contact = %+v, %v, want it as it was", got.Channels, err)
		}
	})

	t.Run("that were removed stay in the history of who may read them", func(t *testing.T) {
		t.Parallel()
		in := dutyDesk()
		in.Channels[0].Whom = entry.Whom{Audience: access.ForSelected, Selected: &entry.Selection{States: []string{"LV"}}}
		c := add(t, w, delegateEE, in)
		if _, err := w.Contacts.Patch(t.Context(), w.By(t, delegateEE), c.ID, patch(`{"channels": []}`)); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[string]int{"cert LV": 2, certFI: 1} {
			removed := 0
			err := w.Register.Read(t.Context(), w.Actor(t, who), func(snap *register.Snapshot) error {
				revisions, _, err := register.History(t.Context(), snap, "contact", c.ID, 0, 100)
				if err != nil || len(revisions) != 2 {
					t.Fatalf("History() for %s = %d revisions, %v, want 2", who, len(revisions), err)
				}
				for _, d := range revisions[0].Diff {
					if strings.HasPrefix(d.Path, "/channels/") && strings.HasSuffix(d.Path, "/value") && d.To == nil {
						removed++
					}
				}
				return nil
			})
			if err != nil || removed != want {
				t.Errorf("the history for %s shows %d channels removed, %v, want %d", who, removed, err, want)
			}
		}
	})
}

func TestMarkDead(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := add(t, w, delegateEE, dutyDesk())
	phone := c.Channels[0].ID
	dead, err := w.Contacts.MarkDead(t.Context(), w.By(t, certEE), c.ID, phone, unconditional())
	if err != nil || dead.Channels[0].DeadAt == nil || !slices.Contains(dead.Missing(), "duty_phone") {
		t.Fatalf("MarkDead() by the state's CERT = %+v, %v, want a dead phone that is missed", dead.Channels, err)
	}
	if _, err := w.Contacts.MarkDead(t.Context(), w.By(t, certEE), c.ID, phone, unconditional()); !problem.Is(err, problem.Conflict) {
		t.Errorf("MarkDead() twice = %v, want conflict", err)
	}
	confirmed, err := w.Contacts.Confirm(t.Context(), w.By(t, certEE), c.ID, unconditional())
	if err != nil || confirmed.Channels[0].DeadAt == nil || !confirmed.Channels[1].ConfirmedAt.After(*c.Channels[1].ConfirmedAt) {
		t.Errorf("Confirm() = %+v, %v, want the mailbox proven again and the phone dead still", confirmed.Channels, err)
	}
	alive, err := w.Contacts.MarkAlive(t.Context(), w.By(t, certEE), c.ID, phone, unconditional())
	if err != nil || alive.Channels[0].DeadAt != nil || len(alive.Missing()) != 0 {
		t.Errorf("MarkAlive() = %+v, %v, want the phone back", alive.Channels, err)
	}
	for who, want := range map[string]problem.Kind{certFI: problem.Forbidden, fixture.Partner: problem.Forbidden} {
		if _, err := w.Contacts.MarkDead(t.Context(), w.By(t, who), c.ID, phone, unconditional()); !problem.Is(err, want) {
			t.Errorf("MarkDead() by %s = %v, want %s", who, err, want)
		}
	}
	if got, err := get(t, w, certEE, c.ID); err != nil || got.Version != alive.Version {
		t.Errorf("after refusals the contact is at version %d, %v, want %d", got.Version, err, alive.Version)
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
