package wall_test

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pocreg.example/internal/fixture"
)

//go:embed testdata/seed.sql
var seed string

// seeded returns a world in which every state has entries of every sort.
func seeded(t *testing.T) *fixture.World {
	t.Helper()
	w := fixture.New(t)
	if _, err := w.DB.Owner.Exec(t.Context(), seed); err != nil {
		t.Fatalf("seed: %v", err)
	}
	return w
}

// accounts returns the world's accounts, by name.
func accounts(t *testing.T, w *fixture.World) map[string]string {
	t.Helper()
	rows, err := w.DB.Owner.Query(t.Context(), `select name, id::text from account`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var name, id string
	if _, err := pgx.ForEachRow(rows, []any{&name, &id}, func() error { out[name] = id; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// known returns all rows of a table, as its owner knows them.
func known(t *testing.T, w *fixture.World, of table) []row {
	t.Helper()
	rows, err := w.DB.Owner.Query(t.Context(), of.rows)
	if err != nil {
		t.Fatalf("rows of %s: %v", of.name, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatalf("rows of %s: %v", of.name, err)
	}
	if len(out) < 3 {
		t.Fatalf("%s has %d rows: there is nothing to try", of.name, len(out))
	}
	return out
}

// inTransaction runs fn in a transaction of the server's that is undone.
func inTransaction(t *testing.T, w *fixture.World, fn func(pgx.Tx)) {
	t.Helper()
	tx, err := w.DB.Server.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // undoing is all there is to it
	// Compiling a statement takes longer than asking a few thousand rows.
	if _, err := tx.Exec(t.Context(), `set local jit = off`); err != nil {
		t.Fatal(err)
	}
	fn(tx)
}

// keys runs a statement that returns the keys of the rows that it reached.
func keys(t *testing.T, tx pgx.Tx, by actor, sql string) map[string]bool {
	t.Helper()
	rows, err := tx.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s as %s: %v", sql, by.name, err)
	}
	out := map[string]bool{}
	var key string
	if _, err := pgx.ForEachRow(rows, []any{&key}, func() error { out[key] = true; return nil }); err != nil {
		t.Fatalf("%s as %s: %v", sql, by.name, err)
	}
	return out
}

// refused reports whether err is PostgreSQL saying that this is not allowed.
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "42501"
}

// lanes are how many parts of the actors are tried at the same time, each in a
// database of its own: what one changes must not keep another waiting.
const lanes = 2

// hole is set once somebody got too much, or too little: that is enough to see
// why, and the rest of the many need not be tried.
var hole atomic.Bool

func enough(t *testing.T) bool {
	if t.Failed() {
		hole.Store(true)
	}
	return hole.Load()
}

func inLanes(t *testing.T, fn func(*testing.T, *fixture.World, []actor)) {
	for lane := range lanes {
		t.Run("lane "+string(rune('A'+lane)), func(t *testing.T) {
			t.Parallel()
			w := seeded(t)
			var mine []actor
			for i, a := range actors(accounts(t, w)) {
				if i%lanes == lane {
					mine = append(mine, a)
				}
			}
			fn(t, w, mine)
		})
	}
}

// TestRowsAreReachedByWhomTheRulesLet tries to read, to update and to delete
// every row of every table, as everybody.
func TestRowsAreReachedByWhomTheRulesLet(t *testing.T) {
	t.Parallel()
	var cells atomic.Int64
	t.Cleanup(func() { t.Logf("%d cells", cells.Load()) })
	inLanes(t, func(t *testing.T, w *fixture.World, actors []actor) {
		rows := map[string][]row{}
		for _, of := range tables {
			rows[of.name] = known(t, w, of)
		}
		for _, by := range actors {
			if enough(t) {
				return
			}
			inTransaction(t, w, func(tx pgx.Tx) {
				by.as(t.Context(), t, tx)
				compare := func(of table, verb, sql string, may func(row) bool) {
					got := keys(t, tx, by, sql)
					var wrong []string
					for _, r := range rows[of.name] {
						cells.Add(1)
						if want := may(r); got[r.Key] != want {
							wrong = append(wrong, strings.Join([]string{r.State, r.Class, r.Key}, " "))
						}
						delete(got, r.Key)
					}
					for key := range got {
						wrong = append(wrong, "unknown "+key)
					}
					if len(wrong) > 0 {
						slices.Sort(wrong)
						t.Errorf("%s of %s as %s: the wall and the rules differ on %d rows, such as %v",
							verb, of.name, by.name, len(wrong), wrong[:min(3, len(wrong))])
					}
				}
				for _, of := range tables {
					compare(of, "select", `select `+of.key+` from `+of.name+` d`, func(r row) bool { return by.sees(of.name, r) })
				}
				for _, of := range tables {
					if of.set != "" {
						compare(of, "update", `update `+of.name+` d set `+of.set+` returning `+of.key,
							func(r row) bool { return by.changes(of.name, "update", r) })
					}
				}
				for _, of := range tables {
					if of.gone {
						compare(of, "delete", `delete from `+of.name+` d returning `+of.key,
							func(r row) bool { return by.changes(of.name, "delete", r) })
					}
				}
			})
		}
	})
}
