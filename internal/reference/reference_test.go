package reference_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"pocreg.example/internal/reference"
)

func TestStates(t *testing.T) {
	t.Parallel()
	all := reference.States()

	t.Run("are the 46 in the order of the statement", func(t *testing.T) {
		t.Parallel()
		if len(all) != 46 {
			t.Fatalf("States() has %d states, want 46", len(all))
		}
		for i, s := range all {
			if s.StatementNumber != i+1 {
				t.Errorf("States()[%d] is %s with number %d, want %d", i, s.Alpha2, s.StatementNumber, i+1)
			}
		}
		for number, want := range map[int]string{1: "AF", 2: "SA", 33: "PL", 36: "KR", 39: "US", 46: "AE"} {
			if got := all[number-1].Alpha2; got != want {
				t.Errorf("number %d is %s, want %s", number, got, want)
			}
		}
	})

	t.Run("have codes of their own and every name", func(t *testing.T) {
		t.Parallel()
		alpha2, alpha3 := regexp.MustCompile(`^[A-Z]{2}$`), regexp.MustCompile(`^[A-Z]{3}$`)
		seen := map[string]bool{}
		for _, s := range all {
			if !alpha2.MatchString(s.Alpha2) || !alpha3.MatchString(s.Alpha3) {
				t.Errorf("state %d has the codes %q and %q", s.StatementNumber, s.Alpha2, s.Alpha3)
			}
			for _, unique := range []string{s.Alpha2, s.Alpha3, s.NameEN, "pl:" + s.NamePL} {
				if seen[unique] {
					t.Errorf("%q stands for two states", unique)
				}
				seen[unique] = true
			}
			if s.NameEN == "" || s.NamePL == "" || s.Region == "" || s.Subregion == "" {
				t.Errorf("state %d lacks a value: %+v", s.StatementNumber, s)
			}
		}
	})

	t.Run("have three co-chairs: Korea, Poland and the United States", func(t *testing.T) {
		t.Parallel()
		var got []string
		for _, s := range all {
			if s.CoChair {
				got = append(got, s.Alpha2)
			}
		}
		slices.Sort(got)
		if want := []string{"KR", "PL", "US"}; !slices.Equal(got, want) {
			t.Errorf("the co-chairs are %v, want %v", got, want)
		}
	})

	t.Run("belong to the caller, who may change the slice", func(t *testing.T) {
		t.Parallel()
		mine := reference.States()
		mine[0].Alpha2 = "XX"
		if got := reference.States()[0].Alpha2; got != "AF" {
			t.Errorf("States()[0] is %s after a caller changed its copy, want AF", got)
		}
	})
}

func TestFrameworks(t *testing.T) {
	t.Parallel()

	t.Run("are known by their codes, the UN not among them", func(t *testing.T) {
		t.Parallel()
		var got []string
		for _, f := range reference.Frameworks() {
			got = append(got, f.Code)
			if f.Name == "" || f.NamePL == "" || f.Website == "" {
				t.Errorf("framework %s lacks a value: %+v", f.Code, f)
			}
			if !reference.HasFramework(f.Code) {
				t.Errorf("HasFramework(%q) = false, want true", f.Code)
			}
		}
		if want := []string{"EU", "OSCE", "NATO", "OAS", "GCC", "LAS", "AU"}; !slices.Equal(got, want) {
			t.Errorf("Frameworks() are %v, want %v", got, want)
		}
		for _, code := range []string{"", "UN", "eu", "ARF"} {
			if reference.HasFramework(code) {
				t.Errorf("HasFramework(%q) = true, want false", code)
			}
		}
	})

	t.Run("have members among the 46, each once", func(t *testing.T) {
		t.Parallel()
		states := map[string]bool{}
		for _, s := range reference.States() {
			states[s.Alpha2] = true
		}
		seen := map[reference.Membership]bool{}
		count := map[string]int{}
		for _, m := range reference.Memberships() {
			if !reference.HasFramework(m.Framework) {
				t.Errorf("%+v names an unknown framework", m)
			}
			if !states[m.State] {
				t.Errorf("%+v names a state that does not take part", m)
			}
			if seen[m] {
				t.Errorf("%+v is there twice", m)
			}
			seen[m] = true
			count[m.Framework]++
		}
		want := map[string]int{"EU": 20, "OSCE": 26, "NATO": 22, "OAS": 5, "GCC": 6, "LAS": 10, "AU": 4}
		for _, f := range reference.Frameworks() {
			if count[f.Code] != want[f.Code] {
				t.Errorf("%s has %d members among the 46, want %d", f.Code, count[f.Code], want[f.Code])
			}
		}
	})
}

func TestNorms(t *testing.T) {
	t.Parallel()
	var got []string
	for _, n := range reference.Norms() {
		got = append(got, n.Code)
		if n.Titles["en"] == "" || n.Titles["pl"] == "" {
			t.Errorf("norm %s has the titles %v, want English and Polish", n.Code, n.Titles)
		}
		if !reference.HasNorm(n.Code) {
			t.Errorf("HasNorm(%q) = false, want true", n.Code)
		}
	}
	want := []string{"13a", "13b", "13c", "13d", "13e", "13f", "13g", "13h", "13i", "13j", "13k"}
	if !slices.Equal(got, want) {
		t.Errorf("Norms() are %v, want %v", got, want)
	}
	if reference.HasNorm("13l") {
		t.Error(`HasNorm("13l") = true, want false`)
	}
}

func TestCBMs(t *testing.T) {
	t.Parallel()
	var want []string
	for i := range 8 {
		want = append(want, fmt.Sprintf("UN CBM%d", i+1))
	}
	for i := range 16 {
		want = append(want, fmt.Sprintf("OSCE CBM%d", i+1))
	}
	var got []string
	for _, c := range reference.CBMs() {
		got = append(got, c.Framework+" "+c.Code)
		if c.Titles["en"] == "" {
			t.Errorf("%s %s has no English title", c.Framework, c.Code)
		}
		if title, ok := c.Titles["pl"]; ok && title == "" {
			t.Errorf("%s %s has an empty Polish title, want none", c.Framework, c.Code)
		}
		if c.Year < 2013 || c.Year > 2024 {
			t.Errorf("%s %s is of %d, want a year from 2013 to 2024", c.Framework, c.Code, c.Year)
		}
		if !reference.HasCBM(c.Framework, c.Code) {
			t.Errorf("HasCBM(%q, %q) = false, want true", c.Framework, c.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("CBMs() are %v, want %v", got, want)
	}
	if reference.HasCBM("UN", "CBM9") {
		t.Error(`HasCBM("UN", "CBM9") = true, want false: only the OSCE has a ninth`)
	}
}

func TestInstruments(t *testing.T) {
	t.Parallel()
	var codes, opened []string
	for _, i := range reference.Instruments() {
		codes = append(codes, i.Code)
		opened = append(opened, i.OpenedOn)
		if i.Name == "" || i.NamePL == "" || i.Reference == "" {
			t.Errorf("instrument %s lacks a value: %+v", i.Code, i)
		}
		if _, err := time.Parse(time.DateOnly, i.OpenedOn); err != nil {
			t.Errorf("instrument %s was opened on %q: %v", i.Code, i.OpenedOn, err)
		}
		if !reference.HasInstrument(i.Code) {
			t.Errorf("HasInstrument(%q) = false, want true", i.Code)
		}
	}
	want := []string{"budapest_convention", "budapest_first_protocol", "budapest_second_protocol", "un_cybercrime_convention"}
	if !slices.Equal(codes, want) {
		t.Errorf("Instruments() are %v, want %v", codes, want)
	}
	if !slices.IsSorted(opened) {
		t.Errorf("Instruments() were opened on %v, want the oldest first", opened)
	}
	if reference.HasInstrument("") {
		t.Error(`HasInstrument("") = true, want false`)
	}
}
