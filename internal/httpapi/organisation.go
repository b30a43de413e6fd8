package httpapi

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/register"
)

func (s *Server) organisations() entries[organisation.Organisation, organisation.Input] {
	return entries[organisation.Organisation, organisation.Input]{
		server: s, path: "/v1/organisations", noun: "organisation", limit: smallBody, store: s.Organisations,
		get: organisation.Get, entry: func(o organisation.Organisation) entry.Entry { return o.Entry },
		view: func(o organisation.Organisation, by access.Actor) any { return viewOrganisation(o, by) },
		list: s.listOrganisations,
	}
}

// organisationView is an organisation as the API shows it.
type organisationView struct {
	entryView
	organisation.Details
}

func viewOrganisation(o organisation.Organisation, by access.Actor) organisationView {
	return organisationView{viewEntry(o.Entry, by), o.Details}
}

func (s *Server) listOrganisations(c echo.Context) error {
	q := newQuery(c, entryFilters...)
	common, limit := q.entryFilter(organisation.Kinds)
	if err := q.err(); err != nil {
		return err
	}
	f := organisation.Filter{Filter: common}
	return s.list(c, f.Filter, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after organisation.After, limit int) ([]organisation.Organisation, error) {
				return organisation.List(ctx, snap, f, after, limit)
			},
			organisation.Organisation.Place,
			func(o organisation.Organisation) any { return viewOrganisation(o, snap.By) })
		a.from, a.until = listed("organisation", f.Filter, snap, got)
		a.sight = sight(s, snap.By, got...)
		a.table = func() table { return organisationTable(got) }
		return a, err
	})
}

func organisationTable(organisations []organisation.Organisation) table {
	t := table{head: append(slices.Clone(entryColumns),
		"name", "name_language", "name_latin", "name_en", "website", "rfc2350_url", "security_txt_url", "address", "note")}
	for _, o := range organisations {
		t.rows = append(t.rows, append(entryCells(o.Entry),
			o.Name, o.NameLanguage, o.NameLatin, o.NameEN, o.Website, o.RFC2350URL, o.SecurityTXTURL, o.Address, o.Note))
	}
	return t
}
