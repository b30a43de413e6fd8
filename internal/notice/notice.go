// Package notice decides whom the registry tells of what, and says it. It is asked
// twice of each event: whom there is to tell, and, when a letter to one of them is
// about to go, whether that one may still know. What a letter says is made then, and
// of it nothing but ids was kept before.
package notice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// Notices tells people. Set every field.
type Notices struct {
	Register *register.Register
	SignIn   *signin.Store
	Words    *mail.Words
	Sender   mail.Sender
	Origin   string // where people find the pages: links begin with it
	Now      func() time.Time
}

// Event is what there may be something to tell of, by its ids alone: one of these.
type Event struct {
	Version int64  `json:"version,omitempty"` // of the register
	SignIn  int64  `json:"sign_in,omitempty"` // an event of somebody's signing in
	Entry   string `json:"entry,omitempty"`   // something is due of it: Step says what
	Day     string `json:"day,omitempty"`     // on which people are told of the last day's changes
	Step    string `json:"step,omitempty"`    // for Entry: which of the reminders it is; for Day: up to which version
}

// name is what an event is called where it is noted that it was told of. The epoch
// is the register's life: a later one counts its versions anew.
func (e Event) name(epoch, topic string) string {
	switch {
	case e.SignIn != 0:
		return fmt.Sprintf("%s/signin/%d/%s", epoch, e.SignIn, topic)
	case e.Entry != "":
		return fmt.Sprintf("%s/due/%s/%s/%s", epoch, e.Entry, topic, e.Step)
	case e.Day != "": // one a day, up to wherever it goes
		return fmt.Sprintf("%s/day/%s/%s", epoch, e.Day, topic)
	default:
		return fmt.Sprintf("%s/version/%d/%s", epoch, e.Version, topic)
	}
}

// Delivery is one letter to be written: of what, about which side of it, to whom.
type Delivery struct {
	Event     Event  `json:"event"`
	Topic     string `json:"topic"`
	Recipient string `json:"recipient"` // "account:" or "invitation:" and an id, or "channel:", a state, ":" and an id
}

// staleAfter is how old an event may be before nobody is told of it any more: after
// a long outage, or where mail is set up later, what is past is not news.
const staleAfter = 3 * 24 * time.Hour

// matter is one side of an event: a topic, and who is to know of it.
type matter struct {
	topic   string
	at      time.Time
	to      func(reader) bool            // who of the people may be told; nil for none of them
	entries []touched                    // what it is about: who is told may read some of it, and of that alone
	wanted  bool                         // whether subscribers are told, of what they asked for
	direct  []direct                     // who is told beside the people
	pairs   func(mail.Language) []string // what fills in its words; nil for nothing
	path    string                       // of the page to read on; "" for that of what it is about
}

// direct is an address that is told though nobody signs in with it.
type direct struct {
	recipient string // as in Delivery
	email     string
	language  string
	link      func(context.Context) (string, error) // made while sending: it may hold a secret; nil for none
}

// Whom returns the letters to be written of an event, as it stands now.
func (n *Notices) Whom(ctx context.Context, e Event) (all []Delivery, err error) {
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		matters, err := n.matters(ctx, snap, e)
		if err != nil {
			return err
		}
		people, err := readers(ctx, snap, "")
		if err != nil {
			return err
		}
		for _, m := range matters {
			if n.Now().Sub(m.at) > staleAfter {
				continue
			}
			to := map[string]bool{}
			for _, d := range m.direct {
				to[d.recipient] = true
			}
			for _, p := range people {
				if m.to != nil && m.to(p) {
					to["account:"+p.Account] = true
				}
			}
			if m.wanted {
				if err := subscribers(ctx, snap, m.entries, to); err != nil {
					return err
				}
			}
			for recipient := range to {
				all = append(all, Delivery{e, m.topic, recipient})
			}
		}
		return nil
	})
	return all, err
}

func (n *Notices) matters(ctx context.Context, snap *register.Snapshot, e Event) ([]matter, error) {
	switch {
	case e.SignIn != 0:
		return signInMatters(ctx, snap, e.SignIn)
	case e.Entry != "":
		return n.dueMatters(ctx, snap, e)
	case e.Version != 0:
		return n.versionMatters(ctx, snap, e.Version)
	default:
		return nil, nil
	}
}

// Outcome is what came of a delivery.
type Outcome string

// The outcomes. Each is the end of it.
const (
	Sent      Outcome = "sent"
	Refused   Outcome = "refused"    // by the mail server, for good
	GivenUp   Outcome = "given_up"   // after trying for days, or of too many at once
	NotTheirs Outcome = "not_theirs" // whom it was for may not know, or no longer
)

// Deliver writes a letter and sends it, unless that was done before. Anything but
// nil means that it is to be tried again, but on the last try it is given up.
func (n *Notices) Deliver(ctx context.Context, d Delivery, last bool) (Outcome, error) {
	letter, epoch, err := n.write(ctx, d)
	if err != nil {
		return "", err
	}
	event := d.Event.name(epoch, d.Topic)
	done, err := n.done(ctx, event, d.Recipient)
	if err != nil || done != "" {
		return done, err
	}
	id := mail.ID(n.Sender.From(), event, d.Recipient)
	outcome := NotTheirs
	flooded, err := n.flooded(ctx, d)
	switch {
	case err != nil:
		return "", err
	case letter == nil:
	case flooded:
		outcome = GivenUp
	default:
		message, err := n.compose(ctx, d, letter)
		if err != nil {
			return "", err
		}
		message.ID = id
		var refused *mail.Refused
		switch err := n.Sender.Send(ctx, message); {
		case err == nil:
			outcome = Sent
		case errors.As(err, &refused):
			outcome = Refused
		case last:
			outcome = GivenUp
		default:
			return "", err
		}
	}
	return outcome, n.note(ctx, event, d, id, outcome)
}

// mostInAnHour bounds how many letters of one topic somebody gets in an hour, or the
// mailboxes of one state that it names no longer: nobody fills another's mailbox by
// doing and undoing something, nor writes to strangers through the registry. Other
// topics go on: a flood of one hides none of them.
const mostInAnHour = 30

// flooded reports whether there were as many.
func (n *Notices) flooded(ctx context.Context, d Delivery) (full bool, err error) {
	to := d.Recipient
	if kind, rest, _ := strings.Cut(to, ":"); kind == "channel" {
		state, _, _ := strings.Cut(rest, ":")
		to = kind + ":" + state + ":%"
	}
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		full, err = postgres.Scalar[bool](ctx, snap, `
			select count(*) >= @most
			from notice
			where at > now() - interval '1 hour' and recipient like @to and event like '%/' || @topic || '%' and outcome = 'sent'`,
			pgx.StrictNamedArgs{"to": to, "topic": d.Topic, "most": mostInAnHour})
		return err
	})
	if err != nil {
		return false, fmt.Errorf("count what was told: %w", err)
	}
	return full, nil
}

// done returns what came of a delivery before, "" if nothing did yet.
func (n *Notices) done(ctx context.Context, event, recipient string) (of Outcome, err error) {
	err = n.Register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		of, err = postgres.Scalar[Outcome](ctx, snap, `
			select outcome from notice where event = @event and recipient = @recipient`,
			pgx.StrictNamedArgs{"event": event, "recipient": recipient})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look up whether it was told: %w", err)
	}
	return of, nil
}

// note writes down what came of a delivery; it does not listen to ctx, because the
// letter has gone. A server that is killed before it sends the letter again, under
// the same Message-ID.
func (n *Notices) note(ctx context.Context, event string, d Delivery, id string, outcome Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWait)
	defer cancel()
	err := n.Register.Beside(ctx, access.Registry(), func(tx *register.Aside) error {
		err := tx.Exec(ctx, `
			insert into notice (event, recipient, message_id, outcome) values (@event, @recipient, @id, @outcome)
			on conflict (event, recipient) do nothing`,
			pgx.StrictNamedArgs{"event": event, "recipient": d.Recipient, "id": id, "outcome": outcome})
		if err != nil || d.Event.Day == "" {
			return err
		}
		return digested(ctx, tx, d)
	})
	if err != nil {
		return fmt.Errorf("note what was told: %w", err)
	}
	return nil
}

const noteWait = 10 * time.Second

// Sweep drops what was told so long ago that nothing asks for it any more.
func (n *Notices) Sweep(ctx context.Context) error {
	return n.Register.Beside(ctx, access.Registry(), func(tx *register.Aside) error {
		return tx.Exec(ctx, `delete from notice where at < now() - interval '400 days'`, pgx.StrictNamedArgs{})
	})
}
