package signin

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// mayEnrol says who sets up how they sign in: who was invited to, and who has just
// signed in.
func (s *Store) mayEnrol(of Session) error {
	switch {
	case of.Kind == Enrolling:
		return nil
	case of.Kind != OfPerson:
		return problem.Errorf(problem.Forbidden, "a duty device is its office's: nobody sets up a way to sign in with it")
	case !of.Strong(s.now()):
		return ErrStepUp
	default:
		return nil
	}
}

// enrol sets a method up, and signs the person in by it: the session before, which
// must not have ended meanwhile, gives way, and all others of the person end.
func (s *Store) enrol(ctx context.Context, b Browser, of Session, p proof, set func(*register.Aside) error) (in SignedIn, err error) {
	err = s.beside(ctx, func(tx *register.Aside) error {
		if err := s.stillOpen(ctx, tx, of.ID); err != nil {
			return err
		}
		if err := set(tx); err != nil {
			return err
		}
		if err := s.endAll(ctx, tx, of.Account); err != nil {
			return err
		}
		if in, err = s.signIn(ctx, tx, b, of.Account, text(of.Grant), p); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Account: &of.Account, Method: p.by, Outcome: Enrolled, Browser: b.Label, Known: of.Kind == OfPerson})
	})
	return in, err
}

// newPassword checks a password that a person chose, and returns its hash.
func (s *Store) newPassword(ctx context.Context, of Session, password string) (string, error) {
	password = foldPassword(password)
	if err := CheckPassword(password, of.Name, text(of.Email), s.origin.Hostname()); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

func (s *Store) setPassword(ctx context.Context, q execer, of, hash string) error {
	err := q.Exec(ctx, `
		insert into password (account, hash, set_at) values (@account, @hash, @now)
		on conflict (account) do update
		set hash = excluded.hash, set_at = excluded.set_at, failures = 0`, pgx.StrictNamedArgs{"account": of, "hash": hash, "now": s.now()})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// Methods are the ways in which a person signs in.
type Methods struct {
	Passkeys []Passkey
	Password bool
	Shut     bool // the password signs nobody in, until it is set anew: see Shut
	TOTP     bool
	Codes    int  // printed codes that are not used yet
	Provider bool // their state's identity provider vouches for them
}

// Methods returns how the session's person signs in.
func (s *Store) Methods(ctx context.Context, of Session) (m Methods, err error) {
	err = s.beside(ctx, func(tx *register.Aside) error {
		got, err := postgres.One[struct {
			Password, Shut, TOTP, Provider bool
			Codes                          int
		}](ctx, tx, `
			select exists (select from password where account = @account) as password,
				exists (select from password where account = @account and failures >= @most) as shut,
				exists (select from totp where account = @account) as totp,
				(select count(*) from printed_code where account = @account and used_at is null) as codes,
				exists (select from provider_subject where account = @account and provider_stands(provider)) as provider`,
			pgx.StrictNamedArgs{"account": of.Account, "most": mostFailures})
		if err != nil {
			return fmt.Errorf("list methods: %w", err)
		}
		m.Password, m.Shut, m.TOTP, m.Codes, m.Provider = got.Password, got.Shut, got.TOTP, got.Codes, got.Provider
		m.Passkeys, err = passkeys(ctx, tx, of.Account)
		return err
	})
	return m, err
}

// RemovePassword takes the password away, with the app and the printed codes that
// go with it. A passkey must be left.
func (s *Store) RemovePassword(ctx context.Context, b Browser, of Session) error {
	return s.remove(ctx, b, of, ByTOTP, func(tx *register.Aside) error {
		return forgetPassword(ctx, tx, of.Account)
	})
}

func forgetPassword(ctx context.Context, q execer, of string) error {
	for _, sql := range []string{
		`delete from password where account = @account`,
		`delete from totp where account = @account`,
		`delete from printed_code where account = @account`,
	} {
		if err := q.Exec(ctx, sql, pgx.StrictNamedArgs{"account": of}); err != nil {
			return fmt.Errorf("forget password: %w", err)
		}
	}
	return nil
}

// remove takes a method away, unless none would be left to sign in by.
func (s *Store) remove(ctx context.Context, b Browser, of Session, by Method, take func(*register.Aside) error) error {
	if of.Kind != OfPerson {
		return problem.Errorf(problem.Forbidden, "sign in first")
	}
	if err := s.mayEnrol(of); err != nil {
		return err
	}
	return s.beside(ctx, func(tx *register.Aside) error {
		// One at a time for an account: two browsers must not each leave the other's.
		err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended(@account, 0))`, pgx.StrictNamedArgs{"account": of.Account})
		if err != nil {
			return fmt.Errorf("hold person: %w", err)
		}
		if err := s.goesOn(ctx, tx, of.ID); err != nil {
			return err
		}
		if err := take(tx); err != nil {
			return err
		}
		left, err := postgres.Scalar[bool](ctx, tx, `
			select person_comes_in(@account)`, pgx.StrictNamedArgs{"account": of.Account})
		if err != nil {
			return fmt.Errorf("count methods: %w", err)
		}
		if !left {
			return problem.Errorf(problem.Conflict, "this is the one way in which you sign in: set up another first")
		}
		return s.record(ctx, tx, Event{Account: &of.Account, Method: by, Outcome: Removed, Browser: b.Label, Known: true})
	})
}
