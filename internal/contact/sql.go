package contact

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// columns are a whole contact's, listed those of one in a list: without the keys'
// material, which is long, and which the contact itself has.
const (
	columns = common + `material` + keys
	listed  = common + `'' as material` + keys
)

const common = entry.Columns + `,
	contact_reached_by(c.id) as reached_by,
	c.rank, c.covers, c.sectors, c.networks, c.office_title, c.office_title_en, c.person,
	(select o.id from organisation o where o.id = c.organisation) as organisation,
	c.organisation as linked_organisation,
	c.languages, c.time_zone, c.availability, c.capabilities, c.note,
	(
		select coalesce(jsonb_agg(to_jsonb(h) order by h.position), '[]')
		from (
			select id, position, type, coalesce(usage, '') as usage, coalesce(protocol, '') as protocol, value, note,
				audience, audience_states, audience_written, confirmed_at, changed_at, dead_at
			from channel
			where contact = c.id and removed_at is null
		) h
	) as channels,
	(
		select coalesce(jsonb_agg(to_jsonb(k) order by k.position), '[]')
		from (
			select position, type, fingerprint, user_ids, algorithm, created_at, expires_at, added_at, `

const keys = `
			from contact_key
			where contact = c.id
		) k
	) as keys`

// Get reads one contact, with the channels that q's actor may see.
func Get(ctx context.Context, q postgres.Queryer, id string) (Contact, error) {
	got, err := postgres.One[Contact](ctx, q, `
		select `+columns+`
		from entry e
		join contact c on c.id = e.id
		where e.id = @id`,
		pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Contact{}, problem.Errorf(problem.NotFound, "there is no such contact")
	}
	if err != nil {
		return Contact{}, fmt.Errorf("get contact: %w", err)
	}
	return got, nil
}

// Those reads contacts by their ids, in no order; what q's actor may not see is
// left out.
func Those(ctx context.Context, q postgres.Queryer, ids []string) ([]Contact, error) {
	return whole(ctx, q, `e.id = any (@ids::uuid[])`, pgx.StrictNamedArgs{"ids": ids})
}

// OfState reads all contacts of a state that q's actor may see, whatever their
// standing.
func OfState(ctx context.Context, q postgres.Queryer, state string) ([]Contact, error) {
	return whole(ctx, q, `e.state = @state`, pgx.StrictNamedArgs{"state": state})
}

func whole(ctx context.Context, q postgres.Queryer, where string, args pgx.StrictNamedArgs) ([]Contact, error) {
	got, err := postgres.All[Contact](ctx, q, `
		select `+columns+`
		from entry e
		join contact c on c.id = e.id
		where `+where, args)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	return got, nil
}

// Filter narrows a list of contacts. A zero field leaves nothing out.
type Filter struct {
	entry.Filter
	Language     string // BCP 47: spoken there
	Capability   string
	Covers       string
	Network      string
	Organisation string
}

// After is a place in a list of contacts: that of the last one seen.
type After struct {
	State string
	Kind  string
	Rank  int
	ID    string
}

// List returns at most limit contacts that follow after, in the order of state,
// kind, rank and id, their keys without the material. A zero after is the start.
func List(ctx context.Context, q postgres.Queryer, f Filter, after After, limit int) ([]Contact, error) {
	where, args := f.Where()
	where, args = entry.And(where, args, `exists (
			select
			from unnest(c.languages) l
			where l = @language or starts_with(l, @language || '-')
		)`, f.Language)
	where, args = entry.And(where, args, `@capability = any (c.capabilities)`, f.Capability)
	where, args = entry.And(where, args, `@covers = any (c.covers)`, f.Covers)
	where, args = entry.And(where, args, `@network = any (c.networks)`, f.Network)
	where, args = entry.And(where, args, `(select o.id from organisation o where o.id = c.organisation) = @organisation::uuid`, f.Organisation)
	if after.ID != "" {
		where += ` and (c.state, c.kind, c.rank, c.id) > (@after_state, @after_kind, @after_rank, @after_id::uuid)`
		args["after_state"], args["after_kind"], args["after_rank"], args["after_id"] = after.State, after.Kind, after.Rank, after.ID
	}
	args["limit"] = limit
	got, err := postgres.All[Contact](ctx, q, `
		select `+listed+`
		from entry e
		join contact c on (c.id, c.state, c.noun, c.kind) = (e.id, e.state, e.noun, e.kind)
		where `+where+`
		order by c.state, c.kind, c.rank, c.id
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return got, nil
}

// Place returns where c stands in a list.
func (c Contact) Place() After {
	return After{State: c.State, Kind: c.Kind, Rank: c.Rank, ID: c.ID}
}

// lastTechnical reports whether e is the last nominated technical contact of
// its state that is in use.
func lastTechnical(ctx context.Context, q postgres.Queryer, e entry.Entry) (bool, error) {
	if e.Kind != Technical || e.Basis != entry.Nominated || e.Standing != entry.Active {
		return false, nil
	}
	others, err := postgres.Scalar[bool](ctx, q, `
		select exists (
			select
			from entry
			where noun = 'contact' and kind = 'technical' and state = @state
			and basis = 'nominated' and standing = 'active' and id <> @id
		)`,
		pgx.StrictNamedArgs{"state": e.State, "id": e.ID})
	if err != nil {
		return false, fmt.Errorf("look for other technical contacts: %w", err)
	}
	return !others, nil
}

// save writes what an author says. A link to what the author may not read is
// another's word: who leaves it out does not undo it.
func (r rules) save(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) error {
	in := d.Input.Details
	args := pgx.StrictNamedArgs{
		"id": d.Entry.ID, "state": d.Entry.State, "kind": d.Entry.Kind, "rank": in.Rank,
		"covers": list(in.Covers), "sectors": list(in.Sectors), "networks": list(in.Networks),
		"office_title": in.OfficeTitle, "office_title_en": in.OfficeTitleEN, "organisation": in.Organisation,
		"person": in.Person, "languages": list(in.Languages), "time_zone": in.TimeZone,
		"availability": in.Availability, "capabilities": list(in.Capabilities), "note": in.Note,
	}
	err := tx.Exec(ctx, `
		insert into contact (id, state, kind, rank, covers, sectors, networks, office_title, office_title_en,
			organisation, person, languages, time_zone, availability, capabilities, note)
		values (@id, @state, @kind, @rank, @covers, @sectors, @networks, @office_title, @office_title_en,
			@organisation, @person, @languages, @time_zone, @availability, @capabilities, @note)
		on conflict (id) do update
		set rank = excluded.rank, covers = excluded.covers, sectors = excluded.sectors, networks = excluded.networks,
			office_title = excluded.office_title, office_title_en = excluded.office_title_en,
			organisation = case
				when excluded.organisation is null and not exists (select from organisation o where o.id = contact.organisation)
				then contact.organisation
				else excluded.organisation end,
			person = excluded.person, languages = excluded.languages,
			time_zone = excluded.time_zone, availability = excluded.availability,
			capabilities = excluded.capabilities, note = excluded.note`, args)
	if err != nil {
		return fmt.Errorf("save contact: %w", err)
	}
	if err := saveChannels(ctx, tx, d); err != nil {
		return err
	}
	return r.saveKeys(ctx, tx, d)
}

func saveChannels(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) error {
	keep, err := channels(ctx, tx, d)
	if err != nil {
		return err
	}
	ids := []string{}
	for i, ch := range keep {
		ids = append(ids, ch.ID)
		err := tx.Exec(ctx, `
			insert into channel (id, contact, state, position, type, usage, protocol, value, note,
				audience, audience_states, audience_written, confirmed_at, changed_at, dead_at)
			values (@id, @contact, @state, @position, @type, nullif(@usage, ''), nullif(@protocol, ''), @value, @note,
				@audience, @audience_states, @audience_written, @confirmed_at, @changed_at, @dead_at)
			on conflict (id) do update
			set position = excluded.position, type = excluded.type, usage = excluded.usage,
				protocol = excluded.protocol, value = excluded.value, note = excluded.note,
				audience = excluded.audience, audience_states = excluded.audience_states,
				audience_written = excluded.audience_written, confirmed_at = excluded.confirmed_at,
				changed_at = excluded.changed_at, dead_at = excluded.dead_at`,
			pgx.StrictNamedArgs{
				"id": ch.ID, "contact": d.Entry.ID, "state": d.Entry.State, "position": i, "type": ch.Type,
				"usage": ch.Usage, "protocol": ch.Protocol, "value": ch.Value, "note": ch.Note,
				"audience": ch.Audience, "audience_states": ch.AudienceStates, "audience_written": ch.AudienceWritten,
				"confirmed_at": ch.ConfirmedAt, "changed_at": ch.ChangedAt, "dead_at": ch.DeadAt,
			})
		if err != nil {
			return fmt.Errorf("save channel: %w", err)
		}
	}
	if d.Before == nil || !slices.ContainsFunc(d.Before.Channels, func(ch Channel) bool { return !slices.Contains(ids, ch.ID) }) {
		return nil
	}
	err = tx.Exec(ctx, `
		update channel
		set value = null, note = '', removed_at = @at
		where contact = @contact and removed_at is null and id <> all (@keep::uuid[])`,
		pgx.StrictNamedArgs{"contact": d.Entry.ID, "at": tx.At, "keep": ids})
	if err != nil {
		return fmt.Errorf("remove channels: %w", err)
	}
	return nil
}

// confirmChannels proves all channels of a confirmed contact alive, but not the
// dead ones: those want to be tried.
func confirmChannels(ctx context.Context, tx *register.Tx, id string) error {
	err := tx.Exec(ctx, `
		update channel
		set confirmed_at = @at
		where contact = @contact and removed_at is null and dead_at is null`,
		pgx.StrictNamedArgs{"contact": id, "at": tx.At})
	if err != nil {
		return fmt.Errorf("confirm channels: %w", err)
	}
	return nil
}

// prove writes what was found when a channel was tried.
func prove(ctx context.Context, tx *register.Tx, ch Channel) error {
	err := tx.ExecOne(ctx, `
		update channel
		set confirmed_at = @confirmed_at, dead_at = @dead_at
		where id = @id and removed_at is null`,
		pgx.StrictNamedArgs{"id": ch.ID, "confirmed_at": ch.ConfirmedAt, "dead_at": ch.DeadAt})
	if err != nil {
		return fmt.Errorf("mark channel: %w", err)
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

// TechnicalWithdrawnOn returns when each of the states withdrew its last nominated
// technical contact, so far as q's actor may see that one. A state that has one
// is left out.
func TechnicalWithdrawnOn(ctx context.Context, q postgres.Queryer, states ...string) (map[string]time.Time, error) {
	type withdrawn struct {
		State string
		On    time.Time
	}
	all, err := postgres.All[withdrawn](ctx, q, `
		select state, max(standing_since) as on
		from entry
		where noun = 'contact' and kind = 'technical' and state = any (@states) and standing = 'withdrawn'
		group by state
		having not state_has_technical_contact(state)`,
		pgx.StrictNamedArgs{"states": list(states)})
	if err != nil {
		return nil, fmt.Errorf("look for withdrawn contacts: %w", err)
	}
	on := make(map[string]time.Time, len(all))
	for _, w := range all {
		on[w.State] = w.On
	}
	return on, nil
}

// ownOrganisation returns an Invalid problem unless the organisation that the
// input names is one of the state's that its author may read: the foreign key
// looks past row-level security, and would tell of others.
func ownOrganisation(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) error {
	named := d.Input.Organisation
	if named == nil || d.Beside[*named] || valid.Form("uuid", *named) != nil {
		return nil // nothing to look for, made by the same act, or a fault that is reported already
	}
	there, err := register.Recall(tx, "organisation "+d.Entry.State+" "+*named, func() (bool, error) {
		return postgres.Scalar[bool](ctx, tx, `
			select exists (select from organisation where id = @id::uuid and state = @state)`,
			pgx.StrictNamedArgs{"id": *named, "state": d.Entry.State})
	})
	if err != nil {
		return fmt.Errorf("look for organisation: %w", err)
	}
	if !there {
		return problem.Faultf("/organisation", "is no organisation of the state: make it first (POST /v1/organisations)")
	}
	return nil
}
