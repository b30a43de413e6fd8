package entry

import (
	"context"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// SuspendedFor is how long a suspension lasts unless it is lifted before.
const SuspendedFor = 72 * time.Hour

// Imposer is who suspended an entry. Each lifts its own.
type Imposer string

// The imposers.
const (
	ByState       Imposer = "state"       // its head of delegation
	BySecretariat Imposer = "secretariat" // two of it, of different co-chairs
)

// Suspension says that an entry is not to be relied on for now, and why. It marks
// the entry and hides nothing: what the entry says, its version and its readers
// stay as they are.
type Suspension struct {
	By     Imposer   `json:"by"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
}

// NextLapse returns when the first of e's suspensions lapses; zero if none holds.
func (e Entry) NextLapse() (at time.Time) {
	for _, s := range e.Suspensions {
		if at.IsZero() || s.Until.Before(at) {
			at = s.Until
		}
	}
	return at
}

// SuspendInput is what somebody who suspends an entry says.
type SuspendInput struct {
	Reason string `json:"reason" validate:"required,max=500,line"`
}

// Suspend marks an entry in use as suspended: its state's head, or two of the
// secretariat together. A suspension of before, by the same, gives way to it.
func (s *Store[T, I]) Suspend(ctx context.Context, act register.Act, id string, sent register.Sent[SuspendInput]) (T, error) {
	return s.mark(ctx, act, id, suspending(sent))
}

// Resume lifts a suspension before it lapses: whoever imposed it.
func (s *Store[T, I]) Resume(ctx context.Context, act register.Act, id string, sent register.Sent[Nothing]) (T, error) {
	return s.mark(ctx, act, id, resuming(sent))
}

func (s *Store[T, I]) mark(ctx context.Context, act register.Act, id string, m marking) (after T, err error) {
	get := func(tx *register.Tx) (Entry, error) {
		got, err := s.Noun.Get(ctx, tx, id)
		e := s.Noun.Entry(got)
		// One of the secretariat may ask for it of an entry of which it knows only that
		// it is there.
		if problem.Is(err, problem.NotFound) && tx.By.RequireHalf(access.SuspendEntry) == nil {
			if there, failed := known(ctx, tx, id); !problem.Is(failed, problem.NotFound) && (failed != nil || there.Noun == s.Noun.Name) {
				return there, failed
			}
		}
		return e, err
	}
	_, _, err = m.do(ctx, s.Register, act, get, func(tx *register.Tx) (err error) {
		after, err = s.Noun.Get(ctx, tx, id)
		if problem.Is(err, problem.NotFound) && tx.By.Role == access.Secretariat { // what it is not for
			return nil
		}
		return err
	})
	return after, err
}

// SuspendTogether suspends an entry of any noun, also one of which two of the
// secretariat know only that it is there. It returns what they know of it.
func SuspendTogether(ctx context.Context, r *register.Register, act register.Act, id, reason string) (Entry, Suspension, error) {
	return suspending(register.Sent[SuspendInput]{If: register.Precondition{None: true}, Body: SuspendInput{Reason: reason}}).
		together(ctx, r, act, id)
}

// ResumeTogether lifts what SuspendTogether imposed.
func ResumeTogether(ctx context.Context, r *register.Register, act register.Act, id string) (Entry, Suspension, error) {
	return resuming(register.Sent[Nothing]{If: register.Precondition{None: true}}).together(ctx, r, act, id)
}

// marking is an act on an entry's suspension, with what its request brought.
type marking struct {
	name    string
	sent    error
	matches register.Precondition
	check   func(Entry, suspended) error // whether the input and the entry allow it
	change  func(suspended, *register.Tx) suspended
}

func suspending(sent register.Sent[SuspendInput]) marking {
	in := sent.Body
	return marking{
		name: "suspended", sent: sent.Err, matches: sent.If,
		check: func(e Entry, _ suspended) error {
			valid.Normalise(&in)
			if err := valid.Struct(&in); err != nil {
				return err
			}
			return InUse(e)
		},
		change: func(was suspended, tx *register.Tx) suspended {
			was.Suspension = Suspension{By: was.By, Reason: in.Reason, Since: tx.At, Until: tx.At.Add(SuspendedFor)}
			was.LiftedAt = nil
			return was
		},
	}
}

func resuming(sent register.Sent[Nothing]) marking {
	return marking{
		name: "resumed", sent: sent.Err, matches: sent.If,
		check: func(_ Entry, was suspended) error {
			if !was.Holds {
				return problem.Errorf(problem.Conflict, "the %s has not suspended this entry, or no longer: there is nothing to lift", was.By)
			}
			return nil
		},
		change: func(was suspended, tx *register.Tx) suspended {
			was.LiftedAt = &tx.At
			return was
		},
	}
}

// do carries an act out on the entry that get finds, and calls after within the
// same transaction. It returns the entry and its suspension as it now is.
func (m marking) do(ctx context.Context, r *register.Register, act register.Act,
	get func(*register.Tx) (Entry, error), after func(*register.Tx) error,
) (e Entry, now Suspension, err error) {
	var was suspended
	check := func(tx *register.Tx) (err error) {
		if e, err = get(tx); err != nil {
			return err
		}
		by, err := maySuspend(tx, e)
		if err != nil {
			return err
		}
		if m.sent != nil {
			return m.sent
		}
		if err := m.matches.Check(tx, e.Version); err != nil {
			return err
		}
		if was, err = suspensionOf(ctx, tx, e, by); err != nil {
			return err
		}
		return m.check(e, was)
	}
	err = r.Write(ctx, act, check, func(tx *register.Tx) error {
		is := m.change(was, tx)
		now = is.Suspension
		if err := saveSuspension(ctx, tx, is); err != nil {
			return err
		}
		c := register.Change{
			Act: m.name, Noun: "suspension", Key: e.ID, Entry: true, State: e.State,
			For: e.Audience, Named: e.AudienceStates, After: []register.Part{is.part(e)}, AtOnce: true,
		}
		if !was.Since.IsZero() {
			c.Before = []register.Part{was.part(e)}
		}
		if err := tx.Changed(c); err != nil {
			return err
		}
		return after(tx)
	})
	return e, now, err
}

func (m marking) together(ctx context.Context, r *register.Register, act register.Act, id string) (Entry, Suspension, error) {
	return m.do(ctx, r, act, func(tx *register.Tx) (Entry, error) { return known(ctx, tx, id) }, func(*register.Tx) error { return nil })
}

// maySuspend says in whose name an act suspends e, or lifts a suspension.
func maySuspend(tx *register.Tx, e Entry) (Imposer, error) {
	if tx.By.Role == access.Secretariat {
		return BySecretariat, tx.RequireTogether(access.SuspendEntry)
	}
	return ByState, tx.By.Require(access.SuspendEntry, e.Subject())
}

// suspended is a suspension as it is kept: one for each entry and imposer.
type suspended struct {
	Entry string
	State string
	Suspension
	LiftedAt *time.Time
	Holds    bool // whether it has not lapsed, and was not lifted
}

// part is what the trail commits to of a suspension. Each imposer's is told
// apart by its name; its readers are the entry's.
func (s suspended) part(e Entry) register.Part {
	return register.Part{Name: "suspension:" + string(s.By), For: e.Audience, Named: e.AudienceStates, Content: struct {
		By       Imposer    `json:"by"`
		Reason   string     `json:"reason"`
		Since    time.Time  `json:"since"`
		Until    time.Time  `json:"until"`
		LiftedAt *time.Time `json:"lifted_at"`
	}{s.By, s.Reason, s.Since.UTC(), s.Until.UTC(), utc(s.LiftedAt)}}
}
