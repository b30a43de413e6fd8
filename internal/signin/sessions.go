package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// SignOut ends a session, whose browser forgets its cookie.
func (s *Store) SignOut(ctx context.Context, of Session) error {
	return s.beside(ctx, func(tx *register.Aside) error {
		if err := s.end(ctx, tx, of.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Account: &of.Account, Method: of.Method, Outcome: SignedOut, Browser: of.Browser, Known: true})
	})
}

// Sessions returns where a person is signed in, the latest first.
func (s *Store) Sessions(ctx context.Context, of Session) (all []Session, err error) {
	err = s.register.Read(ctx, of.reader(), func(snap *register.Snapshot) (err error) {
		all, err = s.list(ctx, snap, `s.account = @account`, pgx.StrictNamedArgs{"account": of.Account})
		return err
	})
	return all, err
}

// SessionsOf returns where one of the own state's people is signed in, for its head.
func (s *Store) SessionsOf(ctx context.Context, by access.Actor, account string) (all []Session, err error) {
	err = s.register.Read(ctx, by, func(snap *register.Snapshot) (err error) {
		all, err = s.list(ctx, snap, `s.account::text = @account`, pgx.StrictNamedArgs{"account": account})
		return err
	})
	return all, err
}

// Devices returns the duty devices of the actor's state that are enrolled, for its
// head.
func (s *Store) Devices(ctx context.Context, by access.Actor) (all []Session, err error) {
	err = s.register.Read(ctx, by, func(snap *register.Snapshot) (err error) {
		all, err = s.list(ctx, snap, `s.kind = 'duty_device'`, pgx.StrictNamedArgs{})
		return err
	})
	return all, err
}

func (s *Store) list(ctx context.Context, q postgres.Queryer, which string, args pgx.StrictNamedArgs) ([]Session, error) {
	args["now"] = s.now()
	all, err := postgres.All[Session](ctx, q, `
		select `+sessionColumns+`
		from `+sessionTables+`
		where `+which+` and `+live+`
		order by s.created_at desc, s.id`, args)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return all, nil
}

// reader is whom a person is in what is beside the door, and theirs alone.
func (s Session) reader() access.Actor {
	if by := s.Actor(); by.Role != "" {
		return by
	}
	return access.Actor{Account: s.Account, Role: access.Public, Audiences: []access.Audience{access.ForPublic}}
}

// End ends a session: one's own, or as a head one of the own state's. The second
// wall says whose.
func (s *Store) End(ctx context.Context, by access.Actor, id string) error {
	var ended struct {
		Account string
		Method  Method
		Browser string
	}
	err := s.register.Beside(ctx, by, func(tx *register.Aside) (err error) {
		ended, err = postgres.One[struct {
			Account string
			Method  Method
			Browser string
		}](ctx, tx, `
			update session
			set ended_at = @now
			where id::text = @id and ended_at is null
			returning account, method, browser`, pgx.StrictNamedArgs{"id": id, "now": s.now()})
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return problem.Errorf(problem.NotFound, "there is no such session, or it has ended")
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return s.beside(ctx, func(tx *register.Aside) error {
		return s.record(ctx, tx, Event{Account: &ended.Account, Method: ended.Method, Outcome: Ended, Browser: ended.Browser, Known: true})
	})
}

// EndAll ends all of a person's sessions, this one too.
func (s *Store) EndAll(ctx context.Context, of Session) error {
	return s.beside(ctx, func(tx *register.Aside) error {
		if err := s.endAll(ctx, tx, of.Account); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Account: &of.Account, Method: of.Method, Outcome: Ended, Browser: of.Browser, Known: true})
	})
}

// Roles returns the roles that a person holds, in one of which the session acts.
func (s *Store) Roles(ctx context.Context, of Session) (all []account.Role, err error) {
	err = s.register.Read(ctx, of.reader(), func(snap *register.Snapshot) (err error) {
		all, err = account.RolesOf(ctx, snap, of.Account)
		return err
	})
	return all, err
}

// Switch makes a session in another role of the same person, which takes the
// place of the one before. It lasts no longer than that would have.
func (s *Store) Switch(ctx context.Context, b Browser, of Session, grant string) (in SignedIn, err error) {
	if of.Kind != OfPerson {
		return SignedIn{}, problem.Errorf(problem.Forbidden, "only a person acts in several roles")
	}
	err = s.beside(ctx, func(tx *register.Aside) error {
		roles, err := account.RolesOf(ctx, tx, of.Account)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(roles, func(r account.Role) bool { return r.ID == grant }) {
			return problem.Errorf(problem.NotFound, "you hold no such role: choose one of those that you hold")
		}
		if err := s.stillOpen(ctx, tx, of.ID); err != nil {
			return err
		}
		next := Session{Kind: OfPerson, Account: of.Account, Grant: &grant, Method: of.Method, Provider: of.Provider, StrongUntil: of.StrongUntil, ExpiresAt: of.ExpiresAt}
		in, err = s.open(ctx, tx, b, next)
		return err
	})
	return in, err
}

// stillOpen ends a session that another is to take the place of, and refuses if it
// has ended meanwhile, or was frozen: of two browsers with the same reference, one goes on.
func (s *Store) stillOpen(ctx context.Context, q postgres.Queryer, id string) error {
	_, err := postgres.Scalar[string](ctx, q, `
		update session
		set ended_at = @now
		where id = @id and ended_at is null and not account_is_frozen(account)
		returning id::text`, pgx.StrictNamedArgs{"id": id, "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoSession
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
