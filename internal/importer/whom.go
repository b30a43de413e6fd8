package importer

import (
	"slices"
	"strings"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/reference"
)

// The words of a cell that says whom an entry is for: public, participants,
// "selected: EE FI OSCE" or "all except: XX".
const (
	selected      = "selected"
	allExcept     = "all except"
	framework     = "framework:" // in front of one whose code is a state's too, AU
	audienceFault = `must be public, participants, "selected: EE FI OSCE" or "all except: XX"`
)

// parseWhom reads a cell that says whom something is for; detail is what is
// wrong with it. Which states there are is the register's to know.
func parseWhom(cell string) (whom entry.Whom, detail string) {
	word, names, named := strings.Cut(cell, ":")
	codes := list(names)
	switch word = strings.ToLower(strings.TrimSpace(word)); {
	case cell == "":
	case !named && (word == string(access.ForPublic) || word == string(access.ForParticipants)):
		whom.Audience = access.Audience(word)
	case named && word == allExcept && len(codes) > 0:
		whom.Audience, whom.Selected = access.ForSelected, &entry.Selection{AllExcept: codes}
	case named && word == selected && len(codes) > 0:
		whom.Audience, whom.Selected = access.ForSelected, &entry.Selection{}
		for _, code := range codes {
			if name, ok := strings.CutPrefix(code, framework); ok {
				whom.Selected.Frameworks = append(whom.Selected.Frameworks, name)
			} else if reference.HasFramework(code) && !isState(code) {
				whom.Selected.Frameworks = append(whom.Selected.Frameworks, code)
			} else {
				whom.Selected.States = append(whom.Selected.States, code)
			}
		}
	default:
		return whom, audienceFault
	}
	return whom, ""
}

// formatWhom is the cell that parseWhom reads as whom. Of a selection that the
// reader may not see it says only that it is one.
func formatWhom(whom entry.Whom) string {
	s := whom.Selected
	switch {
	case whom.Audience != access.ForSelected:
		return string(whom.Audience)
	case s == nil:
		return selected
	case len(s.AllExcept) > 0:
		return allExcept + ": " + strings.Join(s.AllExcept, " ")
	}
	codes := slices.Clone(s.States)
	for _, code := range s.Frameworks {
		if isState(code) || !reference.HasFramework(code) {
			code = framework + code
		}
		codes = append(codes, code)
	}
	return selected + ": " + strings.Join(codes, " ")
}

func isState(code string) bool {
	return slices.ContainsFunc(reference.States(), func(s reference.State) bool { return s.Alpha2 == code })
}
