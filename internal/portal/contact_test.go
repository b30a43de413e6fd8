package portal_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/register"
)

// desk is a whole technical contact, as a form says it.
var desk = []string{
	"kind", "technical", "office_title", "CERT-EE duty desk", "rank", "1", "languages", "et en", "time_zone", "Europe/Tallinn",
	"covers", "whole_state", "covers", "government", "hours", "always", "audience", "participants", "note", "",
	"channels-0-id", "", "channels-0-how", "phone:duty", "channels-0-value", "+372 663 0299", "channels-0-note", "",
	"channels-1-id", "", "channels-1-how", "email", "channels-1-value", "cert@cert.ee", "channels-1-note", "not at night",
	"channels-2-id", "", "channels-2-how", "phone:duty", "channels-2-value", "", "channels-2-note", "",
}

// with is a form with some of its fields filled in otherwise.
func with(form []string, pairs ...string) []string {
	out := append([]string{}, form...)
	for i := 0; i+1 < len(pairs); i += 2 {
		found := false
		for j := 0; j+1 < len(out); j += 2 {
			if out[j] == pairs[i] {
				out[j+1], found = pairs[i+1], true
			}
		}
		if !found {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return out
}

// two has two of Estonia's people decide.
func (s *site) two(t *testing.T) {
	t.Helper()
	act := s.world.By(t, "head_of_delegation EE")
	_, err := s.world.Delegations.ChooseMode(t.Context(), act, act.By.Delegation, register.Sent[delegation.ModeInput]{
		If: register.Precondition{None: true}, Body: delegation.ModeInput{Mode: delegation.TwoPerson},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// version is the register's.
func (s *site) version(t *testing.T) int64 {
	t.Helper()
	var version int64
	err := s.world.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		version = snap.Version
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// led is where an answer leads.
func (m *member) led(got answer) string {
	m.Helper()
	return m.must(http.StatusSeeOther, got).header.Get("Location")
}

func TestADelegateNamesAContactThatOthersFind(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	if page := m.must(200, m.get("/contacts/new")); !strings.Contains(page.body, `value="law_enforcement"`) {
		t.Errorf("the kinds to choose from are %s", page.body)
	}
	if page := m.must(200, m.get("/contacts/new?kind=technical")); !strings.Contains(page.body, `value="phone:duty" selected`) {
		t.Errorf("the form of a technical contact does not begin with a duty phone: %s", page.body)
	}
	at := m.led(m.post("/contacts/new", desk...))
	page := m.must(200, m.get(at))
	for _, want := range []string{
		"CERT-EE duty desk", `href="tel:&#43;3726630299"`, `href="mailto:cert@cert.ee"`, "(not at night)", "Around the clock",
		"The whole state, Government", "Europe/Tallinn", "et, en", "Confirmed by the state on", `href="` + at + `/change"`,
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the contact's page has no %s: %s", want, page.body)
		}
	}
	if strings.Contains(page.body, "Incomplete") {
		t.Errorf("a whole contact is shown as incomplete: %s", page.body)
	}
	for name, v := range map[string]*visitor{
		"Poland's": s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Delegate}).visitor, "everybody": s.visitor(t),
	} {
		card, one := v.must(200, v.get("/states/ee")), v.get(at)
		if sees := strings.Contains(card.body, "CERT-EE duty desk"); sees != (name != "everybody") || sees != (one.status == 200) {
			t.Errorf("%s see it on Estonia's page: %v, and on its own: %d", name, sees, one.status)
		}
		if strings.Contains(card.body+one.body, "/change") || strings.Contains(card.body, "/contacts/new") {
			t.Errorf("%s are offered to change it", name)
		}
	}
	v := s.visitor(t)
	if hidden, nothing := v.get(at), v.get("/contacts/00000000-0000-4000-8000-000000000000"); hidden.status != 404 ||
		strings.ReplaceAll(hidden.body, hidden.header.Get("Request-Id"), "") != strings.ReplaceAll(strings.ReplaceAll(nothing.body, nothing.header.Get("Request-Id"), ""), "00000000-0000-4000-8000-000000000000", strings.TrimPrefix(at, "/contacts/")) {
		t.Errorf("what may not be read answers otherwise than what is not there: %s", hidden.body)
	}
	v.must(404, v.get("/contacts/"+strings.Repeat("-", 36)))
	v.must(404, v.get("/states/xx"))
}

func TestAContactsFormSaysWhatToMendAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	before := s.version(t)
	page := m.must(422, m.post("/contacts/new", with(desk, "channels-0-value", "", "channels-1-value", "no mailbox", "rank", "first",
		"time_zone", "Tallinn", "hours", "weekdays", "from", "9 o'clock", "audience", "selected", "states", "ee xq", "languages", "et en_")...))
	for _, want := range []string{
		`id="channels-1-value-error"`, `id="rank-error"`, `id="time_zone-error"`, `id="states-error"`, `id="languages-error"`,
		`href="#hours"`, `value="no mailbox"`, `value="not at night"`, `value="EE XQ"`, `value="first"`, "<title>Error: ",
	} {
		if want = strings.ReplaceAll(want, "EE XQ", "ee xq"); !strings.Contains(page.body, want) {
			t.Errorf("the page has no %s: %s", want, page.body)
		}
	}
	m.must(422, m.post("/contacts/new", "kind", "nothing"))
	m.must(422, m.post("/contacts/new", with(desk, "office_title", strings.Repeat("x", 201))...))
	if got := s.version(t); got != before {
		t.Errorf("the register went from version %d to %d", before, got)
	}
}

func TestWhatAFormDoesNotAskForStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	made, err := s.world.Contacts.Add(t.Context(), s.world.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common: common("EE", "technical", "selected", "FI"),
		Details: contact.Details{
			OfficeTitle: "Night watch", Person: &contact.Person{Name: "Mart Saar"}, Capabilities: []string{"forensics"},
			Availability: &contact.Availability{Weekly: []contact.Hours{{Days: []string{"sat", "sun"}, From: "10:00", To: "18:00"}}},
			TimeZone:     "Europe/Tallinn",
		},
		Channels: []contact.ChannelInput{{Type: "phone", Usage: "duty", Value: "+3726630299"}, {Type: "messaging", Protocol: "wire", Value: "night"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	page := m.must(200, m.get("/contacts/"+made.ID+"/change"))
	form := []string{}
	for _, f := range regexp.MustCompile(`<input[^>]* name="([^"]+)"[^>]*>`).FindAllStringSubmatch(page.body, -1) {
		value := regexp.MustCompile(` value="([^"]*)"`).FindStringSubmatch(f[0])
		if strings.Contains(f[0], `type="radio"`) || strings.Contains(f[0], `type="checkbox"`) {
			if !strings.Contains(f[0], " checked") {
				continue
			}
		}
		if value == nil {
			value = []string{"", ""}
		}
		form = append(form, f[1], html.UnescapeString(value[1]))
	}
	for _, f := range regexp.MustCompile(`(?s)<select id="([^"]+)".*?</select>`).FindAllStringSubmatch(page.body, -1) {
		how := "phone:duty"
		if chosen := regexp.MustCompile(`value="([^"]+)" selected`).FindStringSubmatch(f[0]); chosen != nil {
			how = chosen[1]
		}
		form = append(form, f[1], how)
	}
	form = with(form, "office_title", "Night watch of CERT-EE", "note", "rings long")
	m.leads(m.post("/contacts/"+made.ID+"/change", form...), "/contacts/"+made.ID)
	var now contact.Contact
	err = s.world.Register.Read(t.Context(), m.actor(t), func(snap *register.Snapshot) (err error) {
		now, err = contact.Get(t.Context(), snap, made.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if now.OfficeTitle != "Night watch of CERT-EE" || now.Note != "rings long" || now.Person == nil || len(now.Capabilities) != 1 ||
		len(now.Availability.Weekly) != 1 || now.Audience != "selected" || strings.Join(now.AudienceStates, " ") != "FI" ||
		len(now.Channels) != 2 || now.Channels[0].ID != made.Channels[0].ID || now.Channels[1].Protocol != "wire" {
		t.Errorf("the contact now says %+v", now)
	}
	if got := m.post("/contacts/"+made.ID+"/change", form...); got.status != 412 || !strings.Contains(got.body, "Night watch of CERT-EE") {
		t.Errorf("a form that was read before the change = %d %s", got.status, got.body)
	}
	stranger := s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Delegate})
	stranger.must(404, stranger.post("/contacts/"+made.ID+"/change", form...))
	stranger.must(404, stranger.get("/contacts/"+made.ID+"/history"))
	if page := m.must(200, m.get("/contacts/"+made.ID+"/history")); !strings.Contains(page.body, "Night watch of CERT-EE") || !strings.Contains(page.body, "Ada Tamm") {
		t.Errorf("the history says %s", page.body)
	}
}

func TestADelegateConfirmsWhatWasRead(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.member(t, ada)
	at := m.led(m.post("/contacts/new", desk...))
	version := find(t, m.get(at), `name="version" value="([^"]+)"`)
	m.leads(m.post(at+"/confirm", "version", version), at)
	m.must(412, m.post(at+"/confirm", "version", version))
	m.must(412, m.post(at+"/confirm"))
	stranger := s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Delegate})
	before := s.version(t)
	stranger.must(403, stranger.post(at+"/confirm", "version", version))
	stranger.must(403, stranger.get(at+"/change"))
	if got := s.version(t); got != before {
		t.Error("and something was changed")
	}
}

func TestReadingAPageIsNoted(t *testing.T) {
	t.Parallel()
	var log *accesslog.Log
	s := serve(t, func(api *httpapi.Server) {
		log = accesslog.New(nil, api.Log, 30, 1000, api.Now)
		api.AccessLog = log
	})
	m := s.member(t, ada)
	at := m.led(m.post("/contacts/new", desk...))
	m.must(200, m.get(at))
	if got := log.Waiting(); got != 0 {
		t.Fatalf("the own state's reading is noted: %d entries", got)
	}
	reader := s.member(t, newcomer{"Jan Nowak", "jan@msz.example", "PL", access.Delegate})
	for n, path := range []string{"/states/EE", at, at + "/history"} {
		reader.must(200, reader.get(path))
		if got := log.Waiting(); got != 1 {
			t.Errorf("after page %d, %s, %d entries are noted, want 1: the same in a minute", n, path, got)
		}
	}
	for _, path := range []string{"/states/EE", at} {
		v := s.visitor(t)
		v.get(path)
	}
	if got := log.Waiting(); got != 1 {
		t.Errorf("who is not signed in is noted: %d", got)
	}
}

func TestADutyDeviceReadsContactsAndChangesNone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	heads, m := s.member(t, head), s.member(t, ada)
	at := m.led(m.post("/contacts/new", desk...))
	offer := heads.must(200, heads.post("/people/device", "office", "CERT-EE duty desk"))
	d := s.visitor(t)
	d.leads(d.post(strings.TrimPrefix(find(t, offer, `id="link">([^<]+)<`), origin), "code", find(t, offer, `id="code">([^<]+)<`)), "/account")
	page := d.must(200, d.get(at))
	for _, no := range []string{"/confirm", "/change", "/proposals"} {
		if strings.Contains(page.body, no) {
			t.Errorf("a duty device is offered %s", no)
		}
	}
	before := s.version(t)
	d.must(403, d.get("/contacts/new"))
	d.must(403, d.post("/contacts/new", desk...))
	d.must(403, d.post(at+"/confirm", "version", find(t, m.get(at), `name="version" value="([^"]+)"`)))
	if got := s.version(t); got != before {
		t.Error("and something was changed")
	}
}

// actor is whom a member acts as.
func (m *member) actor(t *testing.T) access.Actor {
	t.Helper()
	in, err := m.site.signIn.Find(t.Context(), m.cookies["__Host-pocreg"].Value)
	if err != nil {
		t.Fatal(err)
	}
	return in.Actor()
}

// common is what any entry says that a state makes.
func common(state, kind string, audience access.Audience, named ...string) entry.Common {
	c := entry.Common{State: state, Kind: kind, Whom: entry.Whom{Audience: audience}}
	if len(named) > 0 {
		c.Selected = &entry.Selection{States: named}
	}
	return c
}
