package signin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// How often something may be tried in tryWindow. It ends by itself: a stranger who
// knows a sign-in name holds its person up, and shuts nobody out. Who has the password
// too comes to another end: see guess.
const (
	tryWindow   = 15 * time.Minute
	perAccount  = 10  // for a sign-in name, from browsers that it was not signed in from before
	perBrowser  = 10  // for a sign-in name, from one that it was
	perNetwork  = 50  // for a network: a ministry may have one address
	perInviter  = 60  // invitations of one account
	perCeremony = 300 // challenges of a network: nothing is guessed by asking for one
)

// budget is something of which only so much may be tried.
type budget struct {
	name string // never kept: its hash is
	most int
}

func (b budget) hash() []byte {
	sum := sha256.Sum256([]byte(b.name))
	return sum[:]
}

// take counts a try against each budget, and returns a TooManyRequests problem if
// one is spent. It counts before anything is compared, so that tries in parallel
// count as tries; refund takes back what was none.
func (s *Store) take(ctx context.Context, budgets ...budget) error {
	now := s.now()
	var wait time.Duration
	err := s.beside(ctx, func(tx *register.Aside) error {
		for _, b := range budgets {
			got, err := postgres.One[struct {
				Tries int
				Until time.Time
			}](ctx, tx, `
				insert into signin_attempt as a (name, tries, until)
				values (@name, 1, @until)
				on conflict (name) do update
				set tries = case when a.until <= @now then 1 else a.tries + 1 end,
					until = case when a.until <= @now then excluded.until else a.until end
				returning tries, until`,
				pgx.StrictNamedArgs{"name": b.hash(), "now": now, "until": now.Add(tryWindow)})
			if err != nil {
				return fmt.Errorf("count tries: %w", err)
			}
			if got.Tries > b.most {
				wait = max(wait, got.Until.Sub(now), time.Second)
			}
		}
		return nil
	})
	if err != nil || wait == 0 {
		return err
	}
	return &problem.Error{
		Kind: problem.TooManyRequests, RetryAfter: wait,
		Detail: "this was tried too often: wait as long as Retry-After says; with a passkey, or from a browser that you have signed in from before, you need not wait",
	}
}

func (s *Store) refund(ctx context.Context, q execer, budgets ...budget) error {
	for _, b := range budgets {
		err := q.Exec(ctx, `
			update signin_attempt
			set tries = tries - 1
			where name = @name and tries > 0`, pgx.StrictNamedArgs{"name": b.hash()})
		if err != nil {
			return fmt.Errorf("take back a try: %w", err)
		}
	}
	return nil
}

// network is what an address is counted under: an IPv6 customer has a /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// budgets are what a try at an account is counted against: from a browser that
// signed in to it before, that browser's own, which no stranger can spend.
func (b Browser) budgets(what, name string, known bool) []budget {
	if known {
		return []budget{{what + " browser " + b.Known + " " + name, perBrowser}}
	}
	return []budget{{what + " network " + network(b.Address), perNetwork}, {what + " account " + name, perAccount}}
}

// knows reports whether somebody with the sign-in name has signed in from the
// browser before.
func (s *Store) knows(ctx context.Context, b Browser, email string) (known bool, err error) {
	err = s.beside(ctx, func(tx *register.Aside) error {
		known, err = postgres.Scalar[bool](ctx, tx, `
			select exists (
				select from known_browser k
				join person p on p.account = k.account
				where k.hash = @hash and (p.email = @email or @email = '') and k.seen_at > @long_ago)`,
			pgx.StrictNamedArgs{"hash": digest(b.Known), "email": email, "long_ago": s.now().Add(-eventsKept)})
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for browser: %w", err)
	}
	return known, nil
}

// know remembers that the account signed in from the browser, and returns the
// value of its long-lived cookie: a new one unless the account knew it, so that
// nobody can plant one.
func (s *Store) know(ctx context.Context, q execer, b Browser, of string) (string, error) {
	now := s.now()
	_, err := postgres.Scalar[string](ctx, q, `
		update known_browser
		set seen_at = @now
		where hash = @hash and account = @account
		returning account::text`, pgx.StrictNamedArgs{"hash": digest(b.Known), "account": of, "now": now})
	if err == nil {
		return b.Known, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find browser: %w", err)
	}
	known := newSecret()
	err = q.Exec(ctx, `insert into known_browser (hash, account, seen_at) values (@hash, @account, @now)`,
		pgx.StrictNamedArgs{"hash": digest(known), "account": of, "now": now})
	if err != nil {
		return "", fmt.Errorf("remember browser: %w", err)
	}
	return known, nil
}
