package torture_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

// battle is a server on a machine, with delegates who write to it.
type battle struct {
	t         *testing.T // whose end is the server's
	machine   *machine
	client    *client
	journal   *journal
	delegates []*delegate
	random    *rand.Rand

	server   *process
	open     int // how many writes may be under way
	verified register.Verified
}

func newBattle(t *testing.T) *battle {
	t.Helper()
	b := &battle{t: t, machine: newMachine(t), client: newClient(t), journal: &journal{writes: map[int64]write{}}}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	b.random = rand.New(rand.NewPCG(seed, 0))
	for i, s := range reference.States()[:writers] {
		b.delegates = append(b.delegates, &delegate{
			t: t, state: s.Alpha2, token: b.machine.tokens[s.Alpha2], client: b.client, journal: b.journal,
			random: rand.New(rand.NewPCG(seed, uint64(i+1))), tags: map[string]string{}, titles: map[string]string{},
		})
	}
	b.start(t)
	return b
}

// start starts the server, again if it finds PostgreSQL down, as an init system
// would.
func (b *battle) start(t *testing.T) {
	t.Helper()
	await(t, "the server to start", func() bool {
		b.server = launch(b.t, b.machine.server, pocreg, "serve")
		address := b.server.listens()
		b.client.address.Store(address)
		return address != ""
	})
}

// fight lets the delegates write while do runs, and waits until they know what
// became of all they wrote.
func (b *battle) fight(t *testing.T, do func()) {
	t.Helper()
	stop := make(chan struct{})
	var work sync.WaitGroup
	for _, d := range b.delegates {
		work.Go(func() { d.work(t.Context(), stop) })
	}
	b.open = len(b.delegates)
	defer func() {
		close(stop)
		work.Wait()
		b.open = 0
	}()
	do()
}

// progress returns once the delegates have made some more writes, at any moment
// after.
func (b *battle) progress(t *testing.T) {
	t.Helper()
	want := b.journal.count() + 1 + b.random.IntN(30)
	await(t, "the delegates to write", func() bool { return b.t.Failed() || b.journal.count() >= want })
	moment := time.NewTimer(time.Duration(b.random.IntN(15_000)) * time.Microsecond)
	defer moment.Stop()
	<-moment.C
}

// kill ends the server as no program can prevent.
func (b *battle) kill(t *testing.T) {
	t.Helper()
	b.server.signal(syscall.SIGKILL)
	b.server.end()
	for line := b.server.said.find(`.*"level":"ERROR".*`); line != ""; line = "" {
		t.Errorf("the server has logged: %s", line)
	}
	b.client.address.Store("")
}

// killPostgreSQL ends PostgreSQL likewise. Its supervisor starts it again.
func (b *battle) killPostgreSQL(t *testing.T) {
	t.Helper()
	var old int
	await(t, "PostgreSQL to run", func() bool { old = postmaster(t, b.machine.pg.Home()); return old != 0 })
	signal(t, old, syscall.SIGKILL)
	await(t, "PostgreSQL to run again", func() bool {
		now := postmaster(t, b.machine.pg.Home())
		return now != 0 && now != old
	})
}

// One machine for all, in turn: to create one takes longer than to kill it.
func TestServe(t *testing.T) {
	t.Parallel()
	servers, databases, gone := 3, 2, time.Second/2
	if *full {
		servers, databases, gone = 200, 50, 10*time.Second
	}
	b := newBattle(t)
	_ = t.Run("loses nothing acknowledged", func(t *testing.T) { b.isKilled(t, servers, databases) }) &&
		t.Run("says so while PostgreSQL hangs, and recovers", func(t *testing.T) { b.hangs(t, gone) }) &&
		t.Run("finishes the request under way when it is told to stop", b.drains)
}

func (b *battle) isKilled(t *testing.T, servers, databases int) {
	start, both := time.Now(), 0
	kills := slices.Concat(slices.Repeat([]bool{true}, servers), slices.Repeat([]bool{false}, databases))
	b.random.Shuffle(len(kills), func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
	b.fight(t, func() {
		for i, server := range kills {
			b.progress(t)
			switch {
			case server:
				b.kill(t)
				b.start(t)
			case b.random.IntN(4) == 0: // the whole machine
				both++
				b.kill(t)
				b.killPostgreSQL(t)
				b.start(t)
			default:
				b.killPostgreSQL(t)
			}
			b.audit(t)
			if b.t.Failed() {
				t.Fatalf("after kill %d; the server says:\n%s", i+1, &b.server.said)
			}
		}
	})
	b.audit(t)
	t.Logf("%d kills of the server and %d of PostgreSQL (%d of them of both) in %s: %d writes acknowledged, all there and whole; "+
		"%d outcomes were unknown and the write was found done, %d it was not and was made then; %d answers were 503; "+
		"%d versions without a gap, %d contents open their commitments",
		servers+both, databases, both, time.Since(start).Round(time.Second), b.journal.count(),
		b.journal.replayed, b.journal.repeated, b.client.away.Load(), b.verified.Version, b.verified.Contents)
}

// hangs stops PostgreSQL from answering, as when its disk hangs or the network
// drops all.
func (b *battle) hangs(t *testing.T, gone time.Duration) {
	before := b.client.away.Load()
	b.fight(t, func() {
		b.progress(t)
		thaw := freeze(t, b.machine.pg.Home())
		b.asksLater(t, gone)
		thaw()
		start := time.Now()
		for _, path := range []string{"/readyz?write", "/v1/states"} {
			await(t, path+" to answer again", func() bool {
				got, err := b.client.send(t.Context(), request{method: "GET", path: path})
				return err == nil && got.status == http.StatusOK
			})
		}
		t.Logf("PostgreSQL hung for %s; %d answers were 503; the server recovered in %s",
			gone, b.client.away.Load()-before, time.Since(start).Round(time.Millisecond))
		b.progress(t)
	})
	b.audit(t)
}

// freeze stops PostgreSQL and all its children in mid-work. The function that it
// returns lets them go on.
func freeze(t *testing.T, home string) (thaw func()) {
	t.Helper()
	first := postmaster(t, home)
	signal(t, first, syscall.SIGSTOP) // it has no more children from now on
	all := append(pids(t, func(_ string, parent int) bool { return parent == first }), first)
	thaw = sync.OnceFunc(func() {
		for _, pid := range all {
			signal(t, pid, syscall.SIGCONT)
		}
	})
	t.Cleanup(thaw)
	for _, pid := range all {
		signal(t, pid, syscall.SIGSTOP)
	}
	return thaw
}

// asksLater wants every answer that needs PostgreSQL to be 503, in time, for as
// long as it is gone, and what needs none to come at once.
func (b *battle) asksLater(t *testing.T, gone time.Duration) {
	t.Helper()
	var asked sync.WaitGroup
	over := time.After(gone)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var answers atomic.Int32
	for {
		select {
		case <-over:
			asked.Wait()
			if answers.Load() == 0 {
				t.Error("nothing was asked while PostgreSQL was gone")
			}
			return
		case <-tick.C:
		}
		for path, want := range map[string]int{"/v1/states": 503, "/readyz": 503, "/readyz?write": 503, "/healthz": 200} {
			asked.Go(func() {
				start := time.Now()
				got, err := b.client.send(t.Context(), request{method: "GET", path: path})
				if took := time.Since(start); err != nil || got.status != want || took > timeout+slack {
					t.Errorf("GET %s while PostgreSQL is gone = %d %s, %v after %s, want %d in time", path, got.status, got.body, err, took, want)
				}
				answers.Add(1)
			})
		}
	}
}

// drains tells the server to stop while a write waits for its turn.
func (b *battle) drains(t *testing.T) {
	d, before, repeated := b.delegates[0], b.journal.count(), b.journal.repeated
	tx, err := b.machine.owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // it is over already if all went well
	if _, err := tx.Exec(t.Context(), `select from register_head for update`); err != nil {
		t.Fatal(err)
	}
	answered := make(chan bool, 1)
	go func() { answered <- d.create(t.Context()) }()
	await(t, "the write to wait for the lock", func() bool {
		var waiting bool
		err := tx.QueryRow(t.Context(), `select exists (select from pg_locks where not granted)`).Scan(&waiting)
		return err == nil && waiting
	})
	b.server.signal(syscall.SIGTERM)
	await(t, "the server to drain", func() bool { return b.server.said.find(`"msg":"(draining)"`) != "" })
	await(t, "the server to take no more requests", func() bool {
		_, err := b.client.send(t.Context(), request{method: "GET", path: "/healthz"})
		return err != nil
	})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done := <-answered; !done || b.journal.count() != before+1 || b.journal.repeated != repeated {
		t.Errorf("%d writes were acknowledged, want the one under way, at its first try", b.journal.count()-before)
	}
	if code := b.server.end(); code != 0 {
		t.Errorf("the server ended with %d, want 0; it says:\n%s", code, &b.server.said)
	}
	b.start(t)
	b.audit(t)
	b.kill(t)
}
