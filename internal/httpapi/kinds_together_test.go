package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
)

// TestASecondDelegateDecidesWithinTheLimit has two of Estonia's decide, of whom one is
// limited to kinds.
func TestASecondDelegateDecidesWithinTheLimit(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	list, body := kindOf("policy contact")
	c.choose(t, "EE", "single")
	ministry := c.add(t, "delegate EE", list, body)
	c.choose(t, "EE", "two_person")
	technicians, all := c.limited(t, "technical"), c.limited(t, "policy", "technical")

	// What is of another kind is not theirs, to propose either.
	at := c.propose(t, "delegate EE", ministry, object{"note": "Moved"})
	before := c.version(t)
	for _, act := range []string{"/approve", "/decline"} {
		res := c.do(t, technicians, "POST", at+act, map[string]any{"/decline": object{"word": "No."}}[act])
		if res.status != http.StatusForbidden || !strings.Contains(string(res.body), "limited to the kinds technical") {
			t.Errorf("POST %s as who is limited to another kind = %d %s, want 403", at+act, res.status, res.body)
		}
	}
	c.must(t, http.StatusForbidden, technicians, "PATCH", ministry.path, object{"note": "x"}, "If-Match", ministry.etag)
	if after := c.version(t); after != before {
		t.Fatalf("after the refusals the register is at %s, want %s", after, before)
	}
	if got := c.get(t, "auditor", at).object(t)["status"]; got != "open" {
		t.Errorf("after the refusals the proposal is %v, want open", got)
	}
	if got := c.get(t, "cert EE", ministry.path).object(t)["note"]; got == "Moved" {
		t.Errorf("after the refusals the contact says %v", got)
	}

	// What is of theirs is, to propose and to decide.
	own := c.propose(t, technicians, desk, object{"note": "Ring twice"})
	c.must(t, http.StatusForbidden, technicians, "POST", own+"/approve", nil)
	c.must(t, http.StatusOK, "delegate EE", "POST", own+"/approve", nil)
	desk.etag = c.get(t, "delegate EE", desk.path).etag()
	anothers := c.propose(t, "delegate EE", desk, object{"note": "Ring thrice"})
	c.must(t, http.StatusOK, technicians, "POST", anothers+"/approve", nil)
	if got := c.get(t, "cert EE", desk.path).object(t)["note"]; got != "Ring thrice" {
		t.Errorf("after the approval the contact says %v, want what was proposed", got)
	}

	// Of a file, all kinds in it count.
	rows := []cells{desk2("technical"), desk2("policy")}
	res := c.must(t, http.StatusAccepted, "delegate EE", "POST", importContacts, sheet(rows...), asCSV...)
	file := res.header.Get("Location")
	c.must(t, http.StatusForbidden, technicians, "POST", file+"/approve", nil)
	c.must(t, http.StatusOK, all, "POST", file+"/approve", nil)
	c.sound(t)
}

// desk2 is a row of another office of a kind.
func desk2(kind string) cells {
	return desk("EE").but("kind", kind, "office_title", "Second "+kind)
}

// sound verifies proposals against the trail.
func (c *client) sound(t *testing.T) {
	t.Helper()
	err := c.world.Register.Read(t.Context(), c.world.Actor(t, "auditor"), func(snap *register.Snapshot) error {
		_, err := proposal.Verify(t.Context(), snap)
		return err
	})
	if err != nil {
		t.Errorf("proposal.Verify() = %v, want nil", err)
	}
}

func TestAFileBeyondTheLimitIsRefusedWhole(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	list, body := kindOf("policy contact")
	c.add(t, "delegate EE", list, body)
	secret := c.limited(t, "technical")
	before := c.version(t)
	for _, path := range []string{importContacts, importContacts + "&dry_run=true"} {
		res := c.do(t, secret, "POST", path, sheet(desk("EE"), desk2("policy"), desk("EE").but("kind", "policy", "office_title", text(body, "office_title"))), asCSV...)
		if res.status != map[bool]int{true: 200, false: 422}[strings.Contains(path, "dry_run")] {
			t.Errorf("POST %s = %d %s", path, res.status, res.body)
		}
		said := string(res.body)
		if strings.Count(said, "is not one of the kinds that your role is limited to") != 2 || !strings.Contains(said, `"line":3`) ||
			!strings.Contains(said, `"line":4`) || strings.Contains(said, `"line":2`) || !strings.Contains(said, `"/kind"`) {
			t.Errorf("POST %s says %s, want the lines 3 and 4, at /kind", path, said)
		}
	}
	if after := c.version(t); after != before {
		t.Errorf("after the refusals the register is at %s, want %s", after, before)
	}
	if got := c.take(t, secret, importContacts, sheet(desk("EE"))); got.Created != 1 {
		t.Errorf("POST of a file within the limit = %+v, want that it is taken", got)
	}
}

// TestWhoIsLimitedDoesNotMakeTwo has one decide for as long as one alone decides on
// everything: nothing waits for somebody who may not.
func TestWhoIsLimitedDoesNotMakeTwo(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	team := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	// Estonia's delegate goes, and comes back for some kinds alone.
	for _, token := range c.get(t, "head_of_delegation EE", "/v1/tokens").items(t) {
		if token["owner"] == "delegate EE" {
			c.must(t, http.StatusNoContent, "head_of_delegation EE", "DELETE", "/v1/tokens/"+text(token, "id"), nil)
		}
	}
	_, secret := c.issue(t, "head_of_delegation EE", order("owner", "delegate EE", "kinds", []string{"policy"}))
	c.choose(t, "EE", "default")
	for _, who := range []string{"head_of_delegation EE", secret} {
		if two := c.get(t, who, "/v1/me").object(t)["takes_two"]; two != false {
			t.Errorf("GET /v1/me of %s says that it takes two: %v, want false", who, two)
		}
	}
	c.must(t, http.StatusOK, "head_of_delegation EE", "PATCH", team.path, object{"note": "x"}, "If-Match", team.etag)
	list, body := kindOf("policy contact")
	c.must(t, http.StatusCreated, secret, "POST", list, body)
	c.issue(t, "head_of_delegation EE", order("owner", "Another"))
	if two := c.get(t, secret, "/v1/me").object(t)["takes_two"]; two != true {
		t.Errorf("with a second who is not limited, GET /v1/me says that it takes two: %v, want true", two)
	}
}

// TestWhatSomebodyProposedBeforeTheyWereLimitedIsProposedAnew takes a delegate's role,
// and gives it back with a limit, while their proposals wait.
func TestWhatSomebodyProposedBeforeTheyWereLimitedIsProposedAnew(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	id, secret := c.issue(t, "head_of_delegation EE", order("owner", "Kristjan"))
	kept := c.must(t, http.StatusAccepted, secret, "PATCH", desk.path, object{"note": "Kept"}, "If-Match", desk.etag).header.Get("Location")
	list, body := kindOf("policy contact")
	lost := c.must(t, http.StatusAccepted, secret, "POST", list, body).header.Get("Location")
	c.must(t, http.StatusNoContent, "head_of_delegation EE", "DELETE", "/v1/tokens/"+id, nil)
	c.issue(t, "head_of_delegation EE", order("owner", "Kristjan", "kinds", []string{"technical"}))
	before := c.version(t)
	if res := c.do(t, "delegate EE", "POST", lost+"/approve", nil); res.status != http.StatusConflict || !strings.Contains(string(res.body), "no longer holds the role of then") {
		t.Errorf("POST approve of what its author may no longer propose = %d %s, want 409", res.status, res.body)
	}
	if after := c.version(t); after != before {
		t.Errorf("after the refusal the register is at %s, want %s", after, before)
	}
	c.must(t, http.StatusOK, "delegate EE", "POST", lost+"/decline", object{"word": "Propose it anew."})
	c.must(t, http.StatusOK, "delegate EE", "POST", kept+"/approve", nil)
}

// TestAnInFlightWriteIsRefusedOnceItsLimitIsAnother withdraws a limited role, and gives
// it back with another limit, while a write of before waits its turn.
func TestAnInFlightWriteIsRefusedOnceItsLimitIsAnother(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	list, body := kindOf("policy contact")
	ministry := c.add(t, "delegate EE", list, body)
	id, secret := c.issue(t, "head_of_delegation EE", order("owner", "Kristjan", "kinds", []string{"policy"}))
	by, err := c.world.Accounts.Authenticate(t.Context(), secret) // as a request that is under way
	if err != nil || !slices.Equal(by.Kinds, []string{"policy"}) {
		t.Fatalf("Authenticate() = %+v, %v, want a delegate of policy", by, err)
	}
	c.must(t, http.StatusNoContent, "head_of_delegation EE", "DELETE", "/v1/tokens/"+id, nil)
	c.issue(t, "head_of_delegation EE", order("owner", "Kristjan", "kinds", []string{"technical"}))
	before := c.world.Register.Latest()
	if _, err := c.world.Contacts.Patch(t.Context(), register.Act{By: by}, ministry.id, register.Sent[[]byte]{
		If: register.Precondition{None: true}, Body: []byte(`{"note": "In flight"}`),
	}); err == nil {
		t.Error("Patch() by whom the limit of before would let = nil, want that it is refused")
	}
	if after := c.world.Register.Latest(); after != before {
		t.Errorf("after the refusal the register is at %d, want %d", after, before)
	}
}
