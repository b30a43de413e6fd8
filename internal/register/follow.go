package register

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pocreg.example/internal/problem"
)

// The clock by which a process follows what others write. It asks far more
// often than it must, so that one slow answer is no silence.
const (
	askEvery   = 200 * time.Millisecond
	askWait    = 700 * time.Millisecond
	heardFor   = time.Second     // within it a revoked token is noticed by every node
	keptFor    = 5 * time.Minute // how long a node goes on without the database
	retryEvery = 250 * time.Millisecond
)

// tellEvery is how often other nodes are told at the most: what is written in
// between is told together.
const tellEvery = 10 * time.Millisecond

// newsWait bounds how long telling other nodes may take: they ask anyhow.
const newsWait = time.Second

// channel is where nodes tell each other of a version: "<epoch> <version>".
const channel = "pocreg_version"

// Follow keeps this process informed of what others write, and them of what it
// writes, until ctx ends: by notification, and by asking a few times a second in
// case one was lost. Until it runs, Present promises nothing.
func (r *Register) Follow(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { r.tell(ctx) })
	for ctx.Err() == nil {
		err := r.listen(ctx)
		if ctx.Err() != nil {
			break
		}
		r.fails(err)
		wait := time.NewTimer(retryEvery)
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
	}
	r.followed.Store(false)
	wg.Wait()
}

func (r *Register) fails(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	now := time.Now()
	r.failed.Store(&now)
}

// listen hears other nodes on a connection of its own until that fails.
func (r *Register) listen(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, r.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("connect to listen: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackWait)
		defer cancel()
		_ = conn.Close(ctx) // it is of no more use, and leaves nothing undone
	}()
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		if err := r.ask(ctx, conn); err != nil {
			return err
		}
		r.followed.Store(true)
		if err := r.await(ctx, conn); err != nil {
			return err
		}
	}
}

// await waits until it is time to ask again: when another node tells of a version
// that is not known here, or after a while.
func (r *Register) await(ctx context.Context, conn *pgx.Conn) error {
	wait, cancel := context.WithTimeout(ctx, askEvery)
	defer cancel()
	for !r.behind() {
		told, err := conn.WaitForNotification(wait)
		switch {
		case err == nil:
			r.told(told.Payload)
		case ctx.Err() != nil:
			return ctx.Err()
		case !conn.IsClosed() && pgconn.Timeout(err): // a wait that ends leaves the connection as it is
			return nil
		default:
			return fmt.Errorf("wait for news: %w", err)
		}
	}
	return nil
}

// ask reads the newest version, and learns what changed up to it.
func (r *Register) ask(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	var version int64
	var epoch string
	asked := time.Now()
	if err := conn.QueryRow(ctx, `select version, epoch from register_head`).Scan(&version, &epoch); err != nil {
		return fmt.Errorf("ask for the newest version: %w", err)
	}
	r.saw(version, epoch, asked)
	if r.behind() {
		return r.learn(ctx)
	}
	return nil
}

// told notes a version that another node tells of. It does not count as heard
// from the database: that is asked next.
func (r *Register) told(payload string) {
	epoch, number, _ := strings.Cut(payload, " ")
	version, err := strconv.ParseInt(number, 10, 64)
	if l := r.life.Load(); err == nil && l != nil && l.epoch == epoch {
		raise(&l.seen, version)
	}
}

// tell sends other nodes the newest version after this one has written. It is
// beside the writes, which it would slow down, and needs no lasting commit.
func (r *Register) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.news:
		}
		l := r.life.Load()
		if l == nil {
			continue
		}
		wait, cancel := context.WithTimeout(ctx, newsWait)
		_, _ = r.pool.Exec(wait, `select set_config('synchronous_commit', 'off', true), pg_notify(@channel, @payload)`, pgx.StrictNamedArgs{
			"channel": channel, "payload": l.epoch + " " + strconv.FormatInt(l.seen.Load(), 10),
		}) // who is not told asks
		cancel()
		pause := time.NewTimer(tellEvery)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// Present is how far this process knows the register.
type Present struct {
	Epoch   string
	Version int64         // everything up to it is known here
	Age     time.Duration // how long ago the database was last heard, if it does not answer; else 0

	life *life
}

// Last returns the last version at which something in scope changed, as far as
// is known; an answer of that version or a later one still holds.
func (p Present) Last(scope Scope) int64 { return p.life.last(scope) }

// Present tells how far this process knows the register, so that what it keeps
// can be held to it. It is ready at once while the register is followed. If the
// database was not heard within a second it is asked; while it is away, ok is
// true for five more minutes, with the age. ok is false if nothing that is kept
// may be used.
func (r *Register) Present(ctx context.Context) (p Present, ok bool) {
	if !r.followed.Load() {
		return Present{}, false
	}
	l, heard := r.life.Load(), r.heard.Load()
	if l == nil || heard == nil {
		return Present{}, false
	}
	known := l.known.Load()
	behind, age := known < l.seen.Load(), time.Since(*heard)
	if !behind && age < heardFor {
		return Present{Epoch: l.epoch, Version: known, life: l}, true
	}
	if failed := r.failed.Load(); failed == nil || time.Since(*failed) > 2*heardFor {
		wait, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		err := r.learn(wait)
		if err == nil {
			l = r.life.Load()
			known = l.known.Load()
			return Present{Epoch: l.epoch, Version: known, life: l}, known >= l.seen.Load()
		}
		r.fails(err)
	}
	return Present{Epoch: l.epoch, Version: known, Age: age, life: l}, !behind && age < keptFor
}

// Await returns once this process has seen version, or an Unavailable problem if
// that takes too long.
func (r *Register) Await(ctx context.Context, version int64) error {
	wait, cancel := context.WithTimeout(ctx, heardFor)
	defer cancel()
	tick := time.NewTicker(askEvery / 8)
	defer tick.Stop()
	for r.Latest() < version {
		if err := r.learn(wait); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if r.Latest() >= version {
			return nil
		}
		select {
		case <-tick.C:
		case <-wait.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &problem.Error{
				Kind: problem.Unavailable, RetryAfter: time.Second,
				Detail: "this node has not seen min_version yet: ask again in a moment",
			}
		}
	}
	return nil
}
