package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

const columns = `t.id, t.account, a.name as owner, t.role, t.state, t.label, t.hint, t.audiences, t.writes,
	t.created_at, t.expires_at, t.revoked_at, u.last_used_at, t.version,
	a.kind as owner_kind, g.co_chair, g.delegation, g.kinds,
	(
		select coalesce(jsonb_agg(f.it order by f.it ->> 'by' desc, f.it ->> 'person'), '[]')
		from (
			select jsonb_build_object('of', f.token, 'person', false, 'by', f.imposed_by, 'reason', f.reason, 'since', f.since, 'until', f.until) as it
			from token_freeze f
			where f.token = t.id and f.lifted_at is null and f.until > now()
			union all
			select ` + FreezeOfPerson + `
			from person_freeze f
			where f.account = t.account and f.lifted_at is null and f.until > now()) f
	) as freezes`

// FreezeOfPerson is a row f of person_freeze as JSON of a Freeze.
const FreezeOfPerson = `jsonb_build_object('of', f.account, 'person', true, 'by', f.imposed_by, 'reason', f.reason, 'since', f.since, 'until', f.until)`

const tables = `token t
	join account a on a.id = t.account
	join role_grant g on g.id = t.role_grant
	left join token_use u on u.token = t.id`

// errNotThere is told of a token that is not for the actor, and of none.
var errNotThere = problem.Errorf(problem.NotFound, "there is no such token")

// Get reads one token, or returns a NotFound problem.
func Get(ctx context.Context, q postgres.Queryer, id string) (Token, error) {
	got, err := postgres.One[Token](ctx, q, `
		select `+columns+`
		from `+tables+`
		where t.id = @id`,
		pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Token{}, errNotThere
	}
	if err != nil {
		return Token{}, fmt.Errorf("get token: %w", err)
	}
	return got, nil
}

// After is a place in a list of tokens: that of the last one seen.
type After struct {
	CreatedAt time.Time
	ID        string
}

// List returns at most limit tokens that follow after, oldest first: all that
// q's actor may see.
func List(ctx context.Context, q postgres.Queryer, after After, limit int) ([]Token, error) {
	args := pgx.StrictNamedArgs{"limit": limit}
	where := `true`
	if after.ID != "" {
		where = `(t.created_at, t.id) > (@created_at, @id::uuid)`
		args["created_at"], args["id"] = after.CreatedAt, after.ID
	}
	got, err := postgres.All[Token](ctx, q, `
		select `+columns+`
		from `+tables+`
		where `+where+`
		order by t.created_at, t.id
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return got, nil
}

// Name returns what the account is called, "" if q's actor may not see it.
func Name(ctx context.Context, q postgres.Queryer, id string) (string, error) {
	name, err := postgres.Scalar[string](ctx, q, `
		select coalesce((select name from account where id = nullif(@id, '')::uuid), '')`,
		pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return "", fmt.Errorf("name account: %w", err)
	}
	return name, nil
}

// insert makes what an appointment needs: the account and the grant if they are
// not there, and the token. It returns the token, and what else was changed.
func insert(ctx context.Context, tx *register.Tx, a Appointment, secret string) (Token, []register.Change, error) {
	owner, err := OwnerIn(ctx, tx, a.State, a.OwnerKind, a.Owner)
	if err != nil {
		return Token{}, nil, err
	}
	// A grant under a delegation that is no more, or in which nobody can act, gives way
	// to the new one.
	grant := Grant{Account: owner, Role: a.Role, State: a.State, CoChair: a.CoChair, Delegation: a.Delegation, Kinds: a.Kinds}
	if a.stateless() {
		grant.Mandate = &Mandate{Basis: a.Basis, From: tx.At, Until: a.ExpiresAt}
	}
	changes, err := endStale(ctx, tx, grant)
	if err != nil {
		return Token{}, nil, err
	}
	held, given, err := give(ctx, tx, grant)
	if err != nil {
		return Token{}, nil, err
	}
	if held.Until != nil && a.ExpiresAt.After(*held.Until) {
		a.ExpiresAt = *held.Until // of a mandate that was there
	}
	token, err := insertToken(ctx, tx, held.ID, a, secret)
	return token, append(changes, given...), err
}

// insertToken makes a token to act in a role that is held.
func insertToken(ctx context.Context, tx *register.Tx, grant string, a Appointment, secret string) (Token, error) {
	name := hash(secret)
	id, err := postgres.Scalar[string](ctx, tx, `
		insert into token (role_grant, account, state, role, label, hash, hint, audiences, writes, created_at, expires_at, version)
		select g.id, g.account, g.state, g.role, @label, @hash, @hint, @audiences, @writes, @at, @expires_at, @version
		from role_grant g
		where g.id = @grant
		returning id`,
		pgx.StrictNamedArgs{
			"grant": grant, "label": a.Label, "hash": name[:],
			"hint": secret[len(secret)-hintOfASecret:], "audiences": a.Audiences, "writes": a.Writes,
			"at": tx.At, "expires_at": a.ExpiresAt, "version": tx.Version,
		})
	if err != nil {
		return Token{}, fmt.Errorf("insert token: %w", err)
	}
	return Get(ctx, tx, id)
}

func revoke(ctx context.Context, tx *register.Tx, t Token) (Token, error) {
	err := tx.ExecOne(ctx, `
		update token
		set revoked_at = @at, version = @version
		where id = @id`,
		pgx.StrictNamedArgs{"id": t.ID, "at": tx.At, "version": tx.Version})
	if err != nil {
		return Token{}, fmt.Errorf("revoke token: %w", err)
	}
	return Get(ctx, tx, t.ID)
}

// whose returns the actor of the token with the secret.
func whose(ctx context.Context, q postgres.Queryer, name tokenHash) (bearer, error) {
	got, err := postgres.One[struct {
		ID         string
		Account    string
		Role       access.Role
		State      *string
		CoChair    *string
		Delegation *string
		Kinds      []string
		Audiences  []access.Audience
		Writes     bool
		ExpiresAt  time.Time // the token's end, or its mandate's
		Stands     string
		Frozen     *time.Time
	}](ctx, q, `
		select t.id, t.account, t.role, g.state, g.co_chair, g.delegation, g.kinds, t.audiences, t.writes,
			least(t.expires_at, g.until) as expires_at, credential_stands(t.id) as stands,
			greatest((select max(f.until) from token_freeze f where f.token = t.id and f.lifted_at is null),
				(select max(f.until) from person_freeze f where f.account = t.account and f.lifted_at is null)) as frozen
		from token t
		join role_grant g on g.id = t.role_grant
		where t.hash = @hash`,
		pgx.StrictNamedArgs{"hash": name[:]})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && got.Stands == "no" {
		return bearer{}, errNoToken
	}
	if err != nil {
		return bearer{}, fmt.Errorf("look up token: %w", err)
	}
	if got.Stands == "frozen" && got.Frozen != nil { // only who holds the secret learns of it
		return bearer{}, problem.Errorf(problem.Unauthenticated,
			"the token is frozen until %s, and works again by itself then: if that is a mistake, ask your head of delegation or the secretariat",
			got.Frozen.UTC().Format(time.RFC3339))
	}
	return bearer{expires: got.ExpiresAt, Actor: access.Actor{
		Account: got.Account, Credential: got.ID, Role: got.Role, State: text(got.State), CoChair: text(got.CoChair),
		Delegation: text(got.Delegation), Kinds: got.Kinds, Audiences: got.Audiences, Writes: got.Writes,
	}}, nil
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Verify checks that every token is what the trail last recorded of it, and
// returns how many there are. The snapshot must be one that sees all.
func Verify(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[Token](ctx, snap, `
		select `+columns+`
		from `+tables+`
		order by t.id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list tokens: %w", err)
	}
	for _, t := range all {
		if err := register.Holds(ctx, snap, "token", t.ID, parts(t)); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
