package register

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
)

// Snapshot is the register as it was at one moment, as one actor may see it.
// It lives as long as the call of Read that made it.
type Snapshot struct {
	By      access.Actor
	Version int64     // the register's version at that moment
	Epoch   string    // the register's life that the version belongs to
	At      time.Time // the database's time

	conn *pgxpool.Conn
}

// Query runs sql on the snapshot, behind row-level security.
func (s *Snapshot) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return s.conn.Query(ctx, sql, args...)
}

// planOnce has the snapshot's statements planned for any arguments, which a
// connection does once. In a long trail PostgreSQL would rather plan for each
// place anew, which takes longer than to read there.
func (s *Snapshot) planOnce(ctx context.Context) error {
	if _, err := s.conn.Exec(ctx, "set local plan_cache_mode = force_generic_plan"); err != nil {
		return fmt.Errorf("plan once: %w", err)
	}
	return nil
}

// Read runs fn on one consistent, read-only snapshot of what by may see. The
// actor is set in the round trip that opens the transaction.
func (r *Register) Read(ctx context.Context, by access.Actor, fn func(*Snapshot) error) error {
	conn, err := r.acquire(ctx)
	if err != nil {
		return err
	}
	defer release(ctx, conn)
	snap, asked := &Snapshot{By: by, conn: conn}, time.Now()
	batch := &pgx.Batch{}
	batch.Queue("begin isolation level repeatable read read only")
	queuePatience(ctx, batch)
	queueActor(batch, by, access.Actor{}, false)
	batch.Queue("select version, epoch, now() from register_head").QueryRow(func(row pgx.Row) error {
		return row.Scan(&snap.Version, &snap.Epoch, &snap.At)
	})
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return away(fmt.Errorf("open snapshot: %w", err))
	}
	r.saw(snap.Version, snap.Epoch, asked)
	if err := fn(snap); err != nil {
		return away(err)
	}
	if _, err := conn.Exec(ctx, "commit"); err != nil {
		return away(fmt.Errorf("close snapshot: %w", err))
	}
	return nil
}

// queueActor sets whose transaction this is, for the transaction only. The
// policies in the migrations read these settings.
func queueActor(batch *pgx.Batch, by, with access.Actor, writes bool) {
	audiences := ""
	for i, a := range by.Audiences {
		if i > 0 {
			audiences += ","
		}
		audiences += string(a)
	}
	yes := map[bool]string{true: "yes"}
	batch.Queue(`
		select set_config('pocreg.role', @role, true),
			set_config('pocreg.state', @state, true),
			set_config('pocreg.account', @account, true),
			set_config('pocreg.audiences', @audiences, true),
			set_config('pocreg.write', @write, true),
			set_config('pocreg.pair', @pair, true),
			set_config('pocreg.kinds', @kinds, true)`,
		pgx.StrictNamedArgs{
			"role": string(by.Role), "state": by.State, "account": by.Account, "audiences": audiences,
			"write": yes[writes && by.Writes],
			"pair":  yes[by.RequireTogether(with, access.OpenDelegation) == nil],
			"kinds": strings.Join(by.Kinds, ","),
		})
}
