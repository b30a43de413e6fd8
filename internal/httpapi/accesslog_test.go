package httpapi_test

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// reading is a server whose access log has a clock of its own, so that a test can
// tell each read by its minute.
type reading struct {
	*client
	began   time.Time
	minutes *atomic.Int64
}

func serveReading(t *testing.T) reading {
	t.Helper()
	var minutes atomic.Int64
	w := fixture.New(t)
	began := time.Now().Truncate(time.Minute)
	c := serve(t, w, func(s *httpapi.Server) {
		s.AccessLog = accesslog.New(w.DB.Server, slog.New(slog.DiscardHandler), 400, accesslog.Room, func() time.Time {
			return began.Add(time.Duration(minutes.Load()) * time.Minute)
		})
	}).followed(t)
	return reading{c, began, &minutes}
}

// noted returns what is noted in the course of ask, in a minute of its own: each
// read as "name noun id".
func (r reading) noted(t testing.TB, ask func()) []string {
	t.Helper()
	r.flush(t)
	r.minutes.Add(1)
	ask()
	r.flush(t)
	rows, err := r.world.DB.Owner.Query(t.Context(), `
		select concat_ws(' ', a.name, l.noun, l.entry)
		from access_read l
		join account a on a.id = l.account
		where l.minute = $1
		order by 1`, r.began.Add(time.Duration(r.minutes.Load())*time.Minute))
	out := []string{}
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func (r reading) flush(t testing.TB) {
	t.Helper()
	if err := r.server.AccessLog.Flush(t.Context()); err != nil {
		t.Fatalf("Flush() = %v", err)
	}
}

// unnoted are the routes that show nothing of what an entry says.
var unnoted = []string{
	"/v1/me", "/v1/states", "/v1/states/:code", "/v1/delegations", "/v1/delegations/:id", "/v1/withheld", "/v1/tokens", "/v1/tokens/:id",
	"/v1/trail", "/v1/reference/norms", "/v1/reference/cbms", "/v1/reference/frameworks", "/v1/reference/instruments",
	"/v1/access-log", "/v1/access-log/people", // which note themselves
	"/v1/proposals", "/v1/proposals/:id", // of the own state, but for the auditor
	"/v1/mandates", "/v1/mandates/:id", "/v1/oversight", // which says of an entry that it was suspended, not what it says
	"/v1/subscriptions", "/v1/subscriptions/:id", // the reader's own
	"/v1/suggestions", "/v1/suggestions/:id", // which say what somebody wrote, and of the entry its id
}

func TestTheAuditorReadsWhatAProposalWouldChange(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	at := c.must(t, http.StatusAccepted, "delegate EE", "PATCH", desk.path, object{"note": "Ring twice."}, "If-Match", desk.etag).header.Get("Location")
	c.get(t, "auditor", "/v1/proposals")
	for _, who := range []string{"delegate EE", "head_of_delegation EE"} {
		c.get(t, who, at)
	}
	if got := c.server.AccessLog.Waiting(); got != 0 {
		t.Errorf("a list of proposals, and the own state's reading of one, are noted as %d reads", got)
	}
	c.get(t, "auditor", at)
	c.aged(t)
	got := c.get(t, "delegate EE", "/v1/access-log?entry="+desk.id).items(t)
	if len(got) != 1 || got[0]["reader"] != "auditor" {
		t.Errorf("the owner is shown %v, want that the auditor read the entry", got)
	}
}

// way is an address that shows entries: which, of the nouns that the test makes.
type way struct {
	route, path, accept string
	shows               []string
	kept                bool // whether the answer is kept
}

func TestEveryWayToReadIsNoted(t *testing.T) {
	t.Parallel()
	c := serveReading(t)
	misp := []object{{"system": "misp", "value": "x"}}
	body := c.add(t, "delegate EE", "/v1/organisations", with(agency("EE"), "external_ids", misp))
	desk := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "external_ids", misp, "organisation", body.id))
	plan := c.add(t, "delegate EE", "/v1/strategies", with(plan("EE"), "external_ids", misp))
	for _, also := range []object{ // which are public, not for Latvia, or its own
		with(technical("EE"), "audience", "public", "rank", 2),
		with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"FI"}}, "rank", 3),
		technical("LV"),
	} {
		c.add(t, "delegate "+also["state"].(string), "/v1/contacts", also)
	}
	c.must(t, http.StatusCreated, "secretariat KR", "POST", "/v1/contacts", found("EE"))
	ids := map[string]string{"contact": desk.id, "organisation": body.id, "strategy": plan.id}
	ways := []way{
		{"/v1/states/:code/card", "/v1/states/EE/card", "", []string{"contact", "strategy"}, true},
		{"/v1/reach", "/v1/reach?state=EE", "", []string{"contact"}, false},
		{"/v1/reach", "/v1/reach?state=EE&kind=policy", "text/csv", []string{"contact"}, false},
		{"/v1/search", "/v1/search?q=desk", "", []string{"contact"}, false},
		{"/v1/search", "/v1/search?q=agency", "text/csv", []string{"organisation"}, false},
		{"/v1/search", "/v1/search?q=%2B48221234567", "", []string{"contact"}, false},
		{"/v1/exports/contacts", "/v1/exports/contacts?state=EE", "text/csv", []string{"contact"}, false},
	}
	for noun, e := range map[string]entry{"contact": desk, "organisation": body, "strategy": plan} {
		list, one := strings.TrimSuffix(e.path, "/"+e.id), []string{noun}
		ways = append(ways,
			way{list, list, "", one, true},
			way{list, list + "?state=EE&limit=500", "", one, true},
			way{list, list, "text/csv", one, true},
			way{list, list + "?freshness=current", "", one, false},
			way{list + "/:id", e.path, "", one, true},
			way{list + "/:id/history", e.path + "/history", "", one, false},
			way{list + "/external/:state/:system/:value", list + "/external/EE/misp/x", "", one, true})
	}
	cells := 0
	for _, w := range ways {
		want := []string{}
		for _, noun := range w.shows {
			want = append(want, "cert LV "+noun+" "+ids[noun])
		}
		tag := ""
		for _, how := range []struct {
			name string
			ask  func()
		}{
			{"first", func() { tag = c.get(t, "cert LV", w.path, "Accept", w.accept).etag() }},
			{"again", func() {
				if again := c.kept(t, func() { c.get(t, "cert LV", w.path, "Accept", w.accept) }); again != w.kept {
					t.Errorf("GET %s again was answered from what was kept: %t, want %t", w.path, again, w.kept)
				}
			}},
			{"HEAD", func() { c.must(t, http.StatusOK, "cert LV", "HEAD", w.path, nil, "Accept", w.accept) }},
			{"304", func() {
				c.must(t, http.StatusNotModified, "cert LV", "GET", w.path, nil, "Accept", w.accept, "If-None-Match", tag)
			}},
		} {
			if how.name == "304" && !w.kept { // it says when it was asked, or has no ETag
				continue
			}
			cells++
			if diff := cmp.Diff(want, c.noted(t, how.ask)); diff != "" {
				t.Errorf("GET %s (%s), %s: noted (-want +got):\n%s", w.path, w.accept, how.name, diff)
			}
		}
		cells++
		if got := c.noted(t, func() { c.get(t, "cert EE", w.path, "Accept", w.accept) }); slices.ContainsFunc(got, func(line string) bool {
			return slices.ContainsFunc(slices.Collect(maps.Values(ids)), func(id string) bool { return strings.HasSuffix(line, id) })
		}) {
			t.Errorf("GET %s by Estonia itself is noted: %v", w.path, got)
		}
	}
	for _, r := range newServer(c.world).Handler().Routes() {
		known := slices.Contains(unnoted, r.Path) || slices.ContainsFunc(ways, func(w way) bool { return w.route == r.Path })
		if strings.HasPrefix(r.Path, "/v1/") && r.Method == "GET" && !known {
			t.Errorf("nobody says whether GET %s shows entries, and whether reading them is noted", r.Path)
		}
	}
	t.Logf("%d cells", cells)
}

func TestWhatIsPublicIsNotNotedAndWhatIsNotInItIs(t *testing.T) {
	t.Parallel()
	c := serveReading(t)
	night := with(phone("mobile", "+48601234567"), "audience", "selected", "selected", object{"states": []string{"LV"}})
	open := with(technical("EE"), "audience", "public", "channels", []object{phone("duty", "+3726000100"), email("duty@cert.example"), night})
	e := c.add(t, "delegate EE", "/v1/contacts", open)
	for _, path := range []string{e.path, "/v1/states/EE/card", "/v1/contacts", "/v1/search?q=desk", "/v1/reach?state=EE", e.path + "/history"} {
		// Latvia is shown the number that is for it; Poland, whom it is not for, what all are shown.
		for who, want := range map[string][]string{"cert LV": {"cert LV contact " + e.id}, "cert PL": {}, "partner": {}, "": {}} {
			if diff := cmp.Diff(want, c.noted(t, func() { c.get(t, who, path) })); diff != "" {
				t.Errorf("GET %s as %q: noted (-want +got):\n%s", path, who, diff)
			}
		}
	}
	// What is public now was not always: its history shows what it said then.
	once := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	c.must(t, http.StatusOK, "delegate EE", "PATCH", once.path, object{"audience": "public", "note": "For all."}, "If-Match", once.etag)
	for path, want := range map[string][]string{once.path: {}, once.path + "/history": {"cert LV organisation " + once.id}} {
		if diff := cmp.Diff(want, c.noted(t, func() { c.get(t, "cert LV", path) })); diff != "" {
			t.Errorf("GET %s: noted (-want +got):\n%s", path, diff)
		}
	}
}

func TestARefusalIsNoRead(t *testing.T) {
	t.Parallel()
	c := serveReading(t)
	shown := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	hidden := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"PL"}}))
	for _, x := range []struct {
		status int
		path   string
		accept string
	}{
		{http.StatusNotFound, hidden.path, ""}, {http.StatusNotFound, hidden.path + "/history", ""}, {http.StatusNotAcceptable, shown.path, "text/csv"},
		{http.StatusNotAcceptable, "/v1/reach?state=EE", "image/png"}, {http.StatusBadRequest, shown.path + "/history?limit=0", ""},
		{http.StatusForbidden, "/v1/access-log/people", ""}, {http.StatusNotAcceptable, "/v1/exports/contacts", "application/json"},
	} {
		got := c.noted(t, func() { c.must(t, x.status, "cert LV", "GET", x.path, nil, "Accept", x.accept) })
		if len(got) > 0 {
			t.Errorf("GET %s, which is refused with %d, is noted: %v", x.path, x.status, got)
		}
	}
}
