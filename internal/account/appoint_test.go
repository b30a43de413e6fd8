package account_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// TestAppoint tries to give everybody every role. It is the design's table of
// who appoints whom, written by hand.
func TestAppoint(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	head := w.By(t, "head_of_delegation EE")
	alone := w.By(t, "secretariat KR")
	by := map[string]register.Act{
		"the system": {By: access.Registry()}, "a pair": w.Pair(t), "one of the secretariat": alone, "the head": head,
		"another head": w.By(t, "head_of_delegation LV"), "a delegate": w.By(t, "delegate EE"), "a CERT": w.By(t, "cert EE"),
		"an auditor": w.By(t, "auditor"), "a partner": w.By(t, "partner"), "anybody": {By: access.Anyone()}, "nobody": {},
	}
	before := w.Register.Latest()
	for _, tt := range []struct {
		role       access.Role
		state      string
		coChair    string
		appointers []string
	}{
		{access.Secretariat, "", "PL", []string{"the system"}},
		{access.Head, "EE", "", []string{"a pair"}},
		{access.Auditor, "", "", []string{"a pair"}},
		{access.Partner, "", "", []string{"a pair"}},
		{access.Partner, "EE", "", []string{"the head"}},
		{access.Delegate, "EE", "", []string{"the head"}},
		{access.Cert, "EE", "", []string{"the head"}},
		{access.Auditor, "EE", "", nil},
		{access.Delegate, "", "", nil},
		{access.Cert, "", "", nil},
		{access.Public, "", "", nil},
		{access.System, "", "", nil},
		{"", "EE", "", nil},
	} {
		for who, act := range by {
			act.DryRun = true
			a := account.Appointment{
				Owner: "New", OwnerKind: "person", Role: tt.role, State: tt.state, CoChair: tt.coChair, Label: "new",
				Audiences: access.Audiences, Basis: "Decision 7", ExpiresAt: time.Now().Add(time.Hour),
			}
			if tt.state != "" {
				a.Delegation = head.By.Delegation
			}
			_, _, err := w.Accounts.Appoint(t.Context(), act, a)
			var rehearsal *register.Rehearsal
			switch want := slices.Contains(tt.appointers, who); {
			case want && !errors.As(err, &rehearsal):
				t.Errorf("Appoint(%q of %q) by %s = %v, want that it is rehearsed", tt.role, tt.state, who, err)
			case !want && !problem.Is(err, problem.Forbidden):
				t.Errorf("Appoint(%q of %q) by %s = %v, want forbidden", tt.role, tt.state, who, err)
			}
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register is at %d, want %d", got, before)
	}
}

// TestRevokeEverybodys tries to end every sort of token, as everybody.
func TestRevokeEverybodys(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	everybody := []string{
		"head_of_delegation EE", "head_of_delegation LV", "delegate EE", "cert EE", "partner EE", "partner", "secretariat KR", "auditor",
	}
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	for _, whose := range everybody {
		for _, who := range everybody {
			by, token := w.Actor(t, who), w.Actor(t, whose)
			err := w.Accounts.Revoke(t.Context(), register.Act{By: by, DryRun: true}, token.Credential)
			heads := who == "head_of_delegation EE" && token.State == "EE"
			var rehearsal *register.Rehearsal
			switch {
			case heads && token.Role != access.Head:
				if !errors.As(err, &rehearsal) {
					t.Errorf("Revoke(that of %s) by %s = %v, want that it is rehearsed", whose, who, err)
				}
			case who == whose || heads || who == "auditor":
				if !problem.Is(err, problem.Forbidden) {
					t.Errorf("Revoke(that of %s) by %s = %v, want forbidden", whose, who, err)
				}
			case !problem.Is(err, problem.NotFound):
				t.Errorf("Revoke(that of %s) by %s = %v, want not found", whose, who, err)
			}
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register is at %d, want %d", got, before)
	}
	for _, whose := range everybody {
		token := w.Actor(t, whose)
		if err := w.Accounts.Revoke(t.Context(), register.Act{By: access.Registry()}, token.Credential); err != nil {
			t.Errorf("Revoke(that of %s) by the operator = %v", whose, err)
		}
		if _, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, whose)); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("after Revoke() by the operator, %s signs in: %v, want unauthenticated", whose, err)
		}
	}
}
