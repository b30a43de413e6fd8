package httpapi_test

import (
	"bytes"
	"encoding/csv"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

// cells are a row of a file of contacts, by column.
type cells map[string]string

// desk is a row that lacks nothing, of a state.
func desk(state string) cells {
	return cells{
		"state": state, "kind": "technical", "basis": "nominated", "audience": "participants", "office_title": "Valvelaud",
		"languages": "et; en", "time_zone": "Europe/Tallinn", "availability": "always", "covers": "whole_state",
		"channel_1_type": "phone", "channel_1_usage": "duty", "channel_1_value": "+372 600 0100",
		"channel_2_type": "email", "channel_2_value": "duty@cert-ee.example",
	}
}

// but is a copy of a row with some cells set.
func (c cells) but(pairs ...string) cells {
	out := maps.Clone(c)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

var contactColumns = strings.Split("id,external_ids,state,kind,basis,rank,audience,tlp,office_title,office_title_en,organisation,"+
	"person_name,person_name_latin,person_position,languages,time_zone,availability,holidays,covers,sectors,networks,capabilities,note,"+
	"channel_1_type,channel_1_usage,channel_1_value,channel_1_audience,channel_1_note,"+
	"channel_2_type,channel_2_usage,channel_2_value,channel_2_audience,channel_2_note", ",")

// sheet is a file of contacts with these rows.
func sheet(rows ...cells) string {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	all := [][]string{contactColumns}
	for _, r := range rows {
		var line []string
		for _, column := range contactColumns {
			line = append(line, r[column])
		}
		all = append(all, line)
	}
	_ = w.WriteAll(all) // into memory
	return out.String()
}

// importBody is a file of the type that says nothing wrong, of a state.
func importBody(mediaType, state string) string {
	if mediaType == "application/json" {
		return `[]`
	}
	return sheet(desk(state))
}

const (
	importContacts   = "/v1/imports?kind=contacts"
	importFacts      = "/v1/imports?kind=public_facts"
	importStrategies = "/v1/imports?kind=strategies"
)

var asCSV = []string{"Content-Type", "text/csv"}

// imported is what an import came to.
type imported struct {
	Rows, Created, Changed, Unchanged int
	LeftAlone                         int  `json:"left_alone"`
	DryRun                            bool `json:"dry_run"`
	Version                           *int64
	Changes                           []struct {
		Line                 int
		Act, Noun, ID, State string
		Diff                 []object
	}
	Notes  []struct{ Line int }
	Faults []located
}

type located struct {
	Line            int
	Column, Pointer string
}

func (c *client) take(t testing.TB, who, path string, file string) (out imported) {
	t.Helper()
	kind := "text/csv"
	if strings.Contains(path, "strategies") {
		kind = "application/json"
	}
	c.must(t, http.StatusOK, who, "POST", path, file, "Content-Type", kind).json(t, &out)
	return out
}

// badImports are files and requests that must be refused, and leave no trace.
func badImports() []bad {
	var out []bad
	file := func(name, who, path, body, kind, pointer string, headers ...string) {
		out = append(out, bad{name: name, who: who, method: "POST", path: path, body: body, kind: kind, pointer: pointer, headers: append(slices.Clone(asCSV), headers...)})
	}
	good := sheet(desk("EE"))
	file("no kind", "delegate EE", "/v1/imports", good, "malformed", "/kind")
	file("no such kind", "delegate EE", "/v1/imports?kind=rumours", good, "malformed", "/kind")
	file("two kinds", "delegate EE", importContacts+"&kind=strategies", good, "malformed", "/kind")
	file("a misspelt rehearsal", "delegate EE", importContacts+"&dryrun=true", good, "malformed", "/dryrun")
	file("no rehearsal either", "delegate EE", importContacts+"&dry_run=maybe", good, "malformed", "")
	file("a page", "delegate EE", importContacts, good, "not-acceptable", "", "Accept", "text/html")
	file("nobody", "", importContacts, good, "unauthenticated", "")
	file("cert", "cert EE", importContacts, good, "forbidden", "")
	file("a partner of the state", "partner EE", importContacts, good, "forbidden", "")
	file("what the state says, by the secretariat", "secretariat KR", importContacts, good, "forbidden", "")
	file("what is public, by a delegate", "delegate EE", importFacts, "alpha2,fact,value,source,source_date\n", "forbidden", "")
	file("what is public, by the auditor", "auditor", importFacts, "alpha2,fact,value,source,source_date\n", "forbidden", "")
	file("too much", "delegate EE", importContacts, strings.Repeat(" ", 16<<20+1), "too-large", "")
	for _, kind := range []string{"application/json", "text/plain", "text/csv; charset=utf-16", ""} {
		out = append(out, bad{name: "of type " + kind, who: "delegate EE", method: "POST", path: importContacts, body: good,
			kind: "unsupported-media", headers: []string{"Content-Type", kind}})
	}
	for name, text := range map[string]string{
		"nothing": "", "empty lines": "\r\n\r\n", "a quote astray": good + `"x"y` + "\n", "a quote left open": good + `"x`,
		"Latin-1": strings.Replace(good, "Valvelaud", "caf\xe9", 1), "UTF-16": "\xff\xfei\x00d\x00", "a NUL": strings.Replace(good, "Valvelaud", "a\x00b", 1),
	} {
		file(name, "delegate EE", importContacts, text, "malformed", "")
	}
	for name, text := range map[string]string{
		"no head": "EE,technical\n", "a column too few": strings.Replace(good, ",note,", ",nota,", 1), "a column twice": strings.Replace(good, ",tlp,", ",id,", 1),
		"a channel without a note": strings.Replace(good, ",channel_2_note\n", "\n", 1), "a 31st channel": strings.ReplaceAll(good, "channel_2", "channel_31"),
		"a cell too many": strings.TrimSuffix(good, "\n") + ",x\n",
	} {
		file(name, "delegate EE", importContacts, text, "invalid", "")
	}
	for _, f := range []struct{ pointer, column, cell string }{
		{"/state", "state", "LV"}, {"/state", "state", ""}, {"/kind", "kind", "hotline"}, {"/basis", "basis", "rumour"}, {"/basis", "basis", "public_source"}, {"/id", "id", "7"}, {"/id", "id", nothing},
		{"/external_ids/0/system", "external_ids", "UN:1"}, {"/rank", "rank", "first"}, {"/rank", "rank", "0"}, {"/rank", "rank", "100"}, {"/audience", "audience", "everybody"},
		{"/audience", "audience", "selected:"}, {"/selected/states/0", "audience", "selected: ZZ"}, {"/tlp", "tlp", "TLP:WHITE"}, {"/office_title", "office_title", ""},
		{"/organisation", "organisation", "No such team"}, {"/organisation", "organisation", nothing}, {"/person/name", "person_position", "Head"}, {"/languages/0", "languages", "!"}, {"/time_zone", "time_zone", "Tallinn"},
		{"/availability", "availability", "sometimes"}, {"/availability/weekly/0/from", "availability", "mon-fri 25:00-16:00"}, {"/availability/holidays", "holidays", "Christmas"},
		{"/covers/0", "covers", "everything"}, {"/networks/0", "networks", "tor"}, {"/note", "note", "a\u202eb"}, {"/channels/0/value", "channel_1_value", "600 0100 0100 0100"},
		{"/channels/0/value", "channel_1_value", ""}, {"/channels/0/type", "channel_1_type", "pigeon"}, {"/channels/1", "channel_2_usage", "duty"}, {"/channels/0/audience", "channel_1_audience", "public"},
		{"/channels/0/audience", "channel_1_audience", "me"}, {"/channels/1/note", "channel_2_note", strings.Repeat("x", 501)},
	} {
		file(f.column+" "+f.cell, "delegate EE", importContacts, sheet(desk("EE").but(f.column, f.cell)), "invalid", f.pointer)
	}
	file("the same twice", "delegate EE", importContacts, sheet(desk("EE"), desk("EE")), "invalid", "/office_title")
	facts := func(row string) string { return "alpha2,fact,value,source,source_date\n" + row + "\n" }
	for row, pointer := range map[string]string{
		"XX,team,CERT,list,2026": "", "EE,pigeon,CERT,list,2026": "", "EE,team,,list,2026": "", "EE,team,CERT,,2026": "/sources/0/source", "EE,team,CERT,list,soon": "/sources/0/date",
		"EE,mailbox,cert,list,2026": "/channels/0/value", "EE,team,CERT,list,2026,x": "",
	} {
		file("a fact", "secretariat KR", importFacts, facts(row), "invalid", pointer)
	}
	for text, kind := range map[string]string{
		`{}`: "malformed", `[`: "malformed", `[{"state":"EE","state":"EE"}]`: "malformed", `[] []`: "malformed", `[{"stat":"EE"}]`: "malformed", `[{"state":7}]`: "malformed",
		`[{"state":"XX"}]`: "invalid", `[{"state":"EE","kind":"novel"}]`: "invalid",
	} {
		out = append(out, bad{name: "strategies " + text, who: "secretariat KR", method: "POST", path: importStrategies, body: text, kind: kind})
	}
	for path, pointer := range map[string]string{"?state=ee": "/state", "?state=EST": "/state", "?kind=technical": "/kind", "?limit=1": "/limit", "?min_version=x": "/min_version"} {
		out = append(out, bad{name: "an export", who: "delegate EE", method: "GET", path: "/v1/exports/contacts" + path, kind: "malformed", pointer: pointer})
	}
	return append(out, bad{name: "an export as JSON", who: "delegate EE", method: "GET", path: "/v1/exports/contacts", kind: "not-acceptable", headers: []string{"Accept", "application/json"}})
}

func TestAnExportIsWhatAnImportTakes(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	file := sheet(desk("EE"), desk("EE").but("office_title", "=cmd|' /C calc'!A0", "note", "one; \"two\",\nthree", "channel_2_audience", "selected: PL FI", "rank", "2"))
	if items := c.get(t, "delegate EE", "/v1/contacts?state=EE").items(t); len(items) != 0 {
		t.Fatalf("before the import there are %d contacts, want none", len(items))
	}
	first := c.take(t, "delegate EE", importContacts, file)
	if first.Created != 2 || first.Version == nil || len(first.Changes) != 2 || first.Changes[1].Line != 3 {
		t.Fatalf("POST %s = %+v, want two contacts made, with their lines", importContacts, first)
	}
	if items := c.get(t, "delegate EE", "/v1/contacts?state=EE").items(t); len(items) != 2 {
		t.Errorf("after the import the list that was kept has %d contacts, want two", len(items))
	}
	export := c.get(t, "delegate EE", "/v1/exports/contacts?state=EE")
	if kind := export.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
		t.Errorf("GET /v1/exports/contacts is of type %q, want text/csv", kind)
	}
	for range 2 {
		again := c.take(t, "delegate EE", importContacts, string(export.body))
		if again.Unchanged != 2 || again.Version != nil || len(again.Changes) > 0 {
			t.Errorf("the import of the export = %+v, want that nothing changes", again)
		}
	}
	if now := c.get(t, "delegate EE", "/v1/exports/contacts?state=EE"); !bytes.Equal(now.body, export.body) || now.etag() != export.etag() {
		t.Errorf("the export after its import differs:\n%s", cmp.Diff(string(export.body), string(now.body)))
	}
	c.must(t, http.StatusNotModified, "delegate EE", "GET", "/v1/exports/contacts?state=EE", nil, "If-None-Match", export.etag())
	if seen := string(c.get(t, "", "/v1/exports/contacts").body); strings.Contains(seen, "Valvelaud") {
		t.Errorf("who sends no token exports what is for participants: %s", seen)
	}
	if seen := string(c.get(t, "delegate LV", "/v1/exports/contacts").body); !strings.Contains(seen, "Valvelaud") || strings.Count(seen, "duty@cert-ee.example") != 1 {
		t.Errorf("Latvia exports %s, want both contacts, and the mailbox of the first alone", seen)
	}
}

func TestADryRunShowsTheDifferenceAndEveryFault(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	c.take(t, "delegate EE", importContacts, sheet(desk("EE")))
	before := content(t, c.world.DB.Owner)
	sound := c.take(t, "delegate EE", importContacts+"&dry_run=true", sheet(desk("EE").but("note", "Ring twice"), desk("EE").but("office_title", "Second")))
	if !sound.DryRun || sound.Version != nil || sound.Created != 1 || sound.Changed != 1 || len(sound.Changes) != 2 {
		t.Fatalf("the dry run = %+v, want one to be made and one changed", sound)
	}
	changed := slices.DeleteFunc(sound.Changes[0].Diff, func(d object) bool { return d["path"] == "/confirmed_at" }) // what a state says anew, it confirms
	if diff := cmp.Diff([]object{{"path": "/note", "from": nil, "to": "Ring twice"}}, changed); diff != "" || sound.Changes[0].Line != 2 {
		t.Errorf("the dry run's first change is of line %d, (-want +got):\n%s", sound.Changes[0].Line, diff)
	}
	faulty := sheet(desk("EE").but("rank", "first", "note", "two\nlines"), desk("EE").but("office_title", "Second", "channel_2_value", "nobody", "languages", "et; !"))
	want := []located{{2, "rank", "/rank"}, {4, "languages", "/languages/1"}, {4, "channel_2_value", "/channels/1/value"}}
	sorted := func(list []located) []located {
		slices.SortFunc(list, func(a, b located) int { return strings.Compare(a.Pointer, b.Pointer) })
		return list
	}
	if diff := cmp.Diff(sorted(want), sorted(c.take(t, "delegate EE", importContacts+"&dry_run=true", faulty).Faults)); diff != "" {
		t.Errorf("the dry run's faults (-want +got):\n%s", diff)
	}
	var refused struct{ Errors []located }
	c.must(t, http.StatusUnprocessableEntity, "delegate EE", "POST", importContacts, faulty, asCSV...).json(t, &refused)
	if diff := cmp.Diff(sorted(want), sorted(refused.Errors)); diff != "" {
		t.Errorf("the refusal's faults (-want +got):\n%s", diff)
	}
	c.must(t, http.StatusBadRequest, "delegate EE", "POST", importContacts, sheet(desk("EE"))+"a\"b\n", asCSV...).json(t, &refused)
	if len(refused.Errors) != 1 || refused.Errors[0].Line != 3 {
		t.Errorf("the faults of a file that cannot be read = %+v, want line 3", refused.Errors)
	}
	for table, now := range content(t, c.world.DB.Owner) {
		if now != before[table] {
			t.Errorf("after dry runs and refusals %s is %s, want it as before, %s", table, now, before[table])
		}
	}
}

func TestAnImportIsMadeOnceWithItsKey(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	file := sheet(desk("EE"))
	headers := append(slices.Clone(asCSV), "Idempotency-Key", "1")
	var first, again imported
	c.must(t, http.StatusOK, "delegate EE", "POST", importContacts, file, headers...).json(t, &first)
	res := c.must(t, http.StatusOK, "delegate EE", "POST", importContacts, file, headers...)
	res.json(t, &again)
	if res.header.Get("Idempotent-Replay") != "true" || again.Created != 1 || again.Version == nil || *again.Version != *first.Version || again.Changes[0].ID != first.Changes[0].ID {
		t.Errorf("the retry = %v %+v, want a replay of %+v", res.header, again, first)
	}
	c.must(t, http.StatusUnprocessableEntity, "delegate EE", "POST", importContacts, sheet(desk("EE").but("rank", "2")), headers...)
	if n := len(c.get(t, "delegate EE", "/v1/contacts?state=EE").items(t)); n != 1 {
		t.Errorf("after the retries there are %d contacts, want 1", n)
	}
}

// Files that come at once wait for each other, whatever becomes of them.
func TestImportsThatComeAtOnceAreAllDone(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	var all sync.WaitGroup
	for _, state := range []string{"EE", "LV", "PL", "FI"} {
		all.Go(func() {
			for file, want := range map[string]int{sheet(desk(state)): http.StatusOK, sheet(desk(state).but("rank", "first")): http.StatusUnprocessableEntity} {
				if res := c.do(t, "delegate "+state, "POST", importContacts, file, asCSV...); res.status != want {
					t.Errorf("POST %s of %s = %d %s, want %d", importContacts, state, res.status, res.body, want)
				}
			}
		})
	}
	all.Wait()
	if n := len(c.get(t, "delegate EE", "/v1/contacts").items(t)); n != 4 {
		t.Errorf("after four imports there are %d contacts, want 4", n)
	}
}

func TestATokenForReadingImportsNothing(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	_, reading := c.issue(t, "head_of_delegation EE", order("access", "read"))
	before := c.version(t)
	for _, path := range []string{importContacts, importContacts + "&dry_run=true", "/v1/imports"} {
		if res := c.do(t, reading, "POST", path, sheet(desk("EE")), asCSV...); res.status != http.StatusForbidden {
			t.Errorf("POST %s with a token for reading = %d %s, want 403", path, res.status, res.body)
		}
	}
	if after := c.version(t); after != before {
		t.Errorf("the register went from version %s to %s, want that nothing changed", before, after)
	}
	if res := c.get(t, reading, "/v1/exports/contacts"); res.status != http.StatusOK {
		t.Errorf("an export with a token for reading = %d, want 200", res.status)
	}
}

// Two contacts of one file share a version: what is for selected states in one of
// them must not close the other's history.
func TestHistoryKnowsTheContactsOfOneFileApart(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	report := c.take(t, "delegate EE", importContacts, sheet(
		desk("EE").but("audience", "selected: PL", "office_title", "Hidden", "channel_1_value", "+372 600 0199"),
		desk("EE").but("office_title", "Shown")))
	if len(report.Changes) != 2 {
		t.Fatalf("POST %s = %+v, want two contacts made", importContacts, report)
	}
	for i, tt := range []struct{ who, number string }{{"cert PL", "+3726000199"}, {"cert LV", "+3726000100"}, {"cert EE", "+3726000100"}, {"cert EE", "+3726000199"}} {
		id := report.Changes[map[string]int{"+3726000199": 0, "+3726000100": 1}[tt.number]].ID
		items := c.get(t, tt.who, "/v1/contacts/"+id+"/history").items(t)
		shown := false
		for _, d := range items[0]["diff"].([]any) {
			shown = shown || strings.HasPrefix(text(d.(object), "path"), "/channels/") && strings.Contains(text(d.(object), "to"), tt.number)
		}
		if len(items) != 1 || !shown {
			t.Errorf("%d: the history of %s as %q = %v, want the number in it", i, tt.number, tt.who, items)
		}
	}
	c.must(t, http.StatusNotFound, "cert LV", "GET", "/v1/contacts/"+report.Changes[0].ID+"/history", nil)
}

func TestACardSaysThatNoCurrentTextIsRecorded(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	card := func(want, note string, texts int) {
		t.Helper()
		view := c.get(t, "", "/v1/states/EE/card").object(t)
		shown, _ := view["strategies"].([]any)
		got, _ := view["current_strategy_note"].(string)
		if view["current_strategy"] != want || got != note || len(shown) != texts {
			t.Errorf("the card says %v %q of %v, want %s %q of %d texts", view["current_strategy"], got, shown, want, note, texts)
		}
	}
	const none = "no current text recorded"
	card("none_recorded", none, 0)
	old := c.add(t, "delegate EE", "/v1/strategies", with(plan("EE"), "audience", "public", "adopted_on", "2014", "status", "adopted"))
	card("recorded", "", 1)
	newer := c.add(t, "delegate EE", "/v1/strategies", with(plan("EE"), "audience", "public", "adopted_on", "2018", "original_title", "Newer", "supersedes", old.id))
	card("recorded", "", 2)
	c.must(t, http.StatusOK, "delegate EE", "PATCH", newer.path, `{"status":"superseded","supersedes":null}`, "If-Match", newer.etag)
	card("none_recorded", none, 2)
	c.add(t, "delegate EE", "/v1/strategies", with(plan("EE"), "original_title", "For participants", "adopted_on", "2024"))
	card("none_recorded", none, 2) // to who may not read it
}
