package signin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/account"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

func (w world) freeze(t *testing.T, who, id string) {
	t.Helper()
	_, err := w.Accounts.FreezePerson(t.Context(), w.By(t, who), id, register.Sent[account.FreezeInput]{Body: account.FreezeInput{Reason: "Stolen"}})
	if err != nil {
		t.Fatalf("FreezePerson() = %v", err)
	}
}

func (w world) thaw(t *testing.T, who, id string) {
	t.Helper()
	if _, err := w.Accounts.ThawPerson(t.Context(), w.By(t, who), id, register.Sent[entry.Nothing]{}); err != nil {
		t.Fatalf("ThawPerson() = %v", err)
	}
}

// TestWhoIsFrozenDoesNotSignIn tries each way in, with all that goes with it, and is told
// what whoever got something wrong is told. What somebody had works again afterwards.
func TestWhoIsFrozenDoesNotSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, k := w.adaWithKey(t)
	p := w.withApp(t, in)
	codes, err := w.PrintCodes(t.Context(), browser, p.Session)
	if err != nil {
		t.Fatal(err)
	}
	of := p.Session.Account
	w.clock.pass(time.Minute)
	right := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())}
	paper := right
	paper.Code = codes[0]
	w.freeze(t, "head_of_delegation EE", of)
	for name, in := range map[string]signin.PasswordInput{"the app's code": right, "a printed code": paper} {
		if out, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused || out.Reference != "" {
			t.Errorf("Password() of who is frozen, with %s = %+v, %v, want ErrRefused", name, out, err)
		}
		if _, err := w.StepUpPassword(t.Context(), browser, p.Session, in); err != signin.ErrRefused {
			t.Errorf("StepUpPassword() of who is frozen, with %s = %v, want ErrRefused", name, err)
		}
	}
	options, ref := w.challenge(t)
	if _, err := w.Passkey(t.Context(), browser, ref, k.answers(t, here, options), ""); err != signin.ErrRefused {
		t.Errorf("Passkey() of who is frozen = %v, want ErrRefused", err)
	}
	all, err := w.Events(t.Context(), w.Actor(t, "head_of_delegation EE"), of)
	if err != nil || len(all) < 5 || all[0].Outcome != signin.Refused || all[4].Outcome != signin.Refused {
		t.Errorf("Events() for the head = %+v, %v, want that they see who tried", all, err)
	}
	if n := w.failures(t, of); n != 0 {
		t.Errorf("%d codes count as guesses, want none: nobody could know that they were right", n)
	}
	_, err = w.Find(t.Context(), p.Reference)
	if !problem.Is(err, problem.Unauthenticated) || errors.Is(err, signin.ErrNoSession) || !strings.Contains(err.Error(), "is frozen until 20") {
		t.Errorf("Find() of a session that was open = %v, want until when it is frozen", err)
	}
	if _, err := w.Find(t.Context(), p.Reference[1:]+"x"); err != signin.ErrNoSession {
		t.Errorf("Find() of another reference = %v, want ErrNoSession", err)
	}
	if sessions, err := w.SessionsOf(t.Context(), w.Actor(t, "head_of_delegation EE"), of); err != nil || len(sessions) != 1 {
		t.Errorf("SessionsOf() for the head = %+v, %v, want the one, which has not ended", sessions, err)
	}
	w.thaw(t, "head_of_delegation EE", of)
	if _, err := w.Find(t.Context(), p.Reference); err != nil {
		t.Errorf("Find() once thawed = %v, want the session", err)
	}
	for name, in := range map[string]signin.PasswordInput{"the app's code": right, "a printed code": paper} {
		if _, err := w.Password(t.Context(), browser, in); err != nil {
			t.Errorf("Password() once thawed, with %s, which was not used up = %v", name, err)
		}
	}
}

// TestAWriteInFlightIsRefusedWhenItsPersonIsFrozen freezes the person while the write
// waits for its turn, and while they set up another way to sign in.
func TestAWriteInFlightIsRefusedWhenItsPersonIsFrozen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	written, told := errors.New("the write was not tried"), false
	var before int64
	err := w.Register.Write(t.Context(), register.Act{By: p.Session.Actor()}, func(*register.Tx) error {
		if !told { // between the check and the turn
			told = true
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, err := w.Accounts.FreezePerson(context.Background(), w.By(t, "head_of_delegation EE"), p.Session.Account,
					register.Sent[account.FreezeInput]{Body: account.FreezeInput{Reason: "Stolen"}})
				if err != nil {
					t.Errorf("FreezePerson() = %v", err)
				}
			}()
			<-done
			before = w.Register.Latest()
		}
		return nil
	}, func(*register.Tx) error { return written })
	if !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Write() of who was frozen meanwhile = %v, want unauthenticated", err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	if _, _, err := w.EnrolPrinted(t.Context(), browser, p.Session, goodPassword); err != signin.ErrNoSession {
		t.Errorf("EnrolPrinted() of who was frozen meanwhile = %v, want ErrNoSession", err)
	}
	if _, err := w.PrintCodes(t.Context(), browser, p.Session); err != signin.ErrNoSession {
		t.Errorf("PrintCodes() of who was frozen meanwhile = %v, want ErrNoSession", err)
	}
	if _, err := w.Switch(t.Context(), browser, p.Session, *p.Session.Grant); err != signin.ErrNoSession {
		t.Errorf("Switch() of who was frozen meanwhile = %v, want ErrNoSession", err)
	}
}

// TestInvitationsOfWhoIsFrozenWait has a head be frozen who has invited somebody, and
// somebody be frozen who was let start anew.
func TestInvitationsOfWhoIsFrozenWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer := w.invite(t, "head_of_delegation EE", ada())
	head := w.Actor(t, "head_of_delegation EE").Account
	w.freeze(t, "secretariat KR", head)
	before := w.Register.Latest()
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "for now") {
		t.Errorf("Accept() of an invitation by who is frozen = %v, want that it waits", err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	w.thaw(t, "secretariat US", head)
	p := w.withApp(t, w.accept(t, offer))
	again, err := w.Reenrol(t.Context(), w.Pair(t), p.Session.Account)
	if err != nil {
		t.Fatal(err)
	}
	w.freeze(t, "head_of_delegation EE", p.Session.Account)
	if _, err := w.Accept(t.Context(), browser, again.Link, again.Code); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "for now") {
		t.Errorf("Accept() by who is frozen, to start anew = %v, want that it waits", err)
	}
	w.thaw(t, "head_of_delegation EE", p.Session.Account)
	w.accept(t, again)
}

// TestAFrozenOfficesDeviceReadsNothing freezes an office by its device, and by the trail's
// word for it.
func TestAFrozenOfficesDeviceReadsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer, err := w.EnrolDevice(t.Context(), w.By(t, "head_of_delegation EE"), register.Sent[signin.DeviceInput]{Body: signin.DeviceInput{Office: "Duty desk", Language: "en"}})
	if err != nil {
		t.Fatal(err)
	}
	device := w.accept(t, offer)
	w.freeze(t, "head_of_delegation EE", device.Session.ID)
	if _, err := w.Find(t.Context(), device.Reference); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Find() of a frozen office's device = %v, want unauthenticated", err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update person_freeze set since = since - interval '24 hours', until = until - interval '24 hours'`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Find(t.Context(), device.Reference); err != nil {
		t.Errorf("Find() of the device a day later = %v, want that it works again", err)
	}
}
