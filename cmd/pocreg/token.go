package main

import (
	"fmt"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/register"
)

// tokenCommand holds what is done on the server, because nobody can sign in yet
// who could do it over the API.
type tokenCommand struct {
	Secretariat secretariatCommand `cmd:"" help:"Issue a token for one of the secretariat."`
}

type secretariatCommand struct {
	Name    string `required:"" help:"Who it is for."`
	CoChair string `required:"" help:"The co-chair that they serve: KR, PL or US."`
	Days    int    `default:"90" help:"For how many days."`
}

// Run issues the token and prints its secret, once. It is in the trail.
func (c secretariatCommand) Run(p *program) error {
	cfg, err := ownerConfig(p)
	if err != nil {
		return err
	}
	s, err := open(p.ctx, cfg.OwnerDatabaseURL, 2)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	_, secret, err := s.accounts.Appoint(p.ctx, register.Act{By: access.Registry()}, account.Appointment{
		Owner: c.Name, OwnerKind: "person", Role: access.Secretariat, CoChair: c.CoChair,
		Label: "issued on the server", Writes: true, Audiences: access.Audiences,
		ExpiresAt: time.Now().Add(time.Duration(c.Days) * 24 * time.Hour),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, secret)
	return err
}
