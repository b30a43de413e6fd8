package importer

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/cases"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// namespace is that of the ids of what files found in public: the same thing has
// the same id in every import, whatever has become of it since.
var namespace = uuid.MustParse("5b1f4f0e-8a3c-4c55-9d0e-3f4f1f0f6a21")

// foundID is the id of a thing that a file found, of a noun and a state.
func foundID(what, state, name string) string {
	return uuid.NewSHA1(namespace, []byte(what+" "+state+" "+folded(name))).String()
}

// folded is what all spellings of a name have in common: capitals, blanks and the
// form in Unicode do not tell things apart.
func folded(name string) string {
	return cases.Fold().String(valid.Clean(strings.Join(strings.Fields(name), " ")))
}

// found is an entry that a file found in public.
type found[I any] struct {
	line  int
	id    string
	in    I
	where func(pointer string) problem.Fault // in the file
}

// foundIn decides what becomes of entries that were found: a new one is made, one
// that is unconfirmed still is brought up to the file, and what its state has
// decided on stays as the state wants it.
func foundIn[T, I any](ctx context.Context, tx *register.Tx, p *plan, store *entry.Store[T, I], all []found[I]) (drafts []*entry.Draft[T, I], err error) {
	there, hidden, err := present(ctx, tx, store, all)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		p.lines[f.id] = f.line
		before, exists := there[f.id]
		if why := untouchable(store, before, exists, hidden[f.id]); why != "" {
			p.leave(f.line, why)
			continue
		}
		store.Noun.Shared(&f.in).Audience = access.ForPublic // what was found in public is
		d := store.New(f.id, f.in)
		if exists {
			d = store.Change("replaced", before, f.in)
		}
		d.Beside = p.beside
		err := store.PrepareIn(ctx, tx, d)
		faults, ok := problem.Faults(err)
		switch {
		case err != nil && !ok:
			return nil, err
		case err != nil:
			for _, fault := range faults {
				at := f.where(fault.Pointer)
				at.Detail = fault.Detail
				p.faults = append(p.faults, at)
			}
			continue
		}
		if exists {
			same, err := store.Unchanged(ctx, tx, d)
			if err != nil {
				return nil, err
			}
			if same {
				p.report.Unchanged++
				continue
			}
		} else {
			p.beside[f.id] = true
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// present returns those of the entries that are there, and which of the others
// are out of sight.
func present[T, I any](ctx context.Context, tx *register.Tx, store *entry.Store[T, I], all []found[I]) (there map[string]T, hidden map[string]bool, err error) {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.id)
	}
	entries, err := store.Noun.Those(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	withheld, err := entry.WithheldAmong(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	there, hidden = map[string]T{}, map[string]bool{}
	for _, t := range entries {
		there[store.Noun.Entry(t).ID] = t
	}
	for _, id := range withheld {
		hidden[id] = true
	}
	return there, hidden, nil
}

// untouchable is why an entry is not a file's to change, or "".
func untouchable[T, I any](store *entry.Store[T, I], t T, exists, hidden bool) string {
	if hidden {
		return "the state has made this entry its own word, for selected states: it stays so"
	}
	if !exists {
		return ""
	}
	switch e := store.Noun.Entry(t); {
	case e.Basis == entry.Nominated:
		return "the state has nominated this entry: it stays the state's own word"
	case e.Standing == entry.Rejected:
		return "the state rejected this entry: it stays rejected"
	case e.Standing != entry.Active:
		return "this entry was taken out of use: it stays " + string(e.Standing)
	default:
		return ""
	}
}
