package httpapi_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/fixture"
)

// bad is a request that must be refused. In its path, body and headers,
// {contact} and so on stand for what the register holds.
type bad struct {
	name    string
	who     string
	method  string
	path    string
	body    any
	headers []string
	kind    string // the problem's type
	pointer string // one of those that the refusal names; "" to leave it open
}

var statuses = map[string]int{
	"malformed": 400, "unauthenticated": 401, "forbidden": 403, "not-found": 404, "method-not-allowed": 405, "not-acceptable": 406,
	"conflict": 409, "stale": 412, "too-large": 413, "unsupported-media": 415, "invalid": 422, "precondition-required": 428,
}

// ground is a register for bad inputs to hit: one of each thing, Estonia's.
type ground struct {
	*client
	words *strings.Replacer
}

func newGround(t *testing.T) ground {
	t.Helper()
	c := serve(t, fixture.New(t))
	contact := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	organisation := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	strategy := c.add(t, "delegate EE", "/v1/strategies", plan("EE"))
	public := c.add(t, "secretariat KR", "/v1/contacts", found("EE"))
	token, _ := c.issue(t, "head_of_delegation EE", order())
	delegation := read(t, c.get(t, "delegate EE", "/v1/delegations/"+text(c.get(t, "delegate EE", "/v1/delegations?state=EE").items(t)[0], "id")))
	return ground{c, strings.NewReplacer(
		"{contact}", contact.path, "{contact.tag}", contact.etag, "{channel}", contact.channel(t, 0), "{public}", public.path,
		"{organisation}", organisation.path, "{organisation.tag}", organisation.etag, "{organisation.id}", organisation.id,
		"{strategy}", strategy.path, "{strategy.tag}", strategy.etag, "{strategy.id}", strategy.id,
		"{delegation}", "/v1/delegations/"+delegation.id, "{delegation.tag}", delegation.etag,
		"{token}", "/v1/tokens/"+token, "{state.tag}", c.get(t, "", "/v1/states/EE").etag(),
	)}
}

// content is all that a write could have left behind, the trail before all.
func content(t *testing.T, owner *pgxpool.Pool) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{
		"register_head", "trail_change", "trail_part", "trail_content", "entry", "external_id", "source", "contact", "channel",
		"contact_key", "organisation", "strategy", "delegation", "state_instruments", "account", "role_grant", "token", "idempotency",
	} {
		var sum string
		err := owner.QueryRow(context.WithoutCancel(t.Context()),
			`select count(*) || ' ' || coalesce(md5(string_agg(x::text, ',' order by x::text)), '') from `+table+` x`).Scan(&sum)
		if err != nil {
			t.Fatalf("read %s: %v", table, err)
		}
		out[table] = sum
	}
	return out
}

func (g ground) try(t *testing.T, b bad) {
	t.Helper()
	headers := slices.Clone(b.headers)
	for i := range headers {
		headers[i] = g.words.Replace(headers[i])
	}
	body := b.body
	if s, ok := body.(string); ok && len(s) < 10_000 {
		body = g.words.Replace(s)
	}
	path := g.words.Replace(b.path)
	res := g.do(t, b.who, b.method, path, body, headers...)
	if res.kind() != b.kind || res.status != statuses[b.kind] {
		t.Errorf("%s: %s %.100s as %q = %d %.400s, want %d %s", b.name, b.method, path, b.who, res.status, res.body, statuses[b.kind], b.kind)
		return
	}
	if pointers := res.pointers(t); b.pointer != "" && !slices.Contains(pointers, b.pointer) {
		t.Errorf("%s: %s %.100s points at %q, want %s among it: %.300s", b.name, b.method, path, pointers, b.pointer, res.body)
	}
}

func TestBadInputIsRefusedAndLeavesNoTrace(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	doc, err := loaded()
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	before := content(t, g.world.DB.Owner)
	groups := map[string][]bad{
		"bodies": badBodies(), "contacts": badContacts(), "organisations": badOrganisations(), "strategies": badStrategies(),
		"other fields": badFields(), "paths": badPaths(), "queries": badQueries(), "headers": badHeaders(),
	}
	count := 0
	tried := map[string]bool{}
	t.Run("group", func(t *testing.T) {
		for name, cases := range groups {
			count += len(cases)
			for _, b := range cases {
				path, _, _ := strings.Cut(g.words.Replace(b.path), "?")
				if route := doc.route(b.method, path); route != nil {
					tried[route.Operation.OperationID] = true
				}
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, b := range cases {
					g.try(t, b)
				}
			})
		}
	})
	if count < 150 {
		t.Errorf("%d bad inputs were tried, want at least 150", count)
	}
	for path, item := range doc.doc.Paths.Map() {
		for method, operation := range item.Operations() {
			_, reserved := operation.Extensions["x-pocreg-reserved"]
			if strings.HasPrefix(path, "/v1/") && !reserved && !tried[operation.OperationID] {
				t.Errorf("no bad input was tried on %s %s", method, path)
			}
		}
	}
	for table, now := range content(t, g.world.DB.Owner) {
		if now != before[table] {
			t.Errorf("after %d refusals %s is %s, want it as before, %s", count, table, now, before[table])
		}
	}
}

// takes are the operations that take a body, each with what else it wants.
func takes() []bad {
	var out []bad
	for noun, path := range map[string]string{"contact": "/v1/contacts", "organisation": "/v1/organisations", "strategy": "/v1/strategies"} {
		tag := []string{"If-Match", "{" + noun + ".tag}"}
		out = append(out,
			bad{who: "delegate EE", method: "POST", path: path},
			bad{who: "delegate EE", method: "PUT", path: "{" + noun + "}", headers: tag},
			bad{who: "delegate EE", method: "PATCH", path: "{" + noun + "}", headers: tag},
			bad{who: "delegate EE", method: "POST", path: "{" + noun + "}/nominate"},
			bad{who: "delegate EE", method: "PUT", path: path + "/external/EE/misp/new", headers: []string{"If-None-Match", "*"}})
	}
	return append(out,
		bad{who: "delegate EE", method: "PUT", path: "/v1/states/EE/instruments", headers: []string{"If-Match", "{state.tag}"}},
		bad{who: "delegate EE", method: "PUT", path: "{delegation}/channels", headers: []string{"If-Match", "{delegation.tag}"}},
		bad{who: "head_of_delegation EE", method: "POST", path: "/v1/tokens"})
}

// badBodies are what no operation reads, sent to each that takes a body.
func badBodies() []bad {
	var out []bad
	for _, op := range takes() {
		refuse := func(name string, body any, kind, pointer string, headers ...string) {
			op.name, op.body, op.kind, op.pointer = name, body, kind, pointer
			op.headers = append(slices.Clone(op.headers), headers...)
			out = append(out, op)
			op.headers = op.headers[:len(op.headers)-len(headers)]
		}
		if nominate := strings.HasSuffix(op.path, "/nominate"); nominate {
			op.path = "{public}/nominate"
		} else {
			refuse("nothing", "", "malformed", "")
		}
		limit := 1 << 20
		if strings.Contains(op.path, "organisation") || !strings.Contains(op.path, "contacts") && !strings.Contains(op.path, "strateg") &&
			!strings.Contains(op.path, "{contact}") && !strings.Contains(op.path, "{public}") {
			limit = 64 << 10
		}
		refuse("cut off", `{"note":"a`, "malformed", "")
		refuse("no JSON", `note=a`, "malformed", "")
		refuse("a text", `"note"`, "malformed", "")
		refuse("a list", `[]`, "malformed", "")
		refuse("null", ` null`, "malformed", "")
		refuse("two values", `{} {}`, "malformed", "")
		refuse("a member twice", `{"basis":"nominated","basis":"nominated"}`, "malformed", "")
		refuse("a member of another's", `{"is_admin":true}`, "malformed", "/is_admin")
		refuse("a member in capitals", `{"Note":"a"}`, "malformed", "/Note")
		refuse("a Latin-1 byte", "{\"note\":\"caf\xe9\"}", "malformed", "")
		refuse("half a surrogate", `{"note":"\ud800"}`, "malformed", "")
		refuse("too deep", strings.Repeat(`{"note":`, 12_000/8*4)+"1", "malformed", "")
		refuse("a comment", `{/* hello */}`, "malformed", "")
		refuse("no number", `{"rank":NaN}`, "malformed", "")
		refuse("a byte too large", strings.Repeat(" ", limit+1), "too-large", "")
		refuse("of no type", `{}`, "unsupported-media", "", "Content-Type", "")
		refuse("a form", `{}`, "unsupported-media", "", "Content-Type", "application/x-www-form-urlencoded")
		refuse("in Latin-1", `{}`, "unsupported-media", "", "Content-Type", "application/json; charset=iso-8859-1")
		refuse("of a type that is none", `{}`, "unsupported-media", "", "Content-Type", "application/json; =\xff")
	}
	for _, act := range []string{"{contact}/confirm", "{contact}/retire", "{contact}/withdraw", "{contact}/channels/{channel}/dead",
		"{contact}/channels/{channel}/alive", "{contact}/restore", "{public}/reject", "{organisation}/confirm", "{strategy}/retire"} {
		out = append(out,
			bad{name: "an act with a body", who: "head_of_delegation EE", method: "POST", path: act, body: `{"standing":"active"}`, kind: "malformed"},
			bad{name: "an act with a text", who: "head_of_delegation EE", method: "POST", path: act, body: `now`, headers: []string{"Content-Type", ""}, kind: "malformed"},
			bad{name: "an act with too much", who: "head_of_delegation EE", method: "POST", path: act, body: strings.Repeat(" ", 64<<10+1), kind: "too-large"})
	}
	return append(out, bad{
		name: "ten megabytes", who: "delegate EE", method: "POST", path: "/v1/contacts", kind: "too-large",
		body: `{"note":"` + strings.Repeat("x", 10<<20) + `"}`,
	})
}

// badPaths are addresses of nothing, and methods that a route does not take.
func badPaths() []bad {
	var out []bad
	for _, path := range []string{
		"/v1", "/v1/", "/v2/states", "/v1/contact", "/v1/states/", "//v1/states", "/v1/states/EE/nothing", "/v1/contacts/", "/v1/contacts/none",
		"/v1/contacts/%27%20or%201%3D1--", "/v1/contacts/{organisation.id}", "/v1/organisations/{strategy.id}", "/v1/contacts/..%2f..%2fetc%2fpasswd",
		"{contact}x", "{contact}/nothing", "{contact}/history/1", "{contact}/channels/{channel}", "/v1/tokens/1", "/v1/tokens/{organisation.id}",
		"/v1/delegations/EE", "/v1/reference/nothing", "/v1/proposals/{organisation.id}", "/v1/contacts/external/EE/misp", "/v1/contacts/external/ee/misp/x",
		"/v1/contacts/external/EE/misp/x%2Fy", "/v1/states/EESTI", "/v1/states/%F0%9F%87%AA", "/docs/../api.go", "/metrics/x", "/.env",
		"/v1/contacts/" + strings.Repeat("a", 5000),
	} {
		out = append(out, bad{name: "an address of nothing", who: "head_of_delegation EE", method: "GET", path: path, kind: "not-found"})
	}
	for _, path := range []string{
		"/v1/states/%00", "/v1/contacts/%ff", "/v1/contacts/external/EE/misp/%00", "/v1/contacts/external/EE/misp/%c3%28", "/docs/%00", "/v1/states/%ED%A0%80",
	} {
		out = append(out, bad{name: "an address that is no text", who: "delegate EE", method: "GET", path: path, kind: "malformed"})
	}
	for _, r := range [][2]string{
		{"DELETE", "{contact}"}, {"POST", "/v1/states"}, {"PUT", "/v1/contacts"}, {"PATCH", "{token}"}, {"GET", "{contact}/confirm"}, {"PUT", "/v1/trail"},
		{"POST", "/v1/me"}, {"DELETE", "/v1/states/EE"}, {"PROPFIND", "/v1/contacts"}, {"POST", "/healthz"}, {"TRACE", "/v1/states"}, {"PUT", "{contact}/history"},
		{"POST", "/v1/contacts/external/EE/misp/x"}, {"DELETE", "{delegation}/channels"}, {"PATCH", "/v1/reference/norms"}, {"POST", "/v1/withheld"},
	} {
		out = append(out, bad{name: "a method of another route", who: "delegate EE", method: r[0], path: r[1], kind: "method-not-allowed"})
	}
	for _, path := range []string{
		"/v1/contacts/none/confirm", "/v1/contacts/{organisation.id}/retire", "/v1/organisations/none/nominate", "/v1/strategies/none/restore",
		"{contact}/channels/none/dead", "{contact}/channels/{organisation.id}/alive", "/v1/contacts/none/channels/{channel}/dead",
		"{contact}/channels/{channel}/undead", "{organisation}/withdraw", "{strategy}/channels/{channel}/dead", "/v1/contacts/none/withdraw",
	} {
		out = append(out, bad{name: "an act on nothing", who: "delegate EE", method: "POST", path: path, kind: "not-found"})
	}
	for _, noun := range []string{"contacts", "organisations", "strategies"} {
		for _, act := range []string{"confirm", "nominate", "reject", "retire", "restore"} {
			out = append(out, bad{name: "an act on nothing", who: "delegate EE", method: "POST", path: "/v1/" + noun + "/none/" + act, kind: "not-found"})
		}
		out = append(out, bad{name: "nothing's history", who: "delegate EE", method: "GET", path: "/v1/" + noun + "/none/history", kind: "not-found"})
	}
	return append(out,
		bad{name: "nobody's token", who: "head_of_delegation EE", method: "DELETE", path: "/v1/tokens/none", kind: "not-found"},
		bad{name: "another state's token", who: "head_of_delegation PL", method: "DELETE", path: "{token}", kind: "not-found"},
		bad{name: "no state", who: "delegate EE", method: "PUT", path: "/v1/states/XX/instruments", body: object{"instruments": []object{}}, headers: []string{"If-Match", `"1"`}, kind: "not-found"},
		bad{name: "no delegation", who: "delegate EE", method: "PUT", path: "/v1/delegations/none/channels", body: `{`, kind: "not-found"})
}

// badQueries are filters, pages and cursors that a list does not take.
func badQueries() []bad {
	var out []bad
	refuse := func(path, pointer string) {
		out = append(out, bad{name: "a bad query", who: "auditor", method: "GET", path: path, kind: "malformed", pointer: pointer})
	}
	for _, list := range []string{"/v1/contacts", "/v1/organisations", "/v1/strategies", "/v1/delegations", "/v1/tokens", "/v1/trail"} {
		for _, limit := range []string{"0", "501", "-1", "abc", "1.5", "99999999999999999999", "1%00", "+5+", "%D9%A1"} {
			pointer := "/limit"
			if limit == "1%00" {
				pointer = ""
			}
			refuse(list+"?limit="+limit, pointer)
		}
		refuse(list+"?nope=1", "/nope")
		refuse(list+"?limit=1&limit=2", "/limit")
		refuse(list+"?min_version=-1", "/min_version")
		if list != "/v1/tokens" {
			refuse(list+"?state=pl", "/state")
			refuse(list+"?state=POL", "/state")
			refuse(list+"?state=%27%20or%20%271%27%3D%271", "/state")
			refuse(list+"?state=EE;kind=technical", "")
		}
		if list != "/v1/trail" {
			refuse(list+"?cursor=%27%3B%20drop%20table%20entry%3B--", "/cursor")
			refuse(list+"?cursor=e30", "/cursor")
			refuse(list+"?cursor=AAAA", "/cursor")
			refuse(list+"?cursor="+strings.Repeat("A", 1001), "/cursor")
		}
	}
	for _, q := range [][2]string{
		{"/v1/contacts?kind=hotline", "/kind"}, {"/v1/contacts?kind=Technical", "/kind"}, {"/v1/contacts?basis=rumour", "/basis"},
		{"/v1/contacts?standing=dead", "/standing"}, {"/v1/contacts?freshness=stale", "/freshness"}, {"/v1/contacts?changed_after=-1", "/changed_after"},
		{"/v1/contacts?changed_after=9223372036854775808", "/changed_after"}, {"/v1/contacts?framework=NOPE", "/framework"}, {"/v1/contacts?language=not+one", "/language"},
		{"/v1/contacts?capability=%27%3B+drop+table", "/capability"}, {"/v1/contacts?covers=everything", "/covers"}, {"/v1/contacts?network=tor", "/network"},
		{"/v1/contacts?organisation=1", "/organisation"}, {"/v1/contacts?norm=13h", "/norm"}, {"/v1/organisations?language=et", "/language"},
		{"/v1/organisations?kind=technical", "/kind"}, {"/v1/strategies?norm=99z", "/norm"}, {"/v1/strategies?status=lost", "/status"},
		{"/v1/strategies?focus_area=Governance!", "/focus_area"}, {"/v1/strategies?kind=" + strings.Repeat("x", 300), "/kind"},
		{"/v1/states?framework=EU'--", "/framework"}, {"/v1/states?limit=1", "/limit"}, {"/v1/reference/norms?x=1", "/x"}, {"/v1/trail?after=x", "/after"},
		{"/v1/trail?cursor=x", "/cursor"}, {"/v1/contacts?language=%ff", ""}, {"/v1/contacts?x=%00", ""}, {"/v1/contacts?state=%zz", ""}, {"/v1/contacts?%", ""},
		{"/v1/me?min_version=x", "/min_version"}, {"/v1/states/EE?min_version=1e3", "/min_version"},
	} {
		refuse(q[0], q[1])
	}
	for _, path := range []string{
		"{contact}", "{organisation}", "{strategy}", "{delegation}", "{token}", "/v1/states", "/v1/states/EE/card", "/v1/reference/cbms",
		"/v1/reference/frameworks", "/v1/reference/instruments", "{contact}/history", "{organisation}/history", "{strategy}/history",
	} {
		refuse(path+"?min_version=-1", "/min_version")
	}
	for _, limit := range []string{"0", "101", "x"} {
		refuse("{contact}/history?limit="+limit, "/limit")
	}
	for _, noun := range []string{"contacts", "organisations", "strategies"} {
		refuse("/v1/"+noun+"/external/EE/misp/x?min_version=x", "/min_version")
	}
	out = append(out, bad{name: "a bad query", who: "secretariat KR", method: "GET", path: "/v1/withheld?limit=0", kind: "malformed", pointer: "/limit"})
	for _, path := range []string{"/v1/contacts", "{contact}/confirm", "/v1/tokens"} {
		for _, query := range []string{"?dry_run=maybe", "?dry_run=1", "?dryrun=true", "?dry_run=true&dry_run=false", "?force=true"} {
			who := map[bool]string{true: "head_of_delegation EE", false: "delegate EE"}[path == "/v1/tokens"]
			out = append(out, bad{name: "a misspelt rehearsal", who: who, method: "POST", path: path + query, kind: "malformed"})
		}
	}
	return out
}

// badHeaders are tokens, tags and types that are none.
func badHeaders() []bad {
	var out []bad
	secretless := "pocreg_" + strings.Repeat("A", 49)
	for _, value := range []string{
		"", "Bearer", "Bearer ", "Basic cG9jcmVnOg==", "Bearer " + secretless, "Bearer pocreg_short", secretless, "Token " + secretless,
		"Bearer \xff\xfe", "Bearer ' or 1=1 --", "Bearer " + strings.Repeat("x", 5000), "bearer pocreg_" + strings.Repeat("0", 43) + "000000",
	} {
		for _, r := range [][2]string{{"GET", "/v1/states"}, {"GET", "{contact}"}, {"POST", "{contact}/confirm"}} {
			if value == "" && r[0] == "GET" {
				continue // nobody may read what is public
			}
			out = append(out, bad{name: "a bad token", method: r[0], path: r[1], headers: []string{"Authorization", value}, kind: "unauthenticated"})
		}
	}
	out = append(out, bad{name: "two tokens", who: "delegate EE", method: "GET", path: "/v1/states", headers: []string{"Authorization", "Bearer x"}, kind: "unauthenticated"})
	for _, tag := range []string{
		"abc", `"abc"`, `"1`, `1"`, `"1-zz"`, `"99999999999999999999"`, `"1",,"2"`, `"-1"`, `"1.0"`, "\xff", `W/1`, `w/"1"`, `"1-0123456789abcdef01234567-"`, `" 1"`, `"1'"`,
	} {
		out = append(out, bad{name: "If-Match " + fmt.Sprintf("%q", tag), who: "delegate EE", method: "PUT", path: "{contact}", body: technical("EE"), headers: []string{"If-Match", tag}, kind: "malformed"})
	}
	for _, r := range [][2]string{{"PUT", "{contact}"}, {"PATCH", "{organisation}"}, {"PUT", "/v1/states/EE/instruments"}, {"PUT", "{delegation}/channels"}, {"PUT", "{strategy}"}} {
		out = append(out,
			bad{name: "no If-Match", who: "delegate EE", method: r[0], path: r[1], body: `{}`, kind: "precondition-required"},
			bad{name: "any If-Match", who: "delegate EE", method: r[0], path: r[1], body: `{}`, headers: []string{"If-Match", "*"}, kind: "precondition-required"},
			bad{name: "a stale If-Match", who: "delegate EE", method: r[0], path: r[1], body: `{}`, headers: []string{"If-Match", `"0"`}, kind: "stale"},
			bad{name: "another's", who: "delegate PL", method: r[0], path: r[1], body: `{`, kind: "forbidden"},
			bad{name: "nobody's", method: r[0], path: r[1], body: `{`, kind: "unauthenticated"})
	}
	for _, act := range []string{"{contact}/confirm", "{contact}/channels/{channel}/dead", "{strategy}/retire", "{public}/nominate"} {
		out = append(out,
			bad{name: "a stale act", who: "delegate EE", method: "POST", path: act, headers: []string{"If-Match", `"0"`}, kind: "stale"},
			bad{name: "an act on no tag", who: "delegate EE", method: "POST", path: act, headers: []string{"If-Match", `now`}, kind: "malformed"},
			bad{name: "another's act", who: "head_of_delegation PL", method: "POST", path: act, body: `x`, kind: "forbidden"})
	}
	for _, key := range []string{strings.Repeat("k", 201), "schl\xfcssel", "ключ", "a\tb"} {
		out = append(out, bad{name: "a bad Idempotency-Key", who: "delegate EE", method: "POST", path: "/v1/contacts", body: technical("EE"), headers: []string{"Idempotency-Key", key}, kind: "malformed"})
	}
	for _, accept := range []string{"text/html", "image/*", "\xff", "application/json;q=0", "/"} {
		out = append(out,
			bad{name: "Accept", method: "GET", path: "/v1/states", headers: []string{"Accept", accept}, kind: "not-acceptable"},
			bad{name: "Accept", who: "delegate EE", method: "POST", path: "{contact}/confirm", headers: []string{"Accept", accept}, kind: "not-acceptable"})
	}
	return append(out,
		bad{name: "Accept", method: "GET", path: "/v1/states", headers: []string{"Accept", "text/csv;q=2"}, kind: "malformed"},
		bad{name: "no CSV", method: "GET", path: "/v1/states/EE", headers: []string{"Accept", "text/csv"}, kind: "not-acceptable"},
		bad{name: "the trail", method: "GET", path: "/v1/trail", kind: "unauthenticated"},
		bad{name: "the trail", who: "partner", method: "GET", path: "/v1/trail", kind: "forbidden"},
		bad{name: "another's trail", who: "head_of_delegation EE", method: "GET", path: "/v1/trail?state=PL", kind: "forbidden"},
		bad{name: "the withheld", who: "auditor", method: "GET", path: "/v1/withheld", kind: "forbidden"},
		bad{name: "tokens", method: "GET", path: "/v1/tokens", kind: "unauthenticated"},
		bad{name: "a token", method: "DELETE", path: "{token}", kind: "unauthenticated"},
		bad{name: "a token", who: "delegate EE", method: "POST", path: "/v1/tokens", body: `{`, kind: "forbidden"},
		bad{name: "made where it is", who: "delegate EE", method: "PUT", path: "/v1/contacts/external/EE/misp/none", body: technical("EE"), headers: []string{"If-Match", `"1"`}, kind: "stale"},
		bad{name: "made or not", who: "delegate EE", method: "PUT", path: "/v1/contacts/external/EE/misp/none", body: technical("EE"), kind: "precondition-required"},
	)
}
