package portal

import (
	"net/http"
	"strconv"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
)

// markedFor is how long a channel is shown as changed: whoever has the old value at
// hand asks before they rely on the new one.
const markedFor = 72 * time.Hour

// contactData is a contact as a page shows it at a moment.
type contactData struct {
	contact.Contact
	At   time.Time
	Tag  string // what a form sends back of the version that was read
	Text string // what was suggested, as it was typed
}

// Duty is whether somebody is there now.
func (d contactData) Duty() contact.Duty {
	if d.Availability == nil {
		return contact.Availability{}.Duty(d.At, nil)
	}
	zone, err := time.LoadLocation(d.TimeZone)
	if d.TimeZone == "" || err != nil {
		zone = nil
	}
	return d.Availability.Duty(d.At, zone)
}

// Title is what the office is called, in English where that is recorded.
func (d contactData) Title() string {
	if d.OfficeTitleEN != "" {
		return d.OfficeTitleEN
	}
	return d.OfficeTitle
}

// Freshness is "current", "due", "lapsed", or "unconfirmed" for what was found in
// public.
func (d contactData) Freshness() string {
	switch {
	case d.Basis == entry.PublicSource || d.ConfirmedAt == nil:
		return "unconfirmed"
	case d.At.Sub(*d.ConfirmedAt) >= entry.LapsedAfter:
		return "lapsed"
	case d.At.Sub(*d.ConfirmedAt) >= entry.DueAfter:
		return "due"
	default:
		return "current"
	}
}

// ChangedHours is for how many hours a channel has had its value, -1 if it is no
// news.
func (d contactData) ChangedHours(ch contact.Channel) int {
	if since := d.At.Sub(ch.ChangedAt); d.Basis == entry.Nominated && since < markedFor && ch.ChangedAt.After(d.CreatedAt) {
		return int(since.Hours())
	}
	return -1
}

// tag names a version in this life of the register, as a form sends it back.
func tag(version int64, snap *register.Snapshot) string {
	return strconv.FormatInt(version, 10) + "-" + snap.Epoch[:register.EpochLength]
}

// How is by what a channel reaches somebody: "phone:duty", "email",
// "messaging:signal".
func How(ch contact.Channel) string {
	switch {
	case ch.Usage != "":
		return ch.Type + ":" + ch.Usage
	case ch.Protocol != "":
		return ch.Type + ":" + ch.Protocol
	default:
		return ch.Type
	}
}

func (v *visit) readContact() (contactData, error) {
	id, err := v.id()
	if err != nil {
		return contactData{}, err
	}
	var data contactData
	err = v.read(func(snap *register.Snapshot) (err error) {
		data.Contact, err = contact.Get(v.Request().Context(), snap, id)
		data.At, data.Tag = snap.At, tag(data.Version, snap)
		return err
	})
	if err == nil {
		note(v, data.Contact)
	}
	return data, err
}

// contact shows one contact.
func (v *visit) contact() error {
	data, err := v.readContact()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "contact", data)
}

// MayChange reports whether the visitor may change an entry, or propose to.
func (v *visit) MayChange(e entry.Entry) bool {
	return e.Standing == entry.Active && e.Basis == entry.Nominated && v.by().May(access.ProposeChange, e.Subject())
}

// MayProve reports whether the visitor may say that nothing has changed.
func (v *visit) MayProve(e entry.Entry) bool {
	return e.Standing == entry.Active && e.Basis == entry.Nominated && v.by().May(access.ConfirmEntry, e.Subject())
}

// confirmContact says that nothing has changed since the page was read.
func (v *visit) confirmContact() error {
	data, err := v.readContact()
	if err != nil {
		return err
	}
	_, err = v.site.Contacts.Confirm(v.Request().Context(), v.act(), data.ID, register.Sent[entry.Nothing]{If: v.asRead()})
	if err != nil {
		return v.again(err, "contact", data)
	}
	return v.Redirect(http.StatusSeeOther, "/contacts/"+data.ID)
}

// asRead wants what a form is about to be as it was when the form was shown.
func (v *visit) asRead() register.Precondition {
	return register.Precondition{Versions: []string{v.value("version")}}
}

// historyData is what became of a contact, the latest first.
type historyData struct {
	contactData
	Revisions []register.Revision
	Next      int64 // the version to go on before, 0 at the start
}

// historyShown is how many versions a page shows.
const historyShown = 50

func (v *visit) contactHistory() error {
	data, err := v.readContact()
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(v.QueryParam("before"), 10, 64) // what is no version is the end
	history := historyData{contactData: data}
	err = v.read(func(snap *register.Snapshot) (err error) {
		var more bool
		history.Revisions, more, err = register.History(v.Request().Context(), snap, "contact", data.ID, max(before, 0), historyShown)
		if more {
			history.Next = history.Revisions[len(history.Revisions)-1].Version
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range history.Revisions {
		if data.ForAll() && !r.ForAll { // what is public now may not have been then
			v.noteThose([]accesslog.Entry{{Noun: "contact", ID: data.ID, State: data.Contact.State}})
			break
		}
	}
	return v.show(http.StatusOK, "history", history)
}
