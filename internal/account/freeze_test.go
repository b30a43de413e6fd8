package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func because(reason string) register.Sent[account.FreezeInput] {
	return register.Sent[account.FreezeInput]{Body: account.FreezeInput{Reason: reason}}
}

func freeze(t *testing.T, w *fixture.World, who, token string) error {
	t.Helper()
	_, err := w.Accounts.Freeze(t.Context(), w.By(t, who), token, because("Stolen"))
	return err
}

func thaw(t *testing.T, w *fixture.World, who, token string) error {
	t.Helper()
	_, err := w.Accounts.Thaw(t.Context(), w.By(t, who), token, register.Sent[entry.Nothing]{})
	return err
}

// age lets freezes be older by a time.
func age(t *testing.T, w *fixture.World, by string) {
	t.Helper()
	_, err := w.DB.Owner.Exec(t.Context(), `update token_freeze set since = since - $1::interval, until = until - $1::interval, lifted_at = lifted_at - $1::interval`, by)
	if err != nil {
		t.Fatal(err)
	}
}

// second gives the world another token of a role, and returns its id.
func second(t *testing.T, w *fixture.World, act register.Act, a account.Appointment) string {
	t.Helper()
	a.OwnerKind, a.Label, a.Audiences, a.ExpiresAt = "person", "second", access.Audiences, time.Now().Add(time.Hour)
	token, _, err := w.Accounts.Appoint(t.Context(), act, a)
	if err != nil {
		t.Fatal(err)
	}
	return token.ID
}

// TestFreezeEverybodys tries to freeze every sort of token, as everybody. It is the
// design's row of who freezes whom, written by hand.
func TestFreezeEverybodys(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	// So that no token is a co-chair's last: that is tried below.
	second(t, w, register.Act{By: access.Registry()}, account.Appointment{Owner: "Second of KR", Role: access.Secretariat, CoChair: "KR", Writes: true})
	everybody := []string{
		"head_of_delegation EE", "head_of_delegation LV", "delegate EE", "cert EE", "partner EE", "partner", "secretariat KR", "auditor",
	}
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	for _, whose := range everybody {
		for _, who := range everybody {
			by, token := w.Actor(t, who), w.Actor(t, whose)
			_, err := w.Accounts.Freeze(t.Context(), register.Act{By: by, DryRun: true}, token.Credential, because("Stolen"))
			heads := who == "head_of_delegation EE" && token.State == "EE"
			var rehearsal *register.Rehearsal
			switch {
			case who == "secretariat KR" || heads && token.Role != access.Head:
				if !errors.As(err, &rehearsal) {
					t.Errorf("Freeze(that of %s) by %s = %v, want that it is rehearsed", whose, who, err)
				}
			case who == whose || heads || who == "auditor":
				if !problem.Is(err, problem.Forbidden) {
					t.Errorf("Freeze(that of %s) by %s = %v, want forbidden", whose, who, err)
				}
			case !problem.Is(err, problem.NotFound) || !strings.HasSuffix(err.Error(), ": there is no such token"):
				t.Errorf("Freeze(that of %s) by %s = %v, want not found", whose, who, err)
			}
		}
	}
	for _, act := range []register.Act{{By: access.Registry()}, {By: access.Anyone()}, {}} {
		_, err := w.Accounts.Freeze(t.Context(), act, w.Actor(t, "cert EE").Credential, because("Stolen"))
		if !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
			t.Errorf("Freeze() by %q = %v, want that it is refused", act.By.Role, err)
		}
	}
	never := freeze(t, w, "secretariat KR", "00000000-0000-4000-8000-000000000000")
	if !problem.Is(never, problem.NotFound) || !strings.HasSuffix(never.Error(), ": there is no such token") {
		t.Errorf("Freeze() of a token that never was = %v, want not found", never)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register is at %d, want %d", got, before)
	}
}

func TestAFrozenTokenDoesNothingUntilItWorksAgain(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	signedIn := w.Actor(t, "cert EE")
	added, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Technical}, Details: contact.Details{OfficeTitle: "desk"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	confirm := func() error {
		_, err := w.Contacts.Confirm(t.Context(), register.Act{By: signedIn}, added.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}})
		return err
	}
	works := func(when string, want bool) {
		t.Helper()
		_, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, "cert EE"))
		if want && err != nil || !want && (!problem.Is(err, problem.Unauthenticated) || !strings.Contains(err.Error(), "is frozen until 20")) {
			t.Errorf("%s: Authenticate() = %v, want that it works: %t", when, err, want)
		}
		before := w.Register.Latest()
		if err := confirm(); (err == nil) != want || err != nil && !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%s: Confirm() by who was signed in before = %v, want that it works: %t", when, err, want)
		}
		if got := w.Register.Latest(); !want && got != before {
			t.Errorf("%s: the register went from %d to %d, want that nothing was written", when, before, got)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id := signedIn.Credential
	works("before", true)
	must(freeze(t, w, "head_of_delegation EE", id))
	works("frozen by its head", false)
	must(freeze(t, w, "secretariat US", id))
	works("frozen by both", false)
	must(thaw(t, w, "head_of_delegation EE", id))
	works("thawed by its head, not by the secretariat", false)
	must(thaw(t, w, "secretariat KR", id)) // another one of the secretariat
	works("thawed by both", true)
	must(freeze(t, w, "head_of_delegation EE", id))
	works("frozen again", false)
	age(t, w, "23 hours 59 minutes")
	works("a minute before it lapses", false)
	age(t, w, "1 minute")
	works("once lapsed", true)
	must(freeze(t, w, "head_of_delegation EE", id))
	if err := w.Accounts.Revoke(t.Context(), w.By(t, "head_of_delegation EE"), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, "cert EE")); !problem.Is(err, problem.Unauthenticated) || strings.Contains(err.Error(), "frozen") {
		t.Errorf("Authenticate() with what was frozen, then revoked = %v, want that it is over", err)
	}
}

func TestAFreezeThatWasRewrittenIsFound(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	id := w.Actor(t, "cert EE").Credential
	for _, who := range []string{"head_of_delegation EE", "secretariat KR", "head_of_delegation EE"} {
		if err := freeze(t, w, who, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := thaw(t, w, "head_of_delegation EE", id); err != nil {
		t.Fatal(err)
	}
	verify := func() (n int, err error) {
		err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
			n, err = account.VerifyFreezes(t.Context(), snap)
			return err
		})
		return n, err
	}
	if n, err := verify(); n != 2 || err != nil {
		t.Errorf("VerifyFreezes() = %d, %v, want 2: one of each imposer", n, err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update token_freeze set lifted_at = null where imposed_by = 'state'`); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(); err == nil || !strings.Contains(err.Error(), "is not what the trail recorded") {
		t.Errorf("VerifyFreezes() of one that was rewritten = %v, want that it is found", err)
	}
}

func TestAFreezeThatCannotBe(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	gone, cert := w.Actor(t, "delegate EE").Credential, w.Actor(t, "cert EE").Credential
	if err := w.Accounts.Revoke(t.Context(), w.By(t, "head_of_delegation EE"), gone); err != nil {
		t.Fatal(err)
	}
	if err := freeze(t, w, "secretariat KR", cert); err != nil {
		t.Fatal(err)
	}
	refused := func(name string, kind problem.Kind, sentence string, do func() error) {
		t.Helper()
		before := w.Register.Latest()
		if err := do(); !problem.Is(err, kind) || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%s = %v, want %s that says %q", name, err, kind, sentence)
		}
		if got := w.Register.Latest(); got != before {
			t.Errorf("%s moved the register from %d to %d", name, before, got)
		}
	}
	head, one := "head_of_delegation EE", "secretariat PL"
	refused("Freeze(revoked)", problem.Conflict, "nothing to freeze", func() error { return freeze(t, w, head, gone) })
	refused("Freeze(revoked) by the secretariat", problem.Conflict, "nothing to freeze", func() error { return freeze(t, w, one, gone) })
	refused("Thaw(never frozen)", problem.Conflict, "nothing to lift", func() error { return thaw(t, w, head, gone) })
	refused("Thaw(what the secretariat froze) by the head", problem.Conflict, "nothing to lift", func() error { return thaw(t, w, head, cert) })
	refused("Thaw() by another state's head", problem.NotFound, "no such token", func() error { return thaw(t, w, "head_of_delegation LV", cert) })
	for name, reason := range map[string]string{"none": "", "blank": "  ", "two lines": "a\nb", "too long": strings.Repeat("ä", 501), "hostile": "a\u202eb"} {
		refused("Freeze(reason "+name+")", problem.Invalid, "", func() error {
			_, err := w.Accounts.Freeze(t.Context(), w.By(t, head), cert, because(reason))
			return err
		})
	}
	refused("Freeze(again) by another of the secretariat", problem.Conflict, "may again from 20", func() error { return freeze(t, w, one, cert) })
	if err := thaw(t, w, one, cert); err != nil {
		t.Fatal(err)
	}
	refused("Freeze(again, once thawed)", problem.Conflict, "may again from 20", func() error { return freeze(t, w, one, cert) })
	if err := freeze(t, w, head, cert); err != nil {
		t.Errorf("Freeze(thawed by the secretariat) by its head = %v", err)
	}
	if err := freeze(t, w, head, cert); err != nil {
		t.Errorf("Freeze(frozen) by its head = %v, want that it begins anew", err)
	}
	age(t, w, "6 days 23 hours")
	refused("Freeze(again, six days later)", problem.Conflict, "may again from 20", func() error { return freeze(t, w, one, cert) })
	age(t, w, "1 hour")
	if err := freeze(t, w, one, cert); err != nil {
		t.Errorf("Freeze(again, seven days later) = %v", err)
	}
}

// The secretariat never leaves a state or a co-chair without a token to act with.
func TestTheLastWayInIsNotFrozenByTheSecretariat(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	pair, operator := w.Pair(t), register.Act{By: access.Registry()}
	try := func(name, who, token string, want bool) {
		t.Helper()
		act := w.By(t, who)
		act.DryRun = true
		_, err := w.Accounts.Freeze(t.Context(), act, token, because("Stolen"))
		var rehearsal *register.Rehearsal
		if want && !errors.As(err, &rehearsal) || !want && (!problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "nobody could act")) {
			t.Errorf("%s: Freeze() by %s = %v, want that it is done: %t", name, who, err, want)
		}
	}
	credential := func(who string) string { return w.Actor(t, who).Credential }
	head, delegate, cert := credential("head_of_delegation EE"), credential("delegate EE"), credential("cert EE")
	try("the head's, with a delegate", "secretariat KR", head, true)
	try("the delegate's, with a head", "secretariat KR", delegate, true)
	if err := freeze(t, w, "head_of_delegation EE", delegate); err != nil {
		t.Fatal(err)
	}
	try("the head's, with the delegate's frozen", "secretariat KR", head, false)
	try("the CERT's", "secretariat KR", cert, true)
	try("a partner's", "secretariat KR", credential("partner EE"), true)
	try("the auditor's", "secretariat KR", credential("auditor"), true)
	reader := second(t, w, w.By(t, "head_of_delegation EE"), account.Appointment{
		Owner: "Reader", Role: access.Delegate, State: "EE", Delegation: w.Actor(t, "head_of_delegation EE").Delegation,
	})
	try("the head's, with another delegate's for reading", "secretariat KR", head, false)
	try("the reader's, with a head", "secretariat KR", reader, true)
	other := second(t, w, pair, account.Appointment{
		Owner: "Second head", Role: access.Head, State: "EE", Delegation: w.Actor(t, "head_of_delegation EE").Delegation, Writes: true,
	})
	try("the head's, with a second head's", "secretariat KR", head, true)
	if err := w.Accounts.Revoke(t.Context(), operator, other); err != nil {
		t.Fatal(err)
	}
	try("the head's, with a second head's revoked", "secretariat KR", head, false)

	korea := credential("secretariat KR")
	try("a co-chair's only one", "secretariat PL", korea, false)
	try("the own only one", "secretariat KR", korea, false)
	second(t, w, operator, account.Appointment{Owner: "Another of PL", Role: access.Secretariat, CoChair: "PL", Writes: true})
	try("a co-chair's only one, with two of another's", "secretariat PL", korea, false)
	try("one of two", "secretariat KR", credential("secretariat PL"), true)

	// Who acts for nobody can be spared even where nobody else is left.
	if err := w.Accounts.Revoke(t.Context(), operator, head); err != nil {
		t.Fatal(err)
	}
	try("the CERT's, without a head", "secretariat KR", cert, true)
	try("a partner's, without a head", "secretariat KR", credential("partner EE"), true)

	// A contested delegation's people can read, and are not to be silenced either.
	if _, err := w.Delegations.Contest(t.Context(), pair, w.Actor(t, "head_of_delegation LV").Delegation); err != nil {
		t.Fatal(err)
	}
	try("a contested head's, with a contested delegate", "secretariat KR", credential("head_of_delegation LV"), true)
}
