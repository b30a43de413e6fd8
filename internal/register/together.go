package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// batchSize is how many statements go to PostgreSQL at once: enough that the way
// there costs nothing beside them, few enough to hold in memory.
const batchSize = 1000

// Together runs fn with its statements sent many at a time: an act over ten
// thousand entries would spend its time under the lock on the way to PostgreSQL
// and back. Exec and ExecOne return before their statement has run; what goes
// wrong with one is the error of a later call, at the latest of Together itself.
// A Query sees all that came before it, which goes with it.
func (tx *Tx) Together(ctx context.Context, fn func() error) error {
	tx.queue = &pgx.Batch{}
	err := fn()
	if err == nil {
		err = tx.flush(ctx)
	}
	tx.queue = nil
	return err
}

func (tx *Tx) flushFull(ctx context.Context) error {
	if tx.queue.Len() < batchSize {
		return nil
	}
	return tx.flush(ctx)
}

func (tx *Tx) flush(ctx context.Context) error {
	if tx.queue == nil || tx.queue.Len() == 0 {
		return nil
	}
	batch := tx.queue
	tx.queue = &pgx.Batch{}
	if err := tx.conn.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write many: %w", err)
	}
	return nil
}

// queryBehind sends what is queued with a query behind it, and returns the
// query's rows.
func (tx *Tx) queryBehind(ctx context.Context, sql string, args []any) (pgx.Rows, error) {
	batch := tx.queue
	tx.queue = &pgx.Batch{}
	before := batch.QueuedQueries
	batch.Queue(sql, args...)
	results := tx.conn.SendBatch(ctx, batch)
	for _, q := range before {
		if err := q.Fn(results); err != nil {
			_ = results.Close() // which only says the same
			return nil, fmt.Errorf("write many: %w", err)
		}
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		return nil, err
	}
	return lastRows{rows, results}, nil
}

// lastRows are the rows of a batch's last query: with them the batch ends.
type lastRows struct {
	pgx.Rows
	batch pgx.BatchResults
}

func (r lastRows) Close() {
	r.Rows.Close()
	_ = r.batch.Close() // what went wrong is the rows' error
}

// Undisturbed reports whether nobody has written since the transaction was
// opened, or nobody of the actor's state if the actor may read its trail: then
// what a check of that state's things read before the lock is so under it, and a
// check that reads much need not read it again. Before the lock it is false.
func (tx *Tx) Undisturbed() bool { return tx.Version == tx.opened+1 || tx.alone }

// Recall returns what read returns, and asks it once for a name: for what an act
// over many entries wants to know for each of them, and for what a check reads
// both before the lock and under it. What others may have changed before the lock
// was taken is read again under it.
func Recall[V any](tx *Tx, name string, read func() (V, error)) (V, error) {
	if got, ok := tx.known[name].(V); ok {
		return got, nil
	}
	got, err := read()
	if err != nil {
		return got, err
	}
	if tx.known == nil {
		tx.known = map[string]any{}
	}
	tx.known[name] = got
	return got, nil
}
