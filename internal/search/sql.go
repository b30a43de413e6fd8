package search

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

func allStates(ctx context.Context, q postgres.Queryer) ([]participant, error) {
	got, err := postgres.All[participant](ctx, q, `
		select alpha2, alpha3, name_en, name_pl
		from state
		order by alpha2`, pgx.StrictNamedArgs{})
	if err != nil {
		return nil, fmt.Errorf("list states' names: %w", err)
	}
	return got, nil
}

// spelling returns the words of a text with what each was taken for. The last
// one may be unfinished.
func spelling(ctx context.Context, snap *register.Snapshot, text string, respelt bool) ([]term, error) {
	rows, err := postgres.All[struct {
		Typed      string
		Unfinished bool
		Word       *string
		Uses       *int64
		Sort       *string
	}](ctx, snap, `
		with typed as materialized (
			select left(t.word, @length) as word, max(t.place) as place, max(t.place) = max(max(t.place)) over () as unfinished
			from unnest(search_words(@text)) with ordinality t (word, place)
			group by left(t.word, @length)
		)
		select t.word as typed, t.unfinished, s.word, s.uses, s.sort
		from typed t
		left join lateral search_spelling(t.word, t.unfinished, @respelt) with ordinality s (word, uses, sort, place) on true
		order by t.place, s.place`,
		pgx.StrictNamedArgs{"text": text, "respelt": respelt, "length": wordLength})
	if err != nil {
		return nil, fmt.Errorf("look up words: %w", err)
	}
	var terms []term
	for _, row := range rows {
		if len(terms) == 0 || terms[len(terms)-1].typed != row.Typed {
			terms = append(terms, term{typed: row.Typed, unfinished: row.Unfinished})
		}
		t := &terms[len(terms)-1]
		if row.Word == nil {
			continue
		}
		switch *row.Sort {
		case "exact":
			t.exact = true
			t.uses[0] += *row.Uses
		case "begun":
			t.begun = append(t.begun, *row.Word)
			t.uses[1] += *row.Uses
		default:
			t.respelt = append(t.respelt, *row.Word)
			t.uses[2] += *row.Uses
		}
	}
	return terms, nil
}

func entries(ctx context.Context, snap *register.Snapshot, query string, most int) ([]match, error) {
	return ranked(ctx, snap, "search_entries", query, most)
}

// entriesAmongFirst finds what matches among the first few thousand entries.
func entriesAmongFirst(ctx context.Context, snap *register.Snapshot, query string, most int) ([]match, error) {
	return ranked(ctx, snap, "search_frequent", query, most)
}

func ranked(ctx context.Context, snap *register.Snapshot, function, query string, most int) ([]match, error) {
	rows, err := postgres.All[row](ctx, snap, `
		select e.id, e.noun
		from `+function+`(@query::text::tsquery, @most) with ordinality f (entry, rank, place)
		join entry e on e.id = f.entry
		order by f.place`,
		pgx.StrictNamedArgs{"query": query, "most": most})
	if err != nil {
		return nil, fmt.Errorf("find entries by words: %w", err)
	}
	return matches(rows, AsWords), nil
}

type row struct{ ID, Noun string }

func matches(rows []row, by Form) []match {
	var out []match
	for _, r := range rows {
		out = append(out, match{id: r.ID, noun: r.Noun, by: by})
	}
	return out
}

// lookUp finds the entries that have a value, what a state nominated first. Of a
// host that thousands of mailboxes are at, it finds some.
func lookUp(ctx context.Context, snap *register.Snapshot, q Question, asked reading) ([]match, error) {
	if len(asked.values) == 0 {
		return nil, nil
	}
	args := pgx.StrictNamedArgs{"values": asked.values, "sort": asked.as, "most": q.Limit + 1}
	of, args := entry.And(``, args, `v.state = @state`, q.State)
	where, args := entry.And(``, args, `e.noun = @noun`, q.Noun)
	where, args = entry.And(where, args, `e.kind = @kind`, q.Kind)
	where, args = entry.And(where, args, `e.basis = @basis`, q.Basis)
	rows, err := postgres.All[row](ctx, snap, `
		with found as materialized (
			select v.entry
			from search_value v
			where v.value = any (@values) and v.sort = @sort`+of+`
			limit 2000
		)
		select e.id, e.noun
		from entry e
		where e.id in (select f.entry from found f)`+where+`
		order by e.basis, e.id
		limit @most`, args)
	if err != nil {
		return nil, fmt.Errorf("find entries by a value: %w", err)
	}
	return matches(rows, asked.as), nil
}
