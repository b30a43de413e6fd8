package contact_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/contact"
)

// moment reads a time with its offset, such as "2026-03-29T01:30:00+01:00".
func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The hours of the tests. Years are recorded where a test is not about them.
const (
	office   = `{"weekly":[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"16:00"}],"holidays":{"2026":["2026-12-25"],"2027":[]}}`
	gulf     = `{"weekly":[{"days":["sun","mon","tue","wed","thu"],"from":"08:00","to":"15:00"}],"holidays":{"2026":[]}}`
	nights   = `{"weekly":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"22:00","to":"06:00"}],"holidays":{"2025":[],"2026":["2026-11-11"]}}`
	sundays  = `{"weekly":[{"days":["sun"],"from":"02:30","to":"05:00"}],"holidays":{"2026":[]}}`
	inTheGap = `{"weekly":[{"days":["sun"],"from":"02:15","to":"02:45"}],"holidays":{"2026":[]}}`
	toTheGap = `{"weekly":[{"days":["sat"],"from":"20:00","to":"02:30"}],"holidays":{"2026":[]}}`
	twice    = `{"weekly":[{"days":["sun"],"from":"02:00","to":"03:00"}],"holidays":{"2026":[]}}`
	split    = `{"weekly":[{"days":["mon"],"from":"08:00","to":"12:00"},{"days":["mon"],"from":"12:00","to":"16:00"}],"holidays":{"2026":[]}}`
	everyDay = `{"weekly":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:00","to":"24:00"}],"holidays":{"2025":[],"2026":[],"2027":["2027-01-01"]}}`
	allMon   = `{"weekly":[{"days":["mon"],"from":"08:00","to":"08:00"}],"holidays":{"2026":[]}}`
	unsaid   = `{"weekly":[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"16:00"}]}`
	closed   = `{"weekly":[{"days":["mon"],"from":"08:00","to":"16:00"}],"holidays":{"2026":["2026-11-30","2026-12-07"]}}`
)

func TestDuty(t *testing.T) {
	t.Parallel()
	const none = "-"
	for _, tt := range []struct {
		title, hours, zone, at string
		state                  contact.DutyState
		until, next            string // as the clock there shows them
		note                   string
	}{
		{"nothing recorded", `{}`, "Europe/Warsaw", "2026-11-25T03:00:00+01:00", contact.DutyUnknown, none, none, "hours of duty are not recorded"},
		{"around the clock", `{"always":true}`, "Europe/Warsaw", "2026-11-25T03:00:00+01:00", contact.OnDuty, none, none, ""},
		{"around the clock, nobody knows where", `{"always":true}`, "", "2026-11-25T03:00:00+01:00", contact.OnDuty, none, none, ""},
		{"hours of an unknown zone", office, "", "2026-11-25T09:00:00+01:00", contact.DutyUnknown, none, none, "the time zone of the hours of duty is not known"},

		{"at three in the morning", office, "Europe/Warsaw", "2026-11-25T03:00:00+01:00", contact.OffDuty, none, "2026-11-25 08:00", ""},
		{"a minute before the start", office, "Europe/Warsaw", "2026-11-25T07:59:59+01:00", contact.OffDuty, none, "2026-11-25 08:00", ""},
		{"at the start", office, "Europe/Warsaw", "2026-11-25T08:00:00+01:00", contact.OnDuty, "2026-11-25 16:00", "2026-11-26 08:00", ""},
		{"a second before the end", office, "Europe/Warsaw", "2026-11-25T15:59:59+01:00", contact.OnDuty, "2026-11-25 16:00", "2026-11-26 08:00", ""},
		{"at the end", office, "Europe/Warsaw", "2026-11-25T16:00:00+01:00", contact.OffDuty, none, "2026-11-26 08:00", ""},
		{"asked from another zone", office, "Asia/Seoul", "2026-11-25T00:30:00+01:00", contact.OnDuty, "2026-11-25 16:00", "2026-11-26 08:00", ""},
		{"where it is a quarter to", office, "Asia/Kathmandu", "2026-11-25T02:15:00Z", contact.OnDuty, "2026-11-25 16:00", "2026-11-26 08:00", ""},
		{"where it is not yet a quarter to", office, "Asia/Kathmandu", "2026-11-25T02:14:00Z", contact.OffDuty, none, "2026-11-25 08:00", ""},
		{"where the day is another", office, "Pacific/Kiritimati", "2026-11-22T18:00:00Z", contact.OnDuty, "2026-11-23 16:00", "2026-11-24 08:00", ""},

		{"on a Friday evening", office, "Europe/Warsaw", "2026-11-27T18:00:00+01:00", contact.OffDuty, none, "2026-11-30 08:00", ""},
		{"on a Friday afternoon", office, "Europe/Warsaw", "2026-11-27T12:00:00+01:00", contact.OnDuty, "2026-11-27 16:00", "2026-11-30 08:00", ""},
		{"on a Sunday", office, "Europe/Warsaw", "2026-11-29T12:00:00+01:00", contact.OffDuty, none, "2026-11-30 08:00", ""},
		{"on a Sunday, where the week ends on Friday and Saturday", gulf, "Asia/Riyadh", "2026-11-29T12:00:00+03:00", contact.OnDuty, "2026-11-29 15:00", "2026-11-30 08:00", ""},
		{"on a Friday there", gulf, "Asia/Riyadh", "2026-11-27T12:00:00+03:00", contact.OffDuty, none, "2026-11-29 08:00", ""},
		{"on a Saturday there", gulf, "Asia/Riyadh", "2026-11-28T12:00:00+03:00", contact.OffDuty, none, "2026-11-29 08:00", ""},
		{"on a Thursday evening there", gulf, "Asia/Riyadh", "2026-11-26T16:00:00+03:00", contact.OffDuty, none, "2026-11-29 08:00", ""},

		{"on a holiday", office, "Europe/Warsaw", "2026-12-25T10:00:00+01:00", contact.OffDuty, none, "2026-12-28 08:00", "2026-12-25 is a holiday there"},
		{"the evening before a holiday", office, "Europe/Warsaw", "2026-12-24T17:00:00+01:00", contact.OffDuty, none, "2026-12-28 08:00", ""},
		{"on a holiday of another zone's date", office, "Asia/Seoul", "2026-12-24T23:00:00Z", contact.OffDuty, none, "2026-12-28 08:00", "2026-12-25 is a holiday there"},
		{"in a year without any recorded", unsaid, "Europe/Warsaw", "2026-11-25T10:00:00+01:00", contact.OnDuty, "2026-11-25 16:00", "2026-11-26 08:00", "no holidays are recorded for 2026"},
		{"before a year without any recorded", strings.Replace(office, `,"2027":[]`, ``, 1), "Europe/Warsaw", "2026-12-31T17:00:00+01:00", contact.OffDuty, none, "2027-01-01 08:00", "no holidays are recorded for 2027"},
		{"before a year recorded to have none", office, "Europe/Warsaw", "2026-12-31T17:00:00+01:00", contact.OffDuty, none, "2027-01-01 08:00", ""},
		{"at the turn of two years without any", unsaid, "Europe/Warsaw", "2026-12-31T17:00:00+01:00", contact.OffDuty, none, "2027-01-01 08:00", "no holidays are recorded for 2026; no holidays are recorded for 2027"},
		{"nobody for two weeks", closed, "Europe/Warsaw", "2026-11-24T10:00:00+01:00", contact.OffDuty, none, none, ""},
		{"two weeks ahead to the minute", closed, "Europe/Warsaw", "2026-11-30T08:00:00+01:00", contact.OffDuty, none, "2026-12-14 08:00", "2026-11-30 is a holiday there"},

		{"at night", nights, "Europe/Warsaw", "2026-11-25T03:00:00+01:00", contact.OnDuty, "2026-11-25 06:00", "2026-11-25 22:00", ""},
		{"before midnight", nights, "Europe/Warsaw", "2026-11-25T23:00:00+01:00", contact.OnDuty, "2026-11-26 06:00", "2026-11-26 22:00", ""},
		{"by day", nights, "Europe/Warsaw", "2026-11-25T12:00:00+01:00", contact.OffDuty, none, "2026-11-25 22:00", ""},
		{"on a holiday's morning, from the evening before", nights, "Europe/Warsaw", "2026-11-11T03:00:00+01:00", contact.OnDuty, "2026-11-11 06:00", "2026-11-12 22:00", ""},
		{"on a holiday's evening", nights, "Europe/Warsaw", "2026-11-11T23:00:00+01:00", contact.OffDuty, none, "2026-11-12 22:00", "2026-11-11 is a holiday there"},
		{"on the morning after a holiday", nights, "Europe/Warsaw", "2026-11-12T03:00:00+01:00", contact.OffDuty, none, "2026-11-12 22:00", ""},
		{"in the night of the year's end", nights, "Europe/Warsaw", "2026-01-01T01:00:00+01:00", contact.OnDuty, "2026-01-01 06:00", "2026-01-01 22:00", ""},
		{"shifts that touch", split, "Europe/Warsaw", "2026-11-23T09:00:00+01:00", contact.OnDuty, "2026-11-23 16:00", "2026-11-30 08:00", ""},
		{"where two shifts touch", split, "Europe/Warsaw", "2026-11-23T12:00:00+01:00", contact.OnDuty, "2026-11-23 16:00", "2026-11-30 08:00", ""},
		{"every hour, spelled out", everyDay, "Europe/Warsaw", "2026-11-23T03:00:00+01:00", contact.OnDuty, none, none, ""},
		{"every hour, until a holiday", everyDay, "Europe/Warsaw", "2026-12-23T03:00:00+01:00", contact.OnDuty, "2027-01-01 00:00", "2027-01-02 00:00", ""},
		{"from a morning to the next", allMon, "Europe/Warsaw", "2026-11-24T07:00:00+01:00", contact.OnDuty, "2026-11-24 08:00", "2026-11-30 08:00", ""},

		// On 29 March clocks in Warsaw go from 02:00 to 03:00.
		{"before a start in the hour that does not exist", sundays, "Europe/Warsaw", "2026-03-29T01:59:00+01:00", contact.OffDuty, none, "2026-03-29 03:00", ""},
		{"at the end of that hour", sundays, "Europe/Warsaw", "2026-03-29T03:00:00+02:00", contact.OnDuty, "2026-03-29 05:00", "2026-04-05 02:30", ""},
		{"hours wholly within it", inTheGap, "Europe/Warsaw", "2026-03-29T00:00:00+01:00", contact.OffDuty, none, "2026-04-05 02:15", ""},
		{"an end within it", toTheGap, "Europe/Warsaw", "2026-03-29T01:59:00+01:00", contact.OnDuty, "2026-03-29 03:00", "2026-04-04 20:00", ""},
		{"an end within it has passed", toTheGap, "Europe/Warsaw", "2026-03-29T03:00:00+02:00", contact.OffDuty, none, "2026-04-04 20:00", ""},
		{"a night that is an hour shorter", nights, "Europe/Warsaw", "2026-03-29T04:00:00+02:00", contact.OnDuty, "2026-03-29 06:00", "2026-03-29 22:00", ""},
		{"a day on which the clock jumps at midnight", everyDay, "America/Havana", "2026-03-08T04:59:00Z", contact.OnDuty, none, none, ""},

		// On 25 October the hour from 02:00 to 03:00 comes twice there.
		{"the first of the hours that come twice", twice, "Europe/Warsaw", "2026-10-25T02:10:00+02:00", contact.OnDuty, "2026-10-25 03:00", "2026-11-01 02:00", ""},
		{"the second of them", twice, "Europe/Warsaw", "2026-10-25T02:10:00+01:00", contact.OnDuty, "2026-10-25 03:00", "2026-11-01 02:00", ""},
		{"a shift that ends within the first ends within the second", toTheGap, "Europe/Warsaw", "2026-10-25T02:40:00+02:00", contact.OnDuty, "2026-10-25 02:30", "2026-10-31 20:00", ""},
		{"and is over then", toTheGap, "Europe/Warsaw", "2026-10-25T02:30:00+01:00", contact.OffDuty, none, "2026-10-31 20:00", ""},
		{"a start within them is the first", sundays, "Europe/Warsaw", "2026-10-25T02:10:00+01:00", contact.OnDuty, "2026-10-25 05:00", "2026-11-01 02:30", ""},

		{"where the clock jumps by half an hour", sundays, "Australia/Lord_Howe", "2026-10-03T15:29:00Z", contact.OffDuty, none, "2026-10-04 02:30", ""},
		{"and has jumped", sundays, "Australia/Lord_Howe", "2026-10-03T15:30:00Z", contact.OnDuty, "2026-10-04 05:00", "2026-10-11 02:30", ""},
		{"where a day was skipped", strings.Replace(office, `"2026":["2026-12-25"]`, `"2011":[]`, 1), "Pacific/Apia", "2011-12-30T03:00:00Z", contact.OffDuty, none, "2012-01-02 08:00", "no holidays are recorded for 2012"},
		{"the night over a skipped day", nights, "Pacific/Apia", "2011-12-30T10:00:00Z", contact.OnDuty, "2011-12-31 06:00", "2011-12-31 22:00", "no holidays are recorded for 2011"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			var there *time.Location
			if tt.zone != "" {
				there = zone(t, tt.zone)
			}
			d := decodeAvailability(t, tt.hours).Duty(moment(t, tt.at), there)
			shown := func(at *time.Time) string {
				if at == nil {
					return none
				}
				return at.In(there).Format("2006-01-02 15:04")
			}
			got := []string{string(d.State), shown(d.Until), shown(d.Next), strings.Join(d.Notes, "; ")}
			if want := []string{string(tt.state), tt.until, tt.next, tt.note}; !slices.Equal(got, want) {
				t.Errorf("Duty(%s in %s) of %s = %q, want %q", tt.at, tt.zone, tt.hours, got, want)
			}
		})
	}
}
