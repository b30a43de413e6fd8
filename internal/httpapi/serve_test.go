package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/register"
)

// client sends requests to one server, each in the name of one of its world's
// people. Every answer is held to the contract on its way.
type client struct {
	world  *fixture.World
	server *httpapi.Server
	url    string
	http   *http.Client

	proposed map[string]string // ids of proposals, by who made them
}

// newServer returns the API of a world without limits, as the test changes it.
func newServer(w *fixture.World, change ...func(*httpapi.Server)) *httpapi.Server {
	s := &httpapi.Server{
		Register: w.Register, Accounts: w.Accounts, States: w.States, Delegations: w.Delegations,
		Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies, Suggestions: w.Suggestions, Subscriptions: w.Subscriptions, Admission: w.Admission,
		AccessLog: accesslog.New(w.DB.Server, slog.New(slog.DiscardHandler), 400, accesslog.Room, time.Now),
		Log:       slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Now: time.Now, Timeout: 30 * time.Second, CacheBytes: 16 << 20,
		Beat: func(ctx context.Context) error {
			_, err := w.DB.Server.Exec(ctx, `update heartbeat set at = now()`)
			return err
		},
	}
	for _, f := range change {
		f(s)
	}
	return s
}

// serve starts the API of a world on this machine, until the test ends.
func serve(t *testing.T, w *fixture.World, change ...func(*httpapi.Server)) *client {
	t.Helper()
	s := newServer(w, change...)
	listener := httptest.NewServer(held(t, httpapi.WithHead(s.Handler())))
	t.Cleanup(listener.Close)
	follow(t, s.Register)
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{
		world: w, server: s, url: listener.URL,
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// follow keeps a node informed until the test ends, as serving does.
func follow(t *testing.T, r *register.Register) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var follower sync.WaitGroup
	follower.Go(func() { r.Follow(ctx) })
	t.Cleanup(follower.Wait)
	t.Cleanup(stop)
}

// followed returns the client once its node answers from what it keeps.
func (c *client) followed(t *testing.T) *client {
	t.Helper()
	for known := false; !known; _, known = c.server.Register.Present(t.Context()) {
		if t.Context().Err() != nil {
			t.Fatal("the node does not follow the register")
		}
		runtime.Gosched()
	}
	return c
}

// response is an answer, read whole.
type response struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and returns its answer. who is one of the world's people
// ("delegate EE"), a token's secret, or "" for nobody. A body that is no string
// and no []byte is sent as JSON; headers are pairs of name and value, and an
// empty value leaves a header out.
func (c *client) do(t testing.TB, who, method, path string, body any, headers ...string) response {
	t.Helper()
	var payload io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		payload = strings.NewReader(b)
	case []byte:
		payload = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatalf("encode the body of %s %s: %v", method, path, err)
		}
		payload = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, payload)
	if err != nil {
		t.Fatalf("make the request %s %s: %v", method, path, err)
	}
	if payload != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	switch {
	case strings.HasPrefix(who, "pocreg_"):
		r.Header.Set("Authorization", "Bearer "+who)
	case who != "":
		r.Header.Set("Authorization", "Bearer "+c.world.Secret(t, who))
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Add(headers[i], headers[i+1])
		}
		if headers[i] == "Content-Type" && headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := c.http.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		t.Fatalf("%s %s: close the answer: %v", method, path, err)
	}
	if err != nil {
		t.Fatalf("%s %s: read the answer: %v", method, path, err)
	}
	return response{res.StatusCode, res.Header, text}
}

// get reads path, and fails the test unless the answer is 200.
func (c *client) get(t testing.TB, who, path string, headers ...string) response {
	t.Helper()
	return c.must(t, http.StatusOK, who, http.MethodGet, path, nil, headers...)
}

// must is do, for an answer of which the test knows the status.
func (c *client) must(t testing.TB, status int, who, method, path string, body any, headers ...string) response {
	t.Helper()
	res := c.do(t, who, method, path, body, headers...)
	if res.status != status {
		t.Fatalf("%s %s as %q = %d %s, want %d", method, path, who, res.status, res.body, status)
	}
	return res
}

// json reads the answer's body into v.
func (r response) json(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("read the answer %q: %v", r.body, err)
	}
}

// object returns the answer's body as an object.
func (r response) object(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	r.json(t, &v)
	return v
}

// items returns the items of a list.
func (r response) items(t testing.TB) []map[string]any {
	t.Helper()
	var v struct {
		Items []map[string]any `json:"items"`
	}
	r.json(t, &v)
	return v.Items
}

// etag returns the answer's ETag.
func (r response) etag() string { return r.header.Get("ETag") }

// problem is a refusal, as the API tells it.
type refusal struct {
	Type   string `json:"type"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	} `json:"errors"`
	RequestID string `json:"request_id"`
}

// kind returns the last part of a refusal's type, "" for what is none.
func (r response) kind() string {
	var p refusal
	if json.Unmarshal(r.body, &p) != nil {
		return ""
	}
	kind, _ := strings.CutPrefix(p.Type, "https://pocreg.example/problems/")
	return kind
}

// text returns a member of an object as text.
func text(object map[string]any, member string) string {
	if s, ok := object[member].(string); ok {
		return s
	}
	return fmt.Sprint(object[member])
}

// pointers returns what a refusal points at.
func (r response) pointers(t testing.TB) []string {
	t.Helper()
	var p refusal
	r.json(t, &p)
	var out []string
	for _, e := range p.Errors {
		out = append(out, e.Pointer)
	}
	return out
}
