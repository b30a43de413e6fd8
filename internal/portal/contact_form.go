package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
)

// The choices of the hours in which somebody is there.
const (
	hoursAlways   = "always"
	hoursWeekdays = "weekdays" // Monday to Friday, from and to
	hoursKept     = "kept"     // as they are recorded, which is more than the form can say
	hoursUnknown  = "unknown"
)

var weekdays = []string{"mon", "tue", "wed", "thu", "fri"}

// hows are the ways to reach somebody that a form offers.
var hows = []string{
	"phone:duty", "phone:office", "phone:mobile", "phone:satellite", "phone:fax", "email",
	"messaging:signal", "messaging:whatsapp", "messaging:threema", "messaging:matrix", "web_form",
}

// wanted are the ways to reach somebody that a new contact's form begins with: what
// its kind requires.
var wanted = map[string][]string{
	contact.Diplomatic: {"phone:office", "email"}, contact.Technical: {"phone:duty", "email"},
	contact.LawEnforcement: {"phone:duty", "email"}, contact.Policy: {"email"},
}

// spare is how many more ways to reach somebody a form has room for.
const spare = 2

// channelRow is one way to reach somebody, as it was typed.
type channelRow struct{ ID, How, Value, Note string }

// contactForm is what is said of a contact, as it was typed. What a form does not
// ask for stays as it is.
type contactForm struct {
	ID                         string // "" for a new one
	Tag                        string
	State, Kind                string
	OfficeTitle, OfficeTitleEN string
	Rank, Languages, TimeZone  string
	Covers                     []string
	Hours, From, To            string
	KeepsHours                 bool // whether hoursKept is a choice
	Audience, States           string
	KeepsAudience              bool // whether whom it is for stays, which is more than the form can say
	Channels                   []channelRow
	Note, Reason               string
	Two                        bool // whether somebody else decides
}

// Path is where the form is sent.
func (f contactForm) Path() string {
	if f.ID == "" {
		return "/contacts/new"
	}
	return "/contacts/" + f.ID + "/change"
}

// Hows are the ways to choose from: those that are offered, and the row's own.
func (f contactForm) Hows(row channelRow) []string {
	if row.How == "" || slices.Contains(hows, row.How) {
		return hows
	}
	return append([]string{row.How}, hows...)
}

// Whole are the parts of a state that a contact may speak for.
func (contactForm) Whole() []string {
	return []string{"whole_state", "government", "sectors", "private"}
}

// Speaks reports whether the contact speaks for a part of its state.
func (f contactForm) Speaks(part string) bool { return slices.Contains(f.Covers, part) }

// formOf is what a contact says now.
func formOf(d contactData) contactForm {
	f := contactForm{
		ID: d.ID, Tag: d.Tag, State: d.Contact.State, Kind: d.Kind, OfficeTitle: d.OfficeTitle, OfficeTitleEN: d.OfficeTitleEN,
		Rank: strconv.Itoa(d.Rank), Languages: strings.Join(d.Languages, " "), TimeZone: d.TimeZone, Covers: d.Covers,
		Hours: hoursUnknown, Audience: string(d.Audience), Note: d.Note,
	}
	switch hours := d.Availability; {
	case hours == nil || hours.IsZero():
	case hours.Always:
		f.Hours = hoursAlways
	case len(hours.Weekly) == 1 && len(hours.Holidays) == 0 && slices.Equal(hours.Weekly[0].Days, weekdays):
		f.Hours, f.From, f.To = hoursWeekdays, hours.Weekly[0].From, hours.Weekly[0].To
	default:
		f.Hours, f.KeepsHours = hoursKept, true
	}
	if whom := d.AudienceWritten; whom != nil {
		f.States, f.KeepsAudience = strings.Join(whom.States, " "), len(whom.Frameworks)+len(whom.AllExcept) > 0
	}
	for _, ch := range d.Channels {
		f.Channels = append(f.Channels, channelRow{ch.ID, How(ch), ch.Value, ch.Note})
	}
	f.Channels = append(f.Channels, make([]channelRow, spare)...)
	return f
}

// mostRows bounds how many ways to reach somebody are read: as many as a contact
// may have, and the spare ones.
const mostRows = 30 + spare

// typed is the form as it was sent.
func (v *visit) typed() contactForm {
	f := contactForm{
		Tag: v.value("version"), Kind: v.value("kind"), OfficeTitle: v.value("office_title"), OfficeTitleEN: v.value("office_title_en"),
		Rank: v.value("rank"), Languages: v.value("languages"), TimeZone: v.value("time_zone"), Covers: v.Request().PostForm["covers"],
		Hours: v.value("hours"), From: v.value("from"), To: v.value("to"), Audience: v.value("audience"), States: v.value("states"),
		Note: v.value("note"), Reason: v.value("reason"),
	}
	for i := range mostRows {
		of := fmt.Sprintf("channels-%d-", i)
		if !v.Request().PostForm.Has(of + "value") {
			break
		}
		f.Channels = append(f.Channels, channelRow{v.value(of + "id"), v.value(of + "how"), v.value(of + "value"), v.value(of + "note")})
	}
	return f
}

// words are what stands in a text with spaces or commas between.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
}

// body is what is said as the API takes it: whole for a new contact, as a merge
// patch (RFC 7396) for one that is there.
func (f contactForm) body() ([]byte, error) {
	rank, err := strconv.Atoi(strings.TrimSpace(f.Rank))
	if err != nil {
		rank = -1 // which is refused in the rules' own words
	}
	said := map[string]any{
		"office_title": f.OfficeTitle, "office_title_en": f.OfficeTitleEN, "rank": rank, "languages": words(f.Languages),
		"time_zone": strings.TrimSpace(f.TimeZone), "covers": f.Covers, "note": strings.ReplaceAll(f.Note, "\r\n", "\n"), "channels": f.channels(),
	}
	switch f.Hours {
	case hoursAlways:
		said["availability"] = map[string]any{"always": true}
	case hoursWeekdays:
		said["availability"] = map[string]any{"weekly": []any{map[string]any{"days": weekdays, "from": f.From, "to": f.To}}}
	case hoursUnknown:
		said["availability"] = nil
	}
	if !f.KeepsAudience {
		said["audience"], said["selected"] = f.Audience, nil
		if access.Audience(f.Audience) == access.ForSelected {
			said["selected"] = entry.Selection{States: words(strings.ToUpper(f.States))}
		}
	}
	if f.ID == "" {
		said["state"], said["kind"] = f.State, f.Kind
	}
	return json.Marshal(said)
}

func (f contactForm) channels() []contact.ChannelInput {
	out := []contact.ChannelInput{}
	for _, row := range f.Channels {
		if strings.TrimSpace(row.Value) == "" {
			continue
		}
		in := contact.ChannelInput{ID: row.ID, Value: row.Value, Note: row.Note}
		var more string
		if in.Type, more, _ = strings.Cut(row.How, ":"); in.Type == "phone" {
			in.Usage = more
		} else {
			in.Protocol = more
		}
		out = append(out, in)
	}
	return out
}

// field is the id of the form's field that a pointer into the body leads to.
func (f contactForm) field(pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	switch parts[0] {
	case "availability":
		return "hours"
	case "selected":
		return "states"
	case "channels":
		n := -1
		for i, row := range f.Channels {
			if strings.TrimSpace(row.Value) != "" {
				n++
			}
			if len(parts) < 2 || strconv.Itoa(n) != parts[1] {
				continue
			}
			if len(parts) > 2 && (parts[2] == "value" || parts[2] == "note") {
				return fmt.Sprintf("channels-%d-%s", i, parts[2])
			}
			return fmt.Sprintf("channels-%d-how", i)
		}
		return "channels-0-value"
	default:
		return parts[0]
	}
}

// kindsFor are the kinds of contact that the visitor may name.
func (v *visit) kindsFor() []string {
	by := v.Session.Actor()
	return slices.DeleteFunc(slices.Clone(contact.Kinds), func(kind string) bool {
		return !by.May(access.ProposeChange, entry.Entry{Noun: "contact", State: by.State, Kind: kind}.Subject())
	})
}

func (v *visit) showNewContact() error {
	by, kind := v.Session.Actor(), v.QueryParam("kind")
	if err := by.RequireAny(access.ProposeChange); err != nil {
		return err
	}
	kinds := v.kindsFor()
	if len(kinds) == 1 {
		kind = kinds[0]
	}
	if !slices.Contains(kinds, kind) {
		return v.show(http.StatusOK, "contact_kind", kinds)
	}
	form := contactForm{
		State: by.State, Kind: kind, Rank: "1", Hours: hoursUnknown, Audience: string(access.ForParticipants), Covers: []string{"whole_state"},
	}
	for _, how := range wanted[kind] {
		form.Channels = append(form.Channels, channelRow{How: how})
	}
	form.Channels = append(form.Channels, make([]channelRow, spare)...)
	return v.showForm(form)
}

func (v *visit) showContactForm() error {
	data, err := v.readContact()
	if err != nil {
		return err
	}
	if !v.MayChange(data.Entry) {
		if err := v.by().Require(access.ProposeChange, data.Subject()); err != nil {
			return err
		}
		return problem.Errorf(problem.Conflict, "this entry is not in use as the state's own: there is nothing to change on a page")
	}
	return v.showForm(formOf(data))
}

func (v *visit) showForm(f contactForm) error {
	if err := v.asksAnother(&f); err != nil {
		return err
	}
	return v.show(http.StatusOK, "contact_form", f)
}

// asksAnother notes whether what is said waits for somebody else.
func (v *visit) asksAnother(f *contactForm) error {
	return v.read(func(snap *register.Snapshot) error {
		two, err := delegation.TakesTwo(v.Request().Context(), snap, snap.By.State)
		f.Two = two || snap.By.RequireAny(access.ChangeEntry) != nil
		return err
	})
}

// addContact names a contact, or proposes to.
func (v *visit) addContact() error {
	f := v.typed()
	f.State = v.Session.Actor().State
	text, err := f.body()
	if err != nil {
		return err
	}
	var sent register.Sent[contact.Input]
	sent.If.None = true
	sent.Err = entry.Decode(text, &sent.Body)
	act := v.proposing(proposal.Add, "", text, f.Reason)
	got, err := v.site.Contacts.Add(v.Request().Context(), act, sent)
	return v.said(err, got, f)
}

// changeContact says something else of a contact, or proposes to.
func (v *visit) changeContact() error {
	data, err := v.readContact()
	if err != nil {
		return err
	}
	f := v.typed()
	now := formOf(data)
	f.ID, f.State, f.Kind, f.KeepsHours, f.KeepsAudience = data.ID, data.Contact.State, data.Kind, now.KeepsHours, now.KeepsAudience
	text, err := f.body()
	if err != nil {
		return err
	}
	act := v.proposing(proposal.Patch, data.ID, text, f.Reason)
	got, err := v.site.Contacts.Patch(v.Request().Context(), act, data.ID, register.Sent[[]byte]{If: v.asRead(), Body: text})
	return v.said(err, got, f)
}

// proposing is an act that becomes a proposal if the visitor alone may not do it.
func (v *visit) proposing(does, id string, text []byte, reason string) register.Act {
	act := v.act()
	act.Asked = &register.Asked{Does: does, Noun: "contact", Key: id, Body: text, Reason: reason}
	return act
}

// said leads to what came of a form: the contact, or the proposal that waits; or
// shows what is to be mended.
func (v *visit) said(err error, got contact.Contact, f contactForm) error {
	waits := waiting(err)
	switch {
	case waits != "":
		return v.Redirect(http.StatusSeeOther, waits)
	case err == nil:
		return v.Redirect(http.StatusSeeOther, "/contacts/"+got.ID)
	}
	faults, status, ok := v.wrong(err)
	if !ok {
		return err
	}
	if found, ok := problem.Faults(err); ok {
		faults = nil
		for _, one := range found {
			faults = append(faults, v.fault(f.field(one.Pointer), one.Detail))
		}
	}
	if err := v.asksAnother(&f); err != nil {
		return err
	}
	return v.show(status, "contact_form", f, faults...)
}
