package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// personCommand holds what is done on the server for the secretariat's people:
// nobody above the operator could, and nobody of a state's is the operator's.
type personCommand struct {
	Invite  invitePerson  `cmd:"" help:"Invite one of the secretariat to sign in: prints a link and a code, to be sent apart."`
	List    listPeople    `cmd:"" help:"List the people of no state who sign in."`
	HelpIn  helpIn        `cmd:"" help:"Let somebody who is locked out set up anew how they sign in: one of the secretariat, or with two of it anybody."`
	Disable disablePerson `cmd:"" help:"End one of the secretariat's roles, sessions and tokens, at once."`
}

// Help teaches by example.
func (personCommand) Help() string {
	return `Examples:
  pocreg person invite --name "Kim Min-ji" --email minji@secretariat.example --co-chair KR
  pocreg person help-in minji@secretariat.example
  pocreg person help-in amel@mfa.example --state TN --first seoul.token --second warsaw.token
  pocreg person disable minji@secretariat.example`
}

// signIn is how people sign in, where the settings say that they do.
func (s *stores) signIn(cfg config) (*signin.Store, error) {
	return signin.NewStore(s.register, cfg.origin(cfg.Listen), time.Now)
}

// onServer runs fn with what the owner's commands about people need.
func onServer(p *program, fn func(*stores, config, *signin.Store) error) error {
	cfg, err := ownerConfig(p)
	if err != nil {
		return err
	}
	return asOwner(p, func(s *stores) error {
		signIn, err := s.signIn(cfg)
		if err != nil {
			return err
		}
		return fn(s, cfg, signIn)
	})
}

type invitePerson struct {
	Name     string `required:"" help:"Who it is."`
	Email    string `required:"" help:"The address that they sign in with. No mail is sent to it."`
	CoChair  string `required:"" help:"The co-chair that they serve: KR, PL or US."`
	Language string `enum:"en,pl" default:"en" help:"en or pl."`
}

// Run invites the person and prints what opens the invitation, once. It is in the
// trail.
func (c invitePerson) Run(p *program) error {
	return onServer(p, func(s *stores, cfg config, signIn *signin.Store) error {
		coChair, err := s.coChair(p.ctx, c.CoChair)
		if err != nil {
			return err
		}
		offer, err := signIn.Appoint(p.ctx, register.Act{By: access.Registry()}, signin.Appointment{
			Name: c.Name, Email: c.Email, Language: c.Language, Role: access.Secretariat, CoChair: coChair,
		})
		if err != nil {
			return err
		}
		return p.letter(cfg, offer)
	})
}

// letter prints an invitation as a letter, and beside it the code that goes another
// way.
func (p *program) letter(cfg config, o signin.Offer) error {
	i := o.Invitation
	what := "to sign in to the points-of-contact registry"
	switch {
	case i.Purpose == signin.ToReenrol:
		what = "to set up anew how you sign in to the points-of-contact registry"
	case i.State != nil && *i.Role == access.Head:
		what += " as head of delegation of " + *i.State
	}
	_, err := fmt.Fprintf(p.stdout, `%[1]s,

you are invited %[2]s.

  1. Open     %[3]s/invitation/%[4]s
  2. Type the code that reaches you apart from this letter.
  3. Set up how you sign in: a passkey, or a password with an app or printed codes.

The invitation stands until %[5]s. Opening the link uses nothing up.
Whoever has both the link and the code can sign in as you: give them to nobody.

----- send apart from the letter -----
Code: %[6]s
`, harmless(i.Name), what, cfg.origin(cfg.Listen), o.Link, i.ExpiresAt.UTC().Format("2 January 2006, 15:04 MST"), o.Code)
	return err
}

type listPeople struct{}

// Run lists people.
func (listPeople) Run(p *program) error {
	return onServer(p, func(_ *stores, _ config, signIn *signin.Store) error {
		people, err := signIn.People(p.ctx, access.Registry(), "")
		if err != nil {
			return err
		}
		rows := [][]string{{"NAME", "E-MAIL", "ROLES", "DISABLED"}}
		for _, who := range people {
			var roles []string
			for _, r := range who.Roles {
				role := string(r.Role)
				if r.CoChair != nil {
					role += " " + *r.CoChair
				}
				roles = append(roles, role)
			}
			disabled := "no"
			if who.DisabledAt != nil {
				disabled = who.DisabledAt.Format(time.DateOnly)
			}
			rows = append(rows, []string{who.Name, who.Email, strings.Join(roles, ", "), disabled})
		}
		return p.table(rows)
	})
}

// byEmail finds one of the people of a state, or of none, by their sign-in name.
func byEmail(ctx context.Context, signIn *signin.Store, state, email string) (signin.Person, error) {
	people, err := signIn.People(ctx, access.Registry(), state)
	if err != nil {
		return signin.Person{}, err
	}
	for _, who := range people {
		if strings.EqualFold(who.Email, email) {
			return who, nil
		}
	}
	if state != "" {
		return signin.Person{}, errors.New("nobody of the state signs in with this address")
	}
	return signin.Person{}, errors.New("nobody of no state signs in with this address: see pocreg person list; a state's people are their head's to help, or with --state two of the secretariat's")
}

type helpIn struct {
	Email  string `arg:"" help:"The address that they sign in with."`
	State  string `help:"Whose they are, if they are a state's: an alpha-2 code. It takes two of the secretariat."`
	First  string `type:"existingfile" help:"File with the token of one of the secretariat, for whom the operator does not help."`
	Second string `type:"existingfile" help:"File with the token of another, of another co-chair."`
}

// Run lets somebody in who is locked out: the operator those of the secretariat, two of
// it anybody, such as a head who is alone. What they signed in by ends when they accept.
// It is in the trail.
func (c helpIn) Run(p *program) error {
	switch {
	case c.First != "" && c.Second != "":
		return pair{c.First, c.Second}.togetherAt(p, func(ctx context.Context, cfg config, s *stores, act register.Act) error {
			signIn, err := s.signIn(cfg)
			if err != nil {
				return err
			}
			return c.help(p, cfg, signIn, act)
		})
	case c.First != "" || c.Second != "" || c.State != "":
		return errors.New("to help one of a state's people in takes two of the secretariat: --first and --second")
	default:
		return onServer(p, func(_ *stores, cfg config, signIn *signin.Store) error {
			return c.help(p, cfg, signIn, register.Act{By: access.Registry()})
		})
	}
}

func (c helpIn) help(p *program, cfg config, signIn *signin.Store, act register.Act) error {
	who, err := byEmail(p.ctx, signIn, strings.ToUpper(c.State), c.Email)
	if err != nil {
		return err
	}
	offer, err := signIn.Reenrol(p.ctx, act, who.Account)
	if err != nil {
		return err
	}
	return p.letter(cfg, offer)
}

type disablePerson struct {
	Email string `arg:"" help:"The address that they sign in with."`
}

// Run ends all that somebody may do. It is in the trail.
func (c disablePerson) Run(p *program) error {
	return onServer(p, func(_ *stores, _ config, signIn *signin.Store) error {
		who, err := byEmail(p.ctx, signIn, "", c.Email)
		if err != nil {
			return err
		}
		if _, err := signIn.Disable(p.ctx, register.Act{By: access.Registry()}, who.Account); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s is disabled\n", harmless(who.Name))
		return err
	})
}
