package contact

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/valid"
)

// Availability says when a contact is on duty: always, or in weekly hours in
// the contact's time zone, less holidays. The zero value means that nothing is
// recorded, which is not the same as never.
type Availability struct {
	Always bool    `json:"always,omitempty"`
	Weekly []Hours `json:"weekly,omitempty"`

	// Holidays are the dates off duty ("2026-12-25") under their year ("2026").
	// A year that is missing has none recorded; an empty one has none at all.
	Holidays map[string][]string `json:"holidays,omitempty"`
}

// Hours are the hours of duty of some days of the week.
type Hours struct {
	Days []string `json:"days"` // "mon" to "sun"
	From string   `json:"from"` // "HH:MM"
	To   string   `json:"to"`   // "HH:MM", or "24:00"; not after From means on the next day
}

// The limits on an availability: far above what anyone keeps, and small enough
// to check and show without thought.
const (
	maxHours    = 50
	maxYears    = 20
	maxHolidays = 60 // dates a year
)

var week = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

// IsZero reports whether nothing is recorded.
func (a Availability) IsZero() bool {
	return !a.Always && len(a.Weekly) == 0 && len(a.Holidays) == 0
}

// Faults returns what is wrong with a, which stands at pointer in the input.
func (a Availability) Faults(pointer string) []problem.Fault {
	c := availabilityCheck{pointer: pointer}
	if a.Always && len(a.Weekly) > 0 {
		c.add("must be left out when always is true", "weekly")
	}
	if len(a.Weekly) > maxHours {
		c.add(fmt.Sprintf("must have at most %d entries", maxHours), "weekly")
	} else {
		c.weekly(a.Weekly)
	}
	switch {
	case len(a.Holidays) > 0 && len(a.Weekly) == 0:
		c.add("must be left out unless weekly hours are given", "holidays")
	case len(a.Holidays) > maxYears:
		c.add(fmt.Sprintf("must have at most %d years", maxYears), "holidays")
	default:
		c.holidays(a.Holidays)
	}
	return c.faults
}

// Canonical returns a in the one spelling in which it is stored, so that the
// same hours never show as a change: days in the week's order, rows and dates
// sorted, midnight at the end of a day as "24:00". It shares nothing with a.
func (a Availability) Canonical() Availability {
	c := Availability{Always: a.Always}
	for _, h := range a.Weekly {
		h.Days = append([]string{}, h.Days...)
		slices.SortFunc(h.Days, compareDays)
		if h.To == "00:00" {
			h.To = "24:00"
		}
		c.Weekly = append(c.Weekly, h)
	}
	slices.SortFunc(c.Weekly, func(x, y Hours) int {
		if d := slices.CompareFunc(x.Days, y.Days, compareDays); d != 0 {
			return d
		}
		return strings.Compare(x.From+" "+x.To, y.From+" "+y.To)
	})
	if len(a.Holidays) > 0 {
		c.Holidays = make(map[string][]string, len(a.Holidays))
	}
	for year, dates := range a.Holidays {
		dates = append([]string{}, dates...)
		slices.Sort(dates)
		c.Holidays[year] = dates
	}
	return c
}

// compareDays orders by the day's place in the week; what is no day comes last.
func compareDays(x, y string) int {
	i, j := slices.Index(week, x), slices.Index(week, y)
	switch {
	case i >= 0 && j >= 0:
		return i - j
	case i < 0 && j < 0:
		return strings.Compare(x, y)
	default:
		return j - i
	}
}

type availabilityCheck struct {
	pointer string
	faults  []problem.Fault
}

func (c *availabilityCheck) add(detail string, tokens ...string) {
	c.faults = append(c.faults, problem.Fault{Pointer: c.pointer + valid.Pointer(tokens...), Detail: detail})
}

// weekly checks each row, and that no two claim the same minute: of two hours
// that overlap, one is a mistake, and a reader at night must not guess which.
func (c *availabilityCheck) weekly(rows []Hours) {
	var taken [weekMinutes]int // which row has the minute, counted from 1
	for i, h := range rows {
		row := strconv.Itoa(i)
		days, sound := c.days(h.Days, row)
		from, okFrom := minute(h.From)
		if !okFrom || from == dayMinutes {
			c.add(`must be a time from "00:00" to "23:59"`, "weekly", row, "from")
			okFrom = false
		}
		to, okTo := minute(h.To)
		if !okTo {
			c.add(`must be a time from "00:00" to "24:00"`, "weekly", row, "to")
		}
		if !sound || !okFrom || !okTo {
			continue
		}
		if to <= from {
			to += dayMinutes
		}
		if other := take(&taken, i+1, days, from, to); other > 0 {
			c.add(fmt.Sprintf("must not overlap entry %d of the list, counted from 0", other-1), "weekly", row)
		}
	}
}

// days returns the days' places in the week, and whether they are sound.
func (c *availabilityCheck) days(names []string, row string) (places []int, sound bool) {
	if len(names) == 0 || len(names) > len(week) {
		c.add("must name one to seven days, each once", "weekly", row, "days")
		return nil, false
	}
	sound = true
	for i, name := range names {
		place := slices.Index(week, name)
		switch {
		case place < 0:
			c.add("must be one of: "+strings.Join(week, ", "), "weekly", row, "days", strconv.Itoa(i))
			sound = false
		case slices.Contains(places, place):
			c.add("must not name the same day twice", "weekly", row, "days", strconv.Itoa(i))
			sound = false
		}
		places = append(places, place)
	}
	return places, sound
}

// take marks the minutes from..to of each day as row's, and returns the first
// row that has one of them already, 0 if there is none.
func take(taken *[weekMinutes]int, row int, days []int, from, to int) (other int) {
	for _, day := range days {
		for m := from; m < to; m++ {
			at := (day*dayMinutes + m) % weekMinutes
			if other == 0 {
				other = taken[at]
			}
			taken[at] = row
		}
	}
	return other
}

// minute reads "HH:MM" as a minute of the day, "24:00" being the last.
func minute(s string) (int, bool) {
	if s == "24:00" {
		return dayMinutes, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == len("15:04")
}

func (c *availabilityCheck) holidays(years map[string][]string) {
	for _, year := range slices.Sorted(maps.Keys(years)) {
		if t, err := time.Parse("2006", year); err != nil || t.Year() < 2000 {
			c.add("must stand under a year such as 2026", "holidays", year)
			continue
		}
		dates := years[year]
		if len(dates) > maxHolidays {
			c.add(fmt.Sprintf("must have at most %d dates", maxHolidays), "holidays", year)
			continue
		}
		for i, date := range dates {
			_, err := time.Parse(time.DateOnly, date)
			switch {
			case err != nil || !strings.HasPrefix(date, year+"-"):
				c.add("must be a date of the year "+year+", such as "+year+"-12-25", "holidays", year, strconv.Itoa(i))
			case slices.Contains(dates[:i], date):
				c.add("must not name the same date twice", "holidays", year, strconv.Itoa(i))
			}
		}
	}
}
