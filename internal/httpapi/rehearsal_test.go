package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
)

// rehearsals are all writes, each as it would succeed.
func rehearsals(t testing.TB, c *client) []rehearsal {
	t.Helper()
	kept, public := c.add(t, "delegate EE", "/v1/contacts", technical("EE")), c.add(t, "secretariat KR", "/v1/contacts", found("EE"))
	gone := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.must(t, http.StatusOK, "delegate EE", "POST", gone.path+"/retire", nil)
	dead := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.must(t, http.StatusOK, "delegate EE", "POST", dead.path+"/channels/"+dead.channel(t, 0)+"/dead", nil)
	suspended := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", suspended.path+"/suspend", object{"reason": "Stolen."})
	org, text := c.add(t, "delegate EE", "/v1/organisations", agency("EE")), c.add(t, "delegate EE", "/v1/strategies", plan("EE"))
	suggested := c.suggest(t, "cert LV", kept, object{"text": "Look."})
	state := c.get(t, "", "/v1/states/EE")
	delegation := c.get(t, "delegate EE", "/v1/delegations?state=EE").items(t)[0]
	token, _ := c.issue(t, "head_of_delegation EE", order())
	frozen, _ := c.issue(t, "head_of_delegation EE", order())
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/tokens/"+frozen+"/freeze", object{"reason": "Stolen."})
	resting := c.world.Actor(t, "partner EE").Account
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", "/v1/people/"+resting+"/freeze", object{"reason": "Stolen."})
	by := "delegate EE"
	return []rehearsal{
		{by, "POST", "/v1/contacts", technical("EE"), ""},
		{by, "PUT", kept.path, with(technical("EE"), "note", "New."), kept.etag},
		{by, "PATCH", kept.path, `{"note":"New."}`, kept.etag},
		{by, "POST", kept.path + "/confirm", nil, ""},
		{by, "POST", kept.path + "/retire", nil, ""},
		{by, "POST", kept.path + "/withdraw", nil, ""},
		{by, "POST", gone.path + "/restore", nil, ""},
		{by, "POST", public.path + "/nominate", nil, ""},
		{by, "POST", public.path + "/reject", nil, ""},
		{"cert EE", "POST", kept.path + "/channels/" + kept.channel(t, 0) + "/dead", nil, ""},
		{"cert EE", "POST", dead.path + "/channels/" + dead.channel(t, 0) + "/alive", nil, ""},
		{"head_of_delegation EE", "POST", kept.path + "/suspend", object{"reason": "Stolen."}, ""},
		{"head_of_delegation EE", "POST", suspended.path + "/resume", nil, ""},
		{by, "PUT", "/v1/contacts/external/EE/misp/new", technical("EE"), "none"},
		{by, "POST", "/v1/organisations", agency("EE"), ""},
		{by, "PUT", org.path, with(agency("EE"), "note", "New."), org.etag},
		{by, "PATCH", org.path, `{"note":"New."}`, org.etag},
		{by, "POST", org.path + "/confirm", nil, ""},
		{by, "POST", org.path + "/retire", nil, ""},
		{by, "PUT", "/v1/organisations/external/EE/misp/new", agency("EE"), "none"},
		{by, "POST", "/v1/strategies", plan("EE"), ""},
		{by, "PUT", text.path, with(plan("EE"), "status", "expired"), text.etag},
		{by, "PATCH", text.path, `{"status":"expired"}`, text.etag},
		{by, "POST", text.path + "/confirm", nil, ""},
		{by, "POST", text.path + "/retire", nil, ""},
		{by, "PUT", "/v1/strategies/external/EE/misp/new", plan("EE"), "none"},
		{by, "PUT", "/v1/states/EE/instruments", object{"instruments": []object{}}, state.etag()},
		{by, "PUT", "/v1/delegations/" + delegation["id"].(string) + "/channels", object{"channels": []object{}}, "version"},
		{"cert LV", "POST", kept.path + "/suggestions", object{"text": "Look.", "pointer": "/channels"}, ""},
		{by, "POST", suggested + "/decline", object{"word": "No."}, ""},
		{by, "POST", suggested + "/take", nil, ""},
		{"cert LV", "POST", suggested + "/withdraw", nil, ""},
		{"head_of_delegation EE", "POST", "/v1/tokens", order(), ""},
		{"head_of_delegation EE", "DELETE", "/v1/tokens/" + token, nil, ""},
		{"head_of_delegation EE", "POST", "/v1/tokens/" + token + "/freeze", object{"reason": "Stolen."}, ""},
		{"head_of_delegation EE", "POST", "/v1/tokens/" + frozen + "/thaw", nil, ""},
		{"head_of_delegation EE", "POST", "/v1/people/" + c.world.Actor(t, by).Account + "/freeze", object{"reason": "Stolen."}, ""},
		{"head_of_delegation EE", "POST", "/v1/people/" + resting + "/thaw", nil, ""},
	}
}

type rehearsal struct {
	who, method, path string
	body              any
	match             string
}

func (r rehearsal) send(t testing.TB, c *client, query string) response {
	t.Helper()
	headers := []string{"If-Match", r.match}
	switch r.match {
	case "none":
		headers = []string{"If-None-Match", "*"}
	case "version":
		path, _ := strings.CutSuffix(r.path, "/channels")
		headers[1] = c.get(t, r.who, path).etag()
	}
	return c.do(t, r.who, r.method, r.path+query, r.body, headers...)
}

func TestARehearsalWritesNothingAndShowsWhatWouldChange(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for _, r := range rehearsals(t, c) {
		before := c.version(t)
		res := r.send(t, c, "?dry_run=true")
		var got struct {
			Changes []struct {
				Act, Noun, ID, State string
				Diff                 []struct{ Path string }
			}
			Faults []any
		}
		if res.status != http.StatusOK || res.etag() != "" {
			t.Errorf("%s %s rehearsed = %d %s %s, want 200 without ETag", r.method, r.path, res.status, res.etag(), res.body)
			continue
		}
		res.json(t, &got)
		unchanged := strings.HasSuffix(r.path, "/channels") || strings.HasSuffix(r.path, "/instruments")
		if len(got.Changes) != 1 || len(got.Changes[0].Diff) == 0 && !unchanged || len(got.Faults) > 0 {
			t.Errorf("%s %s rehearsed = %s, want one change with its diff", r.method, r.path, res.body)
		}
		if now := c.version(t); now != before {
			t.Errorf("%s %s rehearsed moved the register from version %s to %s", r.method, r.path, before, now)
		}
	}
}

func TestARehearsalShowsTheRulesThatTheInputBreaks(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	before := c.version(t)
	faulty := with(technical("EE"), "rank", 100, "time_zone", "Mars/Olympus", "channels", []object{phone("duty", "12")})
	var got struct {
		Changes []any
		Faults  []struct{ Pointer, Detail string }
	}
	for _, path := range []string{"/v1/contacts", e.path} {
		method := map[bool]string{true: "POST", false: "PUT"}[path == "/v1/contacts"]
		c.must(t, http.StatusOK, "delegate EE", method, path+"?dry_run=true", faulty, "If-Match", e.etag).json(t, &got)
		var pointers []string
		for _, f := range got.Faults {
			pointers = append(pointers, f.Pointer)
		}
		slices.Sort(pointers)
		if want := []string{"/channels/0/value", "/rank", "/time_zone"}; !slices.Equal(pointers, want) || len(got.Changes) > 0 {
			t.Errorf("%s %s rehearsed finds %v, want %v and no change", method, path, pointers, want)
		}
	}
	c.must(t, http.StatusForbidden, "delegate PL", "PUT", e.path+"?dry_run=true", faulty, "If-Match", e.etag)
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PUT", e.path+"?dry_run=true", faulty, "If-Match", `"1"`)
	c.must(t, http.StatusBadRequest, "delegate EE", "POST", "/v1/contacts?dry-run=true", technical("EE"))
	c.must(t, http.StatusBadRequest, "delegate EE", "POST", "/v1/contacts?dry_run=yes", technical("EE"))
	c.must(t, http.StatusBadRequest, "delegate EE", "POST", "/v1/contacts?dry_run=true&dry_run=false", technical("EE"))
	if got := c.version(t); got != before {
		t.Errorf("the rehearsals moved the register from version %s to %s", before, got)
	}
}
