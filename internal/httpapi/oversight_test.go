package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

// overseen are the acts that somebody is shown, without when they were.
func (c *client) overseen(t *testing.T, who, query string) (all []string) {
	t.Helper()
	for _, row := range c.get(t, who, "/v1/oversight?limit=500"+query).items(t) {
		said := []string{text(row, "noun"), text(row, "act"), text(row, "state"), text(row, "entry_noun"), text(row, "role"), text(row, "name"), text(row, "reason")}
		for _, by := range row["by"].([]any) {
			said = append(said, text(by.(object), "name"))
		}
		all = append(all, strings.Join(strings.Fields(strings.ReplaceAll(strings.Join(said, " "), "<nil>", "")), " "))
	}
	return all
}

func TestWhatTheSecretariatDidIsListedByNameToAllParticipants(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	pl, kr := "secretariat PL", "secretariat KR"
	shown := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	hidden := c.add(t, "delegate EE", "/v1/organisations", with(agency("EE"), "audience", "selected", "selected", object{"states": []string{"FI"}}))
	before := len(c.overseen(t, "cert LV", ""))
	delegation := "/v1/delegations/" + c.world.Actor(t, "cert TN").Delegation
	for _, act := range []string{"/contest", "/reopen", "/close"} {
		c.together(t, delegation+act, nil)
	}
	c.together(t, "/v1/delegations", opening("TN"))
	c.together(t, shown.path+"/suspend", object{"reason": "It rings elsewhere."})
	c.together(t, hidden.path+"/suspend", object{"reason": "It is secret."})
	c.together(t, shown.path+"/resume", nil)
	token := c.world.Actor(t, "delegate EE").Credential
	c.must(t, http.StatusOK, kr, "POST", "/v1/tokens/"+token+"/freeze", object{"reason": "The laptop was stolen."})
	c.together(t, "/v1/mandates", mandate())
	// What a state does itself is not the secretariat's.
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", shown.path+"/suspend", object{"reason": "Our own."})

	all := []string{
		"role granted auditor Amara Diallo Decision 7 " + pl + " " + kr,
		"freeze frozen EE " + kr,
		"suspension resumed EE contact " + pl + " " + kr,
		"suspension suspended EE organisation It is secret. " + pl + " " + kr,
		"suspension suspended EE contact It rings elsewhere. " + pl + " " + kr,
		"invitation invited TN head_of_delegation " + pl + " " + kr,
		"delegation opened TN Note verbale 114/2026 " + pl + " " + kr,
		"delegation closed TN " + pl + " " + kr,
		"delegation reopened TN " + pl + " " + kr,
		"delegation contested TN " + pl + " " + kr,
	}
	told := strings.Join(all, "\n")
	others := strings.Replace(told, all[3]+"\n", "", 1)
	why := strings.Replace(told, all[1], "freeze frozen EE The laptop was stolen. "+kr, 1)
	for who, want := range map[string]string{
		"cert LV": others, "delegate LV": others, "head_of_delegation LV": others, "partner": others, "cert FI": told, "cert EE": why, "partner EE": others,
		"secretariat US": why, "auditor": why,
	} {
		got := c.overseen(t, who, "")
		if got = got[:len(got)-before]; strings.Join(got, "\n") != want {
			t.Errorf("%s is shown (-want +got):\n%s", who, cmp.Diff(strings.Split(want, "\n"), got))
		}
	}
	if got := c.overseen(t, "narrow partner", ""); len(got) != 0 {
		t.Errorf("who reads what is public alone is shown %v", got)
	}
	if got := c.overseen(t, "cert LV", "&state=EE"); len(got) < 3 || strings.Contains(strings.Join(got, " "), "TN") {
		t.Errorf("of Estonia, %v is listed", got)
	}
	// Page by page it is the same, and nothing of the hidden entry is anywhere.
	var pages []string
	for next := "/v1/oversight?limit=3"; next != ""; {
		res := c.get(t, "cert LV", next)
		for _, row := range res.items(t) {
			pages = append(pages, text(row, "noun")+" "+text(row, "act"))
		}
		if strings.Contains(string(res.body), hidden.id) || strings.Contains(string(res.body), "leila") {
			t.Errorf("a page for Latvia says %s", res.body)
		}
		cursor, _ := res.object(t)["next"].(string)
		if next = ""; cursor != "" {
			next = "/v1/oversight?limit=3&cursor=" + cursor
		}
	}
	if want := len(c.overseen(t, "cert LV", "")); len(pages) != want {
		t.Errorf("page by page there are %d acts, want %d", len(pages), want)
	}
	if csv := string(c.get(t, "cert LV", "/v1/oversight?limit=1", "Accept", "text/csv").body); !strings.Contains(csv, "secretariat PL (PL); secretariat KR (KR)") {
		t.Errorf("as CSV: %s", csv)
	}

	// Who may no longer read the entry no longer learns that it was suspended.
	now := c.get(t, "head_of_delegation EE", shown.path)
	c.must(t, http.StatusOK, "head_of_delegation EE", "PATCH", shown.path, object{"audience": "selected", "selected": object{"states": []string{"FI"}}}, "If-Match", now.etag())
	for _, act := range c.overseen(t, "cert LV", "") {
		if strings.HasPrefix(act, "suspension") {
			t.Errorf("Latvia is still shown %s", act)
		}
	}
}
