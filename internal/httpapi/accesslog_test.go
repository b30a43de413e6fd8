package httpapi_test

import (
	"fmt"
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

// aged lets what is in the log have been noted two days earlier: its days are over.
func (c *client) aged(t testing.TB) {
	t.Helper()
	if err := c.server.AccessLog.Flush(t.Context()); err != nil {
		t.Fatalf("Flush() = %v", err)
	}
	_, err := c.world.DB.Owner.Exec(t.Context(), `
		do $$ begin
			alter table access_day disable trigger access_day_append_only;
			update access_day set day = day - 2;
			alter table access_day enable trigger access_day_append_only;
		end $$`)
	if err != nil {
		t.Fatal(err)
	}
}

// TestMatrixOfTheAccessLog has everybody read an entry, and everybody ask who did.
func TestMatrixOfTheAccessLog(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	their := c.add(t, "delegate LV", "/v1/contacts", technical("LV"))
	readers := []string{
		"cert EE", "delegate EE", "head_of_delegation EE", "partner EE", "cert LV", "delegate LV", "head_of_delegation LV",
		"cert PL", "partner", "secretariat KR", "auditor",
	}
	for _, who := range readers {
		c.get(t, who, e.path)
		c.get(t, who, their.path)
	}
	// Who sees that a reader, by whom they are shown as, read the entry of a state: by
	// day, and in person.
	days := map[string]map[string]string{ // by the entry's state
		"EE": {"state LV": "delegate EE, head_of_delegation EE", "state PL": "delegate EE, head_of_delegation EE"},
		"LV": {"state EE": "delegate LV, head_of_delegation LV", "state PL": "delegate LV, head_of_delegation LV", "partner EE partner EE": "delegate LV, head_of_delegation LV"},
	}
	for state, of := range days {
		for _, all := range []string{"partner  partner", "secretariat", "auditor"} {
			of[all] = "delegate " + state + ", head_of_delegation " + state
		}
	}
	people := map[string]string{}
	for _, who := range readers {
		people[who] = "nobody but the auditor"
		if _, state, ok := strings.Cut(who, " "); ok && state != "KR" {
			people[who] = "head_of_delegation " + state
		}
	}
	cells := 0
	asks := func(when string, over bool) {
		t.Helper()
		for _, who := range []string{
			"", "cert EE", "delegate EE", "head_of_delegation EE", "partner EE", "cert LV", "delegate LV", "head_of_delegation LV", "delegate PL",
			"head_of_delegation PL", "delegate FI", "head_of_delegation FI", "partner", "narrow partner", "secretariat KR", "secretariat US", "auditor",
		} {
			shown := map[string]bool{}
			if res := c.do(t, who, "GET", "/v1/access-log?limit=500", nil); res.status == http.StatusOK {
				for _, item := range res.items(t) {
					if item["noun"] == "contact" {
						shown[strings.TrimSpace(fmt.Sprint(item["state"], ": ", item["reader"], " ", or(item["reader_state"]), " ", or(item["partner"])))] = true
					}
				}
			}
			for state, of := range days {
				for reader, whose := range of {
					cells++
					want := over && (who == "auditor" || slices.Contains(strings.Split(whose, ", "), who))
					if got := shown[state+": "+reader]; got != want {
						t.Errorf("%s, GET /v1/access-log as %q shows that %s's entry was read by %s: %t, want %t", when, who, state, reader, got, want)
					}
					delete(shown, state+": "+reader)
				}
			}
			if len(shown) > 0 {
				t.Errorf("%s, GET /v1/access-log as %q shows also %v", when, who, shown)
			}
			seen := map[string]bool{}
			if res := c.do(t, who, "GET", "/v1/access-log/people?limit=500", nil); res.status == http.StatusOK {
				for _, item := range res.items(t) {
					if item["noun"] == "contact" {
						seen[text(item, "state")+": "+text(item, "name")] = true
					}
				}
			}
			for _, reader := range readers {
				for _, state := range []string{"EE", "LV"} {
					cells++
					own := strings.HasSuffix(reader, " "+state)
					want := !own && (who == "auditor" || people[reader] == who)
					if got := seen[state+": "+reader]; got != want {
						t.Errorf("%s, GET /v1/access-log/people as %q shows that %s read %s's entry: %t, want %t", when, who, reader, state, got, want)
					}
				}
			}
		}
	}
	if err := c.server.AccessLog.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	asks("on the day itself", false)
	c.aged(t)
	asks("two days later", true)
	t.Logf("%d cells", cells)
}

// or is a member's text, "" if it is not there.
func or(member any) any {
	if member == nil {
		return ""
	}
	return member
}

func TestAnOwnerSeesNeitherPersonNorMinuteNorNumber(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	for range 3 {
		for _, who := range []string{"cert LV", "delegate LV"} {
			c.get(t, who, e.path)
			c.get(t, who, "/v1/states/EE/card")
		}
	}
	c.aged(t)
	for _, who := range []string{"delegate EE", "head_of_delegation EE"} {
		res := c.get(t, who, "/v1/access-log")
		day := text(res.items(t)[0], "day")
		want := []map[string]any{{"day": day, "noun": "contact", "entry": e.id, "state": "EE", "reader": "state", "reader_state": "LV"}}
		if diff := cmp.Diff(want, res.items(t)); diff != "" {
			t.Errorf("GET /v1/access-log as %s (-want +got):\n%s", who, diff)
		}
		if _, err := time.Parse(time.DateOnly, day); err != nil || day >= time.Now().UTC().Format(time.DateOnly) {
			t.Errorf("GET /v1/access-log as %s shows the day %s, %v, want one that is over", who, day, err)
		}
		if res.header.Get("Cache-Control") != "no-store" || res.etag() != "" {
			t.Errorf("GET /v1/access-log may be kept: %v", res.header)
		}
		csv := string(c.get(t, who, "/v1/access-log", "Accept", "text/csv").body)
		if want := "day,noun,entry,state,reader,reader_state,partner\r\n" + day + ",contact," + e.id + ",EE,state,LV,\r\n"; strings.TrimPrefix(csv, "\ufeff") != want {
			t.Errorf("GET /v1/access-log as CSV = %q, want %q", csv, want)
		}
	}
	// That the owner asks is not noted, and its own list of people does not show theirs.
	if got := c.get(t, "head_of_delegation EE", "/v1/access-log/people").items(t); len(got) != 0 {
		t.Errorf("the owner's head is shown %v, want nobody of Latvia's", got)
	}
	theirs := c.get(t, "head_of_delegation LV", "/v1/access-log/people").items(t)
	for _, item := range theirs {
		minute, err := time.Parse(time.RFC3339, text(item, "minute"))
		by := c.world.Actor(t, text(item, "name"))
		want := map[string]any{
			"minute": item["minute"], "noun": "contact", "entry": e.id, "state": "EE", "role": string(by.Role), "reader_state": "LV",
			"account": by.Account, "name": item["name"], "token": by.Credential,
		}
		if diff := cmp.Diff(want, item); diff != "" || err != nil || !minute.Equal(minute.Truncate(time.Minute)) || time.Since(minute) > 10*time.Minute {
			t.Errorf("GET /v1/access-log/people, %v (-want +got):\n%s", err, diff)
		}
	}
	csv := string(c.get(t, "head_of_delegation LV", "/v1/access-log/people", "Accept", "text/csv").body)
	if len(theirs) < 2 || strings.Count(csv, ",contact,"+e.id+",EE,") != len(theirs) || !strings.Contains(csv, ",EE,cert,LV,") {
		t.Errorf("the readers' head sees %d rows, and as CSV %s; want one for each of the two in each minute", len(theirs), csv)
	}
}

// Whoever sees more than the owners do is seen doing so: by the owners, the day, and
// by the auditor, the person.
func TestWhoReadsTheLogIsInIt(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.get(t, "auditor", "/v1/access-log/people?entry="+e.id)
	c.get(t, "auditor", "/v1/access-log?state=LV")
	c.get(t, "head_of_delegation EE", "/v1/access-log/people?state=PL")
	c.get(t, "delegate EE", "/v1/access-log")
	c.aged(t)
	for who, want := range map[string]int{"delegate EE": 1, "head_of_delegation PL": 1, "delegate LV": 2} {
		got := c.get(t, who, "/v1/access-log").items(t)
		for _, item := range got {
			if item["noun"] != "access_log" || item["reader"] != "auditor" || item["entry"] != nil || item["state"] != nil && item["state"] != "LV" {
				t.Errorf("GET /v1/access-log as %s shows %v, want that the auditor read the log, and not of which entry", who, item)
			}
		}
		if len(got) != want {
			t.Errorf("GET /v1/access-log as %s shows %d rows, want %d", who, len(got), want)
		}
	}
	var got []string
	for _, item := range c.get(t, "auditor", "/v1/access-log/people").items(t) {
		got = append(got, fmt.Sprint(item["noun"], " ", item["name"], " ", or(item["entry"]), or(item["state"])))
	}
	slices.Sort(got)
	want := []string{"access_log auditor " + e.id, "access_log auditor LV", "access_log head_of_delegation EE PL"}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		t.Errorf("GET /v1/access-log/people as the auditor (-want +got):\n%s", diff)
	}
}

func TestWhatWasNotRecordedIsTold(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w, func(s *httpapi.Server) {
		s.AccessLog = accesslog.New(w.DB.Server, slog.New(slog.DiscardHandler), 400, 1, time.Now)
	})
	for range 3 {
		c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	}
	for range 2 {
		if got := len(c.get(t, "cert LV", "/v1/contacts").items(t)); got != 3 {
			t.Errorf("GET /v1/contacts shows %d, want 3: no read waits for the log", got)
		}
	}
	families, err := c.server.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	lost := -1.0
	for _, f := range families {
		if f.GetName() == "pocreg_reads_not_recorded_total" {
			lost = f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	if lost != 2 {
		t.Errorf("pocreg_reads_not_recorded_total is %v, want 2", lost)
	}
	c.aged(t)
	item := c.get(t, "auditor", "/v1/access-log/people?entry="+nothing+"&state=EE&reader_state=LV").items(t)[0]
	if item["noun"] != "not_recorded" || item["reads"] != 2.0 || item["until"] == nil || item["name"] != nil {
		t.Errorf("the auditor is shown %v, want that two reads were not recorded, and until when", item)
	}
	if got := c.get(t, "head_of_delegation LV", "/v1/access-log/people").items(t); len(got) != 0 {
		t.Errorf("a head is shown %v, want nothing of everybody's reads by the minute", got)
	}
	for _, who := range []string{"delegate EE", "head_of_delegation LV"} {
		got := c.get(t, who, "/v1/access-log?entry="+nothing).items(t)
		if len(got) != 1 || got[0]["noun"] != "not_recorded" || len(got[0]) != 2 {
			t.Errorf("GET /v1/access-log as %s shows %v, want the day on which something is missing", who, got)
		}
	}
}

func TestTheAccessLogComesInPagesAndFiltered(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	var made []entry
	for range 3 {
		made = append(made, c.add(t, "delegate EE", "/v1/contacts", technical("EE")))
	}
	for _, state := range []string{"LV", "PL", "FI"} {
		c.get(t, "cert "+state, "/v1/contacts")
	}
	c.aged(t)
	c.get(t, "delegate LV", made[0].path)
	c.aged(t)
	day := text(c.get(t, "delegate EE", "/v1/access-log").items(t)[0], "day")
	for query, want := range map[string]int{
		"": 10, "&entry=" + made[0].id: 4, "&state=EE": 10, "&reader_state=PL": 3, "&from=" + day: 1, "&to=" + day: 10, "&to=2026-01-01": 0,
		"&entry=" + nothing: 0, "&reader_state=LV&entry=" + made[0].id: 2,
	} {
		var rows []string
		path := "/v1/access-log?limit=2" + query
		for path != "" {
			res := c.get(t, "delegate EE", path)
			for _, item := range res.items(t) {
				rows = append(rows, fmt.Sprint(item["day"], item["entry"], item["reader_state"]))
			}
			path = ""
			if link := res.header.Get("Link"); link != "" {
				path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
			}
		}
		if once := len(slices.Compact(slices.Sorted(slices.Values(rows)))); len(rows) != want || once != want {
			t.Errorf("GET /v1/access-log?limit=2%s by its pages has %d rows, %d of them different; want %d", query, len(rows), once, want)
		}
		if !slices.IsSortedFunc(rows, func(a, b string) int { return strings.Compare(b[:10], a[:10]) }) {
			t.Errorf("GET /v1/access-log?limit=2%s = %v, want the newest day first", query, rows)
		}
	}
	whole := c.get(t, "auditor", "/v1/access-log/people?limit=500").items(t)
	var walked int
	for path := "/v1/access-log/people?limit=3&to=" + time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly); path != ""; {
		res := c.get(t, "auditor", path)
		walked += len(res.items(t))
		link := res.header.Get("Link")
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
	}
	if walked < len(whole) || len(whole) < 9 {
		t.Errorf("GET /v1/access-log/people by 3 has %d rows, and %d whole; want all", walked, len(whole))
	}
	next := text(c.get(t, "delegate EE", "/v1/access-log?limit=2").object(t), "next")
	for _, path := range []string{"/v1/access-log?cursor=" + next + "&reader_state=LV", "/v1/access-log/people?cursor=" + next} {
		if res := c.do(t, "auditor", "GET", path, nil); res.kind() != "malformed" {
			t.Errorf("GET %s = %d %s, want that the cursor is of another list", path, res.status, res.body)
		}
	}
}
