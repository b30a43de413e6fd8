package portal_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func stylesheet(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("assets/portal.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// luminance is a colour's, as WCAG 2.2 defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 24)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour of six digits", hex)
	}
	linear := func(channel uint64) float64 {
		c := float64(channel) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8&255) + 0.0722*linear(n&255)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestWhatStandsOnWhatCanBeRead(t *testing.T) {
	t.Parallel()
	css := stylesheet(t)
	light, rest, _ := strings.Cut(css, "@media (prefers-color-scheme: dark)")
	dark, _, _ := strings.Cut(rest, "*, *::before")
	for scheme, text := range map[string]string{"light": light, "dark": dark} {
		colour := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]+);`).FindAllStringSubmatch(text, -1) {
			colour[m[1]] = m[2]
		}
		for _, pair := range []struct {
			on, what string
			least    float64 // WCAG 2.2: 4.5 for text (1.4.3), 3 for what shows where something is (1.4.11)
		}{
			{"paper", "ink", 4.5}, {"panel", "ink", 4.5}, {"paper", "faint", 4.5}, {"panel", "faint", 4.5},
			{"paper", "link", 4.5}, {"panel", "link", 4.5}, {"paper", "danger", 4.5}, {"panel", "danger", 4.5}, {"paper", "good", 3},
			{"top", "on-top", 4.5}, {"button", "on-button", 4.5}, {"plain", "ink", 4.5}, {"focus", "on-focus", 4.5},
			{"paper", "line", 3}, {"top", "focus", 3},
		} {
			if got := contrast(t, colour[pair.on], colour[pair.what]); got < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, pair.what, pair.on, got, pair.least)
			}
		}
		if len(colour) != 15 {
			t.Errorf("%s has %d colours, want the 15 that are compared", scheme, len(colour))
		}
	}
	if got := contrast(t, "#000000", "#ffffff"); got < 20.99 || got > 21.01 {
		t.Errorf("black on white has a contrast of %.2f, want 21", got)
	}
}

func TestTheStylesAreSmallAndComeFromHere(t *testing.T) {
	t.Parallel()
	css := stylesheet(t)
	if len(css) > 15<<10 {
		t.Errorf("portal.css has %d bytes, want at most 15 KiB", len(css))
	}
	if elsewhere := regexp.MustCompile(`@import|url\(`).FindString(css); elsewhere != "" {
		t.Errorf("portal.css has %q", elsewhere)
	}
}

func TestTemplatesHoldNothingThatThePolicyRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range files(t, "templates/*.html") {
		if inline := regexp.MustCompile(`<style|\sstyle=|<script>|\son[a-z]+=|javascript:|template\.(HTML|JS|URL)`).FindString(text); inline != "" {
			t.Errorf("%s has %q", name, inline)
		}
	}
	for name, text := range files(t, "*.go") {
		if unsafe := regexp.MustCompile(`template\.(HTML|JS|CSS)`).FindString(text); unsafe != "" && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s has %s: what html/template does not escape", name, unsafe)
		}
	}
}
