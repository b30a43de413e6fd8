package httpapi

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
)

// delegationView is a delegation as the API shows it.
type delegationView struct {
	ID        string               `json:"id"`
	State     string               `json:"state"`
	Authority string               `json:"authority"`
	Status    string               `json:"status"`
	Since     time.Time            `json:"since"`
	Until     *time.Time           `json:"until,omitempty"`
	Channels  []delegation.Channel `json:"channels"`
	Mode      delegation.Mode      `json:"mode,omitempty"` // to who reads the state's trail
	Version   int64                `json:"version"`
}

// viewDelegation shows whether one decides or two to the state's own people and to
// who oversees: how easily a state's words change is nobody else's to know.
func viewDelegation(d delegation.Delegation, by access.Actor) delegationView {
	v := delegationView{
		ID: d.ID, State: d.State, Authority: d.Authority, Status: d.Status, Since: d.Since.UTC(), Until: utc(d.Until),
		Channels: d.Channels, Version: d.Version,
	}
	if by.May(access.ReadTrail, access.Subject{State: d.State}) {
		v.Mode = d.Mode
	}
	return v
}

func delegationScope(state string) register.Scope {
	return register.Scope{Nouns: []string{"delegation"}, State: state}
}

func (s *Server) listDelegations(c echo.Context) error {
	q := newQuery(c, "state", "limit", "cursor")
	state := q.matching("state", alpha2Form, "is an alpha-2 code such as PL")
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.cached(c, c.QueryParams(), false, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after delegation.After, limit int) ([]delegation.Delegation, error) {
				return delegation.List(ctx, snap, state, after, limit)
			},
			func(d delegation.Delegation) delegation.After { return delegation.After{State: d.State, ID: d.ID} },
			func(d delegation.Delegation) any { return viewDelegation(d, snap.By) })
		a.table, a.from = func() table { return delegationTable(got) }, delegationScope(state)
		return a, err
	})
}

func delegationTable(delegations []delegation.Delegation) table {
	t := table{head: []string{"id", "state", "authority", "status", "since", "until", "channels", "version"}}
	for _, d := range delegations {
		var channels []string
		for _, ch := range d.Channels {
			value := ch.Value
			if ch.Type == "phone" {
				value = "tel:" + value
			}
			channels = append(channels, ch.Of+" "+value)
		}
		t.rows = append(t.rows, []string{
			d.ID, d.State, d.Authority, d.Status, cellTime(&d.Since), cellTime(d.Until), cellList(channels), itoa(d.Version),
		})
	}
	return t
}

func (s *Server) showDelegation(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.cached(c, nil, false, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := delegation.Get(ctx, snap, id)
		return answer{version: got.Version, view: viewDelegation(got, snap.By), from: delegationScope(got.State)}, err
	})
}

func (s *Server) setDelegationChannels(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, matching, jsonTypes, decodeJSON[delegation.ChannelsInput])
	asked := register.Asked{Does: proposal.Replace, Noun: "delegation", Key: id, Body: text}
	return s.propose(c, text, asked, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := s.Delegations.SetChannels(ctx, act, id, sent)
		return answer{version: got.Version, view: viewDelegation(got, act.By)}, err
	})
}

func (s *Server) chooseMode(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, matching, jsonTypes, decodeJSON[delegation.ModeInput])
	return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := s.Delegations.ChooseMode(ctx, act, id, sent)
		return answer{version: got.Version, view: viewDelegation(got, act.By)}, err
	})
}

// settleDelegation serves what two of the secretariat do to a delegation.
func (s *Server) settleDelegation(does, status string) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathUUID(c, "id")
		if err != nil {
			return err
		}
		sent, text := read(c, smallBody, unconditional, nil, decodeNothing)
		asked := register.Asked{Does: does, Noun: "delegation", Key: id}
		return s.propose(c, text, asked, func(ctx context.Context, act register.Act) (answer, error) {
			got, err := s.Delegations.Settle(ctx, act, id, status, sent)
			return answer{version: got.Version, view: viewDelegation(got, act.By)}, err
		})
	}
}
