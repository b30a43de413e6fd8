package notice_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/mail"
	"pocreg.example/internal/subscription"
)

// found returns what a pattern's one group matches in the files of a glob, without
// the tests.
func found(t *testing.T, glob, pattern string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s holds nothing like %s", glob, pattern)
	}
	return all
}

// TestWhateverALetterNamesHasItsWords asks for each value that the registry knows of
// a sort that letters name, so that a new one is not sent as its key.
func TestWhateverALetterNamesHasItsWords(t *testing.T) {
	t.Parallel()
	w, err := mail.ReadWords()
	if err != nil {
		t.Fatal(err)
	}
	keys := found(t, "*.go", `"((?:letter|why)\.[a-z_]+)"`)
	for _, method := range found(t, "../signin/signin.go", `(?m)^\s+By\w+\s+Method = "([a-z_]+)"`) {
		keys = append(keys, "method."+method)
	}
	for _, kind := range subscription.Kinds {
		keys = append(keys, "kind."+kind)
	}
	acts := slices.Concat(
		found(t, "../entry/*.go", `Act\(ctx, act, id, "([a-z_]+)"`),
		found(t, "../entry/*.go", `change\(ctx, s, act, id, "([a-z_]+)"`),
		found(t, "../entry/*.go", `c\.Act, c\.AtOnce = "([a-z_]+)"`),
		found(t, "../entry/*.go", `Act: "([a-z_]+)"`),
		found(t, "../entry/suspend.go", `name: "([a-z_]+)"`),
		found(t, "../contact/*.go", `"(channel_[a-z]+)"`),
		found(t, "../contact/contact.go", `takeOut\(ctx, act, id, "([a-z_]+)"`),
		found(t, "due.go", `(?m)^\t\w+\s+= "([a-z_]+)"`),
	)
	for _, act := range acts {
		if act != "confirmed" && !strings.HasPrefix(act, "channel_audience") {
			keys = append(keys, "act."+act)
		}
	}
	topics := slices.Concat(
		found(t, "*.go", `topic(?:: | = |Topic = )"([a-z_]+)"`), found(t, "version.go", `"(?:token issued|freeze frozen|set|ended|enrolled|removed|flagged|signed_in|guessed|shut)": "([a-z_]+)"`),
		found(t, "due.go", `(?m)^\t\w+\s+= "([a-z_]+)"`),
		[]string{"person_frozen", "approval_approved", "approval_declined", "suggestion_taken", "suggestion_declined", "suspended", "resumed"})
	for _, topic := range topics {
		if strings.HasSuffix(topic, "_") { // the act follows: those are listed above
			continue
		}
		keys = append(keys, topic+".subject", topic+".text")
	}
	for _, tag := range []string{"en", "pl"} {
		for _, key := range keys {
			if got := w.In(tag).Say(key); got == key {
				t.Errorf("letters in %s have no words for %s", tag, key)
			}
		}
	}
	if len(keys) < 80 {
		t.Errorf("only %d words are asked for: they are not found", len(keys))
	}
}
