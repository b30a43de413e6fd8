package delegation

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

const columns = `id, state, authority, status, since, until, channels, mode, version`

// Get reads one delegation, or returns a NotFound problem.
func Get(ctx context.Context, q postgres.Queryer, id string) (Delegation, error) {
	got, err := postgres.One[Delegation](ctx, q, `
		select `+columns+` from delegation where id = @id`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Delegation{}, problem.Errorf(problem.NotFound, "there is no such delegation")
	}
	if err != nil {
		return Delegation{}, fmt.Errorf("get delegation: %w", err)
	}
	return got, nil
}

// After is a place in a list of delegations: that of the last one seen.
type After struct {
	State string
	ID    string
}

// List returns at most limit delegations that follow after, by state; of one
// state if it is given.
func List(ctx context.Context, q postgres.Queryer, state string, after After, limit int) ([]Delegation, error) {
	got, err := postgres.All[Delegation](ctx, q, `
		select `+columns+`
		from delegation
		where (@state = '' or state = @state)
		and (@after_state = '' or (state, id) > (@after_state, nullif(@after_id, '')::uuid))
		order by state, id
		limit @limit`,
		pgx.StrictNamedArgs{"state": state, "after_state": after.State, "after_id": after.ID, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list delegations: %w", err)
	}
	return got, nil
}

// Current returns the delegation that speaks, or spoke last, for a state; ok is
// false if q's actor sees none.
func Current(ctx context.Context, q postgres.Queryer, state string) (got Delegation, ok bool, err error) {
	all, err := CurrentOf(ctx, q, []string{state})
	got, ok = all[state]
	return got, ok, err
}

// CurrentOf returns the delegations that speak, or spoke last, for the states, by
// state. One that q's actor does not see is left out.
func CurrentOf(ctx context.Context, q postgres.Queryer, states []string) (map[string]Delegation, error) {
	all, err := postgres.All[Delegation](ctx, q, `
		select distinct on (state) `+columns+`
		from delegation
		where state = any (@states)
		order by state, since desc`, pgx.StrictNamedArgs{"states": states})
	if err != nil {
		return nil, fmt.Errorf("get delegations of %v: %w", states, err)
	}
	current := make(map[string]Delegation, len(all))
	for _, d := range all {
		current[d.State] = d
	}
	return current, nil
}

func insert(ctx context.Context, tx *register.Tx, d Delegation) error {
	err := tx.Exec(ctx, `
		insert into delegation (id, state, authority, status, since, until, channels, mode, version)
		values (@id, @state, @authority, @status, @since, @until, @channels, @mode, @version)`, arguments(d))
	switch {
	case postgres.Violates(err, "delegation_one_open_per_state"):
		return problem.Errorf(problem.Conflict, "the state has a delegation: close that one first")
	case postgres.Violates(err, "delegation_state_fkey"):
		return problem.Faultf("/state", "is no participating state: see /v1/states")
	case err != nil:
		return fmt.Errorf("insert delegation: %w", err)
	}
	return nil
}

func update(ctx context.Context, tx *register.Tx, d Delegation) error {
	err := tx.ExecOne(ctx, `
		update delegation
		set status = @status, until = @until, channels = @channels, mode = @mode, version = @version
		where id = @id and state = @state and authority = @authority and since = @since`, arguments(d))
	if err != nil {
		return fmt.Errorf("update delegation: %w", err)
	}
	return nil
}

func arguments(d Delegation) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"id": d.ID, "state": d.State, "authority": d.Authority, "status": d.Status,
		"since": d.Since, "until": d.Until, "channels": d.Channels, "mode": d.Mode, "version": d.Version,
	}
}

// TakesTwo reports whether two of a state decide on its words now.
func TakesTwo(ctx context.Context, q postgres.Queryer, state string) (bool, error) {
	two, err := postgres.Scalar[bool](ctx, q, `select state_takes_two(@state)`, pgx.StrictNamedArgs{"state": state})
	if err != nil {
		return false, fmt.Errorf("ask whether two decide: %w", err)
	}
	return two, nil
}

// Verify checks that every delegation is what the trail last recorded of it, and
// returns how many there are. The snapshot must be one that sees all.
func Verify(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[Delegation](ctx, snap, `
		select `+columns+` from delegation order by id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list delegations: %w", err)
	}
	for _, d := range all {
		if err := register.Holds(ctx, snap, "delegation", d.ID, parts(d)); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
