package signin

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// Outcome is what came of somebody's signing in.
type Outcome string

// The outcomes.
const (
	Succeeded   Outcome = "signed_in"
	SteppedUp   Outcome = "stepped_up"
	Refused     Outcome = "refused"
	SignedOut   Outcome = "signed_out"
	Ended       Outcome = "ended"        // a session was ended from elsewhere
	Enrolled    Outcome = "enrolled"     // a method was set up
	Removed     Outcome = "removed"      // a method was taken away
	TokenOpened Outcome = "token_opened" // a token of theirs may do for minutes what a sign-in may
	TokenShut   Outcome = "token_shut"
	Flagged     Outcome = "flagged" // a passkey's count went back: there may be a copy of it
	Guessed     Outcome = "guessed" // refused, and the tenth wrong code in a row behind the right password
	Shut        Outcome = "shut"    // refused, and the last that is looked at: the password signs nobody in
)

// Event is one of them. It keeps no address.
type Event struct {
	ID      int64
	At      time.Time
	Account *string // nil if nobody is known by the name that was given
	State   *string
	Method  Method
	Outcome Outcome
	Browser string // its label
	Known   bool   // whether the person had signed in from there before
}

// How long an event is kept: a year, and time to look into it. One of nobody is kept
// for a day: a flood of them must not fill the disk.
const (
	eventsKept  = 400 * 24 * time.Hour
	nobodysKept = 24 * time.Hour
)

func (s *Store) record(ctx context.Context, q execer, e Event) error {
	err := q.Exec(ctx, `
		insert into signin_event (at, account, state, method, outcome, browser, known)
		values (@now, @account, (select a.state from account a where a.id = @account::uuid), @method, @outcome, @browser, @known)`,
		pgx.StrictNamedArgs{
			"now": s.now(), "account": e.Account, "method": e.Method, "outcome": e.Outcome, "browser": label(e.Browser), "known": e.Known,
		})
	if err != nil {
		return fmt.Errorf("record what came of signing in: %w", err)
	}
	return nil
}

// mostEvents is how many are shown at once.
const mostEvents = 200

// Events returns what happened of late when an account signed in, the latest
// first: one's own, or as a head one of the own state's people. The second wall
// says whose.
func (s *Store) Events(ctx context.Context, by access.Actor, of string) (all []Event, err error) {
	err = s.register.Read(ctx, by, func(snap *register.Snapshot) error {
		all, err = postgres.All[Event](ctx, snap, `
			select id, at, account, state, method, outcome, browser, known
			from signin_event
			where account::text = @account
			order by id desc
			limit @most`, pgx.StrictNamedArgs{"account": of, "most": mostEvents})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return all, nil
}

// sweepEvery is how often what has had its time is dropped.
const sweepEvery = time.Hour

// Keep sweeps now and then, until ctx ends. Any number of servers may.
func (s *Store) Keep(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "sweep what people signed in with", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep drops what has had its time: events, sessions and browsers of long ago,
// challenges and counters that are over, client secrets that others took the place of.
func (s *Store) Sweep(ctx context.Context) error {
	now := s.now()
	return s.beside(ctx, func(tx *register.Aside) error {
		for sql, before := range map[string]time.Time{
			`delete from signin_event where at < @before`:                        now.Add(-eventsKept),
			`delete from signin_event where at < @before and account is null`:    now.Add(-nobodysKept),
			`delete from session where coalesce(ended_at, expires_at) < @before`: now.Add(-eventsKept),
			`delete from known_browser where seen_at < @before`:                  now.Add(-eventsKept),
			`delete from token_opening where until < @before`:                    now,
			`delete from ceremony where expires_at < @before`:                    now,
			`delete from signin_attempt where until < @before`:                   now,
			`delete from identity_provider_secret s
			using identity_provider i
			where i.id = s.provider and (i.ended_at < @before
				or exists (select from identity_provider_secret n where n.provider = s.provider and n.version > s.version))`: now,
		} {
			if err := tx.Exec(ctx, sql, pgx.StrictNamedArgs{"before": before}); err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
		}
		return nil
	})
}
