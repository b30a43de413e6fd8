// Package account keeps the people and systems that act, the roles they hold
// and the tokens they act with. How people sign in is package signin's.
package account

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// LongestLife is how far ahead a token may expire: one that is forgotten ends.
const LongestLife = 366 * 24 * time.Hour

// Token is a credential, without its secret.
type Token struct {
	ID         string
	Account    string
	Owner      string // the account's name
	OwnerKind  string // person or system
	Role       access.Role
	State      *string
	CoChair    *string  // that the role serves
	Delegation *string  // that the role is held under
	Kinds      []string // of contact that the role is limited to; none is no limit
	Label      string   // what it is for
	Hint       string   // the secret's last digits
	Audiences  []access.Audience
	Writes     bool
	CreatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
	LastUsedAt *time.Time
	Version    int64
	Freezes    []Freeze // that hold now, of it or of whose it is, the state's first
}

// Input is what a head of delegation says of a new token for the own state.
type Input struct {
	Owner     string            `json:"owner" validate:"required,max=200,line"`
	OwnerKind string            `json:"owner_kind" validate:"oneof=person system"`
	Role      access.Role       `json:"role" validate:"oneof=delegate cert partner"`
	Label     string            `json:"label" validate:"required,max=200,line"`
	Access    string            `json:"access" validate:"oneof=read write"`
	Audiences []access.Audience `json:"audiences" validate:"min=1,max=3,unique,dive,oneof=public participants selected"`
	ExpiresAt time.Time         `json:"expires_at" validate:"required"`
	Kinds     []string          `json:"kinds,omitempty"`
}

// Appointment is a role given to somebody, with the first token to act in it.
type Appointment struct {
	Owner      string
	OwnerKind  string // person or system
	Role       access.Role
	State      string   // "" for none
	CoChair    string   // for the secretariat
	Delegation string   // for a state's roles
	Kinds      []string // of contact that a delegate's role is limited to; none is no limit
	Basis      string   // on what somebody of no state is admitted, until ExpiresAt; "" for others
	Label      string
	Writes     bool
	Audiences  []access.Audience
	ExpiresAt  time.Time
}

// Store reads and changes accounts and tokens.
type Store struct {
	register *register.Register
	pool     *pgxpool.Pool
	now      func() time.Time

	hot hot

	mu   sync.Mutex
	used map[tokenHash]time.Time // when this process last wrote down the use of a token
}

// NewStore returns a Store on r; pool is r's, for what goes beside the door.
func NewStore(r *register.Register, pool *pgxpool.Pool, now func() time.Time) *Store {
	return &Store{register: r, pool: pool, now: now, used: map[tokenHash]time.Time{}}
}

// Issue makes a token in the name of the actor's own state, and returns its
// secret, which is kept nowhere.
func (s *Store) Issue(ctx context.Context, act register.Act, sent register.Sent[Input]) (Token, string, error) {
	if err := act.By.Require(access.ManageTokens, access.Subject{State: act.By.State}); err != nil {
		return Token{}, "", err
	}
	if sent.Err != nil {
		return Token{}, "", sent.Err
	}
	in := sent.Body
	valid.Normalise(&in)
	if err := valid.Struct(&in); err != nil {
		return Token{}, "", err
	}
	return s.Appoint(ctx, act, Appointment{
		Owner: in.Owner, OwnerKind: in.OwnerKind, Role: in.Role, State: act.By.State,
		Delegation: act.By.Delegation, Kinds: in.Kinds, Label: in.Label, Writes: in.Access == "write",
		Audiences: in.Audiences, ExpiresAt: in.ExpiresAt,
	})
}

// Appoint gives somebody a role, unless they hold it, and a token to act in it.
// It returns the token's secret, which is kept nowhere.
func (s *Store) Appoint(ctx context.Context, act register.Act, a Appointment) (Token, string, error) {
	secret, err := newSecret()
	if err != nil {
		return Token{}, "", err
	}
	var token Token
	check := func(tx *register.Tx) error {
		if err := mayAppoint(act, a); err != nil {
			return err
		}
		if err := register.Strong(ctx, tx, act.By); err != nil {
			return err
		}
		if err := a.check(s.now()); err != nil {
			return err
		}
		return hasRoom(ctx, tx, a.State)
	}
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		var also []register.Change
		if token, also, err = insert(ctx, tx, a, secret); err != nil {
			return err
		}
		return tell(tx, append([]register.Change{change("issued", nil, token)}, also...))
	})
	return token, secret, err
}

// check refuses what no token can be.
func (a Appointment) check(now time.Time) error {
	if life := a.ExpiresAt.Sub(now); life <= 0 || life > LongestLife {
		return problem.Faultf("/expires_at", "must be in the future, and at most 366 days ahead")
	}
	if a.Writes && len(a.Audiences) < len(access.Audiences) {
		return problem.Faultf("/audiences", "are all three for a token that writes: who does not see all of an entry would undo part of it")
	}
	if a.Writes && a.Role == access.Partner {
		return problem.Faultf("/access", "is read for a partner: it holds a copy and changes nothing")
	}
	if a.stateless() && (a.Basis == "" || utf8.RuneCountInString(a.Basis) > longestBasis) {
		return problem.Faultf("/basis", "says on what they are admitted, such as a decision or an exchange of letters, in at most %d characters", longestBasis)
	}
	return Limitable(a.Role, a.Kinds)
}

// longestBasis is how much is said of what a mandate rests on, in characters.
const longestBasis = 500

// stateless reports whether an appointment is of who acts on a mandate.
func (a Appointment) stateless() bool {
	return a.State == "" && slices.Contains([]access.Role{access.Partner, access.Auditor}, a.Role)
}

func mayAppoint(act register.Act, a Appointment) error {
	switch {
	case a.Role == access.Secretariat:
		return act.By.Require(access.AppointSecretariat, access.Subject{})
	case a.Role == access.Head:
		return act.By.RequireTogether(act.With, access.OpenDelegation)
	case a.stateless():
		return act.By.RequireTogether(act.With, access.AdmitStateless)
	case slices.Contains([]access.Role{access.Cert, access.Delegate, access.Partner}, a.Role):
		return act.By.Require(access.ManageTokens, access.Subject{State: a.State})
	default:
		return problem.Errorf(problem.Forbidden, "nobody appoints a %s", a.Role)
	}
}

// MostTokens is how many of a state's tokens stand at the same time at the most. Each
// has a rate of its own and fills the access log: who could make any number could flood
// both. A state of ten people with two programs each needs thirty.
const MostTokens = 50

// hasRoom returns a Conflict problem if a state has all the tokens that it may.
func hasRoom(ctx context.Context, q postgres.Queryer, state string) error {
	stand, err := postgres.Scalar[int](ctx, q, `
		select count(*) from token where state = @state and revoked_at is null and expires_at > now()`, pgx.StrictNamedArgs{"state": state})
	switch {
	case err != nil:
		return fmt.Errorf("count tokens: %w", err)
	case stand >= MostTokens:
		return problem.Errorf(problem.Conflict, "the state has %d tokens that stand, and no more can: revoke one that is not used", MostTokens)
	default:
		return nil
	}
}

// mayRevoke decides who ends a token: a head those that a head gives, and the
// operator any, on the server. Ending one speaks for nobody.
func mayRevoke(by access.Actor, t Token) error {
	switch {
	case by.May(access.RevokeAnyToken, access.Subject{}):
		return nil
	case t.State == nil || t.Role == access.Head:
		return problem.Errorf(problem.Forbidden, "this token is not a head of delegation's to revoke")
	default:
		return by.Require(access.ManageTokens, access.Subject{State: *t.State})
	}
}

// Revoke ends a token: here at once, as for every write, and for reads on each
// node that follows the register within a second.
func (s *Store) Revoke(ctx context.Context, act register.Act, id string) error {
	var before Token
	check := func(tx *register.Tx) (err error) {
		if before, err = Get(ctx, tx, id); err != nil {
			return err
		}
		if err := mayRevoke(act.By, before); err != nil {
			return err
		}
		if err := register.Strong(ctx, tx, act.By); err != nil {
			return err
		}
		if before.RevokedAt != nil {
			return problem.Errorf(problem.Conflict, "the token is revoked already")
		}
		return nil
	}
	return s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after, err := revoke(ctx, tx, before)
		if err != nil {
			return err
		}
		return tx.Changed(change("revoked", &before, after))
	})
}

// change tells the trail of a token; only the state's own people and the
// auditor may read it.
func change(act string, before *Token, after Token) register.Change {
	c := register.Change{Act: act, Noun: "token", Key: after.ID, For: access.ForSelected, AtOnce: true, After: parts(after)}
	if after.State != nil {
		c.State = *after.State
	}
	if before != nil {
		c.Before = parts(*before)
	}
	return c
}

func parts(t Token) []register.Part {
	var revoked *time.Time
	if t.RevokedAt != nil {
		at := t.RevokedAt.UTC()
		revoked = &at
	}
	entry := register.Part{Name: "entry", For: access.ForSelected, Content: struct {
		ID         string            `json:"id"`
		Account    string            `json:"account"`
		Role       access.Role       `json:"role"`
		State      *string           `json:"state"`
		CoChair    *string           `json:"co_chair"`
		Delegation *string           `json:"delegation"`
		Hint       string            `json:"hint"`
		Audiences  []access.Audience `json:"audiences"`
		Writes     bool              `json:"writes"`
		ExpiresAt  time.Time         `json:"expires_at"`
		RevokedAt  *time.Time        `json:"revoked_at"`
	}{t.ID, t.Account, t.Role, t.State, t.CoChair, t.Delegation, t.Hint, t.Audiences, t.Writes, t.ExpiresAt.UTC(), revoked}}
	// Who it is stands in a part of its own, which can be erased.
	person := register.Part{Name: "person", For: access.ForSelected, Content: struct {
		Name  string `json:"name"`
		Kind  string `json:"kind"`
		Label string `json:"label"`
	}{t.Owner, t.OwnerKind, t.Label}}
	return []register.Part{entry, person}
}

// errNoToken is all that a stranger learns about why a token was refused.
var errNoToken = problem.Errorf(problem.Unauthenticated, "the token is not known, was revoked, or has expired: ask your head of delegation for a new one")

// Authenticate returns who acts with the token whose secret this is. For one
// that was good a moment ago the database is not asked: see hot.
func (s *Store) Authenticate(ctx context.Context, secret string) (access.Actor, error) {
	name := hash(secret)
	present, known := s.register.Present(ctx)
	if known {
		if actor, ok := s.hot.get(name, present, s.now()); ok {
			if present.Age == 0 {
				s.note(ctx, actor.Credential, name)
			}
			return actor, nil
		}
	}
	if !WellFormed(secret) {
		return access.Actor{}, problem.Errorf(problem.Unauthenticated, "this is no token of the registry, or was not copied whole: a token has %d characters and begins with %s", secretLength, prefix)
	}
	var found bearer
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		found, err = whose(ctx, snap, name)
		found.version, found.epoch = snap.Version, snap.Epoch
		return err
	})
	if problem.Is(err, problem.Unauthenticated) {
		s.hot.drop(name)
		s.mu.Lock()
		delete(s.used, name)
		s.mu.Unlock()
	}
	if err != nil {
		return access.Actor{}, err
	}
	s.hot.put(name, found)
	s.note(ctx, found.Credential, name)
	return found.Actor, nil
}

// Stands returns a problem unless the actor's credential still stands. The
// register asks it within every write.
func Stands(ctx context.Context, q postgres.Queryer, by access.Actor) error {
	if by.Credential == "" {
		return nil
	}
	stands, err := postgres.Scalar[string](ctx, q, `select credential_stands(@id)`, pgx.StrictNamedArgs{"id": by.Credential})
	switch {
	case err != nil:
		return fmt.Errorf("ask whether the credential stands: %w", err)
	case stands == "contested":
		return problem.Errorf(problem.Forbidden, "the delegation is contested: its entries are kept, and nobody writes in its name until that is settled")
	case stands == "frozen":
		return problem.Errorf(problem.Unauthenticated, "what you act with has been frozen: it works again by itself, 24 hours later at most")
	case stands != "yes":
		return errNoToken
	default:
		return nil
	}
}

// useEvery is how exactly the last use of a token is known.
const useEvery = time.Minute

// seenFor is how long a token that was good counts as one that is no guess.
const seenFor = 24 * time.Hour

// SeenLately reports whether this process found the token good in the last day.
// It says nothing of whether it still stands.
func (s *Store) SeenLately(secret string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, seen := s.used[hash(secret)]
	return seen && s.now().Sub(at) < seenFor
}

// noteWait bounds what a request waits for its token's use to be written down.
const noteWait = time.Second

// manyTokens is how many tokens' uses are remembered before the old are dropped.
const manyTokens = 10_000

// note writes down that a token was used, at most once a minute a process. That
// it cannot be written (a standby, a moment without the database) does not keep
// the token's holder from reading: it is tried again a minute later.
func (s *Store) note(ctx context.Context, token string, name tokenHash) {
	now := s.now()
	s.mu.Lock()
	fresh := now.Sub(s.used[name]) < useEvery
	if !fresh {
		if len(s.used) >= manyTokens {
			maps.DeleteFunc(s.used, func(_ tokenHash, at time.Time) bool { return now.Sub(at) >= seenFor })
		}
		s.used[name] = now
	}
	s.mu.Unlock()
	if fresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteWait)
	defer cancel()
	_, _ = s.pool.Exec(ctx, `
		insert into token_use (token, last_used_at) values (@token, now())
		on conflict (token) do update set last_used_at = excluded.last_used_at`,
		pgx.StrictNamedArgs{"token": token})
}
