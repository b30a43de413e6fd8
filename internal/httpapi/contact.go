package httpapi

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
)

func (s *Server) contacts() entries[contact.Contact, contact.Input] {
	return entries[contact.Contact, contact.Input]{
		server: s, path: "/v1/contacts", noun: "contact", limit: largeBody, store: s.Contacts,
		get: contact.Get, entry: func(c contact.Contact) entry.Entry { return c.Entry },
		view: func(c contact.Contact, by access.Actor) any { return viewContact(c, by) },
		list: s.listContacts,
	}
}

// contactView is a contact as the API shows it.
type contactView struct {
	entryView
	contact.Details
	Channels   []channelView `json:"channels"`
	Keys       []keyView     `json:"keys"`
	Incomplete bool          `json:"incomplete"`
	Missing    []string      `json:"missing"`
}

type channelView struct {
	ID          string           `json:"id"`
	Type        string           `json:"type"`
	Usage       string           `json:"usage,omitempty"`
	Protocol    string           `json:"protocol,omitempty"`
	Value       string           `json:"value"`
	Note        string           `json:"note,omitempty"`
	Audience    access.Audience  `json:"audience"`
	Selected    *entry.Selection `json:"selected,omitempty"`
	NamedStates []string         `json:"named_states,omitempty"`
	ConfirmedAt *time.Time       `json:"confirmed_at,omitempty"`
	ChangedAt   time.Time        `json:"changed_at"`
	DeadAt      *time.Time       `json:"dead_at,omitempty"`
}

type keyView struct {
	Type        string     `json:"type"`
	Fingerprint string     `json:"fingerprint"`
	UserIDs     []string   `json:"user_ids"`
	Algorithm   string     `json:"algorithm"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	Material    string     `json:"material,omitempty"` // not in lists and cards
	AddedAt     time.Time  `json:"added_at"`
}

func viewContact(c contact.Contact, by access.Actor) contactView {
	missing := c.Missing()
	v := contactView{
		entryView: viewEntry(c.Entry, by), Details: c.Details, Channels: []channelView{}, Keys: []keyView{},
		Incomplete: len(missing) > 0, Missing: missing,
	}
	for _, ch := range c.Channels {
		view := channelView{
			ID: ch.ID, Type: ch.Type, Usage: ch.Usage, Protocol: ch.Protocol, Value: ch.Value, Note: ch.Note,
			Audience: ch.Audience, ConfirmedAt: utc(ch.ConfirmedAt), ChangedAt: ch.ChangedAt.UTC(), DeadAt: utc(ch.DeadAt),
		}
		if c.SeesNamed(by) {
			view.Selected, view.NamedStates = ch.AudienceWritten, ch.AudienceStates
		}
		v.Channels = append(v.Channels, view)
	}
	for _, k := range c.Keys {
		v.Keys = append(v.Keys, keyView{
			Type: k.Type, Fingerprint: k.Fingerprint, UserIDs: k.UserIDs, Algorithm: k.Algorithm,
			CreatedAt: k.CreatedAt.UTC(), ExpiresAt: utc(k.ExpiresAt), Material: k.Material, AddedAt: k.AddedAt.UTC(),
		})
	}
	return v
}

func (s *Server) listContacts(c echo.Context) error {
	q := newQuery(c, append([]string{"language", "capability", "covers", "network", "organisation"}, entryFilters...)...)
	common, limit := q.entryFilter(contact.Kinds)
	f := contact.Filter{
		Filter:       common,
		Language:     q.language("language"),
		Capability:   q.matching("capability", wordForm, "is a name of small letters, digits and _"),
		Covers:       q.text("covers", "whole_state", "government", "sectors", "private"),
		Network:      q.text("network", "budapest_24_7", "g7_24_7", "interpol"),
		Organisation: q.matching("organisation", uuidForm, "is a UUID"),
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.list(c, f.Filter, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after contact.After, limit int) ([]contact.Contact, error) {
				return contact.List(ctx, snap, f, after, limit)
			},
			contact.Contact.Place,
			func(got contact.Contact) any { return viewContact(got, snap.By) })
		a.from, a.until = listed("contact", f.Filter, snap, got)
		a.sight = sight(s, snap.By, got...)
		a.table = func() table { return contactTable(got) }
		return a, err
	})
}

func contactTable(contacts []contact.Contact) table {
	t := table{head: append(slices.Clone(entryColumns),
		"rank", "office_title", "office_title_en", "person", "organisation", "phones", "emails", "messaging", "web_forms",
		"languages", "time_zone", "always", "covers", "sectors", "networks", "capabilities", "missing", "note")}
	for _, c := range contacts {
		person, organisation, always := "", "", ""
		if c.Person != nil {
			person = c.Person.Name
		}
		if c.Organisation != nil {
			organisation = *c.Organisation
		}
		if c.Availability != nil {
			always = yesNo(c.Availability.Always)
		}
		t.rows = append(t.rows, append(entryCells(c.Entry),
			strconv.Itoa(c.Rank), c.OfficeTitle, c.OfficeTitleEN, person, organisation,
			channelCells(c, "phone"), channelCells(c, "email"), channelCells(c, "messaging"), channelCells(c, "web_form"),
			cellList(c.Languages), c.TimeZone, always, cellList(c.Covers), cellList(c.Sectors), cellList(c.Networks),
			cellList(c.Capabilities), cellList(c.Missing()), c.Note))
	}
	return t
}

// channelCells lists a contact's channels of a type that are not dead, in the
// order to try: "duty tel:+48221234567; office tel:+48221234568".
func channelCells(c contact.Contact, kind string) string {
	var cells []string
	for _, ch := range c.Channels {
		switch {
		case ch.Type != kind || ch.DeadAt != nil:
		case kind == "phone":
			cells = append(cells, ch.Usage+" tel:"+ch.Value)
		case kind == "messaging":
			cells = append(cells, ch.Protocol+" "+ch.Value)
		default:
			cells = append(cells, ch.Value)
		}
	}
	return cellList(cells)
}

// mark serves what a caller found out about one channel.
func (s *Server) mark(do func(context.Context, register.Act, string, string, register.Sent[entry.Nothing]) (contact.Contact, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		channel, err := pathUUID(c, "channel")
		if err != nil {
			return err
		}
		return s.contacts().act("", func(ctx context.Context, act register.Act, id string, sent register.Sent[entry.Nothing]) (contact.Contact, error) {
			return do(ctx, act, id, channel, sent)
		})(c)
	}
}
