package importer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/valid"
)

// A file is read or refused in words, with a line; whatever it is, it never
// brings the reader down.
func FuzzFile(f *testing.F) {
	f.Add([]byte(file(f, desk("note", "a;=b\n\"c\""), desk("office_title", "'=1"))))
	f.Add(reference.PublicFacts[:2000])
	f.Add(reference.Strategies[:5000])
	for _, text := range []string{"", "\xff", "a;b\n1;2", "a\tb\n\"", "[", `[{"state":"EE"}]`, `[{"state":7},{"stat":1}]`, `[1]`, `[] x`, "\ufeff[]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, kind := range importer.Kinds {
			err := importer.Read(kind, text)
			if err == nil {
				continue
			}
			var p *problem.Error
			if !errors.As(err, &p) || len(p.Faults) == 0 {
				t.Fatalf("read %s: %v, want a problem with faults", kind, err)
			}
			for _, fault := range p.Faults {
				if fault.Line < 1 && fault.Detail == "" {
					t.Errorf("read %s: the fault %+v says neither where nor what", kind, fault)
				}
			}
		}
	})
}

// What was read of a sheet and is written as ours says the same when it is read
// again.
func FuzzSheet(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a;b\n'=1;\"x\ny\"\n", "a\tb\n''\t'tis\n", "A, b \n\n\"=\"\n", "a,b\n\"'\n=1\",;\n", "\"a,b\"\n x \n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		head, rows, err := importer.Cells(text)
		if err != nil || slices.Contains(head, "") || len(head) > 26 || slices.ContainsFunc(rows, func(r []string) bool { return strings.Contains(strings.Join(r, ""), "\r") }) {
			return // no text of the register has a carriage return in it
		}
		// Names are ours to choose; a file of one column of nothing has no rows.
		for i := range head {
			head[i] = string(rune('a' + i))
		}
		rows = slices.DeleteFunc(rows, func(r []string) bool { return !slices.ContainsFunc(r, func(c string) bool { return c != "" }) })
		written, err := valid.Sheet(head, rows)
		if err != nil {
			t.Fatalf("write the sheet again: %v", err)
		}
		_, again, err := importer.Cells(written)
		if err != nil {
			t.Fatalf("read %q, which was written: %v", written, err)
		}
		if diff := cmp.Diff(rows, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q was written as %q, and says something else (-before +after):\n%s", text, written, diff)
		}
	})
}

func FuzzHours(f *testing.F) {
	for _, cell := range []string{"always", "", "mon-fri 08:00-16:00; sat 09:00-12:00", "fri–mon 22:00 – 06:00", "mon,tue,sun 00:00-24:00", "mon 8", "-", "sun-sun -", "mon-fri\n;1-2"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		always, weekly, ok := importer.ParseHours(cell)
		a := contact.Availability{Always: always, Weekly: weekly}
		if !ok || a.IsZero() || len(a.Faults("")) > 0 {
			return
		}
		a = a.Canonical()
		written := importer.FormatHours(a)
		always, weekly, ok = importer.ParseHours(written)
		if diff := cmp.Diff(a, contact.Availability{Always: always, Weekly: weekly}); !ok || diff != "" {
			t.Errorf("%q was written as %q, which says something else, ok: %t (-before +after):\n%s", cell, written, ok, diff)
		}
	})
}

func FuzzHolidays(f *testing.F) {
	for _, cell := range []string{"", "2026: 12-25 12-26; 2027:", "2026:2026-12-25", "2026:\n2026:", "x: 1", ":", "2026: 12-25, 12-24"} {
		f.Add(cell)
	}
	hours := []contact.Hours{{Days: []string{"mon"}, From: "08:00", To: "16:00"}}
	f.Fuzz(func(t *testing.T, cell string) {
		holidays, ok := importer.ParseHolidays(cell)
		a := contact.Availability{Weekly: hours, Holidays: holidays}
		if !ok || len(a.Faults("")) > 0 {
			return
		}
		a = a.Canonical()
		written := importer.FormatHolidays(a.Holidays)
		again, ok := importer.ParseHolidays(written)
		if diff := cmp.Diff(a.Holidays, again); !ok || diff != "" {
			t.Errorf("%q was written as %q, which says something else, ok: %t (-before +after):\n%s", cell, written, ok, diff)
		}
	})
}

// Whom a cell names is never more than whom it named before it was written.
func FuzzAudience(f *testing.F) {
	for _, cell := range []string{"", "public", "Participants", "selected: EE FI OSCE", "all except: XX", "selected: framework:AU AU", "selected:", "public: EE", "all except: EE; LV", "selected: framework:framework:x"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		whom, detail := importer.ParseWhom(cell)
		if detail != "" {
			return
		}
		written := importer.FormatWhom(whom)
		again, detail := importer.ParseWhom(written)
		if detail != "" {
			t.Fatalf("%q was written as %q, which is refused: %s", cell, written, detail)
		}
		if diff := cmp.Diff(whom, again); diff != "" {
			t.Errorf("%q was written as %q, which names others (-before +after):\n%s", cell, written, diff)
		}
	})
}
