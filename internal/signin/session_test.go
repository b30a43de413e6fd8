package signin_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// desk is a contact that a delegate adds.
func desk() register.Sent[contact.Input] {
	return register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Technical}, Details: contact.Details{OfficeTitle: "desk"},
	}}
}

func TestASessionWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	act := register.Act{By: p.Session.Actor()}
	if _, err := w.Contacts.Add(t.Context(), act, desk()); err != nil {
		t.Errorf("Add() by a delegate's session = %v", err)
	}
	before := w.Register.Latest()
	if err := w.SignOut(t.Context(), p.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Contacts.Add(t.Context(), act, desk()); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Add() by a session that has ended = %v, want unauthenticated", err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
}

// TestAWriteInFlightIsRefusedWhenItsSessionEnds ends the session while the write
// waits for its turn.
func TestAWriteInFlightIsRefusedWhenItsSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(world, person) error{
		"signed out":      func(w world, p person) error { return w.SignOut(context.Background(), p.Session) },
		"ended elsewhere": func(w world, p person) error { return w.EndAll(context.Background(), p.Session) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.ada(t)
			before := w.Register.Latest()
			written, told := errors.New("the write was not tried"), false
			err := w.Register.Write(t.Context(), register.Act{By: p.Session.Actor()}, func(*register.Tx) error {
				if !told { // between the check and the turn
					told = true
					return end(w, p)
				}
				return nil
			}, func(*register.Tx) error { return written })
			if !problem.Is(err, problem.Unauthenticated) {
				t.Errorf("Write() whose session ended meanwhile = %v, want unauthenticated", err)
			}
			if got := w.Register.Latest(); got != before {
				t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
			}
		})
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()

	t.Run("when it is idle for half an hour, and not before", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		p := w.ada(t)
		for range 3 {
			w.clock.pass(signin.IdleAfter - time.Minute)
			if _, err := w.Find(t.Context(), p.Reference); err != nil {
				t.Fatalf("Find() of a session that is used = %v", err)
			}
		}
		w.clock.pass(signin.IdleAfter)
		if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
			t.Errorf("Find() after half an hour = %v, want ErrNoSession", err)
		}
	})

	t.Run("after twelve hours, however it is used", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		p := w.ada(t)
		for range 12*3 - 1 {
			w.clock.pass(20 * time.Minute)
			if _, err := w.Find(t.Context(), p.Reference); err != nil {
				t.Fatalf("Find() of a session that is used = %v", err)
			}
		}
		w.clock.pass(20 * time.Minute)
		if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
			t.Errorf("Find() after twelve hours = %v, want ErrNoSession", err)
		}
	})

	t.Run("with the role that it acts in", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		p := w.ada(t)
		if _, err := w.WithdrawRole(t.Context(), w.By(t, "head_of_delegation EE"), *p.Session.Grant); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
			t.Errorf("Find() without the role = %v, want ErrNoSession", err)
		}
		if _, err := w.Contacts.Add(t.Context(), register.Act{By: p.Session.Actor()}, desk()); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("Add() without the role = %v, want unauthenticated", err)
		}
		w.clock.pass(time.Minute)
		_, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())})
		if err != signin.ErrNoRole {
			t.Errorf("Password() without a role = %v, want ErrNoRole", err)
		}
	})

	t.Run("with the person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		p := w.ada(t)
		if _, err := w.Disable(t.Context(), w.By(t, "head_of_delegation EE"), p.Session.Account); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
			t.Errorf("Find() of who is disabled = %v, want ErrNoSession", err)
		}
		w.clock.pass(time.Minute)
		_, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())})
		if err != signin.ErrRefused {
			t.Errorf("Password() of who is disabled = %v, want ErrRefused", err)
		}
	})

	t.Run("with the delegation, and writes nothing while it is contested", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		p := w.ada(t)
		if _, err := w.Delegations.Contest(t.Context(), w.Pair(t), *p.Session.Delegation); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Find(t.Context(), p.Reference); err != nil {
			t.Errorf("Find() while the delegation is contested = %v, want that it reads", err)
		}
		if _, err := w.Contacts.Add(t.Context(), register.Act{By: p.Session.Actor()}, desk()); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Add() while the delegation is contested = %v, want forbidden", err)
		}
		if _, err := w.Delegations.Close(t.Context(), w.Pair(t), *p.Session.Delegation); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
			t.Errorf("Find() after the delegation is closed = %v, want ErrNoSession", err)
		}
	})
}

func TestSessionsAreSeenAndEndedByTheirPersonAndTheirHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	w.clock.pass(time.Minute)
	second, err := w.Password(t.Context(), signin.Browser{Address: "198.51.100.9", Label: "Phone"},
		signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())})
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.Sessions(t.Context(), p.Session)
	if err != nil || len(all) != 2 || all[0].Browser != "Phone" {
		t.Fatalf("Sessions() = %+v, %v, want two, the phone's first", all, err)
	}
	for who, by := range map[string]access.Actor{
		"another delegate": w.Actor(t, "delegate EE"), "another state's head": w.Actor(t, "head_of_delegation LV"),
		"the secretariat": w.Actor(t, "secretariat KR"), "the auditor": w.Actor(t, "auditor"), "anybody": access.Anyone(), "nobody": {},
	} {
		if err := w.End(t.Context(), by, second.Session.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("End() by %s = %v, want not found", who, err)
		}
	}
	if _, err := w.Find(t.Context(), second.Reference); err != nil {
		t.Errorf("after the refusals Find() = %v, want the session", err)
	}
	if err := w.End(t.Context(), p.Session.Actor(), second.Session.ID); err != nil {
		t.Fatalf("End() by its person = %v", err)
	}
	if _, err := w.Find(t.Context(), second.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of what was ended = %v, want ErrNoSession", err)
	}
	if err := w.End(t.Context(), w.Actor(t, "head_of_delegation EE"), p.Session.ID); err != nil {
		t.Errorf("End() by the head = %v", err)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of what the head ended = %v, want ErrNoSession", err)
	}
}

func TestAPersonActsInOneRoleAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	given, err := w.Grant(t.Context(), w.By(t, "head_of_delegation EE"), p.Session.Account, access.Cert)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Hour / 4)
	next, err := w.Switch(t.Context(), browser, p.Session, given.ID)
	if err != nil || next.Session.Actor().Role != access.Cert || !next.Session.ExpiresAt.Equal(p.Session.ExpiresAt) || next.Session.Strong(w.clock.now()) {
		t.Fatalf("Switch() = %+v, %v, want a CERT officer's session that is no stronger and lasts no longer", next, err)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of the session before = %v, want ErrNoSession", err)
	}
	if _, err := w.Switch(t.Context(), browser, p.Session, *p.Session.Grant); err != signin.ErrNoSession {
		t.Errorf("Switch() of the session before = %v, want ErrNoSession", err)
	}
	stepped, err := w.StepUpPassword(t.Context(), browser, next.Session, signin.PasswordInput{Password: goodPassword, Code: p.code(t, w.clock.now())})
	if err != nil || stepped.Session.Actor().Role != access.Cert {
		t.Fatalf("StepUpPassword() = %+v, %v, want a CERT officer's session still", stepped.Session, err)
	}
	next = stepped
	theirs := w.Actor(t, "head_of_delegation LV")
	roles, err := account.RolesOf(t.Context(), readAll{t, w}, theirs.Account)
	if err != nil || len(roles) != 1 {
		t.Fatalf("RolesOf() = %+v, %v", roles, err)
	}
	if _, err := w.Switch(t.Context(), browser, next.Session, roles[0].ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("Switch() to another's role = %v, want not found", err)
	}
}

// TestASessionIsReplacedOnce replaces one in parallel, with one reference.
func TestASessionIsReplacedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	const many = 8
	got := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { _, got[i] = w.Switch(context.Background(), browser, p.Session, *p.Session.Grant) })
	}
	all.Wait()
	won := 0
	for _, err := range got {
		switch err {
		case nil:
			won++
		case signin.ErrNoSession:
		default:
			t.Errorf("Switch() in parallel = %v, want ErrNoSession for all but one", err)
		}
	}
	if sessions, err := w.Sessions(t.Context(), p.Session); err != nil || won != 1 || len(sessions) != 1 {
		t.Errorf("%d of %d won, and there are %d sessions, %v, want one", won, many, len(sessions), err)
	}
}

func TestAReferenceIsKeptNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	var kept bool
	err := w.DB.Owner.QueryRow(t.Context(), `
		select exists (select from session s where position($1 in s::text) > 0 or s.hash = $1::bytea)
			or exists (select from known_browser b where position($2 in b::text) > 0 or b.hash = $2::bytea)`,
		p.Reference, p.Known).Scan(&kept)
	if err != nil || kept {
		t.Errorf("a cookie's value is kept: %v, %v, want it nowhere", kept, err)
	}
	for _, reference := range []string{"", "x", p.Reference[1:], p.Reference + "A", p.Known, p.Session.ID} {
		if _, err := w.Find(t.Context(), reference); err != signin.ErrNoSession {
			t.Errorf("Find() of what is no reference = %v, want ErrNoSession", err)
		}
	}
}

func TestADutyDeviceReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	input := register.Sent[signin.DeviceInput]{Body: signin.DeviceInput{Office: "Duty desk", Language: "en"}}
	for _, who := range []string{"delegate EE", "cert EE", "secretariat KR", "auditor"} {
		if _, err := w.EnrolDevice(t.Context(), w.By(t, who), input); !problem.Is(err, problem.Forbidden) {
			t.Errorf("EnrolDevice() by %s = %v, want forbidden", who, err)
		}
	}
	offer, err := w.EnrolDevice(t.Context(), w.By(t, "head_of_delegation EE"), input)
	if err != nil {
		t.Fatal(err)
	}
	in := w.accept(t, offer)
	by := in.Session.Actor()
	if in.Session.Kind != signin.DutyDevice || by.Role != access.Cert || by.State != "EE" || by.Writes || in.Session.Name != "Duty desk" {
		t.Fatalf("Accept() = %+v, want a duty device that reads", in.Session)
	}
	added, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), desk())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Contacts.Confirm(t.Context(), register.Act{By: by}, added.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}})
	if !problem.Is(err, problem.Forbidden) {
		t.Errorf("Confirm() by a duty device = %v, want forbidden", err)
	}
	if _, _, err := w.OfferPasskey(t.Context(), in.Session); !problem.Is(err, problem.Forbidden) {
		t.Errorf("OfferPasskey() of a duty device = %v, want forbidden", err)
	}
	w.clock.pass(29 * 24 * time.Hour)
	if _, err := w.Find(t.Context(), in.Reference); err != nil {
		t.Errorf("Find() after 29 idle days = %v, want the device", err)
	}
	devices, err := w.Devices(t.Context(), w.Actor(t, "head_of_delegation EE"))
	if err != nil || len(devices) != 1 || devices[0].ID != in.Session.ID {
		t.Errorf("Devices() = %+v, %v, want the one", devices, err)
	}
	if devices, err := w.Devices(t.Context(), w.Actor(t, "head_of_delegation LV")); err != nil || len(devices) != 0 {
		t.Errorf("Devices() of Latvia's head = %+v, %v, want none", devices, err)
	}
	w.clock.pass(2 * 24 * time.Hour)
	if _, err := w.Find(t.Context(), in.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() after 31 days = %v, want ErrNoSession", err)
	}
}

func TestSweepKeepsWhatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	w.challenge(t)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != nil {
		t.Errorf("Find() after Sweep() = %v, want the session", err)
	}
	w.clock.pass(402 * 24 * time.Hour)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	err := w.DB.Owner.QueryRow(t.Context(), `
		select (select count(*) from session) + (select count(*) from signin_event) + (select count(*) from ceremony)
			+ (select count(*) from known_browser) + (select count(*) from signin_attempt)`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("after 402 days %d rows are left, %v, want none", left, err)
	}
}
