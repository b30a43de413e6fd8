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

// TestMatrix tries every operation as everybody, on the own state's and on
// another's. Changes are rehearsed: at the end nothing has changed.
func TestMatrix(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	subjects := stock(t, c)
	c.proposed = map[string]string{"mandate": text(c.get(t, "auditor", "/v1/mandates?role=partner").items(t)[0], "id")}
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
	return strings.NewReplacer("PROPOSAL", c.proposed["delegate "+state], "CERTS", c.proposed["cert "+state], "PAIRS", c.proposed["secretariat "+state], "MANDATE", c.proposed["mandate"], "/S/", "/"+state+"/", "=S", "="+state, "DELEGATION", actor.Delegation, "TOKEN", actor.Credential,
		"HEADS", c.world.Actor(t, "head_of_delegation "+state).Credential, "PERSON", actor.Account, "LEADER", c.world.Actor(t, "head_of_delegation "+state).Account).
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
