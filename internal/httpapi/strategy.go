package httpapi

import (
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
	"pocreg.example/internal/valid"
)

func (s *Server) strategies() entries[strategy.Strategy, strategy.Input] {
	return entries[strategy.Strategy, strategy.Input]{
		server: s, path: "/v1/strategies", noun: "strategy", limit: largeBody, store: s.Strategies,
		get: strategy.Get, entry: func(t strategy.Strategy) entry.Entry { return t.Entry },
		view: func(t strategy.Strategy, by access.Actor) any { return viewStrategy(t, by) },
		list: s.listStrategies,
	}
}

// strategyView is a strategy or programme as the API shows it.
type strategyView struct {
	entryView
	strategy.Details
	SupersededBy []string `json:"superseded_by"`
}

func viewStrategy(t strategy.Strategy, by access.Actor) strategyView {
	v := strategyView{viewEntry(t.Entry, by), t.Details, t.SupersededBy}
	v.Details.ReviewDue = t.ReviewDue()
	return v
}

// textView is a strategy or programme in short.
type textView struct {
	ID            string            `json:"id"`
	Kind          string            `json:"kind"`
	Basis         entry.Basis       `json:"basis"`
	OriginalTitle string            `json:"original_title"`
	Titles        map[string]string `json:"titles"`
	Status        string            `json:"status"`
	AdoptedOn     string            `json:"adopted_on,omitempty"`
	ValidUntil    string            `json:"valid_until,omitempty"`
	Current       bool              `json:"current"`
	Suspensions   []suspensionView  `json:"suspensions,omitempty"`
}

// texts puts a state's strategies on its card, the newest first, and says whether
// any of those that the reader may see is in force now. It returns them.
func (v *cardView) texts(ctx context.Context, snap *register.Snapshot) ([]strategy.Strategy, error) {
	var f strategy.Filter
	f.State = v.State.Code
	all, err := strategy.List(ctx, snap, f, strategy.After{}, unpaged)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b strategy.Strategy) int { return strings.Compare(b.AdoptedOn, a.AdoptedOn) })
	v.Strategies, v.CurrentStrategy, v.CurrentStrategyNote = []textView{}, "none_recorded", "no current text recorded"
	current := strategy.CurrentAmong(all, snap.At)
	if len(current) > 0 {
		v.CurrentStrategy, v.CurrentStrategyNote = "recorded", ""
	}
	for _, t := range all {
		v.Strategies = append(v.Strategies, textView{
			ID: t.ID, Kind: t.Kind, Basis: t.Basis, OriginalTitle: t.OriginalTitle, Titles: t.Titles,
			Status: t.Status, AdoptedOn: t.AdoptedOn, ValidUntil: t.ValidUntil, Current: current[t.ID],
			Suspensions: viewSuspensions(t.Suspensions),
		})
	}
	return all, nil
}

func (s *Server) listStrategies(c echo.Context) error {
	q := newQuery(c, append([]string{"language", "focus_area", "norm", "status"}, entryFilters...)...)
	common, limit := q.entryFilter(strategy.Kinds)
	f := strategy.Filter{
		Filter:    common,
		Language:  q.language("language"),
		FocusArea: q.matching("focus_area", wordForm, "is a name of small letters, digits and _"),
		Norm:      q.text("norm"),
		Status:    q.text("status", "draft", "adopted", "in_force", "superseded", "expired"),
	}
	if f.Norm != "" && !reference.HasNorm(f.Norm) {
		q.fault("norm", "is no norm that the registry knows: see /v1/reference/norms")
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.list(c, f.Filter, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after strategy.After, limit int) ([]strategy.Strategy, error) {
				return strategy.List(ctx, snap, f, after, limit)
			},
			strategy.Strategy.Place,
			func(t strategy.Strategy) any { return viewStrategy(t, snap.By) })
		a.from, a.until = listed("strategy", f.Filter, snap, got)
		a.sight = sight(s, snap.By, got...)
		a.table = func() table { return strategyTable(got) }
		return a, err
	})
}

// language reads a language in its canonical form.
func (q *query) language(name string) string {
	v := q.values.Get(name)
	if v == "" {
		return ""
	}
	tag, err := valid.Language(v)
	if err != nil {
		q.fault(name, err.Error())
	}
	return tag
}

func strategyTable(strategies []strategy.Strategy) table {
	t := table{head: append(slices.Clone(entryColumns),
		"original_title", "original_language", "title_en", "issuing_body", "status", "status_evidence", "adopted_on",
		"valid_from", "valid_until", "review_due", "focus_areas", "documents", "summary_en")}
	for _, s := range strategies {
		var documents []string
		for _, d := range s.Documents {
			documents = append(documents, d.URL)
		}
		t.rows = append(t.rows, append(entryCells(s.Entry),
			s.OriginalTitle, s.OriginalLanguage, s.Titles["en"], s.IssuingBody, s.Status, s.StatusEvidence, s.AdoptedOn,
			s.ValidFrom, s.ValidUntil, s.ReviewDue(), cellList(s.FocusAreas), cellList(documents), s.Summaries["en"]))
	}
	return t
}
