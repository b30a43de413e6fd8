package register_test

import (
	"context"
	"errors"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestBesideWritesNothingOfTheRegisters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := access.Actor{Role: access.Delegate, State: "EE", Audiences: access.Audiences, Writes: true}
	for name, sql := range map[string]string{
		"a note":    `insert into note (key, state, said, version) values ('a', 'EE', 'hello', 1)`,
		"a version": `update register_head set version = version + 1`,
		"the trail": `insert into trail_leaf (version, hash) values (0, decode(repeat('00', 32), 'hex'))`,
		"a session": `insert into session (id) values (gen_random_uuid())`,
	} {
		err := w.Beside(t.Context(), by, func(tx *register.Aside) error { return tx.Exec(t.Context(), sql, nil) })
		if !postgres.Refused(err) {
			t.Errorf("Beside() of a delegate's that writes %s = %v, want that it is refused", name, err)
		}
	}
	if got := w.Latest(); got != 0 {
		t.Errorf("the register is at %d, want that no version was taken", got)
	}
}

func TestBesideIsUndoneWithItsError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	count := func() (n int) {
		if err := w.db.Owner.QueryRow(t.Context(), `select count(*) from signin_attempt`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	add := func(ctx context.Context, tx *register.Aside) error {
		return tx.Exec(ctx, `insert into signin_attempt (name, tries, until) values ('x', 1, now())`, nil)
	}
	wrong := errors.New("wrong")
	err := w.Beside(t.Context(), access.Registry(), func(tx *register.Aside) error {
		if err := add(t.Context(), tx); err != nil {
			return err
		}
		return wrong
	})
	if err != wrong || count() != 0 {
		t.Errorf("Beside() = %v, and %d rows are left, want the error and none", err, count())
	}
	err = w.Beside(t.Context(), access.Registry(), func(tx *register.Aside) error {
		_ = tx.Exec(t.Context(), `select 1 / 0`, nil) // the caller does not look
		return nil
	})
	if err == nil {
		t.Error("Beside() whose transaction PostgreSQL has rolled back = nil, want an error")
	}
	if err := w.Beside(t.Context(), access.Registry(), func(tx *register.Aside) error { return add(t.Context(), tx) }); err != nil || count() != 1 {
		t.Errorf("Beside() = %v, and there are %d rows, want one", err, count())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Beside(ctx, access.Registry(), func(*register.Aside) error { return nil }); !errors.Is(err, context.Canceled) || problem.Is(err, problem.Unavailable) {
		t.Errorf("Beside() of who has gone = %v, want that it is cancelled", err)
	}
}
