package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"pocreg.example/internal/register"
)

// term is a word of the question with the words of entries that it was taken for.
type term struct {
	typed      string
	exact      bool     // whether it is a word itself
	begun      []string // words that it begins, if it may be unfinished
	respelt    []string // words that it may be a slip for
	unfinished bool
	uses       [3]int64 // how many texts have it: as typed, begun or respelt
}

// word is how the term is told to whoever asked.
func (t term) word() Word {
	w := Word{Word: norm.NFC.String(t.typed), TakenAs: []string{}}
	all := slices.Concat(t.begun, t.respelt)
	if t.exact {
		all = append([]string{t.typed}, all...)
	}
	for _, taken := range all[:min(len(all), mostTaken)] {
		w.TakenAs = append(w.TakenAs, norm.NFC.String(taken))
	}
	return w
}

// mostTaken is how many of the words that one was taken for are told.
const mostTaken = 5

// stage is one way in which all words of a question may match; the stages are
// tried in their order, and what an earlier one finds ranks first.
type stage struct {
	by    Form
	query string // a tsquery; "" if some word cannot match so
	uses  int64  // of the rarest word: at most as many texts match
}

// stages are, in this order: each word as typed, in names and titles; as typed,
// anywhere; with the last word perhaps unfinished; and with slips.
func stages(terms []term) []stage {
	all := make([]stage, 4)
	for i := range all {
		all[i].by = AsWords
		var parts []string
		for _, t := range terms {
			part, uses := t.part(i)
			if part == "" {
				parts = nil
				break
			}
			parts = append(parts, part)
			all[i].uses = cmp.Or(min(all[i].uses, uses), uses)
		}
		all[i].query = strings.Join(parts, " & ")
	}
	all[3].by = Typo
	var kept []stage
	for i, s := range all {
		if s.query != "" && (i < 2 || s.query != all[i-1].query) {
			kept = append(kept, s)
		}
	}
	return kept
}

// part is a term as a part of a stage's query, "" if it cannot match there.
func (t term) part(stage int) (part string, uses int64) {
	var any []string
	if t.exact {
		any = append(any, t.typed)
		uses = t.uses[0]
	}
	if stage == 0 {
		if !t.exact {
			return "", 0
		}
		return quoted("#" + t.typed), uses
	}
	if stage >= 2 {
		any = append(any, t.begun...)
		uses += t.uses[1]
	}
	if stage == 3 {
		any = append(any, t.respelt...)
		uses += t.uses[2]
	}
	if len(any) == 0 {
		return "", 0
	}
	for i, word := range any {
		any[i] = quoted(word)
	}
	// More words begin so than are listed: if they are rare, all of them will do.
	if stage >= 2 && len(t.begun) == mostBegun && t.uses[1] < 5000 {
		any = append(any, quoted(t.typed)+":*")
	}
	return "(" + strings.Join(any, " | ") + ")", uses
}

// mostBegun is how many words search_spelling returns that one begins.
const mostBegun = 20

// quoted is a word as a tsquery takes it, whatever it holds.
func quoted(word string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(word) + "'"
}

// narrowed are a question's filters as parts of a query: see search_text.
func (q Question) narrowed() []string {
	var out []string
	for _, f := range []struct{ name, value string }{{"noun", q.Noun}, {"state", q.State}, {"kind", q.Kind}, {"basis", q.Basis}} {
		if f.value != "" {
			out = append(out, quoted("="+f.name+":"+f.value))
		}
	}
	return out
}

// frequent is from how many texts on reading some of them is quicker than the
// index.
const frequent = 20000

// findWords finds at most one hit more than q asks for. A word that is known is
// taken as it was typed; only if nothing is found with it, it may be a slip too.
func findWords(ctx context.Context, snap *register.Snapshot, q Question) (found []match, terms []term, err error) {
	for _, respelt := range []bool{false, true} {
		tried := slices.ContainsFunc(terms, func(t term) bool { return t.respelt == nil })
		if respelt && !tried {
			break
		}
		if terms, err = spelling(ctx, snap, q.Text, respelt); err != nil {
			return nil, nil, err
		}
		if found, err = byStages(ctx, snap, q, stages(terms)); err != nil || len(found) > 0 {
			return found, terms, err
		}
	}
	return nil, terms, nil
}

func byStages(ctx context.Context, snap *register.Snapshot, q Question, all []stage) ([]match, error) {
	var found []match
	filters := q.narrowed()
	most := q.Limit + 1
	for _, s := range all {
		var ids []match
		var err error
		query := strings.Join(append([]string{s.query}, filters...), " & ")
		if s.uses > frequent && len(filters) == 0 {
			ids, err = entriesAmongFirst(ctx, snap, query, most)
		}
		if err == nil && len(ids) < most {
			ids, err = entries(ctx, snap, query, most)
		}
		if err != nil {
			return nil, err
		}
		for _, m := range ids {
			if !slices.ContainsFunc(found, func(f match) bool { return f.id == m.id }) && len(found) < most {
				m.by = s.by
				found = append(found, m)
			}
		}
		if len(found) == most {
			break
		}
	}
	return found, nil
}

// wordMarks finds in an entry's texts the words that terms were taken for.
func wordMarks(terms []term) marker {
	taken := map[string]bool{}
	var begun []string
	for _, t := range terms {
		taken[t.typed] = true
		for _, word := range t.respelt {
			taken[word] = true
		}
		if t.unfinished && len(t.begun) > 0 {
			begun = append(begun, t.typed)
		}
	}
	return func(f field) []span {
		var out []span
		for _, t := range tokens(f.text) {
			starts := func(word string) bool { return strings.HasPrefix(t.word, word) }
			if taken[t.word] || slices.ContainsFunc(begun, starts) {
				out = append(out, span{t.from, t.to})
			}
		}
		return out
	}
}
