package httpapi_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/reference"
)

// reached is an answer of /v1/reach, so far as the tests look at it.
type reached struct {
	At     time.Time
	States []reachedState
}

type reachedState struct {
	State, Name, Summary string
	Represented          bool
	Steps                []reachedStep
}

type reachedStep struct {
	Step                                          int
	Part, State, Contact, Framework, Basis, Title string
	LocalTime                                     string `json:"local_time"`
	Organisation                                  string
	Duty                                          struct{ State, Until, Next, Note string }
	InCommon                                      []string `json:"languages_in_common"`
	Channels                                      []struct {
		ID, Of, Value string
		ChangedHours  *int `json:"changed_hours_ago"`
	}
	Marks []string
	Why   string
}

// reach asks for a path below /v1/reach?, and holds the answer to what every answer is.
func (c *client) reach(t *testing.T, who, query string, headers ...string) reached {
	t.Helper()
	var got reached
	c.get(t, who, "/v1/reach?"+query, headers...).json(t, &got)
	for _, s := range got.States {
		for i, step := range s.Steps {
			if step.Step != i+1 {
				t.Errorf("GET /v1/reach?%s of %s has step %d at %d", query, s.State, step.Step, i+1)
			}
		}
	}
	return got
}

// parts are the steps of the only state, each as "part:contact", or the framework, or
// "part" alone.
func (r reached) parts() []string {
	out := []string{}
	for _, s := range r.States[0].Steps {
		name := s.Part
		if s.Contact+s.Framework != "" {
			name += ":" + s.Contact + s.Framework
		}
		out = append(out, name)
	}
	return out
}

func (s reachedStep) values() []string {
	out := []string{}
	for _, ch := range s.Channels {
		out = append(out, ch.Value)
	}
	return out
}

func TestReachIsWhatTheCallerMaySee(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	first := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "channels", []object{
		phone("duty", "+3726000100"), email("duty@cert-ee.example"),
		with(phone("mobile", "+37255500100"), "audience", "selected", "selected", object{"states": []string{"LV"}}),
	}))
	open := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "rank", 2, "audience", "public"))
	public := c.add(t, "secretariat KR", "/v1/contacts", found("EE"))
	night := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "rank", 3, "audience", "selected", "selected", object{"states": []string{"LV"}}))
	police := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "kind", "law_enforcement"))
	embassy := c.add(t, "delegate LV", "/v1/contacts", with(technical("LV"), "kind", "diplomatic"))
	korean := c.add(t, "delegate KR", "/v1/contacts", with(technical("KR"), "kind", "diplomatic"))
	c.channels(t, "EE")

	common := []string{"asked:" + first.id, "asked:" + open.id, "asked:" + public.id, "next_kind:" + police.id, "delegation"}
	named := slices.Insert(slices.Clone(common), 2, "asked:"+night.id)
	anybody := []string{"asked:" + open.id, "asked:" + public.id}
	both := []string{"framework:EU", "framework:OSCE", "framework:NATO"}
	for who, want := range map[string][]string{
		"":                      append(slices.Clone(anybody), "own_diplomatic"),
		"narrow partner":        append(slices.Clone(anybody), "own_diplomatic"),
		"cert LV":               append(append(slices.Clone(named), both...), "own_diplomatic:"+embassy.id),
		"delegate PL":           append(append(slices.Clone(common), both...), "own_diplomatic"),
		"partner":               append(slices.Clone(common), "own_diplomatic"),
		"partner EE":            common,
		"delegate EE":           named,
		"secretariat KR":        append(slices.Clone(common), "own_diplomatic:"+korean.id),
		"secretariat PL":        append(append(slices.Clone(common), both...), "own_diplomatic"),
		"auditor":               append(slices.Clone(named), "own_diplomatic"),
		"head_of_delegation QA": append(slices.Clone(common), "own_diplomatic"),
	} {
		got := c.reach(t, who, "state=EE")
		if diff := cmp.Diff(want, got.parts()); diff != "" {
			t.Errorf("reach as %q mismatch (-want +got):\n%s", who, diff)
		}
		values := got.States[0].Steps[0].values()
		if seen, may := slices.Contains(values, "+37255500100"), slices.Contains([]string{"cert LV", "delegate EE", "auditor"}, who); seen != may {
			t.Errorf("reach as %q shows the mobile number that is for LV: %t, want %t", who, seen, may)
		}
	}
}

// channels gives a state's delegation a telephone.
func (c *client) channels(t *testing.T, state string) {
	t.Helper()
	id := text(c.get(t, "delegate "+state, "/v1/delegations?state="+state).items(t)[0], "id")
	tag := c.get(t, "delegate "+state, "/v1/delegations/"+id).etag()
	c.must(t, http.StatusOK, "delegate "+state, "PUT", "/v1/delegations/"+id+"/channels",
		object{"channels": []object{with(phone("duty", "+43151512345"), "of", "mission")}}, "If-Match", tag)
}

// What is not for the caller must not show in order, in number, or in words.
func TestReachShowsNoTraceOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	for _, state := range []string{"EE", "LV"} { // Latvia shows nothing else
		if state == "EE" {
			c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "public", "rank", 2))
		}
		at := "&at=" + url.QueryEscape(time.Now().UTC().Add(time.Hour).Format(time.RFC3339))
		shown := func(who, kind string) object {
			answer := c.get(t, who, "/v1/reach?state="+state+"&kind="+kind+at).object(t)
			delete(answer, "register_version")
			return answer
		}
		people := []string{"", "cert PL", "partner", "secretariat KR", "narrow partner"}
		before := map[string]object{}
		for _, who := range people {
			for _, kind := range []string{"technical", "diplomatic"} {
				before[who+kind] = shown(who, kind)
			}
		}
		hidden := c.add(t, "delegate "+state, "/v1/contacts", with(technical(state), "audience", "selected", "selected", object{"states": []string{"FI"}}))
		for _, who := range people {
			for _, kind := range []string{"technical", "diplomatic"} {
				if diff := cmp.Diff(before[who+kind], shown(who, kind)); diff != "" {
					t.Errorf("reach of %s as %q changed with a contact that is not for it (-before +after):\n%s", state, who, diff)
				}
			}
		}
		if got := c.reach(t, "cert FI", "state="+state+at).parts()[0]; got != "asked:"+hidden.id {
			t.Errorf("reach of %s as whom it is for begins with %s, want the hidden contact", state, got)
		}
	}
}

func TestReachOfAStateThatWithdrew(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	made := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "public"))
	c.must(t, http.StatusOK, "head_of_delegation EE", "POST", made.path+"/withdraw", nil)
	want := "withdrawn on " + time.Now().UTC().Format(time.DateOnly)
	for _, who := range []string{"", "cert PL"} {
		if got := c.reach(t, who, "state=EE").States[0].Summary; !strings.Contains(got, want) {
			t.Errorf("reach as %q says %q, want %q in it", who, got, want)
		}
	}
	if got := c.reach(t, "cert PL", "state=EE&kind=policy").States[0].Summary; strings.Contains(got, "withdrawn") {
		t.Errorf("reach of policy contacts says %q, want nothing of technical ones", got)
	}
}

func TestReachNeverAnswersNothing(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	for _, who := range append(slices.Clone(people), "secretariat US") {
		for _, kind := range []string{"technical", "law_enforcement", "diplomatic", "policy"} {
			var all []string
			for _, s := range reference.States() {
				all = append(all, "state="+s.Alpha2)
			}
			got := c.reach(t, who, strings.Join(all, "&")+"&kind="+kind)
			if len(got.States) != 46 {
				t.Fatalf("reach of all states as %q has %d, want 46", who, len(got.States))
			}
			for _, s := range got.States {
				if len(s.Steps) == 0 || s.Summary == "" || s.Steps[len(s.Steps)-1].Part != "own_diplomatic" {
					t.Errorf("reach of %s as %q is %+v, want a sentence, and the own ministry at last", s.State, who, s)
				}
			}
		}
	}
	if got := c.reach(t, "", "state=EE").States[0].Summary; !strings.Contains(got, "has shown nothing to the public") {
		t.Errorf("reach of a state that shows nothing says to anybody %q", got)
	}
}

func TestReachOfSeveralStates(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	codes := func(r reached) (out []string) {
		for _, s := range r.States {
			out = append(out, s.State)
		}
		return out
	}
	if diff := cmp.Diff([]string{"PL", "EE", "KR"}, codes(c.reach(t, "cert EE", "state=pl&state=EST&state=KR&state=POL"))); diff != "" {
		t.Errorf("reach of several mismatch (-want +got):\n%s", diff)
	}
	var gulf []string
	for _, m := range c.get(t, "", "/v1/states?framework=GCC").items(t) {
		gulf = append(gulf, text(m, "code"))
	}
	if diff := cmp.Diff(gulf, codes(c.reach(t, "cert EE", "framework=GCC"))); diff != "" || len(gulf) != 6 {
		t.Errorf("reach of GCC mismatch (-want +got):\n%s", diff)
	}
	if got := codes(c.reach(t, "cert EE", "framework=EU")); !slices.Contains(got, "EE") {
		t.Errorf("reach of EU as one of Estonia's is of %v, want all members, Estonia too", got)
	}
	if got := c.reach(t, "", "state=KR", "Accept-Language", "pl").States[0].Name; got != "Republika Korei" {
		t.Errorf("reach of KR in Polish is of %q, want Republika Korei", got)
	}
}

func TestReachAtAMoment(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	team := c.add(t, "delegate EE", "/v1/organisations", agency("EE"))
	year := time.Now().UTC().Year() + 1
	desk := c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"),
		"organisation", team.id, "time_zone", "Europe/Tallinn", "languages", []string{"et", "en-GB"},
		"availability", object{"weekly": []object{{"days": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "from": "08:00", "to": "16:00"}}}))
	at := time.Date(year, time.January, 20, 7, 30, 0, 0, time.UTC) // half past nine there

	got := c.reach(t, "cert PL", "state=EE&language=en&at="+url.QueryEscape(at.In(time.FixedZone("", 3600)).Format(time.RFC3339)))
	step := got.States[0].Steps[0]
	if !got.At.Equal(at) || step.Contact != desk.id || step.Organisation != "National Cyber Agency" {
		t.Errorf("reach at %s is of %s and of %+v, want the desk at that moment", at, got.At, step)
	}
	duty := [...]string{step.LocalTime, step.Duty.State, step.Duty.Until, step.Duty.Next, step.Duty.Note}
	want := [...]string{
		at.In(time.FixedZone("", 7200)).Format(time.RFC3339), "on", at.Add(6*time.Hour + 30*time.Minute).Format(time.RFC3339),
		at.Add(22*time.Hour + 30*time.Minute).Format(time.RFC3339), "no holidays are recorded for " + fmt.Sprint(year),
	}
	if duty != want {
		t.Errorf("reach at %s says %q of duty, want %q", at, duty, want)
	}
	if diff := cmp.Diff([]string{"en-GB"}, step.InCommon); diff != "" {
		t.Errorf("the languages in common mismatch (-want +got):\n%s", diff)
	}
	// A new contact's channels are new.
	now := c.reach(t, "cert PL", "state=EE").States[0].Steps[0]
	if len(now.Channels) != 2 || now.Channels[0].ChangedHours == nil || *now.Channels[0].ChangedHours != 0 || !slices.Contains(now.Marks, "changed_lately") {
		t.Errorf("reach of a new contact shows %+v, marked %v, want that it is new", now.Channels, now.Marks)
	}
	if slices.Contains(step.Marks, "changed_lately") {
		t.Errorf("reach months later shows the marks %v, want no news", step.Marks)
	}
}

func TestReachIsATable(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "office_title", "=1+1"))
	c.channels(t, "EE")
	rows, err := csv.NewReader(strings.NewReader(string(c.get(t, "cert PL", "/v1/reach?state=EE&state=KR", "Accept", "text/csv").body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) (out []string) {
		i := slices.Index(rows[0], name)
		for _, row := range rows[1:] {
			out = append(out, row[i])
		}
		return out
	}
	for name, want := range map[string][]string{
		"state":    {"EE", "EE", "EE", "EE", "EE", "EE", "KR"},
		"step":     {"1", "2", "3", "4", "5", "6", "1"},
		"part":     {"asked", "delegation", "framework", "framework", "framework", "own_diplomatic", "own_diplomatic"},
		"tlp":      {"TLP:GREEN", "", "", "", "", "", ""},
		"duty":     {"on", "", "", "", "", "", ""},
		"channels": {"duty tel:+48221234567; duty@cert.example", "mission duty tel:+43151512345", "", "", "", "", ""},
	} {
		if diff := cmp.Diff(want, column(name)); diff != "" {
			t.Errorf("the column %s mismatch (-want +got):\n%s", name, diff)
		}
	}
	if got := column("title")[0]; got != "'=1+1" {
		t.Errorf("a title that begins a formula is the cell %q, want it made harmless", got)
	}
}

func TestReachIsCachedForItsMoment(t *testing.T) {
	t.Parallel()
	c := serve(t, fixture.New(t))
	path := "/v1/reach?state=EE&at=" + time.Now().UTC().Format("2006-01-02T15:04:05Z")
	tag := c.get(t, "cert PL", path).etag()
	c.must(t, http.StatusNotModified, "cert PL", "GET", path, nil, "If-None-Match", tag)
	c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	c.must(t, http.StatusOK, "cert PL", "GET", path, nil, "If-None-Match", tag)
}

func TestReachSaysWhoIsInDispute(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	c := serve(t, w)
	c.add(t, "delegate EE", "/v1/contacts", with(technical("EE"), "audience", "public"))
	id := text(c.get(t, "delegate EE", "/v1/delegations?state=EE").items(t)[0], "id")
	if _, err := w.Delegations.Contest(t.Context(), w.Pair(t), id); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]string{"": "unrepresented", "cert PL": "contested", "partner": "contested", "narrow partner": "unrepresented"} {
		got := c.reach(t, who, "state=EE").States[0]
		if got.Represented || !slices.Contains(got.Steps[0].Marks, want) {
			t.Errorf("reach as %q is marked %v, represented: %t, want %s", who, got.Steps[0].Marks, got.Represented, want)
		}
	}
}
