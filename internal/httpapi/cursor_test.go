package httpapi_test

import (
	"encoding/base64"
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

// A version that one reader waits for is not the next one's to wait for.
func TestALinkNamesNoVersionToWaitFor(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	for range 3 {
		c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	}
	first := "</v1/contacts?cursor="
	for _, query := range []string{"?state=EE&limit=1&min_version=" + c.version(t), "?state=EE&limit=1"} {
		res := c.get(t, "cert PL", "/v1/contacts"+query)
		link := res.header.Get("Link")
		if strings.Contains(link, "min_version") || !strings.HasPrefix(link, first) || !strings.Contains(link, "&limit=1&state=EE>") {
			t.Errorf("GET /v1/contacts%s has the Link %q, want the filters and the limit in it, and no min_version", query, link)
		}
	}
	if ids := c.walk(t, "cert PL", "/v1/contacts", "state=EE&limit=1&min_version="+c.version(t), nil); len(ids) != 3 {
		t.Errorf("from a min_version on the Links lead to %d contacts, want 3", len(ids))
	}
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
