package httpapi_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
)

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
