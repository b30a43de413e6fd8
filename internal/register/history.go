package register

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

// Row is one line of the trail: that something changed, in whose name.
type Row struct {
	Version     int64
	Ordinal     int
	At          time.Time
	Actor       *string // account
	ActorName   *string // nil for who may not see the account
	SecondActor *string
	SecondName  *string
	Credential  *string
	Role        access.Role
	ActorState  *string
	Act         string
	Noun        string
	Key         string
	State       *string
	Commitments [][]byte // of the change's parts, in order
}

const rowColumns = `c.version, c.ordinal, c.at, c.actor, c.second_actor, c.credential, c.role, c.actor_state,
	c.act, c.noun, c.key, c.state,
	(select a.name from account a where a.id = c.actor) as actor_name,
	(select a.name from account a where a.id = c.second_actor) as second_name,
	array(
		select p.commitment
		from trail_part p
		where p.version = c.version and p.ordinal = c.ordinal
		order by p.part
	) as commitments`

// Rows returns the trail after a place in it, oldest first, at most limit rows.
// It never parts what one version changed: it may return more than limit, and
// the last row's version is where to go on from. A state, alpha-2, leaves out
// what is not that state's, and was not told to it; "" leaves out nothing.
func Rows(ctx context.Context, snap *Snapshot, after int64, state string, limit int) ([]Row, error) {
	if err := snap.planOnce(ctx); err != nil {
		return nil, err
	}
	args := pgx.StrictNamedArgs{"after": after, "limit": limit}
	places := `trail_change`
	if state != "" {
		places, args["state"] = ofState, state
	}
	rows, err := postgres.All[Row](ctx, snap, `
		select `+rowColumns+`
		from `+places+` place
		join trail_change c on c.version = place.version and c.ordinal = place.ordinal
		where place.version > @after
		order by c.version
		fetch first (@limit) rows with ties`, args)
	if err != nil {
		return nil, fmt.Errorf("read the trail: %w", err)
	}
	// "With ties" goes by the version alone.
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return rows, nil
}

// ofState are the first places in the trail, after one, of what is a state's or was
// told to it. Each half has its own index.
const ofState = `(
	(
		select version, ordinal
		from trail_change
		where version > @after and state = @state
		order by version
		fetch first (@limit) rows with ties
	)
	union
	(
		select version, ordinal
		from trail_change
		where version > @after and entry is null and audience_states <> '{}' and @state = any (audience_states)
		order by version
		fetch first (@limit) rows with ties
	)
)`

// Newest returns the trail before a place in it, newest first, at most limit rows;
// before 0 is its end. As Rows does, it never parts what one version changed, and
// leaves out what is not a state's if one is given.
func Newest(ctx context.Context, snap *Snapshot, before int64, state string, limit int) ([]Row, error) {
	rows, err := postgres.All[Row](ctx, snap, `
		select `+rowColumns+`
		from trail_change c
		where (@before = 0 or c.version < @before)
		and (@state = '' or c.state = @state or c.entry is null and @state = any (c.audience_states))
		order by c.version desc
		fetch first (@limit) rows with ties`,
		pgx.StrictNamedArgs{"before": before, "state": state, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read the trail from its end: %w", err)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Version, a.Version), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return rows, nil
}

// Revision is one version of an entry that the reader may see, and how it
// differs from the one before that the reader may see.
type Revision struct {
	Row
	Diff   []Difference
	ForAll bool // whether all that it shows was for everybody to read
}

// History returns at most limit versions of an entry, newest first, of those
// that the reader may read, in what they may read now. It goes on from before a
// version; 0 is the newest. more says whether there are older ones.
func History(ctx context.Context, snap *Snapshot, noun, key string, before int64, limit int) (revisions []Revision, more bool, err error) {
	rows, err := postgres.All[Row](ctx, snap, `
		select `+rowColumns+`
		from trail_change c
		where c.noun = @noun and c.key = @key
		and (@before = 0 or c.version < @before)
		and exists (
			select
			from trail_part p
			join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
			where p.version = c.version and p.ordinal = c.ordinal and p.name = 'entry'
		)
		order by c.version desc
		limit @limit`,
		pgx.StrictNamedArgs{"noun": noun, "key": key, "before": before, "limit": limit + 1})
	if err != nil {
		return nil, false, fmt.Errorf("read history of %s %s: %w", noun, key, err)
	}
	documents, narrow, err := documents(ctx, snap, rows)
	if err != nil {
		return nil, false, fmt.Errorf("read contents of %s %s: %w", noun, key, err)
	}
	more = len(rows) > limit
	for i, row := range rows[:min(limit, len(rows))] {
		older, forAll := map[string]any{}, !narrow[row.Version]
		if i+1 < len(rows) {
			before := rows[i+1].Version
			older, forAll = documents[before], forAll && !narrow[before]
		}
		revisions = append(revisions, Revision{Row: row, Diff: diff(older, documents[row.Version], ""), ForAll: forAll})
	}
	return revisions, more, nil
}

// documents puts together what the reader may read of each row's content, by
// version: an entry changes once in a version; and says of which versions a part was
// not for everybody. A key's material is left out: it is long, and its fingerprint
// says whether it changed.
func documents(ctx context.Context, snap *Snapshot, rows []Row) (out map[int64]map[string]any, narrow map[int64]bool, err error) {
	versions, ordinals := []int64{}, []int{}
	for _, row := range rows {
		versions, ordinals = append(versions, row.Version), append(ordinals, row.Ordinal)
	}
	contents, err := postgres.All[struct {
		Version  int64
		Name     string
		Audience access.Audience
		Content  []byte
	}](ctx, snap, `
		select p.version, p.name, t.audience,
			case when starts_with(p.name, 'key:')
				then convert_to((convert_from(t.content, 'UTF8')::jsonb - 'material')::text, 'UTF8')
				else t.content end as content
		from unnest(@versions::bigint[], @ordinals::int[]) as r (version, ordinal)
		join trail_part p on p.version = r.version and p.ordinal = r.ordinal
		join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part`,
		pgx.StrictNamedArgs{"versions": versions, "ordinals": ordinals})
	if err != nil {
		return nil, nil, err
	}
	narrow = map[int64]bool{}
	parts := map[int64]map[string]any{}
	for _, c := range contents {
		var content any
		if err := json.Unmarshal(c.Content, &content); err != nil {
			return nil, nil, fmt.Errorf("%s of version %d: %w", c.Name, c.Version, err)
		}
		if parts[c.Version] == nil {
			parts[c.Version] = map[string]any{}
		}
		parts[c.Version][c.Name] = content
		narrow[c.Version] = narrow[c.Version] || c.Audience != access.ForPublic
	}
	out = map[int64]map[string]any{}
	for version, contents := range parts {
		out[version] = document(contents)
	}
	return out, narrow, nil
}
