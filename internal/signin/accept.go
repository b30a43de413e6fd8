package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Opened returns the invitation that a link is of, to be shown before its code is
// asked for. It uses nothing up: a scanner of mails may open links.
func (s *Store) Opened(ctx context.Context, b Browser, link string) (Listed, error) {
	spent := budget{"invitation network " + network(b.Address), perNetwork}
	if err := s.take(ctx, spent); err != nil {
		return Listed{}, err
	}
	var i Invitation
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		i, err = linked(ctx, snap, link)
		return err
	})
	if err != nil {
		return Listed{}, err
	}
	if err := s.beside(ctx, func(tx *register.Aside) error { return s.refund(ctx, tx, spent) }); err != nil {
		return Listed{}, err
	}
	all, err := s.standing(ctx, []Invitation{i})
	if err != nil {
		return Listed{}, err
	}
	return all[0], nil
}

func linked(ctx context.Context, q postgres.Queryer, link string) (Invitation, error) {
	id, err := postgres.Scalar[string](ctx, q, `
		select invitation::text from invitation_secret where link_hash = @link
		union all
		select invitation::text from invitation_link where link_hash = @link`, pgx.StrictNamedArgs{"link": digest(link)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Invitation{}, ErrInvitation
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("look up link: %w", err)
	}
	return getInvitation(ctx, q, id)
}

// Accept takes up an invitation by its link and its code, once: of two who try at
// the same time, one does. The session that it returns is for setting up how to sign
// in, or is the duty device's.
func (s *Store) Accept(ctx context.Context, b Browser, link, code string) (in SignedIn, err error) {
	spent := budget{"invitation network " + network(b.Address), perNetwork}
	if err := s.take(ctx, spent); err != nil {
		return SignedIn{}, err
	}
	id, err := s.tryCode(ctx, link, code)
	if err != nil {
		return SignedIn{}, err
	}
	var before Invitation
	check := func(tx *register.Tx) (err error) {
		if before, err = getInvitation(ctx, tx, id); err != nil {
			return err
		}
		if before.Purpose == ToToken {
			return ErrToken
		}
		return s.acceptable(ctx, tx, before)
	}
	after := before
	err = s.register.Write(ctx, register.Act{By: access.Registry()}, check, func(tx *register.Tx) (err error) {
		after = before
		after.AcceptedAt, after.Version = &tx.At, tx.Version
		if err := updateInvitation(ctx, tx, after); err != nil {
			return err
		}
		if err := tx.Changed(invitationChange("accepted", &before, after)); err != nil {
			return err
		}
		in, err = s.takeUp(ctx, tx, b, after)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, s.beside(ctx, func(tx *register.Aside) error {
		if err := s.refund(ctx, tx, spent); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Account: &after.Account, Method: in.Session.Method, Outcome: Succeeded, Browser: b.Label})
	})
}

// acceptable refuses an invitation that cannot be taken up now.
func (s *Store) acceptable(ctx context.Context, tx *register.Tx, i Invitation) error {
	if err := i.open(); err != nil {
		return err
	}
	now := s.now()
	if tx.At.After(now) { // by the database's clock, once the turn is taken
		now = tx.At
	}
	if err := i.ready(now); err != nil {
		return err
	}
	return i.stands(ctx, tx)
}

// ready refuses an invitation that waits for a second person, or for nobody any
// longer.
func (i Invitation) ready(now time.Time) error {
	switch {
	case !now.Before(i.ExpiresAt):
		return problem.Errorf(problem.Conflict, "the invitation has lapsed: ask who invited you for another")
	case i.ConfirmedAt == nil:
		return problem.Errorf(problem.Conflict, "a second person must confirm this first: the invitation stands until it lapses")
	default:
		return nil
	}
}

// stands refuses an invitation whose inviter may no longer make it, whose delegation
// is not open, or whose account has come to hold what the inviter does not give; and,
// for as long as they are, one of somebody frozen, or to them.
func (i Invitation) stands(ctx context.Context, q postgres.Queryer) error {
	got, err := postgres.One[struct{ Stands, Frozen bool }](ctx, q, `
		select (@by::uuid is null or exists (
				select from role_grant g
				where g.account = @by::uuid and g.revoked_at is null
				and (g.role = 'secretariat' or g.role = 'head_of_delegation' and g.state = @state)))
			and (@delegation::uuid is null or exists (select from delegation d where d.id = @delegation::uuid and d.status = 'open')) as stands,
			account_is_frozen(@account) or account_is_frozen(@by::uuid) or account_is_frozen(@confirmed_by::uuid) as frozen`,
		pgx.StrictNamedArgs{
			"by": i.InvitedBy, "state": i.State, "delegation": i.Delegation, "account": i.Account, "confirmed_by": i.ConfirmedBy,
		})
	switch {
	case err != nil:
		return fmt.Errorf("ask whether the invitation stands: %w", err)
	case got.Frozen:
		return problem.Errorf(problem.Conflict, "the invitation cannot be taken up for now: try again tomorrow, or ask who invited you")
	case !got.Stands:
		return problem.Errorf(problem.Conflict, "the invitation no longer stands, because who made it, or the delegation, does not: ask for another")
	case i.Purpose == ToReenrol && i.giver() == byTwo:
		return nil
	default:
		return i.bringsNoMore(ctx, q)
	}
}

// tryCode compares a code and counts a wrong one, in one statement.
func (s *Store) tryCode(ctx context.Context, link, code string) (id string, err error) {
	code = strings.ReplaceAll(foldCode(code), "-", "")
	var tried struct {
		Invitation string
		Right      bool
	}
	mailed := ""
	err = s.beside(ctx, func(tx *register.Aside) (err error) {
		tried, err = postgres.One[struct {
			Invitation string
			Right      bool
		}](ctx, tx, `
			update invitation_secret
			set tries = tries + (code_hash not in (@code, @apart))::int,
				voided_at = case when code_hash not in (@code, @apart) and tries + 1 >= @most then @now else voided_at end
			where link_hash = @link and voided_at is null
			returning invitation::text, code_hash in (@code, @apart) as right`,
			pgx.StrictNamedArgs{
				"link": digest(link), "code": codeHash(link, code), "apart": apartHash(digest(link), code), "now": s.now(), "most": CodeTries,
			})
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		mailed, err = postgres.Scalar[string](ctx, tx, `
			select invitation::text from invitation_link where link_hash = @link`, pgx.StrictNamedArgs{"link": digest(link)})
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if _, err := linked(ctx, tx, link); err != nil {
			return err
		}
		return errVoid
	})
	if mailed != "" {
		return s.tryMailed(ctx, mailed, code)
	}
	if err != nil {
		return "", err
	}
	if !tried.Right {
		return "", ErrCode
	}
	return tried.Invitation, nil
}

// takeUp does what an accepted invitation is to.
func (s *Store) takeUp(ctx context.Context, tx *register.Tx, b Browser, i Invitation) (SignedIn, error) {
	if i.Purpose == ToDevice {
		held, err := account.GrantIn(ctx, tx, i.grant())
		if err != nil {
			return SignedIn{}, err
		}
		return s.open(ctx, tx, b, Session{Kind: DutyDevice, Account: i.Account, Grant: &held.ID, Method: ByDeviceLink})
	}
	if i.Purpose == ToJoin {
		if err := holds(ctx, tx, i); err != nil {
			return SignedIn{}, err
		}
		if err := join(ctx, tx, i); err != nil {
			return SignedIn{}, err
		}
	}
	if err := s.forget(ctx, tx, i.Account); err != nil {
		return SignedIn{}, err
	}
	return s.open(ctx, tx, b, Session{Kind: Enrolling, Account: i.Account, Method: ByInvitation})
}

// holds gives whoever accepts their role, but for an auditor, who was given it with
// their mandate and has it no longer once that is over.
func holds(ctx context.Context, tx *register.Tx, i Invitation) error {
	if *i.Role != access.Auditor {
		_, err := account.GrantIn(ctx, tx, i.grant())
		return err
	}
	_, err := account.HeldIn(ctx, tx, i.Account, access.Auditor)
	if problem.Is(err, problem.NotFound) {
		return errMandateOver
	}
	return err
}

// forget ends all that an account signed in by, and where it is signed in.
func (s *Store) forget(ctx context.Context, q execer, of string) error {
	if err := forgetPassword(ctx, q, of); err != nil {
		return err
	}
	for _, sql := range []string{
		`delete from passkey where account = @account`,
		`delete from provider_subject where account = @account`,
		`delete from known_browser where account = @account`,
	} {
		if err := q.Exec(ctx, sql, pgx.StrictNamedArgs{"account": of}); err != nil {
			return fmt.Errorf("forget methods: %w", err)
		}
	}
	return s.endAll(ctx, q, of)
}
