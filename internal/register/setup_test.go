package register_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/pgtest"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// world is a register with a noun of the tests' own: the note, which its state's
// delegates may write.
type world struct {
	*register.Register
	db *pgtest.DB
}

func newWorld(t *testing.T) world {
	t.Helper()
	db := newDB(t)
	return world{register.New(db.Server, nil), db}
}

func newDB(t *testing.T) *pgtest.DB {
	t.Helper()
	return pgtest.NewFrom(t, "notes", func(ctx context.Context, db *pgtest.DB) error {
		_, err := db.Owner.Exec(ctx, `
			create table note (key text primary key, state text not null, said text not null, version bigint not null);
			grant select, insert, update on note to pocreg_server;
			alter table note enable row level security, force row level security;
			create policy note_select on note for select using (actor_role() is not null);
			create policy note_insert on note for insert with check (actor_may_change(state, 'nominated'));
			create policy note_update on note for update using (actor_may_change(state, 'nominated'))`)
		return err
	})
}

// narrow returns the world behind a pool of its own: of few connections, and
// watched by tracer if it is not nil.
func (w world) narrow(t *testing.T, connections int32, tracer pgx.QueryTracer) (world, *pgxpool.Pool) {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(w.db.ServerURL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns, cfg.ConnConfig.Tracer = connections, tracer
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return world{register.New(pool, nil), w.db}, pool
}

// delegate returns a delegate of the state: always the same.
func delegate(state string) access.Actor {
	return access.Actor{
		Account: fmt.Sprintf("%x0000-0000-4000-8000-00000000000a", state), Credential: fmt.Sprintf("%x0000-0000-4000-8000-00000000000c", state),
		Role: access.Delegate, State: state, Audiences: access.Audiences, Writes: true,
	}
}

func as(state string) register.Act { return register.Act{By: delegate(state)} }

// allowed is the check of a write that anybody may make.
func allowed(*register.Tx) error { return nil }

// said is what a change says of a note.
func said(state, key, text string) register.Change {
	return register.Change{
		Act: "written", Noun: "note", Key: key, State: state, For: access.ForPublic,
		After: []register.Part{{Name: "entry", Content: map[string]any{"said": text}, For: access.ForPublic}},
	}
}

// put writes the row of a note.
func put(ctx context.Context, tx *register.Tx, key, text string) error {
	return tx.Exec(ctx, `
		insert into note (key, state, said, version)
		values (@key, @state, @said, @version)
		on conflict (key) do update set said = excluded.said, version = excluded.version`,
		pgx.StrictNamedArgs{"key": key, "state": tx.By.State, "said": text, "version": tx.Version})
}

// write puts a note and tells the trail, in the name of act's actor. It returns
// the version.
func (w world) write(ctx context.Context, act register.Act, key, text string) (version int64, err error) {
	err = w.Write(ctx, act, allowed, func(tx *register.Tx) error {
		version = tx.Version
		if err := put(ctx, tx, key, text); err != nil {
			return err
		}
		return tx.Changed(said(act.By.State, key, text))
	})
	return version, err
}

// written writes notes that the test takes for granted.
func (w world) written(t *testing.T, state string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := w.write(t.Context(), as(state), state+" "+text, text); err != nil {
			t.Fatalf("write note %q: %v", text, err)
		}
	}
}

// dump is all that the register holds, for a comparison.
func (w world) dump(t *testing.T) (all string) {
	t.Helper()
	err := w.db.Owner.QueryRow(t.Context(), `
		select 'version ' || (select version from register_head) || ', '
			|| (select count(*) from trail_change) || ' changes, ' || (select count(*) from trail_part) || ' parts, '
			|| (select count(*) from trail_content) || ' contents, ' || (select count(*) from trail_leaf) || ' leaves, '
			|| (select count(*) from idempotency) || ' keys'
			|| coalesce((select string_agg(n::text, E'\n' order by key) from note n), '')`).Scan(&all)
	if err != nil {
		t.Fatalf("dump: %v", err)
	}
	return all
}

// whole fails the test unless the trail checks, up to version.
func (w world) whole(t *testing.T, version int64) {
	t.Helper()
	if got, err := w.Verify(t.Context()); err != nil || got.Version != version {
		t.Errorf("Verify() = %+v, %v, want version %d in order", got, err, version)
	}
}

// rows is the whole trail, as the registry reads it.
func (w world) rows(t *testing.T, after int64, limit int) (rows []register.Row) {
	t.Helper()
	err := w.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
		rows, err = register.Rows(t.Context(), snap, after, "", limit)
		return err
	})
	if err != nil {
		t.Fatalf("Rows(%d) = %v", after, err)
	}
	return rows
}

// busy reports whether err asks to try again later, and says when.
func busy(err error) bool {
	var p *problem.Error
	return errors.As(err, &p) && p.Kind == problem.Unavailable && p.RetryAfter >= time.Second
}

// setting reads a setting that the actor's transaction has, on any queryer.
func setting(ctx context.Context, q postgres.Queryer, name string) (string, error) {
	return postgres.Scalar[string](ctx, q, `select coalesce(current_setting(@name, true), '')`, pgx.StrictNamedArgs{"name": name})
}

// await polls until done is true, for at most ten seconds.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited ten seconds for %s", what)
		}
	}
}
