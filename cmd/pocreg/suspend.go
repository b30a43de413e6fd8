package main

import (
	"context"
	"errors"
	"fmt"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
)

type suspendCommand struct {
	pair
	ID     string `arg:"" help:"The entry's id, as the lists and /v1/withheld show it."`
	Reason string `help:"Why it is not to be relied on, in one line: whoever reads the entry reads it."`
	Resume bool   `help:"Lift what two of the secretariat imposed, in place of imposing it."`
}

// Run suspends an entry, or lifts that. What its state's head imposed stays.
func (c suspendCommand) Run(p *program) error {
	if c.Resume == (c.Reason != "") {
		return usage(errors.New("say why with --reason, or lift it with --resume"))
	}
	return c.together(p, func(ctx context.Context, s *stores, act register.Act) error {
		if c.Resume {
			e, _, err := entry.ResumeTogether(ctx, s.register, act, c.ID)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "the secretariat no longer suspends the %s of %s\n", e.Noun, e.State)
			return err
		}
		e, imposed, err := entry.SuspendTogether(ctx, s.register, act, c.ID, c.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "the %s of %s is suspended until %s\n", e.Noun, e.State, moment(&imposed.Until))
		return err
	})
}
