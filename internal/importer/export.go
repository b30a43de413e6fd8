package importer

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Export returns the contacts in use that snap's actor may see, of a state or of
// all, as a file of contacts: the head, and a row for each; and the contacts that it
// shows. For the state itself to import it again changes nothing; others do not learn
// whom it selected.
func Export(ctx context.Context, snap *register.Snapshot, state string) (head []string, rows [][]string, all []contact.Contact, err error) {
	all, err = contact.List(ctx, snap, contact.Filter{Filter: entry.Filter{State: state}}, contact.After{}, math.MaxInt32)
	if err != nil {
		return nil, nil, nil, err
	}
	named, err := organisationNames(ctx, snap, state)
	if err != nil {
		return nil, nil, nil, err
	}
	names := map[string]string{} // of the organisations whose name says which they are
	for key, ids := range named {
		if _, name, _ := strings.Cut(key, " "); len(ids) == 1 && valid.Form("uuid", strings.ToLower(name)) != nil {
			names[ids[0]] = name
		}
	}
	widest := 0
	for _, c := range all {
		widest = max(widest, len(c.Channels))
	}
	head = slices.Clone(columns)
	for n := range widest {
		for _, column := range channelColumns {
			head = append(head, channelName(n+1, column))
		}
	}
	for _, c := range all {
		if !c.SeesNamed(snap.By) {
			c = withoutNamed(c)
		}
		cells := append(contactCells(c, names), channelCells(c)...)
		rows = append(rows, append(cells, make([]string, len(head)-len(cells))...))
	}
	return head, rows, all, nil
}

// withoutNamed leaves out whom c and its channels are for, but that they are for
// selected states.
func withoutNamed(c contact.Contact) contact.Contact {
	c.AudienceWritten, c.AudienceStates = nil, nil
	c.Channels = slices.Clone(c.Channels)
	for i := range c.Channels {
		c.Channels[i].AudienceWritten, c.Channels[i].AudienceStates = nil, nil
	}
	return c
}

// contactCells are a contact's cells, in the order of columns.
func contactCells(c contact.Contact, names map[string]string) []string {
	var external []string
	for _, x := range c.ExternalIDs {
		external = append(external, x.System+":"+x.Value)
	}
	organisation, hours, holidays := "", "", ""
	if c.Organisation != nil {
		organisation = *c.Organisation
		if name, ok := names[organisation]; ok {
			organisation = name
		}
	}
	var person contact.Person
	if c.Person != nil {
		person = *c.Person
	}
	if c.Availability != nil {
		hours, holidays = formatHours(*c.Availability), formatHolidays(c.Availability.Holidays)
	}
	return []string{
		c.ID, cellList(external), c.State, c.Kind, string(c.Basis), strconv.Itoa(c.Rank),
		formatWhom(entry.Whom{Audience: c.Audience, Selected: c.AudienceWritten}), c.TLP, c.OfficeTitle, c.OfficeTitleEN,
		organisation, person.Name, person.NameLatin, person.Position, cellList(c.Languages), c.TimeZone, hours, holidays,
		cellList(c.Covers), cellList(c.Sectors), cellList(c.Networks), cellList(c.Capabilities), c.Note,
	}
}

// channelCells are the cells of a contact's channels, in the order to try. One
// that is for whom its contact is says nothing of it, and follows it.
func channelCells(c contact.Contact) []string {
	var cells []string
	contacts := formatWhom(entry.Whom{Audience: c.Audience, Selected: c.AudienceWritten})
	for _, ch := range c.Channels {
		usage, value := ch.Usage, ch.Value
		if ch.Type == "messaging" {
			usage = ch.Protocol
		}
		if ch.Type == "phone" {
			value = "tel:" + value
		}
		audience := formatWhom(entry.Whom{Audience: ch.Audience, Selected: ch.AudienceWritten})
		if audience == contacts && slices.Equal(ch.AudienceStates, c.AudienceStates) {
			audience = ""
		}
		cells = append(cells, ch.Type, usage, value, audience, ch.Note)
	}
	return cells
}

func cellList(list []string) string { return strings.Join(list, "; ") }
