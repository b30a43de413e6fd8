package portal_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
)

func TestADutyOfficerTellsAnotherStateThatItsNumberRingsOut(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	at := m.led(m.post("/contacts/new", desk...))
	officer := s.member(t, newcomer{"Jan Nowak", "jan@cert.example", "PL", access.Cert})
	officer.must(422, officer.post(at+"/suggest", "text", ""))
	officer.leads(officer.post(at+"/suggest", "text", "this number rings out"), "/suggestions")
	stranger := s.member(t, newcomer{"Tiina Laine", "tiina@um.example", "FI", access.Delegate})
	for name, page := range map[string]answer{"Estonia": m.get("/suggestions"), "Poland": officer.get("/suggestions")} {
		if page.status != 200 || !strings.Contains(page.body, "this number rings out") || !strings.Contains(page.body, `href="`+at+`"`) {
			t.Errorf("%s's suggestions are %d %s", name, page.status, page.body)
		}
	}
	if page := m.get("/suggestions"); strings.Contains(page.body, "Jan Nowak") || !strings.Contains(page.body, "Duty officer of a CERT, Poland") {
		t.Errorf("Estonia is told who of Poland suggests: %s", page.body)
	}
	if page := stranger.must(200, stranger.get("/suggestions")); strings.Contains(page.body, "rings out") {
		t.Error("Finland reads what Poland suggests to Estonia")
	}
	form := find(t, m.get("/suggestions"), `action="(/suggestions/[^"]+)/take"`)
	version := find(t, m.get("/suggestions"), `action="`+form+`/take"><input type="hidden" name="version" value="([^"]+)"`)
	before := s.version(t)
	for _, act := range []string{"take", "decline", "withdraw"} {
		stranger.must(404, stranger.post(form+"/"+act, "version", version, "word", "x"))
	}
	officer.must(403, officer.post(form+"/take", "version", version))
	m.must(403, m.post(form+"/withdraw", "version", version))
	m.must(412, m.post(form+"/decline", "word", "it does not"))
	if page := m.must(422, m.post(form+"/decline", "version", version, "word", "")); !strings.Contains(page.body, `id="word-error"`) {
		t.Errorf("declining without a word is answered with %s", page.body)
	}
	if got := s.version(t); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
	m.leads(m.post(form+"/decline", "version", version, "word", "it was Sunday: it rings now"), "/suggestions")
	if page := officer.must(200, officer.get("/suggestions")); !strings.Contains(page.body, "it was Sunday: it rings now") || strings.Contains(page.body, "/withdraw") {
		t.Errorf("once declined it says %s", page.body)
	}
	officer.leads(officer.post(at+"/suggest", "text", "and today again"), "/suggestions")
	own := find(t, officer.get("/suggestions"), `action="(/suggestions/[^"]+)/withdraw"`)
	officer.leads(officer.post(own+"/withdraw", "version", find(t, officer.get("/suggestions"), `action="`+own+`/withdraw"><input type="hidden" name="version" value="([^"]+)"`)), "/suggestions")
	v := s.visitor(t)
	v.leads(v.get("/suggestions"), "/signin?next=%2Fsuggestions")
}
