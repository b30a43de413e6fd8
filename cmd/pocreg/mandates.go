package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"pocreg.example/api/client"
)

type mandatesCommand struct {
	remote
	Role string `help:"auditor or partner."`
}

// Run lists who acts without belonging to a state.
func (m mandatesCommand) Run(p *program) error {
	query := url.Values{"limit": {largestPage}}
	if m.Role != "" {
		query.Set("role", m.Role)
	}
	return list(p, m.remote, "/v1/mandates", query,
		[]string{"ROLE", "NAME", "FROM", "UNTIL", "ENDED", "BASIS", "ADMITTED BY", "ID"},
		func(one client.Mandate) []string {
			return []string{one.Role, one.Name, moment(one.From), moment(one.Until), moment(one.EndedAt), one.Basis, overseers(one.AdmittedBy), one.ID}
		})
}

type oversightCommand struct {
	remote
	State string `help:"Only what was about this state: an alpha-2 code."`
}

// Run lists what the secretariat did.
func (o oversightCommand) Run(p *program) error {
	query := url.Values{"limit": {largestPage}}
	if o.State != "" {
		query.Set("state", strings.ToUpper(o.State))
	}
	return list(p, o.remote, "/v1/oversight", query,
		[]string{"AT", "ACT", "NOUN", "STATE", "WHO", "UNTIL", "BY", "REASON", "ABOUT"},
		func(one client.Overseen) []string {
			return []string{
				moment(&one.At), one.Act, cmp.Or(one.EntryNoun, one.Noun), one.State, cmp.Or(one.Name, one.Role), moment(one.Until),
				overseers(one.By), one.Reason, one.About,
			}
		})
}

// overseers names people of the secretariat.
func overseers(all []client.Overseer) string {
	var names []string
	for _, one := range all {
		names = append(names, one.Name+" ("+one.CoChair+")")
	}
	return strings.Join(names, ", ")
}

type pickUpToken struct {
	remote
	Link string `required:"" type:"existingfile" placeholder:"FILE" help:"A file that holds the link."`
	Code string `required:"" type:"existingfile" placeholder:"FILE" help:"A file that holds the code."`
}

// Run prints a token's secret, once.
func (t pickUpToken) Run(p *program) error {
	if t.CSV {
		return usage(errors.New("--csv is for lists"))
	}
	c, err := t.client(p)
	if err != nil {
		return err
	}
	var halves [2]string
	for n, file := range []string{t.Link, t.Code} {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read what opens the invitation: %w", err)
		}
		halves[n] = strings.TrimSpace(string(text))
	}
	got, err := c.PickUp(p.ctx, halves[0], halves[1])
	if err != nil {
		return err
	}
	if t.JSON {
		return p.printJSON(got)
	}
	_, err = fmt.Fprintln(p.stdout, got.Secret)
	return err
}
