package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
)

// Passkey is a key of a person's, on a device or in a key chain.
type Passkey struct {
	ID         string
	Label      string
	CreatedAt  time.Time
	LastUsedAt *time.Time
	FlaggedAt  *time.Time // when its count went back: there may be a copy of it, and it no longer signs in
}

func passkeys(ctx context.Context, q postgres.Queryer, of string) ([]Passkey, error) {
	all, err := postgres.All[Passkey](ctx, q, `
		select id, label, created_at, last_used_at, flagged_at
		from passkey
		where account = @account
		order by created_at, id`, pgx.StrictNamedArgs{"account": of})
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return all, nil
}
