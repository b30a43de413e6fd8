package register_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestWriteTakesTheNextVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want := int64(1); want <= 3; want++ {
		if got, err := w.write(t.Context(), as("EE"), "a", "text"); err != nil || got != want {
			t.Errorf("Write() = version %d, %v, want %d", got, err, want)
		}
		if got := w.Latest(); got != want {
			t.Errorf("Latest() = %d, want %d", got, want)
		}
	}
	w.whole(t, 3)
}

func TestAWriteThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	ours := errors.New("ours")
	for name, tt := range map[string]struct {
		act   register.Act
		check func(*register.Tx) error
		fn    func(context.Context, *register.Tx) error
		want  func(error) bool
	}{
		"it recorded no change": {
			as("EE"), allowed,
			func(ctx context.Context, tx *register.Tx) error { return put(ctx, tx, "a", "text") },
			func(err error) bool { return strings.Contains(err.Error(), "recorded no change") },
		},
		"its function fails after the row": {
			as("EE"), allowed,
			func(ctx context.Context, tx *register.Tx) error {
				return errors.Join(put(ctx, tx, "a", "text"), tx.Changed(said("EE", "a", "text")), ours)
			},
			func(err error) bool { return errors.Is(err, ours) },
		},
		"its check refuses": {
			as("EE"), func(*register.Tx) error { return ours },
			func(context.Context, *register.Tx) error { panic("not to be called") },
			func(err error) bool { return errors.Is(err, ours) },
		},
		"its content is no JSON": {
			as("EE"), allowed,
			func(ctx context.Context, tx *register.Tx) error {
				c := said("EE", "a", "text")
				c.After[0].Content = func() {}
				return errors.Join(put(ctx, tx, "a", "text"), tx.Changed(c))
			},
			func(err error) bool { return strings.Contains(err.Error(), "record entry of note a") },
		},
		"a statement fails and its error is swallowed": {
			as("EE"), allowed,
			func(ctx context.Context, tx *register.Tx) error {
				_ = tx.Exec(ctx, `select no_such_function()`, nil) // the point of the test
				return tx.Changed(said("EE", "a", "text"))
			},
			func(err error) bool { return strings.Contains(err.Error(), "record the trail") },
		},
		"row-level security refuses the row": {
			as("EE"), allowed,
			func(ctx context.Context, tx *register.Tx) error {
				return tx.Exec(ctx, `insert into note (key, state, said, version) values ('a', 'PL', 'text', 1)`, nil)
			},
			postgres.Refused,
		},
		"the credential is for reading": {
			register.Act{By: access.Actor{Role: access.Delegate, State: "EE", Audiences: access.Audiences}}, allowed,
			func(_ context.Context, tx *register.Tx) error { return tx.Changed(said("EE", "a", "text")) },
			postgres.Refused,
		},
		"nobody writes": {
			register.Act{}, allowed,
			func(_ context.Context, tx *register.Tx) error { return tx.Changed(said("EE", "a", "text")) },
			func(err error) bool { return err != nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.dump(t)
			err := w.Write(t.Context(), tt.act, tt.check, func(tx *register.Tx) error { return tt.fn(t.Context(), tx) })
			if err == nil || !tt.want(err) {
				t.Errorf("Write() = %v, want it refused for what the test's name says", err)
			}
			if after := w.dump(t); after != before {
				t.Errorf("Write() left %s, want %s", after, before)
			}
			w.written(t, "EE", "the next")
			w.whole(t, 1)
		})
	}
}

func TestTheCheckRunsBeforeTheLockAndAgainAfter(t *testing.T) {
	t.Parallel()

	t.Run("so a refusal waits for nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		defer w.locked(t)()
		start := time.Now()
		err := w.Write(t.Context(), as("EE"), func(*register.Tx) error { return problem.Errorf(problem.Forbidden, "no") }, nil)
		if !problem.Is(err, problem.Forbidden) || time.Since(start) > time.Second {
			t.Errorf("Write() = %v after %s, want a refusal at once", err, time.Since(start))
		}
	})

	t.Run("so what it read cannot have changed since", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.written(t, "EE", "a")
		var versions []int64
		var texts []string
		check := func(tx *register.Tx) error {
			text, err := postgres.Scalar[string](t.Context(), tx, `select said from note where key = 'EE a'`, nil)
			if versions, texts = append(versions, tx.Version), append(texts, text); len(texts) == 1 {
				_, overtaken := w.write(t.Context(), as("EE"), "EE a", "another's")
				return errors.Join(err, overtaken)
			}
			if text != "a" {
				return problem.Errorf(problem.Stale, "changed since")
			}
			return err
		}
		err := w.Write(t.Context(), as("EE"), check, func(tx *register.Tx) error { panic("not to be called") })
		if !problem.Is(err, problem.Stale) || len(versions) != 2 || versions[0] != 0 || versions[1] != 3 || texts[1] != "another's" {
			t.Errorf("Write() = %v, its check saw versions %v and texts %v, want the second to see the other's change", err, versions, texts)
		}
		w.whole(t, 2)
	})

	t.Run("and so does whether the credential stands", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		asked := int64(-1)
		stands := func(ctx context.Context, q postgres.Queryer, by access.Actor) (err error) {
			if asked, err = postgres.Scalar[int64](ctx, q, `select version from register_head`, nil); err != nil {
				return err
			}
			return problem.Errorf(problem.Unauthenticated, "revoked meanwhile")
		}
		w := world{register.New(db.Server, stands), db}
		before := w.dump(t)
		if _, err := w.write(t.Context(), as("EE"), "a", "text"); !problem.Is(err, problem.Unauthenticated) || asked != 1 {
			t.Errorf("Write() = %v, asked at version %d, want Unauthenticated at 1", err, asked)
		}
		if after := w.dump(t); after != before {
			t.Errorf("Write() left %s, want %s", after, before)
		}
	})
}

// locked holds the register's lock, as another write would, until the function
// that it returns is called.
func (w world) locked(t *testing.T) (unlock func()) {
	t.Helper()
	tx, err := w.db.Owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `select from register_head for update`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Errorf("unlock: %v", err)
		}
	}
}

func TestAWriteThatWaitsTooLongIsAskedToTryAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unlock := w.locked(t)
	start := time.Now()
	_, err := w.write(t.Context(), as("EE"), "a", "text")
	if took := time.Since(start); !busy(err) || took > 6*time.Second {
		t.Errorf("Write() = %v after %s, want Unavailable with Retry-After after two seconds", err, took)
	}
	unlock()
	w.written(t, "EE", "a")
	w.whole(t, 1)
}

func TestDryRunShowsTheDifferenceAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	before := w.dump(t)
	act := as("EE")
	act.DryRun = true
	err := w.Write(t.Context(), act, allowed, func(tx *register.Tx) error {
		c := said("EE", "EE a", "after")
		c.Before = said("EE", "EE a", "before").After
		return errors.Join(put(t.Context(), tx, "EE a", "after"), tx.Changed(c))
	})
	var rehearsal *register.Rehearsal
	if !errors.As(err, &rehearsal) || len(rehearsal.Changes) != 1 {
		t.Fatalf("Write(dry run) = %v, want a rehearsal of one change", err)
	}
	got := rehearsal.Changes[0]
	want := register.Difference{Path: "/said", From: "before", To: "after"}
	if got.Act != "written" || got.Noun != "note" || got.Key != "EE a" || got.State != "EE" || len(got.Diff) != 1 || got.Diff[0] != want {
		t.Errorf("Write(dry run) would have changed %+v, want %+v alone", got, want)
	}
	if after := w.dump(t); after != before {
		t.Errorf("Write(dry run) left %s, want %s", after, before)
	}
	if got := w.Latest(); got != 1 {
		t.Errorf("Latest() after a dry run = %d, want 1", got)
	}
}

// Whoever tries something out, as often as they like and without a trace, keeps
// nobody from writing, and waits for nobody.
func TestADryRunTakesNoTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	defer w.locked(t)()
	act := as("EE")
	act.DryRun = true
	err := w.Write(t.Context(), act, allowed, func(tx *register.Tx) error {
		return errors.Join(put(t.Context(), tx, "EE b", "tried"), tx.Changed(said("EE", "EE b", "tried")))
	})
	var rehearsal *register.Rehearsal
	if !errors.As(err, &rehearsal) {
		t.Errorf("Write(dry run) while another writes = %v, want a rehearsal", err)
	}
}

// The server's statements have seconds; those of an import have as long as it.
func TestStatementsMayTakeAsLongAsALongRequest(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	cfg, err := pgxpool.ParseConfig(db.ServerURL + "&statement_timeout=200&idle_in_transaction_session_timeout=200")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r := register.New(pool, nil)
	slow := func(ctx context.Context, q postgres.Queryer) error {
		if _, err := db.Owner.Exec(ctx, `select pg_sleep(0.4)`); err != nil { // while q's transaction does nothing
			return err
		}
		_, err := postgres.Scalar[string](ctx, q, `select pg_sleep(0.4)::text`, nil)
		return err
	}
	for name, act := range map[string]func(context.Context) error{
		"Write()": func(ctx context.Context) error {
			return r.Write(ctx, as("EE"), allowed, func(tx *register.Tx) error {
				return errors.Join(put(ctx, tx, "a", "text"), tx.Changed(said("EE", "a", "text")), slow(ctx, tx))
			})
		},
		"Read()": func(ctx context.Context) error {
			return r.Read(ctx, delegate("EE"), func(snap *register.Snapshot) error { return slow(ctx, snap) })
		},
	} {
		long, end := context.WithTimeout(t.Context(), time.Minute)
		if err := act(long); err != nil {
			t.Errorf("%s with a minute to go = %v, want that it takes its time", name, err)
		}
		end()
		short, end := context.WithTimeout(t.Context(), 12*time.Second)
		if err := act(short); !problem.Is(err, problem.Unavailable) {
			t.Errorf("%s with twelve seconds to go = %v, want the server's own limits", name, err)
		}
		end()
	}
}

// TestARehearsalGivesWay has a write and rehearsals change the same two rows in
// opposite orders, each holding its first as it asks for its second.
func TestARehearsalGivesWay(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{"to a write": 0, "to another rehearsal": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, key := range []string{"a", "b"} {
				w.written(t, "EE", key)
			}
			var both sync.WaitGroup
			both.Add(2)
			var got [2]error
			var done sync.WaitGroup
			for i, keys := range [][2]string{{"EE a", "EE b"}, {"EE b", "EE a"}} {
				act := as("EE")
				act.DryRun = i+others > 0
				met := sync.OnceFunc(func() { both.Done(); both.Wait() })
				done.Go(func() {
					got[i] = w.Write(t.Context(), act, allowed, func(tx *register.Tx) error {
						if err := put(t.Context(), tx, keys[0], "new"); err != nil {
							return err
						}
						met()
						return errors.Join(put(t.Context(), tx, keys[1], "new"), tx.Changed(said("EE", keys[0], "new")))
					})
				})
			}
			done.Wait()
			for i, err := range got {
				var rehearsal *register.Rehearsal
				if wrote := i+others == 0; wrote && err != nil || !wrote && !errors.As(err, &rehearsal) {
					t.Errorf("Write() number %d = %v", i, err)
				}
			}
		})
	}
}
