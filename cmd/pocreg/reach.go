package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pocreg.example/api/client"
)

type reachCommand struct {
	remote
	States    []string  `arg:"" optional:"" help:"The states, by alpha-2."`
	Framework string    `help:"All members of a framework, in place of states."`
	Kind      string    `help:"diplomatic, technical (the default), law_enforcement or policy."`
	Language  []string  `help:"That you speak, such as en."`
	Sector    string    `help:"That it is about, such as energy."`
	At        time.Time `help:"At another moment than now, such as 2026-12-24T03:00:00+01:00."`
}

// Help teaches by example.
func (reachCommand) Help() string {
	return `Examples:
  pocreg reach PL --language en --as cert_ee
  pocreg reach EE LV --kind law_enforcement --as cert_ee
  pocreg reach --framework GCC --sector energy --at 2026-12-25T03:00:00Z`
}

// Run says whom to reach now, in the order to try.
func (r reachCommand) Run(p *program) error {
	question := client.ReachQuestion{Framework: r.Framework, Kind: r.Kind, Languages: r.Language, Sector: r.Sector, At: r.At}
	for _, s := range r.States {
		question.States = append(question.States, strings.ToUpper(s))
	}
	c, err := r.client(p)
	if err != nil {
		return err
	}
	defer p.waiting("asking")()
	if r.CSV {
		return wholeTable(p, c, "/v1/reach", question.Query())
	}
	if r.JSON {
		var text []byte
		if _, err := c.Get(p.ctx, "/v1/reach", question.Query(), &text); err != nil {
			return err
		}
		return p.printAny(r.remote, text)
	}
	got, err := c.Reach(p.ctx, question)
	if err != nil {
		return err
	}
	for i, l := range got.States {
		if err := p.ladder(l, i > 0); err != nil {
			return err
		}
	}
	return nil
}

// ladder prints whom to try in a state, apart from what is above.
func (p *program) ladder(l client.Ladder, apart bool) error {
	var out strings.Builder
	if apart {
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "%s\n%s\n", p.bold(harmless(l.Name)), harmless(l.Summary))
	for _, s := range l.Steps {
		title := harmless(cmp.Or(s.TitleEN, s.Title))
		if s.Organisation != "" && s.Organisation != s.Title {
			title += ", " + harmless(s.Organisation)
		}
		fmt.Fprintf(&out, "\n%2d  %s\n    %s\n", s.Step, p.bold(title), harmless(s.Why))
		if s.LocalTime != nil {
			fmt.Fprintf(&out, "    %s there (%s)\n", s.LocalTime.Format("Mon 15:04"), harmless(s.TimeZone))
		}
		for _, ch := range s.Channels {
			line := strings.TrimSpace(cmp.Or(ch.Usage, ch.Protocol, ch.Type) + "  " + ch.Value)
			if ch.Note != "" {
				line += "  (" + ch.Note + ")"
			}
			if ch.ChangedHours != nil {
				line += fmt.Sprintf("  changed %d hours ago", *ch.ChangedHours)
			}
			fmt.Fprintf(&out, "    %s\n", harmless(line))
		}
		if s.Website != "" {
			fmt.Fprintf(&out, "    %s\n", harmless(s.Website))
		}
		if len(s.Marks) > 0 {
			fmt.Fprintf(&out, "    mind: %s\n", strings.ReplaceAll(strings.Join(s.Marks, ", "), "_", " "))
		}
	}
	_, err := p.stdout.Write([]byte(out.String()))
	return err
}
