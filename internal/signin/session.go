package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// How long a session lasts. OWASP's ASVS 5.0 (7.3) wants both an idle and an
// absolute limit; NIST SP 800-63B-4 names 12 hours and 30 minutes for AAL2 and up
// in its earlier edition.
const (
	IdleAfter      = 30 * time.Minute
	LongestSession = 12 * time.Hour
	StrongFor      = 5 * time.Minute     // what matters most wants a sign-in no older
	DeviceLasts    = 30 * 24 * time.Hour // a duty device is not idle: nobody types a password at three in the morning
)

// seenEvery is how exactly it is known when a session was last used.
const seenEvery = time.Minute

// seenWait bounds what a request waits for that to be written down.
const seenWait = time.Second

// Kind is what a session is for.
type Kind string

// The kinds of session.
const (
	OfPerson   Kind = "person"
	Enrolling  Kind = "enrolment"   // good for setting up a method to sign in by, and nothing else
	DutyDevice Kind = "duty_device" // an office's: it reads, as a CERT officer
)

// Session is a browser that is signed in.
type Session struct {
	ID          string
	Kind        Kind
	Account     string
	Name        string  // of the person, or the office
	Email       *string // the person's sign-in name
	Language    string  // en or pl, as the person was invited
	State       *string
	Grant       *string      // the role that it acts in; nil if it only enrols
	Role        *access.Role // what that role is
	CoChair     *string
	Delegation  *string
	Kinds       []string // of contact that the role is limited to; none is no limit
	Method      Method
	Provider    *string // that vouched for the person, if one did
	Browser     string  // its label
	CreatedAt   time.Time
	SeenAt      time.Time // to the minute
	IdleUntil   *time.Time
	ExpiresAt   time.Time
	StrongUntil *time.Time
}

// writing are the roles in which people change something. It is what PostgreSQL
// holds too, in actor_writes.
var writing = []access.Role{access.Cert, access.Delegate, access.Head, access.Secretariat}

// Actor returns whom the session acts as; nobody, who may do nothing, if it only
// enrols.
func (s Session) Actor() access.Actor {
	if s.Role == nil {
		return access.Actor{}
	}
	return access.Actor{
		Account: s.Account, Credential: s.ID, Role: *s.Role, State: text(s.State), CoChair: text(s.CoChair), Delegation: text(s.Delegation),
		Kinds:     s.Kinds,
		Audiences: access.Audiences, Writes: s.Kind == OfPerson && slices.Contains(writing, *s.Role),
	}
}

// Strong reports whether the person signed in within the last minutes, as what
// matters most wants.
func (s Session) Strong(now time.Time) bool {
	return s.StrongUntil != nil && now.Before(*s.StrongUntil)
}

const sessionColumns = `s.id, s.kind, s.account, a.name, p.email, coalesce(p.language, 'en') as language, s.state,
	s.role_grant as grant, g.role, g.co_chair, g.delegation, g.kinds, s.method, s.provider, s.browser,
	s.created_at, s.seen_at, s.idle_until, s.expires_at, s.strong_until`

// sessionTables join what a session depends on; live is whether all of it stands.
const (
	sessionTables = `session s
	join account a on a.id = s.account
	left join person p on p.account = s.account
	left join role_grant g on g.id = s.role_grant
	left join delegation d on d.id = g.delegation`
	live = `s.ended_at is null and s.expires_at > @now and (s.idle_until is null or s.idle_until > @now)
	and g.revoked_at is null and p.disabled_at is null and d.status is distinct from 'closed'`
)

// Find returns the session whose cookie has the reference, or ErrNoSession; or another
// Unauthenticated problem while whose it is is frozen: it has not ended then.
func (s *Store) Find(ctx context.Context, reference string) (Session, error) {
	if reference == "" {
		return Session{}, ErrNoSession
	}
	now := s.now()
	type kept struct {
		Session
		FrozenUntil *time.Time
	}
	var got kept
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		got, err = postgres.One[kept](ctx, snap, `
			select `+sessionColumns+`, (
				select max(f.until) from person_freeze f
				where f.account = s.account and f.lifted_at is null and f.until > now()) as frozen_until
			from `+sessionTables+`
			where s.hash = @hash and `+live, pgx.StrictNamedArgs{"hash": digest(reference), "now": now})
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("look up session: %w", err)
	}
	if got.FrozenUntil != nil { // only who holds the cookie learns of it
		return Session{}, problem.Errorf(problem.Unauthenticated,
			"your sign-in is frozen until %s, and works again by itself then: if that is a mistake, ask your head of delegation or the secretariat",
			got.FrozenUntil.UTC().Format(time.RFC3339))
	}
	found := got.Session
	if now.Sub(found.SeenAt) >= seenEvery {
		s.note(ctx, &found, now)
	}
	return found, nil
}

// note writes down that a session is used, which keeps it from being idle. That it
// cannot be written keeps nobody from reading: it is tried again.
func (s *Store) note(ctx context.Context, of *Session, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, seenWait)
	defer cancel()
	seen := *of
	seen.SeenAt = now
	if of.Kind != DutyDevice {
		until := now.Add(IdleAfter)
		seen.IdleUntil = &until
	}
	err := s.beside(ctx, func(tx *register.Aside) error {
		return tx.Exec(ctx, `
			update session
			set seen_at = @now, idle_until = @until
			where id = @id and ended_at is null`,
			pgx.StrictNamedArgs{"id": of.ID, "now": now, "until": seen.IdleUntil})
	})
	if err == nil {
		*of = seen
	}
}

// open makes a session for a browser. It is a new one, with a reference of its own,
// each time: what a browser held before is worth nothing after.
func (s *Store) open(ctx context.Context, q execer, b Browser, of Session) (SignedIn, error) {
	now, reference := s.now(), newSecret()
	of.ID, of.Browser, of.CreatedAt, of.SeenAt = uuid.NewString(), label(b.Label), now, now
	idle := now.Add(IdleAfter)
	of.IdleUntil = &idle
	switch of.Kind {
	case Enrolling:
		of.ExpiresAt = now.Add(enrolmentLasts)
	case DutyDevice:
		of.ExpiresAt, of.IdleUntil = now.Add(DeviceLasts), nil
	}
	if of.ExpiresAt.IsZero() {
		of.ExpiresAt = now.Add(LongestSession)
	}
	err := q.Exec(ctx, `
		insert into session (id, hash, kind, account, state, role_grant, method, provider, browser, created_at, seen_at, idle_until, expires_at, strong_until)
		select @id, @hash, @kind, a.id, a.state, @grant::uuid, @method, @provider::uuid, @browser, @now, @now, @idle, @expires, @strong
		from account a
		where a.id = @account`,
		pgx.StrictNamedArgs{
			"id": of.ID, "hash": digest(reference), "kind": of.Kind, "account": of.Account, "grant": of.Grant, "method": of.Method, "provider": of.Provider,
			"browser": of.Browser, "now": now, "idle": of.IdleUntil, "expires": of.ExpiresAt, "strong": of.StrongUntil,
		})
	if err != nil {
		return SignedIn{}, fmt.Errorf("open session: %w", err)
	}
	opened, err := postgres.One[Session](ctx, q, `
		select `+sessionColumns+`
		from `+sessionTables+`
		where s.id = @id`, pgx.StrictNamedArgs{"id": of.ID})
	if err != nil {
		return SignedIn{}, fmt.Errorf("read session: %w", err)
	}
	return SignedIn{Reference: reference, Session: opened}, nil
}

// proof is how a person proved who they are, and when.
type proof struct {
	by       Method
	provider *string // that vouched for them, if one did
	at       time.Time
}

// proved is a proof by a method of the registry's own, of this moment.
func (s *Store) proved(by Method) proof { return proof{by: by, at: s.now()} }

// signIn opens a person's session after they proved who they are, in the role of
// grant, or in the first that they hold. Who is frozen is refused as who got something
// wrong.
func (s *Store) signIn(ctx context.Context, q execer, b Browser, of, grant string, p proof) (SignedIn, error) {
	frozen, err := account.Frozen(ctx, q, of)
	if err != nil {
		return SignedIn{}, err
	}
	if frozen {
		return SignedIn{}, ErrRefused
	}
	roles, err := account.RolesOf(ctx, q, of)
	if err != nil {
		return SignedIn{}, err
	}
	at := slices.IndexFunc(roles, func(r account.Role) bool { return r.ID == grant })
	switch {
	case len(roles) == 0:
		return SignedIn{}, ErrNoRole
	case at < 0:
		at = 0
	}
	strong := p.at.Add(StrongFor)
	in, err := s.open(ctx, q, b, Session{
		Kind: OfPerson, Account: of, Grant: &roles[at].ID, Method: p.by, Provider: p.provider, StrongUntil: &strong,
	})
	if err != nil {
		return SignedIn{}, err
	}
	in.Known, err = s.know(ctx, q, b, of)
	return in, err
}

// label is what is kept of what a browser says it is.
func label(s string) string {
	const most = 200
	if !utf8.ValidString(s) {
		return ""
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

func (s *Store) end(ctx context.Context, q execer, id string) error {
	err := q.Exec(ctx, `
		update session
		set ended_at = @now
		where id = @id and ended_at is null`, pgx.StrictNamedArgs{"id": id, "now": s.now()})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// endAll ends an account's sessions.
func (s *Store) endAll(ctx context.Context, q execer, of string) error {
	err := q.Exec(ctx, `
		update session
		set ended_at = @now
		where account = @account and ended_at is null`, pgx.StrictNamedArgs{"account": of, "now": s.now()})
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	err = q.Exec(ctx, `
		delete from token_opening o
		using token t
		where t.id = o.token and t.account = @account`, pgx.StrictNamedArgs{"account": of})
	if err != nil {
		return fmt.Errorf("shut tokens: %w", err)
	}
	return nil
}

// goesOn refuses if a session has ended meanwhile, or was frozen.
func (s *Store) goesOn(ctx context.Context, q postgres.Queryer, id string) error {
	goes, err := postgres.Scalar[bool](ctx, q, `
		select exists (select from session where id = @id and ended_at is null and not account_is_frozen(account))`, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("look up session: %w", err)
	}
	if !goes {
		return ErrNoSession
	}
	return nil
}
