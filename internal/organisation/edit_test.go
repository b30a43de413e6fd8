package organisation_test

import (
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
)

func TestWhatWasFoundIsRetiredByWhoRecordsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.add(t, secretariat, found())
	w.refused(t, "Retire(what was found, by the state)", problem.Conflict, func() error {
		_, err := w.Retire(t.Context(), as(delegateEE), old.ID, nothing())
		return err
	})
	got, err := w.Retire(t.Context(), as(secretariat), old.ID, nothing())
	if err != nil || got.Standing != entry.Retired {
		t.Errorf("Retire(what was found, by the secretariat) = %s, %v, want it retired", got.Standing, err)
	}
}

func TestAPatchKeepsTheHandlingMark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.TLP = "TLP:RED"
	old := w.add(t, delegateEE, in)
	got, err := w.Patch(t.Context(), as(delegateEE), old.ID, sent(old.Version, []byte(`{"note": "At night by phone.", "audience": "public"}`)))
	if err != nil || got.TLP != "TLP:RED" || got.Audience != access.ForPublic {
		t.Errorf("Patch() = %s for %s, %v, want TLP:RED, as it was said, for the public", got.TLP, got.Audience, err)
	}
}
