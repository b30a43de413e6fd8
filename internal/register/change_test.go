package register_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/register"
)

var notes = []string{"note"}

// follow keeps a node informed until the test ends.
func follow(t *testing.T, w world) {
	t.Helper()
	var follower sync.WaitGroup
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	follower.Go(func() { w.Follow(ctx) })
	t.Cleanup(follower.Wait)
	t.Cleanup(stop)
	await(t, "the register to be followed", func() bool {
		_, known := w.Present(t.Context())
		return known
	})
}

// wrote writes a note and returns the version that it became.
func (w world) wrote(t *testing.T, state, text string) int64 {
	t.Helper()
	version, err := w.write(t.Context(), as(state), state+" "+text, text)
	if err != nil {
		t.Fatalf("write note %q: %v", text, err)
	}
	return version
}

// present is what a node knows, once it promises to.
func present(t *testing.T, w world) register.Present {
	t.Helper()
	p, ok := w.Present(t.Context())
	if !ok || p.Age != 0 {
		t.Fatalf("Present() = age %v, %t; want that it is known now", p.Age, ok)
	}
	return p
}

func TestPresentPromisesNothingUntilTheRegisterIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	if p, ok := w.Present(t.Context()); ok {
		t.Errorf("Present() of a node that follows nothing = version %d, true; want false", p.Version)
	}
}

// A warning for each version that is told would fill PostgreSQL's log.
func TestOtherNodesAreToldWithoutARemark(t *testing.T) {
	t.Parallel()
	quiet := newWorld(t)
	cfg, err := pgxpool.ParseConfig(quiet.db.ServerURL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var remarks []string
	cfg.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		mu.Lock()
		defer mu.Unlock()
		remarks = append(remarks, n.Severity+": "+n.Message)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	w := world{register.New(pool, nil), quiet.db}
	follow(t, w)
	conn, err := pgx.Connect(t.Context(), quiet.db.ServerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }() // it was heard
	if _, err := conn.Exec(t.Context(), `listen pocreg_version`); err != nil {
		t.Fatal(err)
	}
	for version := range 3 { // once the next one is told, the last one's telling is over
		w.written(t, "EE", "a")
		told, err := conn.WaitForNotification(t.Context())
		if want := fmt.Sprint(" ", version+1); err != nil || !strings.HasSuffix(told.Payload, want) {
			t.Fatalf("told %v, %v; want version%s", told, err, want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(remarks) > 0 {
		t.Errorf("PostgreSQL remarks %q, want nothing", remarks)
	}
}

func TestTheNodeThatWroteKnowsAtOnceWhatItChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "before")
	follow(t, w)
	for version := int64(2); version < 30; version++ {
		w.written(t, "EE", "a")
		p := present(t, w)
		if got := p.Last(register.Scope{Nouns: notes, State: "EE"}); p.Version != version || got != version {
			t.Fatalf("after version %d, Present() knows %d, and that Estonia's notes changed at %d", version, p.Version, got)
		}
		if got := p.Last(register.Scope{Nouns: notes, State: "PL"}); got != 1 {
			t.Errorf("Poland's notes changed at %d, want 1, from when on it is known", got)
		}
		if got := p.Last(register.Scope{Nouns: []string{"token"}}); got != 1 {
			t.Errorf("tokens changed at %d, want 1, from when on it is known", got)
		}
	}
}

// What another node wrote before this one's own write must not be passed over.
func TestAnotherNodesWriteIsKnownWithOnesOwn(t *testing.T) {
	t.Parallel()
	here := newWorld(t)
	there := world{register.New(here.db.Server, nil), here.db}
	here.written(t, "EE", "before")
	follow(t, here)
	for range 20 {
		theirs := there.wrote(t, "PL", "theirs")
		ours := here.wrote(t, "EE", "ours")
		p := present(t, here)
		if p.Version < ours || p.Last(register.Scope{Nouns: notes, State: "PL"}) != theirs ||
			p.Last(register.Scope{Nouns: notes, State: "EE"}) != ours || p.Last(register.Scope{Nouns: notes}) != ours {
			t.Fatalf("after %d there and %d here, Present() knows %d: PL %d, EE %d, all %d", theirs, ours, p.Version,
				p.Last(register.Scope{Nouns: notes, State: "PL"}), p.Last(register.Scope{Nouns: notes, State: "EE"}), p.Last(register.Scope{Nouns: notes}))
		}
	}
}

func TestAnotherNodesWriteIsHeardOf(t *testing.T) {
	t.Parallel()
	here := newWorld(t)
	there := world{register.New(here.db.Server, nil), here.db}
	here.written(t, "EE", "before")
	follow(t, here)
	follow(t, there) // it tells
	for range 5 {
		theirs := there.wrote(t, "PL", "theirs")
		await(t, "the other node's version", func() bool { return present(t, here).Version >= theirs })
		if got := present(t, here).Last(register.Scope{Nouns: notes, State: "PL"}); got != theirs {
			t.Fatalf("Poland's notes changed at %d, want %d", got, theirs)
		}
	}
	if err := here.Await(t.Context(), there.wrote(t, "PL", "more")); err != nil {
		t.Errorf("Await() of a version that is there = %v", err)
	}
}

// A register that was restored is another one: nothing is known of what was
// before in it.
func TestANewEpochIsANewLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	w.written(t, "EE", "b")
	follow(t, w)
	old := present(t, w)
	if _, err := w.db.Owner.Exec(t.Context(), `update register_head set epoch = repeat('0', 32)`); err != nil {
		t.Fatal(err)
	}
	version := w.wrote(t, "PL", "c")
	p := present(t, w)
	if p.Epoch == old.Epoch || p.Version != version {
		t.Errorf("Present() = epoch %s, version %d; want the new epoch and %d", p.Epoch, p.Version, version)
	}
	// Whoever follows may have noticed the new life before the write, or by it.
	if got := p.Last(register.Scope{Nouns: notes, State: "EE"}); got != version && got != version-1 {
		t.Errorf("what was kept of Estonia's notes before the new life holds from %d on, want from its beginning, at %d or before the write", got, version)
	}
}
