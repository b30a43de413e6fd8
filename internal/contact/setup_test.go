package contact_test

import (
	"testing"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
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
