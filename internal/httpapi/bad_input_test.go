package httpapi_test

import (
	"context"
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
	proposal := c.propose(t, "cert EE", contact, object{"note": "Ring twice."})
	token, _ := c.issue(t, "head_of_delegation EE", order())
	suggestion := c.suggest(t, "cert LV", contact, object{"text": "Look."})
	mandate := text(c.get(t, "auditor", "/v1/mandates").items(t)[0], "id")
	delegation := read(t, c.get(t, "delegate EE", "/v1/delegations/"+text(c.get(t, "delegate EE", "/v1/delegations?state=EE").items(t)[0], "id")))
	return ground{c, strings.NewReplacer(
		"{contact}", contact.path, "{contact.tag}", contact.etag, "{channel}", contact.channel(t, 0), "{public}", public.path,
		"{organisation}", organisation.path, "{organisation.tag}", organisation.etag, "{organisation.id}", organisation.id,
		"{strategy}", strategy.path, "{strategy.tag}", strategy.etag, "{strategy.id}", strategy.id,
		"{delegation}", "/v1/delegations/"+delegation.id, "{delegation.tag}", delegation.etag,
		"{suggestion}", suggestion, "{token}", "/v1/tokens/"+token, "{person}", "/v1/people/"+c.world.Actor(t, "cert EE").Account, "{mandate}", "/v1/mandates/"+mandate, "{proposal}", proposal, "{state.tag}", c.get(t, "", "/v1/states/EE").etag(),
	)}
}

// content is all that a write could have left behind, the trail before all.
func content(t *testing.T, owner *pgxpool.Pool) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{
		"register_head", "trail_change", "trail_part", "trail_content", "entry", "external_id", "source", "contact", "channel",
		"contact_key", "organisation", "strategy", "suspension", "proposal", "delegation", "state_instruments", "account", "role_grant", "token",
		"token_freeze", "person_freeze", "suggestion", "person", "invitation", "invitation_secret", "idempotency", "subscription",
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
		"other fields": badFields(), "proposals": badProposals(), "admissions": badAdmissions(), "subscriptions": badSubscriptions(), "mandates": badMandates(), "imports": badImports(), "paths": badPaths(), "queries": badQueries(), "headers": badHeaders(),
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
		bad{who: "head_of_delegation EE", method: "POST", path: "{organisation}/suspend"},
		bad{who: "head_of_delegation EE", method: "POST", path: "/v1/tokens"},
		bad{who: "head_of_delegation EE", method: "POST", path: "{token}/freeze"},
		bad{who: "head_of_delegation EE", method: "POST", path: "{person}/freeze"},
		bad{who: "cert LV", method: "POST", path: "{organisation}/suggestions"},
		bad{who: "delegate EE", method: "POST", path: "{suggestion}/decline"})
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
		"{contact}/channels/{channel}/alive", "{contact}/restore", "{public}/reject", "{organisation}/confirm", "{strategy}/retire",
		"{contact}/resume", "{organisation}/resume", "{strategy}/resume", "{token}/thaw", "{person}/thaw"} {
		out = append(out,
			bad{name: "an act with a body", who: "head_of_delegation EE", method: "POST", path: act, body: `{"standing":"active"}`, kind: "malformed"},
			bad{name: "an act with a text", who: "head_of_delegation EE", method: "POST", path: act, body: `now`, headers: []string{"Content-Type", ""}, kind: "malformed"},
			bad{name: "an act with too much", who: "head_of_delegation EE", method: "POST", path: act, body: strings.Repeat(" ", 64<<10+1), kind: "too-large"})
	}
	out = append(out,
		bad{name: "an act with a body", who: "delegate LV", method: "POST", path: "{suggestion}/withdraw", body: `{"word":"x"}`, kind: "malformed"},
		bad{name: "a word too many", who: "delegate EE", method: "POST", path: "{suggestion}/take", body: `{"words":"x"}`, kind: "malformed", pointer: "/words"},
		bad{name: "a word as a form", who: "delegate EE", method: "POST", path: "{suggestion}/take", body: `word=x`, headers: []string{"Content-Type", "text/plain"}, kind: "unsupported-media"})
	return append(out, bad{
		name: "ten megabytes", who: "delegate EE", method: "POST", path: "/v1/contacts", kind: "too-large",
		body: `{"note":"` + strings.Repeat("x", 10<<20) + `"}`,
	})
}
