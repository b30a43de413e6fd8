package portal_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/strategy"
)

// files returns what is in the package's files of a pattern, by name.
func files(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s names %d files, %v", pattern, len(names), err)
	}
	out := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

// words returns each language's messages.
func words(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for name, text := range files(t, "messages/*.json") {
		var messages map[string]string
		if err := json.Unmarshal([]byte(text), &messages); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = messages
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	all := words(t)
	for tag, messages := range all {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(all["en"])), slices.Sorted(maps.Keys(messages))); diff != "" {
			t.Errorf("%s has other messages than English (-en +%s):\n%s", tag, tag, diff)
		}
		for key, text := range messages {
			want, got := placeholder.FindAllString(all["en"][key], -1), placeholder.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s of %s fills in %v, English %v", key, tag, got, want)
			}
			if strings.TrimSpace(text) != text || text == "" || strings.ContainsAny(text, "<>") {
				t.Errorf("%s of %s is empty, has space around it, or markup in it: %q", key, tag, text)
			}
		}
	}
}

// used finds the keys that templates and code name: they all have a dot in them.
var used = regexp.MustCompile(`"([a-z_]+\.[a-z_]+(?:\.[a-z_]+)*)"`)

func TestMessagesAreThoseThatThePagesUse(t *testing.T) {
	t.Parallel()
	english := words(t)["en"]
	named := map[string]bool{}
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		for name, text := range files(t, pattern) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, m := range used.FindAllStringSubmatch(text, -1) {
				named[m[1]] = true
				isFile := slices.Contains([]string{".css", ".js", ".html", ".json"}, filepath.Ext(m[1]))
				if _, ok := english[m[1]]; !ok && !isFile {
					t.Errorf("%s uses the message %s, which is not there", name, m[1])
				}
			}
		}
	}
	for key := range english {
		if prefix, _, _ := strings.Cut(key, "."); !named[key] && !slices.Contains(valued, prefix) {
			t.Errorf("nothing uses the message %s", key)
		}
	}
}

// valued are the beginnings of messages for a value that the registry knows.
var valued = append([]string{"role", "role_may", "method", "outcome", "status", "scope"}, lookedUp...)

// lookedUp are those for a word that stands for itself where a page has none for it.
var lookedUp = []string{"value", "member", "act", "noun", "does", "does_what"}

func TestEveryValueThatThePagesNameHasItsWords(t *testing.T) {
	t.Parallel()
	english := words(t)["en"]
	want := map[string]bool{}
	for prefix, of := range map[string]struct{ files, kind string }{
		"role": {"../access/actor.go", "Role"}, "method": {"../signin/signin.go", "Method"}, "outcome": {"../signin/event.go", "Outcome"},
		"status": {"../signin/invitation.go", "Status"}, "scope": {"../access/actor.go", "Audience"},
	} {
		constant := regexp.MustCompile(`(?m)^\s+\w+\s+` + of.kind + `\s+= "([a-z_]+)"`)
		for name, text := range files(t, of.files) {
			found := constant.FindAllStringSubmatch(text, -1)
			if len(found) == 0 {
				t.Errorf("%s has no constants of the type %s", name, of.kind)
			}
			for _, m := range found {
				want[prefix+"."+m[1]] = m[1] != "public" || prefix == "scope"
			}
		}
	}
	for name, text := range files(t, "../proposal/act.go") {
		found := regexp.MustCompile(`(?m)^\t[A-Z]\w+\s+= "([a-z_]+)"`).FindAllStringSubmatch(text, -1)
		if len(found) < 16 {
			t.Errorf("%s names %d things to propose", name, len(found))
		}
		for _, m := range found {
			want["does."+m[1]] = true
		}
	}
	want["role.system"] = false // it signs in nowhere
	for _, role := range []string{"cert", "delegate", "partner", "auditor"} {
		want["role_may."+role] = true // that a head gives
	}
	for key := range english {
		if prefix, _, _ := strings.Cut(key, "."); slices.Contains(valued, prefix) && !slices.Contains(lookedUp, prefix) && !want[key] {
			t.Errorf("%s names nothing that there is", key)
		}
	}
	for key, wanted := range want {
		if _, ok := english[key]; wanted && !ok {
			t.Errorf("there are no words for %s", key)
		}
	}
}

// What entries say is shown by its members' names, which a page says in words; and
// what a member is one of, too.
func TestEveryMemberOfAnEntryHasItsWords(t *testing.T) {
	t.Parallel()
	english, seen := words(t)["en"], 0
	for _, pattern := range []string{"../entry/entry.go", "../contact/*.go", "../organisation/*.go", "../strategy/*.go", "../delegation/*.go"} {
		for name, text := range files(t, pattern) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, m := range regexp.MustCompile(`json:"([a-z0-9_]+)`).FindAllStringSubmatch(text, -1) {
				seen++
				if m[1] != "details" && english["member."+m[1]] == "" {
					t.Errorf("%s: there are no words for the member %s", name, m[1])
				}
			}
			for _, m := range regexp.MustCompile(`oneof=([a-z0-9_ ]+)`).FindAllStringSubmatch(text, -1) {
				for value := range strings.FieldsSeq(m[1]) {
					if english["value."+value] == "" {
						t.Errorf("%s: there are no words for the value %s", name, value)
					}
				}
			}
		}
	}
	for _, value := range slices.Concat(contact.Kinds, strategy.Kinds, organisation.Kinds) {
		if english["value."+value] == "" {
			t.Errorf("there are no words for the kind %s", value)
		}
	}
	if seen < 100 {
		t.Errorf("%d members were found", seen)
	}
}
