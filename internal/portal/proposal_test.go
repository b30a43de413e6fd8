package portal_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
)

var mati = newcomer{"Mati Kask", "mati@mfa.example", "EE", access.Delegate}

func TestOneProposesAndAnotherApproves(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.two(t)
	m, second := s.member(t, ada), s.member(t, mati)
	if page := m.must(200, m.get("/contacts/new?kind=technical")); !strings.Contains(page.body, "waits until somebody else approves it") {
		t.Errorf("the form does not say that another decides: %s", page.body)
	}
	at := m.led(m.post("/contacts/new", with(desk, "reason", "a new number since Monday")...))
	if !strings.HasPrefix(at, "/proposals/") {
		t.Fatalf("the form leads to %s, want the proposal", at)
	}
	own := m.must(200, m.get(at))
	for _, want := range []string{"Add: contact, Estonia", "Ada Tamm (Delegate, Estonia)", "a new number since Monday", "CERT-EE duty desk", "+3726630299", "your own proposal"} {
		if want = strings.ReplaceAll(want, "+", "&#43;"); !strings.Contains(own.body, want) {
			t.Errorf("the proposal does not say %s: %s", want, own.body)
		}
	}
	version, before := find(t, own, `name="version" value="([^"]+)"`), s.version(t)
	m.must(403, m.post(at+"/approve", "version", version))
	m.must(403, m.post(at+"/decline", "version", version, "word", "no"))
	second.must(403, second.post(at+"/withdraw", "version", version))
	second.must(412, second.post(at+"/approve", "version", "1"))
	second.must(422, second.post(at+"/decline", "version", version, "word", ""))
	for _, other := range []newcomer{{"Jan Nowak", "jan@msz.example", "PL", access.Head}, {"Kaja Kuru", "kaja@cert.example", "EE", access.Cert}} {
		o := s.member(t, other)
		if got := o.get(at); got.status != 404 && strings.Contains(got.body, "/approve") {
			t.Errorf("%s may approve: %s", other.name, got.body)
		}
		if got := o.post(at+"/approve", "version", version); got.status != 404 && got.status != 403 {
			t.Errorf("%s approves = %d", other.name, got.status)
		}
		before = s.version(t)
	}
	if page := m.must(200, m.get("/states/EE")); strings.Contains(page.body, "CERT-EE duty desk") {
		t.Error("what is proposed is shown already")
	}
	if page := second.must(200, second.get("/proposals")); !strings.Contains(page.body, "Waits for you") {
		t.Errorf("the list says %s", page.body)
	}
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
	second.leads(second.post(at+"/approve", "version", version), at)
	done := second.must(200, second.get(at))
	if !strings.Contains(done.body, "Mati Kask (Delegate, Estonia)") || strings.Contains(done.body, "/approve") {
		t.Errorf("once approved it says %s", done.body)
	}
	made := find(t, done, `href="(/contacts/[0-9a-f-]{36})"`)
	if page := m.must(200, m.get(made)); !strings.Contains(page.body, "CERT-EE duty desk") {
		t.Errorf("what came of it is %s", page.body)
	}
	second.must(409, second.post(at+"/approve", "version", find(t, m.get(made), `name="version" value="([^"]+)"`)))
	if page := m.must(200, m.get("/trail")); !strings.Contains(page.body, "Mati Kask (Delegate, Estonia), with Ada Tamm") || !strings.Contains(page.body, `href="`+made+`"`) {
		t.Errorf("the trail says %s", page.body)
	}
}

func TestApprovingWantsAFreshSignIn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.two(t)
	m, second := s.member(t, ada), s.member(t, mati)
	at := m.led(m.post("/contacts/new", desk...))
	version := find(t, m.get(at), `name="version" value="([^"]+)"`)
	s.clock.pass(6 * 60e9)
	before := s.version(t)
	second.leads(second.post(at+"/approve", "version", version), "/signin/again?next=%2Fproposals")
	if got := s.version(t); got != before {
		t.Error("and it was approved")
	}
	second.leads(second.post(at+"/decline", "version", version, "word", "not yet"), at)
	if page := m.must(200, m.get(at)); !strings.Contains(page.body, "not yet") || !strings.Contains(page.body, "Declined") {
		t.Errorf("once declined it says %s", page.body)
	}
}

func TestOnesOwnProposalIsTakenBack(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.two(t)
	m, second := s.member(t, ada), s.member(t, mati)
	at := m.led(m.post("/contacts/new", desk...))
	version := find(t, m.get(at), `name="version" value="([^"]+)"`)
	m.leads(m.post(at+"/withdraw", "version", version), at)
	second.must(412, second.post(at+"/approve", "version", version))
	if page := m.must(200, m.get("/states/EE")); strings.Contains(page.body, "CERT-EE duty desk") {
		t.Error("what was taken back is there")
	}
}

func TestTheTrailIsForDelegatesAndWhoOversees(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	m.led(m.post("/contacts/new", desk...))
	if page := m.must(200, m.get("/trail")); !strings.Contains(page.body, "Trail of Estonia") || !strings.Contains(page.body, "Ada Tamm") || strings.Contains(page.body, "Poland") {
		t.Errorf("the trail says %s", page.body)
	}
	officer := s.member(t, guard)
	officer.must(403, officer.get("/trail"))
	v := s.visitor(t)
	v.leads(v.get("/trail"), "/signin?next=%2Ftrail")
	stranger := s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Delegate})
	if page := stranger.must(200, stranger.get("/trail")); strings.Contains(page.body, "Ada Tamm") || strings.Contains(page.body, "Estonia") {
		t.Errorf("Poland's trail has what is Estonia's: %s", page.body)
	}
}
