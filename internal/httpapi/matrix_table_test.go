package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
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
// delegation, of its CERT's token and of its head's, PERSON and LEADER those two, PROPOSAL and CERTS those of
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
	{"POST", "/v1/delegations/DELEGATION/heads", leila, "      401/401 403/403 403/403  403/403 403/403 403/403 404/404 200/200 403/403"},
	{"POST", "/v1/delegations", `{"state":"TN","authority":"A note","head":` + leila + `}`, "401/401 403/403 403/403 403/403 403/403 403/403 403/403 200/200 403/403"},
	{"GET", "/v1/oversight?state=S", "", "                     401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/mandates", "", "                              401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/mandates/MANDATE", "", "                      401/401 200/200 200/200  200/200 200/200 200/200 404/404 200/200 200/200"},
	{"POST", "/v1/mandates", `{"role":"auditor","name":"Amara Diallo","basis":"A decision","until":"EXPIRES"}`, "401/401 403/403 403/403 403/403 403/403 403/403 403/403 200/200 403/403"},
	{"POST", "/v1/mandates/MANDATE/extend", `{"until":"EXPIRES"}`, "401/401 403/403 403/403 403/403 403/403 403/403 404/404 200/200 403/403"},
	{"POST", "/v1/mandates/MANDATE/end", "", "                 401/401 403/403 403/403  403/403 403/403 403/403 404/404 200/200 403/403"},
	{"POST", "/v1/tokens/pick-up", `{"link":"x","code":"y"}`, "400/400 400/400 400/400 400/400 400/400 400/400 400/400 400/400 400/400"}, // which cannot be rehearsed
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
	{"POST", "/v1/people/PERSON/freeze", `{"reason":"Tried."}`, "401/401 403/404 403/404 200/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/people/TOKEN/freeze", `{"reason":"Tried."}`, "401/401 403/404 403/404  200/404 404/404 404/404 404/404 200/200 403/403"}, // whose it is
	{"POST", "/v1/people/LEADER/freeze", `{"reason":"Tried."}`, "401/401 403/404 403/404 403/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/people/PERSON/freeze", "{}", "               401/401 403/404 403/404  200/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/people/PERSON/thaw", "", "                   401/401 403/404 403/404  200/404 404/404 404/404 404/404 200/200 403/403"},
	{"POST", "/v1/people/" + nothing + "/freeze", "", "        401/401 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
	{"GET", "/v1/suggestions?state=S", "", "                   401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"GET", "/v1/subscriptions", "", "                         401/401 200/200 200/200  200/200 200/200 200/200 200/200 200/200 200/200"},
	{"POST", "/v1/subscriptions", `{"delivery":"daily"}`, "    401/401 200/200 200/200  200/200 403/403 403/403 403/403 200/200 200/200"},
	{"POST", "/v1/subscriptions", "{}", "                      401/401 200/200 200/200  200/200 403/403 403/403 403/403 200/200 200/200"},
	{"GET", "/v1/subscriptions/" + nothing, "", "              401/401 404/404 404/404  404/404 404/404 404/404 404/404 404/404 404/404"},
	{"DELETE", "/v1/subscriptions/" + nothing, "", "           401/401 404/404 404/404  404/404 403/403 403/403 403/403 404/404 404/404"},
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
	leila     = `{"name":"Leïla Trabelsi","email":"leila@tn.example","language":"en"}`
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
