package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
)

// How many codes in a row may be wrong behind the right password. At tellFailures its
// person is told, who alone can have mistyped so often if it was nobody else. At
// mostFailures the password signs nobody in, with whatever code, until it is set anew:
// NIST SP 800-63B-4 (3.2.2) has at most 100. Wrong passwords never count, so nobody
// without it shuts anybody out, and other ways to sign in go on.
const (
	tellFailures = 10
	mostFailures = 100
)

// guess counts a code behind the right password as wrong, and returns how many in a
// row it makes; 0 if the password is wrong or shut, and the code is not to be looked
// at. It holds the password to the end of the transaction, which forgives if the code
// was right: of many at once, each is one of the hundred or none.
func (s *Store) guess(ctx context.Context, q postgres.Queryer, of claim, knows bool) (failures int, err error) {
	failures, err = postgres.Scalar[int](ctx, q, `
		update password
		set failures = failures + 1
		where account = @account::uuid and hash = @hash and @knows and failures < @most
		returning failures`,
		pgx.StrictNamedArgs{"account": of.Account, "hash": of.Hash, "knows": knows, "most": mostFailures})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count a code: %w", err)
	}
	return failures, nil
}

// forgive ends the row of wrong codes.
func (s *Store) forgive(ctx context.Context, q execer, of string) error {
	err := q.Exec(ctx, `update password set failures = 0 where account = @account`, pgx.StrictNamedArgs{"account": of})
	if err != nil {
		return fmt.Errorf("count codes anew: %w", err)
	}
	return nil
}

// guessed is what a refusal is recorded as, by what guess returned. Whoever is refused
// is told the same.
func guessed(failures int) Outcome {
	switch failures {
	case tellFailures:
		return Guessed
	case mostFailures:
		return Shut
	default:
		return Refused
	}
}
