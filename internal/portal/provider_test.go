package portal_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/identity"
	"pocreg.example/internal/signin"
)

// provided is a site whose Estonia has a provider, which its head has set on the page.
func provided(t *testing.T) (*site, *member, *identity.Provider) {
	t.Helper()
	s := serve(t)
	p := identity.Start(t, identity.Client{ID: "registry", Secret: "kept by us and Estonia", RedirectURIs: []string{origin + "/signin/provider/EE"}})
	m := s.member(t, head)
	if page := m.must(200, m.get("/people/provider")); !strings.Contains(page.body, origin+"/signin/provider/EE") {
		t.Fatalf("the page does not say where the provider leads back to: %s", page.body)
	}
	m.leads(m.post("/people/provider", "issuer", p.Issuer, "client_id", "registry", "client_secret", "kept by us and Estonia"), "/people/provider")
	return s, m, p
}

// goes sends a visitor to where a page leads, and back, as somebody at the provider; it
// returns the path that the provider leads back to.
func (v *visitor) goes(page answer, who *identity.Person) string {
	v.Helper()
	v.must(200, page)
	link := html.UnescapeString(find(v.T, page, `<a class="button" href="([^"]+)" rel="external">`))
	if u, err := url.Parse(link); err != nil || !strings.Contains(page.body, u.Host) {
		v.Errorf("the page leads to %s and does not say so", link)
	}
	back := who.Visit(link)
	path, ok := strings.CutPrefix(back, origin)
	if !ok {
		v.Fatalf("the provider leads back to %s", back)
	}
	return path
}

func TestAStatesPeopleSignInAtTheirProvider(t *testing.T) {
	t.Parallel()
	s, m, p := provided(t)
	if page := m.must(200, m.get("/people/provider")); strings.Contains(page.body, "kept by us and Estonia") || !strings.Contains(page.body, p.Issuer) {
		t.Errorf("the page then says %s", page.body)
	}
	offer := s.invite(t, ada)
	v := s.visitor(t)
	v.leads(v.post("/invitation/"+offer.Link, "code", offer.Code), "/enrol")
	if page := v.must(200, v.get("/enrol")); !strings.Contains(page.body, `action="/enrol/provider"`) {
		t.Fatalf("who is invited is offered %s", page.body)
	}
	v.leads(v.get(v.goes(v.post("/enrol/provider"), p.Person(t, "ada"))), "/account")
	if v.cookies["__Host-pocreg-away"] != nil {
		t.Error("the cookie of who was away is kept")
	}
	if page := v.must(200, v.get("/account")); !strings.Contains(page.body, `action="/account/provider/remove"`) {
		t.Errorf("the account page says %s", page.body)
	}
	v.leads(v.post("/signout"), "/")

	if page := v.must(200, v.get("/signin/provider?next=/account")); !strings.Contains(page.body, `value="EE"`) || strings.Contains(page.body, `value="LV"`) {
		t.Errorf("the states to choose from are %s", page.body)
	}
	who := p.Person(t, "ada")
	page := v.post("/signin/provider", "state", "EE", "next", "/account")
	if c := v.cookies["__Host-pocreg-away"]; c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 {
		t.Errorf("the cookie of who is away is %+v", c)
	}
	v.leads(v.get(v.goes(page, who)), "/account")
	v.must(200, v.get("/account"))

	// What matters most is asked for anew, there.
	s.clock.pass(signin.StrongFor + time.Minute)
	v.leads(v.get("/enrol"), "/signin/again?next=%2Fenrol")
	if page := v.must(200, v.get("/signin/again?next=%2Fenrol")); !strings.Contains(page.body, `action="/signin/again/provider"`) || strings.Contains(page.body, "data-options") {
		t.Errorf("who has the provider alone is offered %s", page.body)
	}
}

func TestWhatAProviderLeadsBackToIsOneBrowsersOnce(t *testing.T) {
	t.Parallel()
	s, _, p := provided(t)
	offer := s.invite(t, ada)
	v := s.visitor(t)
	v.leads(v.post("/invitation/"+offer.Link, "code", offer.Code), "/enrol")
	v.leads(v.get(v.goes(v.post("/enrol/provider"), p.Person(t, "ada"))), "/account")

	victim, thief := s.visitor(t), s.visitor(t)
	path := victim.goes(victim.post("/signin/provider", "state", "EE"), p.Person(t, "ada"))
	refused := thief.must(401, thief.get(path))
	if len(thief.cookies) != 0 || strings.Contains(refused.body, `name="code"`) {
		t.Errorf("another browser gets %v and %s", thief.cookies, refused.body)
	}
	away := victim.cookies["__Host-pocreg-away"]
	victim.leads(victim.get(path), "/")
	victim.cookies["__Host-pocreg-away"] = away
	victim.must(401, victim.get(path))

	// Somebody whom the provider knows and the registry does not, by the same address.
	eve := s.visitor(t)
	eve.must(401, eve.get(eve.goes(eve.post("/signin/provider", "state", "EE"), p.Person(t, "eve"))))
	if eve.cookies["__Host-pocreg"] != nil {
		t.Error("eve is signed in")
	}
	// At another state's address, and with an issuer mixed up.
	for _, change := range []func(string) string{
		func(path string) string { return strings.Replace(path, "/EE?", "/LV?", 1) },
		func(path string) string { return strings.Replace(path, "iss=", "iss=https%3A%2F%2Fevil.example%2F", 1) },
	} {
		other := s.visitor(t)
		other.must(401, other.get(change(other.goes(other.post("/signin/provider", "state", "EE"), p.Person(t, "ada")))))
		if other.cookies["__Host-pocreg"] != nil {
			t.Error("an answer that was mixed up signs in")
		}
	}
	for _, state := range []string{"LV", "XX", "", "ee"} {
		v := s.visitor(t)
		v.must(404, v.post("/signin/provider", "state", state))
	}
}

func TestAProviderIsItsHeadsToSet(t *testing.T) {
	t.Parallel()
	s, m, _ := provided(t)
	before := s.world.Register.Latest()
	page := m.must(422, m.post("/people/provider", "issuer", "https://127.0.0.1:1", "client_id", "x", "client_secret", "not to be shown"))
	if !strings.Contains(page.body, `id="issuer-error"`) || strings.Contains(page.body, "not to be shown") {
		t.Errorf("an issuer inside answers %s", page.body)
	}
	if got := s.world.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d", before, got)
	}
	delegate := s.member(t, ada)
	before = s.world.Register.Latest()
	delegate.must(403, delegate.get("/people/provider"))
	delegate.must(403, delegate.post("/people/provider", "issuer", "https://login.example", "client_id", "x", "client_secret", "x"))
	delegate.must(403, delegate.post("/people/provider/end"))
	s.clock.pass(6 * time.Minute)
	m.leads(m.post("/people/provider/end"), "/signin/again?next=%2Fpeople%2Fprovider")
	if got := s.world.Register.Latest(); got != before {
		t.Errorf("the register went from %d to %d", before, got)
	}
}
