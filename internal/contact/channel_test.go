package contact_test

import (
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

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
