// Package subscription keeps what people want to be told of other states' changes.
// It stands beside the door: nobody relies on it but whose it is, and it gives no
// right to read anything. What is told of, and whether its reader may know it by
// then, is for package notice.
package subscription

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Most is how many subscriptions a person may have: the table holds it too.
const Most = 20

// Delivery is when somebody is told.
type Delivery string

// The deliveries.
const (
	AtOnce Delivery = "at_once"
	Daily  Delivery = "daily" // in one letter, in the morning
)

// Kinds are what there is to be told of: the kinds of contact, and the other nouns.
var Kinds = []string{"diplomatic", "technical", "law_enforcement", "policy", "strategy", "organisation"}

// Subscription is what a person wants to be told of.
type Subscription struct {
	ID        string
	State     *string // nil for all other states
	Kind      *string // nil for all kinds
	Framework *string // nil for its members and others
	Delivery  Delivery
	CreatedAt time.Time
}

// Input is what somebody asks to be told of.
type Input struct {
	State     string   `json:"state,omitempty" validate:"omitempty,alpha2"`
	Kind      string   `json:"kind,omitempty" validate:"omitempty,oneof=diplomatic technical law_enforcement policy strategy organisation"`
	Framework string   `json:"framework,omitempty" validate:"max=40"`
	Delivery  Delivery `json:"delivery" validate:"oneof=at_once daily"`
}

// Store keeps subscriptions.
type Store struct{ register *register.Register }

// NewStore returns a Store on r.
func NewStore(r *register.Register) *Store { return &Store{r} }

const columns = `id, state, kind, framework, delivery, created_at`

// List returns the actor's own, the oldest first.
func List(ctx context.Context, q postgres.Queryer) ([]Subscription, error) {
	all, err := postgres.All[Subscription](ctx, q, `
		select `+columns+`
		from subscription
		where account = actor_account()
		order by created_at, id`, pgx.StrictNamedArgs{})
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", err)
	}
	return all, nil
}

// Get reads one of the actor's own, or returns a NotFound problem.
func Get(ctx context.Context, q postgres.Queryer, id string) (Subscription, error) {
	got, err := postgres.One[Subscription](ctx, q, `
		select `+columns+`
		from subscription
		where id = @id and account = actor_account()`, pgx.StrictNamedArgs{"id": id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Subscription{}, errNone
	}
	if err != nil {
		return Subscription{}, fmt.Errorf("get subscription: %w", err)
	}
	return got, nil
}

var errNone = problem.Errorf(problem.NotFound, "there is no such subscription")

// Add has the actor be told from now on.
func (s *Store) Add(ctx context.Context, act register.Act, sent register.Sent[Input]) (added Subscription, err error) {
	if err := act.By.RequireAny(access.FollowChanges); err != nil {
		return Subscription{}, err
	}
	if sent.Err != nil {
		return Subscription{}, sent.Err
	}
	in := sent.Body
	valid.Normalise(&in)
	if err := in.check(act.By); err != nil {
		return Subscription{}, err
	}
	err = s.beside(ctx, act, func(tx *register.Aside) error {
		return tx.Once(ctx, act.Once, "subscription", func() (string, error) {
			added, err = insert(ctx, tx, in)
			return added.ID, err
		})
	})
	return added, err
}

func (in Input) check(by access.Actor) error {
	if err := valid.Struct(&in); err != nil {
		return err
	}
	switch {
	case in.State != "" && in.State == by.State:
		return problem.Faultf("/state", "is your own: what concerns you there you are told anyhow")
	case in.State != "" && !slices.ContainsFunc(reference.States(), func(s reference.State) bool { return s.Alpha2 == in.State }):
		return problem.Faultf("/state", "is no participating state: see /v1/states for the codes")
	case in.Framework != "" && !slices.ContainsFunc(reference.Frameworks(), func(f reference.Framework) bool { return f.Code == in.Framework }):
		return problem.Faultf("/framework", "is no framework: see /v1/reference/frameworks for the codes")
	}
	return nil
}

// insert adds a subscription with the smallest number that is free. The actor is in
// the transaction: the second wall lets them add for themselves alone.
func insert(ctx context.Context, tx *register.Aside, in Input) (Subscription, error) {
	added, err := postgres.One[Subscription](ctx, tx, `
		insert into subscription (id, account, number, state, kind, framework, delivery, created_at)
		select @id, actor_account(), n, nullif(@state, ''), nullif(@kind, ''), nullif(@framework, ''), @delivery, now()
		from generate_series(1, @most::int) n
		where not exists (select from subscription s where s.account = actor_account() and s.number = n)
		order by n
		limit 1
		returning `+columns,
		pgx.StrictNamedArgs{
			"id": uuid.NewString(), "state": in.State, "kind": in.Kind, "framework": in.Framework, "delivery": in.Delivery, "most": Most,
		})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Subscription{}, problem.Errorf(problem.Conflict, "you have %d subscriptions, as many as you may have: end one of them first", Most)
	case postgres.Violates(err, "subscription_once"):
		return Subscription{}, problem.Errorf(problem.Conflict, "you are told of that already: to be told at another time, end that subscription first")
	case postgres.Violates(err, "subscription_number_once"):
		return Subscription{}, problem.Errorf(problem.Conflict, "you have just added another: try again")
	case postgres.Refused(err):
		return Subscription{}, problem.Errorf(problem.Forbidden, "only people are told of changes: this token is a system's")
	case err != nil:
		return Subscription{}, fmt.Errorf("insert subscription: %w", err)
	}
	return added, nil
}

// Remove ends one of the actor's own.
func (s *Store) Remove(ctx context.Context, act register.Act, id string) error {
	if err := act.By.RequireAny(access.FollowChanges); err != nil {
		return err
	}
	return s.beside(ctx, act, func(tx *register.Aside) error {
		_, err := postgres.Scalar[string](ctx, tx, `
			delete from subscription where id::text = @id and account = actor_account() returning id::text`, pgx.StrictNamedArgs{"id": id})
		if errors.Is(err, pgx.ErrNoRows) {
			return errNone
		}
		if err != nil {
			return fmt.Errorf("delete subscription: %w", err)
		}
		return nil
	})
}

// beside does what is asked in the actor's name, or tries it out and undoes it.
func (s *Store) beside(ctx context.Context, act register.Act, do func(*register.Aside) error) error {
	return s.register.Beside(ctx, act.By, func(tx *register.Aside) error {
		if err := do(tx); err != nil || !act.DryRun {
			return err
		}
		return &register.Rehearsal{} // of the register it changes nothing
	})
}
