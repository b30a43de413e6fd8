package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/search"
)

// proposalView is a proposal as the API shows it.
type proposalView struct {
	ID        string                `json:"id"`
	State     string                `json:"state,omitempty"`    // "" for what is of no state
	CoChair   string                `json:"co_chair,omitempty"` // that its author serves: of the secretariat's
	Does      string                `json:"does"`
	Noun      string                `json:"noun"`
	About     string                `json:"about,omitempty"` // the id of what it changes
	Reason    string                `json:"reason,omitempty"`
	Proposed  proposedView          `json:"proposed"`
	Status    proposal.Status       `json:"status"`
	Stale     bool                  `json:"stale"`
	Decided   *proposedView         `json:"decided,omitempty"`
	Word      string                `json:"word,omitempty"`
	Made      string                `json:"made,omitempty"` // the id of what it made
	Changes   []rehearsedChangeView `json:"changes,omitempty"`
	Version   int64                 `json:"version"`
	MayDecide bool                  `json:"may_decide"` // whether the reader may

	Invitation *handedView `json:"invitation,omitempty"` // what of an invitation is the reader's, once
}

// proposedView is who did something to a proposal, and when.
type proposedView struct {
	At      time.Time   `json:"at"`
	Role    access.Role `json:"role"`
	Account string      `json:"account"`
	Name    string      `json:"name,omitempty"`
}

func viewProposal(p proposal.Proposal, by access.Actor) proposalView {
	v := proposalView{
		ID: p.ID, State: p.State, Does: p.Does, Noun: p.Noun, About: p.About, Reason: p.Reason,
		Proposed: proposedView{At: p.ProposedAt.UTC(), Role: p.ProposedRole, Account: p.ProposedBy, Name: text(p.ProposerName)},
		Status:   p.Status, Stale: p.Stale, Word: p.Word, Made: p.Made, Version: p.Version,
		CoChair: text(p.CoChair), MayDecide: p.MayDecide(by),
	}
	if len(p.Changes) > 0 {
		v.Changes = viewChanges(p.Changes, by)
	}
	if p.DecidedAt != nil {
		v.Decided = &proposedView{At: p.DecidedAt.UTC(), Role: *p.DecidedRole, Account: text(p.DecidedBy), Name: text(p.DeciderName)}
	}
	return v
}

func (s *Server) proposals() *proposal.Store {
	return &proposal.Store{
		Register: s.Register, States: s.States, Delegations: s.Delegations, Organisations: s.Organisations,
		Contacts: s.Contacts, Strategies: s.Strategies, Importer: s.importer(), Admission: s.Admission,
	}
}

// proposed answers a write that one alone may not do with what was proposed, and with
// what that hands out. That it cannot be shown does not undo it.
func (s *Server) proposed(c echo.Context, id string, handed *handedView) error {
	a, err := s.fresh(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, err := s.oneProposal(ctx, snap, snap.By, id)
		if view, ok := a.view.(proposalView); ok {
			view.Invitation = handed
			a.view = view
		}
		return a, err
	})
	if err != nil {
		a = answer{epoch: s.Register.Epoch(), register: s.Register.Latest()}
	}
	a.status, a.header = http.StatusAccepted, map[string]string{"Location": "/v1/proposals/" + id}
	return a.write(c)
}

// oneProposal answers with a proposal. It is not kept: what changes elsewhere
// makes it stale. It shows of the entries that it would change what they say.
func (s *Server) oneProposal(ctx context.Context, q postgres.Queryer, by access.Actor, id string) (answer, error) {
	got, err := proposal.Get(ctx, q, id)
	if err != nil {
		return answer{}, err
	}
	var noted []accesslog.Entry
	for i, noun := range got.Nouns {
		if slices.Contains(search.Nouns, noun) {
			noted = append(noted, accesslog.Entry{Noun: noun, ID: got.Keys[i], State: got.State})
		}
	}
	return answer{version: got.Version, view: viewProposal(got, by), uncached: true, sight: s.AccessLog.Sight(by, noted...)}, nil
}

func (s *Server) listProposals(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q := newQuery(c, "state", "status", "limit", "cursor")
	state := q.matching("state", alpha2Form, "is an alpha-2 code such as PL")
	status := proposal.Status(q.text("status", names(proposal.Statuses)...))
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after proposal.After, limit int) ([]proposal.Proposal, error) {
				return proposal.List(ctx, snap, status, state, after, limit)
			},
			proposal.Proposal.Place,
			func(p proposal.Proposal) any { return viewProposal(p, snap.By) })
		a.uncached, a.table = true, func() table { return proposalTable(got, snap.By) }
		return a, err
	})
}

func proposalTable(proposals []proposal.Proposal, by access.Actor) table {
	t := table{head: []string{
		"id", "state", "co_chair", "does", "noun", "about", "reason", "proposed_at", "proposed_role", "proposed_by", "status", "stale",
		"decided_at", "decided_role", "decided_by", "word", "made",
	}}
	for _, p := range proposals {
		v := viewProposal(p, by)
		decided := []string{"", "", ""}
		if v.Decided != nil {
			decided = []string{cellTime(&v.Decided.At), string(v.Decided.Role), v.Decided.Name}
		}
		t.rows = append(t.rows, slices.Concat([]string{
			v.ID, v.State, v.CoChair, v.Does, v.Noun, v.About, v.Reason, cellTime(&v.Proposed.At), string(v.Proposed.Role), v.Proposed.Name,
			string(v.Status), yesNo(v.Stale),
		}, decided, []string{v.Word, v.Made}))
	}
	return t
}

func (s *Server) showProposal(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		return s.oneProposal(ctx, snap, snap.By, id)
	})
}

func (s *Server) approveProposal(c echo.Context) error {
	if err := patient(c); err != nil { // it may be a file
		return err
	}
	return decide(s, c, nil, decodeNothing, s.proposals().Approve)
}

func (s *Server) withdrawProposal(c echo.Context) error {
	return decide(s, c, nil, decodeNothing, s.proposals().Withdraw)
}

func (s *Server) declineProposal(c echo.Context) error {
	return decide(s, c, jsonTypes, decodeJSON[proposal.DeclineInput], s.proposals().Decline)
}

// decide serves what ends a proposal.
func decide[V any](s *Server, c echo.Context, types []string, decode func([]byte) (V, error),
	do func(context.Context, register.Act, string, register.Sent[V]) (proposal.Proposal, error),
) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, unconditional, types, decode)
	return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := do(ctx, act, id, sent)
		view := viewProposal(got, act.By)
		view.Invitation = viewGiven(got.Given)
		return answer{version: got.Version, view: view, uncached: true}, err
	})
}

// names are values as the words that they are.
func names[T ~string](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}
