package main

import (
	"context"
	"fmt"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/register"
)

type admitCommand struct {
	pair
	Role  string `required:"" enum:"partner,auditor" help:"partner, a system of no state that holds a copy, or auditor."`
	Name  string `required:"" help:"Who or which system it is."`
	Basis string `required:"" help:"On what they are admitted: a decision, an exchange of letters. All participants read it."`
	Days  int    `default:"90" help:"For how many days the mandate and its token stand, at most 366."`
}

// Run admits who belongs to no state, on a mandate, and prints their token, once.
func (c admitCommand) Run(p *program) error {
	return c.together(p, func(ctx context.Context, s *stores, act register.Act) error {
		kind := map[string]string{"partner": "system", "auditor": "person"}[c.Role]
		_, secret, err := s.accounts.Appoint(ctx, act, account.Appointment{
			Owner: c.Name, OwnerKind: kind, Role: access.Role(c.Role), Label: "admitted", Audiences: access.Audiences,
			Basis:     c.Basis,
			ExpiresAt: time.Now().Add(time.Duration(c.Days) * 24 * time.Hour),
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, secret)
		return err
	})
}
