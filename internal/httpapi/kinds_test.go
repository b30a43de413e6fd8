package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
)

// limitedTo are the limits that the matrix of kinds is tried with.
var limitedTo = [][]string{{"technical"}, {"policy"}, {"diplomatic", "law_enforcement"}}

// ofKind is what a kind's delegate may change, written down by hand: their contacts,
// and as the owner of policy the strategies. Organisations, instruments and a
// delegation's channels are for who is not limited.
var ofKind = map[string]string{
	"diplomatic contact": "diplomatic", "technical contact": "technical", "law_enforcement contact": "law_enforcement",
	"policy contact": "policy", "strategy": "policy", "organisation": "nobody's", "instruments": "nobody's", "channels": "nobody's",
}

// kindOf makes an entry of a kind, of Estonia's.
func kindOf(noun string) (list string, body object) {
	switch {
	case noun == "organisation":
		return "/v1/organisations", agency("EE")
	case noun == "strategy":
		return "/v1/strategies", plan("EE")
	default:
		kind := strings.TrimSuffix(noun, " contact")
		return "/v1/contacts", object{
			"state": "EE", "kind": kind, "audience": "participants", "office_title": "Desk of " + kind,
			"channels": []object{{"type": "email", "value": "desk@example.org"}},
		}
	}
}

// limited issues a token that writes to a delegate of Estonia's of some kinds.
func (c *client) limited(t *testing.T, kinds ...string) string {
	t.Helper()
	_, secret := c.issue(t, "head_of_delegation EE", order("owner", "Limited to "+strings.Join(kinds, " "), "kinds", kinds))
	return secret
}

// TestMatrixOfKinds tries every write on every kind, as delegates who are limited to
// some. Changes are rehearsed where they may be made: at the end nothing has changed.
func TestMatrixOfKinds(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	secrets := map[string]string{}
	for _, kinds := range limitedTo {
		secrets[strings.Join(kinds, ", ")] = c.limited(t, kinds...)
	}
	made, found, suggested, proposed := map[string]entry{}, map[string]entry{}, map[string]string{}, map[string]string{}
	for noun := range ofKind {
		if noun == "instruments" || noun == "channels" {
			continue
		}
		list, body := kindOf(noun)
		made[noun] = c.add(t, "delegate EE", list, body)
		public := with(body, "audience", "public", "basis", "public_source", "sources", []object{
			{"pointer": "/note", "value": "x", "source": "https://example.org", "date": "2026-01-01"}})
		if noun == "strategy" {
			public["norms"] = nil
		}
		found[noun] = c.add(t, "secretariat KR", list, public)
		suggested[noun] = c.suggest(t, "cert LV", made[noun], object{"text": "It rings out."})
	}
	c.choose(t, "EE", "two_person")
	for noun, e := range made {
		proposed[noun] = c.propose(t, "delegate EE", e, object{"tlp": "TLP:AMBER"})
	}
	c.choose(t, "EE", "single")
	cells := 0
	try := func(noun, what, method, path string, body any, headers ...string) {
		t.Helper()
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "dry_run=true"
		for kinds, secret := range secrets {
			cells++
			may := slices.Contains(strings.Split(kinds, ", "), ofKind[noun])
			before := c.world.Register.Latest()
			for _, path := range []string{path, strings.TrimSuffix(strings.TrimSuffix(path, "dry_run=true"), "&")} {
				if may && !strings.HasSuffix(path, "dry_run=true") {
					continue
				}
				res := c.do(t, secret, method, path, body, headers...)
				if want := map[bool]int{true: 200, false: 403}[may]; res.status != want {
					t.Errorf("to %s %s, limited to %s: %s %s = %d %s, want %d", what, noun, kinds, method, path, res.status, res.body, want)
				}
				said := "your role is limited to the kinds " + kinds + ": what is of another kind, and what all kinds share, is for the head of delegation"
				if !may && !strings.Contains(string(res.body), said) {
					t.Errorf("to %s %s, limited to %s: the refusal says %s, want the limit, and who may", what, noun, kinds, res.body)
				}
			}
			if after := c.world.Register.Latest(); after != before {
				t.Errorf("to %s %s, limited to %s: the register went from %d to %d, want that nothing changed", what, noun, kinds, before, after)
			}
		}
	}
	for noun, e := range made {
		list, body := kindOf(noun)
		try(noun, "make", "POST", list, with(body, "external_ids", []object{}))
		try(noun, "make by its id elsewhere", "PUT", list+"/external/EE/un/new-"+strings.ReplaceAll(noun, " ", "-"), body, "If-None-Match", "*")
		try(noun, "replace", "PUT", e.path, body, "If-Match", e.etag)
		try(noun, "patch", "PATCH", e.path, `{"tlp":"TLP:RED"}`, "If-Match", e.etag, "Content-Type", "application/merge-patch+json")
		try(noun, "confirm", "POST", e.path+"/confirm", nil)
		try(noun, "nominate", "POST", found[noun].path+"/nominate", nil)
		try(noun, "reject", "POST", found[noun].path+"/reject", nil)
		try(noun, "take a suggestion about", "POST", suggested[noun]+"/take", nil)
		try(noun, "decline a suggestion about", "POST", suggested[noun]+"/decline", object{"word": "It does not."})
		try(noun, "decline a proposal of", "POST", proposed[noun]+"/decline", object{"word": "No."})
		try(noun, "approve a proposal of", "POST", proposed[noun]+"/approve", nil)
		if strings.HasSuffix(noun, "contact") {
			channel := e.path + "/channels/" + e.channel(t, 0)
			try(noun, "mark dead", "POST", channel+"/dead", nil)
			try(noun, "mark alive", "POST", channel+"/alive", nil)
			if noun != "technical contact" { // the last of which is its head's to withdraw
				try(noun, "withdraw", "POST", e.path+"/withdraw", nil)
			}
		}
	}
	try("instruments", "say", "PUT", "/v1/states/EE/instruments", `{"instruments":[]}`, "If-Match", c.get(t, "auditor", "/v1/states/EE").etag())
	delegation := "/v1/delegations/" + c.world.Actor(t, "delegate EE").Delegation
	try("channels", "set", "PUT", delegation+"/channels", `{"channels":[]}`, "If-Match", c.get(t, "auditor", delegation).etag())
	for noun, e := range made {
		if noun == "technical contact" {
			continue
		}
		c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+"/retire", nil)
		try(noun, "restore", "POST", e.path+"/restore", nil)
		c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+"/restore", nil)
		try(noun, "retire", "POST", e.path+"/retire", nil)
	}
	// What is nobody's to do but a head's is nobody's who is limited either; and reading
	// is not limited.
	for kinds, secret := range secrets {
		for noun, e := range made {
			c.get(t, secret, e.path)
			c.get(t, secret, e.path+"/history")
			c.get(t, secret, proposed[noun])
			c.must(t, http.StatusForbidden, secret, "POST", e.path+"/suspend", object{"reason": "Tried."})
			if got := c.get(t, secret, proposed[noun]).object(t)["may_decide"]; got != slices.Contains(strings.Split(kinds, ", "), ofKind[noun]) {
				t.Errorf("limited to %s, may_decide of a proposal of %s = %v", kinds, noun, got)
			}
		}
	}
	t.Logf("%d cells", cells)
}

func TestWhoIsLimitedLearnsOfIt(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	id, secret := c.issue(t, "head_of_delegation EE", order("owner", "Two of four", "kinds", []string{"technical", "diplomatic"}))
	for path, who := range map[string]string{"/v1/me": secret, "/v1/tokens/" + id: "head_of_delegation EE"} {
		if got := fmt.Sprint(c.get(t, who, path).object(t)["kinds"]); got != "[diplomatic technical]" {
			t.Errorf("GET %s shows the kinds %s, want both", path, got)
		}
	}
	if got := c.get(t, "delegate EE", "/v1/me").object(t)["kinds"]; got != nil {
		t.Errorf("GET /v1/me of who is not limited shows %v, want no kinds", got)
	}
	if csv := string(c.get(t, secret, "/v1/tokens", "Accept", "text/csv").body); !strings.Contains(csv, ",kinds\r\n") || !strings.Contains(csv, "diplomatic; technical") {
		t.Errorf("GET /v1/tokens as CSV = %q, want the kinds", csv)
	}
	for _, kinds := range []any{[]string{}, []string{"minister"}, []string{"technical", "technical"}, []string{"diplomatic", "technical", "law_enforcement", "policy"}} {
		res := c.do(t, "head_of_delegation EE", "POST", "/v1/tokens", order("owner", "Odd", "kinds", kinds))
		if len(kinds.([]string)) == 0 {
			if res.status != http.StatusCreated {
				t.Errorf("POST /v1/tokens of no kinds = %d %s, want a token without a limit", res.status, res.body)
			}
			continue
		}
		if res.status != http.StatusUnprocessableEntity || !strings.HasPrefix(strings.Join(res.pointers(t), " "), "/kinds") {
			t.Errorf("POST /v1/tokens of the kinds %v = %d %s, want 422 at /kinds", kinds, res.status, res.body)
		}
	}
	for _, role := range []string{"cert", "partner"} {
		res := c.must(t, http.StatusUnprocessableEntity, "head_of_delegation EE", "POST", "/v1/tokens", order("role", role, "access", "read", "kinds", []string{"technical"}))
		if !slices.Equal(res.pointers(t), []string{"/kinds"}) {
			t.Errorf("POST /v1/tokens of a limited %s points at %v, want /kinds", role, res.pointers(t))
		}
	}
}

func TestALimitStaysWhileTheRoleIsHeld(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	const who = "head_of_delegation EE"
	first, secret := c.issue(t, who, order("owner", "Kristjan", "kinds", []string{"technical"}))
	c.issue(t, who, order("owner", "Kristjan", "label", "Second", "kinds", []string{"technical"}))
	before := c.version(t)
	for _, other := range []object{order("owner", "Kristjan"), order("owner", "Kristjan", "kinds", []string{"policy"}), order("owner", "Kristjan", "kinds", []string{"policy", "technical"})} {
		if res := c.do(t, who, "POST", "/v1/tokens", other); res.status != http.StatusConflict || !strings.Contains(string(res.body), "limited otherwise") {
			t.Errorf("POST /v1/tokens with the kinds %v = %d %s, want 409", other["kinds"], res.status, res.body)
		}
	}
	c.must(t, http.StatusConflict, who, "POST", "/v1/tokens", order("owner", "delegate EE", "kinds", []string{"policy"}))
	if after := c.version(t); after != before {
		t.Fatalf("after the refusals the register is at %s, want %s", after, before)
	}
	// Once nobody can act in it, it is given anew; and who had it acts no more.
	for _, token := range c.get(t, who, "/v1/tokens").items(t) {
		if token["owner"] == "Kristjan" {
			c.must(t, http.StatusNoContent, who, "DELETE", "/v1/tokens/"+text(token, "id"), nil)
		}
	}
	_, anew := c.issue(t, who, order("owner", "Kristjan", "kinds", []string{"policy"}))
	if got := fmt.Sprint(c.get(t, anew, "/v1/me").object(t)["kinds"]); got != "[policy]" {
		t.Errorf("GET /v1/me shows the kinds %s, want policy", got)
	}
	c.must(t, http.StatusUnauthorized, secret, "GET", "/v1/me", nil)
	if acts := c.get(t, "auditor", "/v1/trail?after="+before).items(t); !slices.ContainsFunc(acts, func(row map[string]any) bool {
		return row["act"] == "withdrawn" && row["noun"] == "role"
	}) {
		t.Errorf("the trail says %v, want that the role was withdrawn, of token %s", acts, first)
	}
}
