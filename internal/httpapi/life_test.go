package httpapi_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

func TestContactLife(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	made := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/contacts", technical("EE"))
	e := read(t, made)

	if got := made.header.Get("Location"); got != e.path {
		t.Errorf("POST /v1/contacts has Location %q, want %q", got, e.path)
	}
	if got := made.header.Get("Register-Version"); got != e.version {
		t.Errorf("POST /v1/contacts has Register-Version %s, want the entry's own, %s", got, e.version)
	}
	if by := text(e.view, "nominated_by"); by != w.Actor(t, "delegate EE").Delegation {
		t.Errorf("POST /v1/contacts is nominated by %s, want the delegate's delegation", by)
	}
	seen := c.get(t, "cert EE", e.path)
	if seen.etag() != e.etag || string(seen.body) != string(made.body) {
		t.Errorf("GET as cert = %s %s, want what was made, %s", seen.etag(), seen.body, e.etag)
	}
	c.must(t, http.StatusNotModified, "cert EE", "GET", e.path, nil, "If-None-Match", e.etag)
	c.must(t, http.StatusNotModified, "cert EE", "GET", "/v1/contacts/"+strings.ToUpper(e.id), nil, "If-None-Match", "*")

	c.must(t, http.StatusPreconditionRequired, "delegate EE", "PUT", e.path, technical("EE"))
	c.must(t, http.StatusPreconditionRequired, "delegate EE", "PUT", e.path, technical("EE"), "If-Match", "*")
	second := c.must(t, http.StatusOK, "head_of_delegation EE", "PUT", e.path, with(technical("EE"), "note", "Ring twice."), "If-Match", e.etag)
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PUT", e.path, technical("EE"), "If-Match", e.etag)
	if second.etag() == e.etag {
		t.Error("PUT has the ETag of before")
	}

	// The version alone will do, a weakened tag, and one of several.
	version := read(t, second).version
	third := c.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, `{"note":null,"office_title_en":"Desk"}`, "If-Match", `"1", "`+version+`"`)
	if view := third.object(t); view["note"] != nil || view["office_title_en"] != "Desk" || view["office_title"] != "Duty desk" {
		t.Errorf("PATCH {note: null, office_title_en} shows note %v, office_title_en %v, office_title %v", view["note"], view["office_title_en"], view["office_title"])
	}
	c.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, `{"note":"As text."}`, "If-Match", "W/"+third.etag(), "Content-Type", "application/merge-patch+json; charset=UTF-8")
	// An ETag of another life of the register is stale, whatever its version.
	now := read(t, c.get(t, "delegate EE", e.path))
	other := strings.Replace(now.etag, "-", "-00000000", 1)
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PATCH", e.path, `{}`, "If-Match", other[:len(other)-9]+`"`)
}

func TestReplacingAContactKeepsTheProofOfWhatDidNotChange(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	channels := func(view object) (out []object) {
		for _, ch := range view["channels"].([]any) {
			out = append(out, ch.(object))
		}
		return out
	}
	before := channels(e.view)
	// The same number in another spelling, and another mailbox, in another order.
	body := with(technical("EE"), "channels", []object{email("new@cert.example"), phone("duty", "0048 22 123 45 67")})
	after := channels(c.must(t, http.StatusOK, "delegate EE", "PUT", e.path, body, "If-Match", e.etag).object(t))

	for _, member := range []string{"id", "value", "confirmed_at", "changed_at"} {
		if after[1][member] != before[0][member] {
			t.Errorf("the phone's %s was %v and is %v, want it kept", member, before[0][member], after[1][member])
		}
		if after[0][member] == before[1][member] {
			t.Errorf("the new mailbox has the old one's %s, %v", member, after[0][member])
		}
	}
}

func TestChannelsDieAndComeBack(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	at := e.path + "/channels/" + e.channel(t, 0)

	dead := c.must(t, http.StatusOK, "cert EE", "POST", at+"/dead", nil).object(t)
	if diff := cmp.Diff([]any{"duty_phone"}, dead["missing"]); diff != "" || dead["incomplete"] != true {
		t.Errorf("a contact without a live duty phone is incomplete: %v, missing (-want +got):\n%s", dead["incomplete"], diff)
	}
	c.must(t, http.StatusConflict, "cert EE", "POST", at+"/dead", nil)
	alive := c.must(t, http.StatusOK, "cert EE", "POST", at+"/alive", nil).object(t)
	if alive["incomplete"] != false {
		t.Errorf("with its phone alive again the contact is incomplete: %v", alive["missing"])
	}
	c.must(t, http.StatusForbidden, "cert PL", "POST", at+"/dead", nil)
	c.must(t, http.StatusForbidden, "secretariat US", "POST", at+"/dead", nil)
	c.must(t, http.StatusNotFound, "cert EE", "POST", e.path+"/channels/"+e.id+"/dead", nil)

	embassy := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "kind", "diplomatic"))
	c.must(t, http.StatusForbidden, "cert EE", "POST", embassy.path+"/channels/"+embassy.channel(t, 0)+"/dead", nil)
}

func TestTheLastTechnicalContactGoesByItsHeadAlone(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	first := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	last := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "rank", 2))
	c.must(t, http.StatusOK, "delegate EE", "POST", first.path+"/withdraw", nil)

	before := c.version(t)
	for _, act := range []string{"withdraw", "retire"} {
		res := c.must(t, http.StatusForbidden, "delegate EE", "POST", last.path+"/"+act, nil)
		if !strings.Contains(string(res.body), "only its head of delegation") {
			t.Errorf("POST %s = %s, want it to say who may", act, res.body)
		}
	}
	c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", last.path+"/retire", nil)
	if got := c.version(t); got != before {
		t.Errorf("the refusals moved the register from version %s to %s", before, got)
	}
	if card := c.get(t, "cert PL", "/v1/states/EE/card").object(t); card["technical_withdrawn_on"] != nil {
		t.Errorf("the card says that there is none since %v, and there is one", card["technical_withdrawn_on"])
	}
	gone := c.must(t, http.StatusOK, "head_of_delegation EE", "POST", last.path+"/withdraw", nil).object(t)
	if card := c.get(t, "cert PL", "/v1/states/EE/card").object(t); card["technical_withdrawn_on"] != gone["standing_since"] {
		t.Errorf("the card has technical_withdrawn_on %v, want %v", card["technical_withdrawn_on"], gone["standing_since"])
	}
	c.must(t, http.StatusOK, "delegate EE", "POST", last.path+"/restore", nil)
	if card := c.get(t, "cert PL", "/v1/states/EE/card").object(t); card["technical_withdrawn_on"] != nil {
		t.Errorf("the restored contact is on the card, and so is technical_withdrawn_on %v", card["technical_withdrawn_on"])
	}
}

func TestWhatWasFoundInPublicBecomesTheStatesWordByItsOwnActOnly(t *testing.T) {
	t.Parallel()
	for list, body := range map[string]object{
		"/v1/contacts":      found("EE"),
		"/v1/organisations": with(found("EE"), "kind", "csirt", "name", "CERT-EE", "office_title", nil, "channels", nil),
		"/v1/strategies": with(found("EE"), "kind", "strategy", "original_title", "Strategy", "status", "adopted",
			"office_title", nil, "channels", nil),
	} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			c := serve(t, fixture.New(t))
			c.must(t, http.StatusForbidden, "delegate EE", "POST", list, body)
			e := c.add(t, "secretariat KR", list, body)
			if e.view["basis"] != "public_source" || e.view["audience"] != "public" || e.view["freshness"] != nil || e.view["nominated_at"] != nil {
				t.Errorf("what was found is shown as %v, want nothing of a nomination", e.view)
			}
			c.must(t, http.StatusConflict, "delegate EE", "POST", e.path+"/confirm", nil)
			c.must(t, http.StatusForbidden, "secretariat KR", "POST", e.path+"/nominate", nil)
			c.must(t, http.StatusForbidden, "secretariat KR", "PUT", e.path, with(body, "basis", "nominated", "audience", "public", "sources", nil), "If-Match", e.etag)
			c.must(t, http.StatusForbidden, "delegate EE", "PUT", e.path, with(body, "audience", "public"), "If-Match", e.etag)
			e = read(t, c.must(t, http.StatusOK, "secretariat PL", "PUT", e.path, with(body, "audience", "public", "tlp", "TLP:GREEN"), "If-Match", e.etag))

			c.must(t, http.StatusForbidden, "delegate PL", "POST", e.path+"/reject", nil)
			if got := c.must(t, http.StatusOK, "delegate EE", "POST", e.path+"/reject", nil).object(t); got["standing"] != "rejected" {
				t.Errorf("POST reject leaves it %v", got["standing"])
			}
			if items := c.get(t, "", list+"?state=EE").items(t); len(items) != 0 {
				t.Errorf("a rejected entry is still listed: %v", items)
			}
			c.must(t, http.StatusForbidden, "secretariat KR", "POST", e.path+"/restore", nil)
			c.must(t, http.StatusConflict, "delegate EE", "POST", e.path+"/nominate", nil)
			c.must(t, http.StatusOK, "delegate EE", "POST", e.path+"/restore", nil)

			adopted := c.must(t, http.StatusOK, "delegate EE", "POST", e.path+"/nominate", `{"tlp":"TLP:AMBER"}`, "Content-Type", "application/merge-patch+json").object(t)
			if adopted["basis"] != "nominated" || adopted["tlp"] != "TLP:AMBER" || adopted["freshness"] == nil || len(adopted["sources"].([]any)) != 0 {
				t.Errorf("POST nominate shows %v, want the state's own word with the correction, and no sources", adopted)
			}
			c.must(t, http.StatusConflict, "delegate EE", "POST", e.path+"/nominate", nil)
			c.must(t, http.StatusConflict, "delegate EE", "POST", e.path+"/reject", nil)
			c.must(t, http.StatusForbidden, "secretariat KR", "PUT", e.path, with(body, "audience", "public"), "If-Match", e.etag)
		})
	}
}

// Of those who make an entry by the same external id at once, one makes it, and the
// others learn that it is there.
func TestOneOfThoseWhoMakeAnEntryAtOnceMakesIt(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	answers := make(chan int, 6)
	for range cap(answers) {
		go func() {
			answers <- c.do(t, "delegate EE", "PUT", "/v1/contacts/external/EE/ee-register/1", technical("EE"), "If-None-Match", "*").status
		}()
	}
	count := map[int]int{}
	for range cap(answers) {
		count[<-answers]++
	}
	if want := (map[int]int{http.StatusCreated: 1, http.StatusPreconditionFailed: 5}); !maps.Equal(count, want) {
		t.Errorf("six PUT at once with If-None-Match: * were answered %v, want %v", count, want)
	}
}

func TestExternalIDs(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	path := "/v1/contacts/external/EE/ee-register/desk:7@x"
	c.must(t, http.StatusNotFound, "delegate EE", "GET", path, nil)
	c.must(t, http.StatusPreconditionRequired, "delegate EE", "PUT", path, technical("EE"))
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PUT", path, technical("EE"), "If-Match", `"3"`)
	c.must(t, http.StatusForbidden, "delegate PL", "PUT", path, technical("EE"))
	c.must(t, http.StatusForbidden, "delegate PL", "PUT", path, `{`, "If-None-Match", "*")
	// Who may make one there is told what is wrong with what was sent, before whose it would be.
	c.must(t, http.StatusBadRequest, "delegate EE", "PUT", path, `{`, "If-None-Match", "*")
	c.must(t, http.StatusBadRequest, "secretariat KR", "PUT", path, `{`, "If-None-Match", "*")
	made := c.must(t, http.StatusCreated, "delegate EE", "PUT", path, with(technical("EE"), "state", nil), "If-None-Match", "*")
	e := read(t, made)
	if got := made.header.Get("Location"); got != e.path {
		t.Errorf("PUT by an external id has Location %q, want %q", got, e.path)
	}
	c.must(t, http.StatusPreconditionFailed, "delegate EE", "PUT", path, technical("EE"), "If-None-Match", "*")
	again := c.must(t, http.StatusOK, "delegate EE", "PUT", path, with(technical("EE"), "note", "By number."), "If-Match", e.etag)
	for _, spelt := range []string{path, "/v1/contacts/external/EE/ee-register/desk%3A7%40x"} {
		if got := c.get(t, "cert PL", spelt); got.etag() != again.etag() {
			t.Errorf("GET %s has the ETag %s, want %s", spelt, got.etag(), again.etag())
		}
	}
	c.must(t, http.StatusNotFound, "", "GET", path, nil)
	c.must(t, http.StatusConflict, "delegate EE", "POST", "/v1/contacts",
		with(technical("EE"), "external_ids", []object{{"system": "ee-register", "value": "desk:7@x"}}))
}
