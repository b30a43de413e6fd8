package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// running is a registry that `make run` started.
type running struct {
	folder  string // where .pocreg lies
	address string
	said    string
}

// makeRun does what README says first, in a folder and at an address that are
// free, and stops it when the test ends.
func makeRun(t *testing.T) running {
	t.Helper()
	r := running{folder: t.TempDir()}
	cmd := exec.CommandContext(t.Context(), "make", "run")
	cmd.Dir = root
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(setting string) bool {
		return strings.HasPrefix(setting, "POCREG_") || strings.HasPrefix(setting, "MAKE") || strings.HasPrefix(setting, "MFLAGS=")
	}), "POCREG_DATA="+filepath.Join(r.folder, ".pocreg"), "POCREG_LISTEN=127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("make run: %v", err)
	}
	// The test's context ends before its cleanup, and so does make. Wait returns
	// once nobody holds stderr: then PostgreSQL is down.
	t.Cleanup(func() {
		_ = cmd.Wait() // it was told to stop
		// As root the cluster lies outside the test's folder.
		if _, rest, ok := strings.Cut(stderr.String(), "creating a PostgreSQL cluster in "); ok {
			home, _, _ := strings.Cut(rest, "\n")
			if err := os.RemoveAll(home); err != nil {
				t.Errorf("remove the cluster: %v", err)
			}
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "That nobody has rewritten") {
		r.said += lines.Text() + "\n"
	}
	r.said += lines.Text() + "\n"
	if _, rest, ok := strings.Cut(r.said, "pocreg listens on "); ok {
		r.address, _, _ = strings.Cut(rest, " ")
	}
	if r.address == "" {
		t.Fatalf("make run did not come up; it said:\n%s", r.said)
	}
	return r
}

// shell runs a script in folder as README's reader does, and returns what it
// prints, with the line ends of HTTP's headers made plain.
func shell(t *testing.T, folder, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
	cmd.Dir = folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("sh: %v, and on stderr: %s", err, stderr.String())
	}
	return strings.ReplaceAll(string(out), "\r", "")
}

// getJSON decodes what is at url into v.
func getJSON(t *testing.T, url string, v any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(json.NewDecoder(resp.Body).Decode(v), resp.Body.Close())
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %s, and its JSON: %v", url, resp.Status, err)
	}
}
