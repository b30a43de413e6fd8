package account_test

import (
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func input() account.Input {
	return account.Input{
		Owner: "Night shift", OwnerKind: "person", Role: access.Cert, Label: "phone", Access: "write",
		Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	}
}

func issue(t *testing.T, w *fixture.World, who string, in account.Input) (account.Token, string, error) {
	t.Helper()
	return w.Accounts.Issue(t.Context(), w.By(t, who), register.Sent[account.Input]{Body: in})
}

func TestIssue(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)

	t.Run("makes a token that acts for the head's own state", func(t *testing.T) {
		t.Parallel()
		token, secret, err := issue(t, w, "head_of_delegation EE", input())
		if err != nil {
			t.Fatal(err)
		}
		by, err := w.Accounts.Authenticate(t.Context(), secret)
		if err != nil || by.Role != access.Cert || by.State != "EE" || by.Credential != token.ID || !by.Writes {
			t.Errorf("Authenticate() = %+v, %v, want a CERT officer of Estonia who writes", by, err)
		}
		if !strings.HasSuffix(secret, token.Hint) {
			t.Errorf("hint = %s, want the end of the secret", token.Hint)
		}
	})

	t.Run("keeps no secret", func(t *testing.T) {
		t.Parallel()
		_, secret, err := issue(t, w, "head_of_delegation LV", input())
		if err != nil {
			t.Fatal(err)
		}
		var kept bool
		err = w.DB.Owner.QueryRow(t.Context(), `
			select exists (select from token t where position($1 in t::text) > 0)
				or exists (select from trail_content t where position(convert_to($1, 'UTF8') in t.content) > 0)`,
			strings.TrimPrefix(secret, "pocreg_")).Scan(&kept)
		if err != nil || kept {
			t.Errorf("the secret is kept: %v, %v, want it nowhere", kept, err)
		}
	})

	t.Run("refuses", func(t *testing.T) {
		t.Parallel()
		w := fixture.New(t)
		w.Actor(t, "auditor")
		before := w.Register.Latest()
		for _, tt := range []struct {
			name, who string
			change    func(*account.Input)
			kind      problem.Kind
		}{
			{"a delegate", "delegate EE", func(*account.Input) {}, problem.Forbidden},
			{"the secretariat", "secretariat KR", func(*account.Input) {}, problem.Forbidden},
			{"to make a head", "head_of_delegation EE", func(in *account.Input) { in.Role = access.Head }, problem.Invalid},
			{"to make a secretariat", "head_of_delegation EE", func(in *account.Input) { in.Role = access.Secretariat }, problem.Invalid},
			{"a partner that writes", "head_of_delegation EE", func(in *account.Input) { in.Role = access.Partner }, problem.Invalid},
			{"to write what it does not read", "head_of_delegation EE", func(in *account.Input) { in.Audiences = in.Audiences[:2] }, problem.Invalid},
			{"a token that has expired", "head_of_delegation EE", func(in *account.Input) { in.ExpiresAt = time.Now().Add(-time.Minute) }, problem.Invalid},
			{"a token for ever", "head_of_delegation EE", func(in *account.Input) { in.ExpiresAt = time.Now().Add(367 * 24 * time.Hour) }, problem.Invalid},
			{"no label", "head_of_delegation EE", func(in *account.Input) { in.Label = "" }, problem.Invalid},
			{"another kind of owner of the same name", "head_of_delegation EE", func(in *account.Input) { in.Owner, in.OwnerKind = "cert EE", "system" }, problem.Conflict},
		} {
			in := input()
			tt.change(&in)
			if _, _, err := issue(t, w, tt.who, in); !problem.Is(err, tt.kind) {
				t.Errorf("Issue() %s = %v, want %s", tt.name, err, tt.kind)
			}
		}
		if got := w.Register.Latest(); got != before {
			t.Errorf("after refusals the register is at %d, want %d", got, before)
		}
	})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	token, secret, err := issue(t, w, "head_of_delegation EE", input())
	if err != nil {
		t.Fatal(err)
	}
	signedIn, err := w.Accounts.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]problem.Kind{
		"head_of_delegation LV": problem.NotFound, "delegate EE": problem.NotFound,
		"auditor": problem.Forbidden, "partner": problem.NotFound,
	} {
		if err := w.Accounts.Revoke(t.Context(), w.By(t, who), token.ID); !problem.Is(err, want) {
			t.Errorf("Revoke() by %s = %v, want %s", who, err, want)
		}
	}
	if _, err := w.Accounts.Authenticate(t.Context(), secret); err != nil {
		t.Errorf("after refusals Authenticate() = %v, want the token to stand", err)
	}
	head := w.By(t, "head_of_delegation EE")
	if err := w.Accounts.Revoke(t.Context(), head, token.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Accounts.Revoke(t.Context(), head, token.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("Revoke() twice = %v, want conflict", err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), secret); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Authenticate() with a revoked token = %v, want unauthenticated", err)
	}
	before := w.Register.Latest()
	_, err = w.Contacts.Add(t.Context(), register.Act{By: signedIn}, register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Diplomatic},
	}})
	if !problem.Is(err, problem.Forbidden) {
		t.Errorf("Add() by a CERT = %v, want forbidden", err)
	}
	added, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Technical}, Details: contact.Details{OfficeTitle: "desk"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Contacts.Confirm(t.Context(), register.Act{By: signedIn}, added.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}})
	if !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Confirm() by who was signed in before the revocation = %v, want unauthenticated", err)
	}
	if got := w.Register.Latest(); got != before+1 {
		t.Errorf("the register is at %d, want %d: nothing but the contact was written", got, before+1)
	}
}

func TestExpiredTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	secret := w.Secret(t, "cert EE")
	if _, err := w.DB.Owner.Exec(t.Context(), `update token set expires_at = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), secret); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Authenticate() = %v, want unauthenticated", err)
	}
}

func TestAppointTakesTwoOfDifferentCoChairs(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	pair := w.Pair(t)
	auditor := account.Appointment{
		Owner: "Second auditor", OwnerKind: "person", Role: access.Auditor, Label: "mandate", Basis: "Decision 7",
		Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	}
	same := pair
	same.With = same.By
	alone := pair
	alone.With = access.Actor{}
	for name, act := range map[string]register.Act{
		"one alone": alone, "one twice": same, "a head": w.By(t, "head_of_delegation EE"), "the registry itself": {By: access.Registry()},
	} {
		if _, _, err := w.Accounts.Appoint(t.Context(), act, auditor); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Appoint() by %s = %v, want forbidden", name, err)
		}
	}
	for name, basis := range map[string]string{"nothing": "", "too much": strings.Repeat("ó", 501)} {
		on := auditor
		on.Basis = basis
		if _, _, err := w.Accounts.Appoint(t.Context(), pair, on); !problem.Is(err, problem.Invalid) {
			t.Errorf("Appoint() on %s = %v, want invalid", name, err)
		}
	}
	if _, _, err := w.Accounts.Appoint(t.Context(), pair, auditor); err != nil {
		t.Errorf("Appoint() by two of different co-chairs = %v", err)
	}
	later := auditor
	later.ExpiresAt = auditor.ExpiresAt.Add(time.Hour)
	again, _, err := w.Accounts.Appoint(t.Context(), pair, later)
	if err != nil || !again.ExpiresAt.Equal(auditor.ExpiresAt.Truncate(time.Microsecond)) {
		t.Errorf("Appoint() once more, for longer = until %v, %v, want that the mandate ends it at %v", again.ExpiresAt, err, auditor.ExpiresAt)
	}
	head := auditor
	head.Role, head.State = access.Delegate, "EE"
	if _, _, err := w.Accounts.Appoint(t.Context(), pair, head); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Appoint() of a delegate by the secretariat = %v, want forbidden: that is the head's", err)
	}
}

func TestWellFormed(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	secret := w.Secret(t, "cert EE")
	if !account.WellFormed(secret) {
		t.Errorf("WellFormed() of a token = false")
	}
	for i := range secret {
		mistyped := []byte(secret)
		mistyped[i] ^= 1
		if account.WellFormed(string(mistyped)) {
			t.Errorf("WellFormed() with digit %d changed = true, want false", i)
		}
	}
	for _, s := range []string{"", "pocreg_", secret[1:], secret + "0", strings.ToUpper(secret), "ghp_" + secret[7:]} {
		if account.WellFormed(s) {
			t.Errorf("WellFormed(%d characters) = true, want false", len(s))
		}
	}
}

func TestANewDelegationsPeopleAreNotBoundToTheOld(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	var old delegation.Delegation
	err := w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
		old, _, err = delegation.Current(t.Context(), snap, "EE")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Delegations.Close(t.Context(), w.Pair(t), old.ID); err != nil {
		t.Fatal(err)
	}
	opened, err := w.Delegations.Open(t.Context(), w.Pair(t), delegation.OpenInput{State: "EE", Authority: "A new note"})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := w.Accounts.Appoint(t.Context(), w.Pair(t), account.Appointment{
		Owner: "head_of_delegation EE", OwnerKind: "person", Role: access.Head, State: "EE", Delegation: opened.ID,
		Label: "new", Writes: true, Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.Accounts.Authenticate(t.Context(), secret)
	if err != nil || by.Delegation != opened.ID {
		t.Errorf("Authenticate() = %+v, %v, want the head of the new delegation", by, err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, "head_of_delegation EE")); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Authenticate() with the old token = %v, want unauthenticated", err)
	}
}

func TestNobodyServesTwoCoChairs(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	_, _, err := w.Accounts.Appoint(t.Context(), register.Act{By: access.Registry()}, account.Appointment{
		Owner: "secretariat KR", OwnerKind: "person", Role: access.Secretariat, CoChair: "PL",
		Label: "second hat", Writes: true, Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("Appoint() of who serves KR for PL = %v, want conflict", err)
	}
}

// Whoever loses a role loses each token that acts in it, revoked or not.
func TestATokenEndsWithItsRole(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	act := w.By(t, "delegate EE")
	_, err := w.DB.Owner.Exec(t.Context(), `update role_grant set revoked_at = now() where account = $1`, act.By.Account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, "delegate EE")); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Authenticate() without the role = %v, want unauthenticated", err)
	}
	err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		return account.Stands(t.Context(), snap, act.By)
	})
	if !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Stands() without the role = %v, want unauthenticated", err)
	}
}
