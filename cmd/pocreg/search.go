package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"pocreg.example/api/client"
)

type searchCommand struct {
	remote
	Text  []string `arg:"" help:"Words, forgiving accents, case and slips; or a phone number, a mailbox, a domain, a dialling prefix or a key's fingerprint."`
	Noun  string   `help:"contact, organisation or strategy."`
	State string   `help:"Alpha-2; a number without a country's code is read as dialled there."`
	Kind  string   `help:"Of which kind."`
	Basis string   `help:"nominated or public_source."`
	Limit int      `default:"20" help:"How many at most, up to 100."`
}

// Help teaches by example.
func (searchCommand) Help() string {
	return `Examples:
  pocreg search cert-pl
  pocreg search straegia --noun strategy
  pocreg search "+48 22 123 45 67" --as cert_ee
  pocreg search cert.pl --json`
}

// Run finds entries.
func (s searchCommand) Run(p *program) error {
	c, err := s.client(p)
	if err != nil {
		return err
	}
	text := strings.Join(s.Text, " ")
	query := url.Values{"limit": {fmt.Sprint(s.Limit)}}
	for name, value := range map[string]string{"noun": s.Noun, "state": strings.ToUpper(s.State), "kind": s.Kind, "basis": s.Basis} {
		if value != "" {
			query.Set(name, value)
		}
	}
	defer p.waiting("searching")()
	if s.CSV || s.JSON {
		query.Set("q", text)
		if s.CSV {
			return wholeTable(p, c, "/v1/search", query)
		}
		var found []byte
		if _, err := c.Get(p.ctx, "/v1/search", query, &found); err != nil {
			return err
		}
		return p.printAny(s.remote, found)
	}
	found, err := c.Search(p.ctx, text, query)
	if err != nil {
		return err
	}
	rows := [][]string{{"STATE", "NOUN", "TITLE", "BASIS", "CONFIRMED", "WHERE", "ID"}}
	for _, h := range found.Items {
		rows = append(rows, []string{
			h.State, h.Noun, cmp.Or(h.TitleEN, h.Title), basis(client.Entry{Basis: h.Basis, Suspensions: h.Suspensions}), confirmed(client.Entry{Freshness: h.Freshness}), where(h), h.ID,
		})
	}
	if err := p.table(rows); err != nil {
		return err
	}
	var more strings.Builder
	for _, state := range found.States {
		fmt.Fprintf(&more, "%s belongs to %s\n", harmless(text), harmless(state.Name))
	}
	if found.More {
		more.WriteString("there are more: narrow it with --state, --noun or --kind\n")
	}
	_, err = p.stdout.Write([]byte(more.String()))
	return err
}

// where is what matched, in the first text that it was found in.
func where(h client.Hit) string {
	if len(h.Highlights) == 0 {
		return ""
	}
	var matched []string
	for _, part := range h.Highlights[0].Parts {
		if part.Match {
			matched = append(matched, part.Text)
		}
	}
	return h.Highlights[0].Path + " " + strings.Join(matched, " … ")
}
