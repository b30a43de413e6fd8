package register

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

// Scope is what an answer was made from: things of some nouns, of one state or
// of all. A write outside of it changes nothing in the answer.
type Scope struct {
	Nouns []string
	State string // alpha-2; "" for all states
}

// life is one life of the register, as this process knows it: what was last
// changed of each noun and state, without gaps, up to a version.
type life struct {
	epoch string
	floor int64        // what changed before this version is not known
	seen  atomic.Int64 // the newest version that was seen here
	known atomic.Int64 // what changed is known up to here
	// Of a noun and a state, the last version that changed it; the state "" stands
	// for all of them. What a version changed is put here before it is known.
	changed sync.Map // subject -> *atomic.Int64
}

type subject struct{ noun, state string }

func newLife(epoch string, version int64) *life {
	l := &life{epoch: epoch, floor: version}
	l.seen.Store(version)
	l.known.Store(version)
	return l
}

// raise lifts n to version, and never lowers it.
func raise(n *atomic.Int64, version int64) {
	for {
		old := n.Load()
		if version <= old || n.CompareAndSwap(old, version) {
			return
		}
	}
}

func (l *life) touch(noun, state string, version int64) {
	for _, s := range []subject{{noun, state}, {noun, ""}} {
		at, _ := l.changed.LoadOrStore(s, new(atomic.Int64))
		raise(at.(*atomic.Int64), version)
	}
}

// last returns the last version known to have changed something in scope.
func (l *life) last(scope Scope) int64 {
	version := l.floor
	for _, noun := range scope.Nouns {
		if at, ok := l.changed.Load(subject{noun, scope.State}); ok {
			version = max(version, at.(*atomic.Int64).Load())
		}
	}
	return version
}

// in returns the life of an epoch. Of one that begins at a version, what happened
// before is not known.
func (r *Register) in(epoch string, version int64) *life {
	l := r.life.Load()
	for l == nil || l.epoch != epoch {
		begun := newLife(epoch, version)
		if r.life.CompareAndSwap(l, begun) {
			return begun
		}
		l = r.life.Load()
	}
	return l
}

// saw notes a version that the database gave as its newest, asked at a moment.
func (r *Register) saw(version int64, epoch string, asked time.Time) {
	l := r.in(epoch, version)
	raise(&l.seen, version)
	if heard := r.heard.Load(); heard == nil || heard.Before(asked) {
		r.heard.Store(&asked)
	}
	r.failed.Store(nil)
}

// made notes what a write of this process changed, whose commit was asked for at
// a moment. If another's version came before and is not known yet, both are
// looked up before an answer that is kept is sent again.
func (r *Register) made(tx *Tx, asked time.Time) {
	l := r.in(tx.Epoch, tx.Version)
	for _, c := range tx.changes {
		l.touch(c.Noun, c.State, tx.Version)
	}
	l.known.CompareAndSwap(tx.Version-1, tx.Version)
	r.saw(tx.Version, tx.Epoch, asked)
	select {
	case r.news <- struct{}{}:
	default: // it is to be told already, and what is told is the latest
	}
}

// learn asks the database for its newest version, and for what changed up to it.
// One at a time does; who had to wait takes what the other found, if that is new
// enough.
func (r *Register) learn(ctx context.Context) error {
	began := time.Now()
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if heard := r.heard.Load(); heard != nil && heard.After(began) && !r.behind() {
		return nil
	}
	return r.Read(ctx, access.Registry(), func(snap *Snapshot) error {
		l := r.life.Load()
		known := l.known.Load()
		if l.epoch != snap.Epoch || known >= snap.Version {
			return nil
		}
		changes, err := postgres.All[struct {
			Noun    string
			State   string
			Version int64
		}](ctx, snap, `
			select noun, coalesce(state, '') as state, max(version) as version
			from trail_change
			where version > @known
			group by noun, coalesce(state, '')`,
			pgx.StrictNamedArgs{"known": known})
		if err != nil {
			return fmt.Errorf("look up what changed: %w", err)
		}
		for _, c := range changes {
			l.touch(c.Noun, c.State, c.Version)
		}
		raise(&l.known, snap.Version)
		return nil
	})
}

// behind reports whether a version was seen of which it is not known what it
// changed.
func (r *Register) behind() bool {
	l := r.life.Load()
	return l == nil || l.known.Load() < l.seen.Load()
}
