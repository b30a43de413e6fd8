package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// kept reports whether what is asked was answered from what was kept.
func (c *client) kept(t *testing.T, ask func()) bool {
	t.Helper()
	before := c.count(t)
	ask()
	return c.count(t) > before
}

// count is how many answers of the node were kept ones.
func (c *client) count(t *testing.T) float64 {
	t.Helper()
	families, err := c.server.Metrics.Gather()
	if err != nil {
		t.Fatalf("gather the metrics: %v", err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "pocreg_answers_total" && m.GetLabel()[0].GetValue() == "kept" {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatal("the metrics do not count the kept answers")
	return 0
}

func TestAWriteEmptiesOnlyWhatItTouched(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	e := c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.add(t, "delegate LV", "/v1/contacts", technical("LV"))
	touched := []string{e.path, "/v1/contacts", "/v1/contacts?state=EE&kind=technical", "/v1/states/EE/card", "/v1/states/EST/card"}
	untouched := []string{
		"/v1/contacts?state=LV", "/v1/states/LV/card", "/v1/states", "/v1/states/EE", "/v1/organisations", "/v1/strategies?state=EE",
		"/v1/delegations", "/v1/reference/norms",
	}
	tags := map[string]string{}
	for _, path := range append(touched, untouched...) {
		first := c.get(t, "cert LV", path)
		tags[path] = first.etag()
		if !c.kept(t, func() {
			again := c.get(t, "cert LV", path)
			if again.etag() != first.etag() || !bytes.Equal(again.body, first.body) {
				t.Errorf("GET %s again = %s, want the same as before: %s", path, again.body, first.body)
			}
		}) {
			t.Errorf("GET %s again asked the database", path)
		}
	}
	changed := c.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, object{"note": "Ring twice."}, "If-Match", e.etag)
	for _, path := range touched {
		if got := c.get(t, "cert LV", path); got.etag() == tags[path] || !strings.Contains(string(got.body), "Ring twice.") {
			t.Errorf("GET %s after the change = %s, want the change in it", path, got.body)
		}
	}
	for _, path := range untouched {
		if !c.kept(t, func() {
			c.must(t, http.StatusNotModified, "cert LV", "GET", path, nil, "If-None-Match", tags[path])
		}) {
			t.Errorf("GET %s asked the database after a change to something else", path)
		}
	}
	if got, want := c.get(t, "cert LV", "/v1/states/LV/card").header.Get("Register-Version"), changed.header.Get("Register-Version"); got != want {
		t.Errorf("what was kept claims version %s, want %s: it still holds there", got, want)
	}
}

// What a route does not look at is no other question, and takes no other place.
func TestAQueryThatChangesNothingIsTheSameQuestion(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	e := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "external_ids", []object{{"system": "misp", "value": "x"}}))
	delegation := "/v1/delegations/" + text(c.get(t, "cert LV", "/v1/delegations?state=EE").items(t)[0], "id")
	for _, path := range []string{e.path, "/v1/contacts/external/EE/misp/x", "/v1/states/EE", "/v1/states/EE/card", delegation} {
		first := c.get(t, "cert LV", path)
		for _, query := range []string{"?utm=1", "?utm=2&utm=3", "?min_version=" + c.version(t), "?state=LV"} {
			if !c.kept(t, func() {
				if again := c.get(t, "cert LV", path+query); again.etag() != first.etag() {
					t.Errorf("GET %s%s has the ETag %s, want %s", path, query, again.etag(), first.etag())
				}
			}) {
				t.Errorf("GET %s%s asked the database, want what was kept", path, query)
			}
		}
	}
	if got := c.get(t, "cert LV", "/v1/contacts?state=LV").items(t); len(got) != 0 {
		t.Errorf("a list that is narrowed to another state has %d contacts, want none", len(got))
	}
}

func TestWhatWasKeptForOneIsNotForAnother(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	e := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "selected", "selected", object{"states": []string{"LV"}}))
	c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	for range 2 { // the second time from what was kept
		for who, sees := range map[string]int{fixture.Partner: 1, fixture.NarrowPartner: 0, "": 0, "cert PL": 1, "cert LV": 2} {
			if got := len(c.get(t, who, "/v1/contacts").items(t)); got != sees {
				t.Errorf("%q sees %d contacts, want %d", who, got, sees)
			}
		}
		for who, status := range map[string]int{
			"delegate EE": 200, "cert EE": 200, "cert LV": 200, "auditor": 200,
			"cert PL": 404, "": 404, fixture.Partner: 404, "secretariat KR": 404,
		} {
			c.must(t, status, who, "GET", e.path, nil)
		}
		for who, sees := range map[string]bool{"delegate EE": true, "auditor": true, "cert EE": false, "cert LV": false} {
			if got := c.get(t, who, e.path).object(t)["named_states"] != nil; got != sees {
				t.Errorf("%s sees whom the entry names: %t, want %t", who, got, sees)
			}
		}
		for _, language := range []string{"ko", "pl", "en"} {
			if got := c.get(t, "cert EE", "/v1/states/KR", "Accept-Language", language).object(t)["name_language"]; got != language {
				t.Errorf("GET /v1/states/KR in %s is answered in %v", language, got)
			}
		}
		if got := c.get(t, "cert EE", "/v1/contacts", "Accept", "text/csv").header.Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
			t.Errorf("the list as CSV is of type %q", got)
		}
		if got := c.get(t, "cert EE", "/v1/contacts").header.Get("Content-Type"); got != "application/json" {
			t.Errorf("the list as JSON is of type %q", got)
		}
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	plain := c.get(t, "", "/v1/states", "Accept-Encoding", "identity")
	for _, accept := range []string{"gzip", "deflate, gzip;q=0.5", "*", "br;q=1, *;q=0.1", "GZIP"} {
		zipped := c.get(t, "", "/v1/states", "Accept-Encoding", accept)
		if zipped.header.Get("Content-Encoding") != "gzip" || zipped.etag() == plain.etag() {
			t.Errorf("Accept-Encoding: %s is answered under %q with the ETag %s; want gzip, and another ETag than the plain one",
				accept, zipped.header.Get("Content-Encoding"), zipped.etag())
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(zipped.body))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || !bytes.Equal(text, plain.body) {
			t.Errorf("under gzip = %s, %v; want what is said without", text, err)
		}
		for _, tag := range []string{plain.etag(), zipped.etag()} {
			c.must(t, http.StatusNotModified, "", "GET", "/v1/states", nil, "Accept-Encoding", accept, "If-None-Match", tag)
		}
	}
	for _, accept := range []string{"identity", "gzip;q=0", "br", "*;q=0", "gzip;q=0, *"} {
		if got := c.get(t, "", "/v1/states", "Accept-Encoding", accept); got.header.Get("Content-Encoding") != "" || got.etag() != plain.etag() {
			t.Errorf("Accept-Encoding: %s is answered under %q", accept, got.header.Get("Content-Encoding"))
		}
	}
	// A compressed answer's ETag is as good for a write.
	e := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "note", strings.Repeat("At night by phone. ", 100)))
	tag := c.get(t, "delegate EE", e.path, "Accept-Encoding", "gzip").etag()
	c.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, object{"note": "Ring twice."}, "If-Match", tag)
}

func TestAHotTokenAsksNoDatabase(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	own := pool(t, w.DB.ServerURL, 4)
	c := serve(t, w, on(own)).followed(t)
	const asked = 150
	c.get(t, "cert EE", "/v1/contacts")
	before := own.Stat().AcquireCount()
	for range asked {
		c.get(t, "cert EE", "/v1/contacts")
	}
	// The node may ask once a second what others wrote, however slow this machine is.
	if took := own.Stat().AcquireCount() - before; took > asked/4 {
		t.Errorf("%d requests with a hot token took %d connections", asked, took)
	}
}

// Readers follow a writer who changes an entry all the time. An answer holds
// what was written up to the version that it claims; on the node that wrote,
// also whatever was acknowledged before the question.
func TestNoAnswerIsOlderThanItClaims(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	writing, other := serve(t, w, on(pool(t, w.DB.ServerURL, 12))).followed(t), serve(t, w, on(pool(t, w.DB.ServerURL, 12))).followed(t)
	e := writing.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "office_title", "0"))
	type seen struct{ claimed, note int64 }
	var acknowledged atomic.Int64
	var mu sync.Mutex
	became := map[int64]int64{} // what was written, by the version that it became
	var all []seen
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 64 {
		at, path := writing, e.path
		if i%2 == 1 {
			at = other
		}
		if i%4 >= 2 {
			path = "/v1/states/EE/card"
		}
		readers.Go(func() {
			var mine []seen
			for over := false; !over; {
				select {
				case <-done:
					over = true
				default:
				}
				least := acknowledged.Load()
				res := at.get(t, "cert LV", path)
				claimed, err := strconv.ParseInt(res.header.Get("Register-Version"), 10, 64)
				_, after, _ := strings.Cut(string(res.body), `"office_title":"`)
				number, _, _ := strings.Cut(after, `"`)
				note, err2 := strconv.ParseInt(number, 10, 64)
				if err != nil || err2 != nil {
					t.Errorf("GET %s claims %v and says %.100s", path, claimed, res.body)
					return
				}
				if at == writing && note < least {
					t.Errorf("the node that wrote answers %d after %d was acknowledged", note, least)
				}
				mine = append(mine, seen{claimed, note})
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
		})
	}
	for i := int64(1); i <= 25; i++ {
		e.etag = writing.must(t, http.StatusOK, "delegate EE", "PATCH", e.path, object{"office_title": strconv.FormatInt(i, 10)}, "If-Match", e.etag).etag()
		version, _, _ := strings.Cut(strings.Trim(e.etag, `"`), "-")
		number, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		became[number] = i
		acknowledged.Store(i)
	}
	close(done)
	readers.Wait()
	for _, s := range all {
		for version, note := range became {
			if version <= s.claimed && note > s.note {
				t.Fatalf("an answer claims version %d and says %d, but version %d said %d", s.claimed, s.note, version, note)
			}
		}
	}
	t.Logf("%d answers, %v of them kept", len(all), writing.count(t)+other.count(t))
}

// wire carries a node's connections to the database, until it is cut.
type wire struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the wire is cut")}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		w.conns = append(w.conns, conn)
	}
	return conn, err
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, conn := range w.conns {
		_ = conn.Close() // it is cut, or was
	}
	w.conns = nil
}

func TestWhileTheDatabaseIsAwayANodeGoesOnWithWhatItHas(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	var line wire
	cfg, err := pgxpool.ParseConfig(w.DB.ServerURL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.ConnConfig.DialFunc = line.dial
	own, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Close)
	c := serve(t, w, on(own), func(s *httpapi.Server) { s.Limits = httpapi.Limits{} }).followed(t)
	for range 2 {
		for _, who := range []string{"cert EE", ""} {
			if got := c.get(t, who, "/v1/states/EE/card").header.Get("Age"); got != "" {
				t.Errorf("with a database, Age is %q", got)
			}
		}
	}
	line.set(true)
	for c.get(t, "cert EE", "/v1/states/EE/card").header.Get("Age") == "" { // within the first second it is not noticed
		if t.Context().Err() != nil {
			t.Fatal("the answers do not say their age")
		}
	}
	c.get(t, "", "/v1/states/EE/card")
	refused(t, c.do(t, "cert EE", "GET", "/v1/states/LV/card", nil), http.StatusServiceUnavailable, "a card that was not asked for before")
	refused(t, c.do(t, "cert LV", "GET", "/v1/states/EE/card", nil), http.StatusServiceUnavailable, "a token that was not used before")
	refused(t, c.do(t, "delegate EE", "POST", "/v1/contacts", technical("EE")), http.StatusServiceUnavailable, "a write")
	line.set(false)
	for c.get(t, "cert EE", "/v1/states/EE/card").header.Get("Age") != "" {
		if t.Context().Err() != nil {
			t.Fatal("the answers still say their age")
		}
	}
	c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	if got := c.get(t, fixture.Of(access.Cert, "EE"), "/v1/states/EE/card").object(t)["contacts"].([]any); len(got) != 1 {
		t.Errorf("after the database came back the card shows %d contacts, want 1", len(got))
	}
}

// What one header says is never taken for another's: nobody chooses the language in
// which others read.
func TestAFormatIsNoLanguage(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t)).followed(t)
	first := c.get(t, "", "/v1/states/KR", "Accept", "*/*", "Accept", "in pl")
	second := c.get(t, "", "/v1/states/KR", "Accept", "*/*", "Accept-Language", "pl")
	if first.object(t)["name_language"] == "pl" || second.object(t)["name_language"] != "pl" {
		t.Errorf("asked in no language, and then in Polish, the answers are in %v and %v",
			first.object(t)["name_language"], second.object(t)["name_language"])
	}
}
