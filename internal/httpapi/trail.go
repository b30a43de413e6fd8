package httpapi

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// whoView is in whose name something was done. The account is shown to those
// who may see it: the actor's own state, and the auditor.
type whoView struct {
	Role    access.Role `json:"role"`
	State   *string     `json:"state,omitempty"`
	Account *string     `json:"account,omitempty"`
	Name    *string     `json:"name,omitempty"`
}

type secondView struct {
	Account *string `json:"account,omitempty"`
	Name    *string `json:"name,omitempty"`
}

func viewWho(r register.Row) (by whoView, second *secondView) {
	by = whoView{Role: r.Role, State: r.ActorState}
	if r.ActorName != nil {
		by.Account, by.Name = r.Actor, r.ActorName
	}
	if r.SecondActor != nil {
		second = &secondView{}
		if r.SecondName != nil {
			second.Account, second.Name = r.SecondActor, r.SecondName
		}
	}
	return by, second
}

// revisionView is one version of an entry in its history.
type revisionView struct {
	Version int64                 `json:"version"`
	At      time.Time             `json:"at"`
	Act     string                `json:"act"`
	By      whoView               `json:"by"`
	Second  *secondView           `json:"second,omitzero"`
	Diff    []register.Difference `json:"diff"`
}

func viewRevision(r register.Revision) revisionView {
	v := revisionView{Version: r.Version, At: r.At.UTC(), Act: r.Act, Diff: r.Diff}
	v.By, v.Second = viewWho(r.Row)
	return v
}

// historyView is one page of an entry's history.
type historyView struct {
	Items           []revisionView `json:"items"`
	Next            *int64         `json:"next"` // the version to go on before; null at the start
	RegisterVersion int64          `json:"register_version"`
}

// rowView is one line of the trail.
type rowView struct {
	Version     int64       `json:"version"`
	Ordinal     int         `json:"ordinal"`
	At          time.Time   `json:"at"`
	Act         string      `json:"act"`
	Noun        string      `json:"noun"`
	Key         string      `json:"key"`
	State       *string     `json:"state,omitempty"`
	By          whoView     `json:"by"`
	Second      *secondView `json:"second,omitzero"`
	Credential  *string     `json:"credential,omitempty"`
	Commitments []string    `json:"commitments"` // SHA-256 of the change's parts, in order, in hex
}

// viewRow shows a row to a reader. The token that it was done with is for those
// who may see the account, and for the secretariat, which freezes by it.
func viewRow(r register.Row, to access.Actor) rowView {
	v := rowView{
		Version: r.Version, Ordinal: r.Ordinal, At: r.At.UTC(), Act: r.Act, Noun: r.Noun, Key: r.Key, State: r.State,
		Commitments: []string{},
	}
	v.By, v.Second = viewWho(r)
	if v.By.Account != nil || to.Role == access.Secretariat {
		v.Credential = r.Credential
	}
	for _, c := range r.Commitments {
		v.Commitments = append(v.Commitments, hex.EncodeToString(c))
	}
	return v
}

// trailView is one page of the trail.
type trailView struct {
	Items           []rowView `json:"items"`
	Next            *int64    `json:"next"` // the version to go on after; null at the end
	RegisterVersion int64     `json:"register_version"`
}

func (s *Server) listTrail(c echo.Context) error {
	q := newQuery(c, "after", "state", "limit")
	after := q.number("after", 0, 1<<53, 0)
	state := q.matching("state", alpha2Form, "is an alpha-2 code such as PL")
	limit := int(q.number("limit", 1, largestPage, usualPage))
	by := actor(c)
	if state == "" {
		state = by.State
	}
	if err := by.Require(access.ReadTrail, access.Subject{State: state}); err != nil {
		if by.Role == access.Public {
			return problem.Errorf(problem.Unauthenticated, "the trail wants a token: send it as Authorization: Bearer")
		}
		return err
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		if after > snap.Version {
			return answer{}, problem.Errorf(problem.Gone, "the trail ends at version %d: the register was restored since you read on, so read it anew", snap.Version)
		}
		rows, err := register.Rows(ctx, snap, after, state, limit)
		if err != nil {
			return answer{}, err
		}
		view := trailView{Items: []rowView{}, RegisterVersion: snap.Version}
		for _, r := range rows {
			view.Items = append(view.Items, viewRow(r, snap.By))
		}
		if len(rows) >= limit {
			view.Next = &rows[len(rows)-1].Version
		}
		return answer{view: view, uncached: true, table: func() table { return trailTable(rows, snap.By) }}, nil
	})
}

func trailTable(rows []register.Row, to access.Actor) table {
	t := table{head: []string{"version", "ordinal", "at", "act", "noun", "key", "state", "role", "actor_state", "name", "commitments", "credential"}}
	for _, r := range rows {
		view := viewRow(r, to)
		t.rows = append(t.rows, []string{
			itoa(r.Version), itoa(int64(r.Ordinal)), cellTime(&r.At), r.Act, r.Noun, r.Key, text(r.State),
			string(r.Role), text(r.ActorState), text(view.By.Name), strings.Join(view.Commitments, " "),
			text(view.Credential),
		})
	}
	return t
}
