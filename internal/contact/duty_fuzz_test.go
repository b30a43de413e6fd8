package contact_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pocreg.example/internal/contact"
)

var dutyZones = []string{
	"Europe/Warsaw", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati",
	"America/Havana", "Africa/Casablanca", "Asia/Gaza", "America/St_Johns", "Antarctica/Troll", "Europe/Dublin", "UTC",
}

// jumps are moments near which clocks of some of the zones jump, or a date is
// skipped.
var jumps = []string{
	"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z",
	"2011-12-30T10:00:00Z", "2026-03-08T05:00:00Z", "2026-02-15T02:00:00Z", "2026-12-31T23:00:00Z", "2028-02-29T00:00:00Z",
}

var dutyDays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// clockMinute is what a clock in zone shows, in minutes of a calendar without
// zones.
func clockMinute(at time.Time, zone *time.Location) int64 {
	t := at.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC).Unix() / 60
}

// bruteDuty looks at every minute around at, knowing nothing of zones but what a
// clock there shows: a shift is on in a minute if the clock has shown its start or
// later by then, and shows less than its end then or after.
func bruteDuty(a contact.Availability, at time.Time, zone *time.Location) (on bool, until, next *time.Time) {
	const before, after = 3 * 24 * 60, 17 * 24 * 60
	origin := at.UTC().Truncate(time.Minute).Add(-before * time.Minute)
	clocks := make([]int64, before+after)
	for i := range clocks {
		clocks[i] = clockMinute(origin.Add(time.Duration(i)*time.Minute), zone)
	}
	duty := make([]bool, len(clocks))
	day := clocks[0] - clocks[0]%(24*60)
	for ; day <= slices.Max(clocks); day += 24 * 60 {
		date := time.Unix(day*60, 0).UTC()
		if slices.Contains(a.Holidays[fmt.Sprint(date.Year())], date.Format(time.DateOnly)) {
			continue
		}
		for _, h := range a.Weekly {
			if !slices.Contains(h.Days, dutyDays[(date.Weekday()+6)%7]) {
				continue
			}
			var fromHour, fromMinute, toHour, toMinute int64
			_, errFrom := fmt.Sscanf(h.From, "%d:%d", &fromHour, &fromMinute)
			_, errTo := fmt.Sscanf(h.To, "%d:%d", &toHour, &toMinute)
			if errFrom != nil || errTo != nil {
				panic("the hours are no hours")
			}
			start, end := day+fromHour*60+fromMinute, day+toHour*60+toMinute
			if end <= start {
				end += 24 * 60
			}
			begun := slices.IndexFunc(clocks, func(m int64) bool { return m >= start })
			if begun < 0 {
				continue
			}
			over := len(clocks) - 1
			for over >= 0 && clocks[over] >= end {
				over--
			}
			for i := begun; i <= over; i++ {
				duty[i] = true
			}
		}
	}
	on = duty[before]
	for i := before + 1; i <= before+int(contact.DutyAhead/time.Minute); i++ {
		t := origin.Add(time.Duration(i) * time.Minute)
		if t.After(at.Add(contact.DutyAhead)) {
			break
		}
		if on && until == nil && !duty[i] {
			until = &t
		}
		if duty[i] && !duty[i-1] && next == nil {
			next = &t
		}
	}
	return on, until, next
}

// checkDuty holds Duty to every minute's clock.
func checkDuty(t *testing.T, a contact.Availability, at time.Time, zone *time.Location) {
	t.Helper()
	got := a.Duty(at, zone)
	on, until, next := bruteDuty(a, at, zone)
	same := func(x, y *time.Time) bool { return x == nil && y == nil || x != nil && y != nil && x.Equal(*y) }
	if got.State == contact.OnDuty != on || !same(got.Until, until) || !same(got.Next, next) {
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("Duty(%s in %s) of %s = %s until %v next %v, want on: %t until %v next %v",
			at.In(zone).Format(time.RFC3339), zone, text, got.State, got.Until, got.Next, on, until, next)
	}
}

func TestDutyIsWhatEveryMinutesClockSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := contact.Availability{Holidays: map[string][]string{}}
		near := moment(t, jumps[r.IntN(len(jumps))]).Add(time.Duration(r.IntN(6*24*60)-4*24*60) * time.Minute)
		at := near.Add(time.Duration(r.IntN(60)) * time.Second)
		for range 1 + r.IntN(4) {
			h := contact.Hours{From: fmt.Sprintf("%02d:%02d", r.IntN(24), 15*r.IntN(4)), To: fmt.Sprintf("%02d:%02d", r.IntN(24), 5*r.IntN(12))}
			if r.IntN(3) == 0 {
				h.From, h.To = fmt.Sprintf("0%d:%02d", r.IntN(4), 5*r.IntN(12)), fmt.Sprintf("0%d:%02d", r.IntN(4), 5*r.IntN(12))
			}
			if r.IntN(6) == 0 {
				h.To = "24:00"
			}
			for _, day := range dutyDays {
				if r.IntN(2) == 0 {
					h.Days = append(h.Days, day)
				}
			}
			a.Weekly = append(a.Weekly, h)
		}
		for range r.IntN(5) {
			date := at.AddDate(0, 0, r.IntN(18)-2)
			year := fmt.Sprint(date.Year())
			a.Holidays[year] = append(a.Holidays[year], date.Format(time.DateOnly))
		}
		checkDuty(t, a, at, zone(t, dutyZones[r.IntN(len(dutyZones))]))
	}
}

func FuzzDuty(f *testing.F) {
	for i, hours := range []string{office, gulf, nights, sundays, inTheGap, toTheGap, twice, split, everyDay, allMon, unsaid, closed, `{}`, `{"always":true}`} {
		f.Add(hours, moment(f, jumps[i%len(jumps)]).Unix(), uint8(i))
	}
	f.Add(`{"weekly":[{"days":["mon","x"],"from":"25:00","to":""}],"holidays":{"":["x"]}}`, int64(1<<62), uint8(3))
	f.Fuzz(func(t *testing.T, hours string, seconds int64, number uint8) {
		var a contact.Availability
		if json.Unmarshal([]byte(hours), &a) != nil {
			return
		}
		there := zone(t, dutyZones[int(number)%len(dutyZones)])
		at := time.Unix(seconds, 0)
		a.Duty(at, nil)
		d := a.Duty(at, there)
		if d.Until != nil && (d.State != contact.OnDuty || !d.Until.After(at)) || d.Next != nil && !d.Next.After(at) ||
			d.Until != nil && d.Next != nil && !d.Next.After(*d.Until) {
			t.Errorf("Duty(%s) = %+v, want an end of what is on, and a start after it", at, d)
		}
		// What the register would not take has no meaning, and in 1972 the last
		// clock gave up showing seconds of its own.
		sound := !a.Always && len(a.Weekly) > 0 && len(a.Faults("")) == 0
		if sound && at.After(moment(t, "1973-01-01T00:00:00Z")) && at.Before(moment(t, "2200-01-01T00:00:00Z")) {
			checkDuty(t, a, at, there)
		}
	})
}
