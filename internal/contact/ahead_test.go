package contact_test

import (
	"context"
	"testing"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
)

// Reading keys is slow: who may change nothing makes nobody do it.
func TestKeysAreReadAheadForThoseAloneWhoMayChangeSomething(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	for who, want := range map[string]bool{
		delegateEE: true, headEE: true, "secretariat KR": true, certEE: true, // who proposes
		fixture.Partner: false, "auditor": false,
	} {
		ahead := false
		w.Contacts.Noun.Ahead = func(context.Context, contact.Input) error {
			ahead = true
			return nil
		}
		// Whether it is refused, and why, is other tests' business.
		_, _ = w.Contacts.Add(t.Context(), w.By(t, who), register.Sent[contact.Input]{Body: dutyDesk()})
		if ahead != want {
			t.Errorf("Add() by %s reads the keys ahead: %t, want %t", who, ahead, want)
		}
	}
}
