package drill_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pocreg.example/internal/postgres/cluster"
)

// build makes the program, as an operator installs it, and returns its folder.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "pocreg"), "pocreg.example/cmd/pocreg")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return dir
}

// machine is one on which an operator runs the registry: a PostgreSQL that
// keeps what it is told, the program and the scripts.
type machine struct {
	pg       *cluster.Cluster
	programs string   // the folder that holds pocreg
	env      []string // of every command
}

// newMachine starts a new PostgreSQL and makes the roles and the database, as
// docs/operations.md says.
func newMachine(t *testing.T, programs string) *machine {
	t.Helper()
	// The environment is read here because tests have no cmd that reads it.
	bin, err := cluster.Programs(os.Getenv("PGBINDIR"))
	if err != nil {
		t.Fatal(err)
	}
	pg, err := cluster.Start(t.Context(), cluster.Config{Data: t.TempDir(), BinDir: bin})
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	m := &machine{pg: pg, programs: programs}
	t.Cleanup(func() { m.destroy(t) })
	at, err := url.Parse(pg.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	m.env = []string{
		"PATH=" + strings.Join([]string{programs, bin, os.Getenv("PATH")}, ":"),
		"HOME=" + t.TempDir(), // with no .pgpass and no .psqlrc in it
		"PGHOST=" + at.Query().Get("host"), "PGPORT=" + at.Query().Get("port"),
	}
	superuser := []string{"PGUSER=postgres", "PGDATABASE=postgres"}
	m.do(t, superuser, "psql", "-qXv", "ON_ERROR_STOP=1", "-f", script("roles.sql"))
	m.do(t, superuser, "createdb", "--owner", "pocreg_owner", "--template", "template0", "--locale", "C", "--encoding", "UTF8", "pocreg")
	return m
}

// destroy does what a fire does to a machine. What is destroyed stays so.
func (m *machine) destroy(t *testing.T) {
	t.Helper()
	if err := errors.Join(m.pg.Stop(), os.RemoveAll(m.pg.Home())); err != nil {
		t.Errorf("destroy PostgreSQL: %v", err)
	}
}

func (m *machine) url(role string) string { return m.pg.URL("pocreg_"+role, "pocreg") }

// script returns where one of the operator's files lies.
func script(name string) string { return filepath.Join("..", "..", "deploy", name) }

// try runs a command, and returns what it prints, what it says beside that, and
// how it ends.
func (m *machine) try(t *testing.T, env []string, name string, args ...string) (out, said string, err error) {
	t.Helper()
	// The shell looks in the machine's PATH, not in this process's own.
	cmd := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", `exec "$0" "$@"`, name}, args...)...)
	cmd.Env = append(append(cmd.Env, m.env...), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return strings.TrimSpace(stdout.String()), stderr.String(), err
}

// do runs a command that has to succeed, and returns what it prints.
func (m *machine) do(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	out, said, err := m.try(t, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s\n%s", name, strings.Join(args, " "), err, out, said)
	}
	return out
}

// asOwner is the environment of what an operator does as pocreg_owner.
func (m *machine) asOwner() []string {
	return []string{"POCREG_OWNER_DATABASE_URL=" + m.url("owner")}
}

// server is a running `pocreg serve`.
type server struct {
	cmd     *exec.Cmd
	log     bytes.Buffer
	done    chan struct{} // closed once the log has ended
	address string
}

// serve starts the server and returns once it listens.
func (m *machine) serve(t *testing.T) *server {
	t.Helper()
	s := &server{cmd: exec.Command(filepath.Join(m.programs, "pocreg"), "serve"), done: make(chan struct{})}
	s.cmd.Env = append([]string{"POCREG_DATABASE_URL=" + m.url("server"), "POCREG_LISTEN=127.0.0.1:0"}, m.env...)
	stderr, err := s.cmd.StderrPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatalf("start the server: %v", err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // a test that got so far has stopped it
	listening := make(chan string, 1)
	go func() {
		defer close(s.done)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			s.log.WriteString(lines.Text() + "\n")
			var entry struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "listening" {
				listening <- entry.Address
			}
		}
	}()
	select {
	case s.address = <-listening:
	case <-s.done:
		t.Fatalf("the server has not started; it says:\n%s", s.log.String())
	}
	return s
}

// stop asks the server to finish, and waits until it has.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("signal the server: %v", err)
	}
	<-s.done
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ends with %v; it says:\n%s", err, s.log.String())
	}
}
