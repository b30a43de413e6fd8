package browser_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/identity"
)

// atProvider goes on to the provider, signs in on its own pages as somebody, agrees
// where it asks, and comes back.
func (b *tab) atProvider(name string) {
	b.Helper()
	b.press(`main a[rel=external]`)
	for range 5 {
		if strings.HasPrefix(eval[string](b, `location.href`), b.origin) {
			return
		}
		if eval[bool](b, `!!document.querySelector('input[name=login]')`) {
			b.fill(`input[name=login]`, name)
			b.fill(`input[name=password]`, "any")
		}
		b.press(`button[type=submit]`)
	}
	b.Fatalf("the provider does not lead back: %s", b.text("body"))
}

func TestAStatesPeopleSignInOnTheirProvidersOwnPages(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	origin := serve(t, w)
	provider := identity.Start(t, identity.Client{ID: "registry", Secret: "the secret", RedirectURIs: []string{origin + "/signin/provider/EE"}})

	head := open(t, origin)
	head.authenticator()
	path, code := invited(t, w, origin, access.Head)
	head.enrolPasskey(path, code)
	head.visit("/people/provider")
	head.sound("identity provider")
	head.fill("#issuer", "https://127.0.0.1:1")
	head.fill("#client_id", "registry")
	head.fill("#client_secret", "the secret")
	head.press("main form button")
	head.sound("identity provider, to be mended")
	head.do("clear", click("#issuer"))
	eval[string](head, `document.querySelector('#issuer').value = ''`)
	head.fill("#issuer", provider.Issuer)
	head.fill("#client_secret", "the secret")
	head.press("main form button")
	head.sound("identity provider, set")
	head.visit("/people/invite")
	head.fill("#name", "Mart Saar")
	head.fill("#email", "mart@cert.example")
	head.press("main form button")
	link, spoken := head.text("#link"), head.text("#code")

	b := open(t, origin)
	b.accept(strings.TrimPrefix(link, origin), spoken)
	b.sound("enrol with a provider")
	b.press(`form[action="/enrol/provider"] button`)
	b.sound("away")
	b.atProvider("mart-at-home")
	if got := eval[string](b, `location.pathname`); got != "/account" {
		t.Fatalf("setting it up leads to %s: %s", got, b.text("main"))
	}
	b.sound("account by a provider")
	b.press(`form[action="/signout"] button`)

	b.visit("/signin")
	b.sound("sign in")
	b.press(`main a[href^="/signin/provider"]`)
	b.sound("choose a state")
	b.choose("#state-EE")
	b.press("main form button")
	b.atProvider("mart-at-home")
	b.visit("/account")
	if got := b.text("main"); !strings.Contains(got, "Mart Saar") {
		t.Errorf("who signed in at the provider sees %s", got)
	}

	stranger := open(t, origin)
	stranger.visit("/signin/provider")
	stranger.choose("#state-EE")
	stranger.press("main form button")
	stranger.atProvider("eve")
	stranger.sound("not let in")
	if got := stranger.visit("/account"); eval[string](stranger, `location.pathname`) != "/signin" {
		t.Errorf("a stranger at /account gets %d at %s", got, eval[string](stranger, `location.pathname`))
	}
}
