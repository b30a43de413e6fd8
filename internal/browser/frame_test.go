package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pocreg.example/internal/fixture"
)

func TestTheFrontPageAndARefusalAreSound(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, fixture.New(t)))
	if got := b.visit("/"); got != 200 {
		t.Fatalf("the front page answers %d", got)
	}
	b.sound("home")
	if got := b.visit("/no/such/page"); got != 404 {
		t.Errorf("a page that is not there answers %d, want 404", got)
	}
	b.sound("not found")
}

func TestTheKeyboardReachesTheContentFirst(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, fixture.New(t)))
	b.visit("/")
	b.do("press Tab", chromedp.KeyEvent(kb.Tab))
	if got := eval[string](b, `document.activeElement.getAttribute('href')`); got != "#main" {
		t.Errorf("the first stop of Tab leads to %q, want #main", got)
	}
	if left := eval[float64](b, `document.activeElement.getBoundingClientRect().left`); left < 0 {
		t.Errorf("the link to the content stays out of sight when it has the focus")
	}
	b.do("press Enter", chromedp.KeyEvent(kb.Enter))
	if got := eval[string](b, `document.activeElement.id`); got != "main" {
		t.Errorf("it leads to %q, want main", got)
	}
}

func TestALanguageIsChosenOnceForAllPages(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, fixture.New(t)))
	b.visit("/")
	if got := eval[string](b, `document.documentElement.lang`); got != "en" {
		t.Errorf("to who asks for British English the page is in %q", got)
	}
	b.press(`footer a[hreflang="pl"]`)
	for _, path := range []string{"/", "/no/such/page"} {
		b.visit(path)
		if got := eval[string](b, `document.documentElement.lang`); got != "pl" {
			t.Errorf("%s is in %q after Polish was chosen", path, got)
		}
	}
	b.sound("not found in Polish")
	if got := b.text("header .site"); !strings.Contains(got, "Rejestr") {
		t.Errorf("the header says %q", got)
	}
}

func TestWhoOpensTheNumberIsLedToTheNameThatPasskeysAreBoundTo(t *testing.T) {
	t.Parallel()
	origin := serve(t, fixture.New(t))
	b := open(t, strings.Replace(origin, "localhost", "127.0.0.1", 1))
	b.visit("/signin?next=/account")
	if got := eval[string](b, `location.href`); got != origin+"/signin?next=/account" {
		t.Errorf("it leads to %s, want %s", got, origin)
	}
}
