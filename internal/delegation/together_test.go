package delegation_test

import (
	"context"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// TestSettlingTakesTwoOfDifferentCoChairs tries to contest, to reopen and to
// close a delegation as everybody but two of the secretariat.
func TestSettlingTakesTwoOfDifferentCoChairs(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	d := current(t, w, "EE")
	twice := w.Pair(t)
	twice.With = twice.By
	by := map[string]register.Act{
		"one of the secretariat": w.By(t, "secretariat KR"), "one, twice": twice, "its head": w.By(t, "head_of_delegation EE"),
		"its delegate": w.By(t, "delegate EE"), "its CERT": w.By(t, "cert EE"), "another head": w.By(t, "head_of_delegation LV"),
		"an auditor": w.By(t, "auditor"), "a partner": w.By(t, "partner"), "the registry": {By: access.Registry()},
	}
	before := w.Register.Latest()
	for what, do := range map[string]func(context.Context, register.Act, string) (delegation.Delegation, error){
		"Contest": w.Delegations.Contest, "Reopen": w.Delegations.Reopen, "Close": w.Delegations.Close,
	} {
		for who, act := range by {
			if _, err := do(t.Context(), act, d.ID); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s() by %s = %v, want forbidden", what, who, err)
			}
		}
		for who, act := range map[string]register.Act{"anybody": {By: access.Anyone()}, "nobody": {}} {
			if _, err := do(t.Context(), act, d.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s() by %s = %v, want not found", what, who, err)
			}
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from version %d to %d, want that nothing changed", before, got)
	}
}
