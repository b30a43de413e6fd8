package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Person is somebody who signs in.
type Person struct {
	Account    string
	Name       string
	State      *string
	Email      string // the sign-in name
	Language   string
	DisabledAt *time.Time
	Version    int64
	Freezes    []account.Freeze // that hold now, the state's first
	Roles      []account.Role   `db:"-"` // that they hold
}

const personColumns = `p.account, a.name, p.state, p.email, p.language, p.disabled_at, p.version, (
		select coalesce(jsonb_agg(` + account.FreezeOfPerson + ` order by f.imposed_by desc), '[]')
		from person_freeze f
		where f.account = p.account and f.lifted_at is null and f.until > now()) as freezes`

// People returns the people of a state, "" for those of none, whom the actor may
// see, by name: a head all of the own state.
func (s *Store) People(ctx context.Context, by access.Actor, state string) (all []Person, err error) {
	err = s.register.Read(ctx, by, func(snap *register.Snapshot) error {
		all, err = postgres.All[Person](ctx, snap, `
			select `+personColumns+`
			from person p
			join account a on a.id = p.account
			where p.state is not distinct from @state
			order by a.name`, pgx.StrictNamedArgs{"state": orNull(state)})
		if err != nil {
			return fmt.Errorf("list people: %w", err)
		}
		for n := range all {
			if all[n].Roles, err = account.RolesOf(ctx, snap, all[n].Account); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

func getPerson(ctx context.Context, q postgres.Queryer, where string, args pgx.StrictNamedArgs) (Person, error) {
	got, err := postgres.One[Person](ctx, q, `
		select `+personColumns+`
		from person p
		join account a on a.id = p.account
		where `+where, args)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, problem.Errorf(problem.NotFound, "there is no such person")
	}
	if err != nil {
		return Person{}, fmt.Errorf("get person: %w", err)
	}
	return got, nil
}

func ofAccount(id string) (string, pgx.StrictNamedArgs) {
	return `p.account::text = @account`, pgx.StrictNamedArgs{"account": id}
}

// Grant gives a person of a state one more role: its head those that a head gives,
// two of the secretariat that of head. A delegate's may be limited to kinds of contact.
func (s *Store) Grant(ctx context.Context, act register.Act, of string, role access.Role, kinds ...string) (given account.Role, err error) {
	var p Person
	var delegation *string
	check := func(tx *register.Tx) error {
		where, args := ofAccount(of)
		if p, err = getPerson(ctx, tx, where, args); err != nil {
			return err
		}
		if !slices.Contains([]access.Role{access.Cert, access.Delegate, access.Head}, role) {
			return problem.Faultf("/role", "is delegate or cert; or head_of_delegation, by two of the secretariat")
		}
		if err := mayGive(act, role, text(p.State)); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if err := account.Limitable(role, kinds); err != nil {
			return err
		}
		delegation, err = postgres.Scalar[*string](ctx, tx, `
			select (select id::text from delegation where state = @state and status = 'open')`, pgx.StrictNamedArgs{"state": p.State})
		if err != nil {
			return fmt.Errorf("find delegation: %w", err)
		}
		held, err := account.RolesOf(ctx, tx, of)
		switch {
		case err != nil:
			return err
		case p.DisabledAt != nil:
			return problem.Errorf(problem.Conflict, "this person is disabled: invite them anew")
		case delegation == nil:
			return problem.Errorf(problem.Conflict, "the state has no delegation that is open: open one first")
		case slices.ContainsFunc(held, func(r account.Role) bool { return r.Role == role }):
			return problem.Errorf(problem.Conflict, "this person holds the role already")
		default:
			return nil
		}
	}
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		grant := account.Grant{Account: of, Role: role, State: text(p.State), Delegation: *delegation, Kinds: kinds}
		if err := account.EndStaleIn(ctx, tx, grant); err != nil {
			return err
		}
		given, err = account.GrantIn(ctx, tx, grant)
		return err
	})
	return given, err
}

// WithdrawRole takes a role away, with the sessions and the tokens that act in it, at
// once: whoever may give it. Nobody of a delegation gives or takes its head's.
func (s *Store) WithdrawRole(ctx context.Context, act register.Act, id string) (after account.Role, err error) {
	var before account.Role
	check := func(tx *register.Tx) error {
		if before, err = account.GetRole(ctx, tx, id); err != nil {
			return err
		}
		if err := mayGive(act, before.Role, text(before.State)); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if before.RevokedAt != nil {
			return problem.Errorf(problem.Conflict, "the role was withdrawn already")
		}
		return nil
	}
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after, err = account.WithdrawIn(ctx, tx, before)
		return err
	})
	return after, err
}

// Disable ends a person's roles, sessions and tokens at once. Who is to come back is
// invited anew. A head of delegation is disabled by two of the secretariat alone.
func (s *Store) Disable(ctx context.Context, act register.Act, of string) (Person, error) {
	var before, after Person
	check := func(tx *register.Tx) (err error) {
		where, args := ofAccount(of)
		if before, err = getPerson(ctx, tx, where, args); err != nil {
			return err
		}
		if before.Roles, err = account.RolesOf(ctx, tx, of); err != nil {
			return err
		}
		if err := mayDisable(act, before); err != nil {
			return err
		}
		if err := strong(ctx, tx, act); err != nil {
			return err
		}
		if before.DisabledAt != nil {
			return problem.Errorf(problem.Conflict, "this person is disabled already")
		}
		return nil
	}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after = before
		after.DisabledAt, after.Version, after.Roles = &tx.At, tx.Version, nil
		err := tx.ExecOne(ctx, `
			update person
			set disabled_at = @at, version = @version
			where account = @account`, pgx.StrictNamedArgs{"account": of, "at": tx.At, "version": tx.Version})
		if err != nil {
			return fmt.Errorf("disable person: %w", err)
		}
		if err := tx.Changed(personChange("disabled", &before, after)); err != nil {
			return err
		}
		for _, r := range before.Roles {
			if _, err := account.WithdrawIn(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	return after, err
}

// mayDisable says who disables a person: whoever may take all their roles.
func mayDisable(act register.Act, p Person) error {
	for _, r := range p.Roles {
		if err := mayGive(act, r.Role, text(r.State)); err != nil {
			return err
		}
	}
	if len(p.Roles) > 0 {
		return nil
	}
	return mayReenrol(act, text(p.State))
}

// join makes an account a person who signs in, or makes one anew who was disabled.
func join(ctx context.Context, tx *register.Tx, i Invitation) error {
	where, args := ofAccount(i.Account)
	before, err := getPerson(ctx, tx, where, args)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	old := &before
	if err != nil {
		old = nil
	}
	err = tx.Exec(ctx, `
		insert into person (account, state, email, language, version) values (@account, @state, @email, @language, @version)
		on conflict (account) do update
		set email = excluded.email, language = excluded.language, disabled_at = null, version = excluded.version`,
		pgx.StrictNamedArgs{"account": i.Account, "state": i.State, "email": i.Email, "language": i.Language, "version": tx.Version})
	if postgres.Violates(err, "person_email_once") {
		return problem.Errorf(problem.Conflict, "somebody has come to sign in with this e-mail address since: ask who invited you for an invitation with another")
	}
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	after := Person{Account: i.Account, Name: i.Name, State: i.State, Email: *i.Email, Language: i.Language, Version: tx.Version}
	return tx.Changed(personChange("joined", old, after))
}
