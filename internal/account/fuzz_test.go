package account_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/account"
)

// wellFormed is nobody's token: its digits are a sentence.
const wellFormed = "pocreg_ThisIsNoSecretButTheTestsExampleOfAToken0003yB858"

func FuzzToken(f *testing.F) {
	for _, s := range []string{
		"", "pocreg_", wellFormed, wellFormed[:55], wellFormed + "0", strings.ToUpper(wellFormed), " " + wellFormed, wellFormed + "\n",
		"pocreg_" + strings.Repeat("0", 49), "pocreg_" + strings.Repeat("\xff", 49), "pocreg_" + strings.Repeat("ł", 24) + "0", strings.Repeat("0", 56),
	} {
		f.Add(s)
	}
	if !account.WellFormed(wellFormed) {
		f.Errorf("WellFormed(%q) = false, want true", wellFormed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !account.WellFormed(s) {
			return
		}
		if !strings.HasPrefix(s, "pocreg_") || len(s) != len(wellFormed) {
			t.Errorf("WellFormed(%q) = true, want pocreg_ and 49 digits", s)
		}
		// Its checksum finds any one digit that was mistyped.
		for i := range len(s) {
			typo := []byte(s)
			typo[i] ^= 1
			if account.WellFormed(string(typo)) {
				t.Errorf("WellFormed(%q) = true, and so is WellFormed(%q)", s, typo)
			}
		}
	})
}
