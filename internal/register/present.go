package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
)

// Holds returns an error unless parts, what a thing says now, are what the trail
// last recorded of it: the tables say nothing that was not said through the door.
// What was erased since cannot be compared.
func Holds(ctx context.Context, q postgres.Queryer, noun, key string, parts []Part) error {
	recorded, err := postgres.All[struct {
		Name    string
		Content []byte // nil if it was erased
	}](ctx, q, `
		select p.name, t.content
		from trail_part p
		left join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
		where (p.version, p.ordinal) = (
			select c.version, c.ordinal
			from trail_change c
			where c.noun = @noun and c.key = @key
			order by c.version desc
			limit 1
		)
		and p.name <> 'metadata'
		order by p.part`,
		pgx.StrictNamedArgs{"noun": noun, "key": key})
	if err != nil {
		return fmt.Errorf("read what the trail says of %s %s: %w", noun, key, err)
	}
	if len(recorded) != len(parts) {
		return fmt.Errorf("%s %s has %d parts, and the trail recorded %d", noun, key, len(parts), len(recorded))
	}
	for i, p := range parts {
		content, err := canonical(p.Content)
		if err != nil {
			return err
		}
		if p.Name != recorded[i].Name || recorded[i].Content != nil && !bytes.Equal(content, recorded[i].Content) {
			return fmt.Errorf("%s %s: %s is not what the trail recorded", noun, key, p.Name)
		}
	}
	return nil
}

// HoldsPart is Holds for a thing whose parts are told one by one: it compares a
// part with what was last recorded under its name.
func HoldsPart(ctx context.Context, q postgres.Queryer, noun, key string, part Part) error {
	recorded, err := postgres.Scalar[[]byte](ctx, q, `
		select t.content
		from trail_change c
		join trail_part p on p.version = c.version and p.ordinal = c.ordinal
		left join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
		where c.noun = @noun and c.key = @key and p.name = @name
		order by c.version desc
		limit 1`,
		pgx.StrictNamedArgs{"noun": noun, "key": key, "name": part.Name})
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s %s: the trail recorded no %s", noun, key, part.Name)
	}
	if err != nil {
		return fmt.Errorf("read what the trail says of %s %s: %w", noun, key, err)
	}
	content, err := canonical(part.Content)
	if err != nil {
		return err
	}
	if recorded != nil && !bytes.Equal(content, recorded) {
		return fmt.Errorf("%s %s: %s is not what the trail recorded", noun, key, part.Name)
	}
	return nil
}
