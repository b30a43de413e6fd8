package portal_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pocreg.example/internal/admission"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/portal"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/signin"
)

// origin is where the pages of tests are, for who asks them.
const origin = fixture.Origin

// site is a server with pages and API.
type site struct {
	world  *fixture.World
	signIn *signin.Store
	pages  *portal.Site
	server *httptest.Server
	clock  *clock
}

// clock stands still, unless a test moves it: the code of an app holds for as long as
// a busy machine takes.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func (c *clock) now() time.Time { return c.start.Add(time.Duration(c.ahead.Load())) }

func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func serve(t *testing.T, change ...func(*httpapi.Server)) *site {
	t.Helper()
	return serveWorld(t, fixture.New(t), time.Now(), change...)
}

// serveWorld serves a world whose clock stands at a moment.
func serveWorld(t *testing.T, w *fixture.World, at time.Time, change ...func(*httpapi.Server)) *site {
	t.Helper()
	s := &site{world: w, clock: &clock{start: at}}
	s.signIn = w.SignInAt(s.clock.now)
	api := &httpapi.Server{
		Register: w.Register, Accounts: w.Accounts, States: w.States, Delegations: w.Delegations,
		Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies,
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Now: time.Now, Timeout: 30 * time.Second,
	}
	for _, f := range change {
		f(api)
	}
	handler := api.Handler()
	s.pages = &portal.Site{
		Host: api, Register: w.Register, Accounts: w.Accounts, Delegations: w.Delegations, Admission: admissions(w, s.signIn),
		Contacts: w.Contacts, Proposals: proposals(w, s.signIn), Suggestions: w.Suggestions, Subscriptions: w.Subscriptions, AccessLog: api.AccessLog, SignIn: s.signIn, Log: api.Log, Now: s.clock.now, Origin: origin,
	}
	if err := s.pages.Mount(handler); err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewServer(httpapi.WithHead(handler))
	t.Cleanup(s.server.Close)
	return s
}

// visitor is somebody with cookies, without JavaScript.
type visitor struct {
	*testing.T
	site    *site
	cookies map[string]*http.Cookie
	headers http.Header
}

func (s *site) visitor(t *testing.T) *visitor {
	return &visitor{T: t, site: s, cookies: map[string]*http.Cookie{}, headers: http.Header{"Accept": {"text/html"}}}
}

// answer is a page, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// get opens a page.
func (v *visitor) get(path string) answer {
	v.Helper()
	return v.send(http.MethodGet, path, nil)
}

// post sends a form, as pairs of name and value, as the page's own.
func (v *visitor) post(path string, pairs ...string) answer {
	v.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.send(http.MethodPost, path, form)
}

// send makes one request. It follows no redirect, and sends cookies back as a
// browser at origin does.
func (v *visitor) send(method, path string, form url.Values) answer {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, v.site.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	r.Host = strings.TrimPrefix(origin, "https://")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range v.headers {
		r.Header[name] = values
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		v.Fatal(err)
	}
	if err != nil {
		v.Fatalf("read %s: %v", path, err)
	}
	for _, c := range res.Cookies() {
		if v.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// must fails the test unless the answer has the status.
func (v *visitor) must(status int, got answer) answer {
	v.Helper()
	if got.status != status {
		v.Fatalf("the answer is %d, want %d: %s", got.status, status, got.body)
	}
	return got
}

// proposals decides on what the people of a world have proposed.
func proposals(w *fixture.World, people *signin.Store) *proposal.Store {
	return &proposal.Store{
		Register: w.Register, States: w.States, Delegations: w.Delegations, Organisations: w.Organisations,
		Contacts: w.Contacts, Strategies: w.Strategies, Admission: admissions(w, people),
		Importer: &importer.Importer{Register: w.Register, Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies},
	}
}

func admissions(w *fixture.World, people *signin.Store) *admission.Store {
	return &admission.Store{Register: w.Register, SignIn: people, Now: time.Now}
}
