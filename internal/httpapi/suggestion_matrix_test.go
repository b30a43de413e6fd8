package httpapi_test

import (
	"fmt"
	"slices"
	"testing"

	"pocreg.example/internal/fixture"
)

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
