package entry

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// Verify checks that every entry of the noun says what the trail last recorded
// of it, and returns how many there are. The snapshot must be one that sees all.
func (s *Store[T, I]) Verify(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[struct{ ID string }](ctx, snap, `
		select id from entry where noun = @noun order by id`, pgx.StrictNamedArgs{"noun": s.Noun.Name})
	if err != nil {
		return 0, fmt.Errorf("list entries: %w", err)
	}
	for _, one := range all {
		got, err := s.Noun.Get(ctx, snap, one.ID)
		if err != nil {
			return 0, err
		}
		if err := register.Holds(ctx, snap, s.Noun.Name, one.ID, s.parts(got)); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// VerifySuspensions checks that every suspension is what the trail last recorded
// of it, and returns how many there are. The snapshot must be one that sees all.
func VerifySuspensions(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[suspended](ctx, snap, `
		select `+suspendedColumns+` from suspension order by entry, imposed_by`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list suspensions: %w", err)
	}
	for _, s := range all {
		if err := register.HoldsPart(ctx, snap, "suspension", s.Entry, s.part(Entry{})); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
