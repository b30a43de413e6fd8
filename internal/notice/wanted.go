package notice

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// wants is whether a subscription s is to an entry, of a state and of what sort.
const wants = `(s.state is null or s.state = asked.state) and (s.kind is null or s.kind = asked.what)
	and (s.framework is null or exists (
		select from membership m
		where m.state = asked.state and m.framework = s.framework
		and (m.since is null or m.since <= current_date) and (m.until is null or m.until > current_date)))`

// asked are entries as the statements here take them.
const asked = `unnest(@states::text[], @whats::text[], @times::timestamptz[]) with ordinality as asked (state, what, at, place)`

func askedArguments(entries []touched, more pgx.StrictNamedArgs) pgx.StrictNamedArgs {
	states, whats, times := make([]string, len(entries)), make([]string, len(entries)), make([]time.Time, len(entries))
	for i, e := range entries {
		states[i], whats[i], times[i] = e.State, e.what(), e.At
	}
	more["states"], more["whats"], more["times"] = states, whats, times
	return more
}

// subscribers adds to whom a matter goes those who asked to be told at once.
func subscribers(ctx context.Context, q postgres.Queryer, entries []touched, to map[string]bool) error {
	rows, err := postgres.All[struct{ Account string }](ctx, q, `
		select distinct s.account
		from `+asked+`
		join subscription s on s.delivery = 'at_once' and s.created_at <= asked.at and `+wants, askedArguments(entries, pgx.StrictNamedArgs{}))
	if err != nil {
		return fmt.Errorf("look up who asked to be told: %w", err)
	}
	for _, row := range rows {
		to["account:"+row.Account] = true
	}
	return nil
}

// asked returns those of entries of other states that a person asked to be told of,
// at once or daily.
func (n *Notices) asked(ctx context.Context, r reader, entries []touched, delivery string) (wanted []touched, err error) {
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		rows, err := postgres.All[struct{ Place int }](ctx, snap, `
			select distinct asked.place
			from `+asked+`
			join subscription s on s.account = @account and s.delivery = @delivery and s.created_at <= asked.at and `+wants+`
			where asked.state <> @own
			order by asked.place`, askedArguments(entries, pgx.StrictNamedArgs{"account": r.Account, "own": text(r.State), "delivery": delivery}))
		for _, row := range rows {
			wanted = append(wanted, entries[row.Place-1])
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up what they asked to be told of: %w", err)
	}
	return wanted, nil
}

const digestTopic = "digest"

// digestHour is when the daily digest is made, UTC.
const digestHour = 6

// Digests returns today's digests that are to be written, once it is time for them.
// What is in one is looked up when it is sent.
func (n *Notices) Digests(ctx context.Context) (all []Delivery, err error) {
	now := n.Now().UTC()
	if now.Hour() < digestHour {
		return nil, nil
	}
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		rows, err := postgres.All[struct{ Account string }](ctx, snap, `
			select distinct account from subscription where delivery = 'daily'`, pgx.StrictNamedArgs{})
		if err != nil {
			return fmt.Errorf("look up who gets a digest: %w", err)
		}
		for _, row := range rows {
			e := Event{Day: now.Format(time.DateOnly), Step: strconv.FormatInt(snap.Version, 10)}
			all = append(all, Delivery{e, digestTopic, "account:" + row.Account})
		}
		all, err = n.untold(ctx, snap, snap.Epoch, all)
		return err
	})
	return all, err
}

// longestDigest is how many changes are looked through for one: an import may make
// ten thousand, and who is told that there were more reads on.
const longestDigest = 20_000

// digestMatter is what changed since a person's last digest, or in the last week.
func digestMatter(ctx context.Context, q postgres.Queryer, account string, e Event) (*matter, error) {
	changes, err := postgres.All[change](ctx, q, `
		select `+changeColumns+`
		from trail_change c
		join entry e on e.id = c.entry
		where c.noun in ('contact', 'organisation', 'strategy') and c.act <> 'confirmed'
		and c.version <= @to and c.at > now() - interval '7 days'
		and c.version > coalesce((select d.version from digest d where d.account::text = @account), 0)
		order by c.version, c.ordinal
		limit @most`, pgx.StrictNamedArgs{"to": e.upTo(), "account": account, "most": longestDigest})
	if err != nil {
		return nil, fmt.Errorf("read what changed since the last digest: %w", err)
	}
	if len(changes) == 0 {
		return nil, nil
	}
	m := followedMatter(changes)
	m.topic = digestTopic
	m.pairs = func(mail.Language) []string { return []string{"day", e.Day} }
	return &m, nil
}

// upTo is the version that a day's digest goes up to.
func (e Event) upTo() int64 {
	n, err := strconv.ParseInt(e.Step, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// digested notes up to where somebody's digest went.
func digested(ctx context.Context, tx *register.Aside, d Delivery) error {
	err := tx.Exec(ctx, `
		insert into digest (account, version)
		select a.id, @to from account a where 'account:' || a.id = @recipient
		on conflict (account) do update set version = greatest(digest.version, excluded.version)`,
		pgx.StrictNamedArgs{"to": d.Event.upTo(), "recipient": d.Recipient})
	if err != nil {
		return fmt.Errorf("note a digest: %w", err)
	}
	return nil
}
