// Package delegation keeps who may speak for a state: on whose authority, since
// when, until when, and by which channels of its own.
package delegation

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// The statuses of a delegation.
const (
	Open      = "open"
	Contested = "contested" // writes in its name are frozen
	Closed    = "closed"    // its entries stay, marked unrepresented
)

// Delegation is who may speak for a state.
type Delegation struct {
	ID        string
	State     string // alpha-2
	Authority string // the note verbale or letter that it rests on
	Status    string
	Since     time.Time
	Until     *time.Time
	Channels  []Channel
	Mode      Mode
	Version   int64
}

// Mode is whether one of a delegation's people changes the state's words alone.
type Mode string

// The modes.
const (
	Single    Mode = "single"     // one does, and takes effect at once
	TwoPerson Mode = "two_person" // one proposes, and another decides
	ByDefault Mode = "default"    // single until two people can decide, two_person from then on
)

// ModeInput is what a head chooses.
type ModeInput struct {
	Mode Mode `json:"mode" validate:"oneof=single two_person default"`
}

// Channel is a way to reach the delegation itself: its mission or ministry.
type Channel struct {
	Of       string `json:"of" validate:"oneof=mission ministry other"`
	Type     string `json:"type" validate:"oneof=email phone messaging web_form"`
	Usage    string `json:"usage,omitempty" validate:"omitempty,oneof=duty office mobile satellite fax"`
	Protocol string `json:"protocol,omitempty" validate:"omitempty,slug"`
	Value    string `json:"value" validate:"required,max=2000"`
	Note     string `json:"note,omitempty" validate:"max=500,line"`
}

// ChannelsInput is a delegation's channels, whole, in the order to try.
type ChannelsInput struct {
	Channels []Channel `json:"channels" validate:"required,max=20,dive"`
}

// OpenInput is what the secretariat says of a new delegation.
type OpenInput struct {
	State     string `json:"state" validate:"required,alpha2"`
	Authority string `json:"authority" validate:"required,max=500,line"`
}

// Store reads and changes delegations.
type Store struct {
	register *register.Register
}

// NewStore returns a Store on r.
func NewStore(r *register.Register) *Store { return &Store{register: r} }

// Open opens a delegation for a state that has none: two of the secretariat, of
// different co-chairs, on the state's authority.
func (s *Store) Open(ctx context.Context, act register.Act, in OpenInput) (Delegation, error) {
	check := func(tx *register.Tx) error {
		if err := tx.RequireTogether(access.OpenDelegation); err != nil {
			return err
		}
		valid.Normalise(&in)
		return valid.Struct(&in)
	}
	var opened Delegation
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		opened, err = OpenIn(ctx, tx, in)
		return err
	})
	return opened, err
}

// OpenIn opens a delegation in a transaction, and tells the trail. Who may, and
// whether the input is sound, is the caller's to check.
func OpenIn(ctx context.Context, tx *register.Tx, in OpenInput) (Delegation, error) {
	opened := Delegation{
		ID: uuid.NewString(), State: in.State, Authority: in.Authority, Status: Open,
		Since: tx.At, Channels: []Channel{}, Mode: ByDefault, Version: tx.Version,
	}
	if err := insert(ctx, tx, opened); err != nil {
		return Delegation{}, err
	}
	return opened, tx.Changed(change("opened", nil, opened))
}

// Contest freezes all writes in a delegation's name, until two of the
// secretariat settle who speaks for the state.
func (s *Store) Contest(ctx context.Context, act register.Act, id string) (Delegation, error) {
	return s.Settle(ctx, act, id, Contested, unconditional)
}

// Reopen ends a contest in the delegation's favour.
func (s *Store) Reopen(ctx context.Context, act register.Act, id string) (Delegation, error) {
	return s.Settle(ctx, act, id, Open, unconditional)
}

// Close ends a delegation. Roles and tokens held under it end with it; the
// entries stay, marked unrepresented.
func (s *Store) Close(ctx context.Context, act register.Act, id string) (Delegation, error) {
	return s.Settle(ctx, act, id, Closed, unconditional)
}

var unconditional = register.Sent[entry.Nothing]{If: register.Precondition{None: true}}

// settled is what it is called in the trail that a delegation got a status.
var settled = map[string]string{Open: "reopened", Contested: "contested", Closed: "closed"}

// Settle gives a delegation another status: see Contest, Reopen and Close.
func (s *Store) Settle(ctx context.Context, act register.Act, id, status string, sent register.Sent[entry.Nothing]) (Delegation, error) {
	var before Delegation
	check := func(tx *register.Tx) (err error) {
		if before, err = Get(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.RequireTogether(access.OpenDelegation); err != nil {
			return err
		}
		if sent.Err != nil {
			return sent.Err
		}
		if err := sent.If.Check(tx, before.Version); err != nil {
			return err
		}
		if before.Status == Closed || before.Status == status {
			return problem.Errorf(problem.Conflict, "the delegation is %s", before.Status)
		}
		return nil
	}
	after := Delegation{}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after = before
		after.Status, after.Version = status, tx.Version
		if status == Closed {
			after.Until = &tx.At
		}
		if err := update(ctx, tx, after); err != nil {
			return err
		}
		return tx.Changed(change(settled[status], &before, after))
	})
	return after, err
}

// SetChannels gives a delegation its channels, whole.
func (s *Store) SetChannels(ctx context.Context, act register.Act, id string, sent register.Sent[ChannelsInput]) (Delegation, error) {
	in := sent.Body
	return s.amend(ctx, act, id, amendment{
		name: "replaced", action: access.ChangeEntry, sent: sent.Err, matches: sent.If,
		check: func(before Delegation) error { return in.settle(before.State) },
		do: func(d *Delegation) {
			if d.Channels = in.Channels; d.Channels == nil {
				d.Channels = []Channel{}
			}
		},
	})
}

// ChooseMode says whether one of a delegation's people changes the state's words
// alone: its head does, alone too, else nobody could end it once the second is gone.
func (s *Store) ChooseMode(ctx context.Context, act register.Act, id string, sent register.Sent[ModeInput]) (Delegation, error) {
	return s.amend(ctx, act, id, amendment{
		name: "mode_chosen", action: access.ChooseMode, alone: true, strong: true, sent: sent.Err, matches: sent.If,
		check: func(Delegation) error { return valid.Struct(&sent.Body) },
		do:    func(d *Delegation) { d.Mode = sent.Body.Mode },
	})
}

// amendment is what a delegation's own people change of it.
type amendment struct {
	name    string
	action  access.Action
	alone   bool // whether one does it where two decide
	strong  bool // whether it wants a fresh sign-in
	sent    error
	matches register.Precondition
	check   func(Delegation) error
	do      func(*Delegation)
}

func (s *Store) amend(ctx context.Context, act register.Act, id string, m amendment) (after Delegation, err error) {
	var before Delegation
	check := func(tx *register.Tx) (err error) {
		if before, err = Get(ctx, tx, id); err != nil {
			return err
		}
		if err := act.By.Require(m.action, access.Subject{State: before.State}); err != nil {
			return err
		}
		if m.strong {
			if err := register.Strong(ctx, tx, act.By); err != nil {
				return err
			}
		}
		if m.sent != nil {
			return m.sent
		}
		if err := m.matches.Check(tx, before.Version); err != nil {
			return err
		}
		if err := m.check(before); err != nil {
			return err
		}
		if before.Status == Closed {
			return problem.Errorf(problem.Conflict, "the delegation is closed")
		}
		return nil
	}
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after = before
		m.do(&after)
		after.Version = tx.Version
		if err := update(ctx, tx, after); err != nil {
			return err
		}
		c := change(m.name, &before, after)
		c.AtOnce = m.alone
		return tx.Changed(c)
	})
	return after, err
}

// settle puts the channels in their canonical form.
func (in *ChannelsInput) settle(state string) error {
	valid.Normalise(in)
	faults, _ := problem.Faults(valid.Struct(in))
	for i := range in.Channels {
		ch := &in.Channels[i]
		at := fmt.Sprintf("/channels/%d", i)
		canonical, err := valid.Channel(ch.Type, ch.Value, state)
		if err != nil {
			faults = append(faults, problem.Fault{Pointer: at + "/value", Detail: err.Error()})
		} else {
			ch.Value = canonical
		}
		if detail := valid.ChannelUse(ch.Type, ch.Usage, ch.Protocol); detail != "" {
			faults = append(faults, problem.Fault{Pointer: at, Detail: detail})
		}
	}
	return problem.WithFaults(faults)
}

func change(act string, before *Delegation, after Delegation) register.Change {
	c := register.Change{
		Act: act, Noun: "delegation", Key: after.ID, State: after.State, For: access.ForParticipants, After: parts(after),
	}
	if before != nil {
		c.Before = parts(*before)
	}
	return c
}

func parts(d Delegation) []register.Part {
	if d.Until != nil {
		until := d.Until.UTC()
		d.Until = &until
	}
	out := []register.Part{{Name: "entry", For: access.ForParticipants, Content: struct {
		ID        string     `json:"id"`
		State     string     `json:"state"`
		Authority string     `json:"authority"`
		Status    string     `json:"status"`
		Since     time.Time  `json:"since"`
		Until     *time.Time `json:"until"`
		Channels  []Channel  `json:"channels"`
	}{d.ID, d.State, d.Authority, d.Status, d.Since.UTC(), d.Until, d.Channels}}}
	// Others need not know how easily a state's words change. What was said before
	// there was a choice says nothing of it.
	if d.Mode != Single {
		out = append(out, register.Part{Name: "mode", For: access.ForSelected, Content: d.Mode})
	}
	return out
}
