package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

// operatorCommand holds what is done on the server, because nobody can sign in
// yet who could do it over the API.
type operatorCommand struct {
	Secretariat secretariatCommand `cmd:"" help:"Issue a token for one of the secretariat."`
	Revoke      revokeAnyCommand   `cmd:"" help:"Revoke anybody's token, at once."`
}

type revokeAnyCommand struct {
	ID string `arg:"" help:"The token's id: whoever holds it sees it in /v1/me, and the trail shows it as the token's key."`
}

// Run ends a token that was lost. It is in the trail.
func (c revokeAnyCommand) Run(p *program) error {
	return asOwner(p, func(s *stores) error {
		return s.accounts.Revoke(p.ctx, register.Act{By: access.Registry()}, c.ID)
	})
}

type secretariatCommand struct {
	Name    string `required:"" help:"Who it is for."`
	CoChair string `required:"" help:"The co-chair that they serve: KR, PL or US."`
	Days    int    `default:"90" help:"For how many days."`
}

// Run issues the token and prints its secret, once. It is in the trail.
func (c secretariatCommand) Run(p *program) error {
	return asOwner(p, func(s *stores) error {
		coChair, err := s.coChair(p.ctx, c.CoChair)
		if err != nil {
			return err
		}
		_, secret, err := s.accounts.Appoint(p.ctx, register.Act{By: access.Registry()}, account.Appointment{
			Owner: c.Name, OwnerKind: "person", Role: access.Secretariat, CoChair: coChair,
			Label: "issued on the server", Writes: true, Audiences: access.Audiences,
			ExpiresAt: time.Now().Add(time.Duration(c.Days) * 24 * time.Hour),
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, secret)
		return err
	})
}

// coChair returns the code of the state that chairs now. Two of the secretariat
// act together only if they serve different co-chairs, so no other state will do.
func (s *stores) coChair(ctx context.Context, code string) (string, error) {
	var chairs []string
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		all, err := state.List(ctx, snap, "")
		for _, one := range all {
			if one.CoChair {
				chairs = append(chairs, one.Alpha2)
			}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	slices.Sort(chairs)
	if code = strings.ToUpper(code); !slices.Contains(chairs, code) {
		return "", fmt.Errorf("%s is no co-chair now: --co-chair is one of %s", code, strings.Join(chairs, ", "))
	}
	return code, nil
}
