package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/subscription"
)

func TestAPersonIsToldOfWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	c.get(t, "delegate EE", "/v1/me")
	before := c.world.Register.Latest()
	made := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/subscriptions", object{"kind": "technical", "framework": "EU", "delivery": "at_once"})
	at, view := made.header.Get("Location"), made.object(t)
	if at != "/v1/subscriptions/"+text(view, "id") || view["kind"] != "technical" || view["framework"] != "EU" || view["state"] != nil || view["delivery"] != "at_once" {
		t.Errorf("POST = %s, %v", at, view)
	}
	if got := c.get(t, "delegate EE", at).object(t); got["id"] != view["id"] {
		t.Errorf("GET = %v, want %v", got, view)
	}
	c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/subscriptions", object{"state": "LV", "delivery": "daily"})
	if got := c.get(t, "delegate EE", "/v1/subscriptions").items(t); len(got) != 2 || got[0]["id"] != view["id"] || got[1]["state"] != "LV" {
		t.Errorf("GET /v1/subscriptions = %v, want both, the oldest first", got)
	}
	if csv := string(c.get(t, "delegate EE", "/v1/subscriptions", "Accept", "text/csv").body); !strings.Contains(csv, ",LV,,,daily,") {
		t.Errorf("as a table they are %s", csv)
	}
	if again := c.do(t, "delegate EE", "POST", "/v1/subscriptions", object{"kind": "technical", "framework": "EU", "delivery": "daily"}); again.status != http.StatusConflict {
		t.Errorf("POST of the same again = %d, want a conflict", again.status)
	}
	c.must(t, http.StatusNoContent, "delegate EE", "DELETE", at, nil)
	if got := c.get(t, "delegate EE", "/v1/subscriptions").items(t); len(got) != 1 {
		t.Errorf("after DELETE there are %v, want one", got)
	}
	if now := c.world.Register.Latest(); now != before {
		t.Errorf("subscribing took the register from version %d to %d: it is nobody else's to rely on", before, now)
	}
}

func TestNobodySeesOrEndsWhatAnotherIsToldOf(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	at := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/subscriptions", object{"delivery": "daily"}).header.Get("Location")
	for _, who := range []string{"head_of_delegation EE", "cert EE", "delegate LV", "secretariat KR", "auditor"} {
		for _, method := range []string{"GET", "DELETE"} {
			if got := c.do(t, who, method, at, nil); got.status != http.StatusNotFound {
				t.Errorf("%s as %s = %d, want that there is none", method, who, got.status)
			}
		}
		if got := c.get(t, who, "/v1/subscriptions").items(t); len(got) != 0 {
			t.Errorf("%s is shown %v, want none", who, got)
		}
	}
	c.get(t, "delegate EE", at)
}

func TestAPersonHasTwentySubscriptionsAtMost(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	var all sync.WaitGroup
	for i := range 30 { // at once: none may slip in beside
		all.Go(func() {
			frameworks, kinds := []string{"EU", "OSCE", "OAS", "NATO", "GCC"}, []string{"diplomatic", "technical", "law_enforcement", "policy", "strategy", "organisation"}
			for range 40 { // two that take the same place are told to try again
				got := c.do(t, "delegate EE", "POST", "/v1/subscriptions", object{"framework": frameworks[i%5], "kind": kinds[i/5], "delivery": "daily"})
				if got.status == http.StatusCreated || got.status == http.StatusConflict && strings.Contains(string(got.body), "as many as you may have") {
					return
				}
			}
		})
	}
	all.Wait()
	mine := c.get(t, "delegate EE", "/v1/subscriptions").items(t)
	if len(mine) != 20 {
		t.Errorf("there are %d subscriptions, want 20", len(mine))
	}
	c.must(t, http.StatusNoContent, "delegate EE", "DELETE", "/v1/subscriptions/"+text(mine[7], "id"), nil)
	c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/subscriptions", object{"state": "LV", "delivery": "daily"})
	c.must(t, http.StatusCreated, "cert EE", "POST", "/v1/subscriptions", object{"delivery": "daily"}) // others have their own
}

func TestSubscribingIsTriedOutAndDoneOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	body := object{"state": "LV", "delivery": "daily"}
	tried := c.must(t, http.StatusOK, "delegate EE", "POST", "/v1/subscriptions?dry_run=true", body).object(t)
	if tried["dry_run"] != true || fmt.Sprint(tried["changes"]) != "[]" {
		t.Errorf("a dry run = %v", tried)
	}
	if got := c.get(t, "delegate EE", "/v1/subscriptions").items(t); len(got) != 0 {
		t.Errorf("a dry run leaves %v", got)
	}
	first := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/subscriptions", body, "Idempotency-Key", "a")
	again := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/subscriptions", body, "Idempotency-Key", "a")
	if again.header.Get("Idempotent-Replay") != "true" || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("POST again = %v, want what it came to first", again.header)
	}
	if other := c.do(t, "delegate EE", "POST", "/v1/subscriptions", object{"delivery": "daily"}, "Idempotency-Key", "a"); other.status != http.StatusUnprocessableEntity {
		t.Errorf("POST of another with the same key = %d, want that it is refused", other.status)
	}
	at := first.header.Get("Location")
	c.must(t, http.StatusOK, "delegate EE", "DELETE", at+"?dry_run=true", nil)
	c.get(t, "delegate EE", at)
}

func TestATokenForReadingIsEnoughAndASystemsIsNot(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	c.must(t, http.StatusCreated, "auditor", "POST", "/v1/subscriptions", object{"delivery": "daily"})
	w := c.world
	_, secret, err := w.Accounts.Issue(t.Context(), w.By(t, "head_of_delegation EE"), register.Sent[account.Input]{Body: account.Input{
		Owner: "Watcher", OwnerKind: "system", Role: access.Cert, Label: "watch", Access: "write", Audiences: access.Audiences,
		ExpiresAt: time.Now().Add(time.Hour),
	}})
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.Accounts.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Subscriptions.Add(t.Context(), register.Act{By: by}, register.Sent[subscription.Input]{Body: subscription.Input{Delivery: subscription.Daily}})
	if !problem.Is(err, problem.Forbidden) {
		t.Errorf("Add() by a system in a person's role = %v, want that it is forbidden", err)
	}
}
