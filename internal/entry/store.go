package entry

import (
	"cmp"
	"context"
	"slices"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Noun is what the acts on entries have to know of one noun: T is the noun as
// it is kept, I what a person may say about it.
type Noun[T any, I any] struct {
	Name    string
	Entry   func(T) Entry
	Shared  func(*I) *Common
	Input   func(T, Common) I // what a PUT of it as it stands would say
	Details func(T) any       // for the trail's entry part
	Parts   func(T) []register.Part

	// Get reads one entry, or returns a NotFound problem.
	Get func(ctx context.Context, q postgres.Queryer, id string) (T, error)
	// Those reads entries by their ids, in no order; what q's actor may not see is
	// left out.
	Those func(ctx context.Context, q postgres.Queryer, ids []string) ([]T, error)
	// Ahead does what is slow about an input before the database is asked; nil if
	// nothing is.
	Ahead func(ctx context.Context, in I) error
	// Prepare puts an input in its canonical form, and returns an Invalid
	// problem if it breaks a rule. It may read, and runs before the lock too.
	Prepare func(ctx context.Context, tx *register.Tx, d *Draft[T, I]) error
	// Save writes the details of a draft whose entry is written already.
	Save func(ctx context.Context, tx *register.Tx, d *Draft[T, I]) error
	// Confirm proves the details alive with their entry; nil if nothing is to do.
	Confirm func(ctx context.Context, tx *register.Tx, id string) error
}

// Draft is an entry on its way to being written.
type Draft[T any, I any] struct {
	Act    string // "created", "replaced" or "nominated"
	Before *T     // nil for a new one
	Entry  Entry
	Input  I

	// Beside are the ids of new entries of the same state that the same act makes
	// before this one: it may link to them, though no reader sees them yet.
	Beside map[string]bool
}

// Store carries out what all nouns' entries have done to them.
type Store[T any, I any] struct {
	Register *register.Register
	Noun     Noun[T, I]
}

// Nothing is the body of an act that takes none.
type Nothing struct{}

// Add makes a new entry: nominated by a state's own people, or found in public
// by the secretariat.
func (s *Store[T, I]) Add(ctx context.Context, act register.Act, sent register.Sent[I]) (T, error) {
	if sent.Err != nil {
		if err := mayAuthor(act.By, s.Noun.Name); err != nil {
			return *new(T), err
		}
		return *new(T), sent.Err
	}
	if err := s.ahead(ctx, act, sent.Body); err != nil {
		return *new(T), err
	}
	draft := s.New(uuid.NewString(), sent.Body)
	check := func(tx *register.Tx) error { return s.mayWrite(ctx, tx, draft) }
	return s.make(ctx, act, check, func() *Draft[T, I] { return draft })
}

// make writes the one draft that is there once check has let it pass.
func (s *Store[T, I]) make(ctx context.Context, act register.Act, check func(*register.Tx) error, draft func() *Draft[T, I]) (after T, err error) {
	err = s.Register.Write(ctx, act, check, func(tx *register.Tx) error {
		written, err := s.WriteIn(ctx, tx, draft())
		if err == nil {
			after = written[0]
		}
		return err
	})
	return after, err
}

// Replace gives an entry a new content, whole.
func (s *Store[T, I]) Replace(ctx context.Context, act register.Act, id string, sent register.Sent[I]) (T, error) {
	return change(ctx, s, act, id, "replaced", sent, func(_ T, _ I, body I) (I, error) { return body, nil })
}

// Patch changes some of an entry's content: an RFC 7396 merge patch of what a
// PUT of it as it stands would say.
func (s *Store[T, I]) Patch(ctx context.Context, act register.Act, id string, sent register.Sent[[]byte]) (T, error) {
	return change(ctx, s, act, id, "replaced", sent, func(_ T, present I, patch []byte) (I, error) {
		return merge(present, patch)
	})
}

func merge[I any](present I, patch []byte) (I, error) {
	// Read for what MergePatch would let pass: a member twice, or trailing data.
	var members map[string]jsontext.Value
	if err := Decode(patch, &members); err != nil {
		return present, err
	}
	text, err := json.Marshal(present)
	if err != nil {
		return present, err
	}
	merged, err := jsonpatch.MergePatch(text, patch)
	if err != nil || members == nil {
		return present, problem.Errorf(problem.Malformed, "the body is no JSON merge patch: send an object with the members to change")
	}
	var out I
	return out, Decode(merged, &out)
}

// Nominate adopts a public-source entry as the state's own words: as it stands,
// or with the corrections in the body, an RFC 7396 merge patch.
func (s *Store[T, I]) Nominate(ctx context.Context, act register.Act, id string, sent register.Sent[[]byte]) (T, error) {
	return change(ctx, s, act, id, "nominated", sent, func(before T, present I, patch []byte) (I, error) {
		if s.Noun.Entry(before).Basis == Nominated {
			return present, problem.Errorf(problem.Conflict, "the state has nominated this entry already: change it with PUT or PATCH")
		}
		in := s.Noun.Shared(&present)
		in.Basis, in.Sources = Nominated, nil
		if len(patch) == 0 {
			return present, nil
		}
		out, err := merge(present, patch)
		if in := s.Noun.Shared(&out); err == nil && cmp.Or(in.Basis, Nominated) != Nominated {
			return out, problem.Faultf("/basis", "nominating makes the entry the state's own word: leave the basis out")
		}
		s.Noun.Shared(&out).Basis = Nominated
		return out, err
	})
}

// change carries out what gives an entry a new content.
func change[T, I, B any](ctx context.Context, s *Store[T, I], act register.Act, id, name string,
	sent register.Sent[B], input func(before T, present I, body B) (I, error),
) (T, error) {
	if err := s.ahead(ctx, act, sent.Body); err != nil {
		return *new(T), err
	}
	var draft *Draft[T, I]
	check := func(tx *register.Tx) error {
		before, err := s.before(ctx, tx, id)
		if err != nil {
			return err
		}
		was := s.Noun.Entry(before)
		if err := MayEdit(tx.By, was, name); err != nil {
			return err
		}
		if sent.Err != nil {
			return sent.Err
		}
		if err := sent.If.Check(tx, was.Version); err != nil {
			return err
		}
		in, err := input(before, s.Noun.Input(before, was.inputBy(tx.Author())), sent.Body)
		if err != nil {
			return err
		}
		draft = &Draft[T, I]{Act: name, Before: &before, Entry: was, Input: in}
		if err := s.prepare(ctx, tx, draft); err != nil {
			return err
		}
		return InUse(was)
	}
	return s.make(ctx, act, check, func() *Draft[T, I] { return draft })
}

// before reads an entry as it was before the act.
func (s *Store[T, I]) before(ctx context.Context, tx *register.Tx, id string) (T, error) {
	return register.Recall(tx, s.Noun.Name+" "+id, func() (T, error) { return s.Noun.Get(ctx, tx, id) })
}

// ahead calls the noun's Ahead with what a body says, whole or as a patch, if its
// sender may change anything at all.
func (s *Store[T, I]) ahead(ctx context.Context, act register.Act, body any) error {
	if s.Noun.Ahead == nil || mayAuthor(act.By, s.Noun.Name) != nil {
		return nil
	}
	in, whole := body.(I)
	if patch, ok := body.([]byte); ok && !whole {
		if json.Unmarshal(patch, &in) != nil {
			return nil // it is refused later, in words
		}
	}
	return s.Noun.Ahead(ctx, in)
}

// prepare settles what an input says of any entry, then the noun's own part.
// Faults of both are reported together.
func (s *Store[T, I]) prepare(ctx context.Context, tx *register.Tx, d *Draft[T, I]) error {
	common := s.Noun.Shared(&d.Input)
	err := settle(ctx, tx, common, &d.Entry, d.Before == nil)
	faults, ok := problem.Faults(err)
	if err != nil && !ok {
		return err
	}
	err = s.Noun.Prepare(ctx, tx, d)
	more, ok := problem.Faults(err)
	if err != nil && !ok {
		return err
	}
	seen := map[string]bool{}
	var all []problem.Fault
	for _, f := range append(faults, more...) {
		if !seen[f.Pointer] {
			seen[f.Pointer] = true
			all = append(all, f)
		}
	}
	return problem.WithFaults(all)
}

// record reads an entry back after a change and tells the trail.
func (s *Store[T, I]) record(ctx context.Context, tx *register.Tx, act, id string, before *T) (T, error) {
	after, err := s.Noun.Get(ctx, tx, id)
	if err != nil {
		return after, err
	}
	return after, s.changed(tx, act, before, after)
}

func (s *Store[T, I]) changed(tx *register.Tx, act string, before *T, after T) error {
	e := s.Noun.Entry(after)
	c := register.Change{
		Act: act, Noun: e.Noun, Key: e.ID, Kind: e.Kind, Entry: true, State: e.State,
		For: e.Audience, Named: e.AudienceStates, After: s.parts(after), AtOnce: alone[act],
	}
	if before != nil {
		c.Before = s.parts(*before)
		narrower, err := narrows(c.Before, c.After)
		if err != nil {
			return err
		}
		if act == "replaced" && narrower {
			c.Act, c.AtOnce = "narrowed", true
		}
	}
	return tx.Changed(c)
}

func (s *Store[T, I]) parts(t T) []register.Part {
	return append(s.Noun.Entry(t).parts(s.Noun.Details(t)), s.Noun.Parts(t)...)
}

// Upsert replaces the state's entry that an outside system knows by value, or
// makes it: the precondition says which, so that neither happens by mistake.
func (s *Store[T, I]) Upsert(ctx context.Context, act register.Act, state string, external ExternalID, sent register.Sent[I]) (T, error) {
	var id string
	err := s.Register.Read(ctx, act.By, func(snap *register.Snapshot) (err error) {
		id, err = IDByExternal(ctx, snap, s.Noun.Name, state, external.System, external.Value)
		return err
	})
	missing := problem.Is(err, problem.NotFound)
	if err != nil && !missing {
		return *new(T), err
	}
	if sent.Err == nil {
		in := s.Noun.Shared(&sent.Body)
		in.State = cmp.Or(in.State, state)
		if in.State != state {
			sent.Err = problem.Faultf("/state", "is not the state in the path")
		}
		if !slices.Contains(in.ExternalIDs, external) {
			in.ExternalIDs = append(in.ExternalIDs, external)
		}
	}
	if !missing {
		return s.Replace(ctx, act, id, sent)
	}
	// Whose entry it would be stands in the path: who may not make it learns no
	// more from a request that is wrong in other ways too.
	said := s.Noun.Shared(&sent.Body)
	err = mayRecord(act.By, s.Noun.Name, state, said.Kind, said.Basis)
	if sent.Err != nil && mayRecord(act.By, s.Noun.Name, state, said.Kind, PublicSource) == nil {
		err = sent.Err
	}
	switch {
	case err != nil:
		return *new(T), err
	case sent.Err == nil && !sent.If.Absent:
		return *new(T), problem.Errorf(problem.Stale, "there is no such entry: to make it, send If-None-Match: *")
	}
	made, refused := s.Add(ctx, act, sent)
	if problem.Is(refused, problem.Conflict) {
		// Somebody else may have made it meanwhile: then it is there, and is not to be.
		err := s.Register.Read(ctx, act.By, func(snap *register.Snapshot) (err error) {
			id, err = IDByExternal(ctx, snap, s.Noun.Name, state, external.System, external.Value)
			return err
		})
		if err == nil {
			return s.Replace(ctx, act, id, sent)
		}
	}
	return made, refused
}
