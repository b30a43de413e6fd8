package valid_test

import (
	"testing"

	"pocreg.example/internal/valid"
)

func TestACellIsNoFormulaAndGivesBackItsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "",
		"Duty desk":         "Duty desk",
		"O'Neil = x":        "O'Neil = x",
		"=1+1":              "'=1+1",
		"  =1+1":            "  '=1+1",
		"-48 22":            "'-48 22",
		"@duty:example.org": "'@duty:example.org",
		"＝1":                "'＝1",
		"a;=b":              "a;'=b",
		"a; =b":             "a; '=b",
		`a;"=1+1;b`:         `a;"'=1+1;b`,
		`"" =1`:             `"" '=1`,
		"first\n-second":    "first\n'-second",
		"first\n\nsecond":   "first\n'\nsecond",
		"'=1":               "''=1",
		"''=1":              "'''=1",
		"'quoted'":          "'quoted'",
		"a;'=b":             "a;''=b",
		"'\tq":              "''\tq",
		"\u05e9\u05dc":      "\u05e9\u05dc",
	} {
		if got := valid.Cell(text); got != want {
			t.Errorf("Cell(%q) = %q, want %q", text, got, want)
		}
		if got := valid.Uncell(want); got != text {
			t.Errorf("Uncell(%q) = %q, want %q", want, got, text)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, text := range []string{"=", "'=", "a;'+b", `a;"=b"`, "\n\n-", " '@", "''''=''='", "\t'\t"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := valid.Uncell(valid.Cell(text)); got != string([]rune(text)) {
			t.Errorf("Uncell(Cell(%q)) = %q, want what it was", text, got)
		}
	})
}
