package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
)

func TestTwoOfTheSecretariatActTogether(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	delegation := "/v1/delegations/" + c.world.Actor(t, "cert EE").Delegation
	team := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	before := c.version(t)
	asked := c.must(t, http.StatusAccepted, "secretariat KR", "POST", delegation+"/contest?reason=Two+notes+contradict.", nil)
	at := asked.header.Get("Location")
	if p := asked.object(t); p["co_chair"] != "KR" || p["does"] != "contest" || p["state"] != "EE" || p["may_decide"] != false {
		t.Errorf("the proposal is %v, want one of KR's, to contest EE's delegation", p)
	}
	// Nobody of the state learns of it before it is done.
	for _, who := range []string{"cert EE", "delegate EE", "head_of_delegation EE", "partner"} {
		c.must(t, http.StatusNotFound, who, "GET", at, nil)
		if list := c.get(t, who, "/v1/proposals").items(t); len(list) != 0 {
			t.Errorf("%s sees %d proposals, want none", who, len(list))
		}
	}
	if rows := c.get(t, "head_of_delegation EE", "/v1/trail?after="+before).items(t); len(rows) != 0 {
		t.Errorf("the head's trail says %v, want nothing yet", rows)
	}
	c.must(t, http.StatusForbidden, "secretariat KR", "POST", at+"/approve", nil)
	_, secret, err := c.world.Accounts.Appoint(t.Context(), register.Act{By: access.Registry()}, account.Appointment{
		Owner: "Another of Seoul", OwnerKind: "person", Role: access.Secretariat, CoChair: "KR", Label: "test", Writes: true,
		Audiences: access.Audiences, ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if res := c.do(t, secret, "POST", at+"/approve", nil); res.status != http.StatusForbidden || !strings.Contains(string(res.body), "different co-chairs") {
		t.Errorf("POST approve as another of the same co-chair = %d %s, want 403", res.status, res.body)
	}
	if status := c.get(t, "auditor", delegation).object(t)["status"]; status != "open" {
		t.Fatalf("after the refusals the delegation is %v, want open", status)
	}

	before = c.version(t)
	c.must(t, http.StatusOK, "secretariat PL", "POST", at+"/approve", nil)
	if status := c.get(t, "auditor", delegation).object(t)["status"]; status != "contested" {
		t.Errorf("the delegation is %v, want contested", status)
	}
	c.must(t, http.StatusForbidden, "delegate EE", "PATCH", team.path, object{"note": "x"}, "If-Match", team.etag)
	rows := c.get(t, "head_of_delegation EE", "/v1/trail?after="+before).items(t)
	if len(rows) != 1 || rows[0]["act"] != "contested" || text(rows[0]["by"].(object), "role") != "secretariat" || rows[0]["second"] == nil {
		t.Errorf("the head's trail says %v, want that two contested", rows)
	}
	again := c.must(t, http.StatusAccepted, "secretariat US", "POST", delegation+"/reopen", nil).header.Get("Location")
	c.must(t, http.StatusOK, "secretariat KR", "POST", again+"/approve", nil)
	c.must(t, http.StatusOK, "delegate EE", "PATCH", team.path, object{"note": "x"}, "If-Match", team.etag)
	ended := c.must(t, http.StatusAccepted, "secretariat PL", "POST", delegation+"/close", nil).header.Get("Location")
	c.must(t, http.StatusOK, "secretariat US", "POST", ended+"/decline", object{"word": "Not without a note."})
	taken := c.must(t, http.StatusAccepted, "secretariat PL", "POST", delegation+"/close", nil).header.Get("Location")
	c.must(t, http.StatusOK, "secretariat PL", "POST", taken+"/withdraw", nil)
	if status := c.get(t, "auditor", delegation).object(t)["status"]; status != "open" {
		t.Errorf("the delegation is %v, want open", status)
	}
}

func TestTwoOfTheSecretariatSuspendWhatIsNotForThem(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	desk := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"LV"}}))
	c.must(t, http.StatusNotFound, "secretariat KR", "POST", strings.Replace(desk.path, "contacts", "organisations", 1)+"/suspend", object{"reason": "Stolen."})
	res := c.must(t, http.StatusAccepted, "secretariat KR", "POST", desk.path+"/suspend", object{"reason": "Stolen."})
	if strings.Contains(string(res.body), "Duty desk") || strings.Contains(string(res.body), "LV") {
		t.Errorf("the proposal tells the secretariat %s", res.body)
	}
	if now := c.get(t, "cert LV", desk.path).object(t); now["suspensions"] != nil {
		t.Errorf("one of the secretariat suspended it: %v", now["suspensions"])
	}
	c.must(t, http.StatusOK, "secretariat US", "POST", res.header.Get("Location")+"/approve", nil)
	now := c.get(t, "cert LV", desk.path).object(t)
	if held, _ := now["suspensions"].([]any); len(held) != 1 || text(held[0].(object), "by") != "secretariat" || text(held[0].(object), "reason") != "Stolen." {
		t.Errorf("the contact is suspended as %v, want by the secretariat, with its reason", now["suspensions"])
	}
	lift := c.must(t, http.StatusAccepted, "secretariat US", "POST", desk.path+"/resume", nil).header.Get("Location")
	c.must(t, http.StatusOK, "secretariat PL", "POST", lift+"/approve", nil)
	if now := c.get(t, "cert LV", desk.path).object(t); now["suspensions"] != nil {
		t.Errorf("the contact is suspended as %v, want that it is lifted", now["suspensions"])
	}
}
