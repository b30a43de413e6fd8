package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/reach"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
	"pocreg.example/internal/valid"
)

// The most that one question may name.
const (
	mostStates    = 46
	mostLanguages = 10
)

// reachView is whom to reach, as the API shows it.
type reachView struct {
	At              time.Time    `json:"at"`
	Kind            string       `json:"kind"`
	Languages       []string     `json:"languages"`
	Sector          string       `json:"sector,omitempty"`
	Framework       string       `json:"framework,omitempty"`
	States          []ladderView `json:"states"`
	RegisterVersion int64        `json:"register_version"`
}

type ladderView struct {
	State       string     `json:"state"`
	Name        string     `json:"name"`
	Represented bool       `json:"represented"`
	Summary     string     `json:"summary"`
	Steps       []stepView `json:"steps"`
}

// stepView is one on the ladder. What is only of a contact is left out of others.
type stepView struct {
	Step              int                `json:"step"`
	Part              reach.Part         `json:"part"`
	State             string             `json:"state,omitempty"`
	Kind              string             `json:"kind,omitempty"`
	Contact           string             `json:"contact,omitempty"`
	Delegation        string             `json:"delegation,omitempty"`
	Framework         string             `json:"framework,omitempty"`
	Website           string             `json:"website,omitempty"`
	Rank              int                `json:"rank,omitzero"`
	Basis             entry.Basis        `json:"basis,omitempty"`
	TLP               string             `json:"tlp,omitempty"`
	Title             string             `json:"title"`
	TitleEN           string             `json:"title_en,omitempty"`
	Organisation      string             `json:"organisation,omitempty"`
	OrganisationLatin string             `json:"organisation_latin,omitempty"`
	Person            string             `json:"person,omitempty"`
	PersonLatin       string             `json:"person_latin,omitempty"`
	TimeZone          string             `json:"time_zone,omitempty"`
	LocalTime         *time.Time         `json:"local_time,omitempty"`
	Duty              *dutyView          `json:"duty,omitempty"`
	Languages         []string           `json:"languages,omitzero"`
	InCommon          []string           `json:"languages_in_common,omitzero"`
	Covers            []string           `json:"covers,omitzero"`
	Sectors           []string           `json:"sectors,omitzero"`
	Note              string             `json:"note,omitempty"`
	Channels          []reachChannelView `json:"channels"`
	Keys              []reachKeyView     `json:"keys"`
	Freshness         *freshnessView     `json:"freshness,omitempty"`
	Suspensions       []suspensionView   `json:"suspensions,omitempty"`
	Marks             []reach.Mark       `json:"marks"`
	Why               string             `json:"why"`
}

type dutyView struct {
	State contact.DutyState `json:"state"`
	Until *time.Time        `json:"until,omitempty"`
	Next  *time.Time        `json:"next,omitempty"`
	Note  string            `json:"note,omitempty"`
}

type reachChannelView struct {
	ID           string     `json:"id,omitempty"`
	Of           string     `json:"of,omitempty"`
	Type         string     `json:"type"`
	Usage        string     `json:"usage,omitempty"`
	Protocol     string     `json:"protocol,omitempty"`
	Value        string     `json:"value"`
	Note         string     `json:"note,omitempty"`
	ConfirmedAt  *time.Time `json:"confirmed_at,omitempty"`
	ChangedAt    *time.Time `json:"changed_at,omitempty"`
	ChangedHours *int       `json:"changed_hours_ago,omitempty"`
}

type reachKeyView struct {
	Type         string     `json:"type"`
	Fingerprint  string     `json:"fingerprint"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
	AddedAt      time.Time  `json:"added_at"`
	ChangedHours *int       `json:"changed_hours_ago,omitempty"`
}

func viewStep(number int, s reach.Step, at time.Time) stepView {
	v := stepView{
		Step: number, Part: s.Part, State: s.State, Title: s.Title, TitleEN: s.TitleEN,
		Organisation: s.Organisation.Own, OrganisationLatin: s.Organisation.Latin, InCommon: s.InCommon,
		Channels: []reachChannelView{}, Keys: []reachKeyView{}, Marks: s.Marks, Why: s.Why,
	}
	for _, ch := range s.Channels {
		view := reachChannelView{
			ID: ch.ID, Of: ch.Of, Type: ch.Type, Usage: ch.Usage, Protocol: ch.Protocol, Value: ch.Value, Note: ch.Note,
			ConfirmedAt: utc(ch.ConfirmedAt), ChangedHours: ch.ChangedHours,
		}
		if s.Contact != nil {
			view.ChangedAt = utc(&ch.ChangedAt)
		}
		v.Channels = append(v.Channels, view)
	}
	for _, k := range s.Keys {
		v.Keys = append(v.Keys, reachKeyView{
			Type: k.Type, Fingerprint: k.Fingerprint, ExpiresAt: utc(k.ExpiresAt), AddedAt: k.AddedAt.UTC(), ChangedHours: k.ChangedHours,
		})
	}
	if s.Delegation != nil {
		v.Delegation = s.Delegation.ID
	}
	if s.Framework != nil {
		v.Framework, v.Website = s.Framework.Code, s.Framework.Website
	}
	if s.Contact != nil {
		v.contact(s, at)
	}
	return v
}

// contact adds what only a contact has.
func (v *stepView) contact(s reach.Step, at time.Time) {
	c := s.Contact
	v.Kind, v.Contact, v.Rank, v.Basis, v.TLP, v.Note = c.Kind, c.ID, c.Rank, c.Basis, c.TLP, c.Note
	v.Languages, v.Covers, v.Sectors, v.TimeZone = c.Languages, c.Covers, c.Sectors, c.TimeZone
	v.Freshness, v.Suspensions = viewFreshness(c.ConfirmedAt), viewSuspensions(s.Suspensions)
	if c.Person != nil {
		v.Person, v.PersonLatin = c.Person.Name, c.Person.NameLatin
	}
	if s.Zone != nil {
		there := at.In(s.Zone).Truncate(time.Second)
		v.LocalTime = &there
	}
	v.Duty = &dutyView{
		State: s.Duty.State, Until: utc(s.Duty.Until), Next: utc(s.Duty.Next), Note: strings.Join(s.Duty.Notes, "; "),
	}
}

func (s *Server) showReach(c echo.Context) error {
	question, err := reachQuestion(c)
	if err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := reach.Ask(ctx, snap, question)
		if err != nil {
			return answer{}, err
		}
		view := viewReach(question, got, languages(c))
		view.RegisterVersion = snap.Version
		return answer{
			version: snap.Version, view: view, table: func() table { return reachTable(view) },
			sight: sight(s, snap.By, reached(got)...),
		}, nil
	})
}

// reached are the contacts that an answer shows.
func reached(got reach.Answer) []contact.Contact {
	var out []contact.Contact
	for _, l := range got.Ladders {
		for _, step := range l.Steps {
			if step.Contact != nil {
				out = append(out, *step.Contact)
			}
		}
	}
	return out
}

func viewReach(q reach.Question, got reach.Answer, wanted []language.Tag) reachView {
	view := reachView{
		At: got.At, Kind: q.Kind, Languages: append([]string{}, q.Languages...), Sector: q.Sector, Framework: q.Framework,
		States: []ladderView{},
	}
	for _, l := range got.Ladders {
		name, _ := state.Name(l.State.Alpha2, wanted)
		ladder := ladderView{State: l.State.Alpha2, Name: name, Represented: l.State.Represented, Summary: l.Summary, Steps: []stepView{}}
		for i, step := range l.Steps {
			ladder.Steps = append(ladder.Steps, viewStep(i+1, step, got.At))
		}
		view.States = append(view.States, ladder)
	}
	return view
}

// stateForm is a code as a path takes it: alpha-2 or alpha-3, in capitals or not.
var stateForm = regexp.MustCompile(`^[A-Za-z]{2,3}$`)

func reachQuestion(c echo.Context) (reach.Question, error) {
	q := newQuery(c, "state", "framework", "kind", "language", "sector", "at")
	asked := reach.Question{
		States:    q.several("state", mostStates),
		Framework: q.values.Get("framework"),
		Kind:      cmp.Or(q.text("kind", contact.Kinds...), contact.Technical),
		Languages: q.several("language", mostLanguages),
		Sector:    q.matching("sector", wordForm, "is a name of small letters, digits and _"),
	}
	for _, code := range asked.States {
		if !stateForm.MatchString(code) {
			q.fault("state", "is an alpha-2 or alpha-3 code such as PL")
			break
		}
	}
	for i, tag := range asked.Languages {
		canonical, err := valid.Language(tag)
		if err != nil {
			q.fault("language", err.Error())
			break
		}
		asked.Languages[i] = canonical
	}
	switch {
	case len(asked.States) > 0 && asked.Framework != "":
		q.fault("framework", "goes without state: ask for states or for a framework's members")
	case len(asked.States) == 0 && asked.Framework == "":
		q.fault("state", "is missing: say whom to reach, such as state=PL, or framework=GCC for all its members")
	case asked.Framework != "" && !reference.HasFramework(asked.Framework):
		q.fault("framework", "is no framework that the registry knows: see /v1/reference/frameworks")
	}
	if at := q.values.Get("at"); at != "" {
		var err error
		if asked.At, err = time.Parse(time.RFC3339, at); err != nil {
			q.fault("at", "is a time such as 2026-11-26T03:00:00Z (RFC 3339); a + in it is sent as %2B")
		}
	}
	return asked, q.err()
}

// reachTable has a line for each step.
func reachTable(view reachView) table {
	t := table{head: []string{
		"state", "name", "step", "part", "kind", "basis", "tlp", "rank", "title", "title_en", "organisation", "person", "time_zone", "local_time",
		"duty", "until", "next", "duty_note", "channels", "languages", "languages_in_common", "covers", "sectors", "confirmed_at", "marks",
		"website", "contact", "why",
	}}
	for _, l := range view.States {
		for _, s := range l.Steps {
			t.rows = append(t.rows, s.cells(l))
		}
	}
	return t
}

func (v stepView) cells(l ladderView) []string {
	rank, localTime, confirmed := "", "", ""
	var duty dutyView
	if v.Duty != nil {
		duty, rank = *v.Duty, strconv.Itoa(v.Rank)
	}
	if v.LocalTime != nil {
		localTime = v.LocalTime.Format(time.RFC3339)
	}
	if v.Freshness != nil {
		confirmed = cellTime(&v.Freshness.ConfirmedAt)
	}
	var channels, marks []string
	for _, ch := range v.Channels {
		value := ch.Value
		if ch.Type == "phone" {
			value = "tel:" + value
		}
		channels = append(channels, strings.Join(strings.Fields(fmt.Sprint(ch.Of, " ", ch.Usage, ch.Protocol, " ", value)), " "))
	}
	for _, m := range v.Marks {
		marks = append(marks, string(m))
	}
	return []string{
		l.State, l.Name, strconv.Itoa(v.Step), string(v.Part), v.Kind, string(v.Basis), v.TLP, rank, v.Title, v.TitleEN, v.Organisation, v.Person,
		v.TimeZone, localTime, string(duty.State), cellTime(duty.Until), cellTime(duty.Next), duty.Note, cellList(channels),
		cellList(v.Languages), cellList(v.InCommon), cellList(v.Covers), cellList(v.Sectors), confirmed, cellList(marks),
		v.Website, v.Contact, v.Why,
	}
}
