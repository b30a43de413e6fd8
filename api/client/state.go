package client

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// State is a participating state.
type State struct {
	Code              string            `json:"code"`   // ISO 3166-1 alpha-2
	Alpha3            string            `json:"alpha3"` // ISO 3166-1 alpha-3
	StatementNumber   int               `json:"statement_number"`
	Name              string            `json:"name"`  // in the language asked for
	Names             map[string]string `json:"names"` // en as the UN has it, pl as the statement has it
	Region            string            `json:"region"`
	Subregion         string            `json:"subregion"`
	CoChair           bool              `json:"co_chair"`
	ParticipatesSince string            `json:"participates_since"` // YYYY-MM-DD
	ParticipatesUntil string            `json:"participates_until,omitempty"`
	Frameworks        []string          `json:"frameworks"` // that it is a member of now
	Memberships       []Membership      `json:"memberships"`
	Instruments       []Instrument      `json:"instruments"`
	Represented       bool              `json:"represented"`
	Version           int64             `json:"version"`
}

// Membership is a state's, of a framework, dated as far as that is recorded.
type Membership struct {
	Framework string `json:"framework"`
	Since     string `json:"since,omitempty"`
	Until     string `json:"until,omitempty"`
}

// Instrument is what a state says of a legal instrument.
type Instrument struct {
	Instrument string `json:"instrument"`
	Status     string `json:"status"`
	Date       string `json:"date,omitempty"`
	Source     string `json:"source,omitempty"`
}

// Delegation is who speaks for a state.
type Delegation struct {
	ID        string              `json:"id"`
	State     string              `json:"state"`
	Authority string              `json:"authority"`
	Status    string              `json:"status"` // open, contested or closed
	Since     time.Time           `json:"since"`
	Until     *time.Time          `json:"until,omitempty"`
	Channels  []DelegationChannel `json:"channels"`
	Mode      string              `json:"mode,omitempty"` // single, two_person or default; to the state's own delegates and head, and who oversees
	Version   int64               `json:"version"`
}

// DelegationChannel is a way to reach a delegation.
type DelegationChannel struct {
	Of       string `json:"of"` // mission, ministry or other
	Type     string `json:"type"`
	Usage    string `json:"usage,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	Value    string `json:"value"`
	Note     string `json:"note,omitempty"`
}

// Card is what a duty officer wants of a state, on one page.
type Card struct {
	State                State       `json:"state"`
	Contacts             []Contact   `json:"contacts"`
	Delegation           *Delegation `json:"delegation"`
	TechnicalWithdrawnOn *time.Time  `json:"technical_withdrawn_on,omitempty"`
	RegisterVersion      int64       `json:"register_version"`
}

// States reads the participating states, in the order of their statement. A
// framework leaves out who is not its member; "" leaves out nobody.
func (c *Client) States(ctx context.Context, framework string) ([]State, error) {
	query := url.Values{}
	if framework != "" {
		query.Set("framework", framework)
	}
	var page Page[State]
	_, err := c.Get(ctx, "/v1/states", query, &page)
	return page.Items, err
}

// Card reads a state's card. code is alpha-2 or alpha-3.
func (c *Client) Card(ctx context.Context, code string) (card Card, meta Meta, err error) {
	meta, err = c.Get(ctx, "/v1/states"+segment(code)+"/card", nil, &card)
	return card, meta, err
}

// Me is who asks, and what they may do.
type Me struct {
	Role       string   `json:"role"`
	State      string   `json:"state,omitempty"`
	Account    string   `json:"account,omitempty"`
	Name       string   `json:"name,omitempty"`
	Delegation string   `json:"delegation,omitempty"`
	Kinds      []string `json:"kinds,omitempty"` // of contact that the role is limited to; none is no limit
	Audiences  []string `json:"audiences"`
	Writes     bool     `json:"writes"`
	May        []string `json:"may"`
	TakesTwo   bool     `json:"takes_two"` // whether what changes the state's words becomes a proposal
}

// Me says who the token's owner is to the registry.
func (c *Client) Me(ctx context.Context) (me Me, err error) {
	_, err = c.Get(ctx, "/v1/me", nil, &me)
	return me, err
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
