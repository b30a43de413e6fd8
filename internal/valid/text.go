package valid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line reports whether s is one line of text that shows as what it is: no
// control characters, nothing that reorders or hides what stands next to it,
// nothing but blanks. The empty string is a line.
func Line(s string) bool { return shows(s, "") }

// Text is Line for text of several lines: it may also hold \n and \t.
func Text(s string) bool { return shows(s, "\n\t") }

// Clean drops from s what Line refuses, so that text which is not ours to
// correct (a key's user id, a file's heading) can be shown.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if !allowed(r) {
			return -1
		}
		return r
	}, s)
	return normal(s)
}

func shows(s, also string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	visible := s == ""
	for _, r := range s {
		if !allowed(r) && !strings.ContainsRune(also, r) {
			return false
		}
		visible = visible || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	}
	return visible
}

// allowed reports whether r may stand in text. Format characters are refused as
// a class, because they reorder text (Trojan source), hide in it, or carry
// hidden messages (tag characters); the exceptions are those that scripts need:
// the joiners of Persian and Indic scripts, the marks of right-to-left text
// (which order only what is neutral beside them, unlike overrides and isolates),
// and the Arabic and Syriac signs that are visible.
func allowed(r rune) bool {
	switch r {
	case utf8.RuneError:
		return false
	case '\u200c', '\u200d', '\u200e', '\u200f', '\u061c': // ZWNJ, ZWJ, LRM, RLM, ALM
		return true
	case '\u034f': // combining grapheme joiner: ignorable, but part of Hebrew and German sorting
		return true
	}
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return true
	}
	// Not unicode.C: it holds unassigned code points, which the next Unicode may assign.
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
		unicode.Noncharacter_Code_Point,
		unicode.Other_Default_Ignorable_Code_Point) // Hangul fillers: letters that show nothing
}
