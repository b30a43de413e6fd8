package portal_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/signin"
)

const password = "seven walnuts under a green roof"

// newcomer is somebody to be invited.
type newcomer struct {
	name, email, state string
	role               access.Role
}

var (
	ada   = newcomer{"Ada Tamm", "ada@mfa.example", "EE", access.Delegate}
	head  = newcomer{"Kadri Kask", "kadri@mfa.example", "EE", access.Head}
	guard = newcomer{"Mart Saar", "mart@cert.example", "EE", access.Cert}
)

// invite offers a newcomer their role, as whoever may.
func (s *site) invite(t *testing.T, n newcomer) signin.Offer {
	t.Helper()
	act := s.world.By(t, "head_of_delegation "+n.state)
	a := signin.Appointment{Name: n.name, Email: n.email, Language: "en", Role: n.role, State: n.state, Delegation: act.By.Delegation}
	if n.role == access.Head {
		act = s.world.Pair(t)
	}
	offer, err := s.signIn.Appoint(t.Context(), act, a)
	if err != nil {
		t.Fatalf("invite %s: %v", n.name, err)
	}
	return offer
}

// member is a newcomer who has come: with a password and an app, on a browser that
// is signed in.
type member struct {
	*visitor
	newcomer
	account, secret string
}

// member lets a newcomer in, past the pages.
func (s *site) member(t *testing.T, n newcomer) *member {
	t.Helper()
	return s.enrolled(t, n, s.invite(t, n))
}

// enrolled lets somebody in who was offered a role.
func (s *site) enrolled(t *testing.T, n newcomer, offer signin.Offer) *member {
	t.Helper()
	ctx, from := t.Context(), signin.Browser{Address: "192.0.2.1", Label: "Firefox, Linux"}
	in, err := s.signIn.Accept(ctx, from, offer.Link, offer.Code)
	if err != nil {
		t.Fatal(err)
	}
	app, err := s.signIn.OfferTOTP(ctx, in.Session)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{visitor: s.visitor(t), newcomer: n, account: in.Session.Account, secret: app.Secret}
	in, err = s.signIn.EnrolTOTP(ctx, from, in.Session, signin.TOTPInput{Ref: app.Ref, Password: password, Code: m.code(-1)})
	if err != nil {
		t.Fatal(err)
	}
	m.cookies["__Host-pocreg"] = &http.Cookie{Name: "__Host-pocreg", Value: in.Reference}
	return m
}

// code is what a member's app shows so many half minutes from now: each can be used
// once.
func (m *member) code(steps int) string { return codeOf(m.T, m.site, m.secret, steps) }

func codeOf(t *testing.T, s *site, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.clock.now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// find returns what a pattern's one group matches on a page.
func find(t *testing.T, page answer, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(page.body)
	if found == nil {
		t.Fatalf("the page has no %s: %s", pattern, page.body)
	}
	return found[1]
}

// leads fails the test unless the answer leads to another page.
func (v *visitor) leads(got answer, to string) {
	v.Helper()
	if got.status != http.StatusSeeOther || got.header.Get("Location") != to {
		v.Fatalf("the answer is %d and leads to %q, want %q: %s", got.status, got.header.Get("Location"), to, got.body)
	}
}
