package contact

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Channel is one way to reach a contact, with its own proof of life.
type Channel struct {
	ID              string           `json:"id"`
	Type            string           `json:"type"`     // email, phone, messaging, web_form
	Usage           string           `json:"usage"`    // of a phone: duty, office, mobile, satellite, fax
	Protocol        string           `json:"protocol"` // of messaging
	Value           string           `json:"value"`    // address, E.164 number, or URL
	Note            string           `json:"note"`
	Audience        access.Audience  `json:"audience"`
	AudienceStates  []string         `json:"audience_states"`
	AudienceWritten *entry.Selection `json:"audience_written"`
	ConfirmedAt     *time.Time       `json:"confirmed_at"`
	ChangedAt       time.Time        `json:"changed_at"` // when its value was last another
	DeadAt          *time.Time       `json:"dead_at"`    // since when nobody is reached by it
}

// ChannelInput is a channel as its owner sends it; their order is the order to
// try. With the id, or the same type and value as before, it stays the channel
// that it was.
type ChannelInput struct {
	ID       string `json:"id,omitempty" validate:"omitempty,uuid"`
	Type     string `json:"type" validate:"oneof=email phone messaging web_form"`
	Usage    string `json:"usage,omitempty" validate:"omitempty,oneof=duty office mobile satellite fax"`
	Protocol string `json:"protocol,omitempty" validate:"omitempty,slug"`
	Value    string `json:"value" validate:"required,max=2000"`
	Note     string `json:"note,omitempty" validate:"max=500,line"`
	entry.Whom
}

// said is the part of the trail that commits to the channel, at its place in
// the order to try. Whom a selected channel names stands in a part of its own.
func (ch Channel) said(position int) any {
	return struct {
		Position    int             `json:"position"`
		Type        string          `json:"type"`
		Usage       string          `json:"usage"`
		Protocol    string          `json:"protocol"`
		Value       string          `json:"value"`
		Note        string          `json:"note"`
		Audience    access.Audience `json:"audience"`
		ConfirmedAt *time.Time      `json:"confirmed_at"`
		ChangedAt   time.Time       `json:"changed_at"`
		DeadAt      *time.Time      `json:"dead_at"`
	}{position, ch.Type, ch.Usage, ch.Protocol, ch.Value, ch.Note, ch.Audience, ch.ConfirmedAt, ch.ChangedAt, ch.DeadAt}
}

// input is what a PUT of the channel as it stands would say. Whom it is for is
// left out, so that the channel follows when the contact's audience is narrowed:
// see unsaid.
func (ch Channel) input() ChannelInput {
	return ChannelInput{
		ID: ch.ID, Type: ch.Type, Usage: ch.Usage, Protocol: ch.Protocol, Value: ch.Value, Note: ch.Note,
	}
}

// prepareChannels puts the input's channels in canonical form, with the ids
// and the audiences that they will have.
func prepareChannels(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) ([]problem.Fault, error) {
	var faults []problem.Fault
	seen, taken := map[string]bool{}, map[string]bool{}
	for _, in := range d.Input.Channels {
		taken[in.ID] = true
	}
	for i := range d.Input.Channels {
		in := &d.Input.Channels[i]
		at := fmt.Sprintf("/channels/%d", i)
		fault := func(member, detail string) {
			faults = append(faults, problem.Fault{Pointer: at + member, Detail: detail})
		}
		value, err := valid.Channel(in.Type, in.Value, d.Entry.State)
		if err != nil {
			fault("/value", err.Error())
		} else {
			in.Value = value
		}
		if detail := valid.ChannelUse(in.Type, in.Usage, in.Protocol); detail != "" {
			fault("", detail)
		}
		if key := in.Type + "\x00" + in.Usage + "\x00" + in.Protocol + "\x00" + in.Value; seen[key] {
			fault("", "is there twice: keep one")
		} else {
			seen[key] = true
		}
		id, exists := identity(d.Before, *in, taken)
		in.ID = id
		if !exists {
			fault("/id", "is no channel of this contact: leave the id out for a new channel")
		}
		if in.ID != "" && seen[in.ID] {
			fault("/id", "is there twice: leave the id out for a new channel")
		}
		seen[in.ID] = true
		if d.Before != nil && d.Before.Basis == entry.Nominated && !d.Before.SeesNamed(tx.Author()) && !in.keeps(d, id) {
			fault("/audience", "is not yours to change: leave it out, and it stays as it is, or follows the contact's")
			in.Whom = entry.Whom{}
		}
		if in.Audience == "" {
			in.Whom = unsaid(d, id)
		}
		if d.Entry.Audience == access.ForPublic && d.Entry.Basis == entry.PublicSource && in.Audience != access.ForPublic {
			fault("/audience", "is public for what was found in public")
		}
		named, err := in.Expand(ctx, tx, at, known(d)...)
		found, ok := problem.Faults(err)
		if err != nil && !ok {
			return nil, err
		}
		faults = append(faults, found...)
		if err == nil && !entry.Within(in.Audience, named, d.Entry.Audience, d.Entry.AudienceStates) {
			fault("/audience", "is wider than the contact's: choose the same or a narrower one")
		}
	}
	return faults, nil
}

// known is whom the contact and its channels are for already, expanded.
func known(d *entry.Draft[Contact, Input]) []entry.Expanded {
	out := []entry.Expanded{d.Entry.Expanded()}
	if d.Before != nil {
		for _, ch := range d.Before.Channels {
			out = append(out, entry.Expanded{
				Whom: entry.Whom{Audience: ch.Audience, Selected: ch.AudienceWritten}, States: ch.AudienceStates,
			})
		}
	}
	return out
}

// unsaid is whom a channel is for if its owner does not say. A new one is for
// whom its contact is. One that was there keeps its own audience; it follows its
// contact's if it was the same and is narrowed, so that leaving it out never
// shows it to more than before.
func unsaid(d *entry.Draft[Contact, Input], id string) entry.Whom {
	contacts := entry.Whom{Audience: d.Entry.Audience, Selected: d.Entry.AudienceWritten}
	if d.Before == nil || id == "" {
		return contacts
	}
	i := slices.IndexFunc(d.Before.Channels, func(ch Channel) bool { return ch.ID == id })
	if i < 0 {
		return contacts
	}
	was := d.Before.Channels[i]
	same := was.Audience == d.Before.Audience && slices.Equal(was.AudienceStates, d.Before.AudienceStates)
	if same && entry.Within(d.Entry.Audience, d.Entry.AudienceStates, was.Audience, was.AudienceStates) {
		return contacts
	}
	return entry.Whom{Audience: was.Audience, Selected: was.AudienceWritten}
}

// keeps reports whether in leaves whom the channel is for as it was. For one that
// is new, its author says so, unless the contact names states that the author does
// not see; what is as it was, in words, is taken as not said.
func (in *ChannelInput) keeps(d *entry.Draft[Contact, Input], id string) bool {
	i := slices.IndexFunc(d.Before.Channels, func(ch Channel) bool { return ch.ID == id })
	switch {
	case in.Audience == "" && in.Selected == nil:
		return true
	case id == "" || i < 0:
		return d.Before.Audience != access.ForSelected
	case in.Audience != d.Before.Channels[i].Audience || in.Selected != nil:
		return false
	}
	in.Whom = entry.Whom{}
	return true
}

// identity returns the id of the channel that in is: the one that it names, or
// the one that had its type and value and that no other input names; "" for a
// new one, which gets its id when it is saved. It does not exist if it names one
// that the contact does not have.
func identity(before *Contact, in ChannelInput, taken map[string]bool) (id string, exists bool) {
	if before == nil {
		return "", in.ID == ""
	}
	for _, ch := range before.Channels {
		same := ch.Type == in.Type && ch.Usage == in.Usage && ch.Protocol == in.Protocol && ch.Value == in.Value
		if in.ID == ch.ID || in.ID == "" && same && !taken[ch.ID] {
			return ch.ID, true
		}
	}
	return "", in.ID == ""
}

// MarkDead says that nobody is reached by a channel. It acts at once: a dead
// number costs the caller time when there is none.
func (s *Store) MarkDead(ctx context.Context, act register.Act, id, channel string, sent register.Sent[entry.Nothing]) (Contact, error) {
	return s.mark(ctx, act, id, channel, "channel_dead", sent, func(tx *register.Tx, ch *Channel) error {
		if ch.DeadAt != nil {
			return problem.Errorf(problem.Conflict, "the channel is marked dead already")
		}
		ch.DeadAt = &tx.At
		return nil
	})
}

// MarkAlive says that a channel works: it was tried, just now.
func (s *Store) MarkAlive(ctx context.Context, act register.Act, id, channel string, sent register.Sent[entry.Nothing]) (Contact, error) {
	return s.mark(ctx, act, id, channel, "channel_alive", sent, func(tx *register.Tx, ch *Channel) error {
		ch.DeadAt, ch.ConfirmedAt = nil, &tx.At
		return nil
	})
}

func (s *Store) mark(ctx context.Context, act register.Act, id, channel, name string, sent register.Sent[entry.Nothing],
	do func(*register.Tx, *Channel) error,
) (Contact, error) {
	var marked Channel
	rule := func(tx *register.Tx, e *entry.Entry) error {
		if err := tx.By.Require(access.MarkChannel, e.Subject()); err != nil {
			return err
		}
		c, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(c.Channels, func(ch Channel) bool { return ch.ID == channel })
		if i < 0 {
			return problem.Errorf(problem.NotFound, "the contact has no such channel")
		}
		if e.Basis == entry.PublicSource {
			return problem.Errorf(problem.Conflict, "the state has not nominated this contact: nominate it without the channel, or reject it")
		}
		if err := entry.InUse(*e); err != nil {
			return err
		}
		marked = c.Channels[i]
		rehearsed := marked
		return do(tx, &rehearsed)
	}
	return s.Act(ctx, act, id, name, sent, rule, func(ctx context.Context, tx *register.Tx, _ *entry.Entry) error {
		if err := do(tx, &marked); err != nil {
			return err
		}
		return prove(ctx, tx, marked)
	})
}

// channels merges what is asked for with what was there: a channel whose value
// did not change keeps its proof; a dead one stays dead until it is tried.
func channels(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) ([]Channel, error) {
	var out []Channel
	for _, in := range d.Input.Channels {
		named, err := in.Expand(ctx, tx, "", known(d)...)
		if err != nil {
			return nil, err
		}
		ch := Channel{
			ID: cmp.Or(in.ID, uuid.NewString()), Type: in.Type, Usage: in.Usage, Protocol: in.Protocol, Value: in.Value, Note: in.Note,
			Audience: in.Audience, AudienceStates: named, AudienceWritten: in.Selected, ChangedAt: tx.At,
		}
		if d.Entry.Basis == entry.Nominated {
			ch.ConfirmedAt = &tx.At
		}
		if d.Before != nil {
			for _, old := range d.Before.Channels {
				if old.ID == ch.ID && old.Type == ch.Type && old.Usage == ch.Usage && old.Protocol == ch.Protocol && old.Value == ch.Value {
					ch.ChangedAt, ch.DeadAt = old.ChangedAt, old.DeadAt
					ch.ConfirmedAt = cmp.Or(old.ConfirmedAt, ch.ConfirmedAt)
				}
			}
		}
		out = append(out, ch)
	}
	return out, nil
}
