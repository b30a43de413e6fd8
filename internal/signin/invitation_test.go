package signin_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// count counts rows, past row-level security.
func (w world) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	if err := w.DB.Owner.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhoInvites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Actor(t, "auditor")
	before := w.Register.Latest()
	sent := register.Sent[signin.InviteInput]{Body: ada()}
	for _, who := range []string{"delegate EE", "cert EE", "secretariat KR", "auditor", "partner"} {
		if _, err := w.Invite(t.Context(), w.By(t, who), sent); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Invite() by %s = %v, want forbidden", who, err)
		}
	}
	current := w.current(t, "EE")
	head := signin.Appointment{Name: "Second Head", Email: "head@mfa.example", Language: "en", Role: access.Head, State: "EE", Delegation: current.ID}
	twice := w.Pair(t)
	twice.With = twice.By
	for who, act := range map[string]register.Act{
		"its head": w.By(t, "head_of_delegation EE"), "one of the secretariat": w.By(t, "secretariat KR"), "one, twice": twice,
		"the operator": {By: access.Registry()},
	} {
		if _, err := w.Appoint(t.Context(), act, head); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Appoint() of a head by %s = %v, want forbidden", who, err)
		}
	}
	staff := signin.Appointment{Name: "Kim Min-ji", Email: "kim@sec.example", Language: "en", Role: access.Secretariat, CoChair: "KR"}
	for who, act := range map[string]register.Act{"a pair": w.Pair(t), "a head": w.By(t, "head_of_delegation KR")} {
		if _, err := w.Appoint(t.Context(), act, staff); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Appoint() of the secretariat by %s = %v, want forbidden", who, err)
		}
	}
	reader := signin.Appointment{Name: "auditor", Email: "auditor@sec.example", Language: "en", Role: access.Auditor}
	for who, act := range map[string]register.Act{"a head": w.By(t, "head_of_delegation EE"), "one of the secretariat": w.By(t, "secretariat KR")} {
		if _, err := w.Appoint(t.Context(), act, reader); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Appoint() of an auditor by %s = %v, want forbidden", who, err)
		}
	}
	officer := signin.Appointment{Name: "Nobody's officer", Email: "officer@sec.example", Language: "en", Role: access.Cert}
	if _, err := w.Appoint(t.Context(), w.Pair(t), officer); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Appoint() of an officer of no state = %v, want forbidden", err)
	}
	for of, act := range map[string]register.Act{"": w.Pair(t), "EE": w.By(t, "head_of_delegation EE")} {
		analyst := signin.Appointment{Name: "Analyst", Email: "analyst@mfa.example", Language: "pl", Role: access.Partner, State: of}
		if _, err := w.Appoint(t.Context(), act, analyst); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Appoint() of a person as a partner of %q = %v, want forbidden", of, err)
		}
	}
	abroad := head
	abroad.Role, abroad.State, abroad.Delegation = access.Delegate, "LV", w.current(t, "LV").ID
	if _, err := w.Appoint(t.Context(), w.By(t, "head_of_delegation EE"), abroad); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Appoint() in another state = %v, want forbidden", err)
	}
	for name, change := range map[string]func(*signin.InviteInput){
		"no name": func(in *signin.InviteInput) { in.Name = "" }, "no address": func(in *signin.InviteInput) { in.Email = "ada" },
		"a head": func(in *signin.InviteInput) { in.Role = access.Head }, "the secretariat": func(in *signin.InviteInput) { in.Role = access.Secretariat },
		"a partner, which is a system": func(in *signin.InviteInput) { in.Role = access.Partner },
		"another language":             func(in *signin.InviteInput) { in.Language = "xx" },
	} {
		in := ada()
		change(&in)
		if _, err := w.Invite(t.Context(), w.By(t, "head_of_delegation EE"), register.Sent[signin.InviteInput]{Body: in}); !problem.Is(err, problem.Invalid) {
			t.Errorf("Invite() of %s = %v, want invalid", name, err)
		}
	}
	if got := w.Register.Latest(); got != before || w.count(t, `select count(*) from invitation`) != 0 {
		t.Errorf("after the refusals the register is at %d, want %d, without an invitation", got, before)
	}
	for what, a := range map[string]struct {
		act register.Act
		of  signin.Appointment
	}{
		"a head": {w.Pair(t), head}, "the secretariat": {register.Act{By: access.Registry()}, staff}, "an auditor": {w.Pair(t), reader},
	} {
		offer, err := w.Appoint(t.Context(), a.act, a.of)
		if err != nil {
			t.Errorf("Appoint() of %s = %v", what, err)
			continue
		}
		in := w.withApp(t, w.accept(t, offer))
		if by := in.Session.Actor(); by.Role != a.of.Role || by.State != a.of.State || by.CoChair != a.of.CoChair ||
			by.Writes != slices.Contains([]access.Role{access.Head, access.Secretariat}, by.Role) {
			t.Errorf("after Appoint() of %s Actor() = %+v", what, by)
		}
	}
}

func (w world) current(t *testing.T, state string) (d delegation.Delegation) {
	t.Helper()
	err := w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
		d, _, err = delegation.Current(t.Context(), snap, state)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer := w.invite(t, "head_of_delegation EE", ada())
	for range 5 {
		if _, err := w.Opened(t.Context(), browser, offer.Link); err != nil {
			t.Fatalf("Opened() = %v", err)
		}
	}
	const many = 8
	got := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { _, got[i] = w.Accept(context.Background(), browser, offer.Link, offer.Code) })
	}
	all.Wait()
	won := 0
	for _, err := range got {
		if err == nil {
			won++
		} else if !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Unavailable) {
			t.Errorf("Accept() in parallel = %v, want conflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d accepted, want one", won, many)
	}
	before := w.Register.Latest()
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() again = %v, want conflict", err)
	}
	if w.Register.Latest() != before || w.count(t, `select count(*) from session`) != 1 || w.count(t, `select count(*) from person`) != 1 {
		t.Error("accepting again changed something, want one session of one person")
	}
}

func TestFiveWrongCodesVoidAnInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer := w.invite(t, "head_of_delegation EE", ada())
	before := w.Register.Latest()
	for range signin.CodeTries - 1 {
		if _, err := w.Accept(t.Context(), browser, offer.Link, "AAAA-AAAA"); err != signin.ErrCode {
			t.Fatalf("Accept() with a wrong code = %v, want ErrCode", err)
		}
	}
	const many = 8 // of which the first is the fifth
	var all sync.WaitGroup
	for range many {
		all.Go(func() { _, _ = w.Accept(context.Background(), browser, offer.Link, "AAAA-AAAA") })
	}
	all.Wait()
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() with the right code after five wrong ones = %v, want conflict", err)
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d, want that nothing was written", before, got)
	}
	listed, err := w.Invitations(t.Context(), w.Actor(t, "head_of_delegation EE"))
	if err != nil || len(listed) != 1 || listed[0].Status != signin.Void || listed[0].Tries != signin.CodeTries {
		t.Errorf("Invitations() = %+v, %v, want one that is void, after five tries", listed, err)
	}
	if listed, err := w.Invitations(t.Context(), w.Actor(t, "delegate EE")); err != nil || len(listed) != 0 {
		t.Errorf("Invitations() of a delegate = %+v, %v, want none", listed, err)
	}
}

func TestAnInvitationIsForWhomItWasMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer := w.invite(t, "head_of_delegation EE", ada())
	other := ada()
	other.Name, other.Email = "Bo Saar", "bo@mfa.example"
	second := w.invite(t, "head_of_delegation EE", other)
	for name, try := range map[string][2]string{
		"another's code": {offer.Link, second.Code}, "no code": {offer.Link, ""}, "the link for a code": {offer.Link, offer.Link},
	} {
		if _, err := w.Accept(t.Context(), browser, try[0], try[1]); err != signin.ErrCode {
			t.Errorf("Accept() with %s = %v, want ErrCode", name, err)
		}
	}
	for name, link := range map[string]string{"none": "", "one cut short": offer.Link[1:], "its id": offer.Invitation.ID} {
		if _, err := w.Accept(t.Context(), browser, link, offer.Code); err != signin.ErrInvitation {
			t.Errorf("Accept() with a link that is %s = %v, want ErrInvitation", name, err)
		}
		if _, err := w.Opened(t.Context(), browser, link); err != signin.ErrInvitation {
			t.Errorf("Opened() with a link that is %s = %v, want ErrInvitation", name, err)
		}
	}
	if _, err := w.Accept(t.Context(), browser, offer.Link, strings.ToLower(" "+strings.ReplaceAll(offer.Code, "-", " - ")+" ")); err != nil && err != signin.ErrCode {
		t.Errorf("Accept() with a code as a hand types it = %v", err)
	}
	var kept bool
	err := w.DB.Owner.QueryRow(t.Context(), `
		select exists (select from invitation_secret s where position($1 in s::text) > 0 or position($2 in s::text) > 0)
			or exists (select from trail_content t where position(convert_to($1, 'UTF8') in t.content) > 0 or position(convert_to($2, 'UTF8') in t.content) > 0)`,
		second.Link, strings.ReplaceAll(second.Code, "-", "")).Scan(&kept)
	if err != nil || kept {
		t.Errorf("a secret of an invitation is kept: %v, %v, want it nowhere", kept, err)
	}
}

func TestAnInvitationLapsesAndIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	offer := w.invite(t, "head_of_delegation EE", ada())
	for who, want := range map[string]problem.Kind{
		"head_of_delegation LV": problem.NotFound, "delegate EE": problem.NotFound, "secretariat KR": problem.NotFound,
	} {
		if _, err := w.Withdraw(t.Context(), w.By(t, who), offer.Invitation.ID); !problem.Is(err, want) {
			t.Errorf("Withdraw() by %s = %v, want %s", who, err, want)
		}
	}
	if _, err := w.Withdraw(t.Context(), w.By(t, "head_of_delegation EE"), offer.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() of what was withdrawn = %v, want conflict", err)
	}
	offer = w.invite(t, "head_of_delegation EE", ada())
	if _, err := w.DB.Owner.Exec(t.Context(), `update invitation set created_at = created_at - interval '72 hours', expires_at = expires_at - interval '72 hours' where withdrawn_at is null`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() after 72 hours = %v, want conflict", err)
	}
	if n := w.count(t, `select count(*) from person`); n != 0 {
		t.Errorf("there are %d people, want none", n)
	}
	w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
}

func TestASignInNameIsOnePersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	again := ada()
	if _, err := w.Invite(t.Context(), w.By(t, "head_of_delegation EE"), register.Sent[signin.InviteInput]{Body: again}); !problem.Is(err, problem.Conflict) {
		t.Errorf("Invite() of who signs in = %v, want conflict", err)
	}
	again.Name, again.Email = "Bo Saar", "ADA@MFA.example"
	if _, err := w.Invite(t.Context(), w.By(t, "head_of_delegation LV"), register.Sent[signin.InviteInput]{Body: again}); !problem.Is(err, problem.Conflict) {
		t.Errorf("Invite() to an address that is taken = %v, want conflict", err)
	}
	// Two invitations to one address: who accepts first has it.
	again.Email = "shared@mfa.example"
	first := w.invite(t, "head_of_delegation EE", again)
	second := w.invite(t, "head_of_delegation LV", again)
	w.accept(t, second)
	if _, err := w.Accept(t.Context(), browser, first.Link, first.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() of an address that was taken meanwhile = %v, want conflict", err)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != nil {
		t.Errorf("Find() of Ada's = %v, want her session", err)
	}
}

func TestReenrolmentIsByTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	for who, want := range map[string]problem.Kind{
		"delegate EE": problem.NotFound, "head_of_delegation LV": problem.NotFound, "secretariat KR": problem.NotFound, "auditor": problem.NotFound,
	} {
		if _, err := w.Reenrol(t.Context(), w.By(t, who), p.Session.Account); !problem.Is(err, want) {
			t.Errorf("Reenrol() by %s = %v, want %s", who, err, want)
		}
	}
	if _, err := w.Reenrol(t.Context(), register.Act{By: access.Registry()}, p.Session.Account); !problem.Is(err, problem.Forbidden) {
		t.Errorf("Reenrol() of a state's person by the operator = %v, want forbidden", err)
	}
	head := w.By(t, "head_of_delegation EE")
	offer, err := w.Reenrol(t.Context(), head, p.Session.Account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accept(t.Context(), browser, offer.Link, offer.Code); !problem.Is(err, problem.Conflict) {
		t.Errorf("Accept() before a second person agreed = %v, want conflict", err)
	}
	for who, act := range map[string]register.Act{"who asked for it": head, "who is to enrol anew": {By: p.Session.Actor()}} {
		if _, err := w.Confirm(t.Context(), act, offer.Invitation.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Confirm() by %s = %v, want forbidden", who, err)
		}
	}
	for _, who := range []string{"cert EE", "delegate LV", "secretariat KR"} {
		if _, err := w.Confirm(t.Context(), w.By(t, who), offer.Invitation.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("Confirm() by %s = %v, want not found", who, err)
		}
	}
	if _, err := w.Find(t.Context(), p.Reference); err != nil {
		t.Errorf("until then Find() = %v, want that nothing has ended", err)
	}
	if _, err := w.Confirm(t.Context(), w.By(t, "delegate EE"), offer.Invitation.ID); err != nil {
		t.Fatalf("Confirm() by a second person = %v", err)
	}
	in := w.accept(t, offer)
	if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of the old session = %v, want ErrNoSession", err)
	}
	w.clock.pass(time.Minute)
	old := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())}
	if _, err := w.Password(t.Context(), browser, old); err != signin.ErrRefused {
		t.Errorf("Password() with the old app = %v, want ErrRefused", err)
	}
	again := w.withApp(t, in)
	if again.Session.Account != p.Session.Account || again.Session.Actor().Role != access.Delegate {
		t.Errorf("after enrolling anew the session is %+v, want Ada's, a delegate's", again.Session)
	}
	if _, err := w.Reenrol(t.Context(), w.Pair(t), p.Session.Account); err != nil {
		t.Errorf("Reenrol() by two of the secretariat = %v", err)
	}
}

func TestTheTrailHoldsPeopleAndInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	if _, err := w.Disable(t.Context(), w.By(t, "head_of_delegation EE"), p.Session.Account); err != nil {
		t.Fatal(err)
	}
	verify := func() (n int, err error) {
		err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
			n, err = signin.Verify(t.Context(), snap)
			return err
		})
		return n, err
	}
	if n, err := verify(); err != nil || n != 2 {
		t.Errorf("Verify() = %d, %v, want a person and an invitation as recorded", n, err)
	}
	if n := w.count(t, `select count(*) from trail_change where noun = 'invitation' and act = 'accepted' and role = 'system' and state = 'EE'`); n != 1 {
		t.Errorf("the trail tells of %d acceptances, want one", n)
	}
	for _, sql := range []string{
		`update person set email = 'mine@example.org'`,
		`update invitation set role = 'cert'`,
	} {
		if _, err := w.DB.Owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if _, err := verify(); err == nil {
			t.Errorf("after %q Verify() = nil, want that it is found", sql)
		}
	}
}
