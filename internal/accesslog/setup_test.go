package accesslog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
)

// clock is the process's, which a test moves.
type clock struct{ passed atomic.Int64 }

// began is a moment of a day that is over, in the middle of a minute, and not so
// long ago that it expires.
var began = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -7).Add(3*time.Hour + 12*time.Minute + 44*time.Second)

func (c *clock) now() time.Time { return began.Add(time.Duration(c.passed.Load())) }

func (c *clock) pass(d time.Duration) { c.passed.Add(int64(d)) }

// logs are a log of a world, what it says in the process's own, and its clock.
type logs struct {
	*accesslog.Log
	clock *clock
	world *fixture.World
	said  *lines
}

// lines is what a process has logged.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(line)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

func newLogs(t *testing.T, room int) logs {
	t.Helper()
	w := fixture.New(t)
	return logsOn(w, w.DB.Server, room)
}

func logsOn(w *fixture.World, pool *pgxpool.Pool, room int) logs {
	l := logs{clock: &clock{}, world: w, said: &lines{}}
	l.Log = accesslog.New(pool, slog.New(slog.NewTextHandler(io.Writer(l.said), nil)), accesslog.ShortestKept, room, l.clock.now)
	return l
}

// id is the id of an entry that nobody has.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// contacts are so many entries of a state.
func contacts(state string, numbers ...int) []accesslog.Entry {
	var out []accesslog.Entry
	for _, n := range numbers {
		out = append(out, accesslog.Entry{Noun: "contact", ID: id(n), State: state})
	}
	return out
}

// read notes that one of the world's people is shown entries.
func (l logs) read(t testing.TB, who string, entries ...accesslog.Entry) {
	t.Helper()
	by := l.world.Actor(t, who)
	l.Sight(by, entries...).Note(by)
}

func (l logs) flush(t testing.TB) {
	t.Helper()
	if err := l.Flush(t.Context()); err != nil {
		t.Fatalf("Flush() = %v", err)
	}
}

// people are what the auditor sees, one line a row, sorted.
func (l logs) people(t testing.TB) []string {
	t.Helper()
	out := []string{}
	err := l.world.Register.Read(t.Context(), l.world.Actor(t, "auditor"), func(snap *register.Snapshot) error {
		got, err := accesslog.People(t.Context(), snap, accesslog.Filter{}, accesslog.After{}, 10_000)
		for _, r := range got {
			line := fmt.Sprint(r.Minute.UTC().Format("15:04:05"), " ", r.Noun)
			if r.Noun == accesslog.NotRecorded {
				line += fmt.Sprintf(" %d until %s", *r.Reads, r.Until.UTC().Format("15:04:05"))
			} else {
				line += fmt.Sprintf(" %s of %s by %s", strings.TrimLeft((*r.Entry)[24:], "0"), *r.State, *r.Name)
			}
			out = append(out, line)
		}
		return err
	})
	if err != nil {
		t.Fatalf("read as the auditor: %v", err)
	}
	slices.Sort(out)
	return out
}

// count asks past the application.
func (l logs) count(t testing.TB, table string) (n int) {
	t.Helper()
	if err := l.world.DB.Owner.QueryRow(t.Context(), `select count(*) from `+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wire carries connections to the database, until it is cut.
type wire struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the wire is cut")}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		w.conns = append(w.conns, conn)
	}
	return conn, err
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, conn := range w.conns {
		_ = conn.Close() // it is cut, or was
	}
	w.conns = nil
}

// wired returns a log whose database goes away when the wire is cut.
func wired(t *testing.T, room int) (logs, *wire) {
	t.Helper()
	w, line := fixture.New(t), &wire{}
	cfg, err := pgxpool.ParseConfig(w.DB.ServerURL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.ConnConfig.DialFunc = line.dial
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return logsOn(w, pool, room), line
}

// of returns one of a world's people in another role or of another state.
func of(by access.Actor, change func(*access.Actor)) access.Actor {
	change(&by)
	return by
}
