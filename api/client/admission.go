package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
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

// Admission is who is to act without belonging to a state.
type Admission struct {
	Role      string     `json:"role"` // auditor or partner
	Name      string     `json:"name"`
	Email     string     `json:"email,omitempty"`    // with which an auditor signs in; "" for a token
	Language  string     `json:"language,omitempty"` // in which an auditor is written to; "" for English
	Basis     string     `json:"basis"`              // what it rests on
	From      *time.Time `json:"from,omitempty"`     // nil for when it is approved
	Until     time.Time  `json:"until"`
	Audiences []string   `json:"audiences,omitempty"` // that a partner reads; all if it is empty
}

// Mandate is who acts without belonging to a state, or did.
type Mandate struct {
	ID         string     `json:"id"`
	Role       string     `json:"role"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind"` // person or system
	Basis      string     `json:"basis,omitempty"`
	From       *time.Time `json:"from,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"` // when it was ended before its time
	AdmittedAt time.Time  `json:"admitted_at"`
	AdmittedBy []Overseer `json:"admitted_by"`
	Version    int64      `json:"version"`
}

// Overseer is one of the secretariat.
type Overseer struct {
	Name    string `json:"name"`
	CoChair string `json:"co_chair"`
}

// Overseen is something that the secretariat did with its own powers.
type Overseen struct {
	At        time.Time  `json:"at"`
	Act       string     `json:"act"`
	Noun      string     `json:"noun"`                 // delegation, suspension, freeze, role or invitation
	About     string     `json:"about,omitempty"`      // the id of the entry, the delegation or the mandate
	EntryNoun string     `json:"entry_noun,omitempty"` // what was suspended
	State     string     `json:"state,omitempty"`
	Role      string     `json:"role,omitempty"`
	Name      string     `json:"name,omitempty"` // of who belongs to no state
	Reason    string     `json:"reason,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
	By        []Overseer `json:"by"`
	Version   int64      `json:"version"`
}

// Oversight walks what the secretariat did, the latest first: all that the caller may
// know, or what was about a state.
func (c *Client) Oversight(ctx context.Context, state string) iter.Seq2[Overseen, error] {
	query := url.Values{}
	if state != "" {
		query.Set("state", state)
	}
	return list[Overseen](ctx, c, "/v1/oversight", query)
}

// Mandates walks who acts without belonging to a state, the latest first, those whose
// mandate is over among them. A role, auditor or partner, leaves out the other.
func (c *Client) Mandates(ctx context.Context, role string) iter.Seq2[Mandate, error] {
	query := url.Values{}
	if role != "" {
		query.Set("role", role)
	}
	return list[Mandate](ctx, c, "/v1/mandates", query)
}

// Admit asks, as one of the secretariat, for an auditor or a partner of no state. The
// error is a *Proposed, whose proposal has the link by which they pick up their token.
func (c *Client) Admit(ctx context.Context, in Admission) error {
	return c.ask(ctx, "/v1/mandates", in)
}

// ExtendMandate asks to move the end of a mandate.
func (c *Client) ExtendMandate(ctx context.Context, id string, until time.Time) error {
	return c.ask(ctx, "/v1/mandates"+segment(id)+"/extend", map[string]time.Time{"until": until})
}

// EndMandate asks to end a mandate, with its tokens.
func (c *Client) EndMandate(ctx context.Context, id string) error {
	return c.ask(ctx, "/v1/mandates"+segment(id)+"/end", nil)
}

// PickUp returns the token of a mandate with its secret, by the link and the code that
// came on two ways, once. It wants no token.
func (c *Client) PickUp(ctx context.Context, link, code string) (got Token, err error) {
	_, err = c.write(ctx, request{method: http.MethodPost, path: "/v1/tokens/pick-up"}, map[string]string{"link": link, "code": code}, &got)
	return got, err
}

func (c *Client) ask(ctx context.Context, path string, in any) error {
	_, err := c.write(ctx, request{method: http.MethodPost, path: path, asks: true}, in, nil)
	return err
}
