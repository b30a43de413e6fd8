package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// people are frozen with all that is theirs: tokens, sessions, duty devices, ways to
// sign in, and the invitations that they made. They are persons, systems and offices.
var people = frozen{table: "person_freeze", column: "account", person: true, find: findOwner, may: mayFreezePerson, begin: mayBeginPerson}

// FreezePerson stops somebody for 24 hours, by their account's id or by that of a
// credential of theirs: a head the own state's but heads; one of the secretariat
// anybody but oneself, within the bounds of Freeze. Nothing of theirs ends: it works
// again afterwards.
func (s *Store) FreezePerson(ctx context.Context, act register.Act, id string, sent register.Sent[FreezeInput]) (Freeze, error) {
	return s.freeze(ctx, act, people, id, sent)
}

// ThawPerson ends a freeze of somebody before it lapses: whoever imposed it.
func (s *Store) ThawPerson(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Freeze, error) {
	return s.thaw(ctx, act, people, id, sent)
}

// errNobody is told of somebody who is not for the actor, and of nobody.
var errNobody = problem.Errorf(problem.NotFound, "there is no such person")

// findOwner looks for whose an id is, as far as the actor may know of them; the
// secretariat may of everybody, but for their names.
func findOwner(ctx context.Context, q postgres.Queryer, _ access.Actor, id string) (known, error) {
	if len(id) != len(uuid.Nil.String()) || uuid.Validate(id) != nil { // it takes more forms than PostgreSQL
		return known{}, errNobody
	}
	got, err := postgres.One[known](ctx, q, `
		select account::text as id, state, head
		from owner_of(@id::uuid)`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return known{}, errNobody
	}
	if err != nil {
		return known{}, fmt.Errorf("look for a person: %w", err)
	}
	return got, nil
}

// mayFreezePerson says in whose name an actor freezes somebody, or thaws them.
func mayFreezePerson(by access.Actor, k known) (entry.Imposer, error) {
	err := by.Require(access.FreezeCredential, access.Subject{State: text(k.State)})
	switch {
	case err != nil:
		return "", err
	case by.Role == access.Secretariat && k.ID == by.Account:
		return "", problem.Errorf(problem.Forbidden, "nobody freezes themselves: end your sessions, and have your tokens revoked")
	case by.Role == access.Secretariat:
		return entry.BySecretariat, nil
	case k.Head:
		return "", problem.Errorf(problem.Forbidden, "a head of delegation is the secretariat's to freeze")
	default:
		return entry.ByState, nil
	}
}

// mayBeginPerson returns a Conflict problem if a freeze of somebody cannot begin now.
func mayBeginPerson(ctx context.Context, q postgres.Queryer, k known, was freeze) error {
	got, err := postgres.One[struct{ Acts, Spared bool }](ctx, q, `
		select account_acts(@id) as acts, account_can_be_spared(@id) as spared`, pgx.StrictNamedArgs{"id": k.ID})
	switch {
	case err != nil:
		return fmt.Errorf("ask whether the person may be frozen: %w", err)
	case !got.Acts:
		return problem.Errorf(problem.Conflict, "this person holds no role any more: there is nothing to freeze")
	case was.By != entry.BySecretariat:
		return nil
	case was.Recent:
		return problem.Errorf(problem.Conflict, "the secretariat froze this person lately, and may again from %s on: what cannot wait takes two of it, who contest the delegation",
			was.Since.Add(FreezeAgainAfter).UTC().Format(time.RFC3339))
	case !got.Spared:
		return problem.Errorf(problem.Conflict, "nobody could act for the state, or the co-chair, without this person: two of the secretariat can contest a delegation")
	default:
		return nil
	}
}

// Frozen reports whether an account is frozen now.
func Frozen(ctx context.Context, q postgres.Queryer, of string) (bool, error) {
	frozen, err := postgres.Scalar[bool](ctx, q, `select account_is_frozen(@id)`, pgx.StrictNamedArgs{"id": of})
	if err != nil {
		return false, fmt.Errorf("ask whether somebody is frozen: %w", err)
	}
	return frozen, nil
}
