package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// opensFor is how long a token that its person opens may do what wants a fresh sign-in:
// as long as a sign-in is fresh.
const opensFor = StrongFor

// OwnToken is a token of somebody's own that may write.
type OwnToken struct {
	ID         string
	Label      string
	Hint       string // the secret's last digits
	Role       access.Role
	State      *string
	CoChair    *string
	ExpiresAt  time.Time
	LastUsedAt *time.Time
	OpenUntil  *time.Time // nil if it is not open now
}

// Tokens returns a person's own tokens that stand and may write, the newest first.
func (s *Store) Tokens(ctx context.Context, of Session) (all []OwnToken, err error) {
	if of.Kind != OfPerson {
		return nil, nil
	}
	err = s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		all, err = postgres.All[OwnToken](ctx, snap, `
			select t.id, t.label, t.hint, t.role, t.state, g.co_chair, t.expires_at, u.last_used_at, o.until as open_until
			from token t
			join role_grant g on g.id = t.role_grant
			left join token_use u on u.token = t.id
			left join token_opening o on o.token = t.id and o.until > now()
			where t.account = @account and t.writes and credential_stands(t.id) <> 'no'
			order by t.created_at desc, t.id`, pgx.StrictNamedArgs{"account": of.Account})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list one's own tokens: %w", err)
	}
	return all, nil
}

// OpenToken lets a person's own token do what wants a fresh sign-in, for the five
// minutes that one is fresh. It returns ErrStepUp to who has not just signed in.
func (s *Store) OpenToken(ctx context.Context, b Browser, of Session, token string) error {
	switch {
	case of.Kind != OfPerson:
		return errNoSuchToken
	case !of.Strong(s.now()):
		return ErrStepUp
	}
	return s.onOwnToken(ctx, of, token, Event{Account: &of.Account, Method: of.Method, Outcome: TokenOpened, Browser: b.Label, Known: true}, `
		insert into token_opening (token, until)
		select t.id, clock_timestamp() + make_interval(secs => @lasts)
		from token t
		where t.id::text = @token and t.account = @account and t.writes and credential_stands(t.id) <> 'no'
		on conflict (token) do update set until = excluded.until
		returning token::text`, pgx.StrictNamedArgs{"token": token, "account": of.Account, "lasts": opensFor.Seconds()})
}

// ShutToken ends what OpenToken began.
func (s *Store) ShutToken(ctx context.Context, b Browser, of Session, token string) error {
	return s.onOwnToken(ctx, of, token, Event{Account: &of.Account, Method: of.Method, Outcome: TokenShut, Browser: b.Label, Known: true}, `
		delete from token_opening o
		using token t
		where t.id = o.token and t.id::text = @token and t.account = @account
		returning o.token::text`, pgx.StrictNamedArgs{"token": token, "account": of.Account})
}

var errNoSuchToken = problem.Errorf(problem.NotFound, "you have no such token, or it has ended")

// onOwnToken runs a statement that names the token it was about, if there is one.
func (s *Store) onOwnToken(ctx context.Context, of Session, token string, e Event, sql string, args pgx.StrictNamedArgs) error {
	return s.beside(ctx, func(tx *register.Aside) error {
		_, err := postgres.Scalar[string](ctx, tx, sql, args)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return errNoSuchToken
		case err != nil:
			return fmt.Errorf("open or shut a token: %w", err)
		}
		return s.record(ctx, tx, e)
	})
}
