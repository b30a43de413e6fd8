package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

// Who finds a telephone in a taxi can do nothing with the token in it: not here,
// not on another node, not with what was answered before.
func TestAFrozenTokenIsStillOnEveryNode(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	here, there := serve(t, w).followed(t), another(t, w).followed(t)
	added := here.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	id, secret := here.issue(t, "head_of_delegation EE", order())
	for _, node := range []*client{here, there} { // so that both keep the answer, and know the token
		node.get(t, secret, added.path)
	}
	frozen := here.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+id+"/freeze", stolen).object(t)
	since, err := time.Parse(time.RFC3339Nano, text(frozen, "since"))
	if err != nil || frozen["by"] != "state" || frozen["token"] != id || frozen["reason"] != stolen["reason"] || frozen["lifted_at"] != nil ||
		since.Add(24*time.Hour).Format(time.RFC3339Nano) != text(frozen, "until") {
		t.Errorf("POST freeze = %v, want the state's, for 24 hours, with its reason", frozen)
	}
	before := here.version(t)
	there.must(t, http.StatusUnauthorized, secret, "POST", "/v1/contacts", technical("EE"))
	for there.do(t, secret, "GET", added.path, nil).status == http.StatusOK {
		if t.Context().Err() != nil {
			t.Fatal("the other node still takes the token")
		}
	}
	until := text(frozen, "until")[:len("2006-01-02T15:04")]
	for _, node := range []*client{here, there} {
		for _, path := range []string{"/v1/me", "/v1/states", added.path} {
			res := node.must(t, http.StatusUnauthorized, secret, "GET", path, nil)
			if !strings.Contains(string(res.body), "the token is frozen until "+until) || res.kind() != "unauthenticated" {
				t.Errorf("GET %s with a frozen token is told %s, want until when", path, res.body)
			}
		}
		node.must(t, http.StatusUnauthorized, secret, "POST", added.path+"/confirm", nil)
		// Nobody else learns of it: neither who guesses, nor who has the last digits wrong.
		wrong := node.must(t, http.StatusUnauthorized, secret[:len(secret)-1]+"_", "GET", "/v1/me", nil)
		if strings.Contains(string(wrong.body), "frozen") {
			t.Errorf("who sends another secret is told %s", wrong.body)
		}
	}
	if got := here.version(t); got != before {
		t.Errorf("what the frozen token tried moved the register from %s to %s", before, got)
	}
	here.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+id+"/thaw", nil)
	here.get(t, secret, added.path)
	there.must(t, http.StatusCreated, secret, "POST", "/v1/contacts", technical("EE")) // it asks the database, which knows
}

func TestAFrozenTokenWorksAgainByItself(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	id, secret := c.issue(t, "head_of_delegation EE", order())
	c.must(t, http.StatusOK, "secretariat KR", "POST", "/v1/tokens/"+id+"/freeze", stolen)
	c.must(t, http.StatusUnauthorized, secret, "GET", "/v1/me", nil)
	_, err := c.world.DB.Owner.Exec(t.Context(), `update token_freeze set since = since - interval '24 hours', until = until - interval '24 hours'`)
	if err != nil {
		t.Fatal(err)
	}
	c.get(t, secret, "/v1/me")
	c.add(t, secret, "/v1/contacts", technical("EE"))
	if got := c.get(t, "head_of_delegation EE", "/v1/tokens/"+id).object(t); got["freezes"] != nil || got["frozen_until"] != nil {
		t.Errorf("once it has lapsed the token is shown as %v, want no freeze", got)
	}
}

// The secretariat sees none of a state's tokens, and freezes one by what the trail
// says of what was done with it. Its head sees who did that, and why.
func TestTheSecretariatFreezesByTheTrail(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	id, secret := c.issue(t, "head_of_delegation EE", order())
	before := c.version(t)
	c.add(t, secret, "/v1/contacts", technical("EE"))
	credentials := func(who string) (out []any) {
		for _, row := range c.get(t, who, "/v1/trail?state=EE&after="+before).items(t) {
			out = append(out, row["credential"])
		}
		return out
	}
	for _, who := range []string{"secretariat KR", "delegate EE", "head_of_delegation EE", "auditor"} {
		if diff := cmp.Diff([]any{id}, credentials(who)); diff != "" {
			t.Errorf("the trail tells %s what it was done with (-want +got):\n%s", who, diff)
		}
	}
	if csv := string(c.get(t, "secretariat KR", "/v1/trail?state=EE&after="+before, "Accept", "text/csv").body); !strings.Contains(csv, ","+id+"\r\n") {
		t.Errorf("the trail as CSV: %s, want the credential", csv)
	}
	c.must(t, http.StatusNotFound, "secretariat KR", "GET", "/v1/tokens/"+id, nil)
	got := c.must(t, http.StatusOK, "secretariat KR", "POST", "/v1/tokens/"+id+"/freeze", object{"reason": "In doubt"})
	for _, said := range []string{"Night desk", "Laptop", "delegate"} {
		if strings.Contains(string(got.body), said) {
			t.Errorf("who freezes a token that is not for them is told %q: %s", said, got.body)
		}
	}
	c.must(t, http.StatusNotFound, "secretariat KR", "GET", "/v1/tokens/"+id, nil)
	c.must(t, http.StatusConflict, "secretariat PL", "POST", "/v1/tokens/"+id+"/freeze", object{"reason": "Again"})
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+id+"/freeze", stolen)
	for _, who := range []string{"head_of_delegation EE", "auditor"} {
		for where, view := range map[string]object{
			"itself": c.get(t, who, "/v1/tokens/"+id).object(t), "the list": item(t, c.get(t, who, "/v1/tokens?limit=500").object(t)["items"], id),
		} {
			var by []string
			for _, f := range view["freezes"].([]any) {
				by = append(by, text(f.(object), "by")+": "+text(f.(object), "reason"))
			}
			if diff := cmp.Diff([]string{"state: " + stolen["reason"].(string), "secretariat: In doubt"}, by); diff != "" || view["frozen_until"] == nil {
				t.Errorf("to %s, %s shows freezes (-want +got):\n%s", who, where, diff)
			}
		}
	}
	table := strings.Split(string(c.get(t, "head_of_delegation EE", "/v1/tokens", "Accept", "text/csv").body), "\r\n")
	if !strings.Contains(table[0], "revoked_at,frozen_until,last_used_at") || !strings.Contains(strings.Join(table[1:], "\n"), text(got.object(t), "until")[:len("2006-01-02T15")]) {
		t.Errorf("GET /v1/tokens as CSV = %q, want until when it is frozen", table)
	}
	rows := c.get(t, "delegate EE", "/v1/trail?after="+before).items(t)
	var acts []string
	for _, r := range rows {
		if r["noun"] == "freeze" && r["key"] == id {
			acts = append(acts, text(r, "act")+" by "+text(r["by"].(object), "role"))
		}
	}
	if diff := cmp.Diff([]string{"frozen by secretariat", "frozen by head_of_delegation"}, acts); diff != "" {
		t.Errorf("the state's trail says (-want +got):\n%s", diff)
	}
	// One lifts the own alone.
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+id+"/thaw", nil)
	c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", "/v1/tokens/"+id+"/thaw", nil)
	c.must(t, http.StatusUnauthorized, secret, "GET", "/v1/me", nil)
	thawed := c.must(t, http.StatusOK, "secretariat US", "POST", "/v1/tokens/"+id+"/thaw", nil).object(t)
	if thawed["lifted_at"] == nil {
		t.Errorf("POST thaw = %v, want when it was lifted", thawed)
	}
	c.get(t, secret, "/v1/me")
}

func TestFreezingIsRefusedInTheOrderOfTheChecks(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	id, secret := c.issue(t, "head_of_delegation EE", order())
	revoked, _ := c.issue(t, "head_of_delegation EE", order())
	c.must(t, http.StatusNoContent, "head_of_delegation EE", "DELETE", "/v1/tokens/"+revoked, nil)
	c.get(t, secret, "/v1/me")
	c.get(t, "auditor", "/v1/me")
	before := content(t, c.world.DB.Owner)
	for _, step := range []struct {
		kind, who, id string
		body          any
	}{
		{"unauthenticated", "", id, `{`},
		{"not-found", "head_of_delegation PL", id, `{`},
		{"not-found", "secretariat KR", nothing, `{`},
		{"not-found", "delegate EE", id, `{`}, // who sees the own alone
		{"forbidden", secret, id, `{`},
		{"forbidden", "auditor", id, `{`},
		{"malformed", "head_of_delegation EE", id, `{`},
		{"malformed", "secretariat KR", id, object{"reason": "x", "hours": 48}},
		{"invalid", "head_of_delegation EE", revoked, object{"reason": ""}},
		{"conflict", "head_of_delegation EE", revoked, stolen},
	} {
		if res := c.do(t, step.who, "POST", "/v1/tokens/"+step.id+"/freeze", step.body); res.kind() != step.kind {
			t.Errorf("POST freeze as %q = %d %s, want %s", step.who, res.status, res.body, step.kind)
		}
	}
	if diff := cmp.Diff(before, content(t, c.world.DB.Owner)); diff != "" {
		t.Errorf("the refusals changed (-before +after):\n%s", diff)
	}
}

func TestAFreezeSentAgainHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	id, _ := c.issue(t, "head_of_delegation EE", order())
	for _, who := range []string{"head_of_delegation EE", "secretariat KR"} {
		for _, act := range []struct {
			path string
			body any
		}{{"/freeze", stolen}, {"/thaw", nil}} {
			path := "/v1/tokens/" + id + act.path
			first := c.must(t, http.StatusOK, who, "POST", path, act.body, "Idempotency-Key", "k")
			before := c.version(t)
			again := c.must(t, http.StatusOK, who, "POST", path, act.body, "Idempotency-Key", "k")
			if again.header.Get("Idempotent-Replay") != "true" || string(again.body) != string(first.body) || again.header.Get("Location") != "" {
				t.Errorf("POST %s again as %s = %v %s, want what it came to, marked as a replay", path, who, again.header, again.body)
			}
			if got := c.version(t); got != before {
				t.Errorf("the replay moved the register from version %s to %s", before, got)
			}
		}
	}
}

// A head freezes alone where two decide; and does not become the one who decides by
// freezing the other.
func TestFreezingTheOtherLeavesADecisionToTwo(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.choose(t, "EE", "default")
	delegate := c.world.Actor(t, "delegate EE").Credential
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+delegate+"/freeze", stolen)
	c.must(t, http.StatusAccepted, "head_of_delegation EE", "PATCH", e.path, `{"note":"Mine."}`, "If-Match", e.etag)
	if got := c.get(t, "head_of_delegation EE", e.path); got.etag() != e.etag {
		t.Errorf("after a head froze the delegate and changed an entry, it is %s, want that it waits for a second", got.body)
	}
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+delegate+"/thaw", nil)
}
