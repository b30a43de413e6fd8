package devmail_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/devmail"
	"pocreg.example/internal/mail"
)

// pages returns the pages of a folder with one letter, and the letter's id.
func pages(t *testing.T) (http.Handler, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mail")
	folder, err := mail.NewFolder(dir, netmail.Address{Address: "registry@demo.example"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	id := mail.ID("registry@demo.example", "event", "account:1")
	err = folder.Send(t.Context(), mail.Message{
		To: "ada@people.example", ID: id, Subject: "Zażółć <b>", Text: "Open:\nhttps://pocreg.example/invitation/abc\n", HTML: "<p>Hello</p><script>alert(1)</script>",
	})
	if err != nil {
		t.Fatal(err)
	}
	// What is no letter is not shown.
	if err := os.WriteFile(filepath.Join(dir, strings.Repeat("0", 32)+".eml"), []byte("no letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := devmail.New(dir)
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	name, _, _ := strings.Cut(id, "@")
	return h, name
}

func get(ctx context.Context, h http.Handler, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:4711", "localhost:8080"
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestLettersAreListedAndShownInAFrameThatMayDoNothing(t *testing.T) {
	t.Parallel()
	h, id := pages(t)
	list := get(t.Context(), h, "/dev/mail")
	if body := list.Body.String(); list.Code != http.StatusOK || !strings.Contains(body, `<a href="/dev/mail/`+id+`">Zażółć &lt;b&gt;</a>`) || strings.Count(body, "<tr>") != 2 {
		t.Errorf("GET /dev/mail = %d\n%s", list.Code, body)
	}
	one := get(t.Context(), h, "/dev/mail/"+id)
	body := one.Body.String()
	for _, want := range []string{"ada@people.example", "<pre>Open:", `<a href="https://pocreg.example/invitation/abc">`, `<iframe sandbox title=`} {
		if !strings.Contains(body, want) {
			t.Errorf("GET /dev/mail/{id} has no %s:\n%s", want, body)
		}
	}
	if strings.Contains(body, "<script>") {
		t.Errorf("the letter's own HTML is outside of its frame:\n%s", body)
	}
	framed := get(t.Context(), h, "/dev/mail/"+id+"/html")
	if policy := framed.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") || framed.Body.Len() == 0 {
		t.Errorf("the letter's HTML comes under the policy %q", policy)
	}
	if policy := one.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page comes under the policy %q", policy)
	}
}

func TestNobodyElsewhereSeesLetters(t *testing.T) {
	t.Parallel()
	h, id := pages(t)
	for name, change := range map[string]func(*http.Request){
		"from elsewhere":           func(r *http.Request) { r.RemoteAddr = "192.0.2.7:4711" },
		"by a name of elsewhere":   func(r *http.Request) { r.Host = "rebound.example:8080" },
		"by an address of another": func(r *http.Request) { r.Host = "192.0.2.7" },
		"with no host":             func(r *http.Request) { r.Host = "" },
	} {
		for _, path := range []string{"/dev/mail", "/dev/mail/" + id, "/dev/mail/" + id + "/html"} {
			if got := get(t.Context(), h, path, change); got.Code != http.StatusNotFound || strings.Contains(got.Body.String(), "ada") {
				t.Errorf("GET %s %s = %d", path, name, got.Code)
			}
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1:8080", "[::1]:8080", "[::1]"} {
		if got := get(t.Context(), h, "/dev/mail", func(r *http.Request) { r.Host = host }); got.Code != http.StatusOK {
			t.Errorf("GET /dev/mail at %s = %d", host, got.Code)
		}
	}
	for _, odd := range []string{"/dev/mail/" + strings.Repeat("0", 32), "/dev/mail/..%2F..%2Fetc%2Fpasswd", "/dev/mail/" + id + ".eml", "/dev/mail/" + strings.ToUpper(id)} {
		if got := get(t.Context(), h, odd); got.Code != http.StatusNotFound {
			t.Errorf("GET %s = %d, want that there is no such letter", odd, got.Code)
		}
	}
}
