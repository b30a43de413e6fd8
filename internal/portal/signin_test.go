package portal_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestWhoIsInvitedSetsUpAPasswordAndAnAppWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := serve(t)
	offer := s.invite(t, ada)
	v := s.visitor(t)
	for range 2 { // opening it uses nothing up
		if page := v.must(200, v.get("/invitation/"+offer.Link)); !strings.Contains(page.body, "Ada Tamm") || !strings.Contains(page.body, "Delegate, Estonia") {
			t.Fatalf("the invitation says %s", page.body)
		}
	}
	if page := v.must(404, v.get("/invitation/"+offer.Link[1:])); !strings.Contains(page.body, "copy the whole link") {
		t.Errorf("a link that was not copied whole answers %s", page.body)
	}
	if page := v.must(401, v.post("/invitation/"+offer.Link, "code", "AAAA-AAAA")); !strings.Contains(page.body, "Error:") {
		t.Errorf("a wrong code answers %s", page.body)
	}
	v.leads(v.post("/invitation/"+offer.Link, "code", strings.ToLower(offer.Code)), "/enrol")
	v.must(200, v.get("/enrol"))
	v.leads(v.get("/account"), "/enrol")

	page := v.must(200, v.get("/enrol/app"))
	secret, ref := find(t, page, `<p class="secret">([A-Z2-7]+)</p>`), find(t, page, `name="ref" value="([^"]+)"`)
	link := html.UnescapeString(find(t, page, `name="url" value="([^"]+)"`))
	again := v.must(422, v.post("/enrol/app", "ref", ref, "url", link, "code", codeOf(t, s, secret, -1), "password", "short"))
	if find(t, again, `<p class="secret">([A-Z2-7]+)</p>`) != secret || !strings.Contains(again.body, `id="password-error"`) || strings.Contains(again.body, `value="short"`) {
		t.Errorf("a password that is too short answers %s", again.body)
	}
	v.leads(v.post("/enrol/app", "ref", ref, "url", link, "code", codeOf(t, s, secret, -1), "password", password), "/account")
	v.must(200, v.get("/account"))
	v.leads(v.post("/signout"), "/")
	v.leads(v.get("/account"), "/signin?next=%2Faccount")

	v.leads(v.post("/signin/password", "email", ada.email, "password", password, "code", codeOf(t, s, secret, 0), "next", "/account"), "/account")
	v.must(200, v.get("/account"))
}

func TestPrintedCodesAreShownOnceAndWorkOnce(t *testing.T) {
	t.Parallel()
	s := serve(t)
	offer := s.invite(t, ada)
	v := s.visitor(t)
	v.leads(v.post("/invitation/"+offer.Link, "code", offer.Code), "/enrol")
	page := v.must(200, v.post("/enrol/printed", "password", password))
	codes := regexp.MustCompile(`<li><code>([^<]+)</code></li>`).FindAllStringSubmatch(page.body, -1)
	if len(codes) != 10 || page.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the page has %d codes, and %v", len(codes), page.header)
	}
	if page := v.must(200, v.get("/account")); strings.Contains(page.body, codes[0][1]) || !strings.Contains(page.body, "Printed codes left: 10") {
		t.Errorf("the account page then says %s", page.body)
	}
	v.leads(v.post("/signout"), "/")
	for _, want := range []int{http.StatusSeeOther, http.StatusUnauthorized} {
		elsewhere := s.visitor(t)
		elsewhere.must(want, elsewhere.post("/signin/password", "email", ada.email, "password", password, "code", codes[2][1]))
	}
}

func TestTheSessionsCookieIsThisHostsAlone(t *testing.T) {
	t.Parallel()
	m := serve(t).member(t, ada)
	m.post("/signout")
	got := m.post("/signin/password", "email", ada.email, "password", password, "code", m.code(0))
	m.leads(got, "/")
	for _, name := range []string{"__Host-pocreg", "__Host-pocreg-browser"} {
		c := m.cookies[name]
		if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 40 {
			t.Errorf("the cookie %s is %+v", name, c)
		}
	}
	if c := m.cookies["__Host-pocreg"]; c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("a person's session outlives the browser: %+v", c)
	}
}

func TestSigningInTellsStrangersNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	id := regexp.MustCompile(`[0-9a-f]{24}`)
	var pages []string
	for _, form := range [][]string{
		{"email", ada.email, "password", "wrong", "code", m.code(0)},
		{"email", ada.email, "password", password, "code", "000000"},
		{"email", ada.email, "password", password, "code", "1-AAAAA-AAAAA"},
		{"email", "nobody@mfa.example", "password", password, "code", m.code(0)},
	} {
		v := s.visitor(t)
		page := v.must(401, v.post("/signin/password", form...))
		pages = append(pages, strings.ReplaceAll(id.ReplaceAllString(page.body, ""), form[1], "somebody"))
		if strings.Contains(page.body, form[3]) || len(v.cookies) != 0 {
			t.Errorf("the page has the password, or the visitor a cookie: %s", page.body)
		}
	}
	for _, page := range pages[1:] {
		if page != pages[0] {
			t.Errorf("a refusal differs:\n%s\nand\n%s", page, pages[0])
		}
	}
}

func TestWhoGuessesIsToldHowLongToWait(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	stranger := s.visitor(t)
	for range 10 {
		stranger.must(401, stranger.post("/signin/password", "email", ada.email, "password", "wrong", "code", "000000"))
	}
	page := stranger.must(429, stranger.post("/signin/password", "email", ada.email, "password", password, "code", m.code(0)))
	if !strings.Contains(page.body, "Try again in 15 minutes") || page.header.Get("Retry-After") == "" {
		t.Errorf("the page says %s", page.body)
	}
	m.must(200, m.get("/account")) // and whoever is signed in stays so
}

func TestSigningInLeadsOnlyToPagesOfOurs(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	for _, next := range []string{
		"https://evil.example/", "//evil.example", "/\\evil.example", "\\/evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x=y\r\n", "evil.example",
		"http:/evil.example", "/\t/evil.example", "", "///evil.example", "https:evil.example",
	} {
		s.clock.pass(time.Minute)
		v := s.visitor(t)
		v.leads(v.post("/signin/password", "email", ada.email, "password", password, "code", m.code(0), "next", next), "/")
		if page := v.get("/signin?next=" + strings.NewReplacer("\\", "%5C", "\t", "%09", "\r", "%0D", "\n", "%0A").Replace(next)); page.status == 200 && strings.Count(page.body, `name="next" value="/"`) != 1 {
			t.Errorf("the page keeps %q", next)
		}
	}
	s.clock.pass(time.Minute)
	v := s.visitor(t)
	v.leads(v.post("/signin/password", "email", ada.email, "password", password, "code", m.code(0), "next", "/people/invite?x=1"), "/people/invite?x=1")
}

func TestOtherSitesFormsAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	for name, headers := range map[string]http.Header{
		"another site's":              {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"a neighbour's":               {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://other.pocreg.example"}},
		"an old browser's":            {"Sec-Fetch-Site": {""}, "Origin": {"https://evil.example"}},
		"a page without an address's": {"Sec-Fetch-Site": {""}, "Origin": {"null"}},
	} {
		m.headers = headers
		for _, path := range []string{"/signout", "/account/sessions/end-all", "/signin/password", "/people/invite", "/tokens/issue"} {
			if got := m.post(path); got.status != http.StatusForbidden {
				t.Errorf("%s form to %s answers %d, want 403", name, path, got.status)
			}
		}
		m.headers = http.Header{"Accept": {"text/html"}}
		m.must(200, m.get("/account")) // and nobody was signed out
	}
}

func TestWhatMattersWantsASignInOfTheLastFiveMinutes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	m.must(200, m.get("/people/invite"))
	s.clock.pass(6 * time.Minute)
	before := m.cookies["__Host-pocreg"].Value
	m.leads(m.get("/people/invite"), "/signin/again?next=%2Fpeople%2Finvite")
	m.leads(m.post("/people/withdraw", "invitation", "x"), "/signin/again?next=%2Fpeople")
	page := m.must(200, m.get("/signin/again?next=%2Fpeople%2Finvite"))
	if strings.Contains(page.body, "data-options") || strings.Contains(page.body, `type="email"`) {
		t.Errorf("who has no passkey is offered %s", page.body)
	}
	m.must(401, m.post("/signin/again/password", "password", "wrong", "code", m.code(0), "next", "/people/invite"))
	m.leads(m.post("/signin/again/password", "password", password, "code", m.code(0), "next", "/people/invite"), "/people/invite")
	m.must(200, m.get("/people/invite"))
	if m.cookies["__Host-pocreg"].Value == before {
		t.Error("the session's reference stays the same")
	}
	old := s.visitor(t)
	old.cookies["__Host-pocreg"] = &http.Cookie{Name: "__Host-pocreg", Value: before}
	old.leads(old.get("/account"), "/signin?next=%2Faccount")
}

func TestAPersonEndsTheirSessions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	other := s.visitor(t)
	other.leads(other.post("/signin/password", "email", ada.email, "password", password, "code", m.code(0)), "/")
	page := m.must(200, m.get("/account"))
	m.leads(m.post("/account/sessions/end", "session", find(t, page, `name="session" value="([^"]+)"`)), "/account")
	other.leads(other.get("/account"), "/signin?next=%2Faccount")
	m.leads(m.post("/account/sessions/end-all"), "/signin")
	m.leads(m.get("/account"), "/signin?next=%2Faccount")
}

func TestTheAPITakesNoCookie(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	m.headers.Set("Accept", "*/*")
	if got := m.must(200, m.get("/v1/me")); !strings.Contains(got.body, `"role":"public"`) {
		t.Errorf("GET /v1/me with a session's cookie = %s, want nobody", got.body)
	}
	m.must(401, m.get("/v1/tokens"))
	m.must(401, m.post("/v1/tokens"))
	m.headers.Set("Authorization", "Bearer "+m.cookies["__Host-pocreg"].Value)
	m.must(401, m.get("/v1/me"))
}
