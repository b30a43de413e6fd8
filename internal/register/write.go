// Package register is the one door through which the register is changed, and
// its twin through which it is read.
//
// Each write gets the next version of the register. That number is the changed
// entry's version (its ETag), the trail's order and a reader's place in it, all
// at once. The package knows no noun.
package register

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
)

// acquireWait bounds the wait for a free connection: after it, asking again
// later serves the caller better than queueing on.
const acquireWait = 2 * time.Second

// commitWait bounds a commit, which runs on when its request is cancelled. One
// whose request may take longer, such as an import, has as long as that.
const commitWait = 10 * time.Second

// rollbackWait bounds a rollback: a connection that cannot do that is no use.
const rollbackWait = time.Second

// rehearsalWait is the longest that a rehearsal waits for a row that a write holds:
// less than PostgreSQL waits (deadlock_timeout, 1 s) before it ends one of two that wait
// for each other, so that it is never the write. It is tried a few times.
const (
	rehearsalWait = "400ms"
	rehearsals    = 5
)

// Register is the register in one database. Make it with New.
type Register struct {
	pool    *pgxpool.Pool
	stands  func(context.Context, postgres.Queryer, access.Actor) error
	propose func(context.Context, *Tx, Asked, []RehearsedChange) (string, error)

	life     atomic.Pointer[life]
	heard    atomic.Pointer[time.Time] // when the database was last asked with success
	failed   atomic.Pointer[time.Time] // when it last did not answer; nil since it did
	followed atomic.Bool
	asking   chan struct{} // held by whoever looks up what changed
	news     chan struct{} // that there is a version to tell other nodes of
}

// New returns the register behind pool, which must connect as the server's
// role. stands returns a problem if an actor's credential no longer stands; it
// is asked within every write, so that a revoked token cannot finish one.
func New(pool *pgxpool.Pool, stands func(context.Context, postgres.Queryer, access.Actor) error) *Register {
	return &Register{pool: pool, stands: stands, asking: make(chan struct{}, 1), news: make(chan struct{}, 1)}
}

// Latest returns the newest version that this process has seen.
func (r *Register) Latest() int64 {
	if l := r.life.Load(); l != nil {
		return l.seen.Load()
	}
	return 0
}

// Epoch returns the register's life as this process last saw it, "" before it
// has seen any.
func (r *Register) Epoch() string {
	if l := r.life.Load(); l != nil {
		return l.epoch
	}
	return ""
}

// Act is a change that somebody asks for.
type Act struct {
	By     access.Actor
	With   access.Actor // the second of two who act together; zero for one alone
	DryRun bool         // rehearse: do everything, then undo it and answer a *Rehearsal
	Once   *Once        // nil unless the request carried an Idempotency-Key
	Asked  *Asked       // what is proposed if one alone may not do it; nil for what cannot be
	Decide *Decision    // what is decided on by doing it; nil for what was not proposed
}

// Tx is a change in the making.
type Tx struct {
	By      access.Actor
	Version int64     // the version that this change will be
	Epoch   string    // the register's life that the version belongs to
	At      time.Time // the moment of the change: later versions are never earlier

	act     Act
	conn    *pgxpool.Conn
	changes []recorded
	opened  int64     // the register's version before anything was read
	alone   bool      // whether nobody has changed anything of the actor's state since
	two     bool      // whether two of the actor's state decide together
	half    bool      // whether the actor is one of two of the secretariat, and the other is to be found
	instead *Proposed // what was proposed, since one alone may not do it
	would   []RehearsedChange
	queue   *pgx.Batch     // within Together: what was not sent yet
	known   map[string]any // what Recall has read
}

// Query runs sql in the change's transaction, behind row-level security.
func (tx *Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if tx.queue != nil && tx.queue.Len() > 0 {
		return tx.queryBehind(ctx, sql, args)
	}
	return tx.conn.Query(ctx, sql, args...)
}

// Exec runs sql in the change's transaction, behind row-level security.
func (tx *Tx) Exec(ctx context.Context, sql string, args pgx.StrictNamedArgs) error {
	if tx.queue != nil {
		tx.queue.Queue(sql, args).Exec(anyNumber)
		return tx.flushFull(ctx)
	}
	_, err := tx.conn.Exec(ctx, sql, args)
	return err
}

// ExecOne runs sql, which must change one row. Row-level security hides a row
// that an update may not touch, and says nothing: this does, so that the trail
// never records what was not done.
func (tx *Tx) ExecOne(ctx context.Context, sql string, args pgx.StrictNamedArgs) error {
	if tx.queue != nil {
		tx.queue.Queue(sql, args).Exec(one)
		return tx.flushFull(ctx)
	}
	tag, err := tx.conn.Exec(ctx, sql, args)
	if err != nil {
		return err
	}
	return one(tag)
}

func anyNumber(pgconn.CommandTag) error { return nil }

func one(tag pgconn.CommandTag) error {
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("%d rows were changed, not one: row-level security refuses what the access rules allow", tag.RowsAffected())
	}
	return nil
}

// Write runs fn in a transaction that is the register's next version, in the
// actor's name. It calls check twice: on a plain read, so that a refusal costs
// nobody the lock, and again once the version is taken, when what it read can
// change no more. Writes take turns: a registry of states sees few of them, and
// taking turns is what lets a reader follow without losing any. An fn that
// returns nil must have said what it changed.
//
// A rehearsal takes no turn, so it can be in a write's way or in another's: it waits
// for nobody long enough that a write would have to give way, and tries again.
func (r *Register) Write(ctx context.Context, act Act, check func(*Tx) error, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := r.write(ctx, act, check, fn)
		if act.DryRun && try < rehearsals && (postgres.LockTimeout(err) || postgres.Deadlock(err)) {
			continue
		}
		return away(err)
	}
}

func (r *Register) write(ctx context.Context, act Act, check func(*Tx) error, fn func(*Tx) error) error {
	conn, err := r.acquire(ctx)
	if err != nil {
		return err
	}
	defer release(ctx, conn)
	tx := &Tx{By: act.By, act: act, conn: conn}
	if err := tx.run(ctx, r, check, fn); err != nil {
		return err
	}
	if act.DryRun {
		return tx.rehearse(ctx)
	}
	if err := r.commit(ctx, tx); err != nil || tx.instead == nil {
		return err
	}
	return tx.instead
}

func (tx *Tx) run(ctx context.Context, r *Register, check func(*Tx) error, fn func(*Tx) error) error {
	if decide := tx.act.Decide; decide != nil {
		check, fn = decide.around(check, fn)
	}
	batch := &pgx.Batch{}
	batch.Queue("begin")
	queuePatience(ctx, batch)
	if tx.act.DryRun {
		batch.Queue("set local lock_timeout = '" + rehearsalWait + "'")
	}
	queueActor(batch, tx.By, tx.act.With, true)
	batch.Queue("set local plan_cache_mode = force_generic_plan")
	batch.Queue("select epoch, version from register_head").QueryRow(func(row pgx.Row) error { return row.Scan(&tx.Epoch, &tx.opened) })
	if err := tx.conn.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("open write: %w", err)
	}
	if err := tx.replay(ctx); err != nil {
		return err
	}
	if err := check(tx); err != nil {
		return err
	}
	if err := tx.Together(ctx, func() error { return tx.take(ctx, r) }); err != nil {
		return fmt.Errorf("take next version: %w", err)
	}
	if !tx.Undisturbed() {
		tx.known = nil
	}
	if err := check(tx); err != nil {
		return err
	}
	return tx.carryOut(ctx, r, fn)
}

// untilDeadline is how long ctx has left; 0 if it says nothing of that.
func untilDeadline(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return 0
}

// usualWait is the longest that deploy/roles.sql lets the server wait for itself.
const usualWait = 15 * time.Second

// queuePatience lets the transaction's statements take as long as their request
// may, if that is longer than usual: an import changes ten thousand entries in one.
func queuePatience(ctx context.Context, batch *pgx.Batch) {
	if left := untilDeadline(ctx); left > usualWait {
		batch.Queue(`
			select set_config('statement_timeout', @left, true),
				set_config('idle_in_transaction_session_timeout', @left, true)`,
			pgx.StrictNamedArgs{"left": strconv.FormatInt(left.Milliseconds(), 10)})
	}
}

// take takes the register's next version, for which writes wait their turn, and
// asks behind it whether those who act still may: what was revoked while they
// waited is revoked. A rehearsal only looks which version that would be: whoever
// tries something out, and leaves no trace, keeps nobody else from writing.
func (tx *Tx) take(ctx context.Context, r *Register) error {
	next := `update register_head set version = version + 1 returning version, clock_timestamp()`
	if tx.act.DryRun {
		next = `select version + 1, clock_timestamp() from register_head`
	}
	tx.queue.Queue(next).QueryRow(func(row pgx.Row) error { return row.Scan(&tx.Version, &tx.At) })
	if state := tx.By.State; state != "" && tx.By.May(access.ReadTrail, access.Subject{State: state}) {
		tx.queue.Queue(`
			select not exists (select from trail_change where version > @opened and state = @state)`,
			pgx.StrictNamedArgs{"opened": tx.opened, "state": state},
		).QueryRow(func(row pgx.Row) error { return row.Scan(&tx.alone) })
	}
	if tx.By.State != "" {
		tx.queue.Queue(`select state_takes_two(@state)`, pgx.StrictNamedArgs{"state": tx.By.State}).
			QueryRow(func(row pgx.Row) error { return row.Scan(&tx.two) })
	}
	if r.stands == nil {
		return nil
	}
	for _, who := range []access.Actor{tx.By, tx.act.With} {
		if err := r.stands(ctx, tx, who); err != nil {
			return err
		}
	}
	return nil
}

// rehearse undoes a change, all of which was done but its trail, and says what it
// was.
func (tx *Tx) rehearse(ctx context.Context) error {
	if _, err := tx.conn.Exec(ctx, "rollback"); err != nil {
		return away(fmt.Errorf("rehearse: %w", err))
	}
	if tx.instead != nil {
		return &Rehearsal{Changes: tx.would, Second: true}
	}
	would, err := tx.rehearsed()
	if err != nil {
		return err
	}
	return &Rehearsal{Changes: would}
}

// commit writes the trail and ends the transaction, in one round trip: others
// wait for it. It does not listen to the request's cancellation: the client may
// be gone, but what it sent is whole.
func (r *Register) commit(ctx context.Context, tx *Tx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(commitWait, untilDeadline(ctx)))
	defer cancel()
	batch := &pgx.Batch{}
	if err := tx.queueTrail(batch); err != nil {
		return err
	}
	ended := ""
	batch.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		ended = tag.String()
		return nil
	})
	asked := time.Now()
	if err := tx.conn.SendBatch(ctx, batch).Close(); err != nil {
		err = fmt.Errorf("record the trail and commit: %w", err)
		if !postgres.Away(err) {
			return err
		}
		return &problem.Error{
			Kind: problem.Unavailable, RetryAfter: time.Second, Cause: err,
			Detail: "the connection to the database was lost in mid-commit: read the entry to see whether the change was made, " +
				"or send the request again with the same Idempotency-Key",
		}
	}
	if ended != "COMMIT" {
		return errors.New("register: the write was rolled back in place of its commit")
	}
	r.made(tx, asked)
	return nil
}

func (r *Register) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, acquireWait)
	defer cancel()
	conn, err := r.pool.Acquire(wait)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return nil, &problem.Error{
			Kind: problem.Unavailable, RetryAfter: time.Second, Cause: fmt.Errorf("take a connection: %w", err),
			Detail: "the registry is busy, or its database is away: try again in a moment",
		}
	}
}

// release gives a connection back with no transaction open: the pool closes one
// that is still in the middle of something, so no actor's rights are handed to
// the next. A refusal leaves by a rollback, because a stranger who asks for what
// is not there must not cost a new connection each time.
func release(ctx context.Context, conn *pgxpool.Conn) {
	defer conn.Release()
	if at := conn.Conn().PgConn(); ctx.Err() == nil && !at.IsClosed() && !at.IsBusy() && at.TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(ctx, rollbackWait)
		defer cancel()
		_, _ = conn.Exec(ctx, "rollback") // if it fails, the connection is closed
	}
}

// away turns the ways in which PostgreSQL can be too slow or gone into an
// answer that says to ask again.
func away(err error) error {
	var p *problem.Error
	if err == nil || errors.As(err, &p) || errors.Is(err, context.Canceled) || !postgres.Away(err) {
		return err
	}
	detail := "the registry's database is away: try again in a moment"
	switch {
	case postgres.LockTimeout(err), postgres.Deadlock(err):
		detail = "other changes are being made: try again in a moment"
	case postgres.StatementTimeout(err):
		detail = "the database took too long over this: try again in a moment, or ask for less"
	}
	return &problem.Error{Kind: problem.Unavailable, Detail: detail, RetryAfter: time.Second, Cause: err}
}
