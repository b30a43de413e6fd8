package httpapi_test

import (
	"net/url"
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
)

func TestSearchOverHTTP(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate PL", "/v1/contacts", with(technical("PL"), "office_title", "Dyżurka Łódź", "office_title_en", "Duty desk",
		"channels", []object{{"type": "phone", "usage": "duty", "value": "+48221234567", "audience": "selected", "selected": object{"states": []string{"EE"}}}}))
	c.add(t, "secretariat KR", "/v1/organisations", object{
		"state": "PL", "kind": "csirt", "basis": "public_source", "name": "CERT Polska", "website": "https://cert.pl",
		"sources": []object{{"pointer": "/name", "value": "CERT Polska", "source": "a public list", "date": "2026-01"}},
	})
	hits := func(who, query string) []map[string]any { return c.get(t, who, "/v1/search?"+query).items(t) }

	got := hits("cert EE", "q=lodz")
	if len(got) != 1 || got[0]["id"] != e.id || got[0]["href"] != e.path || got[0]["basis"] != "nominated" || got[0]["matched_by"] != "words" ||
		!strings.Contains(text(got[0], "highlights"), "Łódź") {
		t.Errorf("GET /v1/search?q=lodz = %v, want the contact with what matched", got)
	}
	if got := hits("", "q=cert-pl"); len(got) != 1 || got[0]["title"] != "CERT Polska" || got[0]["basis"] != "public_source" || got[0]["freshness"] != nil {
		t.Errorf("GET /v1/search?q=cert-pl without a token = %v, want what was found in public, unconfirmed", got)
	}
	for who, want := range map[string]int{"cert EE": 1, "delegate PL": 1, "auditor": 1, "cert FI": 0, "": 0, fixture.Partner: 0, "secretariat KR": 0} {
		if got := len(hits(who, "q="+url.QueryEscape("+48 22 123 45 67"))); got != want {
			t.Errorf("by its number %q finds %d contacts, want %d", who, got, want)
		}
	}
	table := c.get(t, "cert EE", "/v1/search?q=lodz", "Accept", "text/csv")
	if !strings.HasPrefix(table.header.Get("Content-Type"), "text/csv") || strings.Count(string(table.body), "\r\n") != 2 {
		t.Errorf("the hits as CSV = %s, want a head and a row", table.body)
	}
	for query, pointer := range map[string]string{
		"": "/q", "q=": "/q", "q=!!!": "/q", "q=" + strings.Repeat("a", 201): "/q", "q=a&limit=101": "/limit", "q=a&limit=0": "/limit",
		"q=a&noun=state": "/noun", "q=a&kind=bogus": "/kind", "q=a&state=pl": "/state", "q=a&basis=x": "/basis", "q=a&qq=1": "/qq",
		"q=a&noun=contact&kind=csirt": "/kind",
	} {
		res := c.must(t, 400, "", "GET", "/v1/search?"+query, nil)
		if got := res.pointers(t); len(got) != 1 || got[0] != pointer {
			t.Errorf("GET /v1/search?%.40s points at %v, want %s", query, got, pointer)
		}
	}
}
