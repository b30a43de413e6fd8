package importer

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"pocreg.example/internal/contact"
)

var week = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

const (
	hoursFault    = `must be always, or weekly hours such as "mon-fri 08:00-16:00; sat 09:00-12:00"`
	holidaysFault = `must be years with their days, such as "2026: 12-25 12-26; 2027:"`
)

// parts are what a cell parts with semicolons or lines.
func parts(cell string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// dashes are the ways in which people write from-to.
var dashes = regexp.MustCompile(`[ \t]*[-–][ \t]*`)

// parseHours reads a cell of always or weekly hours; whether they make sense is
// the contact's to say.
func parseHours(cell string) (always bool, weekly []contact.Hours, ok bool) {
	if strings.EqualFold(cell, "always") {
		return true, nil, true
	}
	for _, part := range parts(dashes.ReplaceAllString(cell, "-")) {
		words := strings.Fields(part)
		days, span := strings.ToLower(strings.Join(words[:len(words)-1], "")), words[len(words)-1]
		from, to, two := strings.Cut(span, "-")
		h := contact.Hours{From: from, To: to}
		for name := range strings.SplitSeq(days, ",") {
			first, last, isRange := strings.Cut(name, "-")
			if !isRange {
				last = first
			}
			a, b := slices.Index(week, first), slices.Index(week, last)
			if a < 0 || b < 0 {
				return false, nil, false
			}
			for ; ; a = (a + 1) % len(week) {
				h.Days = append(h.Days, week[a])
				if a == b {
					break
				}
			}
		}
		if !two {
			return false, nil, false
		}
		weekly = append(weekly, h)
	}
	return false, weekly, true
}

// parseHolidays reads a cell of days off duty, by year.
func parseHolidays(cell string) (holidays map[string][]string, ok bool) {
	for _, part := range parts(cell) {
		year, days, named := strings.Cut(part, ":")
		year = strings.TrimSpace(year)
		if _, twice := holidays[year]; !named || twice {
			return nil, false
		}
		if holidays == nil {
			holidays = map[string][]string{}
		}
		holidays[year] = []string{}
		for _, day := range list(days) {
			if len(day) == len("12-25") {
				day = year + "-" + day
			}
			holidays[year] = append(holidays[year], day)
		}
	}
	return holidays, true
}

// formatHours is the cell that parseHours reads as a.
func formatHours(a contact.Availability) string {
	if a.Always {
		return "always"
	}
	var out []string
	for _, h := range a.Weekly {
		out = append(out, formatDays(h.Days)+" "+h.From+"-"+h.To)
	}
	return strings.Join(out, "; ")
}

// formatDays names days that follow each other by the first and the last.
func formatDays(days []string) string {
	var out []string
	for i := 0; i < len(days); {
		from, j := slices.Index(week, days[i]), i+1
		for j < len(days) && slices.Index(week, days[j]) == from+j-i {
			j++
		}
		if j-i > 2 {
			out = append(out, days[i]+"-"+days[j-1])
		} else {
			out = append(out, days[i:j]...)
		}
		i = j
	}
	return strings.Join(out, ",")
}

// formatHolidays is the cell that parseHolidays reads as the holidays.
func formatHolidays(holidays map[string][]string) string {
	var out []string
	for _, year := range slices.Sorted(maps.Keys(holidays)) {
		part := year + ":"
		for _, date := range holidays[year] {
			part += " " + strings.TrimPrefix(date, year+"-")
		}
		out = append(out, part)
	}
	return strings.Join(out, "; ")
}
