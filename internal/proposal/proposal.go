// Package proposal keeps what one of a state's people has asked for and another
// decides on, or one of the secretariat and one of another co-chair. It has no rules of its own on what an entry may say: deciding
// carries out what was asked for, through the nouns' own acts, in one transaction
// with the decision.
package proposal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/state"
	"pocreg.example/internal/strategy"
	"pocreg.example/internal/valid"
)

// Status is where a proposal is in its life.
type Status string

// The statuses.
const (
	Open      Status = "open"
	Approved  Status = "approved"  // and so carried out
	Declined  Status = "declined"  // by another, with a word
	Withdrawn Status = "withdrawn" // by its author
)

// Statuses are the statuses.
var Statuses = []Status{Open, Approved, Declined, Withdrawn}

// The bounds on what is open about a state: more proposals than anybody decides on,
// and in bytes a few of the largest files.
const (
	mostOpen  = 200
	mostBytes = 64 << 20
)

// Proposal is what somebody has asked for.
type Proposal struct {
	ID           string
	State        string  // whose words it would change, or whose entry or delegation it is about; "" for none
	Delegation   *string // that its author acted for
	CoChair      *string // that its author serves: of the secretariat's
	Does         string  // "replace", "import", …
	Noun         string
	About        string // the key of what it changes; "" for what it makes
	Body         []byte // the request's
	Reason       string
	Changes      []register.RehearsedChange // what it would have changed when it was made
	Kinds        []string                   // of all that it would change; nil if some of that is of no kind alone
	Nouns        []string                   // of what it changes that was there, beside Keys
	Keys         []string
	ProposedBy   string // account
	ProposerName *string
	ProposedRole access.Role
	ProposedAt   time.Time
	Base         int64 // the version that the proposal was
	Status       Status
	DecidedBy    *string
	DeciderName  *string
	DecidedRole  *access.Role
	DecidedAt    *time.Time
	Word         string // why it was declined
	Made         string // the key of what it made, once it is approved
	Version      int64
	Stale        bool // whether what it would change has changed since it was made

	// Given is what approving it hands out, to who approves, once.
	Given *signin.Offer `db:"-"`
}

// DeclineInput is what somebody says who declines.
type DeclineInput struct {
	Word string `json:"word" validate:"required,max=500,line"`
}

// Store decides on proposals. Set every field.
type Store struct {
	Register      *register.Register
	States        *state.Store
	Delegations   *delegation.Store
	Organisations *organisation.Store
	Contacts      *contact.Store
	Strategies    *strategy.Store
	Importer      *importer.Importer
	Admission     *admission.Store
}

// Record keeps what was asked for as a proposal, in the transaction that asked
// for it, and returns the proposal's id. It is what the register is to do with
// what one alone may not do: see register.Proposing.
func Record(ctx context.Context, tx *register.Tx, asked register.Asked, would []register.RehearsedChange) (string, error) {
	reason := struct {
		Reason string `json:"reason" validate:"max=500,line"`
	}{asked.Reason}
	valid.Normalise(&reason)
	if err := valid.Struct(&reason); err != nil {
		return "", err
	}
	state := cmp.Or(tx.By.State, would[0].State)
	open, err := count(ctx, tx, state)
	if err != nil {
		return "", err
	}
	if open.Proposals >= mostOpen || open.Bytes+int64(len(asked.Body)) > mostBytes {
		return "", problem.Errorf(problem.Conflict, "there are %d open proposals about this state, as many as it may have: decide on some of them first", open.Proposals)
	}
	p := Proposal{
		ID: uuid.NewString(), State: state, Delegation: orNil(tx.By.Delegation), CoChair: orNil(tx.By.CoChair),
		Does: asked.Does, Noun: asked.Noun, About: asked.Key, Body: asked.Body, Reason: reason.Reason,
		Changes: would, Kinds: kindsOf(would), Nouns: []string{}, Keys: []string{},
		ProposedBy: tx.By.Account, ProposedRole: tx.By.Role, ProposedAt: tx.At, Base: tx.Version,
		Status: Open, Version: tx.Version,
	}
	if p.Body == nil {
		p.Body = []byte{}
	}
	for i, c := range would {
		if c.New {
			p.Changes[i].Key = "" // it gets one when it is made
			continue
		}
		p.Nouns, p.Keys = append(p.Nouns, c.Noun), append(p.Keys, c.Key)
	}
	if err := insert(ctx, tx, p); err != nil {
		return "", err
	}
	return p.ID, tx.Changed(change("proposed", nil, p))
}

// Approve carries a proposal out, in the name of who approves and of who proposed
// it. A proposal whose subject has changed since is stale: what would come of it
// is not what was read.
func (s *Store) Approve(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Proposal, error) {
	var p Proposal
	err := s.Register.Read(ctx, act.By, func(snap *register.Snapshot) (err error) {
		p, err = Get(ctx, snap, id)
		return err
	})
	if err != nil {
		return Proposal{}, err
	}
	var after Proposal
	act.Asked = nil
	act.With = access.Actor{
		Account: p.ProposedBy, Role: p.ProposedRole, Audiences: access.Audiences, Writes: true,
	}
	if p.CoChair != nil {
		act.With.CoChair = *p.CoChair
	} else {
		act.With.State, act.With.Delegation = p.State, *p.Delegation
	}
	act.Decide = &register.Decision{
		Check: func(tx *register.Tx) (err error) {
			if p, err = mayDecide(ctx, tx, id); err != nil {
				return err
			}
			if err := register.Strong(ctx, tx, tx.By); err != nil {
				return err
			}
			if err := p.asSent(tx, sent.If, sent.Err); err != nil {
				return err
			}
			if err := p.stillOpen(); err != nil {
				return err
			}
			if p.Stale {
				return problem.Errorf(problem.Conflict,
					"what this would change has changed since it was proposed: decline it, read the entry, and propose anew what is still wanted")
			}
			return p.sound(ctx, tx)
		},
		Record: func(tx *register.Tx) (err error) {
			after, err = s.end(ctx, tx, p, Approved, "", p.made(tx.Made()))
			return err
		},
	}
	given, err := s.carryOut(ctx, act, p)
	switch {
	case err != nil:
		return Proposal{}, err
	case after.ID == "": // a file of which all is there by now
		return Proposal{}, problem.Errorf(problem.Conflict, "what was proposed is in the register already: decline the proposal")
	}
	after.Given = given
	return after, nil
}

// made returns the key of the one thing that carrying p out has made, "" if it made none,
// or several. An invitation goes with what somebody is invited to.
func (p Proposal) made(changes []register.Change) string {
	if len(p.Changes) > 1 && p.Does != admission.Open && p.Does != admission.Admit {
		return ""
	}
	for _, c := range changes {
		if c.Before == nil && c.Noun != "invitation" {
			return c.Key
		}
	}
	return ""
}

// Decline ends a proposal that somebody else has made, with a word why.
func (s *Store) Decline(ctx context.Context, act register.Act, id string, sent register.Sent[DeclineInput]) (Proposal, error) {
	in := sent.Body
	var p, after Proposal
	check := func(tx *register.Tx) (err error) {
		if p, err = mayDecide(ctx, tx, id); err != nil {
			return err
		}
		if err := p.asSent(tx, sent.If, sent.Err); err != nil {
			return err
		}
		valid.Normalise(&in)
		if err := valid.Struct(&in); err != nil {
			return err
		}
		return p.stillOpen()
	}
	err := s.Register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		after, err = s.end(ctx, tx, p, Declined, in.Word, "")
		return err
	})
	return after, err
}

// Withdraw takes one's own proposal back.
func (s *Store) Withdraw(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Proposal, error) {
	var p, after Proposal
	check := func(tx *register.Tx) (err error) {
		if p, err = Get(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.By.RequireAny(access.ProposeChange); err != nil && tx.By.RequireHalf(access.OpenDelegation) != nil {
			return err
		}
		if p.ProposedBy != tx.By.Account || p.ProposedRole != tx.By.Role {
			return problem.Errorf(problem.Forbidden, "somebody else has proposed this: decline it (POST …/decline), if it is yours to decide")
		}
		if err := p.asSent(tx, sent.If, sent.Err); err != nil {
			return err
		}
		return p.stillOpen()
	}
	err := s.Register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		after, err = s.end(ctx, tx, p, Withdrawn, "", "")
		return err
	})
	return after, err
}

// mayDecide reads a proposal that is the actor's to decide on: one of the own state
// that somebody else has made.
func mayDecide(ctx context.Context, tx *register.Tx, id string) (Proposal, error) {
	p, err := Get(ctx, tx, id)
	if err != nil {
		return p, err
	}
	return p, p.decidable(tx.By)
}

// decidable returns a Forbidden problem unless p is by's to decide on.
func (p Proposal) decidable(by access.Actor) error {
	if p.CoChair != nil {
		if err := by.RequireHalf(access.OpenDelegation); err != nil {
			return err
		}
	} else if err := p.within(by); err != nil {
		return err
	}
	if p.ProposedBy == by.Account {
		return problem.Errorf(problem.Forbidden, "you have proposed this yourself: somebody else decides on it")
	}
	return nil
}

// within returns a Forbidden problem unless by decides for p's state, and on all kinds
// that p is about.
func (p Proposal) within(by access.Actor) error {
	if p.Kinds == nil {
		return by.Require(access.DecideProposal, access.Subject{State: p.State})
	}
	for _, kind := range p.Kinds {
		if err := by.Require(access.DecideProposal, access.Subject{State: p.State, Noun: "contact", Kind: kind}); err != nil {
			return err
		}
	}
	return nil
}

// kindsOf are the kinds of contact whose delegates may decide on changes, in order: a
// strategy is the owner of policy's. nil is of those who are not limited to any.
func kindsOf(changes []register.RehearsedChange) (kinds []string) {
	for _, c := range changes {
		switch c.Noun {
		case "contact":
			kinds = append(kinds, c.Kind)
		case "strategy":
			kinds = append(kinds, contact.Policy)
		default:
			return nil
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// MayDecide reports whether an open proposal is by's to decide on.
func (p Proposal) MayDecide(by access.Actor) bool { return p.Status == Open && p.decidable(by) == nil }

// asSent returns what is wrong with a request about p.
func (p Proposal) asSent(tx *register.Tx, expected register.Precondition, err error) error {
	if err != nil {
		return err
	}
	return expected.Check(tx, p.Version)
}

func (p Proposal) stillOpen() error {
	if p.Status != Open {
		return problem.Errorf(problem.Conflict, "the proposal is %s already", p.Status)
	}
	return nil
}

// sound returns a problem unless p is what was proposed, and its author still acts
// for the state.
func (p Proposal) sound(ctx context.Context, tx *register.Tx) error {
	stands, err := authorStands(ctx, tx, p)
	if err != nil {
		return err
	}
	if !stands {
		return problem.Errorf(problem.Conflict, "who proposed this no longer holds the role of then: propose it anew, if it is still wanted")
	}
	err = register.Holds(ctx, tx, "proposal", p.ID, parts(p))
	if err != nil && !postgres.Away(err) {
		return &problem.Error{
			Kind: problem.Conflict, Cause: err,
			Detail: "this is not what was proposed, as the trail has it: tell the auditor, and propose anew what is wanted",
		}
	}
	return err
}

// end writes what became of a proposal.
func (s *Store) end(ctx context.Context, tx *register.Tx, before Proposal, as Status, word, made string) (Proposal, error) {
	after := before
	after.Status, after.DecidedBy, after.DecidedRole, after.DecidedAt = as, &tx.By.Account, &tx.By.Role, &tx.At
	after.Word, after.Made, after.Version = word, made, tx.Version
	if err := update(ctx, tx, after); err != nil {
		return Proposal{}, err
	}
	if err := tx.Changed(change(string(as), &before, after)); err != nil {
		return Proposal{}, err
	}
	return Get(ctx, tx, after.ID)
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
