package torture_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one run of the program, in a process group of its own.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	said  log
	ended chan struct{}
}

// log is what a process says, line by line, without the requests that it served.
type log struct {
	mu    sync.Mutex
	rest  []byte
	lines []string
}

func (l *log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, text...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(text), nil
		}
		if l.rest = rest; !bytes.Contains(line, []byte(`"msg":"request"`)) {
			l.lines = append(l.lines, string(line))
		}
	}
}

// find returns what the first group of form matches in the log, or "".
func (l *log) find(form string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	pattern := regexp.MustCompile(form)
	for _, line := range l.lines {
		if found := pattern.FindStringSubmatch(line); found != nil {
			return found[len(found)-1]
		}
	}
	return ""
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// launch starts a program with no environment but env.
func launch(t *testing.T, env map[string]string, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program, args...), ended: make(chan struct{})}
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PGBINDIR=" + os.Getenv("PGBINDIR")}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.cmd.Env = append(p.cmd.Env, name+"="+env[name])
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its state
		close(p.ended)
	}()
	t.Cleanup(func() {
		if p.running() {
			p.signal(syscall.SIGKILL)
			p.end()
		}
	})
	return p
}

// run runs the program to its end.
func run(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	p := launch(t, env, pocreg, args...)
	p.end()
	return p
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// listens waits for the address that the process serves on. It returns "" if
// the process has ended.
func (p *process) listens() (address string) {
	p.t.Helper()
	await(p.t, "the server to listen", func() bool {
		address = p.said.find(`"msg":"listening","address":"([^"]+)"`)
		return address != "" || !p.running()
	})
	return address
}

// signal sends a signal to the process and all that it has started in its group,
// as a terminal does.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Errorf("signal process %d: %v", p.cmd.Process.Pid, err)
	}
}

// end waits for the process's end, and returns how it ended.
func (p *process) end() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("process %d has not ended in %s; it says:\n%s", p.cmd.Process.Pid, patience, &p.said)
	}
	return p.cmd.ProcessState.ExitCode()
}

// pids returns the processes for which is reports true of their command line and
// their parent.
func pids(t *testing.T, is func(command string, parent int) bool) []int {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, folder := range folders {
		command, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		stat, failed := os.ReadFile(filepath.Join(folder, "stat"))
		if err != nil || failed != nil {
			continue // it has ended
		}
		// pid (name) state parent …
		var state string
		var parent int
		if _, err := fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &parent); err != nil {
			t.Fatalf("read %s/stat: %v", folder, err)
		}
		if pid, err := strconv.Atoi(filepath.Base(folder)); err == nil && is(string(command), parent) {
			found = append(found, pid)
		}
	}
	return found
}

// of returns the supervisors and the PostgreSQL of the cluster in home.
func of(t *testing.T, home string) []int {
	t.Helper()
	return pids(t, func(command string, _ int) bool { return strings.Contains(command, home) })
}

// postmaster returns the first process of the PostgreSQL in home, or 0.
func postmaster(t *testing.T, home string) int {
	t.Helper()
	for _, pid := range of(t, home) {
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if name, _, _ := bytes.Cut(command, []byte("\x00")); err == nil && filepath.Base(string(name)) == "postgres" {
			return pid
		}
	}
	return 0
}

func signal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Errorf("signal process %d: %v", pid, err)
	}
}
