package proposal

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pocreg.example/internal/admission"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/state"
)

// What can be proposed. The words are kept with the proposals: they do not change.
const (
	Add       = "add"
	Replace   = "replace"
	Patch     = "patch"
	Nominate  = "nominate"
	Reject    = "reject"
	Retire    = "retire"
	Withdraw  = "withdraw"
	Restore   = "restore"
	Upsert    = "upsert"     // of what is there
	UpsertNew = "upsert_new" // of what is not
	Import    = "import"

	// What two of the secretariat do together.
	Contest = "contest"
	Reopen  = "reopen"
	Close   = "close"
	Suspend = "suspend"
	Resume  = "resume"
)

// settled are the statuses that a delegation gets.
var settled = map[string]string{Contest: delegation.Contested, Reopen: delegation.Open, Close: delegation.Closed}

// carryOut does what was asked for, and returns what that hands out to who approves.
func (s *Store) carryOut(ctx context.Context, act register.Act, p Proposal) (given *signin.Offer, err error) {
	switch {
	case slices.Contains(admission.Acts, p.Does):
		return s.Admission.CarryOut(ctx, act, p.Does, p.About, p.Body)
	case p.CoChair != nil:
		return nil, s.settle(ctx, act, p)
	default:
		return nil, s.change(ctx, act, p)
	}
}

// change does what one of a state's people asked for.
func (s *Store) change(ctx context.Context, act register.Act, p Proposal) error {
	switch p.Noun {
	case "organisation":
		return carryOut(ctx, s.Organisations, act, p)
	case "strategy":
		return carryOut(ctx, s.Strategies, act, p)
	case "contact":
		switch p.Does {
		case Import:
			_, err := s.Importer.Import(ctx, act, importer.Contacts, p.Body)
			return err
		case Withdraw:
			_, err := s.Contacts.Withdraw(ctx, act, p.About, nothing)
			return err
		default:
			return carryOut(ctx, s.Contacts, act, p)
		}
	case "state":
		sent, err := body[state.InstrumentsInput](p)
		if err == nil {
			_, err = s.States.SetInstruments(ctx, act, p.About, sent)
		}
		return err
	case "delegation":
		sent, err := body[delegation.ChannelsInput](p)
		if err == nil {
			_, err = s.Delegations.SetChannels(ctx, act, p.About, sent)
		}
		return err
	default:
		return fmt.Errorf("nobody proposes to %s a %s", p.Does, p.Noun)
	}
}

// settle does what two of the secretariat do together.
func (s *Store) settle(ctx context.Context, act register.Act, p Proposal) error {
	switch p.Does {
	case Suspend:
		sent, err := body[entry.SuspendInput](p)
		if err == nil {
			_, _, err = entry.SuspendTogether(ctx, s.Register, act, p.About, sent.Body.Reason)
		}
		return err
	case Resume:
		_, _, err := entry.ResumeTogether(ctx, s.Register, act, p.About)
		return err
	case Contest, Reopen, Close:
		_, err := s.Delegations.Settle(ctx, act, p.About, settled[p.Does], nothing)
		return err
	default:
		return fmt.Errorf("nobody of the secretariat proposes to %s a %s", p.Does, p.Noun)
	}
}

// acts are those that all nouns' entries have done to them.
type acts[T, I any] interface {
	Add(context.Context, register.Act, register.Sent[I]) (T, error)
	Replace(context.Context, register.Act, string, register.Sent[I]) (T, error)
	Patch(context.Context, register.Act, string, register.Sent[[]byte]) (T, error)
	Nominate(context.Context, register.Act, string, register.Sent[[]byte]) (T, error)
	Reject(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Retire(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Restore(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Upsert(context.Context, register.Act, string, entry.ExternalID, register.Sent[I]) (T, error)
}

// unconditional is the precondition of what is carried out: whether the entry has
// changed since is known, and a later confirmation does not stand in the way.
var unconditional = register.Precondition{None: true}

var nothing = register.Sent[entry.Nothing]{If: unconditional}

func body[I any](p Proposal) (sent register.Sent[I], err error) {
	sent.If = unconditional
	return sent, entry.Decode(p.Body, &sent.Body)
}

func carryOut[T, I any](ctx context.Context, store acts[T, I], act register.Act, p Proposal) (err error) {
	switch p.Does {
	case Add, Replace, Upsert, UpsertNew:
		sent, err := body[I](p)
		if err != nil {
			return err
		}
		switch p.Does {
		case Add:
			_, err = store.Add(ctx, act, sent)
		case Replace:
			_, err = store.Replace(ctx, act, p.About, sent)
		default:
			at := strings.SplitN(p.About, "/", 3)
			sent.If.Absent = p.Does == UpsertNew
			sent.If.None = !sent.If.Absent
			_, err = store.Upsert(ctx, act, at[0], entry.ExternalID{System: at[1], Value: at[2]}, sent)
		}
		return err
	case Patch:
		_, err = store.Patch(ctx, act, p.About, register.Sent[[]byte]{If: unconditional, Body: p.Body})
	case Nominate:
		_, err = store.Nominate(ctx, act, p.About, register.Sent[[]byte]{If: unconditional, Body: p.Body})
	case Reject:
		_, err = store.Reject(ctx, act, p.About, nothing)
	case Retire:
		_, err = store.Retire(ctx, act, p.About, nothing)
	case Restore:
		_, err = store.Restore(ctx, act, p.About, nothing)
	default:
		err = fmt.Errorf("nobody proposes to %s a %s", p.Does, p.Noun)
	}
	return err
}
