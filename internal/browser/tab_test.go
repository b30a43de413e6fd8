package browser_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// patience bounds what one tab does, on a busy machine.
const patience = 2 * time.Minute

// The widths that pages are looked at: a desk's screen, a common phone.
const (
	desk  = 1280
	phone = 375
)

func find() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no Chromium on this machine: .ci/chromium installs it, or says what to install (looked for %s)", strings.Join(programs, ", "))
}

// tab is one page of the browser, with cookies of its own.
type tab struct {
	*testing.T
	ctx    context.Context
	origin string

	mu       sync.Mutex
	unwanted []string // what the browser refused to run or to load, and what failed
}

// open returns a new tab for a server's pages, on a desk's screen.
func open(t *testing.T, origin string) *tab {
	t.Helper()
	browser, err := startChromium()
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{T: t, origin: origin}
	bounded, cancel := context.WithTimeout(browser, patience)
	t.Cleanup(cancel)
	ctx, closeTab := chromedp.NewContext(bounded, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(closeTab)
	b.ctx = ctx
	b.do("open a tab", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			window.refusedByPolicy = [];
			document.addEventListener('securitypolicyviolation', e => window.refusedByPolicy.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));`})
		return err
	}))
	b.width(desk)
	t.Cleanup(func() {
		if t.Failed() {
			b.keep()
		}
	})
	return b
}

// hear notes what the browser complains of.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // a refusal's status is no fault
			b.unwanted = append(b.unwanted, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		b.unwanted = append(b.unwanted, e.ExceptionDetails.Text)
	}
}

// complaints returns what the browser has complained of so far.
func (b *tab) complaints() []string {
	b.Helper()
	refused := eval[[]string](b, `window.refusedByPolicy`)
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(append([]string{}, b.unwanted...), refused...)
}

// keep leaves a picture of what a failing test saw.
func (b *tab) keep() {
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Logf("there is no picture of the page: %v", err)
		return
	}
	name := filepath.Join(os.TempDir(), "pocreg-"+strings.NewReplacer("/", "-", " ", "_").Replace(b.Name())+".png")
	if err := os.WriteFile(name, picture, 0o600); err != nil {
		b.Logf("there is no picture of the page: %v", err)
		return
	}
	b.Logf("what the page looked like: %s", name)
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// eval returns what a script of the test's own finds in the page.
func eval[T any](b *tab, script string) T {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.Fatalf("look for %s: %v", script, err)
	}
	return got
}

// width makes the tab as wide as a screen, in CSS pixels.
func (b *tab) width(pixels int64) {
	b.Helper()
	b.do("size the tab", chromedp.EmulateViewport(pixels, 800))
}

// visit opens a page and returns its status.
func (b *tab) visit(path string) int {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.NavigateResponse(b.origin+path))
	if err != nil {
		b.Fatalf("visit %s: %v", path, err)
	}
	return int(got.Status)
}

// press clicks what leads to another page, and waits for it.
func (b *tab) press(selector string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.Fatalf("press %s: %v", selector, err)
	}
}

// text returns what a part of the page says.
func (b *tab) text(selector string) string {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		b.Fatalf("read %s: %v", selector, err)
	}
	return strings.TrimSpace(got)
}

// fill types into an input.
func (b *tab) fill(selector, text string) {
	b.Helper()
	b.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// choose picks one of several by the keyboard: a click goes to where the choice was, and
// a page that is still being laid out moves it.
func (b *tab) choose(selector string) {
	b.Helper()
	b.do("choose "+selector, chromedp.SendKeys(chromedp.CSS(selector), " "), chromedp.WaitVisible(chromedp.CSS(selector+":checked")))
}

// wait waits until something is on the page.
func (b *tab) wait(selector string) {
	b.Helper()
	b.do("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// authenticator plugs in a virtual authenticator that has verified its person: one
// built into the device, with keys that it finds by itself.
func (b *tab) authenticator() {
	b.Helper()
	b.do("plug in an authenticator", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			},
		})
		return err
	}))
}

// click presses what leads to no other page.
func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}
