package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clear returns once nothing of an earlier PostgreSQL runs in the place: it
// stops, in an orderly way, what a killed supervisor left behind, and waits for
// what is already stopping. The file it returns is the lock that says so; who
// inherits it is "something that runs".
//
// Only the holder of the place's lock may call it, so whatever runs has lost
// the process that it ran for.
func (p place) clear(ctx context.Context, say func(string)) (*os.File, error) {
	running, err := p.open("running")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for first := true; ; first = false {
		locked := syscall.Flock(int(running.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
		pid, whose := p.postmaster()
		if locked && whose != ours {
			if err := p.sweep(whose); err != nil {
				return nil, errors.Join(fmt.Errorf("clear up after the last PostgreSQL: %w", err), running.Close())
			}
			return running, nil
		}
		if first {
			say("waiting for the last PostgreSQL in " + p.home + " to stop")
		}
		if err := p.halt(pid, whose); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("stop the last PostgreSQL: %w", err), running.Close())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("the last PostgreSQL in %s (process %d) has not stopped: wait for it, or stop it; its log says:\n%s",
				p.home, pid, p.tail()), running.Close())
		}
	}
}

// halt asks what runs to stop: PostgreSQL, and what would start it again. The
// sockets' folder may go at any time, as a supervisor that ends removes it:
// fs.ErrNotExist means that all is well.
func (p place) halt(pid int, whose ownership) error {
	if err := p.own(p.sockets); err != nil {
		return err
	}
	f, err := os.OpenFile(p.stopFile(), os.O_CREATE|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if whose != ours {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal process %d: %w", pid, err)
	}
	return nil
}

func (p place) stopFile() string { return filepath.Join(p.sockets, "stop") }

// sweep removes what would keep a new PostgreSQL from starting.
func (p place) sweep(whose ownership) error {
	socket := filepath.Join(p.sockets, ".s.PGSQL."+port)
	stale := []string{p.stopFile(), socket, socket + ".lock"}
	if whose == nobodys {
		stale = append(stale, p.pidFile())
	}
	for _, name := range stale {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return p.own(p.sockets)
}

func (p place) pidFile() string { return filepath.Join(p.data(), "postmaster.pid") }

// ownership says whose the process named in postmaster.pid is. After a power
// cut the file stays, and its number may be anybody's.
type ownership int

const (
	nobodys ownership = iota // no such process, or it cannot be this cluster's
	ours                     // PostgreSQL on this cluster
	unclear                  // some PostgreSQL: neither to be signalled nor to be ignored
)

func (p place) postmaster() (pid int, whose ownership) {
	content, err := os.ReadFile(p.pidFile())
	if err != nil {
		return 0, nobodys
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return 0, nobodys
	}
	command := commandLine(pid)
	if len(command) == 0 || filepath.Base(command[0]) != "postgres" {
		return pid, nobodys
	}
	at := slices.Index(command, "-D") + 1
	switch {
	case at == 0 || at == len(command) || !filepath.IsAbs(command[at]):
		return pid, unclear
	case command[at] == p.data():
		return pid, ours
	default:
		return pid, nobodys
	}
}

// commandLine returns how a process was called, or nothing if it has ended,
// even if nobody has taken note of that yet.
func commandLine(pid int) []string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil {
		return strings.Split(strings.TrimRight(string(content), "\x00"), "\x00")
	}
	if _, err := os.Stat("/proc/self/cmdline"); err == nil {
		return nil
	}
	out, err := exec.Command("ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output() // not Linux
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}
