package httpapi

import (
	"context"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// withheldView is what the secretariat sees of an entry that is not for it.
type withheldView struct {
	ID        string         `json:"id"`
	Noun      string         `json:"noun"`
	State     string         `json:"state"`
	Kind      string         `json:"kind"`
	Standing  entry.Standing `json:"standing"`
	Freshness *freshnessView `json:"freshness,omitempty"`
}

func viewWithheld(w entry.Withheld) any {
	return withheldView{
		ID: w.ID, Noun: w.Noun, State: w.State, Kind: w.Kind, Standing: w.Standing, Freshness: viewFreshness(w.ConfirmedAt),
	}
}

func (s *Server) listWithheld(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	if actor(c).Role != access.Secretariat {
		return problem.Errorf(problem.Forbidden, "this list is the secretariat's: it shows that there are entries which are not for it")
	}
	q := newQuery(c, "state", "limit", "cursor")
	state := q.matching("state", alpha2Form, "is an alpha-2 code such as PL")
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after string, limit int) ([]entry.Withheld, error) {
				return entry.ListWithheld(ctx, snap, state, after, limit)
			},
			func(w entry.Withheld) string { return w.ID }, viewWithheld)
		a.uncached = true
		a.table = func() table {
			t := table{head: []string{"id", "noun", "state", "kind", "standing", "confirmed_at"}}
			for _, w := range got {
				t.rows = append(t.rows, []string{
					w.ID, w.Noun, w.State, w.Kind, string(w.Standing), cellTime(w.ConfirmedAt),
				})
			}
			return t
		}
		return a, err
	})
}
