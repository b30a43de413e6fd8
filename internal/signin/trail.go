package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// invitationChange tells the trail of an invitation. No secret of it is there.
func invitationChange(act string, before *Invitation, after Invitation) register.Change {
	c := register.Change{
		Act: act, Noun: "invitation", Key: after.ID, State: text(after.State), For: access.ForSelected, AtOnce: true, After: after.parts(),
	}
	if before != nil {
		c.Before = before.parts()
	}
	return c
}

func (i Invitation) parts() []register.Part {
	entry := register.Part{Name: "entry", For: access.ForSelected, Content: struct {
		ID          string       `json:"id"`
		Account     string       `json:"account"`
		State       *string      `json:"state"`
		Purpose     Purpose      `json:"purpose"`
		Role        *access.Role `json:"role"`
		CoChair     *string      `json:"co_chair"`
		Delegation  *string      `json:"delegation"`
		InvitedBy   *string      `json:"invited_by"`
		ConfirmedBy *string      `json:"confirmed_by"`
		ExpiresAt   time.Time    `json:"expires_at"`
		ConfirmedAt *time.Time   `json:"confirmed_at"`
		WithdrawnAt *time.Time   `json:"withdrawn_at"`
		AcceptedAt  *time.Time   `json:"accepted_at"`
	}{
		i.ID, i.Account, i.State, i.Purpose, i.Role, i.CoChair, i.Delegation, i.InvitedBy, i.ConfirmedBy,
		i.ExpiresAt.UTC(), utc(i.ConfirmedAt), utc(i.WithdrawnAt), utc(i.AcceptedAt),
	}}
	// Who it is stands in a part of its own, which can be erased.
	person := register.Part{Name: "person", For: access.ForSelected, Content: struct {
		Name     string  `json:"name"`
		Email    *string `json:"email"`
		Language string  `json:"language"`
	}{i.Name, i.Email, i.Language}}
	parts := []register.Part{entry, person}
	if i.Kinds != nil {
		parts = append(parts, register.Part{Name: "kinds", For: access.ForSelected, Content: i.Kinds})
	}
	if i.Purpose == ToToken {
		parts = append(parts, register.Part{Name: "scope", For: access.ForSelected, Content: i.Audiences})
	}
	return parts
}

// personChange tells the trail of a person.
func personChange(act string, before *Person, after Person) register.Change {
	c := register.Change{
		Act: act, Noun: "person", Key: after.Account, State: text(after.State), For: access.ForSelected, AtOnce: true, After: after.parts(),
	}
	if before != nil {
		c.Before = before.parts()
	}
	return c
}

func (p Person) parts() []register.Part {
	entry := register.Part{Name: "entry", For: access.ForSelected, Content: struct {
		Account    string     `json:"account"`
		State      *string    `json:"state"`
		DisabledAt *time.Time `json:"disabled_at"`
	}{p.Account, p.State, utc(p.DisabledAt)}}
	person := register.Part{Name: "person", For: access.ForSelected, Content: struct {
		Name     string `json:"name"`
		Email    string `json:"email"`
		Language string `json:"language"`
	}{p.Name, p.Email, p.Language}}
	return []register.Part{entry, person}
}

// Verify checks that every person and every invitation is what the trail last
// recorded of it, and returns how many there are. The snapshot must be one that sees
// all.
func Verify(ctx context.Context, snap *register.Snapshot) (int, error) {
	people, err := postgres.All[Person](ctx, snap, `
		select `+personColumns+`
		from person p
		join account a on a.id = p.account
		order by p.account`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list people: %w", err)
	}
	for _, p := range people {
		if err := register.Holds(ctx, snap, "person", p.Account, p.parts()); err != nil {
			return 0, err
		}
	}
	invitations, err := postgres.All[Invitation](ctx, snap, `
		select `+invitationColumns+`
		from invitation i
		join account a on a.id = i.account
		order by i.id`, pgx.StrictNamedArgs{})
	if err != nil {
		return 0, fmt.Errorf("list invitations: %w", err)
	}
	for _, i := range invitations {
		if err := register.Holds(ctx, snap, "invitation", i.ID, i.parts()); err != nil {
			return 0, err
		}
	}
	return len(people) + len(invitations), nil
}
