// Package suggestion keeps what participants say is wrong with each other's
// entries. A suggestion changes nothing that anybody relies on: the entry's state
// takes it, and then changes the entry as always, or declines it with a word.
package suggestion

import (
	"context"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Status is where a suggestion is in its life.
type Status string

// The statuses. A suggestion leaves Open once, and stays.
const (
	Open      Status = "open"
	Taken     Status = "taken"     // its state acts on it
	Declined  Status = "declined"  // its state does not, and says why
	Withdrawn Status = "withdrawn" // who made it took it back
)

// Statuses are all of them.
var Statuses = []string{string(Open), string(Taken), string(Declined), string(Withdrawn)}

// How many suggestions of one state, or of the secretariat, may be open: about one
// entry, and in all. More would be a flood, not a help.
const (
	MostOnEntry = 5
	MostInAll   = 200
)

// Suggestion is what one participant says is wrong with an entry.
type Suggestion struct {
	ID           string
	Entry        string
	Noun         string
	Kind         string          // the entry's
	State        string          // whose entry it is
	Audience     access.Audience // the entry's when it was made
	Pointer      string          // into the entry, members of lists by their ids; "" for all of it
	Text         string
	FromState    *string // nil for the secretariat
	FromRole     access.Role
	FromAccount  *string
	FromName     *string // nil for who may not see the account
	MadeAt       time.Time
	Status       Status
	AnsweredAt   *time.Time // or taken back
	AnsweredRole *access.Role
	AnsweredBy   *string
	AnsweredName *string // nil for who may not see the account
	Word         string
	Version      int64
}

// Input is what somebody suggests.
type Input struct {
	Text    string `json:"text" validate:"required,max=1000,text"`
	Pointer string `json:"pointer,omitempty" validate:"max=300" norm:"-"`
}

// Word is what a state says as it takes a suggestion, or declines it.
type Word struct {
	Word string `json:"word,omitempty" validate:"max=500,text"`
}

// Seen is an entry as it is shown to the actor.
type Seen struct {
	Noun     string
	State    string
	Audience access.Audience
	View     any // as JSON shows it
}

// Store carries out what is done with suggestions.
type Store struct{ register *register.Register }

// NewStore returns a Store on r.
func NewStore(r *register.Register) *Store { return &Store{r} }

// Make suggests something about the entry that see shows, or refuses to: whom an
// entry is not for learns here no more than by reading it.
func (s *Store) Make(ctx context.Context, act register.Act, id string, see func(*register.Tx) (Seen, error), sent register.Sent[Input]) (Suggestion, error) {
	in := sent.Body
	after := Suggestion{ID: uuid.NewString(), Entry: id, FromRole: act.By.Role, Status: Open}
	check := func(tx *register.Tx) error {
		seen, err := see(tx)
		if err != nil {
			return err
		}
		if err := tx.By.Require(access.SuggestCorrection, access.Subject{State: seen.State}); err != nil {
			return err
		}
		if sent.Err != nil {
			return sent.Err
		}
		valid.Normalise(&in)
		if err := valid.Struct(&in); err != nil {
			return err
		}
		after.Noun, after.State, after.Audience, after.Text = seen.Noun, seen.State, seen.Audience, in.Text
		if after.Pointer, err = locate(seen.View, in.Pointer); err != nil {
			return err
		}
		return mayMore(ctx, tx, id)
	}
	err := s.register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		after.FromState, after.FromAccount, after.MadeAt, after.Version = orNull(tx.By.State), orNull(tx.By.Account), tx.At, tx.Version
		if err := insert(ctx, tx, after); err != nil {
			return err
		}
		return record(ctx, tx, "suggested", nil, &after)
	})
	return after, err
}

// mayMore returns a Conflict problem if the actor's side has too much open.
func mayMore(ctx context.Context, tx *register.Tx, id string) error {
	onEntry, inAll, err := open(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case onEntry >= MostOnEntry:
		return problem.Errorf(problem.Conflict,
			"your side has %d open suggestions about this entry: wait for an answer, or withdraw one (POST …/withdraw)", onEntry)
	case inAll >= MostInAll:
		return problem.Errorf(problem.Conflict,
			"your side has %d open suggestions: wait for answers, or withdraw some (POST …/withdraw)", inAll)
	default:
		return nil
	}
}

// Take says that the entry's state acts on a suggestion. What it changes then is a
// change like any other.
func (s *Store) Take(ctx context.Context, act register.Act, id string, sent register.Sent[Word]) (Suggestion, error) {
	return s.answer(ctx, act, id, Taken, sent, mayAnswer)
}

// Decline says that the entry's state does not act on a suggestion, and why.
func (s *Store) Decline(ctx context.Context, act register.Act, id string, sent register.Sent[Word]) (Suggestion, error) {
	return s.answer(ctx, act, id, Declined, sent, mayAnswer)
}

// Withdraw takes a suggestion back: anybody of the side that made it who may
// suggest, because an office outlives who wrote in its name.
func (s *Store) Withdraw(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (Suggestion, error) {
	return s.answer(ctx, act, id, Withdrawn, register.Sent[Word]{If: sent.If, Err: sent.Err}, mayWithdraw)
}

// Subject is what the access rules ask about the entry that s is about.
func (s Suggestion) Subject() access.Subject {
	return access.Subject{State: s.State, Noun: s.Noun, Kind: s.Kind}
}

func mayAnswer(by access.Actor, s Suggestion) error {
	return by.Require(access.AnswerSuggestion, s.Subject())
}

func mayWithdraw(by access.Actor, s Suggestion) error {
	if err := by.Require(access.SuggestCorrection, access.Subject{State: s.State}); err != nil {
		return err
	}
	if text(s.FromState) != by.State { // the secretariat, and it alone of those who suggest, is of no state
		return problem.Errorf(problem.Forbidden, "only the side that made a suggestion takes it back: take it, or decline it with a word")
	}
	return nil
}

func (s *Store) answer(ctx context.Context, act register.Act, id string, to Status, sent register.Sent[Word],
	may func(access.Actor, Suggestion) error,
) (after Suggestion, err error) {
	in := sent.Body
	var before Suggestion
	check := func(tx *register.Tx) (err error) {
		if before, err = Get(ctx, tx, id); err != nil {
			return err
		}
		if err := may(tx.By, before); err != nil {
			return err
		}
		if sent.Err != nil {
			return sent.Err
		}
		if err := sent.If.Check(tx, before.Version); err != nil {
			return err
		}
		valid.Normalise(&in)
		if err := valid.Struct(&in); err != nil {
			return err
		}
		if to == Declined && in.Word == "" {
			return problem.Faultf("/word", "say why, in a word to who suggested it")
		}
		if before.Status != Open {
			return problem.Errorf(problem.Conflict, "the suggestion is %s already", before.Status)
		}
		return nil
	}
	err = s.register.Write(ctx, act, check, func(tx *register.Tx) error {
		after = before
		after.Status, after.Word, after.AnsweredAt, after.Version = to, in.Word, &tx.At, tx.Version
		after.AnsweredRole, after.AnsweredBy = &tx.By.Role, orNull(tx.By.Account)
		if err := update(ctx, tx, after); err != nil {
			return err
		}
		return record(ctx, tx, string(to), &before, &after)
	})
	return after, err
}

// record reads a suggestion back as the actor sees it, and tells the trail of the
// state that it is about, and of the state that made it.
func record(ctx context.Context, tx *register.Tx, act string, before, after *Suggestion) (err error) {
	if *after, err = Get(ctx, tx, after.ID); err != nil {
		return err
	}
	c := register.Change{
		Act: act, Noun: "suggestion", Key: after.ID, State: after.State, For: access.ForSelected, Named: after.told(), AtOnce: true,
		After: after.parts(),
	}
	if before != nil {
		c.Before = before.parts()
	}
	return tx.Changed(c)
}

// told are the states that are told of s beside the entry's own.
func (s Suggestion) told() []string {
	if s.FromState == nil || *s.FromState == s.State {
		return nil
	}
	return []string{*s.FromState}
}

// parts are what the trail commits to. What was written, and who wrote it, stand in
// parts of their own, which can be erased.
func (s Suggestion) parts() []register.Part {
	part := func(name string, content any) register.Part {
		return register.Part{Name: name, For: access.ForSelected, Named: s.told(), Content: content}
	}
	var answered *time.Time
	if s.AnsweredAt != nil {
		at := s.AnsweredAt.UTC()
		answered = &at
	}
	return []register.Part{
		part("entry", struct {
			ID           string          `json:"id"`
			Entry        string          `json:"entry"`
			Noun         string          `json:"noun"`
			State        string          `json:"state"`
			Audience     access.Audience `json:"audience"`
			Pointer      string          `json:"pointer"`
			FromState    *string         `json:"from_state"`
			FromRole     access.Role     `json:"from_role"`
			MadeAt       time.Time       `json:"made_at"`
			Status       Status          `json:"status"`
			AnsweredAt   *time.Time      `json:"answered_at"`
			AnsweredRole *access.Role    `json:"answered_role"`
		}{s.ID, s.Entry, s.Noun, s.State, s.Audience, s.Pointer, s.FromState, s.FromRole, s.MadeAt.UTC(), s.Status, answered, s.AnsweredRole}),
		part("text", struct {
			Text string `json:"text"`
			Word string `json:"word"`
		}{s.Text, s.Word}),
		part("person", struct {
			From     *string `json:"from"`
			Answered *string `json:"answered"`
		}{s.FromAccount, s.AnsweredBy}),
	}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
