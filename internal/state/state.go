// Package state keeps the participating states: their place in the statement,
// what is dated about them, and what each says of legal instruments.
package state

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Seoul is the second day of the meeting at which the participating states
// agreed their statement: since then they participate, and its co-chairs chair.
var Seoul = time.Date(2019, time.October, 8, 0, 0, 0, 0, time.UTC)

// State is a participating state.
type State struct {
	Alpha2            string
	Alpha3            string
	StatementNumber   int // its place in the statement, which is not alphabetical
	NameEN            string
	NamePL            string
	Region            string // UN M49
	Subregion         string // UN M49
	CoChair           bool   // now
	ParticipatesSince time.Time
	ParticipatesUntil *time.Time
	Memberships       []Membership
	Instruments       []Instrument
	Represented       bool // whether somebody speaks for it now
	Version           int64
}

// Frameworks are the codes of those that the state is a member of on a date.
func (s State) Frameworks(on time.Time) []string {
	date := on.UTC().Format(time.DateOnly)
	codes := []string{}
	for _, m := range s.Memberships {
		if m.Since <= date && (m.Until == "" || m.Until > date) && !slices.Contains(codes, m.Framework) {
			codes = append(codes, m.Framework)
		}
	}
	return codes
}

// Membership is a state's membership of a framework. Since is "" where the date
// of joining is not recorded.
type Membership struct {
	Framework string `json:"framework"`
	Since     string `json:"since,omitempty"`
	Until     string `json:"until,omitempty"`
}

// Instrument is what a state says of a legal instrument.
type Instrument struct {
	Instrument string `json:"instrument" validate:"required,max=64"`
	Status     string `json:"status" validate:"oneof=signed party acceded not_party considering"`
	Date       string `json:"date,omitempty" validate:"omitempty,partialdate"`
	Source     string `json:"source,omitempty" validate:"omitempty,https"`
}

// InstrumentsInput is all that a state says of instruments.
type InstrumentsInput struct {
	Instruments []Instrument `json:"instruments" validate:"required,max=20,unique=Instrument,dive"`
}

// Store reads and changes states.
type Store struct {
	register *register.Register
}

// NewStore returns a Store on r.
func NewStore(r *register.Register) *Store { return &Store{register: r} }

// Load puts the participating states into an empty register, as one act. It
// does nothing if they are there.
func (s *Store) Load(ctx context.Context) error {
	var present bool
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		present, err = loaded(ctx, snap)
		return err
	})
	if err != nil || present {
		return err
	}
	members := map[string][]Membership{}
	for _, m := range reference.Memberships() {
		members[m.State] = append(members[m.State], Membership{Framework: m.Framework})
	}
	check := func(*register.Tx) error { return nil }
	return s.register.Write(ctx, register.Act{By: access.Registry()}, check, func(tx *register.Tx) error {
		for _, r := range reference.States() {
			if err := insert(ctx, tx, r, members[r.Alpha2]); err != nil {
				return err
			}
			fresh, err := Get(ctx, tx, r.Alpha2)
			if err != nil {
				return err
			}
			if err := tx.Changed(change("loaded", nil, fresh)); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetInstruments gives all that a state says of legal instruments.
func (s *Store) SetInstruments(ctx context.Context, act register.Act, code string, sent register.Sent[InstrumentsInput]) (State, error) {
	var before State
	check := func(tx *register.Tx) (err error) {
		if before, err = Get(ctx, tx, code); err != nil {
			return err
		}
		if err := act.By.Require(access.ChangeEntry, access.Subject{State: before.Alpha2}); err != nil {
			return err
		}
		if sent.Err != nil {
			return sent.Err
		}
		if err := sent.If.Check(tx, before.Version); err != nil {
			return err
		}
		return settle(&sent.Body)
	}
	var after State
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		if err := setInstruments(ctx, tx, before.Alpha2, sent.Body.Instruments); err != nil {
			return err
		}
		if after, err = Get(ctx, tx, before.Alpha2); err != nil {
			return err
		}
		return tx.Changed(change("replaced", &before, after))
	})
	return after, err
}

func settle(in *InstrumentsInput) error {
	valid.Normalise(in)
	faults, _ := problem.Faults(valid.Struct(in))
	for i, said := range in.Instruments {
		if !reference.HasInstrument(said.Instrument) {
			faults = append(faults, problem.Fault{
				Pointer: fmt.Sprintf("/instruments/%d/instrument", i),
				Detail:  "is none that the registry knows: see /v1/reference/instruments",
			})
		}
	}
	return problem.WithFaults(faults)
}

func change(act string, before *State, after State) register.Change {
	c := register.Change{
		Act: act, Noun: "state", Key: after.Alpha2, State: after.Alpha2, For: access.ForPublic, After: parts(after),
	}
	if before != nil {
		c.Before = parts(*before)
	}
	return c
}

func parts(s State) []register.Part {
	return []register.Part{{Name: "entry", For: access.ForPublic, Content: struct {
		Alpha2            string       `json:"code"`
		Alpha3            string       `json:"alpha3"`
		StatementNumber   int          `json:"statement_number"`
		NameEN            string       `json:"name_en"`
		NamePL            string       `json:"name_pl"`
		CoChair           bool         `json:"co_chair"`
		ParticipatesSince time.Time    `json:"participates_since"`
		Memberships       []Membership `json:"memberships"`
		Instruments       []Instrument `json:"instruments"`
	}{s.Alpha2, s.Alpha3, s.StatementNumber, s.NameEN, s.NamePL, s.CoChair, s.ParticipatesSince, s.Memberships, s.Instruments}}}
}
