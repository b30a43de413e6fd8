package signin_test

import (
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// headWithToken is a head who signs in, and what somebody does with a token of theirs.
func headWithToken(t *testing.T, w world) (person, register.Act) {
	t.Helper()
	offer, err := w.Appoint(t.Context(), w.Pair(t), signin.Appointment{
		Name: "Kadri Kask", Email: "kadri@mfa.example", Language: "en", Role: access.Head, State: "EE", Delegation: w.current(t, "EE").ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	kadri := w.withApp(t, w.accept(t, offer))
	_, secret, err := w.Accounts.Appoint(t.Context(), w.Pair(t), account.Appointment{
		Owner: "Kadri Kask", OwnerKind: "person", Role: access.Head, State: "EE", Delegation: w.current(t, "EE").ID,
		Label: "scripts", Writes: true, Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.Accounts.Authenticate(t.Context(), secret)
	if err != nil || by.Account != kadri.Session.Account {
		t.Fatalf("Authenticate() = %+v, %v, want who signs in as %s", by, err, kadri.Session.Account)
	}
	return kadri, register.Act{By: by}
}

func (w world) choose(t *testing.T, act register.Act, mode delegation.Mode) error {
	t.Helper()
	_, err := w.Delegations.ChooseMode(t.Context(), act, w.current(t, "EE").ID, register.Sent[delegation.ModeInput]{
		If: register.Precondition{None: true}, Body: delegation.ModeInput{Mode: mode}})
	return err
}

// TestATokenOfWhoSignsInGovernsNothing is the thief of a head's token.
func TestATokenOfWhoSignsInGovernsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kadri, act := headWithToken(t, w)
	p := w.ada(t)
	issued, _, err := w.Accounts.Issue(t.Context(), register.Act{By: kadri.Session.Actor()}, register.Sent[account.Input]{Body: watch()})
	if err != nil {
		t.Fatal(err)
	}
	before := w.Register.Latest()
	for what, do := range map[string]func() error{
		"ChooseMode": func() error { return w.choose(t, act, delegation.Single) },
		"Issue": func() error {
			_, _, err := w.Accounts.Issue(t.Context(), act, register.Sent[account.Input]{Body: watch()})
			return err
		},
		"Revoke": func() error { return w.Accounts.Revoke(t.Context(), act, issued.ID) },
		"Invite": func() error {
			_, err := w.Invite(t.Context(), act, register.Sent[signin.InviteInput]{Body: signin.InviteInput{
				Name: "Bo Saar", Email: "bo@mfa.example", Role: access.Delegate, Language: "en"}})
			return err
		},
		"Grant":   func() error { _, err := w.Grant(t.Context(), act, p.Session.Account, access.Cert); return err },
		"Disable": func() error { _, err := w.Disable(t.Context(), act, p.Session.Account); return err },
		"Reenrol": func() error { _, err := w.Reenrol(t.Context(), act, p.Session.Account); return err },
	} {
		if err := do(); err != register.ErrNotOpened {
			t.Errorf("%s() with the token of who signs in = %v, want ErrNotOpened", what, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	if _, err := w.Contacts.Add(t.Context(), act, desk()); err != nil {
		t.Errorf("Add() with the token = %v, want that what is no such act still is done", err)
	}
}

// TestAnApprovalByATokenWantsItOpened is the thief of a delegate's token, where two
// decide.
func TestAnApprovalByATokenWantsItOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kadri, act := headWithToken(t, w)
	if err := w.choose(t, register.Act{By: kadri.Session.Actor()}, delegation.TwoPerson); err != nil {
		t.Fatal(err)
	}
	waits := proposes(t, w, w.By(t, "delegate EE"))
	decide := &proposal.Store{Register: w.Register, Contacts: w.Contacts}
	if _, err := decide.Approve(t.Context(), act, waits, asIs()); err != register.ErrNotOpened {
		t.Errorf("Approve() with the token of who signs in = %v, want ErrNotOpened", err)
	}
	if n := w.count(t, `select count(*) from contact`); n != 0 {
		t.Errorf("there are %d contacts, want none", n)
	}
	if err := w.OpenToken(t.Context(), browser, kadri.Session, act.By.Credential); err != nil {
		t.Fatal(err)
	}
	if _, err := decide.Approve(t.Context(), act, waits, asIs()); err != nil {
		t.Errorf("Approve() with it once it is open = %v", err)
	}
}

func TestATokenIsOpenForMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kadri, act := headWithToken(t, w)
	token := act.By.Credential
	open := func() {
		t.Helper()
		if err := w.OpenToken(t.Context(), browser, kadri.Session, token); err != nil {
			t.Fatal(err)
		}
		all, err := w.Tokens(t.Context(), kadri.Session)
		if err != nil || len(all) != 1 || all[0].ID != token || all[0].OpenUntil == nil || time.Until(*all[0].OpenUntil) > signin.StrongFor {
			t.Errorf("Tokens() then = %+v, %v, want the one, open for five minutes", all, err)
		}
		if err := w.choose(t, act, delegation.Single); err != nil {
			t.Errorf("ChooseMode() with what is open = %v", err)
		}
	}
	for how, end := range map[string]func() error{
		"after its time": func() error {
			_, err := w.DB.Owner.Exec(t.Context(), `update token_opening set until = now() - interval '1 second'`)
			return err
		},
		"once it is shut": func() error { return w.ShutToken(t.Context(), browser, kadri.Session, token) },
		"once its person ends all their sessions": func() error {
			if err := w.EndAll(t.Context(), kadri.Session); err != nil {
				return err
			}
			w.clock.pass(time.Minute)
			again, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: kadri.email, Password: goodPassword, Code: kadri.code(t, w.clock.now())})
			kadri.SignedIn = again
			return err
		},
	} {
		open()
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := w.choose(t, act, delegation.TwoPerson); err != register.ErrNotOpened {
			t.Errorf("ChooseMode() %s = %v, want ErrNotOpened", how, err)
		}
	}
	events, err := w.Events(t.Context(), kadri.Session.Actor(), kadri.Session.Account)
	if err != nil || !has(events, signin.TokenOpened) || !has(events, signin.TokenShut) {
		t.Errorf("Events() = %+v, %v, want that it was opened, and shut", events, err)
	}
}

func TestOnlyWhoseTokenItIsOpensIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kadri, act := headWithToken(t, w)
	p, token := w.ada(t), act.By.Credential
	for who, of := range map[string]signin.Session{
		"another of the delegation":  p.Session,
		"a duty device":              {Kind: signin.DutyDevice, Account: kadri.Session.Account, StrongUntil: kadri.Session.StrongUntil},
		"who has only come to enrol": {Kind: signin.Enrolling, Account: kadri.Session.Account, StrongUntil: kadri.Session.StrongUntil},
	} {
		if err := w.OpenToken(t.Context(), browser, of, token); !problem.Is(err, problem.NotFound) {
			t.Errorf("OpenToken() by %s = %v, want that there is none", who, err)
		}
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `insert into token_opening (token, until) values ($1, now() + interval '1 minute')`, token); err != nil {
		t.Fatal(err)
	}
	if err := w.ShutToken(t.Context(), browser, p.Session, token); !problem.Is(err, problem.NotFound) {
		t.Errorf("ShutToken() by another = %v, want that there is none", err)
	}
	if n := w.count(t, `select count(*) from token_opening`); n != 1 {
		t.Errorf("there are %d openings, want the one", n)
	}
	if err := w.ShutToken(t.Context(), browser, kadri.Session, token); err != nil {
		t.Fatal(err)
	}
	if err := w.OpenToken(t.Context(), browser, kadri.Session, "no-uuid"); !problem.Is(err, problem.NotFound) {
		t.Errorf("OpenToken() of no token = %v, want that there is none", err)
	}
	w.clock.pass(6 * time.Minute)
	if err := w.OpenToken(t.Context(), browser, kadri.Session, token); err != signin.ErrStepUp {
		t.Errorf("OpenToken() six minutes after signing in = %v, want ErrStepUp", err)
	}
	if n := w.count(t, `select count(*) from token_opening`); n != 0 {
		t.Errorf("there are %d openings, want none", n)
	}
}

func watch() account.Input {
	return account.Input{
		Owner: "Watch", OwnerKind: "system", Role: access.Cert, Label: "x", Access: "read", Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	}
}

func has(all []signin.Event, outcome signin.Outcome) bool {
	for _, e := range all {
		if e.Outcome == outcome {
			return true
		}
	}
	return false
}
