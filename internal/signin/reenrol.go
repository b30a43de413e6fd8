package signin

import (
	"context"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Reenrol lets a person who is locked out set up anew how they sign in: a head of
// delegation for the own state's but heads, which a second person of it must confirm,
// two of the secretariat for anybody, the operator for the secretariat. What the
// person signs in by now stands until they accept.
func (s *Store) Reenrol(ctx context.Context, act register.Act, of string) (Offer, error) {
	var p Person
	check := func(tx *register.Tx) (err error) {
		where, args := ofAccount(of)
		if p, err = getPerson(ctx, tx, where, args); err != nil {
			return err
		}
		if err := mayReenrol(act, text(p.State)); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if p.DisabledAt != nil {
			return problem.Errorf(problem.Conflict, "this person is disabled: invite them anew")
		}
		if act.By.Role == access.Secretariat {
			return nil
		}
		return Invitation{Account: p.Account, InvitedBy: orNull(act.By.Account), ConfirmedAt: confirmedAt(act, &tx.At), CreatedAt: tx.At}.bringsNoMore(ctx, tx)
	}
	return s.offer(ctx, act, check, InvitationLasts, func(tx *register.Tx, i *Invitation) error {
		i.Purpose, i.Account, i.Name, i.State, i.Language = ToReenrol, p.Account, p.Name, p.State, p.Language
		i.ConfirmedAt = confirmedAt(act, &tx.At)
		return nil
	})
}

// confirmedAt is when what starts a re-enrolment is enough: never, for a head alone.
func confirmedAt(act register.Act, now *time.Time) *time.Time {
	if act.By.Role == access.Head {
		return nil
	}
	return now
}

func mayReenrol(act register.Act, state string) error {
	switch {
	case act.By.Role == access.System && state == "":
		return act.By.Require(access.AppointSecretariat, access.Subject{})
	case act.By.Role == access.Secretariat:
		return act.By.RequireTogether(act.With, access.ReenrolAnybody)
	default:
		return act.By.Require(access.ManagePeople, access.Subject{State: state})
	}
}

// Confirm agrees to a person's enrolling anew: a second delegate or head of the
// state, who neither asked for it nor is the person.
func (s *Store) Confirm(ctx context.Context, act register.Act, id string) (Invitation, error) {
	var before Invitation
	check := func(tx *register.Tx) (err error) {
		if before, err = getInvitation(ctx, tx, id); err != nil {
			return err
		}
		if err := act.By.Require(access.ConfirmReenrolment, access.Subject{State: text(before.State)}); err != nil {
			return err
		}
		if by := act.By.Account; by == before.Account || by == text(before.InvitedBy) {
			return problem.Errorf(problem.Forbidden, "this takes a second person: neither who asked for it nor who is to enrol anew")
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if err := before.open(); err != nil {
			return err
		}
		if before.ConfirmedAt != nil {
			return problem.Errorf(problem.Conflict, "this was confirmed already")
		}
		return nil
	}
	return s.change(ctx, act, check, "confirmed", func(tx *register.Tx) Invitation {
		after := before
		after.ConfirmedAt, after.ConfirmedBy = &tx.At, &act.By.Account
		return after
	}, &before)
}
