package client

import (
	"context"
	"net/http"
)

// Opening is a delegation to be opened, and who is its first head.
type Opening struct {
	State     string `json:"state"`
	Authority string `json:"authority"` // what it rests on, such as the reference of a note verbale
	Head      Head   `json:"head"`
}

// Head is somebody to be head of a delegation.
type Head struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Language string `json:"language"` // en or pl
}

// OpenDelegation asks, as one of the secretariat, for a state's delegation. The error
// is a *Proposed, whose proposal has the link of the head's invitation: one of another
// co-chair approves, and gets its code.
func (c *Client) OpenDelegation(ctx context.Context, in Opening) error {
	return c.ask(ctx, "/v1/delegations", in)
}

// AppointHead asks for a head of a delegation that has none: see OpenDelegation.
func (c *Client) AppointHead(ctx context.Context, delegation string, in Head) error {
	return c.ask(ctx, "/v1/delegations"+segment(delegation)+"/heads", in)
}

// Settle asks, as one of the secretariat, to contest, reopen or close a delegation.
func (c *Client) Settle(ctx context.Context, delegation, act string) error {
	return c.ask(ctx, "/v1/delegations"+segment(delegation)+segment(act), nil)
}

func (c *Client) ask(ctx context.Context, path string, in any) error {
	_, err := c.write(ctx, request{method: http.MethodPost, path: path, asks: true}, in, nil)
	return err
}
