package signin_test

import (
	"errors"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// TestNobodyComesByARoleThatTheirInviterDoesNotGive invites under the names of
// accounts that hold more: whoever accepted would act in all of their roles.
func TestNobodyComesByARoleThatTheirInviterDoesNotGive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.By(t, "head_of_delegation EE")
	before := w.Register.Latest()
	in := ada()
	in.Name = "head_of_delegation EE" // an account that has a token
	if _, err := w.Invite(t.Context(), head, register.Sent[signin.InviteInput]{Body: in}); !problem.Is(err, problem.Conflict) {
		t.Errorf("Invite() under the head's own name = %v, want conflict", err)
	}
	_, err := w.Appoint(t.Context(), w.Pair(t), signin.Appointment{
		Name: "delegate EE", Email: "eve@sec.example", Language: "en", Role: access.Head, State: "EE", Delegation: w.current(t, "EE").ID,
	})
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("Appoint() of a head under a delegate's name = %v, want conflict", err)
	}
	_, err = w.Appoint(t.Context(), register.Act{By: access.Registry()}, signin.Appointment{
		Name: "auditor", Email: "eve@op.example", Language: "en", Role: access.Secretariat, CoChair: "KR",
	})
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("Appoint() of the secretariat under the auditor's name = %v, want conflict", err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	// The account comes to hold more after the invitation.
	offer := w.invite(t, "head_of_delegation EE", ada())
	_, _, err = w.Accounts.Appoint(t.Context(), w.Pair(t), account.Appointment{
		Owner: "Ada Tamm", OwnerKind: "person", Role: access.Head, State: "EE", Delegation: w.current(t, "EE").ID, Label: "x", Writes: true,
		Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() of who was made a head since = %v, want conflict", err)
	}
	if n := w.count(t, `select count(*) from person`) + w.count(t, `select count(*) from session`); n != 0 {
		t.Errorf("there are %d people and sessions, want none", n)
	}
}

// TestAnInvitationStandsWithWhoMadeIt takes the role of its maker away, or settles the
// delegation, before it is accepted.
func TestAnInvitationStandsWithWhoMadeIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, world, person) error{
		"the head is no more": func(t *testing.T, w world, kadri person) error {
			_, err := w.WithdrawRole(t.Context(), w.Pair(t), *kadri.Session.Grant)
			return err
		},
		"the delegation is contested": func(t *testing.T, w world, kadri person) error {
			_, err := w.Delegations.Contest(t.Context(), w.Pair(t), *kadri.Session.Delegation)
			return err
		},
		"the delegation is closed": func(t *testing.T, w world, kadri person) error {
			_, err := w.Delegations.Close(t.Context(), w.Pair(t), *kadri.Session.Delegation)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kadri := w.head(t)
			act := register.Act{By: kadri.Session.Actor()}
			offer, err := w.Invite(t.Context(), act, register.Sent[signin.InviteInput]{Body: ada()})
			if err != nil {
				t.Fatal(err)
			}
			device, err := w.EnrolDevice(t.Context(), act, register.Sent[signin.DeviceInput]{Body: signin.DeviceInput{Office: "Desk", Language: "en"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := end(t, w, kadri); err != nil {
				t.Fatal(err)
			}
			before := w.Register.Latest()
			for _, o := range []signin.Offer{offer, device} {
				if _, err := w.Accept(t.Context(), browser, o.Link, o.Code); !problem.Is(err, problem.Conflict) {
					t.Errorf("Accept() = %v, want conflict", err)
				}
			}
			if got := w.Register.Latest(); got != before {
				t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
			}
		})
	}
}

// TestAFloodOfStrangersKeepsNobodyOutWhoIsKnown takes all turns that strangers have at
// the slow hash.
func TestAFloodOfStrangersKeepsNobodyOutWhoIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	w.clock.pass(time.Minute)
	free := w.TakeStrangersTurns()
	defer free()
	in := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())}
	if _, err := w.Password(t.Context(), browser, in); !problem.Is(err, problem.Unavailable) {
		t.Errorf("Password() of a stranger while all turns are taken = %v, want unavailable", err)
	}
	known := browser
	known.Known = p.Known
	if _, err := w.Password(t.Context(), known, in); err != nil {
		t.Errorf("Password() from a browser that is known = %v", err)
	}
}

// TestAnAddressIsNotLookedUp asks whether one is taken, as who invites nobody.
func TestAnAddressIsNotLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	for who, want := range map[string]bool{"public": false, "auditor": false, "partner": false, "head_of_delegation": true} {
		tx, err := w.DB.Server.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var taken bool
		err = tx.QueryRow(t.Context(), `
			select email_is_taken($2) from (select set_config('pocreg.role', $1, true), set_config('pocreg.write', 'yes', true) offset 0) s`, who, p.email).Scan(&taken)
		if err != nil || taken != want {
			t.Errorf("email_is_taken() for %s = %t, %v, want %t", who, taken, err, want)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// proposes has one of two propose a contact, and returns the proposal's id.
func proposes(t *testing.T, w world, act register.Act) string {
	t.Helper()
	act.Asked = &register.Asked{Does: proposal.Add, Noun: "contact", Body: []byte(`{"state": "EE", "kind": "technical", "office_title": "desk"}`)}
	var waits *register.Proposed
	if _, err := w.Contacts.Add(t.Context(), act, desk()); !errors.As(err, &waits) {
		t.Fatalf("Add() where two decide = %v, want that it is proposed", err)
	}
	return waits.Key
}

// asIs decides on whatever a proposal says.
func asIs() register.Sent[entry.Nothing] {
	return register.Sent[entry.Nothing]{If: register.Precondition{None: true}}
}

// TestAnApprovalWantsAFreshSignIn approves what another delegate has proposed.
func TestAnApprovalWantsAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.DB.Owner.Exec(t.Context(), `update delegation set mode = 'two_person' where state = 'EE'`); err != nil {
		t.Fatal(err)
	}
	p := w.ada(t)
	waits := proposes(t, w, w.By(t, "delegate EE"))
	decide := &proposal.Store{Register: w.Register, Contacts: w.Contacts}
	if _, err := w.DB.Owner.Exec(t.Context(), `update session set strong_until = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	if _, err := decide.Approve(t.Context(), register.Act{By: p.Session.Actor()}, waits, asIs()); err != signin.ErrStepUp {
		t.Errorf("Approve() of who signed in too long ago = %v, want ErrStepUp", err)
	}
	if n := w.count(t, `select count(*) from contact`); n != 0 {
		t.Errorf("there are %d contacts, want none", n)
	}
	w.clock.pass(time.Minute)
	stepped, err := w.StepUpPassword(t.Context(), browser, p.Session, signin.PasswordInput{Password: goodPassword, Code: p.code(t, w.clock.now())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decide.Approve(t.Context(), register.Act{By: stepped.Session.Actor()}, waits, asIs()); err != nil {
		t.Errorf("Approve() after stepping up = %v", err)
	}
	if n := w.count(t, `select count(*) from contact`); n != 1 {
		t.Errorf("there are %d contacts, want the one", n)
	}
}
