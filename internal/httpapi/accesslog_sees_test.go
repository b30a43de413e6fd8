package httpapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

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
