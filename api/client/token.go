package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Token is an API token, without its secret.
type Token struct {
	ID         string     `json:"id"`
	Owner      string     `json:"owner"`
	Role       string     `json:"role"`
	Kinds      []string   `json:"kinds,omitempty"` // of contact that the role is limited to; none is no limit
	State      string     `json:"state,omitempty"`
	Label      string     `json:"label"`
	Hint       string     `json:"hint"`   // the secret's last digits
	Access     string     `json:"access"` // read or write
	Audiences  []string   `json:"audiences"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	Frozen     *time.Time `json:"frozen_until,omitempty"` // when it works again, while it is frozen
	Freezes    []Freeze   `json:"freezes,omitempty"`      // that hold now
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	Secret     string     `json:"secret,omitempty"` // shown once, by Issue
}

// Freeze says that a token, or all that is somebody's, neither reads nor writes for
// now. It ends by itself 24 hours after it began.
type Freeze struct {
	Token    string     `json:"token,omitempty"`  // left out within a Token
	Person   string     `json:"person,omitempty"` // whose account it is, where all that is theirs is frozen
	By       string     `json:"by"`               // state or secretariat: who lifts it
	Reason   string     `json:"reason"`
	Since    time.Time  `json:"since"`
	Until    time.Time  `json:"until"`
	LiftedAt *time.Time `json:"lifted_at,omitempty"`
}

// TokenOrder is what a head of delegation says of a new token.
type TokenOrder struct {
	Owner     string    `json:"owner"`
	OwnerKind string    `json:"owner_kind"`      // person or system
	Role      string    `json:"role"`            // delegate, cert or partner
	Kinds     []string  `json:"kinds,omitempty"` // of contact that a delegate's role is limited to; none is no limit
	Label     string    `json:"label"`           // what it is for
	Access    string    `json:"access"`          // read or write
	Audiences []string  `json:"audiences"`       // all three for a token that writes
	ExpiresAt time.Time `json:"expires_at"`      // 366 days ahead at most
}

// Tokens walks the tokens that the caller may see: a head the state's, others
// their own.
func (c *Client) Tokens(ctx context.Context) iter.Seq2[Token, error] {
	return list[Token](ctx, c, "/v1/tokens", nil)
}

// Issue makes a token for the caller's own state. Its Secret is shown this once:
// if the answer is lost, revoke the token and issue another.
func (c *Client) Issue(ctx context.Context, order TokenOrder) (token Token, err error) {
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/tokens"}, order, &token)
	return token, err
}

// Revoke ends a token, on every node within a second.
func (c *Client) Revoke(ctx context.Context, id string) error {
	_, err := c.write(ctx, request{method: http.MethodDelete, path: "/v1/tokens" + segment(id)}, nil, nil)
	return err
}

// Freeze stops a token for 24 hours, on every node within a second, and says why: a
// head of delegation those of the own people, one of the secretariat anybody's, which
// it knows by the credential of a Row.
func (c *Client) Freeze(ctx context.Context, id, reason string) (got Freeze, err error) {
	in := map[string]string{"reason": reason}
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/tokens" + segment(id) + "/freeze"}, in, &got)
	return got, err
}

// Thaw ends a freeze before it does so by itself: whoever froze the token.
func (c *Client) Thaw(ctx context.Context, id string) (got Freeze, err error) {
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/tokens" + segment(id) + "/thaw"}, nil, &got)
	return got, err
}

// FreezePerson stops somebody for 24 hours, with all that is theirs, and says why: a
// head of delegation the own state's but heads, one of the secretariat anybody else. id
// is that of an account, or of a credential of theirs, such as that of a Row.
func (c *Client) FreezePerson(ctx context.Context, id, reason string) (got Freeze, err error) {
	in := map[string]string{"reason": reason}
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/people" + segment(id) + "/freeze"}, in, &got)
	return got, err
}

// ThawPerson ends a freeze of somebody before it does so by itself: whoever froze them.
func (c *Client) ThawPerson(ctx context.Context, id string) (got Freeze, err error) {
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/people" + segment(id) + "/thaw"}, nil, &got)
	return got, err
}
