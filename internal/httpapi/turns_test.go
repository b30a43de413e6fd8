package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// Whole files take memory: of those who come at once one is served, four wait,
// and the others are told to come again. Who sends no token waits for strangers
// alone, and keeps nobody else waiting.
func TestMoreExportsThanMayWaitAreToldToComeAgain(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w, func(s *httpapi.Server) { s.Timeout = time.Minute })
	tx, err := w.DB.Owner.Begin(t.Context())
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if _, err := tx.Exec(t.Context(), `lock table contact in access exclusive mode`); err != nil {
		t.Fatalf("lock: %v", err)
	}
	answers := make(chan response, 7)
	for range 7 {
		go func() { answers <- c.do(t, "", "GET", "/v1/exports/contacts", nil) }()
	}
	for range 2 {
		refused(t, <-answers, http.StatusServiceUnavailable, "an export by a stranger, beside five others")
	}
	signedIn := make(chan response, 1)
	go func() { signedIn <- c.do(t, "delegate EE", "GET", "/v1/exports/contacts", nil) }()
	select {
	case res := <-signedIn:
		t.Errorf("an export by a delegate beside five strangers = %d %s, want that it is not turned away", res.status, res.body)
	case <-time.After(100 * time.Millisecond):
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatalf("unlock: %v", err)
	}
	for range 5 {
		if res := <-answers; res.status != http.StatusOK {
			t.Errorf("an export that had its turn in the end = %d %s, want 200", res.status, res.body)
		}
	}
	if res := <-signedIn; res.status != http.StatusOK {
		t.Errorf("the delegate's export = %d %s, want 200", res.status, res.body)
	}
}

func TestMoreImportsThanMayWaitAreToldToComeAgain(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	var all sync.WaitGroup
	var bodies []*io.PipeWriter
	for range 5 { // who sends slowly has a place
		r, w := io.Pipe()
		bodies = append(bodies, w)
		all.Go(func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+importContacts, r)
			if err != nil {
				t.Errorf("make the request: %v", err)
				return
			}
			request.Header.Set("Content-Type", "text/csv")
			request.Header.Set("Authorization", "Bearer "+c.world.Secret(t, "delegate EE"))
			res, err := c.http.Do(request)
			if err != nil {
				t.Errorf("a slow import: %v", err)
				return
			}
			if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
				t.Errorf("a slow import = %d, want 200", res.StatusCode)
			}
		})
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // it is being read
			t.Fatalf("begin to send: %v", err)
		}
	}
	var res response
	for ; res.status != http.StatusServiceUnavailable && t.Context().Err() == nil; time.Sleep(time.Millisecond) {
		res = c.do(t, "delegate LV", "POST", importContacts+"&dry_run=true", sheet(desk("LV")), asCSV...)
	}
	refused(t, res, http.StatusServiceUnavailable, "an import beside five others")
	for _, w := range bodies {
		if _, err := io.Copy(w, strings.NewReader(sheet(desk("EE")))); err != nil {
			t.Errorf("send the rest: %v", err)
		}
		_ = w.Close()
	}
	all.Wait()
	c.take(t, "delegate LV", importContacts, sheet(desk("LV")))
}
