package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pocreg.example/internal/fixture"
)

// people are the columns of the matrix. Estonia is the own state of those who
// have one, Latvia the foreign one.
var people = []string{
	"", "cert EE", "delegate EE", "head_of_delegation EE",
	"partner", "partner EE", "narrow partner", "secretariat KR", "auditor",
}

// readable is the design's table of who may read an entry, written by hand: the
// status of a GET of Estonia's entry, and of Latvia's. The entry is for the
// public, for participants, for selected states with the other of the two among
// them ("named") or without ("hidden"), or was found in public.
var readable = map[string]string{
	//               public  cert    delegate head    partner part-EE narrow  secret. auditor
	"public":       "200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200",
	"found":        "200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200",
	"participants": "404/404 200/200 200/200  200/200 200/200 200/200 404/404 200/200 200/200",
	"named":        "404/404 200/200 200/200  200/200 404/404 404/200 404/404 404/404 200/200",
	"hidden":       "404/404 200/404 200/404  200/404 404/404 404/404 404/404 404/404 200/200",
}

// changeable is who may do what to an entry that they may read: "own" to
// Estonia's, "all" to both. The rest is refused with 403; with 404 what may not
// be read, and with 401 who sent no token.
var changeable = []struct{ act, noun, variant, cells string }{
	//                                      public cert delegate head partner part-EE narrow secret. auditor
	{"replace", "", "found", "              -      -    -        -    -       -       -      all     -"},
	{"replace", "technical contact", "", "  -      own  own      own  -       -       -      -       -"}, // a CERT's is a proposal
	{"replace", "", "", "                   -      -    own      own  -       -       -      -       -"},
	{"nominate", "technical contact", "", " -      own  own      own  -       -       -      -       -"},
	{"nominate", "", "", "                  -      -    own      own  -       -       -      -       -"},
	{"confirm", "technical contact", "", "  -      own  own      own  -       -       -      -       -"},
	{"confirm", "", "", "                   -      -    own      own  -       -       -      -       -"},
	{"reject", "technical contact", "", "   -      own  own      own  -       -       -      -       -"},
	{"reject", "", "", "                    -      -    own      own  -       -       -      -       -"},
	{"retire", "technical contact", "found", " -    own  own      own  -       -       -      all     -"},
	{"retire", "technical contact", "", "   -      own  own      own  -       -       -      -       -"},
	{"retire", "", "found", "               -      -    own      own  -       -       -      all     -"},
	{"retire", "", "", "                    -      -    own      own  -       -       -      -       -"},
	{"suspend", "", "", "                   -      -    -        own  -       -       -      all     -"}, // one of two proposes
	{"suggest", "", "", "                   -      all  all      all  -       -       -      all     -"},
	{"mark", "technical contact", "", "     -      own  own      own  -       -       -      -       -"},
	{"mark", "", "", "                      -      -    own      own  -       -       -      -       -"},
}

// rest are the operations that are not on one entry, each for Estonia and for
// Latvia: S is the state's code, DELEGATION, TOKEN and HEADS are the ids of its
// delegation, of its CERT's token and of its head's, PROPOSAL and CERTS those of
// what a delegate and a CERT of it have proposed, PAIRS of what one of Poland's
// secretariat has.
var rest = []struct{ method, path, body, cells string }{
	//                                                         public  cert    delegate head    partner part-EE narrow  secret. auditor
	{"GET", "/v1/me", "", "                                    200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/states", "", "                                200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/states/S", "", "                              200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/states/S/card", "", "                         200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"PUT", "/v1/states/S/instruments", `{"instruments":[]}`, "401/401 403/403 200/403  200/403 403/403 403/403 403/403 403/403 403/403"},
	{"GET", "/v1/delegations?state=S", "", "                   200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/delegations/DELEGATION", "", "                404/404 200/200 200/200  200/200 200/200 200/200 404/404 200/200 200/200"},
	{"PUT", "/v1/delegations/DELEGATION/mode", `{"mode":"default"}`, "401/401 403/403 403/403 200/403 403/403 403/403 404/404 403/403 403/403"},
	{"POST", "/v1/delegations/DELEGATION/contest", "", "       401/401 403/403 403/403  403/403 403/403 403/403 404/404 200/200 403/403"},
	{"POST", "/v1/delegations/DELEGATION/reopen", "", "        401/401 403/403 403/403  403/403 403/403 403/403 404/404 200/200 403/403"},
	{"POST", "/v1/delegations/DELEGATION/close", "", "         401/401 403/403 403/403  403/403 403/403 403/403 404/404 200/200 403/403"},
	{"GET", "/v1/proposals/PAIRS", "", "                       401/401 404/404 404/404  404/404 404/404 404/404 404/404 200/200 200/200"},
	{"POST", "/v1/proposals/PAIRS/approve", "", "              401/401 404/404 404/404  404/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/proposals/PAIRS/decline", `{"word":"No"}`, " 401/401 404/404 404/404  404/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/proposals/PAIRS/withdraw", "", "             401/401 404/404 404/404  404/404 404/404 404/404 404/404 403/403 403/403"},
	{"GET", "/v1/proposals?state=S", "", "                     401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/proposals/PROPOSAL", "", "                    401/401 404/404 200/404  200/404 404/404 404/404 404/404 404/404 200/200"},
	{"POST", "/v1/proposals/PROPOSAL/approve", "", "           401/401 404/404 403/404  200/404 404/404 404/404 404/404 404/404 403/403"},
	{"POST", "/v1/proposals/PROPOSAL/decline", `{"word":"No"}`, "401/401 404/404 403/404 200/404 404/404 404/404 404/404 404/404 403/403"},
	{"POST", "/v1/proposals/PROPOSAL/withdraw", "", "          401/401 404/404 200/404  403/404 404/404 404/404 404/404 404/404 403/403"},
	{"GET", "/v1/proposals/CERTS", "", "                       401/401 200/404 200/404  200/404 404/404 404/404 404/404 404/404 200/200"},
	{"POST", "/v1/proposals/CERTS/approve", "", "              401/401 403/404 200/404  200/404 404/404 404/404 404/404 404/404 403/403"},
	{"POST", "/v1/proposals/CERTS/decline", `{"word":"No"}`, " 401/401 403/404 200/404  200/404 404/404 404/404 404/404 404/404 403/403"},
	{"POST", "/v1/proposals/CERTS/withdraw", "", "             401/401 200/404 403/404  403/404 404/404 404/404 404/404 404/404 403/403"},
	{"PUT", "/v1/delegations/DELEGATION/channels", `{"channels":[]}`, "401/401 403/403 200/403 200/403 403/403 403/403 404/404 403/403 403/403"},
	{"GET", "/v1/contacts?state=S", "", "                      200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/organisations?state=S", "", "                 200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/strategies?state=S", "", "                    200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/search?q=cert&state=S", "", "                    200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/reach?state=S", "", "                         200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/withheld?state=S", "", "                      401/401 403/403 403/403  403/403 403/403 403/403 403/403 200/200 403/403"},
	{"GET", "/v1/trail?state=S", "", "                         401/401 403/403 200/403  200/403 403/403 403/403 403/403 200/200 200/200"},
	{"GET", "/v1/trail", "", "                                 401/401 403/403 200/200  200/200 403/403 403/403 403/403 200/200 200/200"},
	{"GET", "/v1/access-log", "", "                            401/401 403/403 200/200  200/200 403/403 403/403 403/403 403/403 200/200"},
	{"GET", "/v1/access-log?state=S", "", "                    401/401 403/403 200/403  200/403 403/403 403/403 403/403 403/403 200/200"},
	{"GET", "/v1/access-log/people", "", "                     401/401 403/403 403/403  200/200 403/403 403/403 403/403 403/403 200/200"},
	{"GET", "/v1/access-log/people?reader_state=S", "", "      401/401 403/403 403/403  200/403 403/403 403/403 403/403 403/403 200/200"},
	{"GET", "/v1/access-log/people?state=S", "", "             401/401 403/403 403/403  200/200 403/403 403/403 403/403 403/403 200/200"},
	{"GET", "/v1/tokens", "", "                                401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"POST", "/v1/tokens", tokenBody, "                        401/401 403/403 403/403  200/200 403/403 403/403 403/403 403/403 403/403"},
	{"POST", "/v1/tokens", "{}", "                             401/401 403/403 403/403  200/200 403/403 403/403 403/403 403/403 403/403"},
	{"GET", "/v1/tokens/TOKEN", "", "                          401/401 200/404 404/404  200/404 404/404 404/404 404/404 404/404 200/200"},
	{"DELETE", "/v1/tokens/TOKEN", "", "                       401/401 403/404 404/404  200/404 404/404 404/404 404/404 404/404 403/403"},
	{"POST", "/v1/tokens/TOKEN/freeze", `{"reason":"Tried."}`, "401/401 403/404 404/404  200/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/tokens/HEADS/freeze", `{"reason":"Tried."}`, "401/401 404/404 404/404  403/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/tokens/TOKEN/freeze", "{}", "                401/401 403/404 404/404  200/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/tokens/TOKEN/thaw", "", "                    401/401 403/404 404/404  200/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/tokens/" + nothing + "/freeze", "", "        401/401 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
	{"GET", "/v1/suggestions?state=S", "", "                   401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/exports/contacts?state=S", "", "              200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"POST", "/v1/imports?kind=contacts", "text/csv", "        401/401 403/403 200/200  200/200 403/403 403/403 403/403 403/403 403/403"}, // another state's row is a fault
	{"POST", "/v1/imports?kind=public_facts", "text/csv", "    401/401 403/403 403/403  403/403 403/403 403/403 403/403 200/200 403/403"},
	{"POST", "/v1/imports?kind=strategies", "application/json", " 401/401 403/403 403/403 403/403 403/403 403/403 403/403 200/200 403/403"},
	{"GET", "/v1/reference/norms", "", "                       200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/reference/cbms", "", "                        200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/reference/frameworks", "", "                  200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/reference/instruments", "", "                 200/200 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/contacts/" + nothing, "", "                   404/404 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
	{"POST", "/v1/contacts", `{"state":7}`, "                    401/401 400/400 400/400  400/400 403/403 403/403 403/403 400/400 403/403"},
	{"POST", "/v1/organisations", `{"state":7}`, "               401/401 403/403 400/400  400/400 403/403 403/403 403/403 400/400 403/403"},
	{"DELETE", "/v1/tokens/none", "", "                        401/401 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
	{"PUT", "/v1/contacts/" + nothing, `{}`, "                 401/401 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
	{"POST", "/v1/contacts/" + nothing + "/confirm", "", "     401/401 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
}

// creating is who may make an entry: of what a state says, and of what was
// found; by POST, and by PUT under an id of an outside system.
var creating = map[string]string{
	//               public  cert    delegate head    partner part-EE narrow  secret. auditor
	"technical":    "401/401 200/403 200/403  200/403 403/403 403/403 403/403 403/403 403/403", // a CERT's is a proposal
	"participants": "401/401 403/403 200/403  200/403 403/403 403/403 403/403 403/403 403/403",
	"found":        "401/401 403/403 403/403  403/403 403/403 403/403 403/403 200/200 403/403",
}

// creatable is the row of creating for an entry; "" if there is none.
func creatable(noun, variant string) string {
	if variant == "participants" && noun == "technical contact" {
		variant = "technical"
	}
	return creating[variant]
}

const (
	nothing   = "00000000-0000-4000-8000-000000000000"
	tokenBody = `{"owner":"New","owner_kind":"person","role":"cert","label":"phone","access":"read","audiences":["public"],"expires_at":"EXPIRES"}`
)

// nouns are what there is an entry of, by the name of its kind.
var nouns = map[string]struct{ path, body string }{
	"organisation":      {"/v1/organisations", `"kind":"csirt","name":"A team"`},
	"technical contact": {"/v1/contacts", `"kind":"technical","office_title":"Desk","channels":[{"type":"email","value":"desk@example.org"}NIGHT]`},
	"policy contact":    {"/v1/contacts", `"kind":"policy","office_title":"Ministry","channels":[{"type":"email","value":"post@example.org"}]`},
	"strategy":          {"/v1/strategies", `"kind":"strategy","original_title":"Plan","status":"draft"`},
}

// subject is an entry that the matrix is tried on.
type subject struct {
	noun, variant, state string
	path                 string // /v1/contacts/{id}
	etag                 string
	body                 string
	channel              string // the id of its first channel, "" for none
}

func (s subject) own() bool { return s.state == "EE" }

// entryBody is what makes an entry of a noun and a variant.
func entryBody(noun, variant, state string) string {
	others := map[string]string{"EE": "LV", "LV": "EE"}
	whom := map[string]string{
		"public":       `"audience":"public"`,
		"participants": `"audience":"participants"`,
		"named":        `"audience":"selected","selected":{"states":["` + others[state] + `","PL"]}`,
		"hidden":       `"audience":"selected","selected":{"states":["PL"]}`,
		"found": `"audience":"public","basis":"public_source",
			"sources":[{"pointer":"/name","value":"x","source":"https://example.org","date":"2026-01-01"}]`,
	}[variant]
	night := `,{"type":"email","value":"night@example.org","audience":"selected","selected":{"states":["PL"]}}`
	if variant == "found" { // which is public throughout
		night = ""
	}
	return fmt.Sprintf(`{"state":%q,%s,%s,"external_ids":[{"system":"un","value":%q}]}`,
		state, strings.Replace(nouns[noun].body, "NIGHT", night, 1), whom, strings.ReplaceAll(noun+"-"+variant, " ", "-"))
}

// stock makes an entry of every noun and variant, of both states.
func stock(t *testing.T, c *client) []subject {
	t.Helper()
	var out []subject
	for noun, n := range nouns {
		for variant := range readable {
			for _, state := range []string{"EE", "LV"} {
				who := "delegate " + state
				if variant == "found" {
					who = "secretariat KR"
				}
				s := subject{noun: noun, variant: variant, state: state, body: entryBody(noun, variant, state)}
				made := c.must(t, http.StatusCreated, who, "POST", n.path, s.body)
				s.path, s.etag = made.header.Get("Location"), made.etag()
				if channels, ok := made.object(t)["channels"].([]any); ok {
					s.channel = text(channels[0].(map[string]any), "id")
				}
				out = append(out, s)
			}
		}
	}
	return out
}

// of returns the cell of a row for one of people, and of two the one for the
// state.
func of(t *testing.T, row string, column int, own bool) string {
	t.Helper()
	cells := strings.Fields(row)
	if len(cells) != len(people) {
		t.Fatalf("the row %q has %d cells, want %d", row, len(cells), len(people))
	}
	first, second, two := strings.Cut(cells[column], "/")
	if two && !own {
		return second
	}
	return first
}

// wanted is the status that a change of s deserves.
func wanted(t *testing.T, act string, s subject, column int) string {
	t.Helper()
	if people[column] == "" {
		return "401"
	}
	if read := of(t, readable[s.variant], column, s.own()); read != "200" {
		if act == "suspend" && people[column] == "secretariat KR" {
			return "200" // of what is not for it, the secretariat knows that it is there
		}
		return read
	}
	for _, rule := range changeable {
		if rule.act == act && (rule.noun == "" || rule.noun == s.noun) && (rule.variant == "" || rule.variant == s.variant) {
			if cell := of(t, rule.cells, column, s.own()); cell == "all" || cell == "own" && s.own() {
				return "200"
			}
			return "403"
		}
	}
	t.Fatalf("no rule says who may %s a %s", act, s.noun)
	return ""
}

// attempts are the requests that do each act to an entry.
func attempts(s subject) []struct{ act, method, path, body, contentType string } {
	type attempt = struct{ act, method, path, body, contentType string }
	const plain, merge = "application/json", "application/merge-patch+json"
	out := []attempt{
		{"replace", "PUT", s.path, s.body, plain},
		{"replace", "PATCH", s.path, `{"external_ids":[]}`, merge},
		{"nominate", "POST", s.path + "/nominate", "", plain},
		{"confirm", "POST", s.path + "/confirm", "", plain},
		{"reject", "POST", s.path + "/reject", "", plain},
		{"retire", "POST", s.path + "/retire", "", plain},
		{"retire", "POST", s.path + "/restore", "", plain},
		{"suspend", "POST", s.path + "/suspend", `{"reason":"Tried."}`, plain},
		{"suspend", "POST", s.path + "/resume", "", plain},
		{"suggest", "POST", s.path + "/suggestions", `{"text":"Tried."}`, plain},
	}
	if s.channel != "" {
		out = append(out,
			attempt{"retire", "POST", s.path + "/withdraw", "", plain},
			attempt{"mark", "POST", s.path + "/channels/" + s.channel + "/dead", "", plain},
			attempt{"mark", "POST", s.path + "/channels/" + s.channel + "/alive", "", plain})
	}
	return out
}

// TestMatrix tries every operation as everybody, on the own state's and on
// another's. Changes are rehearsed: at the end nothing has changed.
func TestMatrix(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	subjects := stock(t, c)
	c.proposed = map[string]string{}
	for _, s := range subjects {
		if s.noun != "technical contact" || s.variant != "public" {
			continue
		}
		c.choose(t, s.state, "two_person")
		for _, role := range []string{"delegate ", "cert "} {
			res := c.must(t, http.StatusAccepted, role+s.state, "PATCH", s.path, `{"external_ids":[]}`, "If-Match", s.etag)
			c.proposed[role+s.state] = text(res.object(t), "id")
		}
		c.choose(t, s.state, "single")
		contest := "/v1/delegations/" + c.world.Actor(t, "cert "+s.state).Delegation + "/contest"
		c.proposed["secretariat "+s.state] = text(c.must(t, http.StatusAccepted, "secretariat PL", "POST", contest, nil).object(t), "id")
	}
	before := c.world.Register.Latest()
	var cells atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d cells", cells.Load())
		if after := c.world.Register.Latest(); after != before {
			t.Errorf("the register went from version %d to %d, want that nothing changed", before, after)
		}
	})
	try := func(t *testing.T, who, method, path, body, want string, headers ...string) response {
		t.Helper()
		cells.Add(1)
		if method != "GET" && strings.Contains(path, "?") {
			path += "&dry_run=true"
		} else if method != "GET" {
			path += "?dry_run=true"
		}
		var sent any
		if body != "" {
			sent = body
		}
		res := c.do(t, who, method, path, sent, headers...)
		if fmt.Sprint(res.status) != want {
			t.Errorf("%s %s as %q = %d %s, want %s", method, path, who, res.status, res.body, want)
		}
		return res
	}
	for column, who := range people {
		t.Run("as "+strings.ReplaceAll("anybody "+who, "anybody ", ""), func(t *testing.T) {
			t.Parallel()
			for _, s := range subjects {
				seen := of(t, readable[s.variant], column, s.own())
				try(t, who, "GET", s.path, "", seen)
				try(t, who, "GET", s.path+"/history", "", seen)
				external := strings.ReplaceAll(s.noun+"-"+s.variant, " ", "-")
				try(t, who, "GET", nouns[s.noun].path+"/external/"+s.state+"/un/"+external, "", seen)
				for _, a := range attempts(s) {
					tag := s.etag
					if a.act == "suspend" && seen != "200" { // who does not see it has none
						tag = ""
					}
					try(t, who, a.method, a.path, a.body, wanted(t, a.act, s, column), "If-Match", tag, "Content-Type", a.contentType)
				}
			}
			for _, state := range []string{"EE", "LV"} {
				own := state == "EE"
				for _, r := range rest {
					path, body := c.fill(t, r.path, state), strings.Replace(r.body, "EXPIRES", "2027-01-01T00:00:00Z", 1)
					headers := []string{"If-Match", c.condition(t, r.method, path)}
					if strings.HasPrefix(path, "/v1/imports") {
						body, headers = importBody(r.body, state), []string{"Content-Type", r.body}
					}
					try(t, who, r.method, path, body, of(t, r.cells, column, own), headers...)
				}
				for noun, n := range nouns {
					for _, variant := range []string{"participants", "found"} {
						row := creatable(noun, variant)
						body := strings.Replace(entryBody(noun, variant, state), `"external_ids":[{"system":"un","value":"`, `"external_ids":[{"system":"un","value":"new-`, 1)
						try(t, who, "POST", n.path, body, of(t, row, column, own))
						try(t, who, "PUT", n.path+"/external/"+state+"/osce/new", body, of(t, row, column, own), "If-None-Match", "*")
					}
				}
			}
		})
	}
}

// fill puts a state's things into a path.
func (c *client) fill(t *testing.T, path, state string) string {
	t.Helper()
	actor := c.world.Actor(t, "cert "+state)
	return strings.NewReplacer("PROPOSAL", c.proposed["delegate "+state], "CERTS", c.proposed["cert "+state], "PAIRS", c.proposed["secretariat "+state], "/S/", "/"+state+"/", "=S", "="+state, "DELEGATION", actor.Delegation, "TOKEN", actor.Credential,
		"HEADS", c.world.Actor(t, "head_of_delegation "+state).Credential).
		Replace(strings.TrimSuffix(path, "/S") + map[bool]string{true: "/" + state}[strings.HasSuffix(path, "/S")])
}

// condition is what If-Match wants for a change of what is not an entry.
func (c *client) condition(t *testing.T, method, path string) string {
	t.Helper()
	if method == "GET" {
		return ""
	}
	if strings.HasPrefix(path, "/v1/proposals") || method == "POST" {
		return ""
	}
	for _, part := range []string{"/instruments", "/channels", "/mode"} {
		if of, ok := strings.CutSuffix(path, part); ok {
			return c.get(t, "auditor", of).etag()
		}
	}
	return `"1"`
}

// TestMatrixOfLists holds what a list shows to the same table.
func TestMatrixOfLists(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	subjects := stock(t, c)
	cells := 0
	for column, who := range people {
		for _, n := range nouns {
			shown := map[string]bool{}
			for _, item := range c.get(t, who, n.path).items(t) {
				shown[n.path+"/"+text(item, "id")] = true
			}
			for _, s := range subjects {
				if nouns[s.noun].path != n.path {
					continue
				}
				cells++
				if want := of(t, readable[s.variant], column, s.own()) == "200"; shown[s.path] != want {
					t.Errorf("GET %s as %q shows %s's %s %s: %t, want %t", n.path, who, s.state, s.variant, s.noun, shown[s.path], want)
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

// suggested is who may do what with a suggestion, by who made it: the status where
// it is about Estonia's entry, and where it is about Latvia's.
var suggested = []struct{ maker, act, cells string }{
	//                               public  cert    delegate head    partner part-EE narrow  secret. auditor
	{"cert LV", "", "                401/401 200/404 200/404  200/404 404/404 404/404 404/404 404/404 200/200"},
	{"cert LV", "/take", "           401/401 403/404 200/404  200/404 404/404 404/404 404/404 404/404 403/403"},
	{"cert LV", "/decline", "        401/401 403/404 200/404  200/404 404/404 404/404 404/404 404/404 403/403"},
	{"cert LV", "/withdraw", "       401/401 403/404 403/404  403/404 404/404 404/404 404/404 404/404 403/403"},
	{"delegate EE", "", "            401/401 200/200 200/200  200/200 404/404 404/404 404/404 404/404 200/200"},
	{"delegate EE", "/take", "       401/401 403/403 200/403  200/403 404/404 404/404 404/404 404/404 403/403"},
	{"delegate EE", "/decline", "    401/401 403/403 200/403  200/403 404/404 404/404 404/404 404/404 403/403"},
	{"delegate EE", "/withdraw", "   401/401 200/200 200/200  200/200 404/404 404/404 404/404 404/404 403/403"},
	{"secretariat PL", "", "         401/401 200/404 200/404  200/404 404/404 404/404 404/404 200/200 200/200"},
	{"secretariat PL", "/take", "    401/401 403/404 200/404  200/404 404/404 404/404 404/404 403/403 403/403"},
	{"secretariat PL", "/decline", " 401/401 403/404 200/404  200/404 404/404 404/404 404/404 403/403 403/403"},
	{"secretariat PL", "/withdraw", "401/401 403/404 403/404  403/404 404/404 404/404 404/404 200/200 403/403"},
}

// TestMatrixOfSuggestions tries what can be done with a suggestion, as everybody.
func TestMatrixOfSuggestions(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	paths := map[string]string{} // by who made it, about whose entry
	for _, state := range []string{"EE", "LV"} {
		for _, maker := range []string{"cert LV", "delegate EE", "secretariat PL"} {
			paths[maker+state] = c.suggest(t, maker, c.add(t, "delegate "+state, "/v1/contacts", technical(state)), object{"text": "Look."})
		}
	}
	before, cells := c.world.Register.Latest(), 0
	for _, r := range suggested {
		for column, who := range people {
			for _, state := range []string{"EE", "LV"} {
				cells++
				method, query, body := "POST", "?dry_run=true", any(nil)
				switch r.act {
				case "":
					method, query = "GET", ""
				case "/decline":
					body = object{"word": "No."}
				}
				want := of(t, r.cells, column, state == "EE")
				if res := c.do(t, who, method, paths[r.maker+state]+r.act+query, body); fmt.Sprint(res.status) != want {
					t.Errorf("%s %s of %s's about %s as %q = %d %s, want %s", method, r.act, r.maker, state, who, res.status, res.body, want)
				}
				if r.act == "" && who != "" {
					shown := slices.ContainsFunc(c.get(t, who, "/v1/suggestions").items(t), func(s map[string]any) bool {
						return "/v1/suggestions/"+text(s, "id") == paths[r.maker+state]
					})
					if shown != (want == "200") {
						t.Errorf("the list shows %q %s's about %s: %t, want %t", who, r.maker, state, shown, want == "200")
					}
				}
			}
		}
	}
	if after := c.world.Register.Latest(); after != before {
		t.Errorf("the register went from version %d to %d, want that nothing changed", before, after)
	}
	t.Logf("%d cells", cells)
}

// naming is who may see whom a selected entry, or a channel, names.
const naming = "no/no no/no yes/no yes/no no/no no/no no/no no/no yes/yes"

// TestMatrixOfNames looks for the names of states wherever an entry shows.
func TestMatrixOfNames(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	cells := 0
	for _, s := range stock(t, c) {
		if s.variant == "found" || s.variant != "named" && s.variant != "hidden" && s.noun != "technical contact" {
			continue
		}
		for column, who := range people {
			if of(t, readable[s.variant], column, s.own()) != "200" {
				continue
			}
			want := of(t, naming, column, s.own()) == "yes"
			for _, path := range []string{s.path, s.path + "/history", nouns[s.noun].path + "?state=" + s.state} {
				body := string(c.get(t, who, path).body)
				shown := strings.Contains(body, "named_states") || strings.Contains(body, "audience_states")
				// Latvia's second channel is not for Estonia, so nobody of Estonia's sees names there.
				cells++
				if shown != want {
					t.Errorf("GET %s (%s's %s %s) as %q shows whom it names: %t, want %t", path, s.state, s.variant, s.noun, who, shown, want)
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

// TestMatrixOfLastTechnicalContacts takes a state's only technical contact out.
func TestMatrixOfLastTechnicalContacts(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	made := c.must(t, http.StatusCreated, "delegate FI", "POST", "/v1/contacts", entryBody("technical contact", "participants", "FI"))
	path := made.header.Get("Location")
	for who, want := range map[string]int{
		"": 401, "cert FI": 403, "delegate FI": 403, "delegate EE": 403, "head_of_delegation EE": 403, "secretariat KR": 403,
		"auditor": 403, "partner": 403, "narrow partner": 404,
	} {
		for _, act := range []string{"/withdraw", "/retire"} {
			if res := c.do(t, who, "POST", path+act, nil); res.status != want {
				t.Errorf("POST %s as %q = %d %s, want %d", path+act, who, res.status, res.body, want)
			}
		}
	}
	c.must(t, http.StatusConflict, "head_of_delegation FI", "POST", path+"/retire", nil)
	withdrawn := c.must(t, http.StatusOK, "head_of_delegation FI", "POST", path+"/withdraw", nil)
	if standing := text(withdrawn.object(t), "standing"); standing != "withdrawn" {
		t.Errorf("POST %s/withdraw = %s, want withdrawn", path, standing)
	}
}

// TestMatrixForReal makes the changes that the matrix rehearses.
func TestMatrixForReal(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for _, who := range people {
		for noun, n := range nouns {
			for _, variant := range []string{"participants", "found"} {
				for _, state := range []string{"EE", "LV"} {
					body := strings.Replace(entryBody(noun, variant, state), `"value":"`+noun[:4], `"value":"`+strings.ReplaceAll(who, " ", "-")+noun[:4], 1)
					want := of(t, creatable(noun, variant), slices.Index(people, who), state == "EE")
					if want == "200" {
						want = map[bool]string{true: "202", false: "201"}[strings.HasPrefix(who, "cert")]
					}
					res := c.do(t, who, "POST", n.path, body)
					if fmt.Sprint(res.status) != want {
						t.Errorf("POST %s (%s, %s) as %q = %d %s, want %s", n.path, state, variant, who, res.status, res.body, want)
					}
				}
			}
		}
	}
}
