package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

// reminder is something that is due of an entry by now.
type reminder struct {
	touched
	topic string
	step  string // names the reminder among those of its entry and topic
	date  time.Time
}

// Due returns the reminders that are due and that nobody has had: a confirmation 150
// and 180 days after the last, and then each week; a key 60, 30 and 7 days before it
// expires; a strategy when its review is. Of several that came due while nobody
// looked, the latest counts.
func (n *Notices) Due(ctx context.Context) (all []Delivery, err error) {
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		due, err := n.due(ctx, snap, "")
		if err != nil {
			return err
		}
		people, err := readers(ctx, snap, "")
		if err != nil {
			return err
		}
		for _, r := range due {
			told := map[string]bool{} // who holds several roles
			for _, p := range people {
				if r.to(p) && !told[p.Account] {
					told[p.Account] = true
					all = append(all, Delivery{Event{Entry: r.ID, Step: r.step}, r.topic, "account:" + p.Account})
				}
			}
		}
		all, err = n.untold(ctx, snap, snap.Epoch, all)
		return err
	})
	return all, err
}

// untold leaves out what was told already.
func (n *Notices) untold(ctx context.Context, q postgres.Queryer, epoch string, all []Delivery) (left []Delivery, err error) {
	events, recipients := make([]string, len(all)), make([]string, len(all))
	for i, d := range all {
		events[i], recipients[i] = d.Event.name(epoch, d.Topic), d.Recipient
	}
	rows, err := postgres.All[struct{ Place int }](ctx, q, `
		select asked.place
		from unnest(@events::text[], @recipients::text[]) with ordinality as asked (event, recipient, place)
		where not exists (select from notice n where n.event = asked.event and n.recipient = asked.recipient)`,
		pgx.StrictNamedArgs{"events": events, "recipients": recipients})
	if err != nil {
		return nil, fmt.Errorf("look up what was told: %w", err)
	}
	for _, row := range rows {
		left = append(left, all[row.Place-1])
	}
	return left, nil
}

// to reports whether a reminder is for a reader: those who can do what is due.
func (r reminder) to(p reader) bool {
	if r.topic != reviewDue && r.what() == "technical" {
		return p.of(r.State, officers...)
	}
	return p.of(r.State, deciders...)
}

// The topics of reminders.
const (
	confirmDue = "confirm_due"
	keyExpires = "key_expires"
	reviewDue  = "review_due"
)

// dated is an entry with a day that matters.
type dated struct {
	ID    string
	Noun  string
	Kind  string
	State string
	At    time.Time
	Mark  string
}

func (d dated) touched(topic string) touched {
	return touched{ID: d.ID, Noun: d.Noun, Kind: d.Kind, State: d.State, Act: topic}
}

// nominated are the entries of which anything is due: those that a state stands
// behind.
const nominated = `e.basis = 'nominated' and e.standing = 'active' and (@id = '' or e.id::text = @id)`

// due returns what is due now of a state's nominated entries in use, or of one.
func (n *Notices) due(ctx context.Context, q postgres.Queryer, id string) (all []reminder, err error) {
	args := pgx.StrictNamedArgs{"id": id, "now": n.Now()}
	unproven, err := postgres.All[dated](ctx, q, `
		select e.id, e.noun, e.kind, e.state, e.confirmed_at as at, '' as mark
		from entry e
		where `+nominated+` and e.confirmed_at <= @now::timestamptz - interval '150 days'
		order by e.state, e.id`, args)
	if err != nil {
		return nil, fmt.Errorf("look for what is to be confirmed: %w", err)
	}
	expiring, err := postgres.All[dated](ctx, q, `
		select e.id, e.noun, e.kind, e.state, k.expires_at as at, k.fingerprint as mark
		from contact_key k
		join entry e on e.id = k.contact
		where `+nominated+` and k.expires_at > @now and k.expires_at <= @now::timestamptz + interval '60 days'
		order by e.state, e.id, k.expires_at`, args)
	if err != nil {
		return nil, fmt.Errorf("look for keys that expire: %w", err)
	}
	for _, r := range unproven {
		all = append(all, reminder{r.touched(confirmDue), confirmDue, confirmStep(r.At, n.Now()), r.At})
	}
	for _, r := range expiring {
		all = append(all, reminder{r.touched(keyExpires), keyExpires, keyStep(r.Mark, r.At, n.Now()), r.At})
	}
	return n.reviews(ctx, q, id, all)
}

const day = 24 * time.Hour

// confirmStep names the reminder that an entry's age has come to: its last
// confirmation, and the days since.
func confirmStep(confirmed, now time.Time) string {
	days := int(now.Sub(confirmed) / day)
	switch due := int(entry.DueAfter / day); {
	case days < due:
		days = 150
	default:
		days -= (days - due) % 7
	}
	return fmt.Sprintf("%s.%d", confirmed.UTC().Format(time.DateOnly), days)
}

// keyStep names the reminder that a key's last days have come to.
func keyStep(fingerprint string, expires, now time.Time) string {
	left := 60
	for _, days := range []int{30, 7} {
		if expires.Sub(now) <= time.Duration(days)*day {
			left = days
		}
	}
	return fmt.Sprintf("%s.%s.%d", fingerprint, expires.UTC().Format(time.DateOnly), left)
}

// reviews adds the strategies whose review is due: on the first day of the year or
// the month, where no more is said.
func (n *Notices) reviews(ctx context.Context, q postgres.Queryer, id string, all []reminder) ([]reminder, error) {
	rows, err := postgres.All[struct {
		ID        string
		State     string
		AdoptedOn string
		ReviewDue string
	}](ctx, q, `
		select e.id, e.state, s.adopted_on, s.review_due
		from strategy s
		join entry e on e.id = s.id
		where `+nominated+` and s.status in ('draft', 'adopted', 'in_force')
		and not exists (
			select from strategy l
			join entry f on f.id = l.id
			where l.supersedes = s.id and f.basis = 'nominated' and f.standing = 'active')
		order by e.state, e.id`, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("look for strategies to review: %w", err)
	}
	for _, r := range rows {
		due := strategy.Strategy{Details: strategy.Details{AdoptedOn: r.AdoptedOn, ReviewDue: r.ReviewDue}}.ReviewDue()
		on, err := time.Parse(time.DateOnly, due+"-01-01"[min(max(len(due)-4, 0), 6):])
		if due == "" || err != nil || n.Now().Before(on) {
			continue
		}
		d := dated{ID: r.ID, Noun: "strategy", State: r.State}
		all = append(all, reminder{d.touched(reviewDue), reviewDue, due, on})
	}
	return all, nil
}

// dueMatters is what is to be told of a reminder, if it is still the one that counts.
func (n *Notices) dueMatters(ctx context.Context, q postgres.Queryer, e Event) (all []matter, err error) {
	due, err := n.due(ctx, q, e.Entry)
	for _, r := range due {
		if r.step == e.Step {
			all = append(all, matter{
				topic: r.topic, at: n.Now(), to: r.to, entries: []touched{r.touched},
				pairs: func(in mail.Language) []string {
					return []string{"state", stateName(in, r.State), "date", r.date.UTC().Format(time.DateOnly)}
				},
			})
		}
	}
	return all, err
}
