package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

// Verified is what Verify found in order.
type Verified struct {
	Version  int64 // the newest version, which all were checked up to
	Changes  int64
	Contents int64 // parts whose content opens their commitment
	Erased   int64 // parts whose content is gone, with its salt; the commitment stands
}

// verifyBatch is how many versions are held in memory at once.
const verifyBatch = 1000

// Verify checks the whole trail: that versions run from 1 to the newest without
// a gap, that every version's leaf follows from its commitments, that every
// content opens the commitment made to it, and that the rows say of who did what
// when what was committed to. Its error says where that is not so.
func (r *Register) Verify(ctx context.Context) (Verified, error) {
	var out Verified
	err := r.Read(ctx, access.Registry(), func(snap *Snapshot) error {
		out.Version = snap.Version
		for from := int64(0); from < snap.Version; from += verifyBatch {
			if err := verify(ctx, snap, from, min(from+verifyBatch, snap.Version), &out); err != nil {
				return err
			}
		}
		return verifyTotals(ctx, snap, out)
	})
	return out, err
}

// verifyTotals makes sure that the trail holds nothing but what was checked.
func verifyTotals(ctx context.Context, snap *Snapshot, out Verified) error {
	got, err := postgres.One[struct{ Newest, Changes, Parts, Contents, Leaves int64 }](ctx, snap, `
		select
			greatest(
				(select coalesce(max(version), 0) from trail_change),
				(select coalesce(max(version), 0) from trail_leaf)) as newest,
			(select count(*) from trail_change) as changes,
			(select count(*) from trail_part) as parts,
			(select count(*) from trail_content) as contents,
			(select count(*) from trail_leaf) as leaves`, nil)
	switch {
	case err != nil:
		return fmt.Errorf("count the trail: %w", err)
	case got.Newest > snap.Version:
		return fmt.Errorf("the trail goes on to version %d, past the register's %d", got.Newest, snap.Version)
	case got.Changes != out.Changes || got.Parts != out.Contents+out.Erased || got.Contents != out.Contents || got.Leaves != out.Version:
		return fmt.Errorf("the trail holds %d changes, %d parts, %d contents and %d leaves, and only %d, %d, %d and %d of them belong to a version",
			got.Changes, got.Parts, got.Contents, got.Leaves, out.Changes, out.Contents+out.Erased, out.Contents, out.Version)
	default:
		return nil
	}
}

// trailPart is a part as it is kept, with the row of the change that it is of.
type trailPart struct {
	metadata
	Part       int // -1 for a change without parts
	Name       string
	Commitment []byte
	Salt       []byte
	Content    []byte // nil if it was erased
}

func verify(ctx context.Context, q postgres.Queryer, from, to int64, out *Verified) error {
	parts, err := postgres.All[trailPart](ctx, q, `
		select c.version, '' as epoch, c.ordinal, c.at, coalesce(c.actor::text, '') as actor,
			coalesce(c.second_actor::text, '') as second_actor, coalesce(c.credential::text, '') as credential,
			c.role, coalesce(c.actor_state, '') as actor_state, c.act, c.noun, c.key, coalesce(c.state, '') as state,
			coalesce(p.part, -1) as part, coalesce(p.name, '') as name, p.commitment, t.salt, t.content
		from trail_change c
		left join trail_part p on p.version = c.version and p.ordinal = c.ordinal
		left join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
		where c.version > @from and c.version <= @to
		order by c.version, c.ordinal, p.part`,
		pgx.StrictNamedArgs{"from": from, "to": to})
	if err != nil {
		return fmt.Errorf("read the trail: %w", err)
	}
	leaves, err := postgres.All[struct {
		Version int64
		Hash    []byte
	}](ctx, q, `
		select version, hash from trail_leaf where version > @from and version <= @to order by version`,
		pgx.StrictNamedArgs{"from": from, "to": to})
	if err != nil {
		return fmt.Errorf("read the leaves: %w", err)
	}
	i := 0
	for version := from + 1; version <= to; version++ {
		at := int(version - from - 1)
		if at >= len(leaves) || leaves[at].Version != version {
			return fmt.Errorf("version %d has no leaf", version)
		}
		var commitments [][]byte
		for ordinal, part := -1, 0; i < len(parts) && parts[i].Version == version; i++ {
			p := parts[i]
			if p.Ordinal != ordinal { // the change's first part
				ordinal, part = ordinal+1, 0
				out.Changes++
			}
			if p.Ordinal != ordinal || p.Part != part {
				return fmt.Errorf("version %d lacks a change or a part before change %d, part %d", version, p.Ordinal, p.Part)
			}
			part++
			if err := p.verify(out); err != nil {
				return fmt.Errorf("version %d, change %d: %w", version, p.Ordinal, err)
			}
			commitments = append(commitments, p.Commitment)
		}
		if len(commitments) == 0 {
			return fmt.Errorf("version %d has no change", version)
		}
		if !bytes.Equal(leaf(commitments), leaves[at].Hash) {
			return fmt.Errorf("version %d: the leaf does not follow from its commitments", version)
		}
	}
	return nil
}

func (p trailPart) verify(out *Verified) error {
	first := p.Part == 0
	switch {
	case first && (p.Name != "metadata" || p.Content == nil):
		return errors.New("the metadata are gone")
	case p.Content == nil:
		out.Erased++
		return nil
	case !bytes.Equal(commit(p.Salt, p.Name, p.Content), p.Commitment):
		return fmt.Errorf("%s does not open its commitment", p.Name)
	}
	out.Contents++
	if !first {
		return nil
	}
	var said metadata
	if err := json.Unmarshal(p.Content, &said); err != nil {
		return fmt.Errorf("read the metadata: %w", err)
	}
	same := said.At.Equal(p.At)
	said.At, said.Epoch = p.At, p.Epoch // the row has no epoch
	if !same || said != p.metadata {
		return errors.New("the row of who did what, when, is not as it was committed to")
	}
	return nil
}
