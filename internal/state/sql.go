package state

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

const columns = `s.alpha2, s.alpha3, s.statement_number, s.name_en, s.name_pl, s.region, s.subregion,
	exists (
		select
		from co_chair k
		where k.state = s.alpha2 and k.since <= current_date and (k.until is null or k.until > current_date)
	) as co_chair,
	p.since as participates_since, p.until as participates_until,
	(
		select coalesce(jsonb_agg(jsonb_build_object(
			'framework', m.framework, 'since', coalesce(m.since::text, ''), 'until', coalesce(m.until::text, ''))
			order by m.framework, m.since), '[]')
		from membership m
		where m.state = s.alpha2
	) as memberships,
	coalesce(i.instruments, '[]') as instruments,
	state_is_represented(s.alpha2) as represented,
	greatest(s.version, i.version) as version`

const tables = `state s
	join participation p on p.state = s.alpha2
		and p.since = (select max(q.since) from participation q where q.state = s.alpha2)
	left join state_instruments i on i.state = s.alpha2`

// Get reads one state by its alpha-2 or alpha-3 code, or returns a NotFound
// problem.
func Get(ctx context.Context, q postgres.Queryer, code string) (State, error) {
	got, err := postgres.One[State](ctx, q, `
		select `+columns+`
		from `+tables+`
		where s.alpha2 = upper(@code) or s.alpha3 = upper(@code)`,
		pgx.StrictNamedArgs{"code": code})
	if errors.Is(err, pgx.ErrNoRows) {
		return State{}, problem.Errorf(problem.NotFound, "there is no such participating state: see /v1/states for the codes")
	}
	if err != nil {
		return State{}, fmt.Errorf("get state: %w", err)
	}
	return got, nil
}

// List returns the states in the order of the statement; of one framework, if
// it is given.
func List(ctx context.Context, q postgres.Queryer, framework string) ([]State, error) {
	got, err := postgres.All[State](ctx, q, `
		select `+columns+`
		from `+tables+`
		where @framework = '' or exists (
			select
			from membership m
			where m.state = s.alpha2 and m.framework = @framework
			and (m.since is null or m.since <= current_date) and (m.until is null or m.until > current_date)
		)
		order by s.statement_number`,
		pgx.StrictNamedArgs{"framework": framework})
	if err != nil {
		return nil, fmt.Errorf("list states: %w", err)
	}
	return got, nil
}

func loaded(ctx context.Context, q postgres.Queryer) (bool, error) {
	there, err := postgres.Scalar[bool](ctx, q, `select exists (select from state)`, pgx.StrictNamedArgs{})
	if err != nil {
		return false, fmt.Errorf("look for states: %w", err)
	}
	return there, nil
}

func insert(ctx context.Context, tx *register.Tx, s reference.State, memberships []Membership) error {
	err := tx.Exec(ctx, `
		insert into state (alpha2, alpha3, statement_number, name_en, name_pl, region, subregion, version)
		values (@alpha2, @alpha3, @number, @name_en, @name_pl, @region, @subregion, @version)`,
		pgx.StrictNamedArgs{
			"alpha2": s.Alpha2, "alpha3": s.Alpha3, "number": s.StatementNumber, "name_en": s.NameEN,
			"name_pl": s.NamePL, "region": s.Region, "subregion": s.Subregion, "version": tx.Version,
		})
	if err != nil {
		return fmt.Errorf("insert state %s: %w", s.Alpha2, err)
	}
	dated := []string{`insert into participation (state, since) values (@state, @since)`}
	if s.CoChair {
		dated = append(dated, `insert into co_chair (state, since) values (@state, @since)`)
	}
	for _, sql := range dated {
		if err := tx.Exec(ctx, sql, pgx.StrictNamedArgs{"state": s.Alpha2, "since": Seoul}); err != nil {
			return fmt.Errorf("date state %s: %w", s.Alpha2, err)
		}
	}
	for _, m := range memberships {
		err := tx.Exec(ctx, `insert into membership (framework, state) values (@framework, @state)`,
			pgx.StrictNamedArgs{"framework": m.Framework, "state": s.Alpha2})
		if err != nil {
			return fmt.Errorf("insert membership of %s: %w", s.Alpha2, err)
		}
	}
	return nil
}

func setInstruments(ctx context.Context, tx *register.Tx, state string, said []Instrument) error {
	if said == nil {
		said = []Instrument{}
	}
	err := tx.Exec(ctx, `
		insert into state_instruments (state, instruments, version)
		values (@state, @instruments, @version)
		on conflict (state) do update
		set instruments = excluded.instruments, version = excluded.version`,
		pgx.StrictNamedArgs{"state": state, "instruments": said, "version": tx.Version})
	if err != nil {
		return fmt.Errorf("set instruments of %s: %w", state, err)
	}
	return nil
}
