package portal

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/register"
)

// word is a message for a word of the registry's own, or the word itself where
// there is none: what a newer server records, an older page shows too.
func (v *visit) word(prefix, word string) string {
	if text, ok := v.language.words[prefix+"."+word]; ok {
		return text
	}
	return word
}

// Value says one of the values that the registry knows, such as "technical".
func (v *visit) Value(value any) string { return v.word("value", fmt.Sprint(value)) }

// ActName says what was done, Noun to what.
func (v *visit) ActName(act string) string { return v.word("act", act) }

// Noun names what something was done to.
func (v *visit) Noun(noun string) string { return v.word("noun", noun) }

// Does says what a proposal asks for.
func (v *visit) Does(does string) string { return v.word("does", does) }

// How says by what a channel reaches somebody.
func (v *visit) How(ch contact.Channel) string { return v.HowName(How(ch)) }

// HowName says a way to reach somebody, such as "phone:duty".
func (v *visit) HowName(how string) string {
	kind, more, found := strings.Cut(how, ":")
	if !found {
		return v.Value(kind)
	}
	return v.Value(kind) + ", " + v.Value(more)
}

// Link is the address by which a browser reaches a channel, "" if it knows none.
// Templates let no address of a phone through unless it is known to be one.
func (v *visit) Link(ch contact.Channel) any {
	switch {
	case ch.Type == "phone" && strings.Trim(ch.Value, "+0123456789") == "":
		return template.URL("tel:" + ch.Value) // a plus and digits
	case ch.Type == "email":
		return "mailto:" + ch.Value
	case ch.Type == "web_form":
		return ch.Value
	default:
		return ""
	}
}

// changeRow is one line of what differs between two versions.
type changeRow struct{ Where, From, To string }

// automatic are the members that follow from the rest when something is made.
var automatic = []string{"id", "state", "kind", "basis", "standing", "nominated_at", "nominated_by", "confirmed_at", "changed_at", "position", "account", "delegation", "invited_by"}

// Differences are what differs, as a person reads it: a channel or a key that is new
// or gone is one line, and what says nothing on either side is none.
func (v *visit) Differences(all []register.Difference) []changeRow {
	var rows []changeRow
	last := "" // the member of a list that the last line is about
	for _, d := range all {
		parts := strings.Split(strings.TrimPrefix(d.Path, "/"), "/")
		name := parts[len(parts)-1]
		row := changeRow{v.where(parts), v.Says(d.From), v.Says(d.To)}
		if row.From == "" && row.To == "" || d.From == nil && slices.Contains(automatic, name) {
			continue
		}
		member := ""
		if len(parts) == 3 && (d.From == nil || d.To == nil) {
			member = d.Path[:len(d.Path)-len(name)]
			row = changeRow{v.where(parts[:1]), v.named(name, row.From), v.named(name, row.To)}
		}
		if n := len(rows) - 1; member != "" && member == last {
			rows[n].From, rows[n].To = joinWords(rows[n].From, row.From), joinWords(rows[n].To, row.To)
			continue
		}
		rows, last = append(rows, row), member
	}
	return rows
}

// named is a value after its member's name.
func (v *visit) named(member, value string) string {
	if value == "" {
		return ""
	}
	return v.word("member", member) + ": " + value
}

func joinWords(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// where says which part of an entry a path leads to.
func (v *visit) where(path []string) string {
	var names []string
	for _, part := range path {
		if uuid.Validate(part) == nil || part == "" {
			continue // which one of a list it is says less than what it says
		}
		names = append(names, v.word("member", strings.NewReplacer("~1", "/", "~0", "~").Replace(part)))
	}
	return capital(strings.Join(names, ", "))
}

// Says writes a value of an entry out, as a difference has it.
func (v *visit) Says(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return v.Time(at)
		}
		return v.Value(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return v.Value(value)
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, v.Says(one))
		}
		return strings.Join(all, "; ")
	case map[string]any:
		var all []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if text := v.Says(value[name]); text != "" {
				all = append(all, v.named(name, text))
			}
		}
		return strings.Join(all, "; ")
	default:
		return fmt.Sprint(value)
	}
}
