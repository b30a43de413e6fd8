package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"pocreg.example/api/client"
)

type suggestionCommand struct {
	List     listSuggestions    `cmd:"" help:"List suggestions: about your state's entries, and of your state."`
	Show     showSuggestion     `cmd:"" help:"Show one suggestion."`
	Make     makeSuggestion     `cmd:"" help:"Say what is wrong with an entry, of any state."`
	Take     takeSuggestion     `cmd:"" help:"Say that your state acts on a suggestion: then change the entry as always."`
	Decline  declineSuggestion  `cmd:"" help:"Say that your state does not act on a suggestion, and why."`
	Withdraw withdrawSuggestion `cmd:"" help:"Take back what your state suggested."`
}

// Help teaches by example.
func (suggestionCommand) Help() string {
	return `Examples:
  pocreg suggestion make contact 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --text "This number rings out." --pointer /channels/0/value --as cert_ee
  pocreg suggestion list --state PL --status open --as delegate_pl
  pocreg suggestion decline 7e1f0c64-92ab-4d35-8f70-3b6a5d2c9e18 --word "It is answered." --as delegate_pl`
}

type listSuggestions struct {
	remote
	State  string `help:"Only those about one state's entries, alpha-2."`
	Entry  string `help:"Only those about one entry, by its id."`
	Status string `enum:"open,taken,declined,withdrawn," default:"" help:"Only those that are open, taken, declined or withdrawn."`
}

// Run lists suggestions, newest first.
func (l listSuggestions) Run(p *program) error {
	query := url.Values{"limit": {largestPage}}
	for name, value := range map[string]string{"state": strings.ToUpper(l.State), "entry": l.Entry, "status": l.Status} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return list(p, l.remote, "/v1/suggestions", query, []string{"MADE", "OF", "ABOUT", "STATUS", "TEXT", "ID"},
		func(s client.Suggestion) []string {
			return []string{
				moment(&s.MadeAt), strings.TrimSpace(s.By.Role + " " + s.By.State), s.State + " " + s.Noun, s.Status, s.Text, s.ID,
			}
		})
}

type oneSuggestion struct {
	remote
	ID string `arg:"" help:"The suggestion's id."`
}

// do sends an answer, and prints the suggestion as it then is.
func (o oneSuggestion) do(p *program, send func(context.Context, *client.Client) (client.Suggestion, error)) error {
	c, err := o.client(p)
	if err != nil {
		return err
	}
	got, err := send(p.ctx, c)
	if err != nil {
		return err
	}
	return p.printSuggestion(o.remote, got)
}

func (p *program) printSuggestion(r remote, s client.Suggestion) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return p.printAny(r, text)
}

type showSuggestion struct{ oneSuggestion }

// Run shows one suggestion.
func (s showSuggestion) Run(p *program) error {
	return show(p, s.remote, "/v1/suggestions/"+url.PathEscape(s.ID), nil)
}

type makeSuggestion struct {
	remote
	Noun    string `arg:"" enum:"contact,organisation,strategy" help:"contact, organisation or strategy."`
	ID      string `arg:"" help:"The entry's id."`
	Text    string `required:"" help:"What is wrong."`
	Pointer string `help:"Where: a JSON pointer into the entry as --json shows it, such as /channels/0/value."`
}

// Run suggests something about an entry.
func (m makeSuggestion) Run(p *program) error {
	c, err := m.client(p)
	if err != nil {
		return err
	}
	path := map[string]string{"contact": contacts{}.path(), "organisation": organisations{}.path(), "strategy": strategies{}.path()}[m.Noun]
	got, err := client.EntriesAt[json.RawMessage](c, path).Suggest(p.ctx, m.ID, m.Text, m.Pointer)
	if err != nil {
		return err
	}
	return p.printSuggestion(m.remote, got)
}

type takeSuggestion struct {
	oneSuggestion
	Word string `help:"A word to who made it."`
}

// Run says that the state acts on a suggestion.
func (t takeSuggestion) Run(p *program) error {
	return t.do(p, func(ctx context.Context, c *client.Client) (client.Suggestion, error) {
		return c.TakeSuggestion(ctx, t.ID, t.Word)
	})
}

type declineSuggestion struct {
	oneSuggestion
	Word string `required:"" help:"Why not: a word to who made it."`
}

// Run says that the state does not act on a suggestion.
func (d declineSuggestion) Run(p *program) error {
	return d.do(p, func(ctx context.Context, c *client.Client) (client.Suggestion, error) {
		return c.DeclineSuggestion(ctx, d.ID, d.Word)
	})
}

type withdrawSuggestion struct{ oneSuggestion }

// Run takes a suggestion back.
func (w withdrawSuggestion) Run(p *program) error {
	return w.do(p, func(ctx context.Context, c *client.Client) (client.Suggestion, error) {
		return c.WithdrawSuggestion(ctx, w.ID)
	})
}
