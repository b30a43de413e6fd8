package contact_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/problem"
)

// decodeAvailability reads an availability as a request carries it.
func decodeAvailability(t *testing.T, in string) contact.Availability {
	t.Helper()
	var a contact.Availability
	if err := json.Unmarshal([]byte(in), &a); err != nil {
		t.Fatalf("decode %s: %v", in, err)
	}
	return a
}

func TestAvailabilityTakes(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing recorded":               `{}`,
		"always":                         `{"always":true}`,
		"office hours":                   `{"weekly":[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"16:15"}]}`,
		"two rows that touch":            `{"weekly":[{"days":["mon"],"from":"08:00","to":"12:00"},{"days":["mon"],"from":"12:00","to":"16:00"}]}`,
		"every night":                    `{"weekly":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"20:00","to":"06:00"}]}`,
		"a night over the week's end":    `{"weekly":[{"days":["sun"],"from":"22:00","to":"06:00"},{"days":["mon"],"from":"06:00","to":"24:00"}]}`,
		"a day around the clock":         `{"weekly":[{"days":["sat","sun"],"from":"00:00","to":"24:00"}]}`,
		"the same from a morning on":     `{"weekly":[{"days":["sat","sun"],"from":"08:00","to":"08:00"}]}`,
		"holidays, and a year with none": `{"weekly":[{"days":["mon"],"from":"08:00","to":"16:00"}],"holidays":{"2026":["2026-12-25","2026-01-01"],"2027":[]}}`,
	} {
		if got := decodeAvailability(t, in).Faults("/availability"); len(got) != 0 {
			t.Errorf("%s: Faults(%s) = %v, want none", name, in, got)
		}
	}
}

func TestAvailabilityRefuses(t *testing.T) {
	t.Parallel()
	const office = `{"days":["mon"],"from":"08:00","to":"16:00"}`
	rows := func(n int) string {
		var all []contact.Hours
		for i := range n {
			all = append(all, contact.Hours{Days: []string{"mon"}, From: fmt.Sprintf("%02d:%02d", i/60, i%60), To: fmt.Sprintf("%02d:%02d", (i+1)/60, (i+1)%60)})
		}
		out, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	years := map[string][]string{}
	for y := range 21 {
		years[fmt.Sprint(2020+y)] = []string{}
	}
	manyYears, err := json.Marshal(years)
	if err != nil {
		t.Fatal(err)
	}
	manyDates, err := json.Marshal(make([]string, 61))
	if err != nil {
		t.Fatal(err)
	}
	day := "must be one of: mon, tue, wed, thu, fri, sat, sun"
	from, to := `must be a time from "00:00" to "23:59"`, `must be a time from "00:00" to "24:00"`
	christmas := "must be a date of the year 2026, such as 2026-12-25"
	for _, tt := range []struct {
		name, in string
		want     []problem.Fault
	}{
		{"always with hours", `{"always":true,"weekly":[` + office + `]}`,
			[]problem.Fault{{Pointer: "/a/weekly", Detail: "must be left out when always is true"}}},
		{"always with holidays", `{"always":true,"holidays":{"2026":[]}}`,
			[]problem.Fault{{Pointer: "/a/holidays", Detail: "must be left out unless weekly hours are given"}}},
		{"holidays of no hours", `{"holidays":{"x":["y"]}}`,
			[]problem.Fault{{Pointer: "/a/holidays", Detail: "must be left out unless weekly hours are given"}}},
		{"an empty row", `{"weekly":[{}]}`,
			[]problem.Fault{
				{Pointer: "/a/weekly/0/days", Detail: "must name one to seven days, each once"},
				{Pointer: "/a/weekly/0/from", Detail: from},
				{Pointer: "/a/weekly/0/to", Detail: to},
			}},
		{"days that are none", `{"weekly":[` + office + `,{"days":["tue","Wed","","tue"],"from":"08:00","to":"09:00"}]}`,
			[]problem.Fault{
				{Pointer: "/a/weekly/1/days/1", Detail: day},
				{Pointer: "/a/weekly/1/days/2", Detail: day},
				{Pointer: "/a/weekly/1/days/3", Detail: "must not name the same day twice"},
			}},
		{"eight days", `{"weekly":[{"days":["mon","mon","mon","mon","mon","mon","mon","mon"],"from":"08:00","to":"09:00"}]}`,
			[]problem.Fault{{Pointer: "/a/weekly/0/days", Detail: "must name one to seven days, each once"}}},
		{"times that are none", `{"weekly":[{"days":["mon"],"from":"24:00","to":"24:01"},{"days":["mon"],"from":"8:00","to":"0800"},{"days":["mon"],"from":"23:60","to":"-1:00"},{"days":["mon"],"from":"08:00:00","to":"٠٨:٠٠"}]}`,
			[]problem.Fault{
				{Pointer: "/a/weekly/0/from", Detail: from}, {Pointer: "/a/weekly/0/to", Detail: to},
				{Pointer: "/a/weekly/1/from", Detail: from}, {Pointer: "/a/weekly/1/to", Detail: to},
				{Pointer: "/a/weekly/2/from", Detail: from}, {Pointer: "/a/weekly/2/to", Detail: to},
				{Pointer: "/a/weekly/3/from", Detail: from}, {Pointer: "/a/weekly/3/to", Detail: to},
			}},
		{"rows that overlap", `{"weekly":[{"days":["tue"],"from":"08:00","to":"09:00"},` + office + `,{"days":["sat","mon"],"from":"15:59","to":"18:00"}]}`,
			[]problem.Fault{{Pointer: "/a/weekly/2", Detail: "must not overlap entry 1 of the list, counted from 0"}}},
		{"the same row twice", `{"weekly":[` + office + `,` + office + `]}`,
			[]problem.Fault{{Pointer: "/a/weekly/1", Detail: "must not overlap entry 0 of the list, counted from 0"}}},
		{"a night that runs into Monday's hours", `{"weekly":[` + office + `,{"days":["sun"],"from":"22:00","to":"08:01"}]}`,
			[]problem.Fault{{Pointer: "/a/weekly/1", Detail: "must not overlap entry 0 of the list, counted from 0"}}},
		{"more rows than allowed", `{"weekly":` + rows(51) + `}`,
			[]problem.Fault{{Pointer: "/a/weekly", Detail: "must have at most 50 entries"}}},
		{"more years than allowed", `{"weekly":[` + office + `],"holidays":` + string(manyYears) + `}`,
			[]problem.Fault{{Pointer: "/a/holidays", Detail: "must have at most 20 years"}}},
		{"more dates than allowed", `{"weekly":[` + office + `],"holidays":{"2026":` + string(manyDates) + `}}`,
			[]problem.Fault{{Pointer: "/a/holidays/2026", Detail: "must have at most 60 dates"}}},
		{"years that are none", `{"weekly":[` + office + `],"holidays":{"26":[],"20/26":["2026-01-01"],"0001":[]}}`,
			[]problem.Fault{
				{Pointer: "/a/holidays/0001", Detail: "must stand under a year such as 2026"},
				{Pointer: "/a/holidays/20~126", Detail: "must stand under a year such as 2026"},
				{Pointer: "/a/holidays/26", Detail: "must stand under a year such as 2026"},
			}},
		{"dates that are none, of another year, or twice", `{"weekly":[` + office + `],"holidays":{"2026":["2026-02-29","2027-01-01","2026-05-01","2026-05-01",""]}}`,
			[]problem.Fault{
				{Pointer: "/a/holidays/2026/0", Detail: christmas},
				{Pointer: "/a/holidays/2026/1", Detail: christmas},
				{Pointer: "/a/holidays/2026/3", Detail: "must not name the same date twice"},
				{Pointer: "/a/holidays/2026/4", Detail: christmas},
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, decodeAvailability(t, tt.in).Faults("/a")); diff != "" {
				t.Errorf("Faults(%s) mismatch (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestAvailabilityCanonical(t *testing.T) {
	t.Parallel()
	in := contact.Availability{
		Weekly: []contact.Hours{
			{Days: []string{"sun", "sat"}, From: "09:00", To: "00:00"},
			{Days: []string{"wed", "mon"}, From: "13:00", To: "16:00"},
			{Days: []string{"mon", "wed"}, From: "08:00", To: "12:00"},
		},
		Holidays: map[string][]string{"2027": nil, "2026": {"2026-12-25", "2026-01-01"}},
	}
	want := contact.Availability{
		Weekly: []contact.Hours{
			{Days: []string{"mon", "wed"}, From: "08:00", To: "12:00"},
			{Days: []string{"mon", "wed"}, From: "13:00", To: "16:00"},
			{Days: []string{"sat", "sun"}, From: "09:00", To: "24:00"},
		},
		Holidays: map[string][]string{"2027": {}, "2026": {"2026-01-01", "2026-12-25"}},
	}
	if diff := cmp.Diff(want, in.Canonical()); diff != "" {
		t.Errorf("Canonical() mismatch (-want +got):\n%s", diff)
	}
	if in.Weekly[0].Days[0] != "sun" || in.Holidays["2026"][0] != "2026-12-25" {
		t.Errorf("Canonical() changed its receiver to %v", in)
	}
}

func TestAvailabilityIsZero(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		`{}`: true, `{"weekly":[],"holidays":{}}`: true, `{"always":true}`: false,
		`{"weekly":[{}]}`: false, `{"holidays":{"2026":[]}}`: false,
	} {
		a := decodeAvailability(t, in)
		if got := a.IsZero(); got != want {
			t.Errorf("IsZero(%s) = %v, want %v", in, got, want)
		}
		if got := a.Canonical().IsZero(); got != want {
			t.Errorf("Canonical().IsZero(%s) = %v, want %v", in, got, want)
		}
	}
}

func FuzzAvailability(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"always":true}`,
		`{"weekly":[{"days":["sun","mon"],"from":"22:00","to":"06:00"}],"holidays":{"2026":["2026-12-25"]}}`,
		`{"weekly":[{"days":["x","mon","y"],"from":"24:00","to":""},{}],"holidays":{"":null,"x":[""]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var a contact.Availability
		if json.Unmarshal(in, &a) != nil {
			return
		}
		faults := a.Faults("/a")
		once := a.Canonical()
		if diff := cmp.Diff(once, once.Canonical()); diff != "" {
			t.Errorf("Canonical() of %s is not final (-once +twice):\n%s", in, diff)
		}
		if again := once.Faults("/a"); (len(again) == 0) != (len(faults) == 0) {
			t.Errorf("Faults() of %s = %v, but of its canonical form %v", in, faults, again)
		}
	})
}
