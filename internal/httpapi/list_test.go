package httpapi_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

func TestListsAreFiltered(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	org := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	c.add(t, "delegate KR", "/v1/organisations", with(agency("KR"), "kind", "csirt"))
	one := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "languages", []string{"et", "fr-CA"}, "organisation", org.id))
	two := c.add(t, "delegate KR", "/v1/contacts", with(technical("KR"), "kind", "law_enforcement", "networks", []string{"interpol"},
		"covers", []string{"government"}, "capabilities", []string{"forensics"}))
	three := c.add(t, "secretariat KR", "/v1/contacts", found("US"))
	four := c.add(t, "delegate US", "/v1/contacts", with(technical("US"), "kind", "diplomatic", "rank", 3))
	c.must(t, http.StatusOK, "delegate US", "POST", four.path+"/retire", nil)
	first := c.add(t, "delegate EE", "/v1/strategies", with(plan("EE"), "titles", object{"fr": "Stratégie"}))
	second := c.add(t, "delegate PL", "/v1/strategies", with(plan("PL"), "kind", "doctrine", "status", "draft", "original_language", "pl",
		"summaries", nil, "focus_areas", []string{"legislation"}, "norms", nil))

	for query, want := range map[string][]string{
		"/v1/contacts":                              {one.id, two.id, three.id},
		"/v1/contacts?state=EE":                     {one.id},
		"/v1/contacts?framework=EU":                 {one.id},
		"/v1/contacts?kind=law_enforcement":         {two.id},
		"/v1/contacts?basis=public_source":          {three.id},
		"/v1/contacts?freshness=unconfirmed":        {three.id},
		"/v1/contacts?freshness=current":            {one.id, two.id},
		"/v1/contacts?freshness=due":                {},
		"/v1/contacts?freshness=lapsed":             {},
		"/v1/contacts?standing=retired":             {four.id},
		"/v1/contacts?standing=any&state=US":        {three.id, four.id},
		"/v1/contacts?language=fr":                  {one.id},
		"/v1/contacts?language=fr-ca":               {one.id},
		"/v1/contacts?language=de":                  {},
		"/v1/contacts?capability=forensics":         {two.id},
		"/v1/contacts?covers=government":            {two.id},
		"/v1/contacts?network=interpol":             {two.id},
		"/v1/contacts?organisation=" + org.id:       {one.id},
		"/v1/contacts?changed_after=" + one.version: {two.id, three.id},
		"/v1/organisations?kind=agency":             {org.id},
		"/v1/organisations?state=PL":                {},
		"/v1/strategies?kind=doctrine":              {second.id},
		"/v1/strategies?status=in_force":            {first.id},
		"/v1/strategies?language=fr":                {first.id},
		"/v1/strategies?language=pl":                {second.id},
		"/v1/strategies?focus_area=legislation":     {second.id},
		"/v1/strategies?norm=13h":                   {first.id},
		"/v1/strategies?framework=OSCE&state=PL":    {second.id},
	} {
		got := []string{}
		for _, item := range c.get(t, "cert PL", query).items(t) {
			got = append(got, text(item, "id"))
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); diff != "" {
			t.Errorf("GET %s mismatch (-want +got):\n%s", query, diff)
		}
	}
}

func TestListsAreTablesThatASpreadsheetTakesForNoFormula(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	formula := `=HYPERLINK("http://evil.example";"x")`
	c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "office_title", formula, "note", "+cmd|' /C calc'!A0", "person", object{"name": "@SUM(1)"}))
	c.add(t, "delegate EE", "/v1/organisations", with(agency("EE"), "name", "-2+3", "address", "＝1+1\nTallinn, \"Estonia\""))
	c.add(t, "delegate EE", "/v1/strategies", with(plan("EE"), "original_title", formula))
	id := text(c.get(t, "delegate EE", "/v1/delegations?state=EE").items(t)[0], "id")
	tag := c.get(t, "delegate EE", "/v1/delegations/"+id).etag()
	c.must(t, http.StatusOK, "delegate EE", "PUT", "/v1/delegations/"+id+"/channels",
		object{"channels": []object{with(phone("office", "+3726377000"), "of", "mission")}}, "If-Match", tag)
	c.issue(t, "head_of_delegation EE", order("label", formula))

	tables := map[string][][]string{}
	for _, path := range []string{
		"/v1/states", "/v1/contacts?state=EE", "/v1/organisations", "/v1/strategies", "/v1/delegations?state=EE", "/v1/tokens", "/v1/trail?state=EE",
		"/v1/reference/norms", "/v1/reference/cbms", "/v1/reference/frameworks", "/v1/reference/instruments",
	} {
		res := c.get(t, "head_of_delegation EE", path, "Accept", "text/csv")
		if got := res.header.Get("Content-Type"); got != "text/csv; charset=utf-8; header=present" {
			t.Errorf("GET %s as CSV is of type %q", path, got)
		}
		rows, err := csv.NewReader(strings.NewReader(string(res.body))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("GET %s as CSV has %d rows and cannot be read: %v", path, len(rows), err)
			continue
		}
		tables[path] = rows
		for _, row := range rows {
			for i, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]) {
					t.Errorf("GET %s as CSV has %q in %s, which a spreadsheet may run", path, cell, rows[0][i])
				}
			}
		}
	}
	cell := func(path, column string) string {
		return tables[path][1][slices.Index(tables[path][0], column)]
	}
	for path, want := range map[string][2]string{
		"/v1/contacts?state=EE":    {"phones", "duty tel:+48221234567"},
		"/v1/delegations?state=EE": {"channels", "mission tel:+3726377000"},
		"/v1/strategies":           {"original_title", "'" + formula},
		"/v1/organisations":        {"name", "'-2+3"},
	} {
		if got := cell(path, want[0]); got != want[1] {
			t.Errorf("GET %s as CSV has %q in %s, want %q", path, got, want[0], want[1])
		}
	}
	if got := cell("/v1/contacts?state=EE", "person"); got != "'@SUM(1)" {
		t.Errorf("the person is %q in CSV, want it quoted", got)
	}
	page := c.get(t, "cert EE", "/v1/delegations?limit=1", "Accept", "text/csv;q=0.9, application/json;q=0.1")
	if page.header.Get("Link") == "" || !strings.HasPrefix(page.header.Get("Content-Type"), "text/csv") {
		t.Errorf("the first page as CSV has the headers %v, want a Link to the next", page.header)
	}
}

func TestAcceptPicksTheFormat(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/json": "application/json", "text/*": "text/csv",
		"text/html, */*;q=0.1": "application/json", "application/json;q=0.2, text/csv": "text/csv",
	} {
		if got := c.get(t, "", "/v1/states", "Accept", accept).header.Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("GET /v1/states with Accept %q is %q, want %q", accept, got, want)
		}
	}
	for _, accept := range []string{"text/html", "application/xml;q=0.9", "application/json;q=0"} {
		c.must(t, http.StatusNotAcceptable, "", "GET", "/v1/states", nil, "Accept", accept)
	}
	c.must(t, http.StatusNotAcceptable, "", "GET", "/v1/states/PL", nil, "Accept", "text/csv")
	c.must(t, http.StatusBadRequest, "", "GET", "/v1/states", nil, "Accept", "text/csv;q=high")

	// A write whose answer would not be accepted is not made.
	before := c.version(t)
	c.must(t, http.StatusNotAcceptable, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Accept", "text/html")
	if got := c.version(t); got != before {
		t.Errorf("a write that was refused for its Accept moved the register from version %s to %s", before, got)
	}
}
