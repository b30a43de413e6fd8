package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// sentence is one of the registry's own that has values in it.
type sentence struct {
	english *regexp.Regexp // as it is said, with a group for each value
	own     string         // with the values' places as fmt has them
}

// said turns the sentences that the registry says of a failure, which are in
// English, into a language's own.
type said struct {
	whole  map[string]string
	valued []sentence
}

var verb = regexp.MustCompile(`%[sd]`)

// readSaid reads messages/said/: the sentences stand there as in the code that says
// them.
func readSaid(tag string) (said, error) {
	out := said{whole: map[string]string{}}
	text, err := fs.ReadFile(messageFiles, path.Join("messages/said", tag+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil // English
	}
	if err != nil {
		return out, fmt.Errorf("read what the registry says in %s: %w", tag, err)
	}
	var all map[string]string
	if err := json.Unmarshal(text, &all); err != nil {
		return out, fmt.Errorf("read what the registry says in %s: %w", tag, err)
	}
	for _, english := range slices.Sorted(maps.Keys(all)) {
		if !verb.MatchString(english) {
			out.whole[english] = all[english]
			continue
		}
		pattern := verb.ReplaceAllString(regexp.QuoteMeta(english), `(.+)`)
		out.valued = append(out.valued, sentence{
			english: regexp.MustCompile(`^` + pattern + `$`), own: verb.ReplaceAllString(all[english], `%s`),
		})
	}
	return out, nil
}

// in returns what a sentence is in the language, and whether it is known there.
func (s said) in(english string) (own string, ok bool) {
	if own, ok := s.whole[english]; ok {
		return own, true
	}
	for _, one := range s.valued {
		if found := one.english.FindStringSubmatch(english); found != nil {
			values := make([]any, len(found)-1)
			for i, value := range found[1:] {
				values[i] = value
			}
			return fmt.Sprintf(one.own, values...), true
		}
	}
	return english, false
}

// say turns a sentence of the registry's own into the visitor's language, as far
// as that has it; in is "en" for one that stays in English on another's page.
func (v *visit) say(english string) (text, in string) {
	text, ok := v.language.said.in(english)
	if !ok && v.language != v.site.languages.all[0] {
		in = v.site.languages.all[0].Tag
	}
	return text, in
}

// capital begins a sentence.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
