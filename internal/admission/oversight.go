package admission

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
)

// Overseen is something that the secretariat did with its own powers, as the trail has
// it and as all participants may know it.
type Overseen struct {
	Version       int64 // of the register, which the act was
	Ordinal       int32
	At            time.Time
	Act           string // "suspended", "contested", "granted", …
	Noun          string // "suspension", "freeze", "delegation", "role" or "invitation"
	About         *string
	EntryNoun     *string // of a suspension's entry
	State         *string
	Role          *access.Role // that was given or taken
	Name          *string      // of who belongs to no state
	Reason        *string
	Until         *time.Time
	FirstName     *string // who did it, or asked for it
	FirstCoChair  *string
	SecondName    *string // who agreed
	SecondCoChair *string
}

// By returns who did it.
func (o Overseen) By() []account.Overseer {
	return account.Overseers([]*string{o.FirstName, o.FirstCoChair}, []*string{o.SecondName, o.SecondCoChair})
}

// OverseenAfter is a place in a list of acts: that of the last one seen.
type OverseenAfter struct {
	Version int64
	Ordinal int32
}

// ListOverseen returns at most limit of the secretariat's acts that follow after, the
// latest first: all, or those about a state.
func ListOverseen(ctx context.Context, q postgres.Queryer, state string, after OverseenAfter, limit int) ([]Overseen, error) {
	got, err := postgres.All[Overseen](ctx, q, `
		select version, ordinal, at, act, noun, about, entry_noun, state, role, name, reason, until,
			first_name, first_co_chair, second_name, second_co_chair
		from oversight_list()
		where (@state = '' or state = @state)
		and (@version = 0 or (version, ordinal) < (@version, @ordinal))
		order by version desc, ordinal desc
		limit @limit`,
		pgx.StrictNamedArgs{"state": state, "version": after.Version, "ordinal": after.Ordinal, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list what the secretariat did: %w", err)
	}
	return got, nil
}
