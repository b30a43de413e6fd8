package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/fixture"
)

// Whoever took over somebody does nothing in their name: not here, not on another node,
// not with what was answered before, and not with a token made since.
func TestAFrozenPersonIsStillOnEveryNode(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	here, there := serve(t, w).followed(t), another(t, w).followed(t)
	const head = "head_of_delegation EE"
	added := here.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	id, secret := here.issue(t, head, order())
	person := text(here.get(t, head, "/v1/tokens/"+id).object(t), "account")
	for _, node := range []*client{here, there} { // so that both keep the answer, and know the token
		node.get(t, secret, added.path)
	}
	frozen := here.must(t, http.StatusOK, head, "POST", "/v1/people/"+person+"/freeze", stolen).object(t)
	since, err := time.Parse(time.RFC3339Nano, text(frozen, "since"))
	if err != nil || frozen["by"] != "state" || frozen["person"] != person || frozen["token"] != nil || frozen["reason"] != stolen["reason"] ||
		since.Add(24*time.Hour).Format(time.RFC3339Nano) != text(frozen, "until") {
		t.Errorf("POST freeze = %v, want the state's of the person, for 24 hours, with its reason", frozen)
	}
	before := here.version(t)
	there.must(t, http.StatusUnauthorized, secret, "POST", "/v1/contacts", technical("EE"))
	for there.do(t, secret, "GET", added.path, nil).status == http.StatusOK {
		if t.Context().Err() != nil {
			t.Fatal("the other node still takes the token")
		}
	}
	for _, node := range []*client{here, there} {
		for _, path := range []string{"/v1/me", "/v1/states", added.path} {
			res := node.must(t, http.StatusUnauthorized, secret, "GET", path, nil)
			if !strings.Contains(string(res.body), "the token is frozen until "+text(frozen, "until")[:len("2006-01-02T15:04")]) {
				t.Errorf("GET %s as who is frozen is told %s, want until when", path, res.body)
			}
		}
		node.must(t, http.StatusUnauthorized, secret, "POST", added.path+"/confirm", nil)
	}
	if got := here.version(t); got != before {
		t.Errorf("what they tried moved the register from %s to %s", before, got)
	}
	_, more := here.issue(t, head, with(order(), "label", "Another"))
	here.must(t, http.StatusUnauthorized, more, "GET", "/v1/me", nil)
	view := here.get(t, head, "/v1/tokens/"+id).object(t)
	freezes, _ := view["freezes"].([]any)
	if len(freezes) != 1 || freezes[0].(object)["person"] != person || view["frozen_until"] == nil {
		t.Errorf("their head is shown their token as %v, want that they are frozen", view)
	}
	here.must(t, http.StatusOK, head, "POST", "/v1/people/"+person+"/thaw", nil)
	here.get(t, secret, added.path)
	there.must(t, http.StatusCreated, more, "POST", "/v1/contacts", technical("EE")) // it asks the database, which knows
}

// The secretariat sees neither people nor tokens, and freezes whose a credential is by
// what the trail says was done with it.
func TestTheSecretariatFreezesWhoseACredentialIs(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	others := map[string]string{"head_of_delegation EE": c.world.Actor(t, "cert EE").Account, "secretariat KR": c.world.Actor(t, "delegate LV").Account}
	before := c.version(t)
	c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	rows := c.get(t, "secretariat KR", "/v1/trail?state=EE&after="+before).items(t)
	credential := text(rows[0], "credential")
	got := c.must(t, http.StatusOK, "secretariat KR", "POST", "/v1/people/"+credential+"/freeze", object{"reason": "In doubt"})
	if of := text(got.object(t), "person"); of == credential || of == "" || strings.Contains(string(got.body), "delegate") {
		t.Errorf("POST freeze = %s, want whose it is, and no name", got.body)
	}
	c.must(t, http.StatusUnauthorized, "delegate EE", "GET", "/v1/me", nil)
	c.must(t, http.StatusConflict, "secretariat PL", "POST", "/v1/people/"+credential+"/freeze", object{"reason": "Again"})
	c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", "/v1/people/"+credential+"/thaw", nil)
	for who, want := range map[string]string{"cert LV": "freeze frozen EE secretariat KR", "cert EE": "freeze frozen EE In doubt secretariat KR"} {
		if got := c.overseen(t, who, ""); got[0] != want {
			t.Errorf("%s is shown %q, want %q", who, got[0], want)
		}
	}
	c.must(t, http.StatusOK, "secretariat US", "POST", "/v1/people/"+credential+"/thaw", nil)
	c.get(t, "delegate EE", "/v1/me")
	for who, of := range others { // sent again, it has its effect once
		first := c.must(t, http.StatusOK, who, "POST", "/v1/people/"+of+"/freeze", stolen, "Idempotency-Key", "k")
		version := c.version(t)
		again := c.must(t, http.StatusOK, who, "POST", "/v1/people/"+of+"/freeze", stolen, "Idempotency-Key", "k")
		if again.header.Get("Idempotent-Replay") != "true" || string(again.body) != string(first.body) || c.version(t) != version {
			t.Errorf("POST freeze again as %s = %v %s, want what it came to, marked as a replay", who, again.header, again.body)
		}
	}
}
