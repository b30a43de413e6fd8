package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
)

func TestACertProposesTechnicalContactsAlone(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)) // where one decides
	desk := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	ministry := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "kind", "policy"))
	theirs := c.add(t, "delegate LV", "/v1/contacts", technical("LV"))

	at := c.propose(t, "cert EE", desk, object{"note": "Ring twice."})
	c.must(t, http.StatusForbidden, "cert EE", "POST", at+"/approve", nil)
	c.must(t, http.StatusForbidden, "cert EE", "PATCH", ministry.path, object{"note": "x"}, "If-Match", ministry.etag)
	c.must(t, http.StatusForbidden, "cert EE", "PATCH", theirs.path, object{"note": "x"}, "If-Match", theirs.etag)
	c.must(t, http.StatusForbidden, "cert EE", "POST", "/v1/organisations", agency("EE"))
	c.must(t, http.StatusForbidden, "cert EE", "POST", "/v1/contacts", with(technical("EE"), "kind", "diplomatic"))
	c.must(t, http.StatusForbidden, "cert EE", "POST", "/v1/imports?kind=contacts", "state,kind,office_title\nEE,technical,Desk\n", "Content-Type", "text/csv")
	c.must(t, http.StatusForbidden, "cert EE", "POST", desk.path+"/withdraw", nil) // the last one
	made := c.must(t, http.StatusAccepted, "cert EE", "POST", "/v1/contacts", technical("EE")).object(t)
	if me := c.get(t, "cert EE", "/v1/proposals").items(t); len(me) != 2 {
		t.Errorf("the CERT sees %d proposals, want its two", len(me))
	}

	c.must(t, http.StatusOK, "delegate EE", "POST", at+"/approve", nil)
	if now := c.get(t, "cert EE", desk.path).object(t); now["note"] != "Ring twice." {
		t.Errorf("the note is %v, want what was proposed", now["note"])
	}
	approved := c.must(t, http.StatusOK, "delegate EE", "POST", "/v1/proposals/"+text(made, "id")+"/approve", nil).object(t)
	if got := c.get(t, "cert LV", "/v1/contacts/"+text(approved, "made")).object(t); got["kind"] != "technical" {
		t.Errorf("the proposal made %v, want a technical contact", got)
	}
	c.must(t, http.StatusOK, "cert EE", "POST", c.propose(t, "cert EE", read(t, c.get(t, "cert EE", desk.path)), object{"rank": 2})+"/withdraw", nil)
}

// Whom an entry names is not a CERT's to see, nor to change, nor to find out by
// trying.
func TestACertLeavesWhomItsStatesContactsAreForAsItIs(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	body := with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"FI", "LV"}})
	desk := c.add(t, "delegate EE", "/v1/contacts", body)
	open := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	try := func(e entry, change object) response {
		t.Helper()
		return c.do(t, "cert EE", "PATCH", e.path+"?dry_run=true", change, "If-Match", e.etag)
	}
	night := email("night@cert.example")
	for name, change := range map[string]object{
		"the same states":                  {"selected": object{"states": []string{"FI", "LV"}}},
		"fewer":                            {"selected": object{"states": []string{"FI"}}},
		"a wider audience":                 {"audience": "participants"},
		"a new channel for one of them":    {"channels": []object{with(night, "audience", "selected", "selected", object{"states": []string{"FI"}})}},
		"a new channel for somebody else":  {"channels": []object{with(night, "audience", "selected", "selected", object{"states": []string{"PL"}})}},
		"a channel that is there, for one": {"channels": []object{with(email("duty@cert.example"), "audience", "selected", "selected", object{"states": []string{"FI"}})}},
	} {
		would := try(desk, change).object(t)
		faults, _ := would["faults"].([]any)
		if len(faults) == 0 || !strings.Contains(fmt.Sprint(faults), "is not yours to change") || len(paths(would)) > 0 {
			t.Errorf("%s: a dry run = %v, want that it is not the CERT's to change", name, would)
		}
	}
	would := try(desk, object{"channels": []object{email("duty@cert.example"), night}}).object(t)
	if at := paths(would); len(at) == 0 || strings.Contains(fmt.Sprint(at), "audience_state") {
		t.Errorf("a new channel would change %v, want no word of whom it names", at)
	}
	// What is said again as it was read is no change.
	put := with(body, "selected", nil, "note", "Ring twice.")
	at := c.must(t, http.StatusAccepted, "cert EE", "PUT", desk.path, put, "If-Match", desk.etag).header.Get("Location")
	c.must(t, http.StatusOK, "delegate EE", "POST", at+"/approve", nil)
	now := c.get(t, "delegate EE", desk.path).object(t)
	if diff := cmp.Diff([]any{"FI", "LV"}, now["named_states"]); diff != "" || now["note"] != "Ring twice." {
		t.Errorf("after the approval the contact says %v, and names (-want +got):\n%s", now["note"], diff)
	}
	// A contact for all may get a channel for some: its author names them.
	at = c.propose(t, "cert EE", open, object{"channels": []object{email("duty@cert.example"), with(night, "audience", "selected", "selected", object{"states": []string{"PL"}})}})
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", at+"/approve", nil)
}
