package httpapi

import (
	"context"
	"math"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

// stateView is a participating state as the API shows it.
type stateView struct {
	Code              string             `json:"code"`
	Alpha3            string             `json:"alpha3"`
	StatementNumber   int                `json:"statement_number"`
	Name              string             `json:"name"` // in the language asked for
	NameLanguage      string             `json:"name_language"`
	Names             map[string]string  `json:"names"` // English as the UN uses it, Polish as in the statement
	Region            string             `json:"region"`
	Subregion         string             `json:"subregion"`
	CoChair           bool               `json:"co_chair"`
	ParticipatesSince string             `json:"participates_since"`
	ParticipatesUntil string             `json:"participates_until,omitempty"`
	Frameworks        []string           `json:"frameworks"` // that it is a member of now
	Memberships       []state.Membership `json:"memberships"`
	Instruments       []state.Instrument `json:"instruments"`
	Represented       bool               `json:"represented"`
	Version           int64              `json:"version"`
}

func viewState(s state.State, wanted []language.Tag, today time.Time) stateView {
	name, tag := state.Name(s.Alpha2, wanted)
	v := stateView{
		Code: s.Alpha2, Alpha3: s.Alpha3, StatementNumber: s.StatementNumber,
		Name: name, NameLanguage: tag.String(), Names: map[string]string{"en": s.NameEN, "pl": s.NamePL},
		Region: s.Region, Subregion: s.Subregion, CoChair: s.CoChair,
		ParticipatesSince: s.ParticipatesSince.Format(time.DateOnly),
		Frameworks:        s.Frameworks(today), Memberships: s.Memberships, Instruments: s.Instruments,
		Represented: s.Represented, Version: s.Version,
	}
	if s.ParticipatesUntil != nil {
		v.ParticipatesUntil = s.ParticipatesUntil.Format(time.DateOnly)
	}
	return v
}

// languages are those that the caller would like names in, best first. A header
// that cannot be read asks for nothing.
func languages(c echo.Context) []language.Tag {
	tags, _, err := language.ParseAcceptLanguage(c.Request().Header.Get("Accept-Language"))
	if err != nil {
		return nil
	}
	return tags
}

func (s *Server) listStates(c echo.Context) error {
	q := newQuery(c, "framework")
	framework := q.values.Get("framework")
	if framework != "" && !reference.HasFramework(framework) {
		q.fault("framework", "is no framework that the registry knows: see /v1/reference/frameworks")
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.cached(c, c.QueryParams(), true, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		states, err := state.List(ctx, snap, framework)
		wanted := languages(c)
		a := whole(snap, states, func(got state.State) any { return viewState(got, wanted, snap.At) })
		a.table = func() table { return stateTable(states, wanted, snap.At) }
		a.from, a.until = stateScope("", snap)
		return a, err
	})
}

func stateTable(states []state.State, wanted []language.Tag, today time.Time) table {
	t := table{head: []string{
		"statement_number", "code", "alpha3", "name", "name_en", "name_pl", "region", "subregion", "co_chair", "frameworks", "represented",
	}}
	for _, s := range states {
		v := viewState(s, wanted, today)
		t.rows = append(t.rows, []string{
			itoa(int64(v.StatementNumber)), v.Code, v.Alpha3, v.Name, s.NameEN, s.NamePL, v.Region, v.Subregion,
			yesNo(v.CoChair), cellList(v.Frameworks), yesNo(v.Represented),
		})
	}
	return t
}

// stateScope is what a state is shown from, and other nouns with it. Its
// memberships are dated: what is shown of them holds for the day.
func stateScope(state string, snap *register.Snapshot, more ...string) (from register.Scope, until time.Time) {
	return register.Scope{Nouns: append([]string{"state", "delegation"}, more...), State: state}, tomorrow(snap)
}

func (s *Server) showState(c echo.Context) error {
	return s.cached(c, nil, true, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := state.Get(ctx, snap, pathText(c, "code"))
		a := answer{version: got.Version, view: viewState(got, languages(c), snap.At)}
		a.from, a.until = stateScope(got.Alpha2, snap)
		return a, err
	})
}

func (s *Server) setInstruments(c echo.Context) error {
	sent, text := read(c, smallBody, matching, jsonTypes, decodeJSON[state.InstrumentsInput])
	code := pathText(c, "code")
	asked := register.Asked{Does: proposal.Replace, Noun: "state", Key: code, Body: text}
	return s.propose(c, text, asked, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := s.States.SetInstruments(ctx, act, code, sent)
		return answer{version: got.Version, view: viewState(got, languages(c), s.Now())}, err
	})
}

// cardView is what a duty officer wants of a state, on one page: the state, its
// contacts in use, what its strategies are, and who speaks for it.
type cardView struct {
	State                stateView       `json:"state"`
	Contacts             []contactView   `json:"contacts"`
	Strategies           []textView      `json:"strategies"`
	CurrentStrategy      string          `json:"current_strategy"`
	CurrentStrategyNote  string          `json:"current_strategy_note,omitempty"`
	Delegation           *delegationView `json:"delegation"`
	TechnicalWithdrawnOn *time.Time      `json:"technical_withdrawn_on,omitempty"`
	RegisterVersion      int64           `json:"register_version"`
}

// unpaged is the limit where a list is wanted whole: it ends with what a state has.
const unpaged = math.MaxInt32

func (s *Server) showCard(c echo.Context) error {
	return s.cached(c, nil, true, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := state.Get(ctx, snap, pathText(c, "code"))
		if err != nil {
			return answer{}, err
		}
		var f contact.Filter
		f.State = got.Alpha2
		contacts, err := contact.List(ctx, snap, f, contact.After{}, unpaged)
		if err != nil {
			return answer{}, err
		}
		view := cardView{
			State: viewState(got, languages(c), snap.At), Contacts: []contactView{}, RegisterVersion: snap.Version,
		}
		technical := false
		for _, k := range contacts {
			view.Contacts = append(view.Contacts, viewContact(k, snap.By))
			technical = technical || k.Kind == contact.Technical && k.Basis == "nominated"
		}
		if !technical {
			withdrawn, err := contact.TechnicalWithdrawnOn(ctx, snap, got.Alpha2)
			if err != nil {
				return answer{}, err
			}
			if on, ok := withdrawn[got.Alpha2]; ok {
				view.TechnicalWithdrawnOn = utc(&on)
			}
		}
		texts, err := view.texts(ctx, snap)
		if err != nil {
			return answer{}, err
		}
		d, ok, err := delegation.Current(ctx, snap, got.Alpha2)
		if err != nil {
			return answer{}, err
		}
		if ok {
			shown := viewDelegation(d, snap.By)
			view.Delegation = &shown
		}
		a := answer{version: snap.Version, view: view}
		a.from, a.until = stateScope(got.Alpha2, snap, "contact", "organisation", "strategy", "suspension")
		a.until = sooner(sooner(a.until, contacts...), texts...)
		a.sight = s.AccessLog.Sight(snap.By, append(notedOf(contacts), notedOf(texts)...)...)
		return a, nil
	})
}
