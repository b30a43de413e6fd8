package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/pgtest"
)

// folderOnly is set in a process that is to start a cluster and to be killed.
const folderOnly = "PGTEST_FOLDER_ONLY"

func TestNew(t *testing.T) {
	t.Parallel()

	t.Run("gives each test a database of its own, as both roles", func(t *testing.T) {
		t.Parallel()
		a, b := pgtest.New(t), pgtest.New(t)
		do(t, a.Owner, "create table only_in_a ()")
		if got := ask[bool](t, b.Owner, "select to_regclass('only_in_a') is not null"); got {
			t.Error("a table of one database is in the other")
		}
		for want, pool := range map[string]*pgxpool.Pool{"pocreg_owner": a.Owner, "pocreg_server": a.Server} {
			if got := ask[string](t, pool, "select current_user::text"); got != want {
				t.Errorf("current_user = %s, want %s", got, want)
			}
		}
		if got := ask[string](t, a.Server, "select current_database()::text"); got != a.Name {
			t.Errorf("current_database() = %s, want Name, which is %s", got, a.Name)
		}
	})

	t.Run("has run the migrations, as the owner", func(t *testing.T) {
		t.Parallel()
		db := pgtest.New(t)
		want, err := postgres.Newest()
		if err != nil {
			t.Fatal(err)
		}
		if got := ask[int64](t, db.Owner, "select version from schema_migrations"); got != want {
			t.Errorf("the schema is at version %d, want the newest, %d", got, want)
		}
		others := `select count(*) from pg_tables where schemaname = 'public' and tableowner <> 'pocreg_owner'`
		if got := ask[int](t, db.Owner, others); got != 0 {
			t.Errorf("%d tables are not pocreg_owner's, want none", got)
		}
	})
}

func TestNewEmptyHasNoTable(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	if got := ask[int](t, db.Owner, "select count(*) from pg_tables where schemaname = 'public'"); got != 0 {
		t.Errorf("%d tables, want none", got)
	}
	do(t, db.Owner, "create table ours ()")
}

func TestNewFrom(t *testing.T) {
	t.Parallel()

	t.Run("prepares a template once and clones it for each", func(t *testing.T) {
		t.Parallel()
		var calls atomic.Int32
		prepare := func(ctx context.Context, db *pgtest.DB) error {
			calls.Add(1)
			_, err := db.Owner.Exec(ctx, "create table seed as select 46 as states")
			return err
		}
		name := fmt.Sprintf("seeded %p", &calls) // another one with each -count
		for range 4 {
			db := pgtest.NewFrom(t, name, prepare)
			if got := ask[int](t, db.Owner, "select states from seed"); got != 46 {
				t.Errorf("states = %d, want 46", got)
			}
			do(t, db.Owner, "drop table seed")
		}
		if got := calls.Load(); got != 1 {
			t.Errorf("prepare was called %d times, want once", got)
		}
	})

	t.Run("fails each test whose template cannot be made", func(t *testing.T) {
		t.Parallel()
		prepare := func(context.Context, *pgtest.DB) error { return errors.New("no seed") }
		for range 2 {
			spy := &fatal{TB: t}
			done := make(chan struct{})
			go func() { // Fatalf ends the goroutine it is called in
				defer close(done)
				pgtest.NewFrom(spy, "barren", prepare)
			}()
			<-done
			if !strings.Contains(spy.said, "no seed") {
				t.Errorf("NewFrom() said %q, want prepare's error in it", spy.said)
			}
		}
	})
}

// TestClusterGoesWithItsProcess kills a test binary, this one again, that has
// told where its cluster is.
func TestClusterGoesWithItsProcess(t *testing.T) {
	t.Parallel()
	if report := os.Getenv(folderOnly); report != "" {
		folder := pgtest.New(t).Owner.Config().ConnConfig.Host // the socket lies with the cluster
		if err := os.WriteFile(report, []byte(folder), 0o600); err != nil {
			t.Fatal(err)
		}
		<-t.Context().Done() // until killed
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "folder")
	cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), folderOnly+"="+report)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var folder string
	await(t, "the other process to start its cluster", func() bool {
		content, err := os.ReadFile(report)
		folder = string(content)
		return err == nil && folder != ""
	})
	if _, err := os.Stat(folder); err != nil {
		t.Errorf("the cluster's folder: %v, want that it is there", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	await(t, folder+" to go", func() bool {
		_, err := os.Stat(folder)
		return os.IsNotExist(err)
	})
}

// fatal is a test that does not fail, and remembers why it would have.
type fatal struct {
	testing.TB
	said string
}

func (f *fatal) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// ask returns the one value of a query's one row.
func ask[T any](t *testing.T, pool *pgxpool.Pool, sql string) T {
	t.Helper()
	var v T
	if err := pool.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func do(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
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
