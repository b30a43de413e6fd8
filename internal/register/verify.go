package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
)

// Verified is what Verify found in order.
type Verified struct {
	Version  int64 // the newest version, which all were checked up to
	Changes  int64
	Contents int64 // parts whose content opens their commitment
}

// verifyBatch is how many versions are held in memory at once.
const verifyBatch = 1000

// Verify checks the whole trail: that versions run from 1 to the newest without
// a gap, that every version's leaf follows from its commitments, and that every
// content opens the commitment made to it. Its error says where it does not.
func (r *Register) Verify(ctx context.Context) (Verified, error) {
	var out Verified
	err := r.Read(ctx, access.Registry(), func(snap *Snapshot) error {
		out.Version = snap.Version
		for from := int64(0); from < snap.Version; from += verifyBatch {
			if err := verify(ctx, snap, from, min(from+verifyBatch, snap.Version), &out); err != nil {
				return err
			}
		}
		beyond, err := postgres.Scalar[int64](ctx, snap, `
			select greatest(
				(select coalesce(max(version), 0) from trail_change),
				(select coalesce(max(version), 0) from trail_leaf))`, nil)
		if err != nil {
			return fmt.Errorf("read the trail's end: %w", err)
		}
		if beyond > snap.Version {
			return fmt.Errorf("the trail goes on to version %d, past the register's %d", beyond, snap.Version)
		}
		return nil
	})
	return out, err
}

func verify(ctx context.Context, q postgres.Queryer, from, to int64, out *Verified) error {
	parts, err := postgres.All[struct {
		Version    int64
		Ordinal    int
		Part       int
		Name       string
		Commitment []byte
		Salt       []byte
		Content    []byte
	}](ctx, q, `
		select c.version, c.ordinal, coalesce(p.part, -1) as part, coalesce(p.name, '') as name, p.commitment, t.salt, t.content
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
			if p.Content != nil {
				if !bytes.Equal(commit(p.Salt, p.Name, p.Content), p.Commitment) {
					return fmt.Errorf("version %d, change %d: %s does not open its commitment", version, p.Ordinal, p.Name)
				}
				out.Contents++
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
	if i != len(parts) {
		return errors.New("the trail holds changes that belong to no version")
	}
	return nil
}
