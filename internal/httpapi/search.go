package httpapi

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/register"
	"pocreg.example/internal/search"
	"pocreg.example/internal/strategy"
)

// The sizes of a page of hits. There is no next one: narrow the question.
const (
	usualHits   = 20
	largestHits = 100
)

// searchView is what was found.
type searchView struct {
	Query           questionView     `json:"query"`
	Items           []hitView        `json:"items"`
	States          []namedStateView `json:"states"`
	More            bool             `json:"more"`
	RegisterVersion int64            `json:"register_version"`
}

type questionView struct {
	Text  string      `json:"text"`
	As    search.Form `json:"as"`
	Words []wordView  `json:"words,omitempty"`
}

type wordView struct {
	Word    string   `json:"word"`
	TakenAs []string `json:"taken_as"`
}

type hitView struct {
	Noun        string           `json:"noun"`
	ID          string           `json:"id"`
	State       string           `json:"state"`
	Kind        string           `json:"kind"`
	Basis       entry.Basis      `json:"basis"`
	Standing    entry.Standing   `json:"standing"`
	Version     int64            `json:"version"`
	Title       string           `json:"title"`
	TitleEN     string           `json:"title_en,omitempty"`
	Href        string           `json:"href"`
	MatchedBy   search.Form      `json:"matched_by"`
	Freshness   *freshnessView   `json:"freshness,omitempty"`
	Suspensions []suspensionView `json:"suspensions,omitempty"`
	Highlights  []highlightView  `json:"highlights"`
}

type highlightView struct {
	Path  string     `json:"path"`
	Parts []partView `json:"parts"`
}

type partView struct {
	Text  string `json:"text"`
	Match bool   `json:"match,omitzero"`
}

type namedStateView struct {
	Code    string      `json:"code"`
	Name    string      `json:"name"`
	Because search.Form `json:"because"`
}

func viewHit(h search.Hit) hitView {
	v := hitView{
		Noun: h.Noun, ID: h.ID, State: h.State, Kind: h.Kind, Basis: h.Basis, Standing: h.Standing, Version: h.Version,
		Title: h.Title, TitleEN: h.TitleEN, Href: "/v1/" + plural(h.Noun) + "/" + h.ID, MatchedBy: h.MatchedBy,
		Freshness: viewFreshness(h.ConfirmedAt), Suspensions: viewSuspensions(h.Suspensions), Highlights: []highlightView{},
	}
	for _, found := range h.Highlights {
		view := highlightView{Path: found.Path}
		for _, p := range found.Parts {
			view.Parts = append(view.Parts, partView(p))
		}
		v.Highlights = append(v.Highlights, view)
	}
	return v
}

func (s *Server) search(c echo.Context) error {
	q := newQuery(c, "q", "noun", "state", "kind", "basis", "limit")
	kinds := map[string][]string{"contact": contact.Kinds, "organisation": organisation.Kinds, "strategy": strategy.Kinds}
	noun := q.text("noun", search.Nouns...)
	allowed := kinds[noun]
	if allowed == nil {
		allowed = slices.Concat(contact.Kinds, organisation.Kinds, strategy.Kinds)
	}
	asked := search.Question{
		Text: q.values.Get("q"), Noun: noun,
		State: q.matching("state", alpha2Form, "is an alpha-2 code such as PL"),
		Kind:  q.text("kind", allowed...),
		Basis: q.text("basis", string(entry.Nominated), string(entry.PublicSource)),
		Limit: int(q.number("limit", 1, largestHits, usualHits)),
	}
	if err := search.Check(asked.Text); err != nil {
		q.fault("q", err.Error())
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := search.Find(ctx, snap, asked)
		view := searchView{
			Query: questionView{Text: got.Text, As: got.As}, Items: []hitView{}, States: []namedStateView{},
			More: got.More, RegisterVersion: snap.Version,
		}
		for _, w := range got.Words {
			view.Query.Words = append(view.Query.Words, wordView(w))
		}
		for _, h := range got.Hits {
			view.Items = append(view.Items, viewHit(h))
		}
		for _, state := range got.States {
			view.States = append(view.States, namedStateView(state))
		}
		return answer{
			version: max(snap.Version, 1), view: view, table: func() table { return hitTable(view.Items) },
			sight: sight(s, snap.By, got.Hits...),
		}, err
	})
}

func hitTable(hits []hitView) table {
	t := table{head: []string{
		"noun", "id", "state", "kind", "basis", "standing", "version", "title", "title_en", "href", "matched_by",
		"confirmed_at", "due_at", "lapses_at", "suspended_until",
	}}
	for _, h := range hits {
		dates := []string{"", "", "", suspendedUntil(h.Suspensions)}
		if f := h.Freshness; f != nil {
			dates[0], dates[1], dates[2] = cellTime(&f.ConfirmedAt), cellTime(&f.DueAt), cellTime(&f.LapsesAt)
		}
		t.rows = append(t.rows, append([]string{
			h.Noun, h.ID, h.State, h.Kind, string(h.Basis), string(h.Standing), itoa(h.Version), h.Title, h.TitleEN, h.Href, string(h.MatchedBy),
		}, dates...))
	}
	return t
}
