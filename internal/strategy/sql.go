package strategy

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

const columns = entry.Columns + `,
	s.original_title, s.original_language, s.titles, s.summaries, s.objectives, s.issuing_body,
	s.status, s.status_evidence, s.adopted_on, s.valid_from, s.valid_until, s.review_due,
	s.documents, s.focus_areas, s.norms, s.cbms,
	(select o.id from organisation o where o.id = s.issuing_organisation) as issuing_organisation,
	(select earlier.id from strategy earlier where earlier.id = s.supersedes) as supersedes,
	s.issuing_organisation as linked_organisation, s.supersedes as linked_strategy,
	array(
		select later.id
		from strategy later
		join entry le on le.id = later.id
		where later.supersedes = s.id
		and le.standing in ('active', 'retired')
		and (le.basis = 'nominated' or e.basis = 'public_source')
		order by later.id
	) as superseded_by`

// Get reads one strategy.
func Get(ctx context.Context, q postgres.Queryer, id string) (Strategy, error) {
	got, err := postgres.One[Strategy](ctx, q, `
		select `+columns+`
		from entry e
		join strategy s on s.id = e.id
		where e.id = @id`,
		pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Strategy{}, problem.Errorf(problem.NotFound, "there is no such strategy")
	}
	if err != nil {
		return Strategy{}, fmt.Errorf("get strategy: %w", err)
	}
	return got, nil
}

// Those reads strategies by their ids, in no order; what q's actor may not see is
// left out.
func Those(ctx context.Context, q postgres.Queryer, ids []string) ([]Strategy, error) {
	got, err := postgres.All[Strategy](ctx, q, `
		select `+columns+`
		from entry e
		join strategy s on s.id = e.id
		where e.id = any (@ids::uuid[])`, pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read strategies: %w", err)
	}
	return got, nil
}

// Filter narrows a list of strategies. A zero field leaves nothing out.
type Filter struct {
	entry.Filter
	Language  string // BCP 47, canonical: it is written in it, or has a title or a summary in it
	FocusArea string
	Norm      string // a norm's code, whoever reads it into the text
	Status    string
}

// After is a place in a list of strategies: that of the last one seen.
type After struct {
	State string
	Kind  string
	ID    string
}

// List returns at most limit strategies that follow after, in the order of
// state, kind and id. A zero after is the start.
func List(ctx context.Context, q postgres.Queryer, f Filter, after After, limit int) ([]Strategy, error) {
	where, args := f.Where()
	where, args = entry.And(where, args, `(s.original_language = @language or s.titles ? @language or s.summaries ? @language)`, f.Language)
	where, args = entry.And(where, args, `@focus_area = any (s.focus_areas)`, f.FocusArea)
	where, args = entry.And(where, args, `s.norms @> jsonb_build_array(jsonb_build_object('code', @norm::text))`, f.Norm)
	where, args = entry.And(where, args, `s.status = @status`, f.Status)
	if after.ID != "" {
		where += ` and (s.state, s.kind, s.id) > (@after_state, @after_kind, @after_id::uuid)`
		args["after_state"], args["after_kind"], args["after_id"] = after.State, after.Kind, after.ID
	}
	args["limit"] = limit
	got, err := postgres.All[Strategy](ctx, q, `
		select `+columns+`
		from entry e
		join strategy s on (s.id, s.state, s.noun, s.kind) = (e.id, e.state, e.noun, e.kind)
		where `+where+`
		order by s.state, s.kind, s.id
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list strategies: %w", err)
	}
	return got, nil
}

// Place returns where s stands in a list.
func (s Strategy) Place() After {
	return After{State: s.State, Kind: s.Kind, ID: s.ID}
}

// chain is what is found by going from a strategy to the one that it
// supersedes, and on.
type chain struct {
	Known    bool // the first is the state's, and q's actor may read it
	Circular bool // the one asked about is in it
	Hidden   bool // it goes on to one that q's actor may not read
}

func follow(ctx context.Context, q postgres.Queryer, state, from, id string) (chain, error) {
	got, err := postgres.One[chain](ctx, q, `
		with recursive chain as (
			select id, supersedes
			from strategy
			where id = @from and state = @state
			union
			select s.id, s.supersedes
			from chain c
			join strategy s on s.id = c.supersedes
		)
		select count(*) > 0 as known,
			coalesce(bool_or(id = @id), false) as circular,
			coalesce(bool_or(supersedes not in (select id from chain)), false) as hidden
		from chain`,
		pgx.StrictNamedArgs{"state": state, "from": from, "id": id})
	if err != nil {
		return chain{}, fmt.Errorf("follow what a strategy supersedes: %w", err)
	}
	return got, nil
}

func hasOrganisation(ctx context.Context, q postgres.Queryer, state, id string) (bool, error) {
	there, err := postgres.Scalar[bool](ctx, q, `
		select exists (select from organisation where id = @id::uuid and state = @state)`,
		pgx.StrictNamedArgs{"id": id, "state": state})
	if err != nil {
		return false, fmt.Errorf("look for organisation: %w", err)
	}
	return there, nil
}

// save writes what an author says. A link to what the author may not read is
// another's word: who leaves it out does not undo it.
func save(ctx context.Context, tx *register.Tx, d *entry.Draft[Strategy, Input]) error {
	in := d.Input.Details
	err := tx.Exec(ctx, `
		insert into strategy (id, state, kind, original_title, original_language, titles, summaries, objectives,
			issuing_organisation, issuing_body, status, status_evidence, adopted_on, valid_from, valid_until,
			review_due, supersedes, documents, focus_areas, norms, cbms)
		values (@id, @state, @kind, @original_title, @original_language, @titles, @summaries, @objectives,
			@issuing_organisation, @issuing_body, @status, @status_evidence, @adopted_on, @valid_from, @valid_until,
			@review_due, @supersedes, @documents, @focus_areas, @norms, @cbms)
		on conflict (id) do update
		set original_title = excluded.original_title, original_language = excluded.original_language,
			titles = excluded.titles, summaries = excluded.summaries, objectives = excluded.objectives,
			issuing_organisation = case
				when excluded.issuing_organisation is null
					and not exists (select from organisation o where o.id = strategy.issuing_organisation)
				then strategy.issuing_organisation
				else excluded.issuing_organisation end,
			issuing_body = excluded.issuing_body,
			status = excluded.status, status_evidence = excluded.status_evidence, adopted_on = excluded.adopted_on,
			valid_from = excluded.valid_from, valid_until = excluded.valid_until, review_due = excluded.review_due,
			supersedes = case
				when excluded.supersedes is null and not exists (select from strategy earlier where earlier.id = strategy.supersedes)
				then strategy.supersedes
				else excluded.supersedes end,
			documents = excluded.documents, focus_areas = excluded.focus_areas,
			norms = excluded.norms, cbms = excluded.cbms`,
		pgx.StrictNamedArgs{
			"id": d.Entry.ID, "state": d.Entry.State, "kind": d.Entry.Kind,
			"original_title": in.OriginalTitle, "original_language": in.OriginalLanguage,
			"titles": in.Titles, "summaries": in.Summaries, "objectives": in.Objectives,
			"issuing_organisation": in.IssuingOrganisation, "issuing_body": in.IssuingBody,
			"status": in.Status, "status_evidence": in.StatusEvidence, "adopted_on": in.AdoptedOn,
			"valid_from": in.ValidFrom, "valid_until": in.ValidUntil, "review_due": in.ReviewDue,
			"supersedes": in.Supersedes, "documents": list(in.Documents), "focus_areas": list(in.FocusAreas),
			"norms": list(in.Norms), "cbms": list(in.CBMs),
		})
	if err != nil {
		return fmt.Errorf("save strategy: %w", err)
	}
	return nil
}

// list is s as PostgreSQL keeps it: an empty array is no null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
