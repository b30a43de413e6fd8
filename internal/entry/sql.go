package entry

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Columns are an Entry's, for a select from entry e.
const Columns = `e.id, e.noun, e.state, e.kind, e.version, e.audience, e.audience_states, e.audience_written,
	e.tlp, e.basis, e.standing, e.standing_since, e.created_at, e.changed_at,
	e.nominated_at, e.nominated_by, e.confirmed_at,
	state_is_represented(e.state) as represented,
	(
		select coalesce(jsonb_agg(jsonb_build_object('system', x.system, 'value', x.value) order by x.system, x.value), '[]')
		from external_id x
		where x.entry_id = e.id
	) as external_ids,
	(
		select coalesce(jsonb_agg(jsonb_build_object(
			'pointer', s.pointer, 'value', s.value, 'source', s.source, 'date', coalesce(s.dated_text, nullif(s.dated, '-infinity')::text, '')) order by s.position), '[]')
		from source s
		where s.entry_id = e.id
	) as sources,
	(
		select coalesce(jsonb_agg(jsonb_build_object(
			'by', u.imposed_by, 'reason', u.reason, 'since', u.since, 'until', u.until) order by u.imposed_by desc), '[]')
		from suspension u
		where u.entry = e.id and u.lifted_at is null and u.until > now()
	) as suspensions`

var errNoState = problem.Faultf("/state", "is no participating state: see /v1/states")

func insert(ctx context.Context, tx *register.Tx, e Entry) error {
	err := tx.Exec(ctx, `
		insert into entry (id, noun, state, kind, version, audience, audience_states, audience_written, tlp,
			basis, standing, standing_since, created_at, changed_at, nominated_at, nominated_by, confirmed_at)
		values (@id, @noun, @state, @kind, @version, @audience, @audience_states, @audience_written, @tlp,
			@basis, @standing, @standing_since, @created_at, @changed_at, @nominated_at, @nominated_by, @confirmed_at)`,
		arguments(e))
	if err != nil {
		return fmt.Errorf("insert entry: %w", err)
	}
	return nil
}

func update(ctx context.Context, tx *register.Tx, e Entry) error {
	err := tx.ExecOne(ctx, `
		update entry
		set version = @version, audience = @audience, audience_states = @audience_states,
			audience_written = @audience_written, tlp = @tlp, basis = @basis, standing = @standing,
			standing_since = @standing_since, changed_at = @changed_at, nominated_at = @nominated_at,
			nominated_by = @nominated_by, confirmed_at = @confirmed_at, created_at = @created_at
		where id = @id and noun = @noun and state = @state and kind = @kind`, arguments(e))
	if err != nil {
		return fmt.Errorf("update entry: %w", err)
	}
	return nil
}

func arguments(e Entry) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"id": e.ID, "noun": e.Noun, "state": e.State, "kind": e.Kind, "version": e.Version,
		"audience": e.Audience, "audience_states": e.AudienceStates, "audience_written": e.AudienceWritten,
		"tlp": e.TLP, "basis": e.Basis, "standing": e.Standing, "standing_since": e.StandingSince,
		"created_at": e.CreatedAt, "changed_at": e.ChangedAt,
		"nominated_at": e.NominatedAt, "nominated_by": e.NominatedBy, "confirmed_at": e.ConfirmedAt,
	}
}

// clearLists removes the external ids and sources that the entry had.
func clearLists(ctx context.Context, tx *register.Tx, was Entry) error {
	if len(was.ExternalIDs) > 0 {
		if err := tx.Exec(ctx, `delete from external_id where entry_id = @id`, pgx.StrictNamedArgs{"id": was.ID}); err != nil {
			return fmt.Errorf("clear external ids: %w", err)
		}
	}
	if len(was.Sources) > 0 {
		if err := tx.Exec(ctx, `delete from source where entry_id = @id`, pgx.StrictNamedArgs{"id": was.ID}); err != nil {
			return fmt.Errorf("clear sources: %w", err)
		}
	}
	return nil
}

// lists writes the entry's external ids and sources.
func lists(ctx context.Context, tx *register.Tx, e Entry) error {
	for i, x := range e.ExternalIDs {
		err := tx.Exec(ctx, `
			insert into external_id (entry_id, noun, state, basis, system, value)
			values (@id, @noun, @state, @basis, @system, @value)`,
			pgx.StrictNamedArgs{"id": e.ID, "noun": e.Noun, "state": e.State, "basis": e.Basis, "system": x.System, "value": x.Value})
		if postgres.Violates(err, "external_id_unique") {
			return &problem.Error{
				Kind: problem.Conflict, Detail: "another entry of the state has this external id: change that one, or leave the id out",
				Faults: []problem.Fault{{Pointer: fmt.Sprintf("/external_ids/%d", i), Detail: "is taken within the state"}},
			}
		}
		if err != nil {
			return fmt.Errorf("insert external id: %w", err)
		}
	}
	for i, s := range e.Sources {
		err := tx.Exec(ctx, `
			insert into source (entry_id, state, position, pointer, value, source, dated, dated_text)
			values (@id, @state, @position, @pointer, @value, @source,
				case when length(@date) = 10 then @date::date end, nullif(@date, ''))`,
			pgx.StrictNamedArgs{
				"id": e.ID, "state": e.State, "position": i,
				"pointer": s.Pointer, "value": s.Value, "source": s.Source, "date": s.Date,
			})
		if err != nil {
			return fmt.Errorf("insert source: %w", err)
		}
	}
	return nil
}

// IDByExternal returns the id of the state's entry that an outside system knows
// by value, what the state nominated before what was found; or a NotFound problem.
func IDByExternal(ctx context.Context, q postgres.Queryer, noun, state, system, value string) (string, error) {
	id, err := postgres.Scalar[string](ctx, q, `
		select entry_id
		from external_id
		where noun = @noun and state = @state and system = @system and value = @value
		order by basis
		limit 1`,
		pgx.StrictNamedArgs{"noun": noun, "state": state, "system": system, "value": value})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", problem.Errorf(problem.NotFound, "there is no such %s", noun)
	}
	if err != nil {
		return "", fmt.Errorf("look up external id: %w", err)
	}
	return id, nil
}

// known returns what the actor may know of an entry of any noun: of one that is
// not for the secretariat, that it is there.
func known(ctx context.Context, q postgres.Queryer, id string) (Entry, error) {
	missing := problem.Errorf(problem.NotFound, "there is no such entry")
	key, err := uuid.Parse(id)
	if err != nil {
		return Entry{}, missing
	}
	got, err := postgres.One[struct {
		ID             string
		Noun           string
		State          string
		Audience       access.Audience
		AudienceStates []string
		Standing       Standing
	}](ctx, q, `
		select id, noun, state, audience, audience_states, standing
		from entry
		where id = @id
		union all
		select id, noun, state, 'selected', '{}', standing
		from withheld_entry
		where id = @id`, pgx.StrictNamedArgs{"id": key.String()})
	if errors.Is(err, pgx.ErrNoRows) {
		return Entry{}, missing
	}
	if err != nil {
		return Entry{}, fmt.Errorf("look for an entry: %w", err)
	}
	return Entry{
		ID: got.ID, Noun: got.Noun, State: got.State, Standing: got.Standing, Audience: got.Audience, AudienceStates: got.AudienceStates,
	}, nil
}

const suspendedColumns = `entry, state, imposed_by as by, reason, since, until, lifted_at, lifted_at is null and until > now() as holds`

// suspensionOf reads what somebody last imposed on an entry; a suspension of no
// time if that is nothing.
func suspensionOf(ctx context.Context, q postgres.Queryer, e Entry, by Imposer) (suspended, error) {
	got, err := postgres.One[suspended](ctx, q, `
		select `+suspendedColumns+`
		from suspension
		where entry = @entry and imposed_by = @by`, pgx.StrictNamedArgs{"entry": e.ID, "by": by})
	if errors.Is(err, pgx.ErrNoRows) {
		return suspended{Entry: e.ID, State: e.State, Suspension: Suspension{By: by}}, nil
	}
	if err != nil {
		return suspended{}, fmt.Errorf("read suspension: %w", err)
	}
	return got, nil
}

func saveSuspension(ctx context.Context, tx *register.Tx, s suspended) error {
	err := tx.ExecOne(ctx, `
		insert into suspension (entry, state, imposed_by, reason, since, until, lifted_at)
		values (@entry, @state, @by, @reason, @since, @until, @lifted_at)
		on conflict (entry, imposed_by) do update
		set reason = excluded.reason, since = excluded.since, until = excluded.until, lifted_at = excluded.lifted_at`,
		pgx.StrictNamedArgs{
			"entry": s.Entry, "state": s.State, "by": s.By, "reason": s.Reason, "since": s.Since, "until": s.Until, "lifted_at": s.LiftedAt,
		})
	if err != nil {
		return fmt.Errorf("save suspension: %w", err)
	}
	return nil
}
