package httpapi

import (
	"context"
	"net/url"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

// The sizes of a page.
const (
	usualPage   = 50
	largestPage = 500
)

var (
	alpha2Form = regexp.MustCompile(`^[A-Z]{2}$`)
	wordForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

// listView is one page of a list.
type listView struct {
	Items           []any   `json:"items"`
	Next            *string `json:"next"` // the cursor of the next page; null on the last
	RegisterVersion int64   `json:"register_version"`
}

// page answers with one page of a list. fetch returns at most limit rows after
// a place, place says where a row stands.
func page[T, K any](c echo.Context, snap *register.Snapshot, limit int,
	fetch func(after K, limit int) ([]T, error), place func(T) K, view func(T) any,
) (a answer, got []T, err error) {
	list := listName(c.Request().URL.Path, c.QueryParams())
	after, err := decodeCursor[K](c.QueryParam("cursor"), snap.Epoch, list)
	if err != nil {
		return answer{}, nil, err
	}
	got, err = fetch(after, limit+1)
	if err != nil {
		return answer{}, nil, err
	}
	body := listView{Items: []any{}, RegisterVersion: snap.Version}
	a = answer{version: snap.Version}
	if len(got) > limit {
		got = got[:limit]
		next, err := encodeCursor(snap.Epoch, list, place(got[limit-1]))
		if err != nil {
			return answer{}, nil, err
		}
		body.Next = &next
		values := url.Values{}
		for name, v := range c.QueryParams() {
			values[name] = v
		}
		values.Del("min_version") // that of who asks: the Link is kept for others, too
		values.Set("cursor", next)
		a.header = map[string]string{"Link": "<" + c.Request().URL.Path + "?" + values.Encode() + `>; rel="next"`}
	}
	for _, row := range got {
		body.Items = append(body.Items, view(row))
	}
	a.view = body
	return a, got, nil
}

// wholeView is a list that has one page.
type wholeView struct {
	Items           []any `json:"items"`
	RegisterVersion int64 `json:"register_version"`
}

// whole answers with a list that has one page.
func whole[T any](snap *register.Snapshot, rows []T, view func(T) any) answer {
	body := wholeView{Items: []any{}, RegisterVersion: snap.Version}
	for _, row := range rows {
		body.Items = append(body.Items, view(row))
	}
	return answer{version: max(snap.Version, 1), view: body}
}

// list answers with a list of entries: one that was given before, unless the
// filter looks at the clock.
func (s *Server) list(c echo.Context, f entry.Filter, fn func(context.Context, *register.Snapshot) (answer, error)) error {
	if f.Freshness != "" {
		return s.read(c, fn)
	}
	return s.cached(c, c.QueryParams(), false, fn)
}

// listed is what a list of entries is made from, and until when it holds: who is
// a member of a framework depends on the date, and suspensions lapse.
func listed[T lapsing](noun string, f entry.Filter, snap *register.Snapshot, got []T) (from register.Scope, until time.Time) {
	if f.Framework != "" {
		until = tomorrow(snap)
	}
	return entryScope(noun, f.State), sooner(until, got...)
}

// tomorrow is when the date changes, in UTC, which is the database's.
func tomorrow(snap *register.Snapshot) time.Time {
	return snap.At.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
}

// entryFilters are the query parameters that every list of entries takes.
var entryFilters = []string{
	"state", "framework", "kind", "basis", "standing", "freshness", "changed_after", "limit", "cursor",
}

func (q *query) entryFilter(kinds []string) (entry.Filter, int) {
	f := entry.Filter{
		State:     q.matching("state", alpha2Form, "is an alpha-2 code such as PL"),
		Framework: q.values.Get("framework"),
		Kind:      q.text("kind", kinds...),
		Basis:     q.text("basis", string(entry.Nominated), string(entry.PublicSource)),
		Standing:  q.text("standing", "active", "retired", "withdrawn", "rejected", "any"),
		Freshness: q.text("freshness", entry.Freshnesses...),
		Changed:   q.number("changed_after", 0, 1<<53, 0),
	}
	if f.Framework != "" && !reference.HasFramework(f.Framework) {
		q.fault("framework", "is no framework that the registry knows: see /v1/reference/frameworks")
	}
	return f, int(q.number("limit", 1, largestPage, usualPage))
}
