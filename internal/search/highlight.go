package search

import "unicode/utf8"

// Highlight is a piece of an entry's text with what matched in it.
type Highlight struct {
	Path  string // a JSON pointer into the entry
	Parts []Part // in their order they are the piece
}

// Part is a part of a piece that matched as a whole, or not at all.
type Part struct {
	Text  string
	Match bool
}

// The bounds of what is shown of an entry.
const (
	mostHighlights = 5
	mostText       = 200 // characters of a piece
	before         = 40  // characters shown before the first match of a long text
)

// span is where something matches in a text, in bytes.
type span struct{ from, to int }

// marker finds what matches in a field, in order and without overlaps.
type marker func(field) []span

// highlights marks the fields in which something matches: the first few.
func highlights(fields []field, marks marker) []Highlight {
	out := []Highlight{}
	for _, f := range fields {
		if len(out) == mostHighlights {
			break
		}
		if f.text == "" {
			continue
		}
		if spans := marks(f); len(spans) > 0 {
			out = append(out, Highlight{Path: f.path, Parts: piece(f.text, spans)})
		}
	}
	return out
}

// piece cuts a text around its first match, and parts it by what matches. An
// ellipsis stands for what is left out.
func piece(text string, spans []span) []Part {
	from := 0
	if utf8.RuneCountInString(text) > mostText {
		from = back(text, spans[0].from, before)
	}
	to := forth(text, from, mostText)
	var out []Part
	add := func(part string, match bool) {
		if part != "" {
			out = append(out, Part{Text: part, Match: match})
		}
	}
	if from > 0 {
		add("…", false)
	}
	at := from
	for _, s := range spans {
		if s.from >= to {
			break
		}
		add(text[at:s.from], false)
		add(text[s.from:min(s.to, to)], true)
		at = min(s.to, to)
	}
	add(text[at:to], false)
	if to < len(text) {
		add("…", false)
	}
	return out
}

// back returns the place so many characters before another, forth after it.
func back(text string, at, characters int) int {
	for ; at > 0 && characters > 0; characters-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

func forth(text string, at, characters int) int {
	for ; at < len(text) && characters > 0; characters-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}
