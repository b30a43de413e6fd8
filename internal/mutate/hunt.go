package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// outcome is what became of a mutant.
type outcome string

const (
	noticed   outcome = "noticed"  // a test failed
	unnoticed outcome = "survived" // all tests passed
	invalid   outcome = "invalid"  // it does not compile or does not migrate: it proves nothing
)

type result struct {
	outcome outcome
	by      string // the package whose tests failed
	detail  string
}

// suites are the packages whose tests are most likely to notice m, in the order
// in which they are asked. The whole suite is asked last.
func (m mutant) suites() []string {
	switch m.group {
	case "policy":
		if strings.Contains(m.file+m.what, "search") {
			return []string{"./internal/search", "./internal/wall"}
		}
		return []string{"./internal/wall", "./internal/httpapi"}
	case "function":
		if strings.Contains(m.file+m.what, "search") {
			return []string{"./internal/search", "./internal/wall"}
		}
		return []string{"./internal/wall", "./internal/account", "./internal/contact", "./internal/delegation", "./internal/httpapi"}
	}
	first := "./" + filepath.Dir(m.file)
	switch first {
	case "./internal/access", "./internal/httpapi":
		return []string{first}
	case "./internal/entry":
		return []string{"./internal/organisation", "./internal/contact", "./internal/httpapi"}
	}
	return []string{first, "./internal/httpapi"}
}

// hunt holds what the mutants share: a folder, and the test programs of those
// packages that read the migrations, which need no new compilation for each.
type hunt struct {
	dir      string
	likely   bool              // whether the whole suite is not asked
	programs map[string][]byte // by package: a compiled test
	print    sync.Mutex
}

func newHunt(ctx context.Context, mutants []mutant, likely bool) (*hunt, error) {
	var asked []string
	for _, m := range mutants {
		asked = append(asked, m.suites()...)
	}
	if !likely {
		asked = []string{"./..."}
	}
	slices.Sort(asked)
	fmt.Println("running the tests without a mutant")
	args := append([]string{"test"}, slices.Compact(asked)...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the tests fail as it is, so nothing can be learnt from them: %w\n%s", err, tail(out))
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	h := &hunt{dir: dir, likely: likely, programs: map[string][]byte{}}
	for _, m := range mutants {
		if !strings.HasSuffix(m.file, ".sql") {
			continue
		}
		for _, suite := range m.suites() {
			if h.programs[suite] != nil {
				continue
			}
			fmt.Println("compiling the tests of", suite)
			path := filepath.Join(dir, "compiled.test")
			if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", path, suite).CombinedOutput(); err != nil {
				return nil, errors.Join(fmt.Errorf("compile %s: %w\n%s", suite, err, out), h.close())
			}
			if h.programs[suite], err = os.ReadFile(path); err != nil {
				return nil, errors.Join(err, h.close())
			}
		}
	}
	return h, nil
}

func (h *hunt) close() error { return os.RemoveAll(h.dir) }

// runAll runs the mutants, some at a time, and says how each went.
func (h *hunt) runAll(ctx context.Context, mutants []mutant, jobs int) []result {
	results := make([]result, len(mutants))
	next := make(chan int)
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			for i := range next {
				start := time.Now()
				results[i] = h.run(ctx, i, mutants[i])
				h.print.Lock()
				fmt.Printf("%4d/%d %-8s %5.1fs %s %s\n", i+1, len(mutants), results[i].outcome, time.Since(start).Seconds(), mutants[i], results[i].by)
				h.print.Unlock()
			}
		})
	}
	for i := range mutants {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

// run asks one package after another, then all.
func (h *hunt) run(ctx context.Context, i int, m mutant) result {
	dir := filepath.Join(h.dir, fmt.Sprint(i))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return result{invalid, "", err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }() // it goes with h.dir anyhow
	overlay, err := overlay(dir, m)
	if err != nil {
		return result{invalid, "", err.Error()}
	}
	all := m.suites()
	if !h.likely {
		all = append(all, "./...")
	}
	for _, suite := range all {
		out, err := h.test(ctx, dir, overlay, suite, m)
		switch {
		case ctx.Err() != nil:
			return result{invalid, "", ctx.Err().Error()}
		case bytes.Contains(out, []byte("migration failed")) || bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
			return result{invalid, suite, tail(out)}
		case err != nil:
			return result{noticed, suite, ""}
		}
	}
	return result{outcome: unnoticed}
}

// test runs the tests of a package with the mutant in place of what it changes.
func (h *hunt) test(ctx context.Context, dir, overlay, suite string, m mutant) ([]byte, error) {
	program := h.programs[suite]
	if program == nil || !strings.HasSuffix(m.file, ".sql") {
		return exec.CommandContext(ctx, "go", "test", "-failfast", "-count=1", "-overlay", overlay, suite).CombinedOutput()
	}
	original, err := os.ReadFile(m.file)
	if err != nil {
		return nil, err
	}
	changed, ok := patch(program, original, m.text)
	if !ok {
		return exec.CommandContext(ctx, "go", "test", "-failfast", "-count=1", "-overlay", overlay, suite).CombinedOutput()
	}
	path := filepath.Join(dir, filepath.Base(suite)+".test")
	if err := os.WriteFile(path, changed, 0o700); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, "-test.failfast", "-test.count=1", "-test.timeout=10m")
	cmd.Dir = suite
	return cmd.CombinedOutput()
}

var commentForm = regexp.MustCompile(`(?m)^--.*\n`)

// patch puts a changed text in the place that the embedded original has in a
// compiled program. What it has grown by it saves on comments. It is not possible
// if that is too little, or if the original is not there exactly once.
func patch(program, original, changed []byte) ([]byte, bool) {
	for comment := commentForm.FindIndex(changed); comment != nil && len(changed) > len(original); comment = commentForm.FindIndex(changed) {
		changed = append(bytes.Clone(changed[:comment[0]]), changed[comment[1]:]...)
	}
	at := bytes.Index(program, original)
	if at < 0 || len(changed) > len(original) || bytes.Contains(program[at+1:], original) {
		return nil, false
	}
	out := bytes.Clone(program)
	copy(out[at:], changed)
	copy(out[at+len(changed):], bytes.Repeat([]byte("\n"), len(original)-len(changed)))
	return out, true
}

// overlay writes the mutant and returns the file that tells the go command of it.
func overlay(dir string, m mutant) (string, error) {
	copied, file := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(copied, m.text, 0o600); err != nil {
		return "", err
	}
	replaced, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {replaced: copied}})
	if err != nil {
		return "", err
	}
	return file, os.WriteFile(file, text, 0o600)
}

func tail(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n") + "\n"
}
