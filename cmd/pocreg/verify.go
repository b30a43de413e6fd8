package main

import (
	"context"
	"fmt"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/suggestion"
)

type verifyCommand struct{}

// Run checks that nobody has rewritten the trail, and that the tables say
// nothing else than what it last recorded.
func (verifyCommand) Run(p *program) error {
	return asOwner(p, func(s *stores) error {
		found, err := s.register.Verify(p.ctx)
		if err != nil {
			return fmt.Errorf("the trail is not proven whole: %w", err)
		}
		held, err := s.hold(p.ctx)
		if err != nil {
			return fmt.Errorf("the register does not say what the trail recorded: %w", err)
		}
		_, err = fmt.Fprintf(p.stdout, "the trail is whole: %d versions, %d changes, %d contents open their commitments, %d were erased; "+
			"%d entries, suspensions, proposals, delegations, people, invitations, identity providers, roles, tokens, freezes and suggestions are as it last recorded them\n",
			found.Version, found.Changes, found.Contents, found.Erased, held)
		return err
	})
}

// hold compares what stands in the register with the trail, and counts it.
func (s *stores) hold(ctx context.Context) (held int, err error) {
	err = s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) error {
		for _, verify := range []func(context.Context, *register.Snapshot) (int, error){
			s.organisations.Verify, s.contacts.Verify, s.strategies.Verify, entry.VerifySuspensions, delegation.Verify, account.Verify,
			account.VerifyRoles, account.VerifyFreezes, signin.Verify, signin.VerifyProviders, proposal.Verify, suggestion.Verify,
		} {
			n, err := verify(ctx, snap)
			if err != nil {
				return err
			}
			held += n
		}
		return nil
	})
	return held, err
}
