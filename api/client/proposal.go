package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Proposal is what one of a state's people asks for, and another decides on.
type Proposal struct {
	ID        string       `json:"id"`
	State     string       `json:"state"`
	CoChair   string       `json:"co_chair,omitempty"` // of the secretariat's: one of another co-chair decides
	Does      string       `json:"does"`               // replace, retire, import …
	Noun      string       `json:"noun"`               // contact, organisation, strategy, state or delegation
	About     string       `json:"about,omitempty"`    // the id of what it changes
	Reason    string       `json:"reason,omitempty"`
	Proposed  ProposalAct  `json:"proposed"`
	Status    string       `json:"status"` // open, approved, declined or withdrawn
	Stale     bool         `json:"stale"`  // whether it can no longer be approved
	Decided   *ProposalAct `json:"decided,omitempty"`
	Word      string       `json:"word,omitempty"`    // why it was declined
	Made      string       `json:"made,omitempty"`    // the id of the entry that it made
	Changes   []Change     `json:"changes,omitempty"` // not in lists
	MayDecide bool         `json:"may_decide"`        // whether the caller may
	Version   int64        `json:"version"`

	// Invitation is what of one is the caller's, in the answer to what they did: it is
	// never shown again.
	Invitation *HandedOut `json:"invitation,omitempty"`
}

// HandedOut is what somebody is given of an invitation that two of the secretariat hand
// out: the link whoever proposes it, the code and whom to send it to whoever approves.
type HandedOut struct {
	Link      string     `json:"link,omitempty"`
	Code      string     `json:"code,omitempty"`
	ID        string     `json:"id,omitempty"`
	Name      string     `json:"name,omitempty"`
	Email     string     `json:"email,omitempty"`
	Language  string     `json:"language,omitempty"`
	Role      string     `json:"role,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// ProposalAct is who did something to a proposal, and when.
type ProposalAct struct {
	At      time.Time `json:"at"`
	Role    string    `json:"role"`
	Account string    `json:"account"`
	Name    string    `json:"name,omitempty"`
}

// Proposed is the error of a write that is not done yet: somebody else of the
// delegation decides on it. Use errors.As to get at it.
type Proposed struct {
	Location string   // its path, such as /v1/proposals/7c1d6c5e-2f36-4c0a-9d8b-51f1f6f0a2ee
	Proposal Proposal // zero but for its ID if the registry could not show it
}

// Error says that nothing is done yet, and where it waits.
func (p *Proposed) Error() string {
	return fmt.Sprintf("proposed, and not done yet: %s decides on proposal %s", p.Decider(), p.Proposal.ID)
}

// Decider says who decides.
func (p *Proposed) Decider() string {
	if p.Proposal.CoChair != "" {
		return "somebody else of the secretariat, of another co-chair,"
	}
	return "somebody else of the delegation"
}

func readProposed(meta Meta, body []byte) error {
	p := &Proposed{Location: meta.Location}
	p.Proposal.ID = meta.Location[strings.LastIndex(meta.Location, "/")+1:]
	if len(body) == 0 {
		return p
	}
	if err := json.Unmarshal(body, &p.Proposal); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return p
}

// Proposals walks the proposals that the caller may see, newest first. A status,
// such as "open", leaves out others; "" leaves out none.
func (c *Client) Proposals(ctx context.Context, status string) iter.Seq2[Proposal, error] {
	query := url.Values{}
	if status != "" {
		query.Set("status", status)
	}
	return list[Proposal](ctx, c, "/v1/proposals", query)
}

// Proposal reads one proposal, with what it would change.
func (c *Client) Proposal(ctx context.Context, id string) (got Proposal, err error) {
	_, err = c.Get(ctx, "/v1/proposals"+segment(id), nil, &got)
	return got, err
}

// Approve carries a proposal out: somebody who has not made it.
func (c *Client) Approve(ctx context.Context, id string) (Proposal, error) {
	return c.decide(ctx, id, "approve", nil)
}

// Decline ends a proposal of somebody else's, with a word why: one line of at most
// 500 characters.
func (c *Client) Decline(ctx context.Context, id, word string) (Proposal, error) {
	return c.decide(ctx, id, "decline", map[string]string{"word": word})
}

// Withdraw takes the caller's own proposal back.
func (c *Client) Withdraw(ctx context.Context, id string) (Proposal, error) {
	return c.decide(ctx, id, "withdraw", nil)
}

func (c *Client) decide(ctx context.Context, id, act string, in any) (got Proposal, err error) {
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/proposals" + segment(id) + "/" + act}, in, &got)
	return got, err
}

// RehearseApproval says what approving a proposal would change now, and does
// nothing.
func (c *Client) RehearseApproval(ctx context.Context, id string) (got Rehearsal, err error) {
	query := url.Values{"dry_run": {"true"}}
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/proposals" + segment(id) + "/approve", query: query}, nil, &got)
	return got, err
}
