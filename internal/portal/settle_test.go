package portal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// secretary is one of the secretariat, who has come: see member.
func (s *site) secretary(t *testing.T, name, coChair string) *member {
	t.Helper()
	offer, err := s.signIn.Appoint(t.Context(), register.Act{By: access.Registry()}, signin.Appointment{
		Name: name, Email: strings.ToLower(name) + "@secretariat.example", Language: "en", Role: access.Secretariat, CoChair: coChair,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.enrolled(t, newcomer{name: name, role: access.Secretariat}, offer)
}

func TestTwoOfTheSecretariatOpenADelegationOnPages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	if _, err := s.world.Delegations.Close(t.Context(), s.world.Pair(t), s.world.By(t, "delegate TN").By.Delegation); err != nil {
		t.Fatal(err)
	}
	korea, poland, other := s.secretary(t, "Kim", "KR"), s.secretary(t, "Nowak", "PL"), s.secretary(t, "Park", "KR")
	form := []string{"state", "TN", "authority", "Note verbale 1124/2026", "name", "Amira Ben Salah", "email", "amira@diplomatie.example", "language", "en"}
	before := s.version(t)
	page := korea.must(422, korea.post("/delegations/open", with(form, "name", "", "email", "no mailbox", "state", "")...))
	for _, want := range []string{`id="name-error"`, `id="email-error"`, `id="state-error"`, `value="no mailbox"`, `value="Note verbale 1124/2026"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the form has no %s: %s", want, page.body)
		}
	}
	korea.must(409, korea.post("/delegations/open", with(form, "state", "EE")...))
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
	asked := korea.must(200, korea.post("/delegations/open", form...))
	link, at := find(t, asked, `id="link">([^<]+)<`), find(t, asked, `href="(/proposals/[^"]+)"`)
	if asked.header.Get("Cache-Control") != "no-store" || strings.Contains(korea.get(at).body, link) {
		t.Error("the link is shown twice, or kept")
	}
	version := find(t, korea.get(at), `name="version" value="([^"]+)"`)
	before = s.version(t)
	korea.must(403, korea.post(at+"/approve", "version", version))
	other.must(403, other.post(at+"/approve", "version", version))
	v := s.visitor(t)
	v.must(404, v.get(strings.TrimPrefix(link, origin)))
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
	if page := poland.must(200, poland.get(at)); !strings.Contains(page.body, "Secretariat, Republic of Korea") || !strings.Contains(page.body, "Note verbale 1124/2026") {
		t.Errorf("the proposal says %s", page.body)
	}
	given := poland.must(200, poland.post(at+"/approve", "version", version))
	code := find(t, given, `id="code">([^<]+)<`)
	if !strings.Contains(given.body, "amira@diplomatie.example") {
		t.Errorf("the approver is not told to whom the code goes: %s", given.body)
	}
	if strings.Contains(given.body, link) || strings.Contains(poland.get(at).body, code) {
		t.Error("the approver is shown the link, or the code twice")
	}
	poland.must(412, poland.post(at+"/approve", "version", version))
	v.leads(v.post(strings.TrimPrefix(link, origin), "code", code), "/enrol")

	if page := korea.must(200, korea.get("/states/TN")); !strings.Contains(page.body, "Note verbale 1124/2026") {
		t.Errorf("Tunisia's page does not say on whose authority its delegation speaks: %s", page.body)
	}
	d := find(t, korea.must(200, korea.get("/delegations")), `href="/states/TN">Tunisia</a></td><td[^>]*><a href="(/delegations/[^"]+)"`)
	version = find(t, korea.must(200, korea.get(d)), `name="version" value="([^"]+)"`)
	contested := korea.led(korea.post(d+"/contest", "version", version, "reason", "two ministries say it is theirs"))
	if page := poland.must(200, poland.get(contested)); !strings.Contains(page.body, "two ministries say it is theirs") {
		t.Errorf("the proposal to contest says %s", page.body)
	}
	poland.leads(poland.post(contested+"/approve", "version", find(t, poland.get(contested), `name="version" value="([^"]+)"`)), contested)
	if page := korea.must(200, korea.get("/states/TN")); !strings.Contains(page.body, "It is contested who speaks") {
		t.Errorf("Tunisia's page then says %s", page.body)
	}
	korea.must(412, korea.post(d+"/close", "version", version))

	page = s.member(t, guard).get("/oversight")
	for _, want := range []string{"delegation, Tunisia: contested", "delegation, Tunisia: opened", "Kim (Republic of Korea), Nowak (Poland)", "Note verbale 1124/2026"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("what the secretariat did is told without %q: %s", want, page.body)
		}
	}
	anybody := s.visitor(t)
	anybody.leads(anybody.get("/oversight"), "/signin?next=%2Foversight")
}

func TestWhoSpeaksForAStateIsNoDelegatesToSettle(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := "/delegations/" + s.world.By(t, "delegate EE").By.Delegation
	members := []*member{s.member(t, ada), s.member(t, head), s.member(t, guard)}
	before := s.version(t)
	for _, m := range members {
		for _, page := range []string{"/delegations", "/delegations/open", d, d + "/appoint"} {
			m.must(403, m.get(page))
		}
		for _, form := range []string{"/delegations/open", d + "/appoint", d + "/contest", d + "/reopen", d + "/close"} {
			m.must(403, m.post(form, "state", "EE", "authority", "x", "name", "x", "email", "x@x.example", "language", "en", "version", "1"))
		}
	}
	v := s.visitor(t)
	v.leads(v.get("/delegations"), "/signin?next=%2Fdelegations")
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
}

// What is asked for over the API is approved on a page, too.
func TestAMandateIsApprovedOnAPageAndItsTokenPickedUpElsewhere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	poland := s.secretary(t, "Nowak", "PL")
	act := s.world.By(t, "secretariat KR")
	act.Asked = &register.Asked{Reason: "as decided"}
	link, err := s.world.Admission.Admit(t.Context(), act, register.Sent[admission.AdmitInput]{Body: admission.AdmitInput{
		Role: access.Auditor, Name: "Amara Diallo", Basis: "Decision 7", Until: time.Now().Add(30 * 24 * time.Hour),
	}})
	var waits *register.Proposed
	if !errors.As(err, &waits) {
		t.Fatalf("Admit() = %v, want a proposal", err)
	}
	at := "/proposals/" + waits.Key
	page := poland.must(200, poland.get(at))
	if !strings.Contains(page.body, "<title>Admit: mandate –") || !strings.Contains(page.body, "Decision 7") {
		t.Errorf("the proposal says %s", page.body)
	}
	poland.must(200, poland.get("/proposals"))
	given := poland.must(200, poland.post(at+"/approve", "version", find(t, page, `name="version" value="([^"]+)"`)))
	code := find(t, given, `id="code">([^<]+)<`)
	if !strings.Contains(given.body, "Send this code to Amara Diallo") {
		t.Errorf("the approver is told %s", given.body)
	}
	v := s.visitor(t)
	opened := strings.TrimPrefix(link, fixture.Origin)
	if page := v.must(200, v.get(opened)); !strings.Contains(page.body, "pocreg token pick-up") || strings.Contains(page.body, `name="code"`) {
		t.Errorf("the link opens %s", page.body)
	}
	v.must(409, v.post(opened, "code", code))
	poland.must(422, poland.post("/letter", "link", link))
}
