// Package admission is how somebody comes in whom no state's head invites: two of the
// secretariat, of different co-chairs, open a delegation and appoint its first head, admit
// a partner of no state, or mandate an auditor. One asks, which becomes a proposal, and
// one of another co-chair approves. It knows no proposal: those call it to carry out
// what was asked for.
package admission

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/valid"
)

// What can be asked for. The words are kept with the proposals: they do not change.
const (
	Open    = "open"    // a delegation, with its first head
	Appoint = "appoint" // a head, where there is none
	Admit   = "admit"   // a partner of no state, or an auditor, on a mandate
	Extend  = "extend"  // a mandate
	End     = "end"     // a mandate
)

// Acts are what can be asked for.
var Acts = []string{Open, Appoint, Admit, Extend, End}

// HeadInput is what is said of a head of delegation to be.
type HeadInput struct {
	Name     string `json:"name" validate:"required,max=200,line"`
	Email    string `json:"email" validate:"required,max=254,mailbox"`
	Language string `json:"language" validate:"oneof=en pl"`
}

// OpenInput is what is said of a delegation to be opened.
type OpenInput struct {
	State     string    `json:"state" validate:"required,alpha2"`
	Authority string    `json:"authority" validate:"required,max=500,line"`
	Head      HeadInput `json:"head"`
}

// asked is what is kept of what was asked for, until somebody else decides on it: of
// the link that its author was given, nothing that opens it.
type asked[I any] struct {
	Input I      `json:"input"`
	Link  string `json:"link_sha256"`
}

// Store opens delegations and admits who belongs to no state. Set every field.
type Store struct {
	Register *register.Register
	SignIn   *signin.Store
	Now      func() time.Time
}

// at is the moment of a change: before it has one, now.
func (s *Store) at(tx *register.Tx) time.Time {
	if tx.At.IsZero() {
		return s.Now()
	}
	return tx.At
}

// Open asks for a state's delegation and its first head. What it returns beside the
// *register.Proposed is the link that invites the head once somebody else approves: it
// is shown to nobody else, and kept nowhere.
func (s *Store) Open(ctx context.Context, act register.Act, sent register.Sent[OpenInput]) (link string, err error) {
	return ask(ctx, s, act, register.Asked{Does: Open, Noun: "delegation"}, sent, s.open)
}

// Appoint asks for a head of a delegation whose own are gone: see Open.
func (s *Store) Appoint(ctx context.Context, act register.Act, id string, sent register.Sent[HeadInput]) (link string, err error) {
	return ask(ctx, s, act, register.Asked{Does: Appoint, Noun: "delegation", Key: id}, sent, s.appoints(id))
}

// handing is an act that hands out an invitation, of which the hash of the link is given.
type handing[I any] func(context.Context, register.Act, register.Sent[I], string) (signin.Offer, error)

// ask does what one alone may not, with a fresh link, so that it becomes a proposal.
func ask[I any](ctx context.Context, s *Store, act register.Act, as register.Asked, sent register.Sent[I], do handing[I]) (string, error) {
	half, err := s.SignIn.NewHalf(ctx, act)
	if err != nil {
		return "", err
	}
	if as.Body, err = json.Marshal(asked[I]{sent.Body, half.Hash}); err != nil {
		return "", fmt.Errorf("keep what is asked for: %w", err)
	}
	if act.Asked != nil {
		as.Reason = act.Asked.Reason
	}
	act.Asked = &as
	_, err = do(ctx, act, sent, half.Hash)
	return s.SignIn.Address(half.Link), err
}

// CarryOut does what was asked for, in the name of whoever decides and of whoever asked.
// about is what it is done to, and body what ask kept.
func (s *Store) CarryOut(ctx context.Context, act register.Act, does, about string, body []byte) (*signin.Offer, error) {
	switch does {
	case Open:
		return carryOut(ctx, act, body, s.open)
	case Appoint:
		return carryOut(ctx, act, body, s.appoints(about))
	case Admit:
		return carryOut(ctx, act, body, s.admit)
	case Extend:
		var in ExtendInput
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, fmt.Errorf("read what was asked for: %w", err)
		}
		return nil, s.Extend(ctx, act, about, register.Sent[ExtendInput]{If: unconditional, Body: in})
	case End:
		return nil, s.End(ctx, act, about, register.Sent[entry.Nothing]{If: unconditional})
	default:
		return nil, fmt.Errorf("nobody is admitted by %s", does)
	}
}

// unconditional is the precondition of what is carried out: whether what it is about has
// changed since is known.
var unconditional = register.Precondition{None: true}

func carryOut[I any](ctx context.Context, act register.Act, body []byte, do handing[I]) (*signin.Offer, error) {
	var kept asked[I]
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, fmt.Errorf("read what was asked for: %w", err)
	}
	offer, err := do(ctx, act, register.Sent[I]{If: unconditional, Body: kept.Input}, kept.Link)
	return &offer, err
}

func (s *Store) open(ctx context.Context, act register.Act, sent register.Sent[OpenInput], link string) (offer signin.Offer, err error) {
	in := sent.Body
	allowed := func(tx *register.Tx) error { return check(ctx, tx, access.OpenDelegation, sent.Err, &in) }
	err = s.Register.Write(ctx, act, allowed, func(tx *register.Tx) error {
		d, err := delegation.OpenIn(ctx, tx, delegation.OpenInput{State: in.State, Authority: in.Authority})
		if err != nil {
			return err
		}
		offer, err = s.SignIn.OfferIn(ctx, tx, act, in.Head.of(d), link)
		return err
	})
	return offer, err
}

func (s *Store) appoints(id string) handing[HeadInput] {
	return func(ctx context.Context, act register.Act, sent register.Sent[HeadInput], link string) (offer signin.Offer, err error) {
		in := sent.Body
		var of delegation.Delegation
		allowed := func(tx *register.Tx) (err error) {
			if of, err = delegation.Get(ctx, tx, id); err != nil {
				return err
			}
			return check(ctx, tx, access.OpenDelegation, sent.Err, &in)
		}
		err = s.Register.Write(ctx, act, allowed, func(tx *register.Tx) error {
			if err := signin.Headless(ctx, tx, id); err != nil {
				return err
			}
			offer, err = s.SignIn.OfferIn(ctx, tx, act, in.of(of), link)
			return err
		})
		return offer, err
	}
}

// check refuses who may not hand out, and what is wrong with the request.
func check(ctx context.Context, tx *register.Tx, action access.Action, sent error, in any) error {
	if err := tx.RequireTogether(action); err != nil {
		return err
	}
	if err := register.Strong(ctx, tx, tx.By); err != nil {
		return err
	}
	if sent != nil {
		return sent
	}
	valid.Normalise(in)
	return valid.Struct(in)
}

func (in HeadInput) of(d delegation.Delegation) signin.Appointment {
	return signin.Appointment{
		Name: in.Name, Email: in.Email, Language: in.Language, Role: access.Head, State: d.State, Delegation: d.ID,
	}
}
