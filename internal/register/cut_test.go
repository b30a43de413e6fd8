package register_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// tracer calls hook as each of the client's messages is about to be sent: with
// its statement, the last one of a batch.
type tracer struct {
	hook func(sql string)
}

func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	t.hook(strings.TrimSpace(data.SQL))
	return ctx
}

func (*tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (t *tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	queued := data.Batch.QueuedQueries
	t.hook(strings.TrimSpace(queued[len(queued)-1].SQL))
	return ctx
}

func (*tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (*tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// A write is cut at each of its statements in turn: by its request's end, or by
// the loss of its connection.
func TestAWriteThatIsCutIsWhollyThereOrNotAtAll(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cut  func(cancel func(), lose func())
		kept func(statement string) bool // whether Write must succeed, cut before the statement
	}{
		"by its request":    {func(cancel, _ func()) { cancel() }, func(s string) bool { return s == "commit" }},
		"by its connection": {func(_, lose func()) { lose() }, func(string) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trace := &tracer{hook: func(string) {}}
			w, pool := newWorld(t).narrow(t, 1, trace)
			var versions int64
			for at := 1; ; at++ {
				ctx, cancel := context.WithCancel(t.Context())
				statements, cutBefore := 0, ""
				trace.hook = func(sql string) {
					if statements++; statements == at && ctx.Err() == nil {
						cutBefore = sql
						tt.cut(cancel, func() { w.terminate(t) })
					}
				}
				key := fmt.Sprint(at)
				_, err := w.write(ctx, as("EE"), key, "text")
				cancel()
				trace.hook = func(string) {}
				there := w.count(t, key)
				if err == nil && there != 1 || there > 1 {
					t.Errorf("cut before statement %d (%s): Write() = %v and the note is there %d times", at, cutBefore, err, there)
				}
				if cutBefore != "" && (err == nil) != tt.kept(cutBefore) {
					t.Errorf("cut before statement %d (%s): Write() = %v, want success: %t", at, cutBefore, err, tt.kept(cutBefore))
				}
				if name == "by its connection" && cutBefore != "" && !busy(err) {
					t.Errorf("cut before statement %d (%s): Write() = %v, want Unavailable with Retry-After", at, cutBefore, err)
				}
				versions += int64(there)
				if cutBefore == "" {
					break // the write has fewer statements than that
				}
			}
			w.whole(t, versions)
			if versions == 0 || pool.Stat().AcquiredConns() != 0 {
				t.Errorf("%d versions were made and %d connections are held, want some and none", versions, pool.Stat().AcquiredConns())
			}
		})
	}
}

// terminate ends the connections of the server's role, as a failing network or
// an operator does.
func (w world) terminate(t *testing.T) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), w.db.AdminURL)
	if err != nil {
		t.Errorf("connect as the superuser: %v", err)
		return
	}
	defer func() { _ = admin.Close(t.Context()) }() // nothing hangs on its end
	_, err = admin.Exec(t.Context(), `
		select pg_terminate_backend(pid, 5000)
		from pg_stat_activity
		where datname = current_database() and usename = 'pocreg_server'`)
	if err != nil {
		t.Errorf("terminate: %v", err)
	}
}

// count is how often a note is there: in its table, and in the trail.
func (w world) count(t *testing.T, key string) int {
	t.Helper()
	var rows, changes, contents int
	err := w.db.Owner.QueryRow(t.Context(), `
		select (select count(*) from note where key = $1),
			(select count(*) from trail_change where noun = 'note' and key = $1),
			(select count(*) from trail_change c join trail_content t using (version, ordinal) where c.noun = 'note' and c.key = $1)`,
		key).Scan(&rows, &changes, &contents)
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	if changes != rows || contents != 2*rows {
		t.Errorf("note %s has %d rows, %d changes and %d contents, want as many of each, and two contents a change", key, rows, changes, contents)
	}
	return changes
}

func TestAWriteThatWaitsForTheLockEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unlock := w.locked(t)
	defer unlock()
	before := w.dump(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := w.write(ctx, as("EE"), "a", "text")
		failed <- err
	}()
	await(t, "the write to wait for the lock", func() bool { return w.waiting(t) == 1 })
	start := time.Now()
	cancel()
	if err := <-failed; err == nil || time.Since(start) > time.Second {
		t.Errorf("Write() = %v, %s after its request ended, want an error at once", err, time.Since(start))
	}
	unlock()
	if after := w.dump(t); after != before {
		t.Errorf("Write() left %s, want %s", after, before)
	}
}

// waiting is how many writes wait for the register's lock.
func (w world) waiting(t *testing.T) (n int) {
	t.Helper()
	err := w.db.Owner.QueryRow(t.Context(), `
		select count(*) from pg_locks l
		join pg_stat_activity a on a.pid = l.pid
		where a.datname = current_database() and not l.granted`).Scan(&n)
	if err != nil {
		t.Errorf("count who waits: %v", err)
	}
	return n
}

func TestWithoutAFreeConnectionTheCallerIsAskedToTryAgain(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t).narrow(t, 2, nil)
	var held atomic.Int32
	free, freed := make(chan struct{}), make(chan error, 2)
	for range 2 {
		go func() {
			freed <- w.Read(t.Context(), access.Anyone(), func(*register.Snapshot) error {
				held.Add(1)
				<-free
				return nil
			})
		}()
	}
	await(t, "both connections to be held", func() bool { return held.Load() == 2 })
	start := time.Now()
	_, err := w.write(t.Context(), as("EE"), "a", "text")
	if took := time.Since(start); !busy(err) || took > 5*time.Second {
		t.Errorf("Write() = %v after %s, want Unavailable with Retry-After after two seconds", err, took)
	}
	if err := w.Read(t.Context(), access.Anyone(), func(*register.Snapshot) error { return nil }); !busy(err) {
		t.Errorf("Read() = %v, want Unavailable with Retry-After", err)
	}
	close(free)
	for range 2 {
		if err := <-freed; err != nil {
			t.Errorf("Read() of who held the connection = %v", err)
		}
	}
	w.written(t, "EE", "a")
}
