package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// How long an invitation stands, and how often its code may be wrong.
const (
	InvitationLasts     = 72 * time.Hour
	HeadInvitationLasts = 30 * 24 * time.Hour // its letter goes by way of a mission
	CodeTries           = 5
	codeLength          = 8 // 40 random bits, beside the 256 of the link
)

// Purpose is what an invitation is to.
type Purpose string

// The purposes.
const (
	ToJoin    Purpose = "join"    // to hold a role
	ToDevice  Purpose = "device"  // to be an office's duty device
	ToReenrol Purpose = "reenrol" // to set up anew how one signs in
	ToToken   Purpose = "token"   // to pick up a token: of who belongs to no state
)

// Invitation is an offer to whoever has its link and its code.
type Invitation struct {
	ID          string
	Account     string
	Name        string // of the person, or the office
	State       *string
	Purpose     Purpose
	Role        *access.Role // nil for one to enrol anew
	CoChair     *string
	Delegation  *string
	Kinds       []string // of contact that the role is limited to; none is no limit
	Email       *string  // the sign-in name that it gives
	Language    string
	Audiences   []access.Audience // that the token reads which it is to
	InvitedBy   *string           // an account; nil for the operator, on the server
	ConfirmedBy *string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	ConfirmedAt *time.Time // nil while a second person must agree
	WithdrawnAt *time.Time
	AcceptedAt  *time.Time
	Version     int64
}

// Status is where an invitation stands.
type Status string

// The statuses of an invitation.
const (
	Unconfirmed Status = "unconfirmed" // a second person must agree
	Waiting     Status = "waiting"
	Accepted    Status = "accepted"
	Withdrawn   Status = "withdrawn"
	Lapsed      Status = "lapsed"
	Void        Status = "void" // its code was wrong too often: somebody guesses, or the wrong code was sent
)

// Listed is an invitation as whoever may see it is shown it.
type Listed struct {
	Invitation
	Status Status
	Tries  int // how often its code was wrong
}

// Withdraw ends an invitation that nobody has accepted: whoever may make such a one.
func (s *Store) Withdraw(ctx context.Context, act register.Act, id string) (Invitation, error) {
	var before Invitation
	check := func(tx *register.Tx) (err error) {
		if before, err = getInvitation(ctx, tx, id); err != nil {
			return err
		}
		if err := mayWithdraw(act, before); err != nil {
			return err
		}
		return before.open()
	}
	return s.change(ctx, act, check, "withdrawn", func(tx *register.Tx) Invitation {
		after := before
		after.WithdrawnAt = &tx.At
		return after
	}, &before)
}

func mayWithdraw(act register.Act, i Invitation) error {
	if i.Purpose == ToReenrol {
		return mayReenrol(act, text(i.State))
	}
	return mayGive(act, *i.Role, text(i.State))
}

// open refuses an invitation that has ended.
func (i Invitation) open() error {
	switch {
	case i.WithdrawnAt != nil:
		return problem.Errorf(problem.Conflict, "the invitation was withdrawn: ask who invited you for another")
	case i.AcceptedAt != nil:
		return problem.Errorf(problem.Conflict, "the invitation was accepted already: sign in")
	default:
		return nil
	}
}

// change carries out what happens to an invitation, and tells the trail.
func (s *Store) change(ctx context.Context, act register.Act, check func(*register.Tx) error, name string,
	to func(*register.Tx) Invitation, before *Invitation,
) (after Invitation, err error) {
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after = to(tx)
		after.Version = tx.Version
		if err := updateInvitation(ctx, tx, after); err != nil {
			return err
		}
		return tx.Changed(invitationChange(name, before, after))
	})
	return after, err
}

// Invitations returns the invitations that the actor may see, the latest first: a
// head those to the own state, two of the secretariat all.
func (s *Store) Invitations(ctx context.Context, by access.Actor) ([]Listed, error) {
	var all []Invitation
	err := s.register.Read(ctx, by, func(snap *register.Snapshot) (err error) {
		all, err = postgres.All[Invitation](ctx, snap, `
			select `+invitationColumns+`
			from invitation i
			join account a on a.id = i.account
			order by i.created_at desc, i.id`, pgx.StrictNamedArgs{})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return s.standing(ctx, all)
}

// standing looks up, in the registry's name, how often the codes of invitations
// were wrong.
func (s *Store) standing(ctx context.Context, all []Invitation) ([]Listed, error) {
	ids := make([]string, len(all))
	for n, i := range all {
		ids[n] = i.ID
	}
	type tried struct {
		Invitation string
		Tries      int
		VoidedAt   *time.Time
	}
	of := map[string]tried{}
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		rows, err := postgres.All[tried](ctx, snap, `
			select invitation, tries, voided_at from invitation_secret where invitation = any (@ids::uuid[])`,
			pgx.StrictNamedArgs{"ids": ids})
		for _, r := range rows {
			of[r.Invitation] = r
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up invitations' tries: %w", err)
	}
	listed := make([]Listed, len(all))
	for n, i := range all {
		listed[n] = Listed{Invitation: i, Status: i.status(of[i.ID].VoidedAt != nil, s.now()), Tries: of[i.ID].Tries}
	}
	return listed, nil
}

func (i Invitation) status(void bool, now time.Time) Status {
	switch {
	case i.AcceptedAt != nil:
		return Accepted
	case i.WithdrawnAt != nil:
		return Withdrawn
	case void:
		return Void
	case !now.Before(i.ExpiresAt):
		return Lapsed
	case i.ConfirmedAt == nil:
		return Unconfirmed
	default:
		return Waiting
	}
}
