package portal

import (
	"slices"
	"strings"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
)

// kindChoices is the part of a form that limits a delegate's role to kinds of contact:
// none is no limit.
type kindChoices struct {
	Label, Hint string
	Kinds       []kindChoice
}

type kindChoice struct {
	Kind, Name string
	Chosen     bool
}

// KindChoices offers the kinds of contact, of which some were chosen.
func (v view) KindChoices(chosen []string) kindChoices {
	out := kindChoices{Label: v.Label("kinds", "kinds.label"), Hint: v.T("kinds.hint")}
	for _, kind := range contact.Kinds {
		out.Kinds = append(out.Kinds, kindChoice{kind, v.Value(kind), slices.Contains(chosen, kind)})
	}
	return out
}

// Limit says to which kinds of contact a role is limited, after its name; nothing if
// it is not.
func (v *visit) Limit(kinds []string) string {
	if len(kinds) == 0 {
		return ""
	}
	var names []string
	for _, kind := range kinds {
		names = append(names, v.Value(kind))
	}
	return " (" + v.T("kinds.only", "kinds", strings.Join(names, ", ")) + ")"
}

// Delegates reports whether the person could be made a delegate.
func (p personData) Delegates() bool { return slices.Contains(p.Grants, access.Delegate) }
