package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pocreg.example/api/client"
)

func TestAFrozenTokenIsToldUntilWhen(t *testing.T) {
	t.Parallel()
	head, holder := as("head_of_delegation BE"), as("cert BE")
	var id string
	for token, err := range holder.Tokens(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		id = token.ID
	}
	frozen, err := head.Freeze(t.Context(), id, "Stolen")
	if err != nil || frozen.Token != id || frozen.By != "state" || frozen.Reason != "Stolen" || frozen.Until.Sub(frozen.Since) != 24*time.Hour {
		t.Errorf("Freeze() = %+v, %v, want the state's, for 24 hours", frozen, err)
	}
	var p *client.Problem
	if _, err := holder.States(t.Context(), ""); !errors.As(err, &p) || p.Kind() != "unauthenticated" || !strings.Contains(p.Detail, "is frozen until 20") {
		t.Errorf("States() with a frozen token = %v, want until when", err)
	}
	for token, err := range head.Tokens(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if is := token.Frozen != nil && len(token.Freezes) == 1; is != (token.ID == id) {
			t.Errorf("Tokens() shows %s of %s as frozen: %t, %+v", token.ID, token.Owner, is, token.Freezes)
		}
	}
	if thawed, err := head.Thaw(t.Context(), id); err != nil || thawed.LiftedAt == nil {
		t.Errorf("Thaw() = %+v, %v, want it lifted", thawed, err)
	}
	if _, err := holder.States(t.Context(), ""); err != nil {
		t.Errorf("States() once thawed = %v", err)
	}
}
