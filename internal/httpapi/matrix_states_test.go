package httpapi_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/reference"
)

// ofStates is the design's table once more, by hand, for the people of every state:
// the status for what is of the own state, and of a foreign one. HIDDEN, ORGANISATION
// and CONTACT are entries of the state that S is the code of; the first is for nobody
// else, the others for all participants.
var ofStates = []struct{ method, path, body, cells string }{
	//                                                      cert    delegate head
	{"GET", "HIDDEN", "", "                                 200/404 200/404 200/404"},
	{"PATCH", "HIDDEN", `{"note":"x"}`, "                   403/404 200/404 200/404"},
	{"PATCH", "ORGANISATION", `{"note":"x"}`, "             403/403 200/403 200/403"},
	{"POST", "ORGANISATION/retire", "", "                   403/403 200/403 200/403"},
	{"POST", "ORGANISATION/suspend", `{"reason":"x"}`, "    403/403 403/403 200/403"},
	{"PATCH", "CONTACT", `{"note":"x"}`, "                  200/403 200/403 200/403"}, // a CERT's is a proposal
	{"POST", "CONTACT/confirm", "", "                       200/403 200/403 200/403"},
	{"POST", "CONTACT/suggestions", `{"text":"x"}`, "       200/200 200/200 200/200"},
	{"PUT", "DELEGATION/channels", `{"channels":[]}`, "     403/403 200/403 200/403"},
	{"PUT", "DELEGATION/mode", `{"mode":"default"}`, "      403/403 403/403 200/403"},
	{"PUT", "/v1/states/S/instruments", `{"instruments":[]}`, " 403/403 200/403 200/403"},
	{"POST", "TOKEN/freeze", `{"reason":"x"}`, "            403/404 404/404 200/404"},
	{"POST", "/v1/people/PERSON/freeze", `{"reason":"x"}`, "403/404 403/404 200/404"},
	{"DELETE", "TOKEN", "", "                               403/404 404/404 200/404"},
	{"GET", "/v1/trail?state=S", "", "                      403/403 200/403 200/403"},
	{"GET", "/v1/access-log?state=S", "", "                 403/403 200/403 200/403"},
	{"GET", "/v1/access-log/people?reader_state=S", "", "   403/403 403/403 200/403"},
}

// TestMatrixOfAllStates tries each as the people of each of the 46, on the own state's
// and on a foreign state's. Changes are rehearsed.
func TestMatrixOfAllStates(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	states := reference.States()
	fill := map[string]*strings.Replacer{}
	tags := map[string]map[string]string{}
	for _, s := range states {
		who, of := "delegate "+s.Alpha2, s.Alpha2
		hidden := c.add(t, who, "/v1/organisations", with(agency(of), "audience", "selected", "selected", object{"states": []string{of}}))
		organisation := c.add(t, who, "/v1/organisations", agency(of))
		contact := c.add(t, who, "/v1/contacts", technical(of))
		cert := c.world.Actor(t, "cert "+of)
		delegation := "/v1/delegations/" + cert.Delegation
		fill[of] = strings.NewReplacer("HIDDEN", hidden.path, "ORGANISATION", organisation.path, "CONTACT", contact.path,
			"DELEGATION", delegation, "TOKEN", "/v1/tokens/"+cert.Credential, "PERSON", cert.Account, "/S/", "/"+of+"/", "=S", "="+of)
		tags[of] = map[string]string{
			"HIDDEN": hidden.etag, "ORGANISATION": organisation.etag, "CONTACT": contact.etag,
			"DELEGATION": c.get(t, "auditor", delegation).etag(), "/v1": c.get(t, "", "/v1/states/"+of).etag(),
		}
	}
	before := c.version(t)
	var cells atomic.Int64
	var all sync.WaitGroup
	for lane := range 4 {
		all.Go(func() {
			for i := lane; i < len(states); i += 4 {
				own, foreign := states[i].Alpha2, states[(i*7+11)%len(states)].Alpha2
				if own == foreign {
					foreign = states[(i+1)%len(states)].Alpha2
				}
				for column, role := range []string{"cert ", "delegate ", "head_of_delegation "} {
					for _, op := range ofStates {
						statuses := strings.Split(strings.Fields(op.cells)[column], "/")
						for j, of := range []string{own, foreign} {
							cells.Add(1)
							path, tag := fill[of].Replace(op.path), ""
							if op.method == "PUT" || op.method == "PATCH" {
								tag = tags[of][strings.FieldsFunc(op.path, func(r rune) bool { return r == '/' })[0]]
								if strings.HasPrefix(op.path, "/v1") {
									tag = tags[of]["/v1"]
								}
							}
							if op.method != "GET" {
								path += "?dry_run=true"
							}
							var body any
							if op.body != "" {
								body = op.body
							}
							if res := c.do(t, role+own, op.method, path, body, "If-Match", tag); fmt.Sprint(res.status) != statuses[j] {
								t.Errorf("%s %s of %s as %s%s = %d %.300s, want %s", op.method, op.path, of, role, own, res.status, res.body, statuses[j])
							}
						}
					}
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d cells", cells.Load())
	if after := c.version(t); after != before {
		t.Errorf("the register went from version %s to %s, want that nothing changed", before, after)
	}
}
