package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// clock is a time that a test moves.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(0, c.nanoseconds.Load()) }

func (c *clock) pass(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// refused fails the test unless an answer asks to come back later.
func refused(t *testing.T, res response, status int, what string) {
	t.Helper()
	wait, err := strconv.Atoi(res.header.Get("Retry-After"))
	if res.status != status || err != nil || wait < 1 {
		t.Errorf("%s = %d %s with Retry-After %q, want %d with some seconds", what, res.status, res.body, res.header.Get("Retry-After"), status)
	}
}

func TestEachTokenAndEachAddressHasItsRate(t *testing.T) {
	t.Parallel()
	var now clock
	now.pass(time.Hour)
	c := serve(t, fixture.New(t), func(s *httpapi.Server) {
		s.Limits = httpapi.Limits{PerToken: 2, PerAddress: 0.5, Burst: 3}
		s.Now = now.now
		s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	exhaust := func(who string, status int, headers ...string) {
		t.Helper()
		for range 3 {
			c.must(t, status, who, "GET", "/v1/me", nil, headers...)
		}
		refused(t, c.do(t, who, "GET", "/v1/me", nil, headers...), http.StatusTooManyRequests, "GET /v1/me as "+who+" for the fourth time")
	}
	exhaust("cert EE", http.StatusOK)
	exhaust("cert PL", http.StatusOK)
	exhaust("", http.StatusOK)
	exhaust("", http.StatusOK, "X-Forwarded-For", "198.51.100.7")
	exhaust("", http.StatusOK, "X-Forwarded-For", "2001:db8:1:2::1")
	refused(t, c.do(t, "", "GET", "/v1/me", nil, "X-Forwarded-For", "2001:db8:1:2:ffff::2"), http.StatusTooManyRequests, "the same network's other address")
	exhaust("pocreg_guess", http.StatusUnauthorized, "X-Forwarded-For", "198.51.100.8")
	c.must(t, http.StatusOK, "", "GET", "/healthz", nil)
	c.must(t, http.StatusOK, "", "GET", "/openapi.yaml", nil)

	now.pass(time.Second)
	c.must(t, http.StatusOK, "cert EE", "GET", "/v1/me", nil)
	c.must(t, http.StatusTooManyRequests, "", "GET", "/v1/me", nil)
	now.pass(time.Second)
	c.must(t, http.StatusOK, "", "GET", "/v1/me", nil)
}

func TestWatchersSeeWhetherTheNodeCanRead(t *testing.T) {
	t.Parallel()
	var now clock
	now.pass(time.Hour)
	var beats atomic.Int64
	var broken atomic.Bool
	c := serve(t, fixture.New(t), func(s *httpapi.Server) {
		s.Now = now.now
		beat := s.Beat
		s.Beat = func(ctx context.Context) error {
			beats.Add(1)
			if broken.Load() {
				return errors.New("read-only")
			}
			return beat(ctx)
		}
	})
	c.get(t, "", "/healthz")
	c.get(t, "", "/readyz")
	if got := beats.Load(); got != 0 {
		t.Errorf("GET /readyz wrote %d times", got)
	}
	for range 5 {
		c.get(t, "", "/readyz?write")
	}
	if got := beats.Load(); got != 1 {
		t.Errorf("GET /readyz?write five times within a second wrote %d times, want once", got)
	}
	broken.Store(true)
	now.pass(time.Second)
	refused(t, c.do(t, "", "GET", "/readyz?write", nil), http.StatusServiceUnavailable, "GET /readyz?write that cannot write")
	c.get(t, "", "/readyz")

	c.server.Drain()
	refused(t, c.do(t, "", "GET", "/readyz", nil), http.StatusServiceUnavailable, "GET /readyz of a node that drains")
	c.get(t, "", "/healthz")
	c.get(t, "cert EE", "/v1/states") // what comes in meanwhile is still answered
}

func TestMetricsAreTheOperators(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	c.get(t, "cert EE", "/v1/states/EE/card")
	text := string(c.get(t, "", "/metrics").body)
	if !strings.Contains(text, `route="/v1/states/:code/card"`) || !strings.Contains(text, "pocreg_register_version ") {
		t.Errorf("GET /metrics = %.300s, want the requests by route, and the version", text)
	}
	c.must(t, http.StatusUnauthorized, "", "GET", "/metrics", nil, "X-Forwarded-For", "198.51.100.7")

	guarded := serve(t, w, func(s *httpapi.Server) { s.MetricsToken = "a token of the operator's" })
	guarded.must(t, http.StatusUnauthorized, "", "GET", "/metrics", nil)
	guarded.must(t, http.StatusUnauthorized, "auditor", "GET", "/metrics", nil)
	guarded.get(t, "", "/metrics", "Authorization", "Bearer a token of the operator's")
}

// Who is not a trusted proxy does not say who asks, and whose token is good is not
// kept waiting by who guesses beside them.
func TestNobodyIsCountedUnderAnAddressThatTheyMakeUp(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w, func(s *httpapi.Server) { s.Limits = httpapi.Limits{PerAddress: 0.001, Burst: 3} })
	c.get(t, "cert EE", "/v1/me")
	for i := range 3 {
		c.must(t, http.StatusUnauthorized, "pocreg_guess", "GET", "/v1/me", nil, "X-Forwarded-For", fmt.Sprint("198.51.100.", i))
	}
	c.must(t, http.StatusTooManyRequests, "pocreg_guess", "GET", "/v1/me", nil, "X-Forwarded-For", "198.51.100.200")
	c.get(t, "cert EE", "/v1/me")
}

func TestEveryAnswerSaysHowABrowserMayUseIt(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for _, path := range []string{"/v1/states", "/v1/me", "/v1/nothing", "/v1/contacts/none", "/healthz"} {
		h := c.do(t, "", "GET", path, nil, "Origin", "https://elsewhere.example").header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("GET %s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestTheLogSaysNothingOfPeople(t *testing.T) {
	t.Parallel()
	var log lines
	w := fixture.New(t)
	c := serve(t, w, func(s *httpapi.Server) { s.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	e := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "person", object{"name": "Mari Maasikas"}))
	c.get(t, "cert PL", e.path)
	c.get(t, "cert PL", "/v1/contacts?state=EE")
	c.do(t, "delegate EE", "PUT", e.path, `{"person":{"name":"Mari"`, "If-Match", e.etag)
	text := log.text()
	for _, private := range []string{"Mari", e.id, "state=EE", w.Secret(t, "cert PL"), "+48221234567", "duty@", "127.0.0.1"} {
		if strings.Contains(text, private) {
			t.Errorf("the log has %q: %s", private, text)
		}
	}
	if !strings.Contains(text, `"route":"/v1/contacts/:id"`) || !strings.Contains(text, `"role":"cert"`) {
		t.Errorf("the log = %s, want each request's route and role", text)
	}
}

func TestDocsAreServedWholeFromTheBinary(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	c.must(t, http.StatusPermanentRedirect, "", "GET", "/docs", nil)
	page := c.get(t, "", "/docs/")
	policy := page.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "http") || strings.Contains(policy, "unsafe") {
		t.Errorf("GET /docs/ has the policy %q, want this server alone", policy)
	}
	if strings.Contains(string(page.body), "//") {
		t.Errorf("GET /docs/ refers to another host: %s", page.body)
	}
	for _, file := range []string{"docs.css", "docs.js", "swagger-ui.css", "swagger-ui-bundle.js", "index.html"} {
		if strings.Contains(string(page.body), file) || file == "index.html" {
			c.get(t, "", "/docs/"+file)
		}
	}
	c.must(t, http.StatusNotFound, "", "GET", "/docs/docs.go", nil)
	c.must(t, http.StatusNotFound, "", "GET", "/docs/..%2fapi.go", nil)
	contract := c.get(t, "", "/openapi.yaml")
	if !strings.HasPrefix(string(contract.body), "openapi: 3.1") || !strings.HasPrefix(contract.header.Get("Content-Type"), "application/yaml") {
		t.Errorf("GET /openapi.yaml = %s %.40s, want the contract", contract.header.Get("Content-Type"), contract.body)
	}
}

func TestEveryAnswerSaysWhichRequestAndWhichVersion(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)) // which checks that both are there
	if got := c.get(t, "", "/healthz", "Request-Id", "my-own-id_1.0").header.Get("Request-Id"); got != "my-own-id_1.0" {
		t.Errorf("a usable Request-Id comes back as %q", got)
	}
	for _, id := range []string{"short", "with space in it", strings.Repeat("x", 65), "<script>alert(1)</script>"} {
		if got := c.get(t, "", "/healthz", "Request-Id", id).header.Get("Request-Id"); got == id || got == "" {
			t.Errorf("the Request-Id %q comes back as %q, want one of ours", id, got)
		}
	}
	for path, status := range map[string]int{"/v1/nothing": 404, "/v1/contacts/none": 404, "/v1/contacts?x=y": 400, "/v1/tokens": 401, "/v1/states/EE": 200} {
		res := c.must(t, status, "", "GET", path, nil, "Request-Id", "request-42")
		if res.header.Get("Request-Id") != "request-42" || res.header.Get("Register-Version") == "" {
			t.Errorf("GET %s has the headers %v, want Request-Id and Register-Version", path, res.header)
		}
		if status >= 400 && !strings.Contains(string(res.body), `"request_id":"request-42"`) {
			t.Errorf("GET %s = %s, want the request's id in it", path, res.body)
		}
	}
	if got := c.must(t, http.StatusMethodNotAllowed, "", "POST", "/v1/states", nil).header.Get("Allow"); !strings.Contains(got, "GET") || strings.Contains(got, "POST") {
		t.Errorf("POST /v1/states allows %q, want GET", got)
	}
	for _, path := range []string{"/v1/states", "/healthz", "/docs/", "/v1/nothing"} {
		head, get := c.do(t, "", "HEAD", path, nil), c.do(t, "", "GET", path, nil)
		if head.status != get.status || len(head.body) > 0 || head.header.Get("Content-Type") != get.header.Get("Content-Type") {
			t.Errorf("HEAD %s = %d %v, want GET's without its body, %d %v", path, head.status, head.header, get.status, get.header)
		}
	}
}

func TestAReaderWaitsForAVersionThatThisNodeHasNotSeen(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	for _, path := range []string{
		e.path, e.path + "/history", "/v1/contacts", "/v1/states", "/v1/states/EE", "/v1/states/EE/card", "/v1/me", "/v1/trail",
		"/v1/tokens", "/v1/delegations", "/v1/reference/norms",
	} {
		c.get(t, "delegate EE", path+"?min_version="+e.version)
		refused(t, c.do(t, "delegate EE", "GET", path+"?min_version=99999999", nil), http.StatusServiceUnavailable, "GET "+path+" of a later version")
		c.must(t, http.StatusBadRequest, "delegate EE", "GET", path+"?min_version=soon", nil)
	}
}
