package httpapi

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/register"
)

// overseenView is something that the secretariat did with its own powers.
type overseenView struct {
	At     time.Time      `json:"at"`
	Act    string         `json:"act"`
	Noun   string         `json:"noun"`
	About  string         `json:"about,omitempty"` // the id of the entry, the delegation or the mandate
	Entry  string         `json:"entry_noun,omitempty"`
	State  string         `json:"state,omitempty"`
	Role   access.Role    `json:"role,omitempty"`
	Name   string         `json:"name,omitempty"`
	Reason string         `json:"reason,omitempty"`
	Until  *time.Time     `json:"until,omitempty"`
	By     []overseerView `json:"by"`

	Version int64 `json:"version"`
}

func viewOverseen(o admission.Overseen) overseenView {
	v := overseenView{
		At: o.At.UTC(), Act: o.Act, Noun: o.Noun, About: text(o.About), Entry: text(o.EntryNoun), State: text(o.State), Name: text(o.Name),
		Reason: text(o.Reason), Until: utc(o.Until), By: viewOverseers(o.By()), Version: o.Version,
	}
	if o.Role != nil {
		v.Role = *o.Role
	}
	return v
}

// listOversight answers with what the secretariat did. It is not kept: whoever narrows
// an entry's audience takes its suspensions from others' sight.
func (s *Server) listOversight(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q := newQuery(c, "state", "limit", "cursor")
	state := q.matching("state", alpha2Form, "is an alpha-2 code such as PL")
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after admission.OverseenAfter, limit int) ([]admission.Overseen, error) {
				return admission.ListOverseen(ctx, snap, state, after, limit)
			},
			func(o admission.Overseen) admission.OverseenAfter {
				return admission.OverseenAfter{Version: o.Version, Ordinal: o.Ordinal}
			},
			func(o admission.Overseen) any { return viewOverseen(o) })
		a.table = func() table { return oversightTable(got) }
		return a, err
	})
}

func oversightTable(acts []admission.Overseen) table {
	t := table{head: []string{"at", "act", "noun", "about", "entry_noun", "state", "role", "name", "reason", "until", "by", "version"}}
	for _, o := range acts {
		v := viewOverseen(o)
		t.rows = append(t.rows, []string{
			cellTime(&v.At), v.Act, v.Noun, v.About, v.Entry, v.State, string(v.Role), v.Name, v.Reason, cellTime(v.Until),
			cellOverseers(v.By), itoa(v.Version),
		})
	}
	return t
}
