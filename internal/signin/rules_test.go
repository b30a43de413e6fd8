package signin_test

import (
	"fmt"
	"strings"
	"testing"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// long is a password of n characters.
func long(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%c%d", 'a'+i*i%23, i)
	}
	return b.String()[:n]
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	whose := []string{"Ada Tamm", "ada.tamm@mfa.example", "pocreg.example"}
	for _, password := range []string{
		goodPassword, "zażółć gęślą jaźń i pięć wron", "correct horse battery", "오늘 아침에는 바람이 많이 불었다", "kQ7!vz#0Lw@pX9e", long(128),
		"nine 123 birds 456 fly", strings.Repeat("ab", 2) + "walnuts on the roof",
	} {
		if err := signin.CheckPassword(password, whose...); err != nil {
			t.Errorf("CheckPassword(%q) = %v, want that it may be used", password, err)
		}
	}
	for password, why := range map[string]string{
		"fourteen chars":   "at least 15",
		"żółć żółć żółć":   "at least 15",
		long(129):          "at most 128",
		"1qaz2wsx3edc4rfv": "breach",
		"PolniyPizdec0211": "breach",
		"polniypizdec0211": "breach",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "guessed",
		"xyzxyzxyzxyzxyzxyz":                          "guessed",
		"walnutwalnutwalnut":                          "guessed",
		"walnut12walnut12wal":                         "guessed",
		"abcdefghijklmnopqr":                          "guessed",
		"98765432109876543":                           "guessed",
		"qwertyuiopasdfghjklzx":                       "guessed",
		"lkjhgfdsapoiuytrewq":                         "guessed",
		"Ada Tamm 2026!!":                             "guessed",
		"ada.tamm@mfa.example":                        "guessed",
		"TammAdaTammAda1987":                          "guessed",
		"pocreg.example 1":                            "guessed",
		"Password12345678!":                           "guessed",
		"walnuts\tunder a roof":                       "control",
		"walnuts under a \xff roof":                   "control",
	} {
		err := signin.CheckPassword(password, whose...)
		faults, _ := problem.Faults(err)
		if len(faults) != 1 || !strings.Contains(faults[0].Detail, why) {
			t.Errorf("CheckPassword(%q) = %v, want %q in what it says", password, err, why)
		}
	}
}
