package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

// choose has a state's head choose whether one decides or two.
func (c *client) choose(t *testing.T, state, mode string) {
	t.Helper()
	path := "/v1/delegations/" + c.world.Actor(t, "cert "+state).Delegation
	c.must(t, http.StatusOK, "head_of_delegation "+state, "PUT", path+"/mode", object{"mode": mode},
		"If-Match", c.get(t, "auditor", path).etag())
}

// propose asks for a change of an entry, which becomes a proposal, and returns its
// path.
func (c *client) propose(t *testing.T, who string, e entry, patch object) string {
	t.Helper()
	return c.must(t, http.StatusAccepted, who, "PATCH", e.path, patch, "If-Match", e.etag).header.Get("Location")
}

// two is a register in which two of Estonia's decide, with a technical contact.
func two(t *testing.T) (*client, entry) {
	t.Helper()
	c := serve(t, fixture.New(t))
	desk := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.choose(t, "EE", "two_person")
	return c, desk
}

// file is Estonia's contacts as a file.
func (c *client) file(t *testing.T) string {
	t.Helper()
	return string(c.get(t, "delegate EE", "/v1/exports/contacts?state=EE", "Accept", "text/csv").body)
}

// paths are where the changes of a proposal or a dry run are.
func paths(view object) (at []string) {
	changes, _ := view["changes"].([]any)
	for _, c := range changes {
		diff, _ := c.(object)["diff"].([]any)
		for _, d := range diff {
			at = append(at, text(d.(object), "path"))
		}
	}
	return at
}

func TestWhereTwoDecideAWriteWaitsForTheSecond(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	res := c.must(t, http.StatusAccepted, "delegate EE", "PATCH", desk.path+"?reason=The+office+has+moved.", object{"office_title_en": "Night desk"}, "If-Match", desk.etag)
	at, proposal := res.header.Get("Location"), res.object(t)
	if at != "/v1/proposals/"+text(proposal, "id") {
		t.Errorf("PATCH = Location %q, want that of the proposal %v", at, proposal["id"])
	}
	want := object{"state": "EE", "does": "patch", "noun": "contact", "about": desk.id, "reason": "The office has moved.", "status": "open", "stale": false, "may_decide": false}
	for name, value := range want {
		if proposal[name] != value {
			t.Errorf("the proposal's %s is %v, want %v", name, proposal[name], value)
		}
	}
	if at := paths(proposal); !slices.Contains(at, "/office_title_en") {
		t.Errorf("the proposal would change %v, want the title among it", at)
	}
	if now := read(t, c.get(t, "delegate EE", desk.path)); now.etag != desk.etag {
		t.Errorf("the contact has the ETag %s, want that nothing of it changed, %s", now.etag, desk.etag)
	}
	for who, want := range map[string]bool{"delegate EE": true, "cert EE": true, "delegate LV": false, "cert LV": true, "auditor": false, "partner EE": false} {
		if me := c.get(t, who, "/v1/me").object(t); me["takes_two"] != want {
			t.Errorf("/v1/me as %s takes_two = %v, want %t", who, me["takes_two"], want)
		}
	}

	c.must(t, http.StatusForbidden, "delegate EE", "POST", at+"/approve", nil)
	before := c.version(t)
	would := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", at+"/approve?dry_run=true", nil).object(t)
	if at := paths(would); !slices.Contains(at, "/office_title_en") || c.version(t) != before {
		t.Errorf("a rehearsal of the approval would change %v, want the title among it, and that nothing is", at)
	}
	approved := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", at+"/approve", nil).object(t)
	if approved["status"] != "approved" || text(approved["decided"].(object), "role") != "head_of_delegation" {
		t.Errorf("POST approve = %v, want approved, by the head", approved)
	}
	if now := c.get(t, "cert LV", desk.path).object(t); now["office_title_en"] != "Night desk" {
		t.Errorf("the contact is called %v, want what was proposed", now["office_title_en"])
	}

	// One version, in both names, of the entry and of the proposal.
	var acts []string
	for _, row := range c.get(t, "auditor", "/v1/trail?state=EE&after="+before).items(t) {
		by, _ := row["by"].(object)
		second, _ := row["second"].(object)
		acts = append(acts, fmt.Sprintf("%v %v %v by %v, second %v", row["act"], row["noun"], row["version"] == approved["version"], by["role"], second["name"]))
	}
	if diff := cmp.Diff([]string{
		"replaced contact true by head_of_delegation, second delegate EE",
		"approved proposal true by head_of_delegation, second delegate EE",
	}, acts); diff != "" {
		t.Errorf("the trail mismatch (-want +got):\n%s", diff)
	}
	c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", at+"/approve", nil)
	c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", at+"/decline", object{"word": "No."})
	c.must(t, http.StatusConflict, "delegate EE", "POST", at+"/withdraw", nil)
}

func TestEveryChangeOfAStatesWordsCanBeProposed(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	desk := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	team := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	text0 := c.add(t, "delegate EE", "/v1/strategies", plan("EE"))
	hearsay := c.add(t, "secretariat KR", "/v1/contacts", found("EE"))
	wrong := c.add(t, "secretariat KR", "/v1/contacts", found("EE"))
	delegation := "/v1/delegations/" + c.world.Actor(t, "cert EE").Delegation
	file := c.file(t)
	c.choose(t, "EE", "two_person")
	for _, x := range []struct {
		method, path string
		body         any
		headers      []string
		shows        func() bool
	}{
		{"POST", "/v1/imports?kind=contacts", strings.Replace(file, "Duty desk", "Second desk", 1), []string{"Content-Type", "text/csv"}, func() bool {
			return strings.Contains(string(c.get(t, "delegate EE", "/v1/contacts?state=EE").body), "Second desk")
		}},
		{"POST", "/v1/organisations", with(agency("EE"), "name", "Another"), nil, func() bool {
			return strings.Contains(string(c.get(t, "delegate EE", "/v1/organisations?state=EE").body), "Another")
		}},
		{"PUT", team.path, with(agency("EE"), "name", "Renamed"), []string{"If-Match", team.etag}, func() bool {
			return c.get(t, "delegate EE", team.path).object(t)["name"] == "Renamed"
		}},
		{"PATCH", text0.path, object{"status": "superseded"}, []string{"If-Match", text0.etag}, func() bool {
			return c.get(t, "delegate EE", text0.path).object(t)["status"] == "superseded"
		}},
		{"POST", hearsay.path + "/nominate", object{"office_title": "Our CERT"}, nil, func() bool {
			got := c.get(t, "delegate EE", hearsay.path).object(t)
			return got["basis"] == "nominated" && got["office_title"] == "Our CERT"
		}},
		{"POST", wrong.path + "/reject", nil, nil, func() bool { return c.get(t, "delegate EE", wrong.path).object(t)["standing"] == "rejected" }},
		{"POST", wrong.path + "/restore", nil, nil, func() bool { return c.get(t, "delegate EE", wrong.path).object(t)["standing"] == "active" }},
		{"POST", text0.path + "/retire", nil, nil, func() bool { return c.get(t, "delegate EE", text0.path).object(t)["standing"] == "retired" }},
		{"POST", desk.path + "/withdraw", nil, nil, func() bool { return c.get(t, "delegate EE", desk.path).object(t)["standing"] == "withdrawn" }},
		{"PUT", "/v1/organisations/external/EE/un/7", with(agency("EE"), "name", "Seventh"), []string{"If-None-Match", "*"}, func() bool {
			return strings.Contains(string(c.do(t, "delegate EE", "GET", "/v1/organisations/external/EE/un/7", nil).body), "Seventh")
		}},
		{"PUT", "/v1/organisations/external/EE/un/7", with(agency("EE"), "name", "The seventh"), []string{"If-Match", "SEVENTH"}, func() bool {
			return c.get(t, "delegate EE", "/v1/organisations/external/EE/un/7").object(t)["name"] == "The seventh"
		}},
		{"PUT", "/v1/states/EE/instruments", object{"instruments": []object{{"instrument": "budapest_convention", "status": "party"}}},
			[]string{"If-Match", c.get(t, "", "/v1/states/EE").etag()}, func() bool {
				return len(c.get(t, "", "/v1/states/EE").object(t)["instruments"].([]any)) == 1
			}},
		{"PUT", delegation + "/channels", object{"channels": []object{with(email("mission@mfa.example"), "of", "mission")}},
			[]string{"If-Match", c.get(t, "auditor", delegation).etag()}, func() bool {
				return len(c.get(t, "auditor", delegation).object(t)["channels"].([]any)) == 1
			}},
	} {
		if i := slices.Index(x.headers, "SEVENTH"); i >= 0 { // which is not there before
			x.headers[i] = c.get(t, "delegate EE", x.path).etag()
		}
		at := c.must(t, http.StatusAccepted, "delegate EE", x.method, x.path, x.body, x.headers...).header.Get("Location")
		if x.shows() {
			t.Errorf("%s %s shows before it is approved", x.method, x.path)
		}
		c.must(t, http.StatusOK, "head_of_delegation EE", "POST", at+"/approve", nil)
		if !x.shows() {
			t.Errorf("%s %s does not show after it is approved", x.method, x.path)
		}
	}
	if list := c.get(t, "delegate EE", "/v1/proposals?status=approved").items(t); len(list) != 13 {
		t.Errorf("%d proposals are approved, want 13", len(list))
	}
}

func TestWhatOneDoesAloneWhereTwoDecide(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	for _, x := range []struct {
		who, method, path string
		body              any
	}{
		{"delegate EE", "POST", desk.path + "/confirm", nil},
		{"cert EE", "POST", desk.path + "/confirm", nil},
		{"delegate EE", "POST", desk.path + "/channels/" + desk.channel(t, 0) + "/dead", nil},
		{"cert EE", "POST", desk.path + "/channels/" + desk.channel(t, 0) + "/alive", nil},
		{"head_of_delegation EE", "POST", desk.path + "/suspend", object{"reason": "Somebody else answers."}},
		{"head_of_delegation EE", "POST", desk.path + "/resume", nil},
	} {
		c.must(t, http.StatusOK, x.who, x.method, x.path, x.body)
	}
	patch := func(status int, body object) object {
		t.Helper()
		return c.must(t, status, "delegate EE", "PATCH", desk.path, body, "If-Match", c.get(t, "delegate EE", desk.path).etag()).object(t)
	}
	// Whom it is for is narrowed at once: all of it, then one channel.
	if got := patch(http.StatusOK, object{"audience": "selected", "selected": object{"states": []string{"FI", "LV"}}}); got["audience"] != "selected" {
		t.Errorf("PATCH to selected shows it to %v", got["audience"])
	}
	// Not with anything else, nor where another part of it is shown to more.
	patch(http.StatusAccepted, object{"selected": object{"states": []string{"FI"}}, "note": "And ring twice."})
	number, mailbox := phone("duty", "+48221234567"), email("duty@cert.example")
	patch(http.StatusAccepted, object{"audience": "participants", "selected": nil, "channels": []object{
		with(number, "audience", "selected", "selected", object{"states": []string{"FI"}}), mailbox,
	}})
	patch(http.StatusAccepted, object{"selected": object{"states": []string{"FI"}}, "channels": []object{number}})
	patch(http.StatusOK, object{"selected": object{"states": []string{"FI"}}})
	c.must(t, http.StatusNotFound, "cert LV", "GET", desk.path, nil)
	// Not to others, and not to more.
	patch(http.StatusAccepted, object{"selected": object{"states": []string{"FI", "PL"}}})
	patch(http.StatusAccepted, object{"audience": "participants", "selected": nil})
	patch(http.StatusAccepted, object{"tlp": "TLP:CLEAR"})
	if acts := c.acts(t, desk); !slices.Equal(acts, []string{"narrowed", "narrowed", "channel_alive", "channel_dead", "confirmed", "confirmed", "created"}) {
		t.Errorf("the history is %v, want each act by its name", acts)
	}
}

// acts are what was done to an entry, newest first.
func (c *client) acts(t *testing.T, e entry) (acts []string) {
	t.Helper()
	for _, r := range c.get(t, "auditor", e.path+"/history").items(t) {
		acts = append(acts, text(r, "act"))
	}
	return acts
}

func TestAProposalIsMadeOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	c, _ := two(t)
	post := func() response {
		t.Helper()
		return c.must(t, http.StatusAccepted, "delegate EE", "POST", "/v1/organisations", agency("EE"), "Idempotency-Key", "one")
	}
	first, again := post(), post()
	if first.header.Get("Location") != again.header.Get("Location") || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("sent again, the proposal is %q (replayed: %q), want the same, %q",
			again.header.Get("Location"), again.header.Get("Idempotent-Replay"), first.header.Get("Location"))
	}
	approve := func() response {
		t.Helper()
		return c.must(t, http.StatusOK, "head_of_delegation EE", "POST", first.header.Get("Location")+"/approve", nil, "Idempotency-Key", "two")
	}
	if done, replayed := approve().object(t), approve(); replayed.object(t)["version"] != done["version"] || replayed.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("approved again: %s, want the same, replayed", replayed.body)
	}
	sheet := strings.Replace(c.file(t), "Duty desk", "Other desk", 1)
	file := func() response {
		t.Helper()
		return c.must(t, http.StatusAccepted, "delegate EE", "POST", "/v1/imports?kind=contacts", sheet,
			"Content-Type", "text/csv", "Idempotency-Key", "three")
	}
	if first, again := file(), file(); first.header.Get("Location") != again.header.Get("Location") {
		t.Error("the same file, sent again, is another proposal")
	}
}

// Whoever makes proposals that nobody decides on fills no disk.
func TestOnlySoMuchIsOpenAtATime(t *testing.T) {
	t.Parallel()
	c, _ := two(t)
	for range 200 {
		c.must(t, http.StatusAccepted, "delegate EE", "POST", "/v1/organisations", agency("EE"))
	}
	before := c.version(t)
	c.must(t, http.StatusConflict, "delegate EE", "POST", "/v1/organisations", agency("EE"))
	if after := c.version(t); after != before {
		t.Errorf("one too many took the register from %s to %s", before, after)
	}
	c.choose(t, "LV", "two_person")
	c.must(t, http.StatusAccepted, "delegate LV", "POST", "/v1/organisations", agency("LV")) // others are not kept waiting
	for _, sql := range []string{
		`alter table proposal disable trigger proposal_only_ends`,
		`update proposal set body = convert_to(repeat('x', 64 << 20), 'UTF8') where state = 'LV'`,
		`alter table proposal enable trigger proposal_only_ends`,
	} {
		if _, err := c.world.DB.Owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	c.must(t, http.StatusConflict, "delegate LV", "POST", "/v1/organisations", agency("LV"))
}

func TestADryRunSaysWhoWouldHaveToApprove(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	needed := func(who, method, path string, body any, headers ...string) any {
		t.Helper()
		approval, _ := c.must(t, http.StatusOK, who, method, path, body, headers...).object(t)["approval"].(object)
		if by, _ := approval["by"].([]any); (len(by) > 0) != (approval["needed"] == true) {
			t.Errorf("%s %s: approval %v, want who may where it is needed", method, path, approval)
		}
		return approval["needed"]
	}
	before := c.version(t)
	for _, x := range []struct {
		who  string
		want bool
		got  any
	}{
		{"a delegate", true, needed("delegate EE", "PATCH", desk.path+"?dry_run=true", object{"note": "x"}, "If-Match", desk.etag)},
		{"a CERT", true, needed("cert EE", "PATCH", desk.path+"?dry_run=true", object{"note": "x"}, "If-Match", desk.etag)},
		{"a confirmation", false, needed("delegate EE", "POST", desk.path+"/confirm?dry_run=true", nil)},
		{"narrowing", false, needed("delegate EE", "PATCH", desk.path+"?dry_run=true", object{"audience": "selected", "selected": object{"states": []string{"FI"}}}, "If-Match", desk.etag)},
		{"a file", true, needed("delegate EE", "POST", "/v1/imports?kind=contacts&dry_run=true", strings.Replace(c.file(t), "Duty desk", "Other desk", 1), "Content-Type", "text/csv")},
		{"another state's", false, needed("delegate LV", "POST", "/v1/organisations?dry_run=true", agency("LV"))},
	} {
		if x.got != x.want {
			t.Errorf("of %s a dry run says that approval is needed: %v, want %t", x.who, x.got, x.want)
		}
	}
	if after := c.version(t); after != before {
		t.Errorf("dry runs took the register from %s to %s", before, after)
	}
}

func TestProposalsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	c, _ := two(t)
	for i := range 5 {
		c.must(t, http.StatusAccepted, "delegate EE", "POST", "/v1/organisations", with(agency("EE"), "name", fmt.Sprint("Body ", i)))
	}
	var seen []string
	next := "/v1/proposals?status=open&limit=2"
	for next != "" {
		page := c.get(t, "head_of_delegation EE", next)
		for _, p := range page.items(t) {
			seen = append(seen, text(p, "id"))
			if p["changes"] != nil || p["may_decide"] != true {
				t.Errorf("a list shows %v, want no changes, and that its reader may decide", p)
			}
		}
		next = ""
		if cursor, ok := page.object(t)["next"].(string); ok {
			next = "/v1/proposals?status=open&limit=2&cursor=" + cursor
		}
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 5 {
		t.Errorf("%d proposals were listed, want 5, each once", len(seen))
	}
	table := string(c.get(t, "delegate EE", "/v1/proposals", "Accept", "text/csv").body)
	if lines := strings.Count(table, "\r\n"); lines != 6 || !strings.HasPrefix(table, "id,state,co_chair,does,") {
		t.Errorf("as a table: %q, want a head and five rows", table)
	}
}
