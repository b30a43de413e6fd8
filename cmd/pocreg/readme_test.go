package main_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pocreg.example/internal/reference"
)

// root is the repository, seen from this package.
const root = "../.."

// README is run as it stands: its first command starts the registry, the blocks of
// its tour talk to it, and what stands under a block is what it must print.
func TestReadmeIsTrueOfAFreshRegister(t *testing.T) {
	t.Parallel()
	text := readme(t)
	at := makeRun(t)

	t.Run("which says where it is and what to try", func(t *testing.T) {
		shows := fenced(t, between(t, text, "`make run` prints:", "and after that"))[0].text
		shows = strings.ReplaceAll(shows, "http://127.0.0.1:8080", at.address)
		shows = strings.ReplaceAll(shows, "http://localhost:8080", strings.Replace(at.address, "127.0.0.1", "localhost", 1))
		if missing, ok := prints(at.said, shows); !ok {
			t.Errorf("make run printed\n%s\nREADME shows %q, which is not there or not in that place", at.said, missing)
		}
	})

	t.Run("which lets its people in by the invitations that it leaves", func(t *testing.T) {
		var left struct {
			People map[string]struct{ Email, Link, Code string }
		}
		text, err := os.ReadFile(filepath.Join(at.folder, ".pocreg", "demo.json"))
		if err := errors.Join(err, json.Unmarshal(text, &left)); err != nil {
			t.Fatal(err)
		}
		if len(left.People) != 9 { // all actors but the partner system
			t.Errorf("demo.json invites %d people, want 9", len(left.People))
		}
		for name, who := range left.People {
			said := shell(t, at.folder, "curl -s -o answer -w '%{http_code} %{redirect_url}' --data-urlencode 'code="+who.Code+"' '"+who.Link+"'")
			if !strings.HasPrefix(said, "303 ") || !strings.HasSuffix(said, "/enrol") {
				t.Errorf("the invitation of %s answers %s, want that it leads to /enrol", name, said)
			}
		}
	})

	t.Run("which has the 46 states before anything is written", func(t *testing.T) {
		var got struct {
			Items []struct {
				Code   string            `json:"code"`
				Number int               `json:"statement_number"`
				Names  map[string]string `json:"names"`
			} `json:"items"`
		}
		getJSON(t, at.address+"/v1/states", &got)
		want := reference.States()
		if len(got.Items) != 46 || len(want) != 46 {
			t.Fatalf("GET /v1/states = %d states and the statement has %d, want 46", len(got.Items), len(want))
		}
		for i, s := range got.Items {
			w := want[i]
			if s.Number != i+1 || s.Code != w.Alpha2 || s.Names["en"] != w.NameEN || s.Names["pl"] != w.NamePL {
				t.Errorf("GET /v1/states, place %d = %+v, want %s, %q, %q", i+1, s, w.Alpha2, w.NameEN, w.NamePL)
			}
		}
	})

	tour := func(t *testing.T, section string, least int) {
		t.Helper()
		blocks := fenced(t, between(t, text, section, "\n## "))
		var script strings.Builder
		for _, b := range blocks {
			if b.language == "sh" {
				script.WriteString(b.text + "\necho\necho '" + endOfBlock + "'\n")
			}
		}
		outputs := strings.Split(shell(t, at.folder, script.String()), endOfBlock)
		ran := 0
		for i, b := range blocks {
			if b.language == "sh" {
				ran++
				continue
			}
			if i == 0 || blocks[i-1].language != "sh" {
				t.Fatalf("README shows the output of no command:\n%s", b.text)
			}
			got := outputs[min(ran, len(outputs))-1]
			if missing, ok := prints(got, b.text); !ok {
				t.Errorf("this block of README:\n%s\nprinted\n%s\nREADME shows %q, which is not there or not in that place",
					blocks[i-1].text, strings.TrimSpace(got), missing)
			}
		}
		if ran < least {
			t.Errorf("%s has %d blocks: they are not found", section, ran)
		}
	}
	t.Run("and through the life of a contact", func(t *testing.T) { tour(t, "## The life of a contact, in curl", 10) })
	t.Run("and through real content", func(t *testing.T) { tour(t, "## Real content, on the command line", 4) })

	t.Run("whose own three lines to try work", func(t *testing.T) {
		var lines []string
		for line := range strings.Lines(at.said) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "curl ") {
				lines = append(lines, line)
			}
		}
		if len(lines) != 3 {
			t.Fatalf("make run prints %d lines to try, want 3:\n%s", len(lines), at.said)
		}
		for i, want := range []string{`{"items":[{"code":"AF"`, `{"role":"cert","state":"EE"`, `"basis":"nominated"`} {
			if got := shell(t, at.folder, lines[i]); !strings.Contains(got, want) {
				t.Errorf("%s\nprinted %s, want %s in it", lines[i], got, want)
			}
		}
	})
}

// README's map must name what is there, and nothing that is not.
func TestReadmeNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text := readme(t)

	t.Run("every package", func(t *testing.T) {
		t.Parallel()
		out, err := exec.CommandContext(t.Context(), "go", "list", "pocreg.example/...").Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages := strings.Fields(strings.ReplaceAll(string(out), "pocreg.example/", ""))
		if len(packages) < 15 {
			t.Fatalf("go list finds %d packages: %v", len(packages), packages)
		}
		for _, p := range packages {
			if p == "internal" { // the laws of the house, which the map begins with
				continue
			}
			if !strings.Contains(text, "| `"+p+"` |") {
				t.Errorf("README's map has no line for %s", p)
			}
		}
	})

	t.Run("no file or folder that is not there", func(t *testing.T) {
		t.Parallel()
		paths := regexp.MustCompile("[`(]((?:api|cmd|deploy|docs|internal|migrations|\\.ci)(?:/[^`)\\s]*)?|LICENSE|NOTICE)[`)]")
		found := paths.FindAllStringSubmatch(text, -1)
		if len(found) < 30 {
			t.Fatalf("README names %d paths: they are not found", len(found))
		}
		for _, match := range found {
			if _, err := fs.Stat(os.DirFS(root), match[1]); err != nil {
				t.Errorf("README names %s: %v", match[1], err)
			}
		}
	})

	t.Run("every target that Makefile explains, and no other", func(t *testing.T) {
		t.Parallel()
		makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^## (\w+):`).FindAllStringSubmatch(string(makefile), -1) {
			if !strings.Contains(text, "`make "+match[1]+"`") {
				t.Errorf("README does not say what make %s does", match[1])
			}
		}
		for _, match := range regexp.MustCompile("`make (\\w+)`").FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + match[1] + `:`).Match(makefile) {
				t.Errorf("README names make %s, which Makefile does not have", match[1])
			}
		}
	})
}

// endOfBlock is printed after each block of the tour.
const endOfBlock = "--- that was the block ---"

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// between returns what stands in text after from, up to the next to.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, begins := strings.Cut(text, from)
	part, _, ends := strings.Cut(rest, to)
	if !begins || !ends {
		t.Fatalf("README has no part from %q to %q", from, to)
	}
	return part
}

// block is a fenced block of README.
type block struct{ language, text string }

func fenced(t *testing.T, text string) []block {
	t.Helper()
	var blocks []block
	for _, match := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)\n```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, block{match[1], match[2]})
	}
	if len(blocks) == 0 {
		t.Fatalf("there are no blocks in this part of README:\n%s", text)
	}
	return blocks
}

// prints reports whether got is what README shows, where … stands for anything
// and a line that ends in it goes on in one that begins with it. If not, it
// returns the piece that is missing.
func prints(got, shows string) (missing string, ok bool) {
	got = strings.TrimSpace(got)
	pieces := strings.Split(strings.ReplaceAll(shows, "…\n…", "…"), "…")
	first, last := pieces[0], pieces[len(pieces)-1]
	switch {
	case len(pieces) == 1:
		return shows, got == shows
	case !strings.HasPrefix(got, first):
		return first, false
	case !strings.HasSuffix(got, last) || len(got) < len(first)+len(last):
		return last, false
	}
	rest := got[len(first) : len(got)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		_, after, found := strings.Cut(rest, piece)
		if !found {
			return piece, false
		}
		rest = after
	}
	return "", true
}
