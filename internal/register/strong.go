package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
)

var (
	// ErrStepUp is what somebody is told who signed in too long ago for what they ask.
	ErrStepUp = problem.Errorf(problem.Forbidden, "this wants that you have signed in within the last five minutes: sign in once more, then ask again")

	// ErrNotOpened is what somebody is told whose token is not enough for what they ask:
	// who finds or steals it must not name people, issue tokens or approve.
	ErrNotOpened = problem.Errorf(problem.Forbidden, "this wants more than a token of somebody who signs in: "+
		"sign in, open the token for five minutes under your account, then ask again")
)

// Strong returns ErrStepUp or ErrNotOpened unless the actor's credential is strong
// enough to manage people and tokens, to choose how many decide, and to approve: a
// session of who has just signed in, or a token that its person, if they sign in, has
// just opened.
func Strong(ctx context.Context, q postgres.Queryer, by access.Actor) error {
	if by.Credential == "" {
		return nil
	}
	strength, err := postgres.Scalar[string](ctx, q, `select credential_strength(@id)`, pgx.StrictNamedArgs{"id": by.Credential})
	if err != nil {
		return fmt.Errorf("ask whether the credential is strong: %w", err)
	}
	switch strength {
	case "strong":
		return nil
	case "not opened":
		return ErrNotOpened
	default:
		return ErrStepUp
	}
}
