package mail_test

import (
	"encoding/json"
	"maps"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/mail"
)

// catalogues returns each language's words.
func catalogues(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, tag := range []string{"en", "pl"} {
		text, err := os.ReadFile(filepath.Join("messages", tag+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(text, &words); err != nil {
			t.Fatal(err)
		}
		out[tag] = words
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	all := catalogues(t)
	for tag, words := range all {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(all["en"])), slices.Sorted(maps.Keys(words))); diff != "" {
			t.Errorf("%s has other words than English (-en +%s):\n%s", tag, tag, diff)
		}
		for key, text := range words {
			want, got := placeholder.FindAllString(all["en"][key], -1), placeholder.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s of %s fills in %v, English %v", key, tag, got, want)
			}
			if strings.TrimSpace(text) != text || text == "" || strings.ContainsAny(text, "<>\n") {
				t.Errorf("%s of %s is empty, has space around it, or markup in it: %q", key, tag, text)
			}
		}
	}
}

func TestWhatIsFilledInStaysText(t *testing.T) {
	t.Parallel()
	w := words(t)
	in := w.In("pl")
	hostile := "<script>alert(1)</script>{kind}\r\nBcc: x@evil.example"
	item := in.Say("letter.item", "state", hostile, "kind", "k", "act", "a")
	if !strings.Contains(item, "{kind}") {
		t.Errorf("Say() = %q, want what was filled in left as it is", item)
	}
	m, err := w.Compose(in, mail.Letter{Subject: hostile, Paragraphs: []string{hostile}, Items: []string{item}, Link: "javascript:alert(1)", Why: hostile})
	if err != nil {
		t.Fatalf("Compose() = %v", err)
	}
	if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, `href="javascript`) || strings.ContainsAny(m.Subject, "\r\n") {
		t.Errorf("a letter is written %q: %s", m.Subject, m.HTML)
	}
	if !strings.Contains(m.Text, "<script>") || !strings.Contains(m.HTML, `lang="pl"`) {
		t.Errorf("a letter says %s and %s", m.Text, m.HTML)
	}
	if got := w.In("xx").Tag; got != "en" {
		t.Errorf("In(xx) speaks %s, want English", got)
	}
}

func words(t *testing.T) *mail.Words {
	t.Helper()
	w, err := mail.ReadWords()
	if err != nil {
		t.Fatalf("ReadWords() = %v", err)
	}
	return w
}

func TestAFolderKeepsEachLetterOnceForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	f, err := mail.NewFolder(dir, netmail.Address{Address: "registry@pocreg.example"}, time.Now)
	if err != nil {
		t.Fatalf("NewFolder() = %v", err)
	}
	for range 2 {
		if err := f.Send(t.Context(), letter()); err != nil {
			t.Fatalf("Send() = %v", err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v, want one letter", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the letter's mode is %v, %v, want it to be its owner's alone", info.Mode(), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil || !strings.Contains(string(text), letter().ID) {
		t.Errorf("the letter is %s, %v", text, err)
	}
}
