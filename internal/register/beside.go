package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
)

// Aside is a transaction beside the door. It lives as long as the call of Beside
// that made it.
type Aside struct {
	By   access.Actor
	conn *pgxpool.Conn
}

// Query runs sql in the transaction, behind row-level security.
func (a *Aside) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return a.conn.Query(ctx, sql, args...)
}

// Exec runs sql in the transaction, behind row-level security.
func (a *Aside) Exec(ctx context.Context, sql string, args pgx.StrictNamedArgs) error {
	_, err := a.conn.Exec(ctx, sql, args)
	return err
}

// Beside runs fn in a transaction in by's name that takes no version and no turn:
// for what is kept beside the register, such as sessions, so that a stranger who
// keeps failing to sign in holds up nobody who writes. It is not for writing in
// PostgreSQL's eyes: to all that participants rely on, the second wall refuses
// it.
func (r *Register) Beside(ctx context.Context, by access.Actor, fn func(*Aside) error) error {
	conn, err := r.acquire(ctx)
	if err != nil {
		return err
	}
	defer release(ctx, conn)
	batch := &pgx.Batch{}
	batch.Queue("begin")
	queueActor(batch, by, access.Actor{}, false)
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return away(fmt.Errorf("open what is beside the register: %w", err))
	}
	if err := fn(&Aside{By: by, conn: conn}); err != nil {
		return away(err)
	}
	tag, err := conn.Exec(ctx, "commit")
	if err != nil {
		return away(fmt.Errorf("commit beside the register: %w", err))
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("register: what was beside it was rolled back in place of its commit")
	}
	return nil
}
