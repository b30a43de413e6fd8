package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	national "pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

var stolen = object{"reason": "Somebody else answers the duty phone"}

// marks are who suspended what a view shows.
func marks(view object) []string {
	var by []string
	list, _ := view["suspensions"].([]any)
	for _, s := range list {
		by = append(by, text(s.(object), "by"))
	}
	return by
}

// item is one of an answer's list, by its id.
func item(t *testing.T, list any, id string) object {
	t.Helper()
	for _, one := range list.([]any) {
		if one.(object)["id"] == id {
			return one.(object)
		}
	}
	t.Fatalf("%s is not among what is shown", id)
	return nil
}

func TestASuspendedEntrySaysSoWhereverItIsShown(t *testing.T) {
	t.Parallel()
	for list, body := range map[string]object{"/v1/contacts": technical("EE"), "/v1/organisations": agency("EE"), "/v1/strategies": plan("EE")} {
		found := "/v1/search?q=" + map[string]string{"/v1/contacts": "desk", "/v1/organisations": "agency", "/v1/strategies": "strategy"}[list]
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			c := serve(t, fixture.New(t))
			e := c.add(t, "delegate EE", list, body)
			if e.view["suspensions"] != nil {
				t.Errorf("a new entry shows the suspensions %v, want none", e.view["suspensions"])
			}
			got := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+"/suspend", stolen)
			shown := got.object(t)["suspensions"].([]any)[0].(object)
			since, until := text(shown, "since"), text(shown, "until")
			if began, err := time.Parse(time.RFC3339Nano, since); err != nil || began.Add(72*time.Hour).Format(time.RFC3339Nano) != until ||
				shown["by"] != "state" || shown["reason"] != stolen["reason"] {
				t.Errorf("POST suspend shows %v, want the state's, for 72 hours, with its reason", shown)
			}
			if read(t, got).version != e.version || got.etag() == e.etag {
				t.Errorf("POST suspend has the ETag %s, want the version of before, %s, and another representation", got.etag(), e.etag)
			}
			if _, _, err := national.SuspendTogether(t.Context(), c.world.Register, c.world.Pair(t), e.id, "In doubt"); err != nil {
				t.Fatal(err)
			}
			for _, who := range []string{"delegate EE", "cert PL", "partner", "secretariat US", "auditor"} {
				views := map[string]object{
					"itself":   c.get(t, who, e.path).object(t),
					"its list": item(t, c.get(t, who, list).object(t)["items"], e.id),
					"search":   item(t, c.get(t, who, found).object(t)["items"], e.id),
				}
				if card := c.get(t, who, "/v1/states/EE/card").object(t); list != "/v1/organisations" {
					views["the card"] = item(t, card[strings.TrimPrefix(list, "/v1/")], e.id)
				}
				for where, view := range views {
					if diff := cmp.Diff([]string{"state", "secretariat"}, marks(view)); diff != "" {
						t.Errorf("to %s, %s shows suspensions (-want +got):\n%s", who, where, diff)
					}
				}
			}
			for _, table := range []string{list, found} {
				csv := strings.Split(string(c.get(t, "cert PL", table, "Accept", "text/csv").body), "\r\n")
				until := c.get(t, "cert PL", e.path).object(t)["suspensions"].([]any)[1].(object)["until"].(string)
				if !strings.Contains(csv[0], "lapses_at,suspended_until") || !strings.Contains(csv[1], ","+until[:len("2006-01-02T15:04:05")]+"Z") {
					t.Errorf("GET %s as CSV = %q, want until when the last suspension holds", table, csv)
				}
			}
			c.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, `{}`, "If-Match", e.etag) // as it was read before
			lifted := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+"/resume", nil).object(t)
			if diff := cmp.Diff([]string{"secretariat"}, marks(lifted)); diff != "" {
				t.Errorf("POST resume leaves (-want +got):\n%s", diff)
			}
			c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", e.path+"/resume", nil) // what the secretariat imposed
			if csv := string(c.get(t, "auditor", "/v1/exports/contacts?state=EE", "Accept", "text/csv").body); strings.Contains(csv, "suspended") {
				t.Errorf("the export says of suspensions: %s", csv)
			}
		})
	}
}

func TestReachSaysThatItSendsToASuspendedContact(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+"/suspend", stolen)
	ladder := c.get(t, "cert PL", "/v1/reach?state=EE").object(t)["states"].([]any)[0].(object)
	step := ladder["steps"].([]any)[0].(object)
	want := " UTC by the state: " + stolen["reason"].(string)
	if step["contact"] != e.id || fmt.Sprint(step["marks"].([]any)[0]) != "suspended" || len(marks(step)) != 1 ||
		!strings.HasPrefix(text(step, "why"), "Suspended until ") || !strings.Contains(text(step, "why"), want+". First to call") {
		t.Errorf("the first step is %v, want the contact in its place, marked, and told so", step)
	}
	if summary := text(ladder, "summary"); !strings.Contains(summary, "Duty desk is suspended until ") || !strings.HasSuffix(summary, want+".") {
		t.Errorf("the summary is %q, want that the first is suspended", summary)
	}
	if csv := string(c.get(t, "cert PL", "/v1/reach?state=EE", "Accept", "text/csv").body); !strings.Contains(csv, "suspended; changed_lately") {
		t.Errorf("as CSV: %s, want the mark", csv)
	}
}

func TestSuspendingIsRefusedInTheOrderOfTheChecks(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	shown := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	hidden := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"KR"}}))
	gone := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	gone = read(t, c.must(t, http.StatusOK, "delegate EE", "POST", gone.path+"/retire", nil))
	before := content(t, c.world.DB.Owner)
	for _, step := range []struct {
		kind, who, path string
		body            any
		tag             string
	}{
		{"unauthenticated", "", hidden.path, `{`, `"1"`},
		{"not-found", "head_of_delegation PL", hidden.path, `{`, `"1"`},
		{"malformed", "secretariat KR", hidden.path, `{`, `"1"`}, // it knows that it is there, and proposes
		{"forbidden", "head_of_delegation PL", shown.path, `{`, `"1"`},
		{"forbidden", "delegate EE", shown.path, `{`, `"1"`},
		{"forbidden", "auditor", shown.path, `{`, `"1"`},
		{"malformed", "head_of_delegation EE", shown.path, `{`, `"1"`},
		{"malformed", "head_of_delegation EE", shown.path, stolen, `now`},
		{"stale", "head_of_delegation EE", shown.path, object{"reason": ""}, `"1"`},
		{"invalid", "head_of_delegation EE", gone.path, object{"reason": ""}, gone.etag},
		{"conflict", "head_of_delegation EE", gone.path, stolen, gone.etag},
	} {
		if res := c.do(t, step.who, "POST", step.path+"/suspend", step.body, "If-Match", step.tag); res.kind() != step.kind {
			t.Errorf("POST %s/suspend as %q = %d %s, want %s", step.path, step.who, res.status, res.body, step.kind)
		}
	}
	if diff := cmp.Diff(before, content(t, c.world.DB.Owner)); diff != "" {
		t.Errorf("the refusals changed (-before +after):\n%s", diff)
	}
}

func TestASuspensionSentAgainHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for list, body := range map[string]object{"/v1/contacts": technical("EE"), "/v1/organisations": agency("EE"), "/v1/strategies": plan("EE")} {
		e := c.add(t, "delegate EE", list, body)
		for act, sent := range map[string]any{"/suspend": stolen, "/resume": nil} {
			if act == "/resume" {
				c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+"/suspend", stolen)
			}
			first := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+act, sent, "Idempotency-Key", e.id+act)
			before := c.version(t)
			again := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", e.path+act, sent, "Idempotency-Key", e.id+act)
			if again.header.Get("Idempotent-Replay") != "true" || string(again.body) != string(first.body) || again.header.Get("Location") != "" {
				t.Errorf("POST %s%s again = %v %s, want the entry, marked as a replay", e.path, act, again.header, again.body)
			}
			if got := c.version(t); got != before {
				t.Errorf("the replay moved the register from version %s to %s", before, got)
			}
		}
	}
}

// What is kept of an entry is given up when it is suspended, when that is lifted,
// and when it lapses, which no write tells of.
func TestWhatIsKeptEndsWithASuspension(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	c := serve(t, fixture.New(t), func(s *httpapi.Server) {
		s.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	}).followed(t)
	paths := map[string][]string{} // by the path of what they show
	for _, x := range []struct {
		list, state string
		body        object
	}{{"/v1/contacts", "EE", technical("EE")}, {"/v1/organisations", "LV", agency("LV")}, {"/v1/strategies", "FI", plan("FI")}} {
		e := c.add(t, "delegate "+x.state, x.list, with(x.body, "external_ids", []object{{"system": "misp", "value": "x"}}))
		paths[e.path] = []string{
			e.path, x.list, x.list + "?state=" + x.state, x.list + "?framework=EU", x.list + "/external/" + x.state + "/misp/x", "/v1/states/" + x.state + "/card",
		}
		if x.list == "/v1/organisations" { // which no card shows
			paths[e.path] = paths[e.path][:5]
		}
	}
	// asked asks for all that shows the entries, and wants them suspended or not.
	asked := func(when string, suspended, again bool) {
		t.Helper()
		for _, shows := range paths {
			for _, path := range shows {
				kept := c.kept(t, func() {
					body := string(c.get(t, "cert PL", path).body)
					if got := strings.Contains(body, `"suspensions":[`); got != suspended {
						t.Errorf("%s: GET %s says that something is suspended: %t, want %t", when, path, got, suspended)
					}
				})
				if kept != again {
					t.Errorf("%s: GET %s was answered from what was kept: %t, want %t", when, path, kept, again)
				}
			}
		}
	}
	act := func(name string, body any) {
		t.Helper()
		for path, shows := range paths {
			state := strings.TrimPrefix(shows[2][strings.Index(shows[2], "="):], "=")
			c.must(t, http.StatusOK, "head_of_delegation "+state, "POST", path+name, body)
		}
	}
	age := func(by string) {
		t.Helper()
		_, err := c.world.DB.Owner.Exec(t.Context(), `update suspension set since = since - $1::interval, until = until - $1::interval`, by)
		if err != nil {
			t.Fatal(err)
		}
	}
	asked("before", false, false)
	asked("before, again", false, true)
	act("/suspend", stolen)
	asked("once suspended", true, false)
	asked("once suspended, again", true, true)
	act("/resume", nil)
	asked("once lifted", false, false)
	act("/suspend", stolen)
	age("71 hours 58 minutes")
	asked("two minutes before it lapses", true, false)
	asked("two minutes before it lapses, again", true, true)
	age("1 hour")
	later.Store(int64(3 * time.Minute))
	asked("once lapsed", false, false)
	asked("once lapsed, again", false, true)
}
