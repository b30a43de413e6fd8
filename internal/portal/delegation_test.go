package portal_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"pocreg.example/internal/access"
)

func TestAHeadInvitesAndTheInvitedComeIn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	page := m.must(200, m.post("/people/invite", "name", "Ada Tamm", "email", "ada@mfa.example", "role", "delegate", "language", "pl"))
	link := strings.TrimPrefix(find(t, page, `id="link">([^<]+)<`), origin)
	code := find(t, page, `id="code">([^<]+)<`)
	if strings.Contains(link, code) {
		t.Errorf("the link has the code in it: %s", link)
	}
	if page := m.must(200, m.get("/people")); strings.Contains(page.body, link) || strings.Contains(page.body, code) || !strings.Contains(page.body, "waits to be accepted") {
		t.Errorf("the list says %s", page.body)
	}
	v := s.visitor(t)
	v.leads(v.post(link, "code", code), "/enrol")
	if page := m.must(200, m.get("/people")); !strings.Contains(page.body, "ada@mfa.example") || !strings.Contains(page.body, "was accepted") {
		t.Errorf("once accepted the list says %s", page.body)
	}
	again := s.visitor(t)
	again.must(409, again.post(link, "code", code))
	if len(again.cookies) != 0 {
		t.Errorf("an invitation that is used lets in %v", again.cookies)
	}
}

func TestAFormThatIsToBeMendedSaysWhereAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	m := serve(t).member(t, head)
	page := m.must(422, m.post("/people/invite", "name", "", "email", "no mailbox", "role", "delegate", "language", "en"))
	for _, want := range []string{`href="#name"`, `href="#email"`, `id="email-error"`, `aria-invalid="true"`, `value="no mailbox"`, "<title>Error: "} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page has no %s: %s", want, page.body)
		}
	}
	if page := m.must(200, m.get("/people")); strings.Contains(page.body, "no mailbox") {
		t.Error("and somebody was invited")
	}
}

// Whom the pages let do what is the access table's to say; this is that they ask it.
func TestOnlyAHeadManagesAndOnlyTheOwnState(t *testing.T) {
	t.Parallel()
	s := serve(t)
	heads := s.member(t, head)
	stranger := s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Head})
	delegate, officer := s.member(t, ada), s.member(t, guard)
	form := []string{"name", "Eve", "email", "eve@mfa.example", "role", "delegate", "language", "en"}
	for name, m := range map[string]*member{"a delegate": delegate, "a duty officer": officer} {
		for _, path := range []string{"/people/invite", "/people/device", "/tokens/issue", "/people/" + heads.account} {
			if got := m.get(path); got.status != 403 {
				t.Errorf("GET %s as %s = %d, want 403", path, name, got.status)
			}
		}
		for _, path := range []string{"/people/invite", "/people/device", "/tokens/issue"} {
			if got := m.post(path, append(form, "office", "x", "owner", "x", "label", "x", "owner_kind", "system", "access", "read", "days", "30", "scope", "public")...); got.status != 403 {
				t.Errorf("POST %s as %s = %d, want 403", path, name, got.status)
			}
		}
		m.must(404, m.post("/people/"+heads.account+"/disable"))
	}
	officer.must(403, officer.get("/people"))
	delegate.must(200, delegate.get("/people"))
	stranger.must(404, stranger.get("/people/"+delegate.account))
	for _, act := range []string{"disable", "grant", "reenrol"} {
		stranger.must(404, stranger.post("/people/"+delegate.account+"/"+act, "role", "cert"))
	}
	page := heads.must(200, heads.get("/people/"+delegate.account))
	role := find(t, page, `name="role" value="([0-9a-f-]{36})"`)
	stranger.must(404, stranger.post("/people/"+stranger.account+"/withdraw", "role", role))
	if page := heads.must(200, heads.get("/people")); strings.Contains(page.body, "Eve") || strings.Contains(page.body, "Jan Nowak") {
		t.Errorf("the head's list says %s", page.body)
	}
	delegate.must(200, delegate.get("/account"))

	heads.leads(heads.post("/people/"+delegate.account+"/grant", "role", "cert"), "/people/"+delegate.account)
	if page := delegate.must(200, delegate.get("/account")); !strings.Contains(page.body, "Duty officer of a CERT, Estonia") {
		t.Errorf("the delegate's page does not offer the new role: %s", page.body)
	}
	heads.leads(heads.post("/people/"+delegate.account+"/withdraw", "role", role), "/people/"+delegate.account)
	delegate.leads(delegate.get("/account"), "/signin?next=%2Faccount")
	heads.leads(heads.post("/people/"+officer.account+"/disable"), "/people/"+officer.account)
	officer.leads(officer.get("/account"), "/signin?next=%2Faccount")
}

func TestAHeadSignsOutABrowserOfTheirPeoples(t *testing.T) {
	t.Parallel()
	s := serve(t)
	heads, m := s.member(t, head), s.member(t, ada)
	stranger := s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Head})
	id := find(t, heads.must(200, heads.get("/people/"+m.account)), `name="session" value="([^"]+)"`)
	stranger.must(404, stranger.post("/people/"+m.account+"/sessions/end", "session", id))
	if page := heads.must(422, heads.post("/people/"+m.account+"/grant", "role", "x")); !strings.Contains(page.body, `action="/people/`+m.account+`/sessions/end"`) {
		t.Errorf("after something to mend the page says %s", page.body)
	}
	stranger.must(404, stranger.post("/account/sessions/end", "session", id))
	m.must(200, m.get("/account"))
	heads.leads(heads.post("/people/"+m.account+"/sessions/end", "session", id), "/people/"+m.account)
	m.leads(m.get("/account"), "/signin?next=%2Faccount")
}

func TestAPersonGoesFromOneRoleToAnother(t *testing.T) {
	t.Parallel()
	s := serve(t)
	heads, m := s.member(t, head), s.member(t, ada)
	heads.leads(heads.post("/people/"+m.account+"/grant", "role", "cert"), "/people/"+m.account)
	page := m.must(200, m.get("/account"))
	other := find(t, page, `name="role" value="([0-9a-f-]{36})"><label`)
	m.leads(m.post("/account/role", "role", other), "/account")
	if page := m.must(200, m.get("/account")); !strings.Contains(page.body, "<dd>Duty officer of a CERT, Estonia</dd>") {
		t.Errorf("the account page says %s", page.body)
	}
	m.must(403, m.get("/people"))
}

func TestStartingAnewTakesASecondPerson(t *testing.T) {
	t.Parallel()
	s := serve(t)
	heads, second, lost := s.member(t, head), s.member(t, ada), s.member(t, guard)
	page := heads.must(200, heads.post("/people/"+lost.account+"/reenrol"))
	link := strings.TrimPrefix(find(t, page, `id="link">([^<]+)<`), origin)
	code := find(t, page, `id="code">([^<]+)<`)
	v := s.visitor(t)
	v.must(409, v.post(link, "code", code))
	id := find(t, second.must(200, second.get("/people")), `action="/people/confirm"><input type="hidden" name="invitation" value="([^"]+)"`)
	heads.must(403, heads.post("/people/confirm", "invitation", id))
	if page := heads.must(200, heads.get("/people")); strings.Contains(page.body, "/people/confirm") {
		t.Error("who asked for it is offered to agree")
	}
	second.leads(second.post("/people/confirm", "invitation", id), "/people")
	lost.must(200, lost.get("/account"))
	v.leads(v.post(link, "code", code), "/enrol")
	lost.leads(lost.get("/account"), "/signin?next=%2Faccount")
}

func TestADutyDeviceReadsForAMonthAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	page := m.must(200, m.post("/people/device", "office", "CERT-EE duty desk"))
	link := strings.TrimPrefix(find(t, page, `id="link">([^<]+)<`), origin)
	if !strings.HasPrefix(link, "/device/") {
		t.Errorf("the link leads to %s", link)
	}
	v := s.visitor(t)
	v.must(200, v.get(link))
	v.leads(v.post(link, "code", find(t, page, `id="code">([^<]+)<`)), "/account")
	if c := v.cookies["__Host-pocreg"]; c == nil || c.MaxAge != 30*24*60*60 {
		t.Errorf("the device's cookie is %+v, want it for 30 days", c)
	}
	if page := v.must(200, v.get("/account")); !strings.Contains(page.body, "duty device") || strings.Contains(page.body, "/enrol") {
		t.Errorf("the device's page says %s", page.body)
	}
	v.must(403, v.get("/people"))
	v.leads(v.get("/enrol"), "/signin/again?next=%2Fenrol")
	v.must(403, v.get("/signin/again?next=%2Fenrol"))
	list := m.must(200, m.get("/people"))
	m.leads(m.post("/people/device/end", "session", find(t, list, `action="/people/device/end"><input type="hidden" name="session" value="([^"]+)"`)), "/people")
	v.leads(v.get("/account"), "/signin?next=%2Faccount")
}

func TestATokenIsIssuedShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	form := []string{"owner", "Night watch", "owner_kind", "system", "role", "cert", "label", "reads the duty list", "access", "read", "scope", "participants", "days", "30"}
	page := m.must(200, m.post("/tokens/issue", form...))
	secret := find(t, page, `id="secret">(pocreg_[^<]+)<`)
	program := s.visitor(t)
	program.headers = http.Header{"Authorization": {"Bearer " + secret}}
	if got := program.must(200, program.get("/v1/me")); !strings.Contains(got.body, `"role":"cert"`) || strings.Contains(got.body, "selected") {
		t.Errorf("with the token one is %s", got.body)
	}
	list := m.must(200, m.get("/tokens"))
	if strings.Contains(list.body, secret) || !strings.Contains(list.body, "…"+secret[len(secret)-4:]) {
		t.Errorf("the list says %s", list.body)
	}
	m.leads(m.post("/tokens/revoke", "token", find(t, list, `(?s)Night watch: reads.*?name="token" value="([^"]+)"`)), "/tokens")
	program.must(401, program.get("/v1/me"))
	for _, days := range []string{"0", "-1", "367", "x", "999999999999"} {
		form[len(form)-1] = days
		if got := m.post("/tokens/issue", form...); got.status != 422 {
			t.Errorf("a token for %s days answers %d, want 422", days, got.status)
		}
	}
}

func TestNamesAreTextAndNeverMarkup(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, head)
	const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
	pages := []answer{
		m.post("/people/invite", "name", attack, "email", "eve@mfa.example", "role", "delegate", "language", "en"),
		m.post("/people/invite", "name", attack, "email", attack, "role", attack, "language", attack),
		m.post("/people/device", "office", attack),
		m.post("/tokens/issue", "owner", attack, "owner_kind", "system", "role", "cert", "label", attack, "access", "read", "scope", "public", "days", "30"),
		m.get("/people"), m.get("/tokens"), m.get("/people/" + m.account),
		m.post("/signin/password", "email", attack, "password", attack, "code", attack, "next", "/"+attack),
		m.post("/enrol/app", "ref", attack, "url", attack, "code", attack, "password", attack),
		m.post("/letter", "link", attack), m.get("/signin?next=/%22%3E%3Cscript%3E"), m.get("/invitation/%3Cscript%3E"),
	}
	shown := 0
	for i, page := range pages {
		if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "<img") || strings.Contains(page.body, "onerror=alert(1)>") {
			t.Errorf("page %d has it as markup: %s", i, page.body)
		}
		if strings.Contains(page.body, html.EscapeString(attack)) {
			shown++
		}
	}
	if shown < 5 {
		t.Errorf("%d pages show it as text, want most", shown)
	}
}

func TestALetterHasTheLinkAndNeverTheCode(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	offer := s.invite(t, newcomer{"Amel Trabelsi", "amel@diplo.example", "TN", access.Head})
	page := m.must(200, m.post("/letter", "link", " "+origin+"/invitation/"+offer.Link+"\n"))
	for _, want := range []string{"Amel Trabelsi", "Head of delegation, Tunisia", origin + "/invitation/" + offer.Link, "<svg"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the letter has no %s: %s", want, page.body)
		}
	}
	if strings.Contains(page.body, offer.Code) {
		t.Error("the letter has the code")
	}
	m.must(422, m.post("/letter", "link", origin+"/invitation/nothing"))
}
