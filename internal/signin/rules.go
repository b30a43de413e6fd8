package signin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pocreg.example/internal/problem"
)

// How long a password is, in characters: NIST SP 800-63B-4 (3.1.1.2) wants at least
// 15 where it could stand alone, and that at least 64 are taken.
const (
	ShortestPassword = 15
	LongestPassword  = 128
)

// fewest is how many different characters a password has at the least, and tail how
// many, without spaces, must be left of it once what is easily guessed is taken away.
const (
	fewest = 5
	tail   = 8
)

// runs are what a hand types without thinking, there and back.
var runs = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
}

// CheckPassword returns what is wrong with a password, in its folded form, as a
// problem that says what to do. There are no rules of what must be in it; context is
// what anybody could guess of its owner: name, address, the registry's name.
func CheckPassword(password string, context ...string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return problem.Faultf("/password", "must be text without control characters: type it anew")
	case n < ShortestPassword:
		return problem.Faultf("/password", "must have at least %d characters: several words are easier to remember than one that is hard to type", ShortestPassword)
	case n > LongestPassword:
		return problem.Faultf("/password", "must have at most %d characters", LongestPassword)
	case breached(password):
		return problem.Faultf("/password", "was in a breach, and is among the first that are tried: choose another")
	case guessable(password, context):
		return problem.Faultf("/password", "is easily guessed, because it repeats itself, follows the keyboard, or says your name or address: choose several words that have nothing to do with each other")
	default:
		return nil
	}
}

// guessable reports whether little is left of a password once repetition, what runs
// along the alphabet or the keyboard, and what is known of its owner are taken away.
func guessable(password string, context []string) bool {
	left := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range left {
		different[r] = true
	}
	if len(different) < fewest || repeats(left) {
		return true
	}
	words := []string{"pocreg", "password", "passwort", "passphrase", "haslo", "hasło"}
	for _, of := range context {
		words = append(words, strings.FieldsFunc(strings.ToLower(of), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	for _, w := range words {
		if utf8.RuneCountInString(w) >= 3 {
			left = strings.ReplaceAll(left, w, "")
		}
	}
	return utf8.RuneCountInString(strings.Join(strings.Fields(withoutRuns(left)), "")) < tail
}

// repeats reports whether s is one piece over and over, the last time perhaps cut
// short.
func repeats(s string) bool {
	text := []rune(s)
	for size := 1; size <= len(text)/2; size++ {
		same := true
		for i := size; i < len(text) && same; i++ {
			same = text[i] == text[i-size]
		}
		if same {
			return true
		}
	}
	return false
}

// withoutRuns takes away what goes on along one of runs, there or back, for four
// characters or more.
func withoutRuns(s string) string {
	const shortest = 4
	var out []rune
	text := []rune(s)
	for at := 0; at < len(text); {
		n := shortest - 1
		for at+n < len(text) && alongARun(string(text[at:at+n+1])) {
			n++
		}
		if n < shortest {
			out = append(out, text[at])
			at++
			continue
		}
		at += n
	}
	return string(out)
}

func alongARun(s string) bool {
	back := []rune(s)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	for _, run := range runs {
		if strings.Contains(run, s) || strings.Contains(run, string(back)) {
			return true
		}
	}
	return false
}
