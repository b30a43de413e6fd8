package accesslog

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

const (
	flushEvery  = time.Second
	expireEvery = time.Hour

	// writeWait bounds the writing of one batch, lastWait that of all that is left
	// when the process ends.
	writeWait = 8 * time.Second
	lastWait  = 5 * time.Second

	// chunk is how many rows are written in one transaction at the most: it must end
	// long before a statement may take.
	chunk = 5000

	// expireAtOnce is how many rows are deleted in one transaction.
	expireAtOnce = 5000
)

// Room is how many entries' reads a process keeps at the most until they are
// written: some thirty megabytes, or a hundred tokens that each read a thousand
// entries while the database is away.
const Room = 100_000

// ShortestKept is the shortest time that the database lets rows be kept, in days: a
// break-in that is found after a season can still be traced.
const ShortestKept = 90

// Log is this process's part of the access log. Make it with New; Run writes it
// down.
type Log struct {
	pool *pgxpool.Pool
	log  *slog.Logger
	now  func() time.Time
	days int
	room int
	full chan struct{} // that there is much to write

	writing sync.Mutex // held by whoever writes

	mu      sync.Mutex
	minute  int64                 // the one that known and shown are of
	known   map[sighting]struct{} // what was noted in it
	shown   map[showing]struct{}  // and of which entries that was
	queue   []noted
	waiting int // how many entries' reads the queue is of
	lost    lost
	total   int64 // of reads that were lost
}

// sighting is that a token was shown the same entries, showing that it was shown one
// of them. Either is noted once a minute: so whoever asks in a thousand ways for what
// they may read fills no more of the room than by asking once.
type (
	sighting struct {
		credential string
		sight      [16]byte
	}
	showing struct {
		credential string
		entry      Entry
	}
)

type noted struct {
	at      time.Time
	by      access.Actor
	entries []Entry
}

// lost is what could not be kept until it was written, and is to be told.
type lost struct {
	reads        int64
	since, until time.Time
}

func (l *lost) add(more lost) {
	if more.reads == 0 {
		return
	}
	if l.reads == 0 || more.since.Before(l.since) {
		l.since = more.since
	}
	if more.until.After(l.until) {
		l.until = more.until
	}
	l.reads += more.reads
}

// New returns a log that writes to pool, which must connect as the server's role,
// and keeps what it wrote for so many days. It has room for the reads of so many
// entries until they are written. now is the process's clock: that of the database
// is away when it is.
func New(pool *pgxpool.Pool, log *slog.Logger, days, room int, now func() time.Time) *Log {
	return &Log{
		pool: pool, log: log, now: now, days: days, room: room,
		full: make(chan struct{}, 1), known: map[sighting]struct{}{}, shown: map[showing]struct{}{},
	}
}

// Lost returns how many reads this process could not record since it began.
func (l *Log) Lost() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// Waiting returns how many entries' reads wait to be written.
func (l *Log) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting
}

func (l *Log) note(by access.Actor, s *Sight) {
	at, what := l.now(), sighting{by.Credential, s.name}
	l.mu.Lock()
	defer l.mu.Unlock()
	if minute := minuteOf(at); minute != l.minute || len(l.shown) >= l.room {
		l.minute = minute
		l.forget()
	}
	if len(l.known) >= l.room { // what was shown is known more exactly
		clear(l.known)
	}
	if _, known := l.known[what]; known {
		return
	}
	var entries []Entry
	for _, e := range s.entries {
		if _, known := l.shown[showing{by.Credential, e}]; !known {
			entries = append(entries, e)
		}
	}
	if l.waiting+len(entries) > l.room {
		l.lose(lost{reads: 1, since: at, until: at})
		return
	}
	l.known[what] = struct{}{}
	if len(entries) == 0 {
		return
	}
	for _, e := range entries {
		l.shown[showing{by.Credential, e}] = struct{}{}
	}
	for part := range slices.Chunk(entries, chunk) {
		l.queue = append(l.queue, noted{at, by, part})
	}
	l.waiting += len(entries)
	if l.waiting > l.room/2 {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
}

// forget forgets what was noted in this minute. To note something twice does no
// harm. The caller holds mu.
func (l *Log) forget() {
	clear(l.known)
	clear(l.shown)
}

// lose counts what was lost. The caller holds mu.
func (l *Log) lose(what lost) {
	l.lost.add(what)
	l.total += what.reads
}

// Run writes down what is noted, and lets what is old expire, until ctx ends; then
// it writes what is left. It is the process's to call once.
func (l *Log) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var expire time.Time // when to look for old rows
	failing := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
			defer cancel()
			l.end(last)
			return
		case <-l.full:
		case <-tick.C:
		}
		err := l.Flush(ctx)
		if now := time.Now(); err == nil && !now.Before(expire) {
			var more bool
			if more, err = l.Expire(ctx); err == nil && !more {
				expire = now.Add(expireEvery)
			}
		}
		if ctx.Err() == nil && (err != nil) != failing {
			failing = err != nil
			l.tell(ctx, err)
		}
	}
}

// tell says in the process's log that writing the access log fails, and when it no
// longer does.
func (l *Log) tell(ctx context.Context, err error) {
	if err == nil {
		l.log.InfoContext(ctx, "the access log is written again")
		return
	}
	l.log.WarnContext(ctx, "the access log is not written now, and waits", "error", err.Error(), "waiting", l.Waiting())
}

// end writes what is left. What then still waits is lost with the process, and its
// log is the only place that can say so.
func (l *Log) end(ctx context.Context) {
	err := l.Flush(ctx)
	if err == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveUp(len(l.queue))
	l.log.ErrorContext(ctx, "reads were not recorded in the access log", "error", err.Error(),
		"reads", l.lost.reads, "since", l.lost.since.UTC(), "until", l.lost.until.UTC())
}

// giveUp counts the first of the queue as lost. The caller holds mu.
func (l *Log) giveUp(first int) {
	for _, n := range l.queue[:first] {
		l.lose(lost{reads: 1, since: n.at, until: n.at})
	}
	l.drop(first)
	l.forget() // whoever reads the same again is noted again
}

// drop takes the first from the queue. The caller holds mu.
func (l *Log) drop(first int) {
	for _, n := range l.queue[:first] {
		l.waiting -= len(n.entries)
	}
	l.queue = append([]noted(nil), l.queue[first:]...)
}

// Flush writes down what is noted. What cannot be written now waits; what the
// database refuses is given up and told, so that it does not keep the rest waiting.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	for {
		batch, missing := l.next()
		if len(batch) == 0 && missing.reads == 0 {
			return nil
		}
		wait, cancel := context.WithTimeout(ctx, writeWait)
		err := l.write(wait, batch, missing)
		over := wait.Err() != nil
		cancel()
		l.mu.Lock()
		switch {
		case err == nil:
			l.drop(len(batch))
		case over || postgres.Away(err):
			l.lost.add(missing)
		default:
			l.lost.add(missing)
			l.giveUp(len(batch))
		}
		l.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// next returns the first of the queue, which stays there until it is written, and
// what was lost, which does not.
func (l *Log) next() (batch []noted, missing lost) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := 0
	for _, n := range l.queue {
		if rows > 0 && rows+len(n.entries) > chunk {
			break
		}
		rows += len(n.entries)
		batch = append(batch, n)
	}
	missing, l.lost = l.lost, lost{}
	return batch, missing
}
