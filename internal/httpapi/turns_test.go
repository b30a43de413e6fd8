package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// A file is held in memory. One is made at a time, those of a state have two places
// to wait in, and an address without a token has one.
func TestWhoAsksForMoreFilesThanTheirPlacesIsToldToComeAgain(t *testing.T) {
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
	for who, places := range map[string]int{"": 1, "delegate EE": 2, "delegate LV": 2, fixture.Partner: 2} {
		answers := make(chan response, places+2)
		for range places + 2 {
			go func() { answers <- c.do(t, who, "GET", "/v1/exports/contacts", nil) }()
		}
		for range 2 {
			refused(t, <-answers, http.StatusServiceUnavailable, "an export beyond one's places, as "+who)
		}
		defer func() {
			for range places {
				if res := <-answers; res.status != http.StatusOK {
					t.Errorf("an export that had its turn in the end, as %s = %d %s, want 200", who, res.status, res.body)
				}
			}
		}()
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatalf("unlock: %v", err)
	}
}

// slowly opens a request that never gets to its end.
func slowly(t *testing.T, c *client, request string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		t.Fatalf("send: %v", err)
	}
	return conn
}

// Who sends an import slowly keeps a place of their own state, and nobody's turn.
func TestASlowImportKeepsNoOtherStateWaiting(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	conn := slowly(t, c, "POST "+importContacts+" HTTP/1.1\nHost: x\nAuthorization: Bearer "+c.world.Secret(t, "delegate PL")+
		"\nContent-Type: text/csv\nContent-Length: 100000\nExpect: 100-continue\n\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("who wants to send a file is told %q, %v; want to go on", line, err)
	}
	res := c.do(t, "head_of_delegation PL", "POST", importContacts, sheet(desk("PL")), asCSV...)
	refused(t, res, http.StatusServiceUnavailable, "an import of Poland's beside its other one")
	c.take(t, "delegate EE", importContacts, sheet(desk("EE")))
}

// Who reads an export slowly, or waits for a version that does not come, keeps
// nobody's turn.
func TestASlowExportKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	conn := slowly(t, c, "GET /v1/exports/contacts?min_version=999999999 HTTP/1.1\nHost: x\nAuthorization: Bearer "+c.world.Secret(t, fixture.Partner)+"\n\n")
	for _, who := range []string{"delegate EE", ""} {
		if res := c.get(t, who, "/v1/exports/contacts"); res.status != http.StatusOK {
			t.Errorf("an export as %q beside one that waits = %d, want 200", who, res.status)
		}
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "503") {
		t.Errorf("the one that waits for a version that does not come is told %q, %v; want 503", line, err)
	}
}
