package organisation

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
	o.name, o.name_language, o.name_latin, o.name_en, o.website, o.rfc2350_url, o.security_txt_url, o.address, o.note`

// Get reads one organisation.
func Get(ctx context.Context, q postgres.Queryer, id string) (Organisation, error) {
	got, err := postgres.One[Organisation](ctx, q, `
		select `+columns+`
		from entry e
		join organisation o on o.id = e.id
		where e.id = @id`,
		pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Organisation{}, problem.Errorf(problem.NotFound, "there is no such organisation")
	}
	if err != nil {
		return Organisation{}, fmt.Errorf("get organisation: %w", err)
	}
	return got, nil
}

// Those reads organisations by their ids, in no order; what q's actor may not see is
// left out.
func Those(ctx context.Context, q postgres.Queryer, ids []string) ([]Organisation, error) {
	got, err := postgres.All[Organisation](ctx, q, `
		select `+columns+`
		from entry e
		join organisation o on o.id = e.id
		where e.id = any (@ids::uuid[])`, pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read organisations: %w", err)
	}
	return got, nil
}

// Filter narrows a list of organisations. A zero field leaves nothing out.
type Filter struct {
	entry.Filter
}

// After is a place in a list of organisations: that of the last one seen.
type After struct {
	State string
	Kind  string
	ID    string
}

// List returns at most limit organisations that follow after, in the order of
// state, kind and id. A zero after is the start.
func List(ctx context.Context, q postgres.Queryer, f Filter, after After, limit int) ([]Organisation, error) {
	where, args := f.Where()
	if after.ID != "" {
		where += ` and (o.state, o.kind, o.id) > (@after_state, @after_kind, @after_id::uuid)`
		args["after_state"], args["after_kind"], args["after_id"] = after.State, after.Kind, after.ID
	}
	args["limit"] = limit
	got, err := postgres.All[Organisation](ctx, q, `
		select `+columns+`
		from entry e
		join organisation o on (o.id, o.state, o.noun, o.kind) = (e.id, e.state, e.noun, e.kind)
		where `+where+`
		order by o.state, o.kind, o.id
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	return got, nil
}

// Name is what an organisation is called: in its own script, and in English or at
// least in Latin letters if that is recorded.
type Name struct {
	ID    string
	Own   string
	Latin string
}

// Names returns what the organisations with the ids are called, by id. One that
// q's actor does not see is left out.
func Names(ctx context.Context, q postgres.Queryer, ids []string) (map[string]Name, error) {
	all, err := postgres.All[Name](ctx, q, `
		select id, name as own, coalesce(nullif(name_en, ''), name_latin) as latin
		from organisation
		where id = any (@ids::uuid[])`, pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("name organisations: %w", err)
	}
	names := make(map[string]Name, len(all))
	for _, n := range all {
		names[n.ID] = n
	}
	return names, nil
}

// Place returns where o stands in a list.
func (o Organisation) Place() After {
	return After{State: o.State, Kind: o.Kind, ID: o.ID}
}

func save(ctx context.Context, tx *register.Tx, d *entry.Draft[Organisation, Input]) error {
	in := d.Input.Details
	err := tx.Exec(ctx, `
		insert into organisation (id, state, kind, name, name_language, name_latin, name_en,
			website, rfc2350_url, security_txt_url, address, note)
		values (@id, @state, @kind, @name, @name_language, @name_latin, @name_en,
			@website, @rfc2350_url, @security_txt_url, @address, @note)
		on conflict (id) do update
		set name = excluded.name, name_language = excluded.name_language, name_latin = excluded.name_latin,
			name_en = excluded.name_en, website = excluded.website, rfc2350_url = excluded.rfc2350_url,
			security_txt_url = excluded.security_txt_url, address = excluded.address, note = excluded.note`,
		pgx.StrictNamedArgs{
			"id": d.Entry.ID, "state": d.Entry.State, "kind": d.Entry.Kind,
			"name": in.Name, "name_language": in.NameLanguage, "name_latin": in.NameLatin, "name_en": in.NameEN,
			"website": in.Website, "rfc2350_url": in.RFC2350URL, "security_txt_url": in.SecurityTXTURL,
			"address": in.Address, "note": in.Note,
		})
	if err != nil {
		return fmt.Errorf("save organisation: %w", err)
	}
	return nil
}
