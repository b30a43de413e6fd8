package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pocreg.example/api/client"
)

type trailCommand struct {
	remote
	After  int64         `help:"Only what came after this version."`
	State  string        `help:"Only one state's, alpha-2."`
	Follow bool          `short:"f" help:"Go on as changes are made, until Ctrl-C."`
	Every  time.Duration `default:"5s" help:"How often to look, with --follow."`
}

// Help teaches by example.
func (trailCommand) Help() string {
	return `Examples:
  pocreg trail --as auditor
  pocreg trail --state EE --after 1000 --json --as delegate_ee
  pocreg trail --follow --as auditor`
}

// Run prints the trail, oldest first, as it is read.
func (t trailCommand) Run(p *program) error {
	c, err := t.client(p)
	if err != nil {
		return err
	}
	if t.CSV {
		return usage(errors.New("print the trail as --json, a row a line"))
	}
	after, state := max(t.After, 0), strings.ToUpper(t.State)
	for {
		for row, err := range c.Trail(p.ctx, after, state) {
			if err != nil {
				return err
			}
			after = row.Version
			if err := t.print(p, row); err != nil {
				return err
			}
		}
		if !t.Follow {
			return nil
		}
		wait := time.NewTimer(max(t.Every, time.Second))
		select {
		case <-p.ctx.Done():
			wait.Stop()
			return p.ctx.Err()
		case <-wait.C:
		}
	}
}

func (t trailCommand) print(p *program, row client.Row) error {
	if t.JSON {
		return p.printJSON(row)
	}
	who := strings.TrimSpace(row.By.Role + " " + row.By.State + " " + row.By.Name)
	_, err := fmt.Fprintln(p.stdout, harmless(fmt.Sprintf("%6d  %s  %-2s  %s %s  %s  by %s",
		row.Version, moment(&row.At), row.State, row.Noun, row.Act, row.Key, who)))
	return err
}
