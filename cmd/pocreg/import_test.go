package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAFileGoesOutAndComesInTheSame(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	a.made(t, "Valvelaud")
	a.made(t, `=HYPERLINK(1); \"quoted\"`)
	file := filepath.Join(t.TempDir(), "contacts.csv")
	a.must(t, "delegate EE", "export", "contacts", "--state", "ee", "-o", file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file may be read by others: %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	a.must(t, "delegate EE", "export", "contacts", "--state", "ee", "-o", file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file that took another's place may be read by others: %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the file lies %v, %v; want nothing", left, err)
	}
	for _, nowhere := range []string{filepath.Join(file, "x"), filepath.Join(t.TempDir(), "none", "contacts.csv"), t.TempDir()} {
		if _, code, said := a.run(t, "delegate EE", "export", "contacts", "-o", nowhere); code != 2 || said == "" {
			t.Errorf("export to %s: exit %d, says %q; want 2", nowhere, code, said)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	piped := make(chan string, 1)
	go func() {
		text, err := os.ReadFile(pipe)
		piped <- string(text) + fmt.Sprint(err)
	}()
	a.must(t, "delegate EE", "export", "contacts", "--state", "EE", "-o", pipe)
	if got := <-piped; got != string(before)+"<nil>" {
		t.Errorf("through a pipe comes\n%s\nwant what the file has", got)
	}
	if got := a.must(t, "delegate EE", "import", "contacts", file); !strings.Contains(got, "2 rows: 0 new, 0 changed, 2 unchanged") {
		t.Errorf("import of what was exported prints %q, want that nothing changed", got)
	}

	changed := write(t, "changed.csv", strings.Replace(string(before), "Duty desk", "Night desk", 1))
	if got := a.must(t, "delegate EE", "import", "contacts", changed, "--dry-run"); !strings.Contains(got, `/office_title_en "Duty desk" -> "Night desk"`) ||
		!strings.Contains(got, "2 rows: would be 0 new, 1 changed, 1 unchanged") {
		t.Errorf("the dry run prints\n%s\nwant the difference", got)
	}
	if got := a.must(t, "delegate EE", "export", "contacts", "--state", "EE"); got != string(before) {
		t.Errorf("after a dry run the export is\n%s\nwant what it was", got)
	}
	if got := a.must(t, "delegate EE", "import", "contacts", changed); !strings.Contains(got, "1 changed, 1 unchanged; version ") {
		t.Errorf("the import prints %q, want one change", got)
	}

	broken := write(t, "broken.csv", strings.ReplaceAll(string(before), "duty@cert-ee.example", "no mailbox"))
	for _, args := range [][]string{{"--dry-run"}, nil} {
		_, code, said := a.run(t, "delegate EE", append([]string{"import", "contacts", broken}, args...)...)
		if code != 6 || !strings.Contains(said, "line 2, channel_2_value:") || !strings.Contains(said, "line 3, channel_2_value:") {
			t.Errorf("import of two bad rows %v: exit %d, says\n%s\nwant both lines and their column", args, code, said)
		}
	}
	if _, code, said := a.run(t, "cert EE", "import", "contacts", file); code != 3 {
		t.Errorf("import by a CERT: exit %d, says %q; want 3", code, said)
	}
}

func TestWhatIsPublicIsRecordedOnce(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	for _, kind := range []string{"public-facts", "strategies"} {
		if _, code, said := a.run(t, "delegate EE", "import", kind); code != 3 {
			t.Errorf("import %s by a delegate: exit %d, says %q; want 3", kind, code, said)
		}
		if got := a.must(t, "secretariat KR", "import", kind); !strings.Contains(got, "; version ") {
			t.Errorf("import %s prints %q, want that something is new", kind, got)
		}
		if got := a.must(t, "secretariat KR", "import", kind); strings.Contains(got, "version") || !strings.Contains(got, " 0 new, 0 changed") {
			t.Errorf("import %s again prints %q, want that nothing changed", kind, got)
		}
	}
	if got := a.must(t, "", "organisation", "list", "--state", "PL"); !strings.Contains(got, "CERT Polska") || !strings.Contains(got, "public_source") {
		t.Errorf("organisation list prints\n%s\nwant CERT Polska, found in public", got)
	}
	if got := a.must(t, "", "strategy", "list", "--state", "EE"); !strings.Contains(got, "public_source") {
		t.Errorf("strategy list prints\n%s\nwant what was found", got)
	}
}
