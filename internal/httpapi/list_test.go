package httpapi_test

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

// walk reads a list to its end by its cursors and returns its entries' ids.
// between runs after each page.
func (c *client) walk(t testing.TB, who, list, query string, between func()) []string {
	t.Helper()
	var ids []string
	path := list + "?" + query
	for range 100 {
		res := c.get(t, who, path)
		for _, item := range res.items(t) {
			ids = append(ids, text(item, "id"))
		}
		next, more := res.object(t)["next"].(string)
		link := res.header.Get("Link")
		if more != (link != "") {
			t.Fatalf("GET %s has next %q and Link %q, want both or none", path, next, link)
		}
		if !more {
			return ids
		}
		target, rest, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if rest != `; rel="next"` || !strings.Contains(target, url.QueryEscape(next)) {
			t.Fatalf("GET %s has Link %q, want the next page with the cursor %s", path, link, next)
		}
		path = target
		if between != nil {
			between()
		}
	}
	t.Fatalf("GET %s?%s does not come to an end", list, query)
	return nil
}

func TestCursorsShowEachEntryOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for i := range 9 {
		state := []string{"EE", "PL", "KR"}[i%3]
		kind := []string{"technical", "diplomatic"}[i%2]
		c.add(t, "delegate "+state, "/v1/contacts", with(technical(state), "kind", kind, "rank", 1+i%4))
		c.add(t, "delegate "+state, "/v1/organisations", agency(state))
		c.add(t, "delegate "+state, "/v1/strategies", plan(state))
	}
	for _, list := range []string{"/v1/contacts", "/v1/organisations", "/v1/strategies", "/v1/delegations"} {
		whole := c.walk(t, "cert PL", list, "", nil)
		for _, limit := range []int{1, 2, 3, 20} {
			if list == "/v1/delegations" && limit < 20 {
				continue // there are 46: short pages of one list show no more than those of the others
			}
			got := c.walk(t, "cert PL", list, fmt.Sprintf("limit=%d", limit), nil)
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("GET %s by %d differs from the whole (-whole +walk):\n%s", list, limit, diff)
			}
		}
	}
	before := c.walk(t, "cert PL", "/v1/contacts", "", nil)
	during := c.walk(t, "cert PL", "/v1/contacts", "limit=2", func() {
		c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
		c.add(t, "delegate PL", "/v1/contacts", technical("PL"))
	})
	seen := map[string]int{}
	for _, id := range during {
		seen[id]++
	}
	for _, id := range before {
		if seen[id] != 1 {
			t.Errorf("while others are added, %s comes %d times, want once", id, seen[id])
		}
	}
	if twice := slices.Compact(slices.Sorted(slices.Values(during))); len(twice) != len(during) {
		t.Errorf("while others are added, some come twice: %v", during)
	}
	if tokens := c.walk(t, "auditor", "/v1/tokens", "limit=100", nil); len(tokens) < 3*46 {
		t.Errorf("GET /v1/tokens by 100 has %d tokens, want all", len(tokens))
	}
}

func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for range 3 {
		c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
		c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	}
	cursor := text(c.get(t, "cert EE", "/v1/contacts?state=EE&limit=1").object(t), "next")
	c.get(t, "cert EE", "/v1/contacts?state=EE&limit=2&cursor="+cursor)
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatalf("a cursor is no base64: %v", err)
	}
	forged := func(old, new string) string {
		changed := strings.Replace(string(plain), old, new, 1)
		if changed == string(plain) {
			t.Fatalf("the cursor %s has no %s", plain, old)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(changed))
	}
	id := string(plain[strings.Index(string(plain), `"ID":"`)+6:][:36])
	for path, name := range map[string]string{
		"/v1/contacts?state=EE&kind=technical&cursor=" + cursor:                      "another filter",
		"/v1/contacts?cursor=" + cursor:                                              "no filter",
		"/v1/organisations?state=EE&cursor=" + cursor:                                "another list",
		"/v1/contacts?state=EE&cursor=" + cursor[:20]:                                "cut off",
		"/v1/contacts?state=EE&cursor=garbage":                                       "garbage",
		"/v1/contacts?state=EE&cursor=" + strings.Repeat("QQ", 600):                  "too long",
		"/v1/contacts?state=EE&cursor=" + forged(id, "1"):                            "an id that is none",
		"/v1/contacts?state=EE&cursor=" + forged(`"Rank":1`, `"Rank":99999999999`):   "a rank that is none",
		"/v1/contacts?state=EE&cursor=" + forged(`"Rank":1`, `"Rank":"1"`):           "a rank of another type",
		"/v1/contacts?state=EE&cursor=" + forged(`"State":"EE"`, `"State":"\u0000"`): "a NUL",
		"/v1/contacts?state=EE&cursor=" + forged(`"a":{`, `"x":{`):                   "a member that is none",
		"/v1/contacts?state=EE&cursor=" + cursor + "%3D%3D":                          "padded",
		"/v1/delegations?cursor=bnVsbA":                                              "null",
	} {
		res := c.do(t, "cert EE", "GET", path, nil)
		if res.status != http.StatusBadRequest || !slices.Equal(res.pointers(t), []string{"/cursor"}) {
			t.Errorf("a cursor with %s = %d %s, want 400 at /cursor", name, res.status, res.body)
		}
	}
	// A cursor of the register's life before a restore.
	epoch := string(plain[strings.Index(string(plain), `"e":"`)+5:][:8])
	if res := c.do(t, "cert EE", "GET", "/v1/contacts?state=EE&cursor="+forged(epoch, "00000000"), nil); res.status != http.StatusGone || res.kind() != "gone" {
		t.Errorf("a cursor of another life = %d %s, want 410 gone", res.status, res.body)
	}
}

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
