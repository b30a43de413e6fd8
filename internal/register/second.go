package register

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
)

// Asked is what somebody asks for, in the words in which it can be carried out
// later: by somebody else, who decides on it.
type Asked struct {
	Does   string // "replace", "retire", …
	Noun   string
	Key    string // what it is done to; "" for what is to be made
	Body   []byte // the request's
	Reason string // why, for who decides; "" if nothing was said
}

// Proposed is the error by which Write says that it has done nothing yet: what
// was asked for waits for a second person.
type Proposed struct {
	Key     string // the proposal's
	Version int64  // the register's, which the proposal is
}

func (p *Proposed) Error() string {
	return "proposed: it waits for a second person"
}

// Decision is what somebody decides on by doing what another has proposed. Check
// runs before the act's own checks, both times, and Record after what it does, in
// the same transaction.
type Decision struct {
	Check  func(*Tx) error
	Record func(*Tx) error
}

func (d *Decision) around(check, fn func(*Tx) error) (func(*Tx) error, func(*Tx) error) {
	both := func(first, then func(*Tx) error) func(*Tx) error {
		return func(tx *Tx) error {
			if err := first(tx); err != nil {
				return err
			}
			return then(tx)
		}
	}
	return both(d.Check, check), both(fn, d.Record)
}

// Proposing makes r keep what one alone may not do as a proposal: record does, in
// the transaction that asked for it, and returns the proposal's key. Without it,
// such a write is refused. It returns r.
func (r *Register) Proposing(record func(context.Context, *Tx, Asked, []RehearsedChange) (string, error)) *Register {
	r.propose = record
	return r
}

// May reports whether the actor may do action, or, where a proposal is decided on,
// whoever made it: what a head alone may do, a head may propose to a delegate.
func (tx *Tx) May(action access.Action, subject access.Subject) bool {
	return tx.By.May(action, subject) || tx.act.Decide != nil && tx.act.With.May(action, subject)
}

// RequireTogether returns a Forbidden problem unless two of the secretariat act, or
// one of them asks for what the other decides on.
func (tx *Tx) RequireTogether(action access.Action) error {
	err := tx.By.RequireTogether(tx.act.With, action)
	if err != nil && tx.act.Asked != nil && tx.act.Decide == nil && tx.By.RequireHalf(action) == nil {
		tx.half = true
		return nil
	}
	return err
}

// Author is in whose words the change is: the actor's, or of whoever proposed what
// the actor decides on. What an author does not see stays as it is.
func (tx *Tx) Author() access.Actor {
	if tx.act.Decide != nil {
		return tx.act.With
	}
	return tx.By
}

// Made returns what the transaction has changed so far.
func (tx *Tx) Made() []Change {
	var out []Change
	for _, c := range tx.changes {
		out = append(out, c.Change)
	}
	return out
}

// carryOut does what was asked for; or, if that is not the actor's to do alone,
// undoes it and proposes it.
func (tx *Tx) carryOut(ctx context.Context, r *Register, fn func(*Tx) error) error {
	undoable := tx.act.Asked != nil && tx.act.Decide == nil && (tx.two || tx.half || tx.onlyProposes())
	if undoable {
		if err := tx.try(ctx); err != nil {
			return err
		}
	}
	if err := fn(tx); err != nil {
		return err
	}
	if len(tx.changes) == 0 {
		return errors.New("register: write recorded no change")
	}
	switch {
	case !tx.needsSecond():
		return nil
	case !undoable || r.propose == nil:
		return problem.Errorf(problem.Forbidden, "this takes two, and cannot be proposed in this way")
	}
	would, err := tx.rehearsed()
	if err != nil {
		return err
	}
	if _, err := tx.conn.Exec(ctx, "rollback to savepoint asked"); err != nil {
		return fmt.Errorf("undo what is proposed: %w", err)
	}
	tx.changes, tx.known, tx.would = nil, nil, would
	key, err := r.propose(ctx, tx, *tx.act.Asked, would)
	if err != nil {
		return err
	}
	tx.instead = &Proposed{Key: key, Version: tx.Version}
	return nil
}

// try lets what follows be undone. Who only proposes tries it as those who decide,
// and one of the secretariat as if two were there: PostgreSQL lets nobody else, and
// nothing of it stays.
func (tx *Tx) try(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue("savepoint asked")
	if tx.onlyProposes() {
		batch.Queue("select set_config('pocreg.role', @role, true)", pgx.StrictNamedArgs{"role": string(access.Delegate)})
	}
	if tx.half {
		batch.Queue("select set_config('pocreg.pair', 'yes', true)")
	}
	if err := tx.conn.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("set savepoint: %w", err)
	}
	return nil
}

// onlyProposes reports whether what the actor asks for is another's to decide.
func (tx *Tx) onlyProposes() bool {
	return tx.By.State != "" && tx.By.RequireAny(access.ChangeEntry) != nil && tx.By.RequireAny(access.ProposeChange) == nil
}

// needsSecond reports whether what was done is not the actor's to do alone.
func (tx *Tx) needsSecond() bool {
	if tx.act.Decide != nil {
		return false
	}
	alone := !slices.ContainsFunc(tx.changes, func(c recorded) bool { return !c.AtOnce })
	return tx.half || tx.onlyProposes() && tx.act.Asked != nil || tx.two && !alone
}
