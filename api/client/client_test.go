package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pocreg.example/api/client"
	"pocreg.example/internal/fixture"
)

// answering serves what a test wants, and counts the requests.
func answering(t *testing.T, h http.HandlerFunc) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func to(t *testing.T, url string, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestATokenGoesNowhereElse(t *testing.T) {
	t.Parallel()
	secret := client.WithToken("pocreg_secret")
	for _, server := range []string{"http://registry.example", "http://192.0.2.1:8080", "http://localhost.example"} {
		if _, err := client.New(server, secret); err == nil {
			t.Errorf("New(%s) with a token = nil, want an error", server)
		}
		if _, err := client.New(server, secret, client.WithPlainHTTP()); err != nil {
			t.Errorf("New(%s) that allows plain http = %v", server, err)
		}
		if _, err := client.New(server); err != nil {
			t.Errorf("New(%s) without a token = %v", server, err)
		}
	}
	for _, server := range []string{"https://registry.example", "http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080/path/"} {
		if _, err := client.New(server, secret); err != nil {
			t.Errorf("New(%s) with a token = %v", server, err)
		}
	}
	for _, server := range []string{"", "registry.example", "ftp://registry.example", "https://user:pass@registry.example", "https://registry.example?x=1", ":"} {
		if _, err := client.New(server); err == nil {
			t.Errorf("New(%q) = nil, want an error", server)
		}
	}
	elsewhere, seen := answering(t, func(http.ResponseWriter, *http.Request) {})
	here, _ := answering(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	var p *client.Problem
	if _, err := to(t, here, secret).Me(t.Context()); !errors.As(err, &p) || p.Status != http.StatusFound || seen.Load() != 0 {
		t.Errorf("Me() of a server that redirects = %v, after %d requests elsewhere; want a problem, and none", err, seen.Load())
	}
}

func TestWhatMayBeSentTwiceIs(t *testing.T) {
	t.Parallel()
	busyOnce := func(status int, headers ...string) http.HandlerFunc {
		var asked atomic.Int64
		var key atomic.Value
		return func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 1 {
				key.Store(r.Header.Get("Idempotency-Key"))
				for i := 0; i < len(headers); i += 2 {
					w.Header().Set(headers[i], headers[i+1])
				}
				w.WriteHeader(status)
				return
			}
			if got := r.Header.Get("Idempotency-Key"); got != key.Load() {
				w.WriteHeader(http.StatusTeapot)
			}
			_, _ = io.WriteString(w, "{}")
		}
	}
	lostOnce := func() http.HandlerFunc {
		var asked atomic.Int64
		return func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) == 1 {
				panic(http.ErrAbortHandler) // the connection is lost
			}
			_, _ = io.WriteString(w, "{}")
		}
	}
	get := func(ctx context.Context, c *client.Client) error { _, err := c.Me(ctx); return err }
	post := func(ctx context.Context, c *client.Client) error {
		_, _, err := c.Contacts().Add(ctx, map[string]any{})
		return err
	}
	patch := func(ctx context.Context, c *client.Client) error {
		_, _, err := c.Contacts().Patch(ctx, "id", `"1"`, map[string]any{})
		return err
	}
	for _, tt := range []struct {
		name  string
		serve http.HandlerFunc
		do    func(context.Context, *client.Client) error
		again bool
	}{
		{"a read, busy", busyOnce(503, "Retry-After", "0"), get, true},
		{"a read, too often", busyOnce(429), get, true},
		{"a read, lost", lostOnce(), get, true},
		{"a read, refused", busyOnce(404), get, false},
		{"a read, our fault", busyOnce(500), get, false},
		{"an addition, busy", busyOnce(503), post, true},
		{"an addition, lost", lostOnce(), post, true},
		{"an addition, under way", busyOnce(409, "Retry-After", "1"), post, true},
		{"an addition, a clash", busyOnce(409), post, false},
		{"a change, a clash", busyOnce(409, "Retry-After", "1"), patch, false},
		{"a change, too often", busyOnce(429), patch, true},
		{"a change, unclear", busyOnce(503), patch, false},
		{"a change, lost", lostOnce(), patch, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, asked := answering(t, tt.serve)
			err := tt.do(t.Context(), to(t, url))
			if want := map[bool]int64{true: 2, false: 1}[tt.again]; (err == nil) != tt.again || asked.Load() != want {
				t.Errorf("= %v after %d requests, want %d", err, asked.Load(), want)
			}
		})
	}
}

// The line is cut while the registry carries a write out: what the write came to
// is asked for until that is known.
func TestAWriteThatWasLostAndIsUnderWayIsAskedFor(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	url, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		switch asked.Add(1) {
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusConflict)
		default:
			w.Header().Set("Idempotent-Replay", "true")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":"x"}`)
		}
	})
	got, meta, err := to(t, url).Contacts().Add(t.Context(), map[string]any{})
	if err != nil || got.ID != "x" || !meta.Replayed {
		t.Errorf("Add() = %+v, %+v, %v; want what the first came to", got, meta, err)
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	url, asked := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	var p *client.Problem
	if _, err := to(t, url, client.WithAttempts(2)).Me(t.Context()); !errors.As(err, &p) || p.Status != 503 || asked.Load() != 2 {
		t.Errorf("Me() = %v after %d requests, want 503 after 2", err, asked.Load())
	}
	slow, asked := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := to(t, slow).Me(ctx); !errors.As(err, &p) || p.RetryAfter != time.Hour || asked.Load() != 1 {
		t.Errorf("Me() = %v after %d requests, want the refusal when the caller's time is over", err, asked.Load())
	}
	if _, err := to(t, "http://127.0.0.1:1", client.WithAttempts(1)).Me(t.Context()); err == nil || errors.As(err, &p) {
		t.Errorf("Me() of no server = %v, want an error that is no problem of the registry's", err)
	}
}

func TestWhatIsNoAnswerOfARegistrysIsAnError(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"a proxy's page": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>")
		},
		"no JSON":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"half an object": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"role":`) },
	} {
		url, _ := answering(t, h)
		if _, err := to(t, url).Me(t.Context()); err == nil {
			t.Errorf("Me() of %s = nil, want an error", name)
		}
	}
}

func TestAListIsReadPageByPage(t *testing.T) {
	t.Parallel()
	w := as("delegate LV")
	for range 5 {
		in := map[string]any{"state": "LV", "kind": "policy", "office_title": "Desk", "channels": []any{}}
		if _, _, err := w.Contacts().Add(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for c, err := range w.Contacts().All(t.Context(), map[string][]string{"state": {"LV"}, "limit": {"2"}}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[c.ID] = true
	}
	if len(seen) != 5 {
		t.Errorf("All() = %d contacts, want 5", len(seen))
	}
	for _, err := range w.Contacts().All(t.Context(), map[string][]string{"state": {"latvia"}}) {
		var p *client.Problem
		if !errors.As(err, &p) || p.Kind() != "malformed" || len(p.Errors) != 1 || !strings.Contains(p.Error(), "/state") {
			t.Errorf("All() of a bad filter = %v, want a problem that points at it", err)
		}
	}
	table, meta, err := w.Table(t.Context(), "/v1/contacts", map[string][]string{"state": {"LV"}})
	if err != nil || strings.Count(string(table), "\r\n") != 6 || meta.Next != "" {
		t.Errorf("Table() = %s, next %q, %v; want a head and five rows, and no next", table, meta.Next, err)
	}
	table, meta, err = w.Table(t.Context(), "/v1/contacts", map[string][]string{"state": {"LV"}, "limit": {"3"}})
	if err != nil || strings.Count(string(table), "\r\n") != 4 || meta.Next == "" {
		t.Errorf("Table() of three = %s, next %q, %v; want a head, three rows and a next", table, meta.Next, err)
	}
	for _, err := range w.Trail(t.Context(), 1<<40, "") {
		if !errors.Is(err, client.ErrRestored) {
			t.Errorf("Trail() after what there is = %v, want ErrRestored", err)
		}
	}
}

func TestAPathHoldsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a/b", "..", "a%2Fb", "ä?x=1#y"} {
		url, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
			if got := strings.Count(r.URL.EscapedPath(), "/"); got != 4 || r.URL.RawQuery != "" {
				t.Errorf("Get(%q) asks for %s", id, r.URL)
			}
			_, _ = io.WriteString(w, "{}")
		})
		if _, _, err := to(t, url+"/at").Contacts().Get(t.Context(), id); err != nil {
			t.Errorf("Get(%q) = %v", id, err)
		}
	}
}

func TestAReadMayDemandAVersion(t *testing.T) {
	t.Parallel()
	w := as("delegate NO")
	_, meta, err := w.Contacts().Add(t.Context(), map[string]any{"state": "NO", "kind": "policy", "office_title": "Desk", "channels": []any{}})
	if err != nil || meta.RegisterVersion == 0 || meta.ETag == "" || !strings.HasPrefix(meta.Location, "/v1/contacts/") {
		t.Fatalf("Add() = %+v, %v; want where it is, its ETag and its version", meta, err)
	}
	if _, got, err := w.AtLeast(meta.RegisterVersion).Card(t.Context(), "NO"); err != nil || got.RegisterVersion < meta.RegisterVersion {
		t.Errorf("Card() = version %d, %v; want at least %d", got.RegisterVersion, err, meta.RegisterVersion)
	}
	once, err := client.New(registry.url, client.WithAttempts(1))
	if err != nil {
		t.Fatal(err)
	}
	var p *client.Problem
	if _, _, err := once.AtLeast(1<<40).Card(t.Context(), "NO"); !errors.As(err, &p) || p.Kind() != "unavailable" {
		t.Errorf("Card() of a version to come = %v, want unavailable", err)
	}
}

func TestASuspensionIsSeenUntilItIsLifted(t *testing.T) {
	t.Parallel()
	made, _, err := as("delegate AT").Contacts().Add(t.Context(), map[string]any{
		"state": "AT", "kind": "technical", "office_title": "Desk", "channels": []map[string]string{{"type": "email", "value": "desk@at.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	head, reader := as("head_of_delegation AT").Contacts(), as("cert EE")
	if _, _, err := head.Suspend(t.Context(), made.ID, "Stolen"); err != nil {
		t.Fatal(err)
	}
	got, _, err := reader.Contacts().Get(t.Context(), made.ID)
	if err != nil || len(got.Suspensions) != 1 || got.Suspensions[0].By != "state" || got.Suspensions[0].Until.Sub(got.Suspensions[0].Since) != 72*time.Hour {
		t.Errorf("Get() = %+v, %v, want the state's suspension, for 72 hours", got.Suspensions, err)
	}
	reached, err := reader.Reach(t.Context(), client.ReachQuestion{States: []string{"AT"}})
	if err != nil || reached.States[0].Steps[0].Marks[0] != "suspended" || len(reached.States[0].Steps[0].Suspensions) != 1 {
		t.Errorf("Reach() = %+v, %v, want the first step marked", reached, err)
	}
	if lifted, _, err := head.Act(t.Context(), made.ID, "resume"); err != nil || len(lifted.Suspensions) != 0 {
		t.Errorf("Act(resume) = %+v, %v, want it lifted", lifted.Suspensions, err)
	}
}

func TestAWriteThatWaitsIsProposed(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	server := serve(w)
	t.Cleanup(server.Close)
	of := func(who string) *client.Client {
		c, err := client.New(server.URL, client.WithToken(w.Secret(t, who)))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	cert, delegate := of("cert EE"), of("delegate EE")
	in := map[string]any{"state": "EE", "kind": "technical", "office_title": "Desk"}
	_, _, err := cert.Because("There is none.").Contacts().Add(t.Context(), in)
	var proposed *client.Proposed
	if !errors.As(err, &proposed) || proposed.Proposal.Reason != "There is none." || len(proposed.Proposal.Changes) != 1 {
		t.Fatalf("Add() by a CERT = %v, want a proposal with its reason and its change", err)
	}
	if would, err := delegate.RehearseApproval(t.Context(), proposed.Proposal.ID); err != nil || len(would.Changes) != 2 || would.Approval.Needed {
		t.Errorf("RehearseApproval() = %+v, %v; want a contact made and a proposal approved, and nobody else's approval", would, err)
	}
	approved, err := delegate.Approve(t.Context(), proposed.Proposal.ID)
	if err != nil || approved.Status != "approved" {
		t.Fatalf("Approve() = %+v, %v", approved, err)
	}
	if made, _, err := cert.Contacts().Get(t.Context(), approved.Made); err != nil || made.OfficeTitle != "Desk" {
		t.Errorf("Get() of what was made = %q, %v", made.OfficeTitle, err)
	}
	count := 0
	for one, err := range cert.Proposals(t.Context(), "approved") {
		if err != nil || one.ID != approved.ID {
			t.Errorf("Proposals() shows %q, %v; want %q", one.ID, err, approved.ID)
		}
		count++
	}
	if count != 1 {
		t.Errorf("Proposals() shows %d, want 1", count)
	}
}
