package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"pocreg.example/internal/fixture"
)

func TestARequestSentAgainHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	first := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", "one")
	before := c.version(t)
	again := c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", "one")
	if again.header.Get("Idempotent-Replay") != "true" || again.etag() != first.etag() || string(again.body) != string(first.body) ||
		again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("the second POST = %v %s, want the first's answer, marked as a replay", again.header, again.body)
	}
	if first.header.Get("Idempotent-Replay") != "" {
		t.Error("the first POST is marked as a replay")
	}
	other := c.must(t, http.StatusUnprocessableEntity, "delegate EE", "POST", "/v1/contacts", with(technical("EE"), "rank", 2), "Idempotency-Key", "one")
	if other.kind() != "invalid" {
		t.Errorf("the key with another body is %s, want invalid", other.kind())
	}
	if got := c.version(t); got != before {
		t.Errorf("the retries moved the register from version %s to %s", before, got)
	}
	// The key is the token's own: another's is another key.
	c.must(t, http.StatusCreated, "head_of_delegation EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", "one")

	e := read(t, first)
	dead := e.path + "/channels/" + e.channel(t, 0) + "/dead"
	c.must(t, http.StatusOK, "cert EE", "POST", dead, nil, "Idempotency-Key", "two")
	replay := c.must(t, http.StatusOK, "cert EE", "POST", dead, nil, "Idempotency-Key", "two")
	if replay.header.Get("Idempotent-Replay") != "true" || replay.header.Get("Location") != "" {
		t.Errorf("the second POST dead has the headers %v, want a replay without Location", replay.header)
	}
	for _, key := range []string{strings.Repeat("x", 201), "schlüssel"} {
		c.must(t, http.StatusBadRequest, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", key)
	}
}

// Whoever lost the first answer may ask before it was given: that is no refusal.
func TestARequestInFlightSaysWhenToAskAgain(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	first, err := w.DB.Owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key := w.Actor(t, "delegate EE").Credential + " POST /v1/contacts one"
	if _, err := first.Exec(t.Context(), `select pg_advisory_xact_lock(hashtextextended($1, 0))`, key); err != nil {
		t.Fatal(err)
	}
	busy := c.must(t, http.StatusConflict, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", "one")
	if busy.header.Get("Retry-After") != "1" {
		t.Errorf("while the first is in flight Retry-After is %q, want 1", busy.header.Get("Retry-After"))
	}
	if err := first.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := read(t, c.must(t, http.StatusCreated, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", "one"))
	if clash := c.must(t, http.StatusConflict, "head_of_delegation EE", "POST", e.path+"/retire", nil); clash.header.Get("Retry-After") != "" {
		t.Errorf("a clash has Retry-After %q, want none: asking again helps nothing", clash.header.Get("Retry-After"))
	}
}

func TestATokensSecretIsNotReplayed(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	body := order()
	first := c.must(t, http.StatusCreated, "head_of_delegation EE", "POST", "/v1/tokens", body, "Idempotency-Key", "k").object(t)
	again := c.must(t, http.StatusCreated, "head_of_delegation EE", "POST", "/v1/tokens", body, "Idempotency-Key", "k").object(t)
	if again["id"] != first["id"] || again["secret"] != nil || first["secret"] == nil {
		t.Errorf("the second POST /v1/tokens = %v, want the first's token without its secret", again)
	}
}

func TestTheSameRequestInParallelHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	const many = 8
	var wg sync.WaitGroup
	answers := make([]response, many)
	for i := range many {
		wg.Go(func() {
			answers[i] = c.do(t, "delegate EE", "POST", "/v1/contacts", technical("EE"), "Idempotency-Key", "once")
		})
	}
	wg.Wait()
	made := 0
	for _, a := range answers {
		switch {
		case a.status == http.StatusCreated && a.header.Get("Idempotent-Replay") == "":
			made++
		case a.status == http.StatusCreated || a.status == http.StatusConflict:
		default:
			t.Errorf("POST in parallel = %d %s, want 201 or 409", a.status, a.body)
		}
	}
	if items := c.get(t, "delegate EE", "/v1/contacts?state=EE").items(t); made != 1 || len(items) != 1 {
		t.Errorf("%d POSTs with one key made %d, and %d are there, want 1", many, made, len(items))
	}
}
