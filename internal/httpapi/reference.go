package httpapi

import (
	"context"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

type normView struct {
	Code   string            `json:"code"`
	Titles map[string]string `json:"titles"`
}

type cbmView struct {
	Framework string            `json:"framework"`
	Code      string            `json:"code"`
	Year      int               `json:"year"`
	Titles    map[string]string `json:"titles"`
}

type frameworkView struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	NamePL  string   `json:"name_pl"`
	Website string   `json:"website"`
	Members []string `json:"members"` // among the participating states, as loaded
}

type instrumentView struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	NamePL   string `json:"name_pl"`
	OpenedOn string `json:"opened_on"`
}

// fixed serves a list that changes with the program only.
func fixed[T any](s *Server, rows []T, view func(T) any, head []string, cells func(T) []string) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := newQuery(c).err(); err != nil {
			return err
		}
		return s.cached(c, nil, false, func(_ context.Context, snap *register.Snapshot) (answer, error) {
			a := whole(snap, rows, view)
			a.from = register.Scope{Nouns: []string{"reference"}} // which no write changes
			a.table = func() table {
				t := table{head: head}
				for _, row := range rows {
					t.rows = append(t.rows, cells(row))
				}
				return t
			}
			return a, nil
		})
	}
}

func (s *Server) referenceRoutes(e *echo.Echo) {
	e.GET("/v1/reference/norms", fixed(s, reference.Norms(),
		func(n reference.Norm) any { return normView{n.Code, n.Titles} },
		[]string{"code", "title_en", "title_pl"},
		func(n reference.Norm) []string { return []string{n.Code, n.Titles["en"], n.Titles["pl"]} }))
	e.GET("/v1/reference/cbms", fixed(s, reference.CBMs(),
		func(b reference.CBM) any { return cbmView{b.Framework, b.Code, b.Year, b.Titles} },
		[]string{"framework", "code", "year", "title_en"},
		func(b reference.CBM) []string {
			return []string{b.Framework, b.Code, itoa(int64(b.Year)), b.Titles["en"]}
		}))
	e.GET("/v1/reference/frameworks", fixed(s, reference.Frameworks(),
		func(f reference.Framework) any {
			return frameworkView{f.Code, f.Name, f.NamePL, f.Website, membersOf(f.Code)}
		},
		[]string{"code", "name", "name_pl", "website", "members"},
		func(f reference.Framework) []string {
			return []string{f.Code, f.Name, f.NamePL, f.Website, cellList(membersOf(f.Code))}
		}))
	e.GET("/v1/reference/instruments", fixed(s, reference.Instruments(),
		func(i reference.Instrument) any { return instrumentView{i.Code, i.Name, i.NamePL, i.OpenedOn} },
		[]string{"code", "name", "name_pl", "opened_on"},
		func(i reference.Instrument) []string { return []string{i.Code, i.Name, i.NamePL, i.OpenedOn} }))
}

func membersOf(framework string) []string {
	members := []string{}
	for _, m := range reference.Memberships() {
		if m.Framework == framework {
			members = append(members, m.State)
		}
	}
	return members
}
