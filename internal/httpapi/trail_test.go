package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
)

// The auditor learns both names of those who acted together; the secretariat,
// which does not see accounts, that there were two.
func TestTheTrailNamesBothWhoActedTogether(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for who, named := range map[string]bool{"auditor": true, "secretariat US": false} {
		opened := false
		for _, row := range c.get(t, who, "/v1/trail?state=EE&limit=500").items(t) {
			if row["noun"] != "delegation" || row["act"] != "opened" {
				continue
			}
			opened = true
			second, ok := row["second"].(map[string]any)
			if !ok {
				t.Errorf("to %s, %v says nothing of the second", who, row)
				continue
			}
			if got := second["name"] == "secretariat PL" && second["account"] != nil; got != named || !named && len(second) > 0 {
				t.Errorf("to %s, the second is %v, want the name and the account: %t", who, second, named)
			}
		}
		if !opened {
			t.Errorf("%s does not see who opened the delegation", who)
		}
	}
}

// Whom an entry names is hidden from a CERT; what another entry says in the same
// place of another version is not.
func TestACERTReadsTheHistoryOfWhatStandsBesideASelectedEntry(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"PL"}}))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	values := 0
	for _, revision := range c.get(t, "cert EE", e.path+"/history").items(t) {
		for _, d := range revision["diff"].([]any) {
			if path := text(d.(map[string]any), "path"); strings.HasPrefix(path, "/channels/") && strings.HasSuffix(path, "/value") {
				values++
			}
		}
	}
	if want := len(e.view["channels"].([]any)); values != want || want == 0 {
		t.Errorf("the history shows %d channels' values to a CERT, want %d", values, want)
	}
}

// The place of a channel is among those that its reader sees: a gap would tell of
// one that is for others.
func TestHistoryCountsTheChannelsThatItsReaderSees(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	phone := object{"type": "phone", "usage": "duty", "value": "+3726000100", "audience": "selected", "selected": object{"states": []string{"LV"}}}
	mailbox := object{"type": "email", "value": "duty@cert-ee.example"}
	e := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "channels", []object{phone, mailbox}))
	place := "/channels/" + text(c.get(t, "delegate PL", e.path).object(t)["channels"].([]any)[0].(object), "id") + "/position"
	c.must(t, http.StatusOK, "delegate EE", "PUT", e.path, with(technical("EE"), "channels", []object{mailbox}), "If-Match", e.etag)
	for who, want := range map[string][]any{"delegate PL": {1.0}, "delegate LV": {2.0, 1.0}, "delegate EE": {2.0, 1.0}} {
		var places []any
		items := c.get(t, who, e.path+"/history").items(t)
		slices.Reverse(items)
		for _, item := range items {
			for _, d := range item["diff"].([]any) {
				if text(d.(object), "path") == place {
					places = append(places, d.(object)["to"])
				}
			}
		}
		if !slices.Equal(places, want) {
			t.Errorf("to %s the mailbox was in the places %v, want %v", who, places, want)
		}
	}
}
