package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/register"
)

// delegationCommand holds what two of the secretariat, of different co-chairs,
// do together. Each brings a token in a file; it is done in both their names.
type delegationCommand struct {
	Open    openCommand    `cmd:"" help:"Open a state's delegation, and appoint its first head."`
	Contest contestCommand `cmd:"" help:"Freeze all writes in a delegation's name."`
	Reopen  reopenCommand  `cmd:"" help:"End a contest in the delegation's favour."`
	Close   closeCommand   `cmd:"" help:"End a delegation, with its roles and tokens; its entries stay."`
}

// pair is where the two's tokens are.
type pair struct {
	First  string `required:"" type:"existingfile" help:"File with the token of one of the secretariat."`
	Second string `required:"" type:"existingfile" help:"File with the token of another, of another co-chair."`
}

// together runs fn in the name of both, on the database that `serve` uses.
func (c pair) together(p *program, fn func(context.Context, *stores, register.Act) error) error {
	cfg, err := readConfig(p.getenv)
	if err == nil && cfg.DatabaseURL == "" {
		err = errors.New("POCREG_DATABASE_URL is not set: the connection string of the role pocreg_server")
	}
	if err != nil {
		return err
	}
	s, err := open(p.ctx, cfg.DatabaseURL, 2)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	var act register.Act
	for file, who := range map[string]*access.Actor{c.First: &act.By, c.Second: &act.With} {
		secret, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		if *who, err = s.accounts.Authenticate(p.ctx, strings.TrimSpace(string(secret))); err != nil {
			return fmt.Errorf("sign in with the token in %s: %w", file, err)
		}
	}
	return fn(p.ctx, s, act)
}

type openCommand struct {
	pair
	State     string `required:"" help:"Whose delegation: an alpha-2 code."`
	Authority string `required:"" help:"What it rests on, such as the reference of a note verbale."`
	Head      string `required:"" help:"Who is its first head."`
	Days      int    `default:"30" help:"For how many days the head's token stands."`
}

// Run opens the delegation and prints its head's token, once.
func (c openCommand) Run(p *program) error {
	return c.together(p, func(ctx context.Context, s *stores, act register.Act) error {
		d, err := s.delegations.Open(ctx, act, delegation.OpenInput{State: c.State, Authority: c.Authority})
		if err != nil {
			return err
		}
		_, secret, err := s.accounts.Appoint(ctx, act, account.Appointment{
			Owner: c.Head, OwnerKind: "person", Role: access.Head, State: d.State, Delegation: d.ID,
			Label: "first head of delegation", Writes: true, Audiences: access.Audiences,
			ExpiresAt: time.Now().Add(time.Duration(c.Days) * 24 * time.Hour),
		})
		if err != nil {
			return fmt.Errorf("the delegation %s is open, but its head is not appointed (close it, and open it again): %w", d.ID, err)
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n%s\n", d.ID, secret)
		return err
	})
}

// one names a delegation.
type one struct {
	pair
	ID string `arg:"" help:"The delegation's id, as /v1/delegations shows it."`
}

func (c one) settle(p *program, do func(*delegation.Store, context.Context, register.Act, string) (delegation.Delegation, error)) error {
	return c.together(p, func(ctx context.Context, s *stores, act register.Act) error {
		d, err := do(s.delegations, ctx, act, c.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "the delegation of %s is %s\n", d.State, d.Status)
		return err
	})
}

type contestCommand struct{ one }

// Run freezes writes in the delegation's name.
func (c contestCommand) Run(p *program) error {
	return c.settle(p, (*delegation.Store).Contest)
}

type reopenCommand struct{ one }

// Run lets the delegation write again.
func (c reopenCommand) Run(p *program) error {
	return c.settle(p, (*delegation.Store).Reopen)
}

type closeCommand struct{ one }

// Run ends the delegation.
func (c closeCommand) Run(p *program) error {
	return c.settle(p, (*delegation.Store).Close)
}
