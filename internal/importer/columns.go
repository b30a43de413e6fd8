package importer

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/valid"
)

// columns are those of a file of contacts, before its channels'.
var columns = []string{
	"id", "external_ids", "state", "kind", "basis", "rank", "audience", "tlp", "office_title", "office_title_en",
	"organisation", "person_name", "person_name_latin", "person_position", "languages", "time_zone", "availability",
	"holidays", "covers", "sectors", "networks", "capabilities", "note",
}

// channelColumns are those of one channel, each behind its number: the usage is
// a phone's, or the protocol of messaging.
var channelColumns = []string{"type", "usage", "value", "audience", "note"}

var channelColumn = regexp.MustCompile(`^channel_([1-9][0-9]?)_(type|usage|value|audience|note)$`)

// maxChannels is how many channels a contact has.
const maxChannels = 30

func channelName(n int, column string) string { return "channel_" + strconv.Itoa(n) + "_" + column }

// channelsIn returns the numbers of the channels that a file has columns for,
// and a fault for each that lacks one.
func channelsIn(s sheet) (numbers []int, faults []problem.Fault) {
	for n := 1; n <= maxChannels; n++ {
		var missing []string
		for _, column := range channelColumns {
			if _, ok := s.columns[channelName(n, column)]; !ok {
				missing = append(missing, channelName(n, column))
			}
		}
		if len(missing) == len(channelColumns) {
			continue
		}
		numbers = append(numbers, n)
		for _, name := range missing {
			faults = append(faults, problem.Fault{Line: 1, Column: name, Detail: "is missing: a channel has five columns"})
		}
	}
	return numbers, faults
}

// isChannelColumn reports whether a column is one of a channel.
func isChannelColumn(name string) bool {
	match := channelColumn.FindStringSubmatch(name)
	if match == nil {
		return false
	}
	n, err := strconv.Atoi(match[1])
	return err == nil && n <= maxChannels
}

// line is what one row of a file of contacts says.
type line struct {
	row
	id       string
	orgName  string // of the organisation, where it is not given by its id
	in       contact.Input
	channels []int // the number in the file of each channel in in
	faults   []problem.Fault
}

// parse reads a row, as far as it can be read without the register.
func (c contactsFile) parse(r row) line {
	cell := func(column string) string { return c.text(r, column) }
	l := line{row: r, id: strings.ToLower(cell("id"))}
	fault := func(column, pointer, detail string) {
		f := c.at(r, column)
		f.Pointer, f.Detail = pointer, detail
		l.faults = append(l.faults, f)
	}
	in := &l.in
	in.State, in.Kind, in.TLP, in.Basis = cell("state"), cell("kind"), cell("tlp"), entry.Basis(cell("basis"))
	if l.id != "" && valid.Form("uuid", l.id) != nil {
		fault("id", "/id", "is no id: leave it empty for a new contact")
	}
	for _, item := range list(cell("external_ids")) {
		system, value, _ := strings.Cut(item, ":")
		in.ExternalIDs = append(in.ExternalIDs, entry.ExternalID{System: system, Value: value})
	}
	if text := cell("rank"); text != "" {
		rank, err := strconv.Atoi(text)
		if err != nil || rank == 0 {
			fault("rank", "/rank", "must be a whole number from 1 to 99")
		}
		in.Rank = rank
	}
	whom, detail := parseWhom(cell("audience"))
	if in.Whom = whom; detail != "" {
		fault("audience", "/audience", detail)
	}
	in.OfficeTitle, in.OfficeTitleEN, in.Note = cell("office_title"), cell("office_title_en"), cell("note")
	if organisation := cell("organisation"); organisation != "" {
		if id := strings.ToLower(organisation); valid.Form("uuid", id) == nil {
			in.Organisation = &id
		} else {
			l.orgName = organisation
		}
	}
	person := contact.Person{Name: cell("person_name"), NameLatin: cell("person_name_latin"), Position: cell("person_position")}
	if person != (contact.Person{}) {
		in.Person = &person
	}
	in.Languages, in.TimeZone = list(cell("languages")), cell("time_zone")
	in.Covers, in.Sectors = list(cell("covers")), list(cell("sectors"))
	in.Networks, in.Capabilities = list(cell("networks")), list(cell("capabilities"))
	always, weekly, ok := parseHours(cell("availability"))
	if !ok {
		fault("availability", "/availability", hoursFault)
	}
	holidays, ok := parseHolidays(cell("holidays"))
	if !ok {
		fault("holidays", "/availability/holidays", holidaysFault)
	}
	if always || len(weekly)+len(holidays) > 0 {
		in.Availability = &contact.Availability{Always: always, Weekly: weekly, Holidays: holidays}
	}
	for _, n := range c.numbers {
		c.channel(&l, n, fault)
	}
	valid.Normalise(in)
	valid.Normalise(&l.orgName) // as the organisation's own was
	return l
}

// channel reads a row's channel n, unless its cells are empty.
func (c contactsFile) channel(l *line, n int, fault func(column, pointer, detail string)) {
	cell := func(column string) string { return c.text(l.row, channelName(n, column)) }
	ch := contact.ChannelInput{Type: cell("type"), Value: cell("value"), Note: cell("note")}
	if usage := cell("usage"); ch.Type == "messaging" {
		ch.Protocol = usage
	} else {
		ch.Usage = usage
	}
	said := cell("audience")
	if ch == (contact.ChannelInput{}) && said == "" {
		return
	}
	whom, detail := parseWhom(said)
	if ch.Whom = whom; detail != "" {
		fault(channelName(n, "audience"), fmt.Sprintf("/channels/%d/audience", len(l.in.Channels)), detail)
	}
	l.in.Channels, l.channels = append(l.in.Channels, ch), append(l.channels, n)
}

// columnOf is the column that a fault of the contact's rules is about.
func (l line) columnOf(pointer string) string {
	path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	at := func(i int) string {
		if i < len(path) {
			return path[i]
		}
		return ""
	}
	switch path[0] {
	case "selected":
		return "audience"
	case "person":
		if at(1) == "" {
			return "person_name"
		}
		return strings.TrimSuffix("person_"+at(1), "_")
	case "availability":
		if at(1) == "holidays" {
			return "holidays"
		}
		return "availability"
	case "channels":
		i, err := strconv.Atoi(at(1))
		if err != nil || i < 0 || i >= len(l.channels) {
			return ""
		}
		column := map[string]string{"": "type", "id": "value", "selected": "audience", "protocol": "usage"}[at(2)]
		if column == "" {
			column = at(2)
		}
		return channelName(l.channels[i], column)
	case "keys", "sources":
		return ""
	default:
		return path[0]
	}
}
