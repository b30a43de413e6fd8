package browser_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/signin"
)

// invited makes an invitation for a person of Estonia's, and returns its address
// and its code.
func invited(t *testing.T, w *fixture.World, origin string, role access.Role) (path, code string) {
	t.Helper()
	act, appointment := w.By(t, "head_of_delegation EE"), signin.Appointment{
		Name: "Ada Tamm", Email: "ada@mfa.example", Language: "en", Role: role, State: "EE",
	}
	appointment.Delegation = act.By.Delegation
	if role == access.Head {
		act = w.Pair(t)
	}
	offer, err := w.SignIn.Appoint(t.Context(), act, appointment)
	if err != nil {
		t.Fatalf("invite: %v", err)
	}
	return "/invitation/" + offer.Link, offer.Code
}

// accept opens an invitation and types its code.
func (b *tab) accept(path, code string) {
	b.Helper()
	b.visit(path)
	b.fill("#code", code)
	b.press("main button")
}

// enrolPasskey accepts an invitation and sets a passkey up.
func (b *tab) enrolPasskey(path, code string) {
	b.Helper()
	b.accept(path, code)
	b.press(`form[data-new] button`)
	if got := eval[string](b, `location.pathname`); got != "/account" {
		b.Fatalf("setting a passkey up leads to %s, want /account: %s", got, b.text("main"))
	}
}

func TestAPasskeyIsSetUpByInvitationAndSignsIn(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	origin := serve(t, w)
	b := open(t, origin)
	b.authenticator()
	path, code := invited(t, w, origin, access.Delegate)
	b.visit(path)
	b.sound("invitation")
	b.fill("#code", code)
	b.press("main button")
	b.sound("enrol")
	b.press(`form[data-new] button`)
	b.sound("account")
	if got := b.text("main"); !strings.Contains(got, "Ada Tamm") || !strings.Contains(got, "Delegate, Estonia") || !strings.Contains(got, "My device") {
		t.Fatalf("the account page says %s", got)
	}

	b.press(`form[action="/signout"] button`)
	if got := b.visit("/account"); got != 200 || !strings.HasPrefix(eval[string](b, `location.pathname + location.search`), "/signin?next=%2Faccount") {
		t.Fatalf("after signing out /account leads to %s", eval[string](b, `location.href`))
	}
	b.sound("sign in")
	b.press(`form[data-options] button`)
	if got := eval[string](b, `location.pathname`); got != "/account" {
		t.Fatalf("signing in leads to %s, want where it was asked for: %s", got, b.text("main"))
	}
	b.sound("account again")
}

func TestWithoutItsPasskeyADeviceIsToldSoAndStaysOut(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, fixture.New(t)))
	b.authenticator()
	b.visit("/signin")
	b.do("press the button", click(`form[data-options] button`))
	b.wait(`[data-when="failed"]`)
	if got := eval[string](b, `document.activeElement.textContent`); got != "Sign in with a passkey" {
		t.Errorf("the keyboard is then on %q, want the button", got)
	}
	if b.visit("/account"); eval[string](b, `location.pathname`) != "/signin" {
		t.Error("the account page opens")
	}
}
