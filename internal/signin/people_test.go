package signin_test

import (
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// head brings a second head of Estonia's in, who signs in.
func (w world) head(t *testing.T) person {
	t.Helper()
	offer, err := w.Appoint(t.Context(), w.Pair(t), signin.Appointment{
		Name: "Kadri Kask", Email: "kadri@mfa.example", Language: "en", Role: access.Head, State: "EE", Delegation: w.current(t, "EE").ID,
	})
	if err != nil {
		t.Fatalf("Appoint() = %v", err)
	}
	return w.withApp(t, w.accept(t, offer))
}

// TestNobodyOfADelegationTakesItsHeadAway tries to, as everybody of it.
func TestNobodyOfADelegationTakesItsHeadAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kadri := w.head(t)
	var last string
	err := w.DB.Owner.QueryRow(t.Context(), `
		select id::text from role_grant where state = 'EE' and role = 'head_of_delegation' and account <> $1`, kadri.Session.Account).Scan(&last)
	if err != nil {
		t.Fatal(err)
	}
	own := register.Act{By: kadri.Session.Actor()}
	before := w.Register.Latest()
	for who, act := range map[string]register.Act{
		"a head": own, "the head by token": w.By(t, "head_of_delegation EE"), "one of the secretariat": w.By(t, "secretariat KR"),
		"the operator": {By: access.Registry()},
	} {
		for _, role := range []string{last, *kadri.Session.Grant} {
			if _, err := w.WithdrawRole(t.Context(), act, role); !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
				t.Errorf("WithdrawRole() of a head by %s = %v, want forbidden", who, err)
			}
		}
		if _, err := w.Disable(t.Context(), act, kadri.Session.Account); !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
			t.Errorf("Disable() of a head by %s = %v, want forbidden", who, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	if _, err := w.Find(t.Context(), kadri.Reference); err != nil {
		t.Errorf("Find() of the head = %v, want her session", err)
	}
	if _, err := w.Disable(t.Context(), w.Pair(t), kadri.Session.Account); err != nil {
		t.Errorf("Disable() of a head by two of the secretariat = %v", err)
	}
	if _, err := w.Find(t.Context(), kadri.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of who was disabled = %v, want ErrNoSession", err)
	}
}

func TestManagingPeopleWantsAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.pass(-6 * time.Minute) // the head signed in six minutes ago
	offer, err := w.Appoint(t.Context(), w.Pair(t), signin.Appointment{
		Name: "Kadri Kask", Email: "kadri@mfa.example", Language: "en", Role: access.Head, State: "EE", Delegation: w.current(t, "EE").ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.pass(6 * time.Minute)
	in := w.accept(t, offer)
	w.clock.pass(-6 * time.Minute)
	kadri := w.withApp(t, in)
	w.clock.pass(6 * time.Minute)
	act := register.Act{By: kadri.Session.Actor()}
	p := w.ada(t)
	before := w.Register.Latest()
	for what, do := range map[string]func() error{
		"Invite": func() error {
			_, err := w.Invite(t.Context(), act, register.Sent[signin.InviteInput]{Body: signin.InviteInput{
				Name: "Bo Saar", Email: "bo@mfa.example", Role: access.Cert, Language: "en"}})
			return err
		},
		"EnrolDevice": func() error {
			_, err := w.EnrolDevice(t.Context(), act, register.Sent[signin.DeviceInput]{Body: signin.DeviceInput{Office: "Desk", Language: "en"}})
			return err
		},
		"Grant":        func() error { _, err := w.Grant(t.Context(), act, p.Session.Account, access.Cert); return err },
		"WithdrawRole": func() error { _, err := w.WithdrawRole(t.Context(), act, *p.Session.Grant); return err },
		"Disable":      func() error { _, err := w.Disable(t.Context(), act, p.Session.Account); return err },
		"Reenrol":      func() error { _, err := w.Reenrol(t.Context(), act, p.Session.Account); return err },
		"Issue": func() error {
			_, _, err := w.Accounts.Issue(t.Context(), act, register.Sent[account.Input]{Body: account.Input{
				Owner: "Watch", OwnerKind: "system", Role: access.Cert, Label: "x", Access: "read", Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour)}})
			return err
		},
	} {
		if err := do(); err != signin.ErrStepUp {
			t.Errorf("%s() six minutes after signing in = %v, want ErrStepUp", what, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	stepped, err := w.StepUpPassword(t.Context(), browser, kadri.Session,
		signin.PasswordInput{Password: goodPassword, Code: kadri.code(t, w.clock.now())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Grant(t.Context(), register.Act{By: stepped.Session.Actor()}, p.Session.Account, access.Cert); err != nil {
		t.Errorf("Grant() after stepping up = %v", err)
	}
}

func TestAHeadGovernsTheOwnPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	head := w.By(t, "head_of_delegation EE")
	of := p.Session.Account
	for who, want := range map[string]problem.Kind{
		"head_of_delegation LV": problem.NotFound, "delegate EE": problem.NotFound, "secretariat KR": problem.NotFound, "auditor": problem.NotFound,
	} {
		if _, err := w.Grant(t.Context(), w.By(t, who), of, access.Cert); !problem.Is(err, want) {
			t.Errorf("Grant() by %s = %v, want %s", who, err, want)
		}
		if _, err := w.Disable(t.Context(), w.By(t, who), of); !problem.Is(err, want) {
			t.Errorf("Disable() by %s = %v, want %s", who, err, want)
		}
		if _, err := w.WithdrawRole(t.Context(), w.By(t, who), *p.Session.Grant); err == nil {
			t.Errorf("WithdrawRole() by %s = nil, want a refusal", who)
		}
	}
	if _, err := w.Grant(t.Context(), register.Act{By: p.Session.Actor()}, of, access.Cert); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Grant() to oneself = %v, want forbidden", err)
	}
	for role, want := range map[access.Role]problem.Kind{
		access.Head: problem.Forbidden, access.Secretariat: problem.Invalid, access.Auditor: problem.Invalid, "minister": problem.Invalid,
	} {
		if _, err := w.Grant(t.Context(), head, of, role); !problem.Is(err, want) {
			t.Errorf("Grant() of %s = %v, want %s", role, err, want)
		}
	}
	if _, err := w.Grant(t.Context(), head, of, access.Delegate); !problem.Is(err, problem.Conflict) {
		t.Errorf("Grant() of a role that is held = %v, want conflict", err)
	}
	if _, err := w.Grant(t.Context(), head, of, access.Cert); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Grant(t.Context(), w.Pair(t), of, access.Cert); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Grant() of a head's to give by two of the secretariat = %v, want forbidden", err)
	}
	people, err := w.People(t.Context(), head.By, "EE")
	if err != nil || len(people) != 1 || people[0].Email != "ada@mfa.example" || len(people[0].Roles) != 2 {
		t.Errorf("People() = %+v, %v, want Ada in two roles", people, err)
	}
	for _, who := range []string{"head_of_delegation LV", "delegate EE", "auditor", "partner", "secretariat KR"} {
		if people, err := w.People(t.Context(), w.Actor(t, who), "EE"); err != nil || len(people) != 0 {
			t.Errorf("People() of Estonia for %s = %+v, %v, want none", who, people, err)
		}
	}
}

func TestTwoOfTheSecretariatMakeADelegateAHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	given, err := w.Grant(t.Context(), w.Pair(t), p.Session.Account, access.Head)
	if err != nil {
		t.Fatal(err)
	}
	next, err := w.Switch(t.Context(), browser, p.Session, given.ID)
	if err != nil || next.Session.Actor().Role != access.Head {
		t.Errorf("Switch() = %+v, %v, want Estonia's head", next.Session, err)
	}
	// From now on her head alone no longer lets her enrol anew.
	if _, err := w.Reenrol(t.Context(), w.By(t, "head_of_delegation EE"), p.Session.Account); !problem.Is(err, problem.Conflict) {
		t.Errorf("Reenrol() of a head by another = %v, want conflict", err)
	}
	if _, err := w.Reenrol(t.Context(), w.Pair(t), p.Session.Account); err != nil {
		t.Errorf("Reenrol() of a head by two of the secretariat = %v", err)
	}
}

// TestWhoIsDisabledLosesEverything has a token too, and comes back by an invitation.
func TestWhoIsDisabledLosesEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	head := w.By(t, "head_of_delegation EE")
	_, secret, err := w.Accounts.Issue(t.Context(), head, register.Sent[account.Input]{Body: account.Input{
		Owner: "Ada Tamm", OwnerKind: "person", Role: access.Delegate, Label: "script", Access: "write", Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.Accounts.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Disable(t.Context(), head, p.Session.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), secret); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Authenticate() with her token = %v, want unauthenticated", err)
	}
	if _, err := w.Contacts.Add(t.Context(), register.Act{By: by}, desk()); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Add() with her token = %v, want unauthenticated", err)
	}
	if _, err := w.Disable(t.Context(), head, p.Session.Account); !problem.Is(err, problem.Conflict) {
		t.Errorf("Disable() again = %v, want conflict", err)
	}
	if _, err := w.Reenrol(t.Context(), head, p.Session.Account); !problem.Is(err, problem.Conflict) {
		t.Errorf("Reenrol() of who is disabled = %v, want conflict", err)
	}
	if _, err := w.Grant(t.Context(), head, p.Session.Account, access.Cert); !problem.Is(err, problem.Conflict) {
		t.Errorf("Grant() to who is disabled = %v, want conflict", err)
	}
	anew := ada()
	anew.Email = "ada.tamm@mfa.example"
	back := w.withApp(t, w.accept(t, w.invite(t, "head_of_delegation EE", anew)))
	if back.Session.Account != p.Session.Account || *back.Session.Email != anew.Email {
		t.Errorf("after another invitation the session is %+v, want the same account with the new address", back.Session)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of the session before = %v, want ErrNoSession", err)
	}
	err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		if _, err := account.VerifyRoles(t.Context(), snap); err != nil {
			return err
		}
		_, err := account.Verify(t.Context(), snap)
		return err
	})
	if err != nil {
		t.Errorf("afterwards the roles and tokens are not as recorded: %v", err)
	}
}

func TestEventsAreForThePersonAndTheirHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	if _, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: p.email, Password: "guess", Code: "123456"}); err != signin.ErrRefused {
		t.Fatal(err)
	}
	for who, by := range map[string]access.Actor{"Ada": p.Session.Actor(), "her head": w.Actor(t, "head_of_delegation EE")} {
		all, err := w.Events(t.Context(), by, p.Session.Account)
		if err != nil || len(all) != 3 || all[0].Outcome != signin.Refused || all[1].Outcome != signin.Enrolled {
			t.Errorf("Events() for %s = %+v, %v, want a refusal, an enrolment and an acceptance", who, all, err)
		}
	}
	for _, who := range []string{"head_of_delegation LV", "delegate EE", "secretariat KR", "auditor"} {
		if all, err := w.Events(t.Context(), w.Actor(t, who), p.Session.Account); err != nil || len(all) != 0 {
			t.Errorf("Events() for %s = %+v, %v, want none", who, all, err)
		}
	}
}
