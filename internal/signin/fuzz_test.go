package signin_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pocreg.example/internal/signin"
)

var printedDigits = regexp.MustCompile(`^[0-9A-Z]{10}$`)

func FuzzPrintedCode(f *testing.F) {
	for _, s := range []string{"3-7KXQ2-M4TVB", "10-AAAAA-AAAAA", "11-AAAAA-AAAAA", "0-AAAAA-AAAAA", " 1 - aaaaa aaaaa ", "1-ooooo-iiiii", "1-ŁAAAA-AAAAA", "1-AAAAA\n-AAAAA", "", "123456", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		number, code, ok := signin.ReadPrinted(s)
		if !ok {
			if number != 0 || code != "" {
				t.Errorf("readPrinted(%q) = %d, %q, and is none", s, number, code)
			}
			return
		}
		if number < 1 || number > 10 || !printedDigits.MatchString(code) || strings.ContainsAny(code, "OIL") {
			t.Errorf("readPrinted(%q) = %d, %q", s, number, code)
		}
		if n, c, again := signin.ReadPrinted(strings.ToLower(s)); !again || n != number || c != code {
			t.Errorf("readPrinted(%q) in small letters = %d, %q, %t, want %d, %q", s, n, c, again, number, code)
		}
	})
}

func FuzzAppCode(f *testing.F) {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	at := time.Unix(1_800_000_000, 0)
	for _, s := range []string{"000000", " 12 34 56 ", "1234567", "-12345", "１２３４５６", "", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, right := signin.StepOf("", s, at); right {
			t.Errorf("stepOf(%q) of no secret is right", s)
		}
		if step, right := signin.StepOf(secret, s, at); right && (len(strings.ReplaceAll(strings.TrimSpace(s), " ", "")) != 6 || max(step-60_000_000, 60_000_000-step) > 1) {
			t.Errorf("stepOf(%q) = %d is right", s, step)
		}
	})
}

func FuzzPassword(f *testing.F) {
	for _, s := range []string{goodPassword, "short", strings.Repeat("a", 200), "passwordpassword", "qwertyuiopasdfgh", "e\u0301e\u0301e\u0301 walnuts under a roof", "\xff\xfe walnuts under a roof", "seven\x00walnuts under a green roof"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := signin.FoldPassword(s)
		if signin.FoldPassword(folded) != folded {
			t.Errorf("foldPassword(%q) folds on", s)
		}
		if signin.CheckPassword(folded, "Ada Tamm", "ada@mfa.example") != nil {
			return
		}
		if n := utf8.RuneCountInString(folded); n < signin.ShortestPassword || n > signin.LongestPassword || !utf8.ValidString(folded) || !norm.NFC.IsNormalString(folded) {
			t.Errorf("CheckPassword(%q) takes it", s)
		}
	})
}
