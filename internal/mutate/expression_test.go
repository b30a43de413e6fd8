package main

import (
	"slices"
	"strings"
	"testing"
)

func TestOperands(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string][]string{
		"role() = 'x'":                         nil,
		"writes() and (role() = 'and' or of)":  {"true and (role() = 'and' or of)", "writes() and true", "writes() and (false or of)", "writes() and (role() = 'and' or false)"},
		"role() in ('a', 'b')":                 {"role() in ( 'b')", "role() in ('a')"},
		"exists (select from e where a and b)": {"exists (select from e where true and b)", "exists (select from e where a and true)"},
		"not exists (select from e where a or b)": {
			"not exists (select from e where false or b)", "not exists (select from e where a or false)",
		},
		"case k when 'x' then a and b when 'y' then c end": {
			"case k when 'x' then true when 'y' then c end", "case k when 'x' then true and b when 'y' then c end",
			"case k when 'x' then a and true when 'y' then c end", "case k when 'x' then a and b when 'y' then true end",
		},
		"coalesce(a = 'yes' and b, false)": {"coalesce(true and b, false)", "coalesce(a = 'yes' and true, false)"},
	} {
		var got []string
		for _, e := range operands(0, expression, "p") {
			got = append(got, expression[:e.from]+e.text+expression[e.to:])
		}
		if !slices.Equal(got, want) {
			t.Errorf("operands(%q) makes\n%s\nwant\n%s", expression, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	const file = "-- A; comment.\ncreate policy p on t using (a = ';');\n\ncreate function f() as $$\nbegin\n a; b;\nend $$;\n"
	var got []string
	for _, s := range split(file) {
		if file[s.at:s.at+len(s.text)] != s.text {
			t.Errorf("split() says that %q stands at %d", s.text, s.at)
		}
		got = append(got, s.text)
	}
	want := []string{"create policy p on t using (a = ';');", "create function f() as $$\nbegin\n a; b;\nend $$;"}
	if !slices.Equal(got, want) {
		t.Errorf("split() = %q, want %q", got, want)
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	const original = "-- why\nusing (a and b);\n"
	program := []byte("\x00\x01" + original + "\x02")
	for changed, want := range map[string]string{
		"-- why\nusing (true);\n":               "\x00\x01-- why\nusing (true);\n\n\n\n\x02",
		"-- why\nusing (a and bb);\n":           "\x00\x01using (a and bb);\n\n\n\n\n\n\n\x02",
		"-- why\nusing (a and ours, b or c);\n": "",
	} {
		got, ok := patch(program, []byte(original), []byte(changed))
		if ok != (want != "") || ok && string(got) != want {
			t.Errorf("patch(%q) = %q, %t, want %q", changed, got, ok, want)
		}
	}
	if _, ok := patch(append(program, program...), []byte(original), []byte("x")); ok {
		t.Error("patch() of what is there twice = true, want false")
	}
}
