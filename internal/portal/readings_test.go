package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// TestWhoReadWhatIsShownToWhomItConcerns has a delegate of Poland's look Estonia's
// contact up, and everybody look at the log of it.
func TestWhoReadWhatIsShownToWhomItConcerns(t *testing.T) {
	t.Parallel()
	var log *accesslog.Log
	w := fixture.New(t)
	s := serveWorld(t, w, time.Now(), func(api *httpapi.Server) {
		log = accesslog.New(w.DB.Server, api.Log, 30, accesslog.Room, api.Now)
		api.AccessLog = log
	})
	estonia, delegate := s.member(t, head), s.member(t, ada)
	poland := s.member(t, jan)
	reader := s.member(t, newcomer{"Zofia Lis", "zofia@msz.example", "PL", access.Delegate})
	at := delegate.led(delegate.post("/contacts/new", desk...))
	reader.must(http.StatusOK, reader.get(at))
	flush := func() {
		t.Helper()
		if err := log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	flush()

	// In person and to the minute, Poland's head alone.
	page := poland.must(http.StatusOK, poland.get("/readings/people"))
	if !strings.Contains(page.body, "Zofia Lis, Delegate") || !strings.Contains(page.body, `href="`+at+`"`) || !strings.Contains(page.body, ", Estonia") {
		t.Errorf("Poland's head reads %s", page.body)
	}
	if page := estonia.must(http.StatusOK, estonia.get("/readings/people")); strings.Contains(page.body, "Zofia") {
		t.Errorf("Estonia's head reads who it was: %s", page.body)
	}
	for _, path := range []string{"/readings", "/readings/people"} {
		v := s.visitor(t)
		v.leads(v.get(path), "/signin?next="+strings.ReplaceAll(path, "/", "%2F"))
	}
	delegate.must(http.StatusForbidden, delegate.get("/readings/people"))
	flush()
	if page := poland.get("/readings/people"); !strings.Contains(page.body, "access log") {
		t.Errorf("that the log was read is not in it: %s", page.body)
	}

	// The state and the day, once it is over, whoever keeps the entry.
	today := time.Now().UTC().Format(time.DateOnly)
	if page := delegate.must(http.StatusOK, delegate.get("/readings")); strings.Contains(page.body, today) {
		t.Errorf("the day is told before it is over: %s", page.body)
	}
	_, err := s.world.DB.Owner.Exec(t.Context(), `
		do $$ begin
			alter table access_day disable trigger access_day_append_only;
			update access_day set day = day - 2;
			alter table access_day enable trigger access_day_append_only;
		end $$`)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().UTC().Add(-48 * time.Hour).Format(time.DateOnly)
	for _, m := range []*member{estonia, delegate} {
		page := m.must(http.StatusOK, m.get("/readings"))
		if !strings.Contains(page.body, before) || !strings.Contains(page.body, ">Poland<") || strings.Contains(page.body, "Zofia") {
			t.Errorf("%s reads %s, want Poland and the day alone", m.name, page.body)
		}
	}
	if page := reader.must(http.StatusOK, reader.get("/readings")); strings.Contains(page.body, "Estonia") {
		t.Errorf("Poland's delegate reads who read Estonia's entries: %s", page.body)
	}
}
