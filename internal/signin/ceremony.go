package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
)

// ceremony is a challenge that waits for its one answer.
type ceremony struct {
	Kind    string
	Account *string // whose it is, if that is known
	Session *string // that it was begun in, if in one
	Data    []byte
	Lasts   time.Duration `db:"-"`
}

// errCeremony is that a challenge was answered already, or too late.
var errCeremony = problem.Errorf(problem.Conflict, "this was begun too long ago, or was finished already: begin again")

// begin keeps a challenge, and returns what brings it back.
func (s *Store) begin(ctx context.Context, q execer, c ceremony) (ref string, err error) {
	ref = newSecret()
	return ref, s.await(ctx, q, ref, c)
}

// await keeps a challenge under what brings it back.
func (s *Store) await(ctx context.Context, q execer, ref string, c ceremony) error {
	err := q.Exec(ctx, `
		insert into ceremony (hash, kind, account, session, data, expires_at)
		values (@hash, @kind, @account, @session, @data, @until)`,
		pgx.StrictNamedArgs{
			"hash": digest(ref), "kind": c.Kind, "account": c.Account, "session": c.Session, "data": c.Data,
			"until": s.now().Add(cmp.Or(c.Lasts, ceremonyLasts)),
		})
	if err != nil {
		return fmt.Errorf("begin ceremony: %w", err)
	}
	return nil
}

const whichCeremony = `hash = @hash and kind = @kind and session is not distinct from @session::uuid and expires_at > @now`

// peek reads a challenge of a session and leaves it to be answered: for what may be
// mistyped.
func (s *Store) peek(ctx context.Context, q postgres.Queryer, kind, ref string, of Session) (ceremony, error) {
	return s.one(ctx, q, `select kind, account, session, data from ceremony where `+whichCeremony, kind, ref, of.ID)
}

// finish takes a challenge, once. session is "" for one that was begun in none.
func (s *Store) finish(ctx context.Context, q postgres.Queryer, kind, ref, session string) (ceremony, error) {
	return s.one(ctx, q, `delete from ceremony where `+whichCeremony+` returning kind, account, session, data`, kind, ref, session)
}

func (s *Store) one(ctx context.Context, q postgres.Queryer, sql, kind, ref, session string) (ceremony, error) {
	got, err := postgres.One[ceremony](ctx, q, sql,
		pgx.StrictNamedArgs{"hash": digest(ref), "kind": kind, "session": orNull(session), "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return ceremony{}, errCeremony
	}
	if err != nil {
		return ceremony{}, fmt.Errorf("read ceremony: %w", err)
	}
	return got, nil
}
