package portal_test

import (
	"strings"
	"testing"
)

func TestAPersonChoosesWhatTheyAreToldOf(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	if page := m.must(200, m.get("/account")); !strings.Contains(page.body, `href="/account/notices"`) {
		t.Errorf("the account's page does not lead to the notices: %s", page.body)
	}
	page := m.must(200, m.get("/account/notices"))
	if strings.Contains(page.body, `<option value="EE"`) || !strings.Contains(page.body, `<option value="LV">Latvia</option>`) {
		t.Errorf("the form offers the own state, or not the others: %s", page.body)
	}
	m.leads(m.post("/account/notices", "state", "LV", "kind", "technical", "framework", "EU", "delivery", "daily"), "/account/notices")
	m.leads(m.post("/account/notices", "delivery", "at_once"), "/account/notices")
	page = m.must(200, m.get("/account/notices?lang=pl"))
	for _, want := range []string{"Łotwa", "Kontakt techniczny", "Unia Europejska", "Raz dziennie", "Wszystkie inne państwa", "Od razu"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %s: %s", want, page.body)
		}
	}
	for _, wrong := range []answer{
		m.must(409, m.post("/account/notices", "delivery", "daily")),
		m.must(422, m.post("/account/notices", "state", "EE", "delivery", "daily")),
		m.must(422, m.post("/account/notices", "state", "QQ", "kind", "x", "framework", "x", "delivery", "x")),
	} {
		if !strings.Contains(wrong.body, `<html lang="pl">`) || foreign.MatchString(wrong.body) {
			t.Errorf("a refusal is not in Polish: %s", wrong.body)
		}
	}
	m.leads(m.post("/account/notices/end", "subscription", find(t, page, `name="subscription" value="([^"]*)"`)), "/account/notices")
	if page = m.must(200, m.get("/account/notices")); strings.Count(page.body, `name="subscription"`) != 1 {
		t.Errorf("after one of two has ended there are %d", strings.Count(page.body, `name="subscription"`))
	}
	other := s.member(t, guard)
	if page := other.must(200, other.get("/account/notices")); strings.Contains(page.body, `name="subscription"`) {
		t.Errorf("one person is shown another's: %s", page.body)
	}
	other.must(404, other.post("/account/notices/end", "subscription", find(t, page, `name="subscription" value="([^"]*)"`)))
	m.must(200, m.get("/account/notices"))
}
