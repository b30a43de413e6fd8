package torture_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var full = flag.Bool("torture.full", false, "kill the server 200 times and PostgreSQL 50 times")

// pocreg is the program under test, built once for all tests.
var pocreg string

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		code = 1
	}
	os.Exit(code)
}

func build(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "pocreg-torture-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	pocreg = filepath.Join(dir, "pocreg")
	if out, err := exec.Command("go", "build", "-o", pocreg, "pocreg.example/cmd/pocreg").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build pocreg: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// patience bounds every wait for something that must come: PostgreSQL may have
// to recover from a crash on a busy machine.
const patience = time.Minute

// await polls until done is true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}
