package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"pocreg.example/internal/httpapi"
)

func TestEveryPageHasTheHeadersThatKeepItWhole(t *testing.T) {
	t.Parallel()
	v := serve(t).visitor(t)
	for path, status := range map[string]int{"/": 200, "/no/such/page": 404, "/?q=%00": 400} {
		got := v.must(status, v.get(path))
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
				"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=63072000", "Content-Type": "text/html; charset=UTF-8", "Vary": "Cookie, Accept-Language",
		} {
			if got := got.header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("GET %s has the %s %q, want %q", path, name, got, want)
			}
		}
		if id := got.header.Get("Request-Id"); id == "" || status >= 400 && !strings.Contains(got.body, id) {
			t.Errorf("GET %s does not say that it is request %q", path, id)
		}
	}
	if head := v.send(http.MethodHead, "/", nil); head.status != 200 || head.body != "" {
		t.Errorf("HEAD / = %d %q, want GET's without its body", head.status, head.body)
	}
}

func TestTheFrontPageLeadsToTheAPI(t *testing.T) {
	t.Parallel()
	v := serve(t).visitor(t)
	if got := v.must(200, v.get("/")); !strings.Contains(got.body, `href="/docs/"`) {
		t.Errorf("GET / does not lead to /docs/: %s", got.body)
	}
	v.must(200, v.get("/docs/"))
}

func TestProgramsAreRefusedInTheirLanguageAndPeopleInTheirs(t *testing.T) {
	t.Parallel()
	v := serve(t).visitor(t)
	for _, path := range []string{"/v1/nothing", "/v1", "/docs/nothing", "/assets/nothing"} {
		if got := v.must(404, v.get(path)); got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("GET %s in a browser is refused as %s, want as the API does", path, got.header.Get("Content-Type"))
		}
	}
	v.headers.Set("Accept", "application/json")
	if got := v.must(404, v.get("/nothing")); got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a program is refused as %s", got.header.Get("Content-Type"))
	}
}

func TestARefusalSaysNothingOfWhatIsInside(t *testing.T) {
	t.Parallel()
	v := serve(t).visitor(t)
	got := v.must(404, v.get("/no/%3Cscript%3Ealert(1)%3C%2Fscript%3E"))
	for _, no := range []string{"<script", "alert(1)", "goroutine", ".go:", "pgx", "echo"} {
		if strings.Contains(got.body, no) {
			t.Errorf("the refusal has %q in it: %s", no, got.body)
		}
	}
}

func TestWhoAsksTooOftenIsToldSoOnAPage(t *testing.T) {
	t.Parallel()
	v := serve(t, func(s *httpapi.Server) { s.Limits = httpapi.Limits{PerAddress: 0.01, Burst: 2} }).visitor(t)
	v.must(200, v.get("/"))
	v.must(200, v.get("/"))
	got := v.must(429, v.get("/"))
	if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "too often") {
		t.Errorf("GET / too often = %v %s", got.header, got.body)
	}
	v.must(200, v.get("/assets/portal.css"))
}

func TestAPageWithoutItsDatabaseSaysSoAndNoMore(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	s.world.DB.Server.Close()
	got := m.must(503, m.get("/account"))
	if got.header.Get("Retry-After") == "" || got.header.Get("Cache-Control") != "no-store" || !strings.Contains(got.body, got.header.Get("Request-Id")) {
		t.Errorf("without its database the page says %v %s", got.header, got.body)
	}
	for _, no := range []string{"pool", "pgx", "closed", "SQL", "internal/"} {
		if strings.Contains(got.body, no) {
			t.Errorf("it has %q in it: %s", no, got.body)
		}
	}
	m.must(200, m.get("/assets/portal.css"))
}

func TestLanguageIsTheOneChosenElseTheBrowsers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for accept, want := range map[string]string{
		"": "en", "pl": "pl", "pl-PL,pl;q=0.9,en;q=0.5": "pl", "en-US,en;q=0.9,pl;q=0.1": "en", "ko": "en", "de, pl;q=0.2": "pl", ";;;,": "en",
	} {
		v := s.visitor(t)
		v.headers.Set("Accept-Language", accept)
		if got := v.must(200, v.get("/")); !strings.Contains(got.body, `<html lang="`+want+`">`) || got.header.Get("Content-Language") != want {
			t.Errorf("with Accept-Language %q the page is not in %s: %.60s", accept, want, got.body)
		}
	}
	v := s.visitor(t)
	v.headers.Set("Accept-Language", "pl")
	v.must(200, v.get("/?lang=en"))
	if c := v.cookies["__Host-pocreg-language"]; c == nil || c.Value != "en" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the choice is kept as %v", c)
	}
	for _, path := range []string{"/", "/?lang=xx", "/nothing"} {
		if got := v.get(path); !strings.Contains(got.body, `<html lang="en">`) {
			t.Errorf("GET %s after English was chosen: %.60s", path, got.body)
		}
	}
}

func TestFilesAreKeptUnderTheirVersionAlone(t *testing.T) {
	t.Parallel()
	v := serve(t).visitor(t)
	page := v.must(200, v.get("/")).body
	_, rest, _ := strings.Cut(page, `<link rel="stylesheet" href="`)
	at, _, _ := strings.Cut(rest, `"`)
	if got := v.must(200, v.get(at)); got.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("GET %s = %v, want a style sheet to keep", at, got.header)
	}
	if got := v.must(200, v.get("/assets/portal.css?v=older")); got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("another version is to be kept: %v", got.header)
	}
	v.must(404, v.get("/assets/..%2fportal.go"))
}
