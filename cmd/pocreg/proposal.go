package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"pocreg.example/api/client"
)

type proposalCommand struct {
	List     listProposals    `cmd:"" help:"List your state's proposals, newest first."`
	Show     showProposal     `cmd:"" help:"Show one: who proposed what, why, and what it would change."`
	Approve  approveProposal  `cmd:"" help:"Carry out what somebody else has proposed."`
	Decline  declineProposal  `cmd:"" help:"Decline what somebody else has proposed."`
	Withdraw withdrawProposal `cmd:"" help:"Take your own proposal back."`
}

// Help teaches by example.
func (proposalCommand) Help() string {
	return `Examples:
  pocreg proposal list --status open --as delegate_pl_2
  pocreg proposal show 7c1d6c5e-2f36-4c0a-9d8b-51f1f6f0a2ee --as delegate_pl_2
  pocreg proposal approve 7c1d6c5e-2f36-4c0a-9d8b-51f1f6f0a2ee --as delegate_pl_2
  pocreg proposal decline 7c1d6c5e-2f36-4c0a-9d8b-51f1f6f0a2ee --word "The old number still rings." --as head_pl`
}

// asking is what a change can say beside itself, if it becomes a proposal.
type asking struct {
	Because string `placeholder:"TEXT" help:"Why, for whoever decides on it if it becomes a proposal."`
}

type listProposals struct {
	remote
	Status string `help:"open, approved, declined or withdrawn."`
}

// Run lists proposals.
func (l listProposals) Run(p *program) error {
	query := url.Values{"limit": {largestPage}}
	if l.Status != "" {
		query.Set("status", l.Status)
	}
	return list(p, l.remote, "/v1/proposals", query,
		[]string{"STATUS", "DOES", "NOUN", "PROPOSED", "BY", "REASON", "ID"},
		func(one client.Proposal) []string {
			status := one.Status
			if one.Stale {
				status += ", stale"
			}
			return []string{
				status, one.Does, one.Noun, moment(&one.Proposed.At), cmp.Or(one.Proposed.Name, one.Proposed.Role), one.Reason, one.ID,
			}
		})
}

type proposalAct struct {
	remote
	ID string `arg:"" help:"The proposal's id."`
}

type showProposal struct{ proposalAct }

// Run shows a proposal with what it would change.
func (s showProposal) Run(p *program) error {
	c, err := s.client(p)
	if err != nil {
		return err
	}
	if s.CSV {
		return usage(errors.New("--csv is for lists"))
	}
	one, err := c.Proposal(p.ctx, s.ID)
	if err != nil {
		return err
	}
	if s.JSON {
		return p.printJSON(one)
	}
	lines := []string{fmt.Sprintf("%s a %s, proposed %s by %s", one.Does, one.Noun, moment(&one.Proposed.At), who(one.Proposed))}
	if one.Reason != "" {
		lines = append(lines, "because: "+one.Reason)
	}
	switch {
	case one.Decided != nil:
		lines = append(lines, fmt.Sprintf("%s %s by %s", one.Status, moment(&one.Decided.At), who(*one.Decided)))
	case one.Stale:
		lines = append(lines, "stale: what it would change has changed since")
	default:
		lines = append(lines, "open: "+(&client.Proposed{Proposal: one}).Decider()+" decides on it")
	}
	if one.Word != "" {
		lines = append(lines, "word: "+one.Word)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.stdout, harmless(line)); err != nil {
			return err
		}
	}
	for _, change := range one.Changes {
		if _, err := fmt.Fprintln(p.stdout, harmless(strings.TrimSpace(change.Act+" "+change.Noun+" "+change.ID))); err != nil {
			return err
		}
		if err := p.differences(change.Diff); err != nil {
			return err
		}
	}
	return nil
}

func who(did client.ProposalAct) string { return cmp.Or(did.Name, did.Role) }

type approveProposal struct {
	proposalAct
	DryRun bool `help:"Say what would change now, and change nothing."`
}

// Run carries a proposal out.
func (a approveProposal) Run(p *program) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	if a.DryRun {
		would, err := c.RehearseApproval(p.ctx, a.ID)
		if err != nil {
			return err
		}
		return p.rehearsed(a.remote, would)
	}
	return decided(p, a.remote)(c.Approve(p.ctx, a.ID))
}

type declineProposal struct {
	proposalAct
	Word string `required:"" help:"Why, in one line, for who proposed it."`
}

// Run declines a proposal.
func (d declineProposal) Run(p *program) error {
	c, err := d.client(p)
	if err != nil {
		return err
	}
	return decided(p, d.remote)(c.Decline(p.ctx, d.ID, d.Word))
}

type withdrawProposal struct{ proposalAct }

// Run takes a proposal back.
func (w withdrawProposal) Run(p *program) error {
	c, err := w.client(p)
	if err != nil {
		return err
	}
	return decided(p, w.remote)(c.Withdraw(p.ctx, w.ID))
}

// decided says what became of a proposal.
func decided(p *program, r remote) func(client.Proposal, error) error {
	return func(one client.Proposal, err error) error {
		if err != nil {
			return err
		}
		if r.JSON {
			return p.printJSON(one)
		}
		said := fmt.Sprintf("%s, as version %d\n", one.Status, one.Version)
		if handed := one.Invitation; handed != nil && handed.ExpiresAt != nil {
			said += fmt.Sprintf(`%s is invited until %s.
Whoever proposed it has the link. Send this code to %s, apart from it; it is not shown again:
  %s
`, harmless(handed.Name), moment(handed.ExpiresAt), harmless(handed.Email), harmless(handed.Code))
		}
		_, err = fmt.Fprint(p.stdout, said)
		return err
	}
}
