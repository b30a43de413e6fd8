package httpapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

// Each request below is wrong in all the ways that come after the one it is
// refused for, so that the answers show the order of the checks.
func TestChecksRunInTheirOrder(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	shown := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	hidden := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"KR"}}))
	retired := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	retired = read(t, c.must(t, http.StatusOK, "delegate EE", "POST", retired.path+"/retire", nil))
	broken, good := with(technical("EE"), "rank", 100), technical("EE")

	for _, step := range []struct {
		kind, who, path string
		body            any
		tag             string
	}{
		{"unauthenticated", "", "/v1/contacts/none", `{`, ""},
		{"unauthenticated", "", hidden.path, `{`, ""},
		{"not-found", "delegate PL", "/v1/contacts/none", `{`, ""},
		{"not-found", "delegate PL", hidden.path, `{`, ""},
		{"forbidden", "delegate PL", shown.path, `{`, ""},
		{"precondition-required", "delegate EE", shown.path, `{`, ""},
		{"malformed", "delegate EE", shown.path, `{`, `"1"`},
		{"stale", "delegate EE", shown.path, broken, `"1"`},
		{"stale", "delegate EE", retired.path, broken, `"1"`},
		{"invalid", "delegate EE", retired.path, broken, retired.etag},
		{"conflict", "delegate EE", retired.path, good, retired.etag},
	} {
		before := c.version(t)
		res := c.do(t, step.who, "PUT", step.path, step.body, "If-Match", step.tag)
		if res.kind() != step.kind {
			t.Errorf("PUT %s as %q = %d %s, want %s", step.path, step.who, res.status, res.body, step.kind)
		}
		if got := c.version(t); got != before {
			t.Errorf("the refusal moved the register from version %s to %s", before, got)
		}
	}
}

var requestIDs = regexp.MustCompile(`"request_id":"[^"]*"`)

func TestAnEntryThatOneMayNotReadAnswersAsOneThatNeverWas(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	selected := []any{"audience", "selected", "selected", object{"states": []string{"KR"}}}
	plain := func(res response) string {
		h := res.header.Clone()
		for _, own := range []string{"Request-Id", "Date"} {
			h.Del(own)
		}
		return fmt.Sprint(res.status, h, requestIDs.ReplaceAllString(string(res.body), ""))
	}
	for list, body := range map[string]object{
		"/v1/contacts": technical("EE"), "/v1/organisations": agency("EE"), "/v1/strategies": plan("EE"),
	} {
		hidden := c.add(t, "delegate EE", list, with(body, append(selected, "external_ids", []object{{"system": "misp", "value": "x"}})...))
		never := list + "/0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"
		for _, who := range []string{"delegate PL", "head_of_delegation PL", "cert PL", "partner", "secretariat KR", "", "partner EE"} {
			for _, r := range [][2]string{
				{"GET", ""}, {"GET", "/history"}, {"PUT", ""}, {"PATCH", ""}, {"POST", "/confirm"}, {"POST", "/reject"},
				{"POST", "/retire"}, {"POST", "/restore"}, {"POST", "/nominate"}, {"POST", "/withdraw"},
				{"POST", "/suspend"}, {"POST", "/resume"}, {"POST", "/suggestions"},
				{"POST", "/channels/" + hidden.id + "/dead"}, {"POST", "/channels/" + hidden.id + "/alive"},
			} {
				if strings.HasPrefix(who, "secretariat") && (r[1] == "/suspend" || r[1] == "/resume") {
					continue // it knows that the entry is there, and may act on it
				}
				var sent any
				if r[0] == "PUT" || r[0] == "PATCH" {
					sent = body
				}
				got := c.do(t, who, r[0], hidden.path+r[1], sent, "If-Match", hidden.etag)
				want := c.do(t, who, r[0], never+r[1], sent, "If-Match", hidden.etag)
				if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
					t.Errorf("%s %s as %q differs from what never was (-never +hidden):\n%s", r[0], hidden.path+r[1], who, diff)
				}
			}
			got := c.do(t, who, "GET", list+"/external/EE/misp/x", nil)
			want := c.do(t, who, "GET", list+"/external/EE/misp/y", nil)
			if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
				t.Errorf("GET %s/external/EE/misp/x as %q differs from what never was (-never +hidden):\n%s", list, who, diff)
			}
		}
		if got := c.get(t, "cert KR", hidden.path).object(t); got["named_states"] != nil || got["selected"] != nil {
			t.Errorf("GET %s shows a reader whom it names: %v", hidden.path, got)
		}
		if got := c.get(t, "auditor", hidden.path).object(t); fmt.Sprint(got["named_states"]) != "[KR]" {
			t.Errorf("GET %s shows the auditor that it names %v, want KR", hidden.path, got["named_states"])
		}
	}
	if items := c.get(t, "secretariat US", "/v1/withheld?state=EE&limit=2").items(t); len(items) != 2 || items[0]["office_title"] != nil {
		t.Errorf("GET /v1/withheld has %v, want two entries and nothing of what they say", items)
	}
	if got := c.get(t, "secretariat US", "/v1/withheld", "If-None-Match", "*"); got.header.Get("Cache-Control") != "no-store" || got.etag() != "" {
		t.Errorf("GET /v1/withheld has Cache-Control %q and ETag %q, want no-store, and none", got.header.Get("Cache-Control"), got.etag())
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	secret := with(phone("mobile", "+48601234567"), "audience", "selected", "selected", object{"states": []string{"KR"}})
	body := with(technical("EE"), "channels", []object{email("duty@cert.example"), secret})
	e := c.add(t, "delegate EE", "/v1/contacts", body)
	c.must(t, http.StatusOK, "cert EE", "POST", e.path+"/confirm", nil)
	e = read(t, c.get(t, "delegate EE", e.path))
	e = read(t, c.must(t, http.StatusOK, "head_of_delegation EE", "PATCH", e.path, `{"note":"Ring twice."}`, "If-Match", e.etag))

	own := c.get(t, "delegate EE", e.path+"/history")
	if got := own.header.Get("Cache-Control"); got != "no-store" || own.etag() != "" {
		t.Errorf("GET history has Cache-Control %q and ETag %q, want it never cached", got, own.etag())
	}
	var acts []string
	for _, r := range own.items(t) {
		by := r["by"].(object)
		acts = append(acts, fmt.Sprintln(r["act"], by["role"], by["state"], by["name"]))
	}
	want := []string{
		"replaced head_of_delegation EE head_of_delegation EE\n", "confirmed cert EE cert EE\n", "created delegate EE delegate EE\n",
	}
	if diff := cmp.Diff(want, acts); diff != "" {
		t.Errorf("GET history mismatch (-want +got):\n%s", diff)
	}
	newest := own.items(t)[0]
	if text(newest, "version") != e.version || !strings.Contains(fmt.Sprint(newest["diff"]), "path:/note to:Ring twice.") {
		t.Errorf("the newest revision is %v, want version %s and the note", newest, e.version)
	}
	if !strings.Contains(string(own.body), "+48601234567") {
		t.Errorf("GET history as the owner does not show the narrower channel")
	}
	for _, who := range []string{"cert PL", "partner", "secretariat KR"} {
		foreign := c.get(t, who, e.path+"/history")
		for _, secret := range []string{"+48601234567", e.channel(t, 1), "named", "audience_state", `"name"`} {
			if strings.Contains(string(foreign.body), secret) {
				t.Errorf("GET history as %q shows %q: %s", who, secret, foreign.body)
			}
		}
	}
	if named := c.get(t, "cert KR", e.path+"/history"); !strings.Contains(string(named.body), "+48601234567") {
		t.Error("GET history as a state that the channel names does not show it")
	}
}

func TestHistoryComesInPages(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	for range 4 {
		c.must(t, http.StatusOK, "cert EE", "POST", e.path+"/confirm", nil)
	}
	versions := func(res response) (out []string) {
		for _, r := range res.items(t) {
			out = append(out, text(r, "version"))
		}
		return out
	}
	whole := versions(c.get(t, "cert PL", e.path+"/history"))
	var walked []string
	for path := e.path + "/history?limit=2"; path != ""; {
		res := c.get(t, "cert PL", path)
		walked, path = append(walked, versions(res)...), ""
		if next := res.object(t)["next"]; next != nil {
			path = fmt.Sprintf("%s/history?limit=2&before=%.0f", e.path, next)
		}
	}
	if diff := cmp.Diff(whole, walked); diff != "" || len(whole) != 5 {
		t.Errorf("GET history by 2 differs from the whole, %v (-whole +walk):\n%s", whole, diff)
	}
}

func TestTextThatLooksLikeSQLIsText(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	const bobby = `Robert'); drop table entry; -- $1 @id \x27 %s`
	e := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "office_title", bobby, "note", bobby, "person", object{"name": bobby}))
	got := c.get(t, "cert PL", e.path).object(t)
	if got["office_title"] != bobby || got["note"] != bobby || text(got["person"].(object), "name") != bobby {
		t.Errorf("GET %s = %v, want the text as it was sent", e.path, got)
	}
}
