package main

import (
	"net/url"
	"strings"

	"pocreg.example/api/client"
)

type statesCommand struct {
	remote
	Code      string `arg:"" optional:"" help:"One state's card, by alpha-2 or alpha-3: its contacts in the order to call, and who speaks for it."`
	Framework string `help:"Only its members now, such as OSCE."`
}

// Help teaches by example.
func (statesCommand) Help() string {
	return `Examples:
  pocreg states
  pocreg states EST --as cert_ee
  pocreg states --framework GCC --csv`
}

// Run lists the states, or shows one's card.
func (s statesCommand) Run(p *program) error {
	if s.Code != "" {
		return show(p, s.remote, "/v1/states/"+url.PathEscape(strings.ToUpper(s.Code))+"/card", nil)
	}
	query := url.Values{}
	if s.Framework != "" {
		query.Set("framework", s.Framework)
	}
	return list(p, s.remote, "/v1/states", query,
		[]string{"CODE", "ALPHA-3", "NAME", "FRAMEWORKS", "REPRESENTED"},
		func(s client.State) []string {
			return []string{s.Code, s.Alpha3, s.Name, strings.Join(s.Frameworks, " "), yesNo(s.Represented)}
		})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
