package account_test

import (
	"errors"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func freezePerson(t *testing.T, w *fixture.World, who, id string) error {
	t.Helper()
	_, err := w.Accounts.FreezePerson(t.Context(), w.By(t, who), id, because("Stolen"))
	return err
}

func thawPerson(t *testing.T, w *fixture.World, who, id string) error {
	t.Helper()
	_, err := w.Accounts.ThawPerson(t.Context(), w.By(t, who), id, register.Sent[entry.Nothing]{})
	return err
}

// agePeople lets freezes of people be older by a time.
func agePeople(t *testing.T, w *fixture.World, by string) {
	t.Helper()
	_, err := w.DB.Owner.Exec(t.Context(), `update person_freeze set since = since - $1::interval, until = until - $1::interval, lifted_at = lifted_at - $1::interval`, by)
	if err != nil {
		t.Fatal(err)
	}
}

// TestFreezeEverybody tries to freeze everybody, as everybody, by their account and by
// their credential. It is the design's row of who freezes whom, written by hand.
func TestFreezeEverybody(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	// So that nobody is a co-chair's last: that is tried below.
	second(t, w, register.Act{By: access.Registry()}, account.Appointment{Owner: "Second of KR", Role: access.Secretariat, CoChair: "KR", Writes: true})
	everybody := []string{
		"head_of_delegation EE", "head_of_delegation LV", "delegate EE", "cert EE", "partner EE", "partner", "secretariat KR", "secretariat PL", "auditor",
	}
	second(t, w, register.Act{By: access.Registry()}, account.Appointment{Owner: "Second of PL", Role: access.Secretariat, CoChair: "PL", Writes: true})
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	for _, whose := range everybody {
		for _, who := range everybody {
			by, of := w.Actor(t, who), w.Actor(t, whose)
			for _, id := range []string{of.Account, of.Credential} {
				_, err := w.Accounts.FreezePerson(t.Context(), register.Act{By: by, DryRun: true}, id, because("Stolen"))
				own := by.State == of.State && by.State != "" && by.Role != access.Partner
				var rehearsal *register.Rehearsal
				switch {
				case by.Role == access.Secretariat && who != whose, who == "head_of_delegation EE" && own && of.Role != access.Head:
					if !errors.As(err, &rehearsal) {
						t.Errorf("FreezePerson(%s) by %s = %v, want that it is rehearsed", whose, who, err)
					}
				case own, who == whose, who == "auditor", by.Role == access.Secretariat:
					if !problem.Is(err, problem.Forbidden) {
						t.Errorf("FreezePerson(%s) by %s = %v, want forbidden", whose, who, err)
					}
				case !problem.Is(err, problem.NotFound) || !strings.HasSuffix(err.Error(), ": there is no such person"):
					t.Errorf("FreezePerson(%s) by %s = %v, want not found", whose, who, err)
				}
			}
		}
	}
	for _, act := range []register.Act{{By: access.Registry()}, {By: access.Anyone()}, {}} {
		_, err := w.Accounts.FreezePerson(t.Context(), act, w.Actor(t, "cert EE").Account, because("Stolen"))
		if !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
			t.Errorf("FreezePerson() by %q = %v, want that it is refused", act.By.Role, err)
		}
	}
	for _, id := range []string{"00000000-0000-4000-8000-000000000000", "urn:uuid:00000000-0000-4000-8000-000000000000", "none", ""} {
		if err := freezePerson(t, w, "secretariat KR", id); !problem.Is(err, problem.NotFound) {
			t.Errorf("FreezePerson(%q), who never was, = %v, want not found", id, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register is at %d, want %d", got, before)
	}
}

func TestWhoIsFrozenDoesNothingUntilTheyActAgain(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	signedIn := w.Actor(t, "cert EE")
	added, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Technical}, Details: contact.Details{OfficeTitle: "desk"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	works := func(when string, want bool) {
		t.Helper()
		_, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, "cert EE"))
		if want && err != nil || !want && (!problem.Is(err, problem.Unauthenticated) || !strings.Contains(err.Error(), "is frozen until 20")) {
			t.Errorf("%s: Authenticate() = %v, want that it works: %t", when, err, want)
		}
		before := w.Register.Latest()
		_, err = w.Contacts.Confirm(t.Context(), register.Act{By: signedIn}, added.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}})
		if (err == nil) != want || err != nil && !problem.Is(err, problem.Unauthenticated) {
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
	const head = "head_of_delegation EE"
	id := signedIn.Account
	works("before", true)
	must(freezePerson(t, w, head, id))
	works("frozen by their head", false)
	must(freezePerson(t, w, "secretariat US", signedIn.Credential))
	works("frozen by both", false)
	must(thawPerson(t, w, head, id))
	works("thawed by their head, not by the secretariat", false)
	must(freeze(t, w, head, signedIn.Credential))
	must(thawPerson(t, w, "secretariat KR", id)) // another one of the secretariat
	works("thawed by both, with a token that is frozen", false)
	must(thaw(t, w, head, signedIn.Credential))
	works("thawed altogether", true)
	must(freezePerson(t, w, head, id))
	works("frozen again", false)
	agePeople(t, w, "23 hours 59 minutes")
	works("a minute before it lapses", false)
	agePeople(t, w, "1 minute")
	works("once lapsed", true)
}

func TestAFreezeOfAPersonIsInTheTrail(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	cert := w.Actor(t, "cert EE")
	if err := errors.Join(freezePerson(t, w, "head_of_delegation EE", cert.Account), freezePerson(t, w, "secretariat KR", cert.Account),
		thawPerson(t, w, "head_of_delegation EE", cert.Account), freeze(t, w, "head_of_delegation EE", cert.Credential)); err != nil {
		t.Fatal(err)
	}
	verify := func() (n int, err error) {
		err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
			n, err = account.VerifyFreezes(t.Context(), snap)
			return err
		})
		return n, err
	}
	if n, err := verify(); n != 3 || err != nil {
		t.Errorf("VerifyFreezes() = %d, %v, want 3: of the person by each, and of the token", n, err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update person_freeze set lifted_at = since where imposed_by = 'secretariat'`); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(); err == nil || !strings.Contains(err.Error(), "is not what the trail recorded") {
		t.Errorf("VerifyFreezes() of one that was rewritten = %v, want that it is found", err)
	}
}

func TestAFreezeOfAPersonThatCannotBe(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	const head, one = "head_of_delegation EE", "secretariat PL"
	cert, left := w.Actor(t, "cert EE").Account, w.Actor(t, "delegate LV").Account
	if _, err := w.DB.Owner.Exec(t.Context(), `update role_grant set revoked_at = now() where account = $1`, left); err != nil {
		t.Fatal(err)
	}
	if err := freezePerson(t, w, "secretariat KR", cert); err != nil {
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
	for _, who := range []string{"head_of_delegation LV", one} {
		refused("FreezePerson(who holds no role) by "+who, problem.Conflict, "nothing to freeze", func() error { return freezePerson(t, w, who, left) })
	}
	refused("ThawPerson(what the secretariat froze) by the head", problem.Conflict, "nothing to lift", func() error { return thawPerson(t, w, head, cert) })
	refused("ThawPerson() by another state's head", problem.NotFound, "no such person", func() error { return thawPerson(t, w, "head_of_delegation LV", cert) })
	for name, reason := range map[string]string{"none": "", "two lines": "a\nb", "too long": strings.Repeat("ä", 501), "hostile": "a\u202eb"} {
		refused("FreezePerson(reason "+name+")", problem.Invalid, "", func() error {
			_, err := w.Accounts.FreezePerson(t.Context(), w.By(t, head), cert, because(reason))
			return err
		})
	}
	refused("FreezePerson(again) by another of the secretariat", problem.Conflict, "may again from 20", func() error { return freezePerson(t, w, one, cert) })
	if err := errors.Join(thawPerson(t, w, one, cert), freezePerson(t, w, head, cert), freezePerson(t, w, head, cert)); err != nil {
		t.Errorf("what the secretariat thawed, the head freezes, and again: %v", err)
	}
	refused("FreezePerson(again, once thawed)", problem.Conflict, "may again from 20", func() error { return freezePerson(t, w, one, cert) })
	agePeople(t, w, "7 days")
	if err := freezePerson(t, w, one, cert); err != nil {
		t.Errorf("FreezePerson(again, seven days later) = %v", err)
	}
}

// The secretariat never leaves a state or a co-chair without somebody to act.
func TestTheLastWhoActsIsNotFrozenByTheSecretariat(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	try := func(name, who, whose string, want bool) {
		t.Helper()
		act := w.By(t, who)
		act.DryRun = true
		_, err := w.Accounts.FreezePerson(t.Context(), act, whose, because("Stolen"))
		var rehearsal *register.Rehearsal
		if want && !errors.As(err, &rehearsal) || !want && (!problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "nobody could act")) {
			t.Errorf("%s: FreezePerson() by %s = %v, want that it is done: %t", name, who, err, want)
		}
	}
	head, delegate, cert := w.Actor(t, "head_of_delegation EE"), w.Actor(t, "delegate EE"), w.Actor(t, "cert EE")
	korea := w.Actor(t, "secretariat KR").Account
	try("the head, with a delegate", "secretariat KR", head.Account, true)
	try("the delegate, with a head", "secretariat KR", delegate.Account, true)
	if err := freeze(t, w, "head_of_delegation EE", delegate.Credential); err != nil {
		t.Fatal(err)
	}
	try("the head, with the delegate's token frozen", "secretariat KR", head.Account, false)
	if err := errors.Join(thaw(t, w, "head_of_delegation EE", delegate.Credential), freezePerson(t, w, "head_of_delegation EE", delegate.Account)); err != nil {
		t.Fatal(err)
	}
	try("the head, with the delegate frozen", "secretariat KR", head.Account, false)
	_, err := w.Accounts.Freeze(t.Context(), w.By(t, "secretariat KR"), head.Credential, because("Stolen"))
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("Freeze() of the head's token with the delegate frozen = %v, want conflict", err)
	}
	if err := thawPerson(t, w, "head_of_delegation EE", delegate.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update role_grant set kinds = '{technical}' where account = $1`, delegate.Account); err != nil {
		t.Fatal(err)
	}
	try("the head, with a delegate for some kinds alone", "secretariat KR", head.Account, false)
	second(t, w, w.Pair(t), account.Appointment{Owner: "head_of_delegation EE", Role: access.Head, State: "EE", Delegation: head.Delegation, Writes: true})
	try("the head, with a second token of theirs", "secretariat KR", head.Account, false)
	try("the CERT", "secretariat KR", cert.Account, true)
	try("the auditor", "secretariat KR", w.Actor(t, "auditor").Account, true)
	try("a partner", "secretariat KR", w.Actor(t, "partner EE").Account, true)
	try("a co-chair's only one", "secretariat PL", korea, false)
	second(t, w, register.Act{By: access.Registry()}, account.Appointment{Owner: "Another of KR", Role: access.Secretariat, CoChair: "KR", Writes: true})
	try("one of a co-chair's two", "secretariat PL", korea, true)
}

// A head does not become the one who decides by freezing the other.
func TestFreezingTheOtherPersonLeavesADecisionToTwo(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	if _, err := w.DB.Owner.Exec(t.Context(), `update delegation set mode = 'default' where state = 'EE'`); err != nil {
		t.Fatal(err)
	}
	if err := freezePerson(t, w, "head_of_delegation EE", w.Actor(t, "delegate EE").Account); err != nil {
		t.Fatal(err)
	}
	var two bool
	if err := w.DB.Owner.QueryRow(t.Context(), `select state_takes_two('EE')`).Scan(&two); err != nil || !two {
		t.Errorf("with the delegate frozen two decide: %t, %v, want that they do", two, err)
	}
}
