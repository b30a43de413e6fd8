package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
)

// Every page is opened here, in each language: a word may be longer than its place.
func TestEveryPageIsSoundInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "pl"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := fixture.New(t)
			origin := serve(t, w)
			b := open(t, origin)
			b.authenticator()
			b.visit("/?lang=" + language)
			path, code := invited(t, w, origin, access.Head)
			b.enrolPasskey(path, code)
			b.tour(language)
		})
	}
}

// tour opens the pages of who is signed in, which is a head.
func (b *tab) tour(language string) {
	b.Helper()
	look := func(name string) {
		b.Helper()
		b.sound(language + " " + name)
	}
	b.visit("/")
	look("home signed in")
	b.visit("/people/invite")
	look("invite")
	b.fill("#name", "Mart Saar of the Information System Authority's Incident Response Department (CERT-EE)")
	b.fill("#email", "mart.saar.duty.officer.of.the.night.watch@incident-response.ria-with-a-long-name.example")
	b.press("main form button")
	look("offer")
	b.press("main .button")
	look("people")
	b.visit("/people/device")
	look("device")
	b.fill("#office", "CERT-EE duty desk")
	b.press("main form button")
	b.press("main .button")
	b.visit(`/people/` + eval[string](b, `document.querySelector('a[href^="/people/"]:not(.button)').pathname.split('/')[2]`))
	look("person")
	b.visit("/tokens/issue")
	look("issue")
	b.fill("#owner", "Night watch")
	b.fill("#label", "reads the duty list")
	b.press("main form button")
	look("issued")
	b.visit("/tokens/issue")
	b.fill("#owner", "Ada Tamm")
	b.fill("#label", "sends what the ministry's own system holds")
	for _, one := range []string{"#kind-person", "#role-delegate", "#access-write"} {
		b.choose(one)
	}
	b.press("main form button")
	b.visit("/tokens")
	look("tokens")
	b.visit("/signin/again?next=/people")
	look("sign in again")
	b.press(`form[data-options] button`)
	b.visit("/enrol/printed")
	look("enrol printed")
	b.fill("#password", "short")
	b.press("main form button")
	look("mend")
	b.visit("/enrol/app")
	look("enrol app")
	b.visit("/enrol/printed")
	b.fill("#password", "seven walnuts under a green roof")
	b.press("main form button")
	look("codes")
	b.visit("/account")
	look("account with all")
	b.press(`form[action="/account/tokens/open"] button`)
	look("account with a token open")
	b.visit("/readings")
	look("readings")
	b.visit("/readings/people")
	look("readers")
	b.visit("/account/notices")
	look("notices")
	b.press("main form button")
	look("notices with one")
	b.visit("/signin/again/password")
	look("password again")
	b.visit("/letter")
	look("letter form")
	b.visit("/signin/password")
	look("password")
	b.visit("/people/nobody")
	look("nobody")
	b.entries(look)
}

// entries opens the pages of states and of what they say.
func (b *tab) entries(look func(string)) {
	b.Helper()
	b.visit("/states")
	look("states")
	b.visit("/contacts/new")
	look("kind of contact")
	b.visit("/contacts/new?kind=technical")
	look("new contact")
	b.fill("#office_title", "Duty desk of the Information System Authority's Incident Response Department")
	b.fill("#channels-0-value", "+372 663 0299")
	b.fill("#channels-0-note", "rings in two rooms at once, and is answered within a minute")
	b.fill("#channels-1-value", "no mailbox")
	b.press("main form button")
	look("contact to mend")
	b.do("empty it", chromedp.Clear(chromedp.CSS("#channels-1-value")))
	b.fill("#channels-1-value", "incident-response-duty-desk@information-system-authority.example")
	b.press("main form button")
	look("contact")
	at := eval[string](b, `location.pathname`)
	b.visit(at + "/change")
	look("change contact")
	b.visit(at + "/history")
	look("history")
	b.visit("/states/EE")
	look("state")
	b.visit(at)
	b.fill("#text", "this number rings out at night")
	b.press(`form[action$="/suggest"] button`)
	look("suggestions")
	b.visit("/proposals")
	look("proposals")
	b.visit("/trail")
	look("trail")
}
