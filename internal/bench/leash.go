package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leash runs a program for as long as the other end of its standard input is
// held, so that nothing goes on when this process is killed.
const leash = `
log=$1
shift
"$@" </dev/null >>"$log" 2>&1 &
pid=$!
echo "$pid"
cat >/dev/null
kill "$pid" 2>/dev/null
wait "$pid"`

// stopWithin bounds the wait for a program's end.
const stopWithin = 30 * time.Second

// process is a program that runs beside this one.
type process struct {
	name string
	pid  int
	log  string
	hold io.Closer
	done chan struct{}
}

// start runs a program with the environment env and nothing else of ours, what
// it prints going to the file log.
func start(log string, env []string, name string, args ...string) (*process, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", leash, "pocreg-bench", log, name}, args...)...)
	cmd.Env = append([]string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for us, who stop it in order
	hold, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, log: log, hold: hold, done: make(chan struct{})}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	go func() {
		_ = cmd.Wait() // its status says that it was told to end
		close(p.done)
	}()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), p.stop())
	}
	return p, nil
}

// stop ends the program and waits for it.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	_ = p.hold.Close() // the shell may have ended, and the pipe with it
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case <-p.done:
		return nil
	case <-late.C:
		return fmt.Errorf("%s (process %d) does not stop", p.name, p.pid)
	}
}

// complaint is the end of what the program printed.
func (p *process) complaint() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
