package entry

import (
	"context"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Confirm says that nothing changed: what the entry says was true when it was
// read, and is now.
func (s *Store[T, I]) Confirm(ctx context.Context, act register.Act, id string, sent register.Sent[Nothing]) (T, error) {
	return s.Act(ctx, act, id, "confirmed", sent, func(tx *register.Tx, e *Entry) error {
		if err := tx.By.Require(access.ConfirmEntry, e.Subject()); err != nil {
			return err
		}
		if e.Basis == PublicSource {
			return problem.Errorf(problem.Conflict, "nobody has nominated this entry, so it cannot be confirmed: nominate it (POST …/nominate)")
		}
		return InUse(*e)
	}, func(ctx context.Context, tx *register.Tx, e *Entry) error {
		e.ConfirmedAt = &tx.At
		if s.Noun.Confirm == nil {
			return nil
		}
		return s.Noun.Confirm(ctx, tx, e.ID)
	})
}

// Reject says that what was found in public is wrong. A later import does not
// bring it back.
func (s *Store[T, I]) Reject(ctx context.Context, act register.Act, id string, sent register.Sent[Nothing]) (T, error) {
	return s.Act(ctx, act, id, "rejected", sent, func(tx *register.Tx, e *Entry) error {
		if err := MayEdit(tx.By, *e, "rejected"); err != nil {
			return err
		}
		if e.Basis != PublicSource {
			return problem.Errorf(problem.Conflict, "the state nominated this entry: retire it (POST …/retire), or change it")
		}
		return InUse(*e)
	}, stand(Rejected))
}

// Retire takes an entry out of use.
func (s *Store[T, I]) Retire(ctx context.Context, act register.Act, id string, sent register.Sent[Nothing]) (T, error) {
	return s.Act(ctx, act, id, "retired", sent, func(tx *register.Tx, e *Entry) error {
		if err := MayEdit(tx.By, *e, "retired"); err != nil {
			return err
		}
		return MayRetire(tx.By, *e)
	}, stand(Retired))
}

// Restore puts a retired, withdrawn or rejected entry back into use.
func (s *Store[T, I]) Restore(ctx context.Context, act register.Act, id string, sent register.Sent[Nothing]) (T, error) {
	return s.Act(ctx, act, id, "restored", sent, func(tx *register.Tx, e *Entry) error {
		if err := MayEdit(tx.By, *e, "restored"); err != nil {
			return err
		}
		if e.Standing == Active {
			return problem.Errorf(problem.Conflict, "the entry is in use: there is nothing to restore")
		}
		return nil
	}, stand(Active))
}

func stand(as Standing) func(context.Context, *register.Tx, *Entry) error {
	return func(_ context.Context, tx *register.Tx, e *Entry) error {
		e.Standing, e.StandingSince = as, tx.At
		return nil
	}
}

// Act changes what an entry carries, or one of its details, without a new
// content. Its rule refuses with Forbidden before Conflict; do changes e, which
// Act then writes, and whatever else belongs to it.
func (s *Store[T, I]) Act(ctx context.Context, act register.Act, id, name string, sent register.Sent[Nothing],
	rule func(*register.Tx, *Entry) error, do func(context.Context, *register.Tx, *Entry) error,
) (T, error) {
	var before T
	var e Entry
	check := func(tx *register.Tx) (err error) {
		if before, err = s.before(ctx, tx, id); err != nil {
			return err
		}
		e = s.Noun.Entry(before)
		refused := rule(tx, &e)
		if problem.Is(refused, problem.Forbidden) {
			return refused
		}
		if sent.Err != nil {
			return sent.Err
		}
		if err := sent.If.Check(tx, e.Version); err != nil {
			return err
		}
		return refused
	}
	var after T
	err := s.Register.Write(ctx, act, check, func(tx *register.Tx) (err error) {
		if err := do(ctx, tx, &e); err != nil {
			return err
		}
		e.Version = tx.Version
		if err := update(ctx, tx, e); err != nil {
			return err
		}
		after, err = s.record(ctx, tx, name, id, &before)
		return err
	})
	return after, err
}

// alone are the acts that one does where two decide: they say what was found alive
// or dead, and change no word.
var alone = map[string]bool{"confirmed": true, "channel_dead": true, "channel_alive": true}
