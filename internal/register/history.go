package register

import (
	"context"
	"encoding/json"
	"fmt"
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
// what is not that state's; "" leaves out nothing.
func Rows(ctx context.Context, snap *Snapshot, after int64, state string, limit int) ([]Row, error) {
	rows, err := postgres.All[Row](ctx, snap, `
		select `+rowColumns+`
		from trail_change c
		where c.version > @after
		and (@state = '' or c.state = @state)
		order by c.version
		fetch first (@limit) rows with ties`,
		pgx.StrictNamedArgs{"after": after, "state": state, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read the trail: %w", err)
	}
	return rows, nil
}

// Revision is one version of an entry that the reader may see, and how it
// differs from the one before that the reader may see.
type Revision struct {
	Row
	Diff []Difference
}

// History returns the versions of an entry, newest first: those that the reader
// may read, of what they may read now.
func History(ctx context.Context, snap *Snapshot, noun, key string) ([]Revision, error) {
	rows, err := postgres.All[Row](ctx, snap, `
		select `+rowColumns+`
		from trail_change c
		where c.noun = @noun and c.key = @key
		order by c.version, c.ordinal`,
		pgx.StrictNamedArgs{"noun": noun, "key": key})
	if err != nil {
		return nil, fmt.Errorf("read history of %s %s: %w", noun, key, err)
	}
	contents, err := postgres.All[struct {
		Version int64
		Ordinal int
		Name    string
		Content []byte
	}](ctx, snap, `
		select p.version, p.ordinal, p.name, t.content
		from trail_change c
		join trail_part p on p.version = c.version and p.ordinal = c.ordinal
		join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
		where c.noun = @noun and c.key = @key
		order by p.version, p.ordinal, p.part`,
		pgx.StrictNamedArgs{"noun": noun, "key": key})
	if err != nil {
		return nil, fmt.Errorf("read contents of %s %s: %w", noun, key, err)
	}
	type place struct {
		version int64
		ordinal int
	}
	parts := map[place]map[string]any{}
	for _, c := range contents {
		at := place{c.Version, c.Ordinal}
		if parts[at] == nil {
			parts[at] = map[string]any{}
		}
		var content any
		if err := json.Unmarshal(c.Content, &content); err != nil {
			return nil, fmt.Errorf("read %s of version %d: %w", c.Name, c.Version, err)
		}
		parts[at][c.Name] = content
	}
	var revisions []Revision
	before := map[string]any{}
	for _, row := range rows {
		content, readable := parts[place{row.Version, row.Ordinal}]
		if _, whole := content["entry"]; !readable || !whole {
			continue // the row may be the reader's to see, what it said is not
		}
		after := document(content)
		revisions = append([]Revision{{Row: row, Diff: diff(before, after, "")}}, revisions...)
		before = after
	}
	return revisions, nil
}
