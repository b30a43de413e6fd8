package entry

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// New is the draft of an entry that is not there yet.
func (s *Store[T, I]) New(id string, in I) *Draft[T, I] {
	return &Draft[T, I]{Act: "created", Entry: Entry{ID: id, Noun: s.Noun.Name}, Input: in}
}

// Change is the draft of another content for an entry that is there.
func (s *Store[T, I]) Change(act string, before T, in I) *Draft[T, I] {
	return &Draft[T, I]{Act: act, Before: &before, Entry: s.Noun.Entry(before), Input: in}
}

// Present is what a PUT of an entry as it stands would say.
func (s *Store[T, I]) Present(t T) I { return s.Noun.Input(t, s.Noun.Entry(t).input()) }

// PrepareIn decides on a draft in the check of a larger act: whether its actor
// may change it, and whether its input, which it puts in canonical form, keeps the rules.
func (s *Store[T, I]) PrepareIn(ctx context.Context, tx *register.Tx, d *Draft[T, I]) error {
	if err := tx.By.RequireAny(access.ChangeEntry); err != nil && tx.By.RequireAny(access.ImportPublicSource) != nil {
		return err // who only proposes does so entry by entry
	}
	return s.mayWrite(ctx, tx, d)
}

// mayWrite decides on a draft: whether its actor may write it or propose it, and
// whether its input, which it puts in canonical form, keeps the rules.
func (s *Store[T, I]) mayWrite(ctx context.Context, tx *register.Tx, d *Draft[T, I]) error {
	if d.Before == nil {
		in := s.Noun.Shared(&d.Input)
		if err := mayRecord(tx.By, s.Noun.Name, in.State, in.Kind, in.Basis); err != nil {
			return err
		}
		return s.prepare(ctx, tx, d)
	}
	was := s.Noun.Entry(*d.Before)
	if err := MayEdit(tx.By, was, d.Act); err != nil {
		return err
	}
	if err := s.prepare(ctx, tx, d); err != nil {
		return err
	}
	return InUse(was)
}

// WriteIn writes drafts that are prepared, in their order, and tells the trail of
// each. It returns the entries as they now are.
func (s *Store[T, I]) WriteIn(ctx context.Context, tx *register.Tx, drafts ...*Draft[T, I]) ([]T, error) {
	if len(drafts) == 1 {
		after, err := s.writeOne(ctx, tx, drafts[0])
		return []T{after}, err
	}
	var ids []string
	err := tx.Together(ctx, func() error {
		for _, d := range drafts {
			ids = append(ids, d.Entry.ID)
			if err := s.write(ctx, tx, d); err != nil {
				return err
			}
			if err := lists(ctx, tx, d.Entry); err != nil {
				return err
			}
		}
		return nil
	})
	if postgres.Violates(err, "external_id_unique") {
		return nil, problem.Errorf(problem.Conflict, "an external id is given to two entries of the state: change one of them first")
	}
	if err != nil {
		return nil, err
	}
	read, err := s.Noun.Those(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	now := map[string]T{}
	for _, t := range read {
		now[s.Noun.Entry(t).ID] = t
	}
	out := make([]T, 0, len(drafts))
	for _, d := range drafts {
		after, ok := now[d.Entry.ID]
		if !ok {
			return nil, fmt.Errorf("%s %s is not there after it was written", s.Noun.Name, d.Entry.ID)
		}
		if err := s.changed(tx, d.Act, d.Before, after); err != nil {
			return nil, err
		}
		out = append(out, after)
	}
	return out, nil
}

func (s *Store[T, I]) writeOne(ctx context.Context, tx *register.Tx, d *Draft[T, I]) (after T, err error) {
	record := func() error {
		after, err = s.record(ctx, tx, d.Act, d.Entry.ID, d.Before)
		return err
	}
	plain := len(d.Entry.ExternalIDs)+len(d.Entry.Sources) == 0
	err = tx.Together(ctx, func() error {
		if err := s.write(ctx, tx, d); err != nil || !plain {
			return err
		}
		return record()
	})
	switch {
	case postgres.Violates(err, "entry_state_fkey"):
		return after, errNoState
	case err != nil || plain:
		return after, err
	}
	// Not together: which of them is taken is to be said.
	if err := lists(ctx, tx, d.Entry); err != nil {
		return after, err
	}
	return after, record()
}

// write writes a draft, but for its external ids and sources, which lists does.
func (s *Store[T, I]) write(ctx context.Context, tx *register.Tx, d *Draft[T, I]) error {
	e := &d.Entry
	if d.Before == nil {
		begin(tx, e)
		if err := insert(ctx, tx, *e); err != nil {
			return err
		}
	} else {
		e.Version, e.ChangedAt = tx.Version, tx.At
		if e.Basis == Nominated {
			nominate(tx, e)
		}
		if err := update(ctx, tx, *e); err != nil {
			return err
		}
		if err := clearLists(ctx, tx, s.Noun.Entry(*d.Before)); err != nil {
			return err
		}
	}
	return s.Noun.Save(ctx, tx, d)
}

// Unchanged reports whether a prepared draft says what its entry says already. A
// PUT of the entry as it stands, prepared in the same way, is what it is held to.
func (s *Store[T, I]) Unchanged(ctx context.Context, tx *register.Tx, d *Draft[T, I]) (bool, error) {
	present := s.Change(d.Act, *d.Before, s.Present(*d.Before))
	// What was good when it was written may break a rule by now; it is what it is.
	if err := s.prepare(ctx, tx, present); err != nil && !problem.Is(err, problem.Invalid) {
		return false, err
	}
	before, err := s.saying(present)
	if err != nil {
		return false, err
	}
	after, err := s.saying(d)
	return bytes.Equal(before, after), err
}

// saying is all that a draft says, in one spelling.
func (s *Store[T, I]) saying(d *Draft[T, I]) ([]byte, error) {
	in := d.Input
	*s.Noun.Shared(&in) = Common{}
	text, err := json.Marshal(struct {
		Audience    access.Audience
		States      []string
		Written     *Selection
		TLP         string
		Basis       Basis
		ExternalIDs []ExternalID
		Sources     []Source
		Input       I
	}{
		d.Entry.Audience, d.Entry.AudienceStates, d.Entry.AudienceWritten, d.Entry.TLP, d.Entry.Basis,
		d.Entry.ExternalIDs, d.Entry.Sources, in,
	}, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("compare %s: %w", s.Noun.Name, err)
	}
	return text, nil
}
