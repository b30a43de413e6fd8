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
	"pocreg.example/internal/signin"
)

// delegationCommand holds what two of the secretariat, of different co-chairs,
// do together. Each brings a token in a file; it is done in both their names.
type delegationCommand struct {
	Open    openCommand    `cmd:"" help:"Open a state's delegation, and appoint its first head."`
	Appoint appointCommand `cmd:"" help:"Invite one more head of a state's delegation to sign in."`
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
	return c.togetherAt(p, func(ctx context.Context, _ config, s *stores, act register.Act) error { return fn(ctx, s, act) })
}

// togetherAt is together for what the settings have a say in.
func (c pair) togetherAt(p *program, fn func(context.Context, config, *stores, register.Act) error) error {
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
	return fn(p.ctx, cfg, s, act)
}

type openCommand struct {
	pair
	State     string `required:"" help:"Whose delegation: an alpha-2 code."`
	Authority string `required:"" help:"What it rests on, such as the reference of a note verbale."`
	Head      string `required:"" help:"Who is its first head."`
	Email     string `help:"The address that the head signs in with: prints a letter that invites them, in place of a token. No mail is sent to it."`
	Language  string `enum:"en,pl" default:"en" help:"The head's: en or pl."`
	Days      int    `default:"30" help:"For how many days the head's token stands."`
}

// Run opens the delegation and prints its head's letter or token, once.
func (c openCommand) Run(p *program) error {
	return c.togetherAt(p, func(ctx context.Context, cfg config, s *stores, act register.Act) error {
		d, err := s.delegations.Open(ctx, act, delegation.OpenInput{State: c.State, Authority: c.Authority})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(p.stdout, d.ID); err != nil {
			return err
		}
		if err := c.appoint(ctx, p, cfg, s, act, d); err != nil {
			return fmt.Errorf("the delegation %s is open, but its head is not appointed (close it, and open it again): %w", d.ID, err)
		}
		return nil
	})
}

func (c openCommand) appoint(ctx context.Context, p *program, cfg config, s *stores, act register.Act, d delegation.Delegation) error {
	if c.Email != "" {
		return p.inviteHead(ctx, cfg, s, act, signin.Appointment{
			Name: c.Head, Email: c.Email, Language: c.Language, Role: access.Head, State: d.State, Delegation: d.ID,
		})
	}
	_, secret, err := s.accounts.Appoint(ctx, act, account.Appointment{
		Owner: c.Head, OwnerKind: "person", Role: access.Head, State: d.State, Delegation: d.ID,
		Label: "first head of delegation", Writes: true, Audiences: access.Audiences,
		ExpiresAt: time.Now().Add(time.Duration(c.Days) * 24 * time.Hour),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, secret)
	return err
}

func (p *program) inviteHead(ctx context.Context, cfg config, s *stores, act register.Act, a signin.Appointment) error {
	signIn, err := s.signIn(cfg)
	if err != nil {
		return err
	}
	offer, err := signIn.Appoint(ctx, act, a)
	if err != nil {
		return err
	}
	return p.letter(cfg, offer)
}

type appointCommand struct {
	pair
	State    string `required:"" help:"Of whose delegation: an alpha-2 code."`
	Head     string `required:"" help:"Who it is."`
	Email    string `required:"" help:"The address that they sign in with. No mail is sent to it."`
	Language string `enum:"en,pl" default:"en" help:"en or pl."`
}

// Run prints the letter that invites a head, once.
func (c appointCommand) Run(p *program) error {
	return c.togetherAt(p, func(ctx context.Context, cfg config, s *stores, act register.Act) error {
		var d delegation.Delegation
		err := s.register.Read(ctx, act.By, func(snap *register.Snapshot) (err error) {
			d, _, err = delegation.Current(ctx, snap, strings.ToUpper(c.State))
			return err
		})
		if err != nil {
			return err
		}
		return p.inviteHead(ctx, cfg, s, act, signin.Appointment{
			Name: c.Head, Email: c.Email, Language: c.Language, Role: access.Head, State: strings.ToUpper(c.State), Delegation: d.ID,
		})
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
