package seal_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/seal"
)

func read(t *testing.T, text string) seal.Keys {
	t.Helper()
	k, err := seal.Read(text)
	if err != nil {
		t.Fatalf("Read() = %v", err)
	}
	return k
}

func sealed(t *testing.T, k seal.Keys, secret, of string) string {
	t.Helper()
	s, err := k.Seal(secret, of)
	if err != nil {
		t.Fatalf("Seal() = %v", err)
	}
	return s
}

func TestWhatIsSealedOpensForWhomItIs(t *testing.T) {
	t.Parallel()
	k := read(t, seal.New())
	s := sealed(t, k, "JBSWY3DP", "totp ada")
	if got, err := k.Open(s, "totp ada"); err != nil || got != "JBSWY3DP" {
		t.Errorf("Open() = %q, %v, want the secret", got, err)
	}
	if strings.Contains(s, "JBSWY3DP") || !seal.Sealed(s) || !strings.HasPrefix(s, k.Mark()) || seal.Sealed("JBSWY3DP") {
		t.Errorf("the sealed secret is %q", s)
	}
	if again := sealed(t, k, "JBSWY3DP", "totp ada"); again == s {
		t.Errorf("the same secret is sealed the same way twice: %q", s)
	}
}

func TestWhatIsSealedDoesNotOpenOtherwise(t *testing.T) {
	t.Parallel()
	k := read(t, seal.New())
	s := sealed(t, k, "JBSWY3DP", "totp ada")
	changed := s[:len(s)-2] + map[bool]string{true: "AA", false: "BB"}[!strings.HasSuffix(s, "AA")]
	for name, try := range map[string]struct {
		keys   seal.Keys
		sealed string
		of     string
	}{
		"put to somebody else":     {k, s, "totp eve"},
		"with another key":         {read(t, seal.New()), s, "totp ada"},
		"without a key":            {seal.Keys{}, s, "totp ada"},
		"changed":                  {k, changed, "totp ada"},
		"cut short":                {k, s[:len(s)-20], "totp ada"},
		"of nothing":               {k, s[:len("sealed.00000000.")], "totp ada"},
		"what was never sealed":    {k, "JBSWY3DP", "totp ada"},
		"under another key's name": {k, strings.Replace(s, s[:12], "sealed.00000", 1), "totp ada"},
	} {
		if got, err := try.keys.Open(try.sealed, try.of); err == nil || got != "" {
			t.Errorf("Open() of what is sealed, %s = %q, %v, want an error", name, got, err)
		}
	}
	if _, err := (seal.Keys{}).Seal("x", "y"); err != seal.ErrNoKey {
		t.Errorf("Seal() without a key = %v, want ErrNoKey", err)
	}
}

func TestAnOldKeyOpensUntilItIsTakenAway(t *testing.T) {
	t.Parallel()
	old, fresh := seal.New(), seal.New()
	s := sealed(t, read(t, old), "JBSWY3DP", "totp ada")
	both := read(t, fresh+"\n"+old+"\n")
	if got, err := both.Open(s, "totp ada"); err != nil || got != "JBSWY3DP" || strings.HasPrefix(s, both.Mark()) {
		t.Errorf("Open() by the older of two keys = %q, %v, fresh %t", got, err, strings.HasPrefix(s, both.Mark()))
	}
	if again := sealed(t, both, "JBSWY3DP", "totp ada"); !strings.HasPrefix(again, both.Mark()) || both.Mark() != read(t, fresh).Mark() {
		t.Errorf("Seal() with two keys = %q, want that the first seals", again)
	}
}

func TestAKeyIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"zz-short", seal.New()[1:], seal.New() + "0", strings.Repeat("g", 64), seal.New() + " short"} {
		if k, err := seal.Read(text); err == nil || k.Any() || strings.Contains(err.Error(), text) {
			t.Errorf("Read(%q) = %v, %v, want an error that does not repeat it", text, k.Any(), err)
		}
	}
	if read(t, " \n").Any() {
		t.Error("Read() of nothing has a key")
	}
}

func FuzzOpenNeverTakesWhatWasNotSealed(f *testing.F) {
	k, err := seal.Read(strings.Repeat("ab", 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("sealed.00000000.AAAA")
	f.Add("sealed..")
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := k.Open(s, "totp"); err == nil {
			t.Errorf("Open(%q) = %q", s, got)
		}
	})
}
