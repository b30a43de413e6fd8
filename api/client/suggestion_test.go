package client_test

import (
	"errors"
	"net/url"
	"slices"
	"testing"

	"pocreg.example/api/client"
)

func TestASuggestionIsMadeAnsweredAndTakenBack(t *testing.T) {
	t.Parallel()
	about, _, err := as("delegate HU").Contacts().Add(t.Context(), map[string]any{
		"state": "HU", "kind": "technical", "office_title": "Desk", "channels": []map[string]string{{"type": "email", "value": "desk@hu.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	maker, owner := as("cert IT"), as("delegate HU")
	var ids []string
	for range 3 {
		made, err := maker.Contacts().Suggest(t.Context(), about.ID, "This bounces.", "/channels/0")
		if err != nil || made.Status != "open" || made.Pointer != "/channels/"+about.Channels[0].ID || made.By.Name != "cert IT" || made.Answer != nil {
			t.Fatalf("Suggest() = %+v, %v, want it open, at the channel", made, err)
		}
		ids = append(ids, made.ID)
	}
	if got, err := owner.TakeSuggestion(t.Context(), ids[0], ""); err != nil || got.Status != "taken" || got.By.Name != "" || got.Answer.By.Name != "delegate HU" {
		t.Errorf("TakeSuggestion() = %+v, %v", got, err)
	}
	if got, err := owner.DeclineSuggestion(t.Context(), ids[1], "It does not."); err != nil || got.Status != "declined" || got.Answer.Word != "It does not." {
		t.Errorf("DeclineSuggestion() = %+v, %v", got, err)
	}
	if got, err := maker.WithdrawSuggestion(t.Context(), ids[2]); err != nil || got.Status != "withdrawn" {
		t.Errorf("WithdrawSuggestion() = %+v, %v", got, err)
	}
	if got, _, err := maker.Suggestion(t.Context(), ids[1]); err != nil || got.Answer == nil || got.Answer.By.State != "HU" || got.Answer.By.Name != "" {
		t.Errorf("Suggestion() = %+v, %v, want the answer, without the other's name", got, err)
	}
	var seen []string
	for s, err := range owner.Suggestions(t.Context(), url.Values{"entry": {about.ID}, "limit": {"1"}}) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, s.Status)
	}
	if want := []string{"withdrawn", "declined", "taken"}; !slices.Equal(seen, want) {
		t.Errorf("Suggestions() = %v, want %v, newest first", seen, want)
	}
	var p *client.Problem
	if _, err := as("delegate PL").TakeSuggestion(t.Context(), ids[0], ""); !errors.As(err, &p) || p.Kind() != "not-found" {
		t.Errorf("TakeSuggestion() by another state = %v, want not found", err)
	}
}
