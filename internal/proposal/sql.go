package proposal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// What was found alive or dead since leaves a proposal as fresh as it was; any
// other change of what it is about makes it stale.
const listed = `p.id, coalesce(p.state, '') as state, p.delegation, p.co_chair, p.does, p.noun, p.about, p.reason, p.kinds, p.nouns, p.keys,
	p.proposed_by, (select a.name from account a where a.id = p.proposed_by) as proposer_name, p.proposed_role, p.proposed_at, p.base,
	p.status, p.decided_by, (select a.name from account a where a.id = p.decided_by) as decider_name, p.decided_role, p.decided_at,
	p.word, p.made, p.version,
	p.status = 'open' and exists (
		select
		from unnest(p.nouns, p.keys) as k (noun, key)
		join trail_change c on c.noun = k.noun and c.key = k.key
		where c.version > p.base and c.act not in ('confirmed', 'channel_dead', 'channel_alive')
	) as stale`

const (
	whole = listed + `, p.body, p.changes`
	brief = listed + `, ''::bytea as body, '[]'::jsonb as changes`
)

// Get reads one proposal, or returns a NotFound problem.
func Get(ctx context.Context, q postgres.Queryer, id string) (Proposal, error) {
	got, err := postgres.One[Proposal](ctx, q, `
		select `+whole+`
		from proposal p
		where p.id = @id`,
		pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Proposal{}, problem.Errorf(problem.NotFound, "there is no such proposal")
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("get proposal: %w", err)
	}
	return got, nil
}

// After is a place in a list of proposals: that of the last one seen.
type After struct {
	ProposedAt time.Time
	ID         string
}

// Place returns where p stands in a list.
func (p Proposal) Place() After { return After{ProposedAt: p.ProposedAt, ID: p.ID} }

// List returns at most limit proposals that follow after, newest first, without
// what they would change: all that q's actor may see, of a status and a state if
// they are given. A zero after is the start.
func List(ctx context.Context, q postgres.Queryer, status Status, state string, after After, limit int) ([]Proposal, error) {
	args := pgx.StrictNamedArgs{"status": status, "state": state, "limit": limit}
	where := `(@status = '' or p.status = @status) and (@state = '' or p.state = @state)`
	if after.ID != "" {
		where += ` and (p.proposed_at, p.id) < (@proposed_at, @id::uuid)`
		args["proposed_at"], args["id"] = after.ProposedAt, after.ID
	}
	got, err := postgres.All[Proposal](ctx, q, `
		select `+brief+`
		from proposal p
		where `+where+`
		order by p.proposed_at desc, p.id desc
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	return got, nil
}

// waiting is what is open about a state.
type waiting struct {
	Proposals int64
	Bytes     int64
}

// count is what is open about a state, as far as q's actor sees it.
func count(ctx context.Context, q postgres.Queryer, state string) (waiting, error) {
	open, err := postgres.One[waiting](ctx, q, `
		select count(*) as proposals, coalesce(sum(octet_length(body)), 0)::bigint as bytes
		from proposal
		where coalesce(state, '') = @state and status = 'open'`,
		pgx.StrictNamedArgs{"state": state})
	if err != nil {
		return waiting{}, fmt.Errorf("count proposals: %w", err)
	}
	return open, nil
}

// authorStands reports whether who proposed p still holds the role of then, and is not
// limited to other kinds by now.
func authorStands(ctx context.Context, q postgres.Queryer, p Proposal) (bool, error) {
	stands, err := postgres.Scalar[bool](ctx, q, `select author_stands(@account, @role, @delegation, @co_chair, @kinds)`,
		pgx.StrictNamedArgs{"account": p.ProposedBy, "role": p.ProposedRole, "delegation": p.Delegation, "co_chair": p.CoChair, "kinds": p.Kinds})
	if err != nil {
		return false, fmt.Errorf("ask whether the author's role stands: %w", err)
	}
	return stands, nil
}

func insert(ctx context.Context, tx *register.Tx, p Proposal) error {
	err := tx.Exec(ctx, `
		insert into proposal (id, state, delegation, co_chair, does, noun, about, body, reason, changes, kinds, nouns, keys,
			proposed_by, proposed_role, proposed_at, base, version)
		values (@id, @state, @delegation, @co_chair, @does, @noun, @about, @body, @reason, @changes, @kinds, @nouns, @keys,
			@proposed_by, @proposed_role, @proposed_at, @version, @version)`,
		pgx.StrictNamedArgs{
			"id": p.ID, "state": orNil(p.State), "delegation": p.Delegation, "co_chair": p.CoChair, "does": p.Does, "noun": p.Noun, "about": p.About,
			"body": p.Body, "reason": p.Reason, "changes": p.Changes, "kinds": p.Kinds, "nouns": p.Nouns, "keys": p.Keys,
			"proposed_by": p.ProposedBy, "proposed_role": p.ProposedRole, "proposed_at": p.ProposedAt, "version": p.Version,
		})
	if err != nil {
		return fmt.Errorf("insert proposal: %w", err)
	}
	return nil
}

func update(ctx context.Context, tx *register.Tx, p Proposal) error {
	err := tx.ExecOne(ctx, `
		update proposal
		set status = @status, decided_by = @decided_by, decided_role = @decided_role, decided_at = @decided_at,
			word = @word, made = @made, version = @version
		where id = @id and status = 'open'`,
		pgx.StrictNamedArgs{
			"id": p.ID, "status": p.Status, "decided_by": p.DecidedBy, "decided_role": p.DecidedRole, "decided_at": p.DecidedAt,
			"word": p.Word, "made": p.Made, "version": p.Version,
		})
	if err != nil {
		return fmt.Errorf("update proposal: %w", err)
	}
	return nil
}

// Verify checks that every proposal is what the trail last recorded of it, and
// returns how many there are. The snapshot must be one that sees all.
func Verify(ctx context.Context, snap *register.Snapshot) (int, error) {
	all, err := postgres.All[Proposal](ctx, snap, `
		select `+whole+`
		from proposal p
		order by p.id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list proposals: %w", err)
	}
	for _, p := range all {
		if err := register.Holds(ctx, snap, "proposal", p.ID, parts(p)); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
