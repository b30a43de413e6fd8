package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"pocreg.example/internal/fixture"
)

func TestAProposalWhoseSubjectHasChangedIsStale(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	first := c.propose(t, "delegate EE", desk, object{"note": "First."})
	second := c.propose(t, "head_of_delegation EE", desk, object{"note": "Second."})
	stale := func(at string) any { return c.get(t, "delegate EE", at).object(t)["stale"] }

	// That it was found alive meanwhile changes no word of it.
	c.must(t, http.StatusOK, "cert EE", "POST", desk.path+"/confirm", nil)
	c.must(t, http.StatusOK, "cert EE", "POST", desk.path+"/channels/"+desk.channel(t, 1)+"/dead", nil)
	if stale(first) != false {
		t.Error("a proposal is stale after a confirmation, want that it is not")
	}
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", first+"/approve", nil)
	if stale(second) != true {
		t.Error("a proposal is not stale after another was approved, want that it is")
	}
	before := c.version(t)
	c.must(t, http.StatusConflict, "delegate EE", "POST", second+"/approve", nil)
	if after := c.version(t); after != before {
		t.Errorf("a stale approval took the register from %s to %s", before, after)
	}
	declined := c.must(t, http.StatusOK, "delegate EE", "POST", second+"/decline", object{"word": "The first has it."}).object(t)
	if declined["word"] != "The first has it." || declined["stale"] != false {
		t.Errorf("declining shows %v, want the word, and nothing stale", declined)
	}
}

func TestOfManyWhoDecideAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	for range 5 {
		at := c.propose(t, "delegate EE", read(t, c.get(t, "delegate EE", desk.path)), object{"note": c.version(t)})
		before := len(c.acts(t, desk))
		var mu sync.Mutex
		count := map[int]int{}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				res := c.do(t, "head_of_delegation EE", "POST", at+[]string{"/approve", "/decline"}[i%2], []any{nil, object{"word": "No."}}[i%2])
				mu.Lock()
				defer mu.Unlock()
				count[res.status]++
			})
		}
		all.Wait()
		if count[http.StatusOK] != 1 || count[http.StatusConflict] != 7 {
			t.Errorf("of eight decisions at once %v were answered, want one 200 and seven 409", count)
		}
		status := c.get(t, "delegate EE", at).object(t)["status"]
		want := map[any]int{"approved": 1, "declined": 0}[status]
		if got := len(c.acts(t, desk)) - before; got != want {
			t.Errorf("a proposal that is %v changed the entry %d times, want %d", status, got, want)
		}
	}
}

func TestAHeadsOwnActIsProposedByAHead(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	c.must(t, http.StatusForbidden, "delegate EE", "POST", desk.path+"/withdraw", nil) // the last one
	at := c.must(t, http.StatusAccepted, "head_of_delegation EE", "POST", desk.path+"/withdraw", nil).header.Get("Location")
	c.must(t, http.StatusForbidden, "head_of_delegation EE", "POST", at+"/approve", nil)
	c.must(t, http.StatusOK, "delegate EE", "POST", at+"/approve", nil)
	if now := c.get(t, "delegate EE", desk.path).object(t); now["standing"] != "withdrawn" {
		t.Errorf("the contact is %v, want withdrawn", now["standing"])
	}
}

func TestWhoHasLostTheirRoleProposesNothing(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	at := c.propose(t, "delegate EE", desk, object{"note": "By somebody who has gone."})
	if _, err := c.world.DB.Owner.Exec(t.Context(), `update role_grant set revoked_at = now() where state = 'EE' and role = 'delegate'`); err != nil {
		t.Fatal(err)
	}
	res := c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", at+"/approve", nil)
	if !strings.Contains(string(res.body), "no longer holds the role") {
		t.Errorf("POST approve = %s, want that the author no longer holds the role", res.body)
	}
	if now := read(t, c.get(t, "head_of_delegation EE", desk.path)); now.etag != desk.etag {
		t.Error("the contact has changed, want that it has not")
	}
}

// Whoever runs the database puts nothing else in the place of what was proposed.
func TestWhatIsApprovedIsWhatWasProposed(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	at := c.propose(t, "delegate EE", desk, object{"note": "Ring twice."})
	for _, sql := range []string{
		`alter table proposal disable trigger proposal_only_ends`,
		`update proposal set body = '{"note": "Call somebody else."}'`,
		`alter table proposal enable trigger proposal_only_ends`,
	} {
		if _, err := c.world.DB.Owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if res := c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", at+"/approve", nil); !strings.Contains(string(res.body), "not what was proposed") {
		t.Errorf("POST approve = %s, want that it is not what was proposed", res.body)
	}
	if now := read(t, c.get(t, "delegate EE", desk.path)); now.etag != desk.etag {
		t.Error("the contact has changed, want that it has not")
	}
}

func TestOneDecidesUntilTwoCan(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	team := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	takes := func(who string) any { return c.get(t, who, "/v1/me").object(t)["takes_two"] }
	if takes("delegate EE") != false {
		t.Error("where a head chose single, two are needed")
	}
	c.choose(t, "EE", "default")
	if takes("delegate EE") != true {
		t.Error("of a head and a delegate, one decides by default, want two")
	}
	// Without the delegate's token, the head is alone.
	c.must(t, http.StatusNoContent, "head_of_delegation EE", "DELETE", "/v1/tokens/"+c.world.Actor(t, "delegate EE").Credential, nil)
	if takes("head_of_delegation EE") != false {
		t.Error("a head who is alone needs a second, want that one decides")
	}
	c.must(t, http.StatusOK, "head_of_delegation EE", "PATCH", team.path, object{"note": "Alone."}, "If-Match", team.etag)
	c.choose(t, "EE", "two_person")
	if takes("head_of_delegation EE") != true {
		t.Error("where a head chose two, one decides")
	}
}

// What was a delegate's to do when it was proposed may be the head's alone by now.
func TestWhatHasBecomeAHeadsAloneIsNotApprovedByDelegates(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	_, other := c.issue(t, "head_of_delegation EE", order("owner", "Another", "role", "delegate", "access", "write", "audiences", []string{"public", "participants", "selected"}))
	made := c.must(t, http.StatusAccepted, "delegate EE", "POST", "/v1/contacts", technical("EE")).header.Get("Location")
	second := "/v1/contacts/" + text(c.must(t, http.StatusOK, other, "POST", made+"/approve", nil).object(t), "made")
	first := c.must(t, http.StatusAccepted, "delegate EE", "POST", desk.path+"/withdraw", nil).header.Get("Location")
	gone := c.must(t, http.StatusAccepted, "delegate EE", "POST", second+"/withdraw", nil).header.Get("Location")
	c.must(t, http.StatusOK, other, "POST", gone+"/approve", nil)
	before := c.version(t)
	c.must(t, http.StatusForbidden, other, "POST", first+"/approve", nil)
	if after := c.version(t); after != before {
		t.Errorf("the refusal took the register from %s to %s", before, after)
	}
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", first+"/approve", nil)
}

// A proposal is its author's in the role of then, with a token that writes.
func TestOnlyItsAuthorTakesAProposalBack(t *testing.T) {
	t.Parallel()
	c, desk := two(t)
	all := []string{"public", "participants", "selected"}
	at := c.propose(t, "cert EE", desk, object{"note": "Ring twice."})
	_, reader := c.issue(t, "head_of_delegation EE", order("owner", "cert EE", "role", "cert", "access", "read", "audiences", all))
	_, promoted := c.issue(t, "head_of_delegation EE", order("owner", "cert EE", "role", "delegate", "access", "write", "audiences", all))
	before := c.version(t)
	c.must(t, http.StatusForbidden, reader, "POST", at+"/withdraw", nil)
	c.must(t, http.StatusForbidden, promoted, "POST", at+"/withdraw", nil)
	c.must(t, http.StatusForbidden, promoted, "POST", at+"/approve", nil) // in whatever role, one's own
	if after := c.version(t); after != before {
		t.Errorf("the refusals took the register from %s to %s", before, after)
	}
	c.must(t, http.StatusOK, "cert EE", "POST", at+"/withdraw", nil)
}
