package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// bind has a person sign in from then on as whom their provider vouches for: that
// subject of that provider, whatever address either of them has.
func (s *Store) bind(ctx context.Context, b Browser, of Session, p Provider, subject string, by proof) (SignedIn, error) {
	if err := s.mayEnrol(of); err != nil {
		return SignedIn{}, err
	}
	return s.enrol(ctx, b, of, by, func(tx *register.Aside) error {
		bound, err := taken(ctx, tx, `
			insert into provider_subject (provider, subject, account, bound_at, last_used_at)
			select @provider, @subject, @account, @now, @now
			where provider_stands(@provider)
			on conflict (provider, account) do update
			set subject = excluded.subject, bound_at = excluded.bound_at, last_used_at = excluded.last_used_at
			returning account::text`,
			pgx.StrictNamedArgs{"provider": p.ID, "subject": subject, "account": of.Account, "now": s.now()})
		if postgres.Violates(err, "provider_subject_pkey") {
			return problem.Errorf(problem.Conflict, "somebody else signs in here as whom the provider vouched for: sign out there, and begin again as yourself")
		}
		if err != nil {
			return fmt.Errorf("bind subject: %w", err)
		}
		if !bound {
			return ErrProvider
		}
		return nil
	})
}

// recognise signs in whom a provider vouches for, by provider and subject alone.
func (s *Store) recognise(ctx context.Context, b Browser, before *Session, to aim, p Provider, subject string, by proof) (in SignedIn, err error) {
	refusal := error(nil)
	err = s.beside(ctx, func(tx *register.Aside) error {
		event := Event{Method: ByProvider, Outcome: Refused, Browser: b.Label}
		account, err := postgres.Scalar[string](ctx, tx, `
			update provider_subject s
			set last_used_at = @now
			from person p
			where s.provider = @provider and s.subject = @subject and provider_stands(s.provider)
			and p.account = s.account and p.disabled_at is null
			returning s.account::text`, pgx.StrictNamedArgs{"provider": p.ID, "subject": subject, "now": s.now()})
		switch {
		case errors.Is(err, pgx.ErrNoRows), err == nil && to == toStepUp && account != before.Account:
			refusal = ErrProvider
			return s.record(ctx, tx, event)
		case err != nil:
			return fmt.Errorf("look for subject: %w", err)
		}
		event.Account = &account
		grant := ""
		if to == toStepUp {
			grant = text(before.Grant)
			if err := s.stillOpen(ctx, tx, before.ID); err != nil {
				return err
			}
		}
		in, err = s.signIn(ctx, tx, b, account, grant, by)
		if errors.Is(err, ErrRefused) { // told as whom nobody knows here
			refusal = ErrProvider
			return s.record(ctx, tx, event)
		}
		if errors.Is(err, ErrNoRole) {
			refusal = err
			return s.record(ctx, tx, event)
		}
		if err != nil {
			return err
		}
		event.Outcome, event.Known = Succeeded, in.Known == b.Known
		if to == toStepUp {
			event.Outcome = SteppedUp
		}
		return s.record(ctx, tx, event)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// RemoveProvider has a person no longer sign in at their state's provider. Another way
// must be left.
func (s *Store) RemoveProvider(ctx context.Context, b Browser, of Session) error {
	return s.remove(ctx, b, of, ByProvider, func(tx *register.Aside) error {
		return tx.Exec(ctx, `delete from provider_subject where account = @account`, pgx.StrictNamedArgs{"account": of.Account})
	})
}
