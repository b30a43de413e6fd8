// Package search finds organisations, contacts and strategies: by words, which
// forgives accents, case and slips; or by what is known of somebody who called
// or wrote: a number, a mailbox, a host, a key's fingerprint, a country's domain
// or dialling prefix. The index and its rule of who may find what are in the
// database (0007_search); what is shown of a hit is read behind row-level
// security, like any entry.
package search

import (
	"context"
	"slices"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
)

// Question is what somebody looks for. A zero filter leaves nothing out.
type Question struct {
	Text  string // one that Check takes
	Noun  string // contact, organisation or strategy
	State string // alpha-2; a number without a country's code is read as dialled there
	Kind  string
	Basis string
	Limit int // how many hits at most, 1 to 100
}

// Nouns are what can be found.
var Nouns = []string{"contact", "organisation", "strategy"}

// Form is what a text is taken for.
type Form string

// The forms. All but the first are looked up whole.
const (
	AsWords       Form = "words"
	AsPhone       Form = "phone"
	AsEmail       Form = "email"
	AsFingerprint Form = "fingerprint"
	AsDomain      Form = "domain"
	AsPrefix      Form = "prefix" // a dialling prefix
)

// Typo is by what a hit matched that only a slip in typing explains; others
// match by the form of the question.
const Typo Form = "typo"

// Word is a word that was asked for, and the words of entries that it was taken
// for: itself, what it begins, or what it may be a slip for.
type Word struct {
	Word    string
	TakenAs []string
}

// Hit is an entry that was found.
type Hit struct {
	entry.Entry
	Title      string // in its own script
	TitleEN    string
	MatchedBy  Form
	Highlights []Highlight

	forAll bool
}

// ForAll reports whether all that h was found by and shows is for everybody to read.
func (h Hit) ForAll() bool { return h.forAll }

// State is a state that a text names or belongs to.
type State struct {
	Code    string
	Name    string // English
	Because Form   // AsDomain or AsPrefix, or Named
}

// Named says that a text is a state's name or code.
const Named Form = "name"

// Answer is what was found, best first.
type Answer struct {
	Text   string // as it was looked for
	As     Form
	Words  []Word
	Hits   []Hit
	States []State
	More   bool // whether there are more hits than were asked for
}

// Find answers q with what snap's actor may read, and with nothing that comes
// from what they may not: no hit, no count and no suggestion.
func Find(ctx context.Context, snap *register.Snapshot, q Question) (Answer, error) {
	known, err := allStates(ctx, snap)
	if err != nil {
		return Answer{}, err
	}
	asked := read(q.Text, q.State, known)
	a := Answer{Text: asked.text, As: asked.as, Words: []Word{}, States: asked.states}
	var found []match
	var marks marker
	if asked.as != AsWords {
		marks = asked.marks()
		found, err = lookUp(ctx, snap, q, asked)
		if err != nil {
			return Answer{}, err
		}
	}
	// A name with dots in it looks like a host, and is none.
	if asked.as == AsWords || asked.as == AsDomain && len(found) == 0 && len(asked.values) > 0 {
		var terms []term
		if found, terms, err = findWords(ctx, snap, q); err != nil {
			return Answer{}, err
		}
		if asked.as == AsWords || len(found) > 0 {
			a.As, marks = AsWords, wordMarks(terms)
			for _, t := range terms {
				a.Words = append(a.Words, t.word())
			}
		}
	}
	if a.More = len(found) > q.Limit; a.More {
		found = found[:q.Limit]
	}
	a.Hits, err = load(ctx, snap, found, marks)
	return a, err
}

// match is a hit before its entry is read.
type match struct {
	id   string
	noun string
	by   Form
}

// load reads the entries that matched, behind row-level security, in their order.
func load(ctx context.Context, snap *register.Snapshot, found []match, marks marker) ([]Hit, error) {
	ids := map[string][]string{}
	for _, m := range found {
		ids[m.noun] = append(ids[m.noun], m.id)
	}
	hits := map[string]Hit{}
	for _, noun := range Nouns {
		if len(ids[noun]) == 0 {
			continue
		}
		shown, err := readers[noun](ctx, snap, ids[noun])
		if err != nil {
			return nil, err
		}
		for _, s := range shown {
			s.hit.Highlights = highlights(s.fields, marks)
			hits[s.hit.ID] = s.hit
		}
	}
	out := []Hit{}
	for _, m := range found {
		if hit, ok := hits[m.id]; ok {
			hit.MatchedBy = m.by
			out = append(out, hit)
		}
	}
	return slices.Clip(out), nil
}
