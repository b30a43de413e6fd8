package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres/cluster"
)

// folder returns a data folder. What it leads to is deleted after the test,
// wherever it lies.
func folder(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data with a space")
	home, sockets, err := cluster.Folders(data)
	if err != nil {
		t.Fatalf("find the folders of %s: %v", data, err)
	}
	t.Cleanup(func() {
		killAll(t, home)
		if err := errors.Join(os.RemoveAll(home), os.RemoveAll(sockets)); err != nil {
			t.Errorf("clear up: %v", err)
		}
	})
	return data
}

func homeOf(t *testing.T, data string) string {
	t.Helper()
	home, _, err := cluster.Folders(data)
	if err != nil {
		t.Fatalf("find the folders of %s: %v", data, err)
	}
	return home
}

func config(data string) cluster.Config {
	return cluster.Config{Data: data, BinDir: os.Getenv("PGBINDIR")}
}

func start(t *testing.T, data string) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(t.Context(), config(data))
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	t.Cleanup(func() { _ = c.Stop() }) // a test that minds has stopped it
	return c
}

func one(t *testing.T, c *cluster.Cluster, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.URL("postgres", "postgres"))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer func() { _ = conn.Close(t.Context()) }() // nothing hangs on its end
	var s string
	if err := conn.QueryRow(t.Context(), sql).Scan(&s); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return s
}

// write leaves a note for check to find.
func write(t *testing.T, c *cluster.Cluster, s string) {
	t.Helper()
	if err := note(t.Context(), c, s); err != nil {
		t.Fatalf("write a note: %v", err)
	}
}

func note(ctx context.Context, c *cluster.Cluster, s string) error {
	conn, err := pgx.Connect(ctx, c.URL("postgres", "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // nothing hangs on its end
	sql := `create table note (s text); insert into note values ('` + strings.ReplaceAll(s, "'", "''") + `')`
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

func check(t *testing.T, c *cluster.Cluster, want string) {
	t.Helper()
	if got := one(t, c, "select s from note"); got != want {
		t.Errorf("the note says %q, want %q", got, want)
	}
}

func answers(t *testing.T, c *cluster.Cluster) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.URL("postgres", "postgres"))
	return err == nil && conn.Close(t.Context()) == nil
}

// await polls until done is true, for at most half a minute.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited half a minute for %s", what)
		}
	}
}

type pid int

func (p pid) String() string { return strconv.Itoa(int(p)) }

func (p pid) kill(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(int(p), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Errorf("kill %d: %v", p, err)
	}
}

// postmaster returns the process that postmaster.pid names, or 0.
func postmaster(t *testing.T, home string) pid {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(home, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(content), "\n")
	n, err := strconv.Atoi(first)
	if err != nil {
		return 0 // it is being written
	}
	return pid(n)
}

// processes returns the supervisors and PostgreSQLs of a cluster: all that name
// its folder. It does not see backends, which go by other names.
func processes(t *testing.T, home string) map[pid]string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	found := map[pid]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(content), home) {
			continue
		}
		n, err := strconv.Atoi(strings.Split(file, "/")[2])
		if err != nil {
			t.Fatal(err)
		}
		found[pid(n)] = strings.ReplaceAll(string(content), "\x00", " ")
	}
	return found
}

// supervisor returns the process that a cluster's start has made: the one that
// leads a session.
func supervisor(t *testing.T, home string) pid {
	t.Helper()
	for p, command := range processes(t, home) {
		if session, err := getsid(p); err == nil && session == p && strings.Contains(command, "pocreg-supervisor") {
			return p
		}
	}
	t.Fatalf("the cluster in %s has no supervisor", home)
	return 0
}

// getsid reads a process's session: the fourth field after its name.
func getsid(p pid) (pid, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	session, err := strconv.Atoi(fields[3])
	return pid(session), err
}

// killAll is the power cut: it leaves nothing of a cluster but its files.
func killAll(t *testing.T, home string) {
	t.Helper()
	await(t, "all of "+home+" to be killed", func() bool {
		left := processes(t, home)
		for p := range left {
			p.kill(t)
		}
		return len(left) == 0
	})
}
