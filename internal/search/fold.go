package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The same folding as search_fold and search_words do in the database, rune by
// rune, so that a match can be marked in the text as it is written. A test holds
// the two together.

// silent are the marks that folding leaves out: see search_fold.
var silent = rangeTable(
	0x00ad, 0x00ad, 0x0300, 0x036f, 0x0483, 0x0489, 0x0591, 0x05bd, 0x05bf, 0x05bf, 0x05c1, 0x05c2, 0x05c4, 0x05c5, 0x05c7, 0x05c7,
	0x0610, 0x061c, 0x0640, 0x0640, 0x064b, 0x065f, 0x0670, 0x0670, 0x06d6, 0x06dc, 0x06df, 0x06e4, 0x06e7, 0x06e8, 0x06ea, 0x06ed,
	0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x200b, 0x200f, 0x202a, 0x202e, 0x2060, 0x2064, 0x20d0, 0x20ff, 0xfe20, 0xfe2f, 0xfeff, 0xfeff,
)

// signs part words beside white space, punctuation and control characters: see
// search_words.
var signs = rangeTable(
	'$', '$', '+', '+', '<', '>', '^', '^', '`', '`', '|', '|', '~', '~',
	0x00a2, 0x00a9, 0x00ac, 0x00ac, 0x00ae, 0x00b1, 0x00b4, 0x00b4, 0x00b8, 0x00b8, 0x00d7, 0x00d7, 0x00f7, 0x00f7,
	0x02b9, 0x02df, 0x2000, 0x2bff, 0x3000, 0x3003,
)

func rangeTable(bounds ...uint16) *unicode.RangeTable {
	t := &unicode.RangeTable{}
	for i := 0; i < len(bounds); i += 2 {
		t.R16 = append(t.R16, unicode.Range16{Lo: bounds[i], Hi: bounds[i+1], Stride: 1})
	}
	for _, r := range t.R16 {
		if r.Hi <= unicode.MaxLatin1 {
			t.LatinOffset++
		}
	}
	return t
}

// letters are those that differ by more than case and marks.
var letters = map[rune]string{
	'ł': "l", 'đ': "d", 'ø': "o", 'ð': "d", 'ı': "i", 'ħ': "h", 'ŧ': "t", 'ς': "σ", 'ٱ': "ا", 'ى': "ي", 'ة': "ه", 'ک': "ك", 'ی': "ي",
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ŋ': "ng",
}

// foldRune is what a character is folded to.
func foldRune(r rune) string {
	if r < 0x80 {
		return string(unicode.ToLower(r))
	}
	var out strings.Builder
	for _, r := range norm.NFKD.String(string(r)) {
		if unicode.Is(silent, r) {
			continue
		}
		r = unicode.ToLower(r)
		if simple, ok := letters[r]; ok {
			out.WriteString(simple)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func parts(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsControl(r) || unicode.Is(signs, r)
}

// token is a word of a text: folded, and where it stands.
type token struct {
	word     string
	from, to int // in bytes
}

// tokens are the words of a text, in their order. Marks that follow a letter
// belong to its word.
func tokens(text string) []token {
	var out []token
	var word strings.Builder
	open := token{from: -1}
	end := func() {
		if word.Len() > 0 {
			open.word = word.String()
			out = append(out, open)
		}
		word.Reset()
		open = token{from: -1}
	}
	for i, r := range text {
		next := i + len(string(r))
		for _, f := range foldRune(r) {
			if parts(f) {
				end()
				continue
			}
			if open.from < 0 {
				open.from = i
			}
			word.WriteRune(f)
			open.to = next
		}
		if open.from >= 0 {
			open.to = next // with the marks that are left out
		}
	}
	end()
	for i := range out {
		if w := []rune(out[i].word); len(w) > wordLength {
			out[i].word = string(w[:wordLength])
		}
	}
	return out
}

// wordLength is how much of a word the index holds, in characters.
const wordLength = 60
