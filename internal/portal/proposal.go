package portal

import (
	"context"
	"net/http"
	"slices"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
)

// proposalsShown is how many proposals a page shows: the newest.
const proposalsShown = 200

// proposals lists what waits to be decided on, and what became of the rest.
func (v *visit) proposals() error {
	var all []proposal.Proposal
	err := v.read(func(snap *register.Snapshot) (err error) {
		all, err = proposal.List(v.Request().Context(), snap, "", "", proposal.After{}, proposalsShown)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b proposal.Proposal) int { // what waits comes first
		switch open := a.Status == proposal.Open; {
		case open == (b.Status == proposal.Open):
			return 0
		case open:
			return -1
		default:
			return 1
		}
	})
	return v.show(http.StatusOK, "proposals", all)
}

// proposalData is a proposal as the visitor may see it.
type proposalData struct {
	proposal.Proposal
	Tag  string
	Word string // why it is declined, as it was typed
}

// entries are the nouns whose entries have a page, and whose reading is noted.
var entries = []string{"contact", "organisation", "strategy"}

func (v *visit) readProposal() (data proposalData, err error) {
	id, err := v.id()
	if err != nil {
		return data, err
	}
	err = v.read(func(snap *register.Snapshot) (err error) {
		data.Proposal, err = proposal.Get(v.Request().Context(), snap, id)
		data.Tag = tag(data.Version, snap)
		return err
	})
	var noted []accesslog.Entry
	for i, c := range data.Changes {
		data.Changes[i] = c.For(v.by())
	}
	for i, noun := range data.Nouns {
		if slices.Contains(entries, noun) {
			noted = append(noted, accesslog.Entry{Noun: noun, ID: data.Keys[i], State: data.Proposal.State})
		}
	}
	v.noteThose(noted)
	return data, err
}

// proposal shows what somebody has asked for, and what it would change.
func (v *visit) proposal() error {
	data, err := v.readProposal()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "proposal", data)
}

// Decides reports whether a proposal is the visitor's to decide on.
func (v *visit) Decides(p proposal.Proposal) bool { return p.MayDecide(v.by()) }

// Takes reports whether the visitor may take a proposal of their own back.
func (v *visit) Takes(p proposal.Proposal) bool {
	by := v.by()
	return p.Status == proposal.Open && by.Account != "" && p.ProposedBy == by.Account && p.ProposedRole == by.Role
}

// SeesProposals reports whether the visitor proposes or decides.
func (v *visit) SeesProposals() bool {
	by := v.by()
	return by.RequireAny(access.ProposeChange) == nil || by.RequireHalf(access.OpenDelegation) == nil
}

func (v *visit) approve() error {
	return decide(v, v.site.Proposals.Approve, entry.Nothing{})
}

func (v *visit) decline() error {
	return decide(v, v.site.Proposals.Decline, proposal.DeclineInput{Word: v.value("word")})
}

func (v *visit) withdrawProposal() error {
	return decide(v, v.site.Proposals.Withdraw, entry.Nothing{})
}

// decide ends a proposal that is as the page showed it, and shows what became of it.
func decide[V any](v *visit, do func(context.Context, register.Act, string, register.Sent[V]) (proposal.Proposal, error), body V) error {
	data, err := v.readProposal()
	if err != nil {
		return err
	}
	after, err := do(v.Request().Context(), v.act(), data.ID, register.Sent[V]{If: v.asRead(), Body: body})
	switch {
	case err == nil && after.Given != nil:
		return v.show(http.StatusOK, "given", *after.Given)
	case err == nil:
		return v.Redirect(http.StatusSeeOther, "/proposals/"+data.ID)
	}
	data.Word = v.value("word")
	return v.again(err, "proposal", data)
}

// Proposer is who proposed something, as far as the visitor may know.
func (v *visit) Proposer(p proposal.Proposal) string {
	if p.CoChair != nil {
		return named(p.ProposerName, v.Role(p.ProposedRole, nil, p.CoChair))
	}
	return named(p.ProposerName, v.Role(p.ProposedRole, &p.State, nil))
}

// Decider is who decided on something.
func (v *visit) Decider(p proposal.Proposal) string {
	switch {
	case p.DecidedRole == nil:
		return ""
	case p.CoChair != nil:
		return named(p.DeciderName, v.Role(*p.DecidedRole, nil, nil))
	default:
		return named(p.DeciderName, v.Role(*p.DecidedRole, &p.State, nil))
	}
}

// named puts a name before a role, where the visitor may know it.
func named(name *string, role string) string {
	if name == nil {
		return role
	}
	return *name + " (" + role + ")"
}
