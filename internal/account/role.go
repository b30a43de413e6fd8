package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Role is a role that an account holds, or held.
type Role struct {
	ID         string
	Account    string
	Name       string // the account's
	Kind       string // the account's: person or system
	Role       access.Role
	State      *string
	CoChair    *string  // that it serves, for the secretariat
	Delegation *string  // that it is held under
	Kinds      []string // of contact that it is limited to; none is no limit
	Basis      *string  // what its mandate rests on; nil for a role that has none
	Since      *time.Time
	Until      *time.Time
	RevokedAt  *time.Time
	Version    int64
}

// Grant is a role to be given to an account.
type Grant struct {
	Account    string
	Role       access.Role
	State      string // "" for none
	CoChair    string
	Delegation string
	Kinds      []string // of contact that a delegate's role is limited to; none is no limit
	Mandate    *Mandate // of who belongs to no state; nil for none
}

// allKinds is how many kinds of contact there are.
const allKinds = 4

// Limitable returns an Invalid problem if a role cannot be limited to kinds: a head
// does all, and what the others may is not told apart by kind. All kinds are no limit,
// and would yet leave out what they share.
func Limitable(role access.Role, kinds []string) error {
	switch {
	case len(kinds) > 0 && role != access.Delegate:
		return problem.Faultf("/kinds", "limit the role of a delegate alone: leave them out for another")
	case len(kinds) >= allKinds:
		return problem.Faultf("/kinds", "name fewer than all, or none for a role without a limit, which is for what all kinds share, too")
	default:
		return valid.Struct(&struct {
			Kinds []string `json:"kinds" validate:"unique,dive,oneof=diplomatic technical law_enforcement policy"`
		}{kinds})
	}
}

// Limit is what is kept of kinds: in one order, and none as no limit.
func Limit(kinds []string) []string {
	if len(kinds) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(kinds))
}

// Mandate is on what, from when and until when somebody of no state holds a role.
type Mandate struct {
	Basis string
	From  time.Time
	Until time.Time
}

const roleColumns = `g.id, g.account, a.name, a.kind, g.role, g.state, g.co_chair, g.delegation, g.kinds, g.basis, g.since, g.until,
	g.revoked_at, g.version`

// GetRole reads one role, or returns a NotFound problem.
func GetRole(ctx context.Context, q postgres.Queryer, id string) (Role, error) {
	got, err := postgres.One[Role](ctx, q, `
		select `+roleColumns+`
		from role_grant g
		join account a on a.id = g.account
		where g.id::text = @id`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Role{}, problem.Errorf(problem.NotFound, "there is no such role")
	}
	if err != nil {
		return Role{}, fmt.Errorf("get role: %w", err)
	}
	return got, nil
}

// RolesOf returns the roles that an account holds and may act in: those of a
// delegation that is closed are over. A state's come first, its head's before all.
func RolesOf(ctx context.Context, q postgres.Queryer, account string) ([]Role, error) {
	got, err := postgres.All[Role](ctx, q, `
		select `+roleColumns+`
		from role_grant g
		join account a on a.id = g.account
		left join delegation d on d.id = g.delegation
		where g.account = @account and g.revoked_at is null and d.status is distinct from 'closed'
		and (g.until is null or g.until > clock_timestamp())
		order by array_position(array['head_of_delegation', 'delegate', 'cert', 'secretariat', 'auditor', 'partner'], g.role), g.id`,
		pgx.StrictNamedArgs{"account": account})
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return got, nil
}

// OwnerIn makes the account of a state and a name, "" for no state, or finds it.
// A name stands for a person or for a system, never for both.
func OwnerIn(ctx context.Context, tx *register.Tx, state, kind, name string) (id string, err error) {
	err = tx.Exec(ctx, `
		insert into account (state, kind, name, version)
		values (@state, @kind, @name, @version)
		on conflict (state, name) do nothing`,
		pgx.StrictNamedArgs{"state": orNull(state), "kind": kind, "name": name, "version": tx.Version})
	if err != nil {
		return "", fmt.Errorf("insert account: %w", err)
	}
	owner, err := postgres.One[struct{ ID, Kind string }](ctx, tx, `
		select id, kind from account where state is not distinct from @state and name = @name`,
		pgx.StrictNamedArgs{"state": orNull(state), "name": name})
	if err != nil {
		return "", fmt.Errorf("find account: %w", err)
	}
	if owner.Kind != kind {
		return "", problem.Errorf(problem.Conflict, "the state has a %s of this name: choose another name, or the same owner_kind", owner.Kind)
	}
	return owner.ID, nil
}

// EndStaleIn ends the account's role if it is held under a delegation that is no
// more, on a mandate that is over, or with another limit by nobody who can act in it, so
// that it can be given anew, and tells the trail.
func EndStaleIn(ctx context.Context, tx *register.Tx, g Grant) error {
	changes, err := endStale(ctx, tx, g)
	if err != nil {
		return err
	}
	return tell(tx, changes)
}

func endStale(ctx context.Context, tx *register.Tx, g Grant) (changes []register.Change, err error) {
	stale, err := postgres.All[Role](ctx, tx, `
		select `+roleColumns+`
		from role_grant g
		join account a on a.id = g.account
		where g.account = @account and g.role = @role and g.revoked_at is null
		and (g.state is not distinct from @state) and (g.co_chair is not distinct from @co_chair)
		and (g.delegation is distinct from @delegation::uuid or g.until <= clock_timestamp()
			or g.kinds is distinct from @kinds
			and not exists (
				select from token t
				where t.role_grant = g.id and t.revoked_at is null and t.expires_at > clock_timestamp())
			and not exists (select from person p where p.account = g.account and p.disabled_at is null))`, g.arguments())
	if err != nil {
		return nil, fmt.Errorf("find old grant: %w", err)
	}
	for _, r := range stale {
		_, more, err := withdraw(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return changes, nil
}

// GrantIn gives an account the role, unless it holds it, and tells the trail of
// what is new. Who may is the caller's to check.
func GrantIn(ctx context.Context, tx *register.Tx, g Grant) (Role, error) {
	held, changes, err := give(ctx, tx, g)
	if err != nil {
		return Role{}, err
	}
	return held, tell(tx, changes)
}

func give(ctx context.Context, tx *register.Tx, g Grant) (Role, []register.Change, error) {
	args := g.arguments()
	args["version"], args["basis"], args["since"], args["until"] = tx.Version, nil, nil, nil
	if m := g.Mandate; m != nil {
		args["basis"], args["since"], args["until"] = m.Basis, m.From, m.Until
	}
	err := tx.Exec(ctx, `
		insert into role_grant (account, role, state, co_chair, delegation, kinds, basis, since, until, version)
		values (@account, @role, @state, @co_chair, @delegation, @kinds, @basis, @since, @until, @version)
		on conflict (account, role) where revoked_at is null do nothing`, args)
	if err != nil {
		return Role{}, nil, fmt.Errorf("grant role: %w", err)
	}
	held, err := postgres.One[Role](ctx, tx, `
		select `+roleColumns+`
		from role_grant g
		join account a on a.id = g.account
		where g.account = @account and g.role = @role and g.revoked_at is null`,
		pgx.StrictNamedArgs{"account": g.Account, "role": g.Role})
	switch {
	case err != nil:
		return Role{}, nil, fmt.Errorf("read grant: %w", err)
	case text(held.CoChair) != g.CoChair:
		return Role{}, nil, problem.Errorf(problem.Conflict, "this person serves the co-chair %s: appoint somebody of another name", text(held.CoChair))
	case !slices.Equal(held.Kinds, Limit(g.Kinds)):
		return Role{}, nil, errOtherKinds
	case held.Version != tx.Version:
		return held, nil, nil
	default:
		return held, []register.Change{roleChange("granted", nil, held)}, nil
	}
}

// errOtherKinds is that somebody acts in the role with another limit, which stays
// as it is for as long as they hold it.
var errOtherKinds = problem.Errorf(problem.Conflict,
	"the role is held already, and limited otherwise: name the same kinds, or withdraw the role, or its tokens, and then give it anew")

// SameKinds returns a Conflict problem if the account holds the role with another
// limit than g has.
func SameKinds(ctx context.Context, q postgres.Queryer, g Grant) error {
	held, err := RolesOf(ctx, q, g.Account)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(r Role) bool { return r.Role == g.Role && !slices.Equal(r.Kinds, Limit(g.Kinds)) }) {
		return errOtherKinds
	}
	return nil
}

func tell(tx *register.Tx, changes []register.Change) error {
	for _, c := range changes {
		if err := tx.Changed(c); err != nil {
			return err
		}
	}
	return nil
}

func (g Grant) arguments() pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"account": g.Account, "role": g.Role, "state": orNull(g.State), "co_chair": orNull(g.CoChair), "delegation": orNull(g.Delegation),
		"kinds": Limit(g.Kinds),
	}
}

// WithdrawIn ends a role with all tokens that act in it, and tells the trail of
// each. Who may is the caller's to check.
func WithdrawIn(ctx context.Context, tx *register.Tx, r Role) (Role, error) {
	after, changes, err := withdraw(ctx, tx, r)
	if err != nil {
		return Role{}, err
	}
	return after, tell(tx, changes)
}

func withdraw(ctx context.Context, tx *register.Tx, r Role) (Role, []register.Change, error) {
	err := tx.ExecOne(ctx, `
		update role_grant
		set revoked_at = @at, version = @version
		where id = @id and revoked_at is null`,
		pgx.StrictNamedArgs{"id": r.ID, "at": tx.At, "version": tx.Version})
	if err != nil {
		return Role{}, nil, fmt.Errorf("end role: %w", err)
	}
	after := r
	after.RevokedAt, after.Version = &tx.At, tx.Version
	changes := []register.Change{roleChange("withdrawn", &r, after)}
	tokens, err := postgres.All[Token](ctx, tx, `
		select `+columns+`
		from `+tables+`
		where t.role_grant = @id and t.revoked_at is null
		order by t.id`, pgx.StrictNamedArgs{"id": r.ID})
	if err != nil {
		return Role{}, nil, fmt.Errorf("list the role's tokens: %w", err)
	}
	for _, t := range tokens {
		ended, err := revoke(ctx, tx, t)
		if err != nil {
			return Role{}, nil, err
		}
		changes = append(changes, change("revoked", &t, ended))
	}
	return after, changes, nil
}

// roleChange tells the trail of a role, which its state's people and the auditor
// may read.
func roleChange(act string, before *Role, after Role) register.Change {
	c := register.Change{Act: act, Noun: "role", Key: after.ID, State: text(after.State), For: access.ForSelected, AtOnce: true, After: roleParts(after)}
	if before != nil {
		c.Before = roleParts(*before)
	}
	return c
}

func roleParts(r Role) []register.Part {
	var revoked *time.Time
	if r.RevokedAt != nil {
		at := r.RevokedAt.UTC()
		revoked = &at
	}
	entry := register.Part{Name: "entry", For: access.ForSelected, Content: struct {
		ID         string      `json:"id"`
		Account    string      `json:"account"`
		Role       access.Role `json:"role"`
		State      *string     `json:"state"`
		CoChair    *string     `json:"co_chair"`
		Delegation *string     `json:"delegation"`
		RevokedAt  *time.Time  `json:"revoked_at"`
	}{r.ID, r.Account, r.Role, r.State, r.CoChair, r.Delegation, revoked}}
	person := register.Part{Name: "person", For: access.ForSelected, Content: struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	}{r.Name, r.Kind}}
	parts := []register.Part{entry, person}
	if r.Kinds != nil {
		parts = append(parts, register.Part{Name: "kinds", For: access.ForSelected, Content: r.Kinds})
	}
	if r.Basis == nil {
		return parts
	}
	mandate := register.Part{Name: "mandate", For: access.ForSelected, Content: struct {
		Basis string    `json:"authority"`
		Since time.Time `json:"since"`
		Until time.Time `json:"until"`
	}{*r.Basis, r.Since.UTC(), r.Until.UTC()}}
	return append(parts, mandate)
}

// VerifyRoles checks that every role is what the trail last recorded of it, and
// returns how many there are. Of one that was given with a token before the trail
// told of roles, the token's record says who holds it.
func VerifyRoles(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[struct {
		Role
		Recorded bool
		Told     bool // whether a token's record tells of it
	}](ctx, snap, `
		select `+roleColumns+`,
			exists (select from trail_change c where c.noun = 'role' and c.key = g.id::text) as recorded,
			exists (select from token t join trail_change c on c.noun = 'token' and c.key = t.id::text where t.role_grant = g.id) as told
		from role_grant g
		join account a on a.id = g.account
		order by g.id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list roles: %w", err)
	}
	for _, r := range all {
		if !r.Recorded && r.Told {
			continue
		}
		if err := register.Holds(ctx, snap, "role", r.ID, roleParts(r.Role)); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
