package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/valid"
)

// overseerView is one of the secretariat, as all participants may know them.
type overseerView struct {
	Name    string `json:"name"`
	CoChair string `json:"co_chair"`
}

// mandateView is who acts without belonging to a state, on what and until when.
type mandateView struct {
	ID         string         `json:"id"`
	Role       access.Role    `json:"role"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Basis      string         `json:"basis,omitempty"`
	From       *time.Time     `json:"from,omitempty"`
	Until      *time.Time     `json:"until,omitempty"`
	EndedAt    *time.Time     `json:"ended_at,omitempty"`
	AdmittedAt time.Time      `json:"admitted_at"`
	AdmittedBy []overseerView `json:"admitted_by"`
	Version    int64          `json:"version"`
}

func viewMandate(m account.Admitted) mandateView {
	return mandateView{
		ID: m.ID, Role: m.Role, Name: m.Name, Kind: m.Kind, Basis: text(m.Basis), From: utc(m.Since), Until: utc(m.Until),
		EndedAt: utc(m.EndedAt), AdmittedAt: m.AdmittedAt.UTC(), AdmittedBy: viewOverseers(m.By()), Version: m.Version,
	}
}

func viewOverseers(all []account.Overseer) []overseerView {
	views := []overseerView{}
	for _, one := range all {
		views = append(views, overseerView(one))
	}
	return views
}

// mandateScope is what a list of mandates is made from.
var mandateScope = register.Scope{Nouns: []string{"role"}}

func (s *Server) listMandates(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q := newQuery(c, "role", "limit", "cursor")
	role := access.Role(q.text("role", string(access.Auditor), string(access.Partner)))
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.cached(c, c.QueryParams(), false, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after account.AdmittedAfter, limit int) ([]account.Admitted, error) {
				return account.ListAdmitted(ctx, snap, role, after, limit)
			},
			func(m account.Admitted) account.AdmittedAfter {
				return account.AdmittedAfter{AdmittedAt: m.AdmittedAt, ID: m.ID}
			},
			func(m account.Admitted) any { return viewMandate(m) })
		a.table, a.from = func() table { return mandateTable(got) }, mandateScope
		return a, err
	})
}

func mandateTable(mandates []account.Admitted) table {
	t := table{head: []string{"id", "role", "name", "kind", "basis", "from", "until", "ended_at", "admitted_at", "admitted_by"}}
	for _, m := range mandates {
		v := viewMandate(m)
		t.rows = append(t.rows, []string{
			v.ID, string(v.Role), v.Name, v.Kind, v.Basis, cellTime(v.From), cellTime(v.Until), cellTime(v.EndedAt), cellTime(&v.AdmittedAt),
			cellOverseers(v.AdmittedBy),
		})
	}
	return t
}

func cellOverseers(all []overseerView) string {
	var cells []string
	for _, one := range all {
		cells = append(cells, one.Name+" ("+one.CoChair+")")
	}
	return cellList(cells)
}

func (s *Server) showMandate(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.cached(c, nil, false, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := account.GetAdmitted(ctx, snap, id)
		return answer{version: got.Version, view: viewMandate(got), from: mandateScope}, err
	})
}

func (s *Server) admit(c echo.Context) error {
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[admission.AdmitInput])
	return s.propose(c, text, register.Asked{}, func(ctx context.Context, act register.Act) (answer, error) {
		link, err := s.Admission.Admit(ctx, act, sent)
		return answer{handed: &handedView{Link: link}}, err
	})
}

func (s *Server) extendMandate(c echo.Context) error {
	return amendMandate(s, c, jsonTypes, decodeJSON[admission.ExtendInput], s.Admission.Extend)
}

func (s *Server) endMandate(c echo.Context) error {
	return amendMandate(s, c, nil, decodeNothing, s.Admission.End)
}

// amendMandate serves what two of the secretariat change of a mandate.
func amendMandate[V any](s *Server, c echo.Context, types []string, decode func([]byte) (V, error),
	do func(context.Context, register.Act, string, register.Sent[V]) error,
) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, unconditional, types, decode)
	return s.propose(c, text, register.Asked{}, func(ctx context.Context, act register.Act) (answer, error) {
		return answer{}, do(ctx, act, id, sent)
	})
}

// pickUp is what opens an invitation to a token.
type pickUp struct {
	Link string `json:"link" validate:"required,max=500"`
	Code string `json:"code" validate:"required,max=100"`
}

// pickUpToken gives whoever was admitted their token: they have none yet to send.
func (s *Server) pickUpToken(c echo.Context) error {
	sent, _ := read(c, smallBody, unconditional, jsonTypes, decodeJSON[pickUp])
	if sent.Err != nil {
		return sent.Err
	}
	if err := newQuery(c).err(); err != nil {
		return err
	}
	if _, err := accepted(c, false); err != nil {
		return err
	}
	if err := valid.Struct(&sent.Body); err != nil {
		return err
	}
	got, secret, err := s.Admission.PickUp(c.Request().Context(), signin.Browser{Address: c.RealIP()}, sent.Body.Link, sent.Body.Code)
	if err != nil {
		return err
	}
	view := viewToken(got)
	view.Secret = secret
	a := answer{
		status: http.StatusCreated, version: got.Version, view: view, uncached: true,
		header: map[string]string{"Location": "/v1/tokens/" + got.ID}, epoch: s.Register.Epoch(), register: s.Register.Latest(),
	}
	return a.write(c)
}
