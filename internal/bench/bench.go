package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"pocreg.example/internal/postgres/cluster"
)

// bench is one run: what it has started, and what it has found.
type bench struct {
	options
	began    time.Time
	dir      string
	postgres *cluster.Cluster
	people   people
	server   *server
	nginx    *process
	findings []finding
}

// The names of the run's databases. Nobody is connected to the template, so that
// a register can be cloned from it at any time.
const (
	pristine = "pocreg_pristine"
	measured = "pocreg"
	smaller  = "pocreg_small"
)

// prepare makes the small world and starts the server on it. The bench it
// returns is to be closed, also after an error.
func prepare(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, began: time.Now()}
	for _, name := range []string{"wrk", "nginx"} {
		if _, err := program(name); err != nil {
			return b, err
		}
	}
	pocreg, err := filepath.Abs(o.pocreg)
	if err == nil {
		b.pocreg = pocreg
		_, err = os.Stat(pocreg)
	}
	if err != nil {
		return b, fmt.Errorf("find the program to measure (make build makes it): %w", err)
	}
	data, err := filepath.Abs(o.data)
	if err != nil {
		return b, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return b, err
	}
	if b.dir, err = os.MkdirTemp(data, "run-"); err != nil {
		return b, err
	}
	b.say("preparing a register of 46 states with five contacts each")
	if b.postgres, err = cluster.Start(ctx, cluster.Config{Data: data, BinDir: o.programs, Progress: func(s string) { b.say("%s", s) }}); err != nil {
		return b, err
	}
	if err := b.makeTemplate(ctx); err != nil {
		return b, err
	}
	if err := b.clone(ctx, measured); err != nil {
		return b, err
	}
	b.server, err = b.serve(ctx, measured, 0)
	return b, err
}

// close stops what was started and removes all that is left of it.
func (b *bench) close() error {
	err := errors.Join(b.nginx.stop(), b.server.stop())
	if b.postgres != nil {
		home := b.postgres.Home()
		if stopped := b.postgres.Stop(); stopped != nil {
			return errors.Join(err, stopped) // what still runs keeps its files
		}
		err = errors.Join(err, os.RemoveAll(home))
	}
	if b.dir != "" {
		err = errors.Join(err, os.RemoveAll(b.dir), removeIfEmpty(filepath.Dir(b.dir)))
	}
	return err
}

// removeIfEmpty leaves alone a folder in which somebody else keeps something.
func removeIfEmpty(dir string) error {
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		return err
	}
	return os.Remove(dir)
}

// say tells whoever waits how far the run is.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// found adds a line to the result, and says it.
func (b *bench) found(f finding) {
	b.findings = append(b.findings, f)
	b.say("    %s: %s (%s)", f.What, f.value(), f.Detail)
}

// at returns the address for the run's nth listener.
func (b *bench) at(n int) (string, error) {
	if b.port != 0 {
		return fmt.Sprintf("127.0.0.1:%d", b.port+n), nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// program finds a program also where Debian keeps those of root.
func program(name string) (string, error) {
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not on this machine: install it (Debian, Ubuntu: apt-get install %s), or let `make bench` do so as root", name, name)
}

// rounds returns how many rounds to run, of how many seconds each.
func (b *bench) rounds() (count, seconds int) {
	if b.quick {
		return 3, 1
	}
	return 5, 3
}

// samples returns how many times to do what is timed one by one.
func (b *bench) samples(usual int) int {
	if b.quick {
		return max(usual/10, 10)
	}
	return usual
}
