// Package contact keeps the points of contact that states have named, or that
// were found in public: an office before a person, its channels and its keys.
package contact

import (
	"context"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// The kinds of contact.
const (
	Diplomatic     = "diplomatic"
	Technical      = "technical"
	LawEnforcement = "law_enforcement"
	Policy         = "policy" // owner of the national strategy
)

// Kinds are the kinds of contact.
var Kinds = []string{Diplomatic, Technical, LawEnforcement, Policy}

// Details are what a state may say of a contact beyond what every entry carries.
type Details struct {
	// Rank is the place on the ladder: 1 is called first, then the deputies.
	Rank int `json:"rank,omitzero" validate:"min=1,max=99"`
	// Covers is whom the contact speaks for.
	Covers  []string `json:"covers" validate:"max=4,unique,dive,oneof=whole_state government sectors private"`
	Sectors []string `json:"sectors" validate:"max=30,unique,dive,slug"`
	// Networks are a law enforcement contact's: each wants a contact that is always there.
	Networks      []string      `json:"networks" validate:"max=3,unique,dive,oneof=budapest_24_7 g7_24_7 interpol"`
	OfficeTitle   string        `json:"office_title" validate:"max=200,line"`
	OfficeTitleEN string        `json:"office_title_en,omitempty" validate:"max=200,line"`
	Organisation  *string       `json:"organisation,omitempty" validate:"omitempty,uuid"`
	Person        *Person       `json:"person,omitempty"`
	Languages     []string      `json:"languages" validate:"max=20,unique,dive,lang"` // BCP 47
	TimeZone      string        `json:"time_zone,omitempty" validate:"omitempty,tz"`  // IANA
	Availability  *Availability `json:"availability,omitempty"`
	Capabilities  []string      `json:"capabilities" validate:"max=30,unique,dive,slug"`
	Note          string        `json:"note,omitempty" validate:"max=2000,text"`
}

// Person is who holds the office now. An entry need not name one.
type Person struct {
	Name      string `json:"name" validate:"required,max=200,line"`
	NameLatin string `json:"name_latin,omitempty" validate:"max=200,line"`
	Position  string `json:"position,omitempty" validate:"max=200,line"`
}

// Contact is one point of contact, as its reader sees it.
type Contact struct {
	entry.Entry
	Details
	Channels []Channel    // in the order to try
	Keys     []ContactKey // OpenPGP keys and S/MIME certificates

	// ReachedBy is by which kinds of channels the reader can reach somebody:
	// "phone:duty" or "email:".
	ReachedBy []string

	// LinkedOrganisation is its organisation, whether its reader may read that or
	// not: for the trail, which holds the link to who may read both ends, and for no
	// view.
	LinkedOrganisation *string
}

// ForAll reports whether all of c that its reader sees is for everybody to read: a
// public contact may have channels that are not.
func (c Contact) ForAll() bool {
	return c.Entry.ForAll() && !slices.ContainsFunc(c.Channels, func(ch Channel) bool { return ch.Audience != access.ForPublic })
}

// Input is what a person may say about a contact.
type Input struct {
	entry.Common
	Details
	Channels []ChannelInput `json:"channels" validate:"max=30,dive"`
	Keys     []KeyInput     `json:"keys" validate:"max=10,dive"`
}

// KeyInput is a public key as its owner sends it: ASCII-armored OpenPGP, or a
// PEM certificate.
type KeyInput struct {
	Type     string `json:"type" validate:"oneof=openpgp smime"`
	Material string `json:"material" validate:"required,max=262144" norm:"-"`
}

// ContactKey is a key as it is kept.
type ContactKey struct {
	Key
	AddedAt time.Time `json:"added_at"`
}

// Store reads and changes contacts. It owns their rules and their SQL.
type Store struct {
	*entry.Store[Contact, Input]
}

// NewStore returns a Store on r. now is the clock that keys' expiry is held to.
func NewStore(r *register.Register, now func() time.Time) *Store {
	rules := rules{keys: newKeyring(now)}
	return &Store{&entry.Store[Contact, Input]{
		Register: r,
		Noun: entry.Noun[Contact, Input]{
			Name:    "contact",
			Entry:   func(c Contact) entry.Entry { return c.Entry },
			Shared:  func(in *Input) *entry.Common { return &in.Common },
			Input:   inputOf,
			Details: func(c Contact) any { return trailDetails(c) },
			Parts:   parts,
			Get:     Get,
			Those:   Those,
			Ahead:   rules.keys.readAhead,
			Prepare: rules.prepare,
			Save:    rules.save,
			Confirm: confirmChannels,
		},
	}}
}

func inputOf(c Contact, common entry.Common) Input {
	in := Input{Common: common, Details: c.Details}
	for _, ch := range c.Channels {
		in.Channels = append(in.Channels, ch.input())
	}
	for _, k := range c.Keys {
		in.Keys = append(in.Keys, KeyInput{Type: k.Type, Material: k.Material})
	}
	return in
}

// trailDetails leaves the person to a part of its own, which can be erased, and
// the organisation to one that only its readers see.
func trailDetails(c Contact) Details {
	c.Details.Person, c.Details.Organisation = nil, nil
	return c.Details
}

func parts(c Contact) []register.Part {
	out := c.LinkPart("organisation", c.LinkedOrganisation, c.Organisation)
	if c.Person != nil {
		out = append(out, register.Part{Name: "person", Content: c.Person, For: c.Audience, Named: c.AudienceStates})
	}
	for i, ch := range c.Channels {
		out = append(out, register.Part{
			Name: "channel:" + ch.ID, Channel: ch.ID, Content: ch.said(i + 1), For: ch.Audience, Named: ch.AudienceStates,
		})
		if ch.Audience == access.ForSelected {
			out = append(out, register.Part{Name: "channel_audience_state:" + ch.ID, For: access.ForSelected, Content: ch.AudienceStates})
		}
	}
	for _, k := range c.Keys {
		out = append(out, register.Part{Name: "key:" + k.Fingerprint, Content: k, For: c.Audience, Named: c.AudienceStates})
	}
	return out
}

// Missing returns what c lacks of what its kind requires, from: duty_phone,
// phone, email, always. It is said of what its reader sees of it: who learned what
// others see would learn of channels that are not for them. Dead ones do not count. What was found in public lacks nothing: nobody
// has said that it is whole.
func (c Contact) Missing() []string {
	missing := []string{}
	if c.Basis == entry.PublicSource {
		return missing
	}
	has := func(kind, usage string) bool {
		return slices.ContainsFunc(c.ReachedBy, func(by string) bool {
			return strings.HasPrefix(by, kind+":"+usage) && by != "phone:fax"
		})
	}
	switch c.Kind {
	case Technical, LawEnforcement:
		if !has("phone", "duty") {
			missing = append(missing, "duty_phone")
		}
	case Diplomatic:
		if !has("phone", "") {
			missing = append(missing, "phone")
		}
	}
	if !has("email", "") {
		missing = append(missing, "email")
	}
	if len(c.Networks) > 0 && (c.Availability == nil || !c.Availability.Always) {
		missing = append(missing, "always")
	}
	return missing
}

// Withdraw takes the state's nomination back. Only the head of delegation may
// withdraw the state's last technical contact in use.
func (s *Store) Withdraw(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Contact, error) {
	return s.takeOut(ctx, act, id, "withdrawn", entry.Withdrawn, sent)
}

// Retire takes a contact out of use. Retiring the state's last technical
// contact would leave nobody to call: that is a withdrawal, which its head does.
func (s *Store) Retire(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Contact, error) {
	return s.takeOut(ctx, act, id, "retired", entry.Retired, sent)
}

func (s *Store) takeOut(ctx context.Context, act register.Act, id, name string, as entry.Standing, sent register.Sent[entry.Nothing]) (Contact, error) {
	rule := func(tx *register.Tx, e *entry.Entry) error {
		if err := entry.MayEdit(tx.By, *e, name); err != nil {
			return err
		}
		last, err := lastTechnical(ctx, tx, *e)
		if err != nil {
			return err
		}
		if last {
			if !tx.May(access.WithdrawLastTechnical, e.Subject()) {
				return problem.Errorf(problem.Forbidden,
					"this is the state's last nominated technical contact: only its head of delegation may withdraw it")
			}
			if as != entry.Withdrawn {
				return problem.Errorf(problem.Conflict,
					"this is the state's last nominated technical contact: withdraw it (POST …/withdraw), so that others see since when there is none")
			}
		}
		if as == entry.Withdrawn && e.Basis != entry.Nominated {
			return problem.Errorf(problem.Conflict, "nobody nominated this entry: reject it (POST …/reject)")
		}
		return entry.MayRetire(tx.By, *e)
	}
	return s.Act(ctx, act, id, name, sent, rule, func(_ context.Context, tx *register.Tx, e *entry.Entry) error {
		e.Standing, e.StandingSince = as, tx.At
		return nil
	})
}
