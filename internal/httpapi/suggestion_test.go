package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

var ringsOut = object{"text": "This number rings out.", "pointer": "/channels/0/value"}

// suggest makes a suggestion about an entry, and returns its path.
func (c *client) suggest(t testing.TB, who string, about entry, body object) string {
	t.Helper()
	made := c.must(t, http.StatusCreated, who, "POST", about.path+"/suggestions", body)
	path := made.header.Get("Location")
	if view := made.object(t); path != "/v1/suggestions/"+text(view, "id") || view["entry"] != about.id || view["status"] != "open" {
		t.Errorf("POST %s/suggestions = %v at %q, want it open, about the entry", about.path, view, path)
	}
	return path
}

// listed are the texts of the suggestions that somebody is shown.
func (c *client) listed(t testing.TB, who, query string) []string {
	t.Helper()
	out := []string{}
	for _, s := range c.get(t, who, "/v1/suggestions"+query).items(t) {
		out = append(out, text(s, "text"))
	}
	return out
}

func TestASuggestionIsForTheTwoStates(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	before := c.version(t)
	path := c.suggest(t, "cert LV", e, ringsOut)
	for who, want := range map[string]struct {
		status int
		name   any
	}{
		"cert LV":               {http.StatusOK, "cert LV"},
		"head_of_delegation LV": {http.StatusOK, "cert LV"},
		"delegate EE":           {http.StatusOK, nil},
		"head_of_delegation EE": {http.StatusOK, nil},
		"cert EE":               {http.StatusOK, nil},
		"auditor":               {http.StatusOK, "cert LV"},
		"delegate PL":           {http.StatusNotFound, nil},
		"secretariat KR":        {http.StatusNotFound, nil},
		"partner":               {http.StatusNotFound, nil},
		"partner EE":            {http.StatusNotFound, nil},
		"":                      {http.StatusUnauthorized, nil},
	} {
		res := c.must(t, want.status, who, "GET", path, nil)
		if want.status != http.StatusOK {
			if who != "" && len(c.listed(t, who, "")) != 0 {
				t.Errorf("GET /v1/suggestions as %q lists what is not for them", who)
			}
			continue
		}
		view := res.object(t)
		by := view["by"].(object)
		if by["role"] != "cert" || by["state"] != "LV" || by["name"] != want.name || (by["account"] != nil) != (want.name != nil) {
			t.Errorf("to %s, it is by %v, want the state and the role, and the name %v", who, by, want.name)
		}
		if view["pointer"] != "/channels/"+e.channel(t, 0)+"/value" || view["text"] != ringsOut["text"] || view["state"] != "EE" || view["noun"] != "contact" {
			t.Errorf("to %s, it is %v, want the channel by its id", who, view)
		}
		if diff := cmp.Diff([]string{ringsOut["text"].(string)}, c.listed(t, who, "?state=EE&status=open&entry="+e.id)); diff != "" {
			t.Errorf("to %s, the list shows (-want +got):\n%s", who, diff)
		}
		for _, none := range []string{"?state=LV", "?status=taken", "?entry=" + nothing} {
			if got := c.listed(t, who, none); len(got) != 0 {
				t.Errorf("to %s, the list with %s shows %v, want none", who, none, got)
			}
		}
	}
	c.must(t, http.StatusNotModified, "delegate EE", "GET", path, nil, "If-None-Match", c.get(t, "delegate EE", path).etag())
	answered := c.must(t, http.StatusOK, "delegate EE", "POST", path+"/decline", object{"word": "It is answered."}).object(t)
	if answered["status"] != "declined" {
		t.Errorf("POST decline = %v", answered)
	}
	for who, name := range map[string]any{"cert LV": nil, "head_of_delegation EE": "delegate EE", "auditor": "delegate EE"} {
		answer := c.get(t, who, path).object(t)["answer"].(object)
		by := answer["by"].(object)
		if answer["word"] != "It is answered." || by["role"] != "delegate" || by["state"] != "EE" || by["name"] != name {
			t.Errorf("to %s, the answer is %v, want its word, and the name %v", who, answer, name)
		}
	}
	// Both states have it in their trail, no other does; without names of the other's.
	for who, want := range map[string][]string{
		"delegate EE": {"suggested by cert LV", "declined by delegate EE"}, "head_of_delegation LV": {"suggested by cert LV", "declined by delegate EE"},
		"secretariat KR": {"suggested by cert LV", "declined by delegate EE"}, "delegate PL": nil,
	} {
		var got []string
		for _, r := range c.get(t, who, "/v1/trail?after="+before).items(t) {
			by := r["by"].(object)
			got = append(got, fmt.Sprint(r["act"], " by ", by["role"], " ", by["state"]))
			if own := strings.HasSuffix(who, text(by, "state")); r["noun"] != "suggestion" || r["state"] != "EE" || (by["name"] != nil) != own {
				t.Errorf("the trail tells %s %v, want the suggestion, with the name of an own", who, r)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the trail tells %s (-want +got):\n%s", who, diff)
		}
	}
	if csv := string(c.get(t, "delegate EE", "/v1/suggestions", "Accept", "text/csv").body); !strings.Contains(csv, ",declined,") || !strings.Contains(csv, ",cert,LV,,20") {
		t.Errorf("GET /v1/suggestions as CSV = %s, want it declined, without the other's name", csv)
	}
}

// A suggestion is an opinion: nothing of the entry changes by it, nor of what is
// kept to be sent again.
func TestASuggestionLeavesTheEntryAsItIs(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	for list, body := range map[string]object{"/v1/contacts": technical("EE"), "/v1/organisations": agency("EE"), "/v1/strategies": plan("EE")} {
		e := c.add(t, "delegate EE", list, body)
		paths := []string{e.path, list, "/v1/states/EE/card"}
		asked := func(again bool) {
			t.Helper()
			for _, path := range paths {
				if kept := c.kept(t, func() { c.get(t, "cert LV", path) }); again && !kept {
					t.Errorf("GET %s is not answered from what was kept", path)
				}
			}
		}
		asked(false)
		path := c.suggest(t, "cert LV", e, object{"text": "It is old."})
		asked(true)
		c.must(t, http.StatusOK, "delegate EE", "POST", path+"/take", nil)
		asked(true)
		if got := c.get(t, "delegate EE", e.path); got.etag() != e.etag {
			t.Errorf("after a suggestion %s has the ETag %s, want %s", e.path, got.etag(), e.etag)
		}
		if revisions := c.get(t, "delegate EE", e.path+"/history").items(t); len(revisions) != 1 {
			t.Errorf("after a suggestion the history of %s has %d versions, want 1", e.path, len(revisions))
		}
		c.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, `{}`, "If-Match", e.etag)
	}
}

func TestASuggestionIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	for _, tt := range []struct {
		maker, who, act string
		body            any
		status, word    string
	}{
		{"cert LV", "delegate EE", "take", nil, "taken", ""},
		{"delegate LV", "head_of_delegation EE", "take", object{"word": "Thanks"}, "taken", "Thanks"},
		{"head_of_delegation LV", "delegate EE", "decline", object{"word": "No\nand no"}, "declined", "No\nand no"},
		{"cert LV", "cert LV", "withdraw", nil, "withdrawn", ""},
		{"cert LV", "delegate LV", "withdraw", nil, "withdrawn", ""},
		{"secretariat KR", "secretariat PL", "withdraw", nil, "withdrawn", ""},
		{"secretariat KR", "delegate EE", "take", nil, "taken", ""},
		{"cert EE", "delegate EE", "take", nil, "taken", ""}, // of the own state
		{"cert EE", "head_of_delegation EE", "withdraw", nil, "withdrawn", ""},
	} {
		path := c.suggest(t, tt.maker, e, object{"text": "Look."})
		got := c.must(t, http.StatusOK, tt.who, "POST", path+"/"+tt.act, tt.body)
		view := got.object(t)
		answer := view["answer"].(object)
		word, _ := answer["word"].(string)
		if view["status"] != tt.status || word != tt.word || !strings.HasPrefix(tt.who, text(answer["by"].(object), "role")) {
			t.Errorf("POST %s by %s = %v, want %s", tt.act, tt.who, view, tt.status)
		}
		before := content(t, c.world.DB.Owner)
		for _, again := range []struct{ who, act string }{{"delegate EE", "take"}, {"head_of_delegation EE", "decline"}, {tt.maker, "withdraw"}} {
			var body any
			if again.act == "decline" {
				body = object{"word": "No"}
			}
			res := c.must(t, http.StatusConflict, again.who, "POST", path+"/"+again.act, body)
			if !strings.Contains(string(res.body), "the suggestion is "+tt.status+" already") {
				t.Errorf("POST %s once it is %s is told %s", again.act, tt.status, res.body)
			}
		}
		if diff := cmp.Diff(before, content(t, c.world.DB.Owner)); diff != "" {
			t.Errorf("answering again changed (-before +after):\n%s", diff)
		}
	}
}

func TestSuggestingIsRefusedInTheOrderOfTheChecks(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	shown := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	hidden := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"KR"}}))
	path := c.suggest(t, "cert LV", shown, ringsOut)
	_, reader := c.issue(t, "head_of_delegation LV", order("access", "read", "role", "cert"))
	c.get(t, reader, "/v1/me")
	never := c.do(t, "cert LV", "POST", "/v1/contacts/"+nothing+"/suggestions", ringsOut)
	before := content(t, c.world.DB.Owner)
	for _, step := range []struct {
		kind, who, path string
		body            any
		tag             string
	}{
		{"unauthenticated", "", hidden.path + "/suggestions", `{`, ""},
		{"not-found", "cert LV", hidden.path + "/suggestions", `{`, ""},
		{"not-found", "secretariat KR", hidden.path + "/suggestions", `{`, ""},
		{"not-found", "narrow partner", shown.path + "/suggestions", `{`, ""},
		{"forbidden", "partner", shown.path + "/suggestions", `{`, ""},
		{"forbidden", "auditor", shown.path + "/suggestions", `{`, ""},
		{"forbidden", reader, shown.path + "/suggestions", `{`, ""},
		{"malformed", "cert LV", shown.path + "/suggestions", `{`, ""},
		{"invalid", "cert LV", shown.path + "/suggestions", object{"text": ""}, ""},
		{"invalid", "cert LV", shown.path + "/suggestions", object{"text": "x", "pointer": "/channels/7"}, ""},

		{"unauthenticated", "", path + "/decline", `{`, ""},
		{"not-found", "delegate PL", path + "/decline", `{`, ""},
		{"not-found", "secretariat KR", path + "/decline", `{`, ""},
		{"not-found", "delegate EE", "/v1/suggestions/" + nothing + "/decline", `{`, ""},
		{"forbidden", "cert EE", path + "/decline", `{`, ""},
		{"forbidden", "cert LV", path + "/decline", `{`, ""},
		{"forbidden", "head_of_delegation LV", path + "/take", `{`, ""},
		{"forbidden", "auditor", path + "/take", `{`, ""},
		{"malformed", "delegate EE", path + "/decline", `{`, `"1"`},
		{"stale", "delegate EE", path + "/decline", object{"word": ""}, `"1"`},
		{"invalid", "delegate EE", path + "/decline", object{"word": ""}, ""},
		{"invalid", "delegate EE", path + "/decline", object{"word": " "}, ""},
		{"forbidden", "delegate EE", path + "/withdraw", `{`, ""},
		{"forbidden", "auditor", path + "/withdraw", `{`, ""},
		{"malformed", "cert LV", path + "/withdraw", `{`, `"1"`},
		{"stale", "cert LV", path + "/withdraw", nil, `"1"`},
	} {
		if res := c.do(t, step.who, "POST", step.path, step.body, "If-Match", step.tag); res.kind() != step.kind {
			t.Errorf("POST %s as %q = %d %s, want %s", step.path, step.who, res.status, res.body, step.kind)
		}
	}
	unseen := c.do(t, "cert LV", "POST", hidden.path+"/suggestions", ringsOut)
	if got, want := without(t, unseen, "request_id"), without(t, never, "request_id"); got != want {
		t.Errorf("about what one may not read one is told %s, want what is told of nothing: %s", got, want)
	}
	if diff := cmp.Diff(before, content(t, c.world.DB.Owner)); diff != "" {
		t.Errorf("the refusals changed (-before +after):\n%s", diff)
	}
}

// without is an answer's object as text, without a member.
func without(t *testing.T, res response, member string) string {
	t.Helper()
	return fmt.Sprint(res.status, with(res.object(t), member, nil))
}

func TestAFloodOfSuggestionsIsRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	var entries []entry
	for range 41 {
		entries = append(entries, c.add(t, "delegate EE", "/v1/organisations", with(agency("EE"), "audience", "public")))
	}
	_, narrow := c.issue(t, "head_of_delegation LV", order("role", "cert"))
	makers := []string{"cert LV", "delegate LV", narrow} // of one state: it counts as one
	paths := []string{}
	for i, e := range entries[:40] {
		for j := range 5 {
			paths = append(paths, c.suggest(t, makers[(i+j)%3], e, object{"text": "Look."}))
		}
		res := c.must(t, http.StatusConflict, "head_of_delegation LV", "POST", e.path+"/suggestions", object{"text": "Look."})
		if !strings.Contains(string(res.body), "5 open suggestions about this entry") {
			t.Fatalf("the sixth about an entry is told %s", res.body)
		}
	}
	res := c.must(t, http.StatusConflict, "cert LV", "POST", entries[40].path+"/suggestions", object{"text": "Look."})
	if !strings.Contains(string(res.body), "200 open suggestions: wait for answers") {
		t.Errorf("the 201st is told %s", res.body)
	}
	c.suggest(t, "cert FI", entries[0], object{"text": "Look."})        // another state's are its own
	c.suggest(t, "secretariat US", entries[0], object{"text": "Look."}) // and so are the secretariat's
	c.must(t, http.StatusOK, "delegate EE", "POST", paths[0]+"/take", nil)
	c.suggest(t, "cert LV", entries[40], object{"text": "Look."})
	if got := c.get(t, "cert LV", "/v1/suggestions?limit=500").items(t); len(got) != 201 {
		t.Errorf("GET /v1/suggestions lists %d, want 201", len(got))
	}
	// Page by page it is the same.
	var ids []string
	for next, path := "start", "/v1/suggestions?limit=70"; next != ""; {
		page := c.get(t, "cert LV", path).object(t)
		for _, s := range page["items"].([]any) {
			ids = append(ids, text(s.(object), "id"))
		}
		next, _ = page["next"].(string)
		path = "/v1/suggestions?limit=70&cursor=" + url.QueryEscape(next)
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 201 {
		t.Errorf("page by page it lists %d, want 201", len(ids))
	}
}

// What was said of an entry stays with both when the entry is no longer for who said
// it; a token that is scoped for less reads neither.
func TestASuggestionOutlivesTheRightToReadTheEntry(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	path := c.suggest(t, "cert LV", e, ringsOut)
	_, narrow := c.issue(t, "head_of_delegation EE", order("access", "read", "audiences", []string{"public"}))
	c.must(t, http.StatusNotFound, narrow, "GET", path, nil)
	hidden := with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"KR"}}, "office_title", "A secret desk")
	c.must(t, http.StatusOK, "delegate EE", "PUT", e.path, hidden, "If-Match", e.etag)
	c.must(t, http.StatusNotFound, "cert LV", "GET", e.path, nil)
	for _, who := range []string{"cert LV", "delegate EE"} {
		got := c.get(t, who, path)
		if strings.Contains(string(got.body), "secret") || got.object(t)["text"] != ringsOut["text"] {
			t.Errorf("GET %s as %s = %s, want the suggestion as it was made", path, who, got.body)
		}
	}
	c.must(t, http.StatusNotFound, "cert LV", "POST", e.path+"/suggestions", ringsOut)
	c.must(t, http.StatusOK, "cert LV", "POST", path+"/withdraw", nil)
}

func TestASuggestionSentAgainHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for list, body := range map[string]object{"/v1/contacts": technical("EE"), "/v1/organisations": agency("EE"), "/v1/strategies": plan("EE")} {
		e := c.add(t, "delegate EE", list, body)
		first := c.must(t, http.StatusCreated, "cert LV", "POST", e.path+"/suggestions", object{"text": "Look."}, "Idempotency-Key", "k")
		before := c.version(t)
		again := c.must(t, http.StatusCreated, "cert LV", "POST", e.path+"/suggestions", object{"text": "Look."}, "Idempotency-Key", "k")
		if again.header.Get("Idempotent-Replay") != "true" || string(again.body) != string(first.body) || again.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("POST again = %v %s, want the suggestion, marked as a replay", again.header, again.body)
		}
		if got := c.version(t); got != before {
			t.Errorf("the replay moved the register from version %s to %s", before, got)
		}
		path := first.header.Get("Location")
		c.must(t, http.StatusOK, "delegate EE", "POST", path+"/take", nil, "Idempotency-Key", path)
		again = c.must(t, http.StatusOK, "delegate EE", "POST", path+"/take", nil, "Idempotency-Key", path)
		if again.header.Get("Idempotent-Replay") != "true" || again.object(t)["status"] != "taken" || again.header.Get("Location") != "" {
			t.Errorf("POST take again = %v %s, want it taken, marked as a replay", again.header, again.body)
		}
	}
}

// What one says to another state changes none of the own words: it takes no second.
func TestWhereTwoDecideOneSuggestsAndAnswers(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	other := c.add(t, "delegate LV", "/v1/contacts", technical("LV"))
	c.choose(t, "EE", "two_person")
	for _, who := range []string{"cert EE", "delegate EE", "head_of_delegation EE"} {
		path := c.suggest(t, who, other, object{"text": "Look."})
		c.must(t, http.StatusOK, who, "POST", path+"/withdraw", nil)
	}
	c.must(t, http.StatusOK, "delegate EE", "POST", c.suggest(t, "cert LV", e, ringsOut)+"/take", nil)
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", c.suggest(t, "cert LV", e, ringsOut)+"/decline", object{"word": "No."})
}
