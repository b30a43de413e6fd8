package signin_test

import (
	"slices"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// verified checks people, invitations and roles against the trail.
func (w world) verified(t *testing.T) error {
	t.Helper()
	return w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		if _, err := account.VerifyRoles(t.Context(), snap); err != nil {
			return err
		}
		_, err := signin.Verify(t.Context(), snap)
		return err
	})
}

func TestWhoAcceptsHasTheKindsThatWereOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := ada()
	in.Kinds = []string{"technical", "diplomatic"}
	offer := w.invite(t, "head_of_delegation EE", in)
	want := []string{"diplomatic", "technical"}
	if !slices.Equal(offer.Invitation.Kinds, want) {
		t.Errorf("Invite() offers the kinds %v, want %v", offer.Invitation.Kinds, want)
	}
	opened, err := w.Opened(t.Context(), browser, offer.Link)
	if err != nil || !slices.Equal(opened.Kinds, want) {
		t.Errorf("Opened() = %v, %v, want that it says %v", opened.Kinds, err, want)
	}
	p := w.withApp(t, w.accept(t, offer))
	by := p.Session.Actor()
	if !slices.Equal(by.Kinds, want) || by.Role != access.Delegate {
		t.Errorf("the session acts as %+v, want a delegate of %v", by, want)
	}
	roles, err := w.Roles(t.Context(), p.Session)
	if err != nil || len(roles) != 1 || !slices.Equal(roles[0].Kinds, want) {
		t.Errorf("Roles() = %+v, %v, want one of %v", roles, err, want)
	}
	found, err := w.Find(t.Context(), p.Reference)
	if err != nil || !slices.Equal(found.Actor().Kinds, want) {
		t.Errorf("Find() = %v, %v, want a session of %v", found.Kinds, err, want)
	}
	if err := w.verified(t); err != nil {
		t.Errorf("Verify() = %v, want nil", err)
	}
	for _, table := range []string{"role_grant", "invitation"} { // as whoever owns the database may
		if _, err := w.DB.Owner.Exec(t.Context(), `update `+table+` set kinds = null where kinds is not null`); err != nil {
			t.Fatal(err)
		}
		if err := w.verified(t); err == nil {
			t.Errorf("Verify() after %s was widened = nil, want that it is found", table)
		}
		if _, err := w.DB.Owner.Exec(t.Context(), `update `+table+` set kinds = '{diplomatic,technical}' where role = 'delegate' and state = 'EE' and account = $1`, p.Session.Account); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAGrantOfSomeKindsLastsUntilItIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := ada()
	in.Role = access.Cert
	p := w.withApp(t, w.accept(t, w.invite(t, "head_of_delegation EE", in)))
	head := w.By(t, "head_of_delegation EE")
	before := w.Register.Latest()
	for _, kinds := range [][]string{{"minister"}, {"technical", "technical"}, {"diplomatic", "technical", "law_enforcement", "policy"}} {
		if _, err := w.Grant(t.Context(), head, p.Session.Account, access.Delegate, kinds...); !problem.Is(err, problem.Invalid) {
			t.Errorf("Grant() of %v = %v, want invalid", kinds, err)
		}
	}
	if _, err := w.Grant(t.Context(), head, p.Session.Account, access.Partner, "technical"); !problem.Is(err, problem.Invalid) {
		t.Errorf("Grant() of a limited partner = %v, want invalid", err)
	}
	if after := w.Register.Latest(); after != before {
		t.Fatalf("after the refusals the register is at %d, want %d", after, before)
	}
	given, err := w.Grant(t.Context(), head, p.Session.Account, access.Delegate, "policy")
	if err != nil || !slices.Equal(given.Kinds, []string{"policy"}) {
		t.Fatalf("Grant() = %+v, %v, want one of policy", given, err)
	}
	next, err := w.Switch(t.Context(), browser, p.Session, given.ID)
	if err != nil || !slices.Equal(next.Session.Actor().Kinds, []string{"policy"}) {
		t.Fatalf("Switch() = %+v, %v, want a session of policy", next.Session, err)
	}
	if _, err := w.Grant(t.Context(), head, p.Session.Account, access.Delegate); !problem.Is(err, problem.Conflict) {
		t.Errorf("Grant() of what is held = %v, want a conflict", err)
	}
	if _, err := w.WithdrawRole(t.Context(), head, given.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Find(t.Context(), next.Reference); err == nil {
		t.Error("Find() of a session in the role that was withdrawn = nil, want that it has ended")
	}
	if anew, err := w.Grant(t.Context(), head, p.Session.Account, access.Delegate); err != nil || anew.Kinds != nil {
		t.Errorf("Grant() anew = %+v, %v, want one without a limit", anew, err)
	}
	if err := w.verified(t); err != nil {
		t.Errorf("Verify() = %v, want nil", err)
	}
}

func TestNobodyIsInvitedToAnotherLimitThanTheyActIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.By(t, "head_of_delegation EE")
	_, _, err := w.Accounts.Issue(t.Context(), head, register.Sent[account.Input]{Body: account.Input{
		Owner: ada().Name, OwnerKind: "person", Role: access.Delegate, Label: "test", Access: "write", Audiences: access.Audiences,
		ExpiresAt: w.clock.now().Add(24 * time.Hour), Kinds: []string{"technical"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	before := w.Register.Latest()
	for _, kinds := range [][]string{nil, {"policy"}} {
		in := ada()
		in.Kinds = kinds
		if _, err := w.Invite(t.Context(), head, register.Sent[signin.InviteInput]{Body: in}); !problem.Is(err, problem.Conflict) {
			t.Errorf("Invite() to the kinds %v = %v, want a conflict", kinds, err)
		}
	}
	cert := ada()
	cert.Role, cert.Kinds = access.Cert, []string{"technical"}
	if _, err := w.Invite(t.Context(), head, register.Sent[signin.InviteInput]{Body: cert}); !problem.Is(err, problem.Invalid) {
		t.Errorf("Invite() of a limited CERT = %v, want invalid", err)
	}
	if after := w.Register.Latest(); after != before {
		t.Errorf("after the refusals the register is at %d, want %d", after, before)
	}
	in := ada()
	in.Kinds = []string{"technical"}
	if p := w.accept(t, w.invite(t, "head_of_delegation EE", in)); p.Session.Account == "" {
		t.Error("Accept() of the same limit brings nobody in")
	}
}
