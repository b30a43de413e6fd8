package main

import (
	"context"
	"fmt"

	"pocreg.example/api/client"
)

// peopleCommand holds what is done to people over the API. Who they are, and what
// roles they hold, a head sees to on the pages.
type peopleCommand struct {
	Freeze freezePerson `cmd:"" help:"Stop somebody, with all that is theirs, for 24 hours: of your state, as its head; anybody, as the secretariat."`
	Thaw   thawPerson   `cmd:"" help:"Let somebody whom you froze act again."`
}

// Help teaches by example.
func (peopleCommand) Help() string {
	return `Examples:
  pocreg people freeze 2f6a1c0d-93b7-4e58-8c1d-7a5b0e4f9d32 --reason "The laptop was stolen." --as head_ee
  pocreg people thaw 2f6a1c0d-93b7-4e58-8c1d-7a5b0e4f9d32 --as head_ee`
}

type freezeToken struct {
	remote
	ID     string `arg:"" help:"The token's id; the secretariat takes it from the credential of a row of the trail."`
	Reason string `required:"" help:"Why, in one line: the state's head reads it."`
}

// Run stops a token for a day.
func (f freezeToken) Run(p *program) error {
	return freezes(p, f.remote, func(ctx context.Context, c *client.Client) (client.Freeze, error) {
		return c.Freeze(ctx, f.ID, f.Reason)
	})
}

type freezePerson struct {
	remote
	ID     string `arg:"" help:"The account's id, as tokens and history show it; or that of a credential of theirs, from a row of the trail."`
	Reason string `required:"" help:"Why, in one line: they and the state's head read it."`
}

// Run stops somebody for a day.
func (f freezePerson) Run(p *program) error {
	return freezes(p, f.remote, func(ctx context.Context, c *client.Client) (client.Freeze, error) {
		return c.FreezePerson(ctx, f.ID, f.Reason)
	})
}

func freezes(p *program, r remote, do func(context.Context, *client.Client) (client.Freeze, error)) error {
	c, err := r.client(p)
	if err != nil {
		return err
	}
	got, err := do(p.ctx, c)
	if err != nil {
		return err
	}
	if r.JSON {
		return p.printJSON(got)
	}
	_, err = fmt.Fprintf(p.stdout, "frozen until %s\n", moment(&got.Until))
	return err
}

type thawToken struct {
	remote
	ID string `arg:"" help:"The token's id."`
}

// Run ends a freeze of a token.
func (t thawToken) Run(p *program) error {
	return thaws(p, t.remote, func(ctx context.Context, c *client.Client) (client.Freeze, error) { return c.Thaw(ctx, t.ID) })
}

type thawPerson struct {
	remote
	ID string `arg:"" help:"The account's id, or that of a credential of theirs."`
}

// Run ends a freeze of somebody.
func (t thawPerson) Run(p *program) error {
	return thaws(p, t.remote, func(ctx context.Context, c *client.Client) (client.Freeze, error) { return c.ThawPerson(ctx, t.ID) })
}

func thaws(p *program, r remote, do func(context.Context, *client.Client) (client.Freeze, error)) error {
	c, err := r.client(p)
	if err != nil {
		return err
	}
	got, err := do(p.ctx, c)
	if err != nil {
		return err
	}
	if r.JSON {
		return p.printJSON(got)
	}
	_, err = fmt.Fprintf(p.stdout, "no longer frozen by the %s\n", got.By)
	return err
}
