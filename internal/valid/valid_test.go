package valid_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/valid"
)

type channel struct {
	Value string  `json:"value" validate:"required,line,max=5"`
	Note  *string `json:"note" validate:"omitempty,text"`
}

type named struct {
	Name string `json:"name" validate:"required"`
}

type input struct {
	named
	Kind     string              `json:"kind" validate:"oneof=technical diplomatic"`
	Rank     int                 `json:"rank" validate:"min=1,max=9"`
	Channels []channel           `json:"channels" validate:"min=1,max=3,unique=Value,dive"`
	Main     *channel            `json:"main" validate:"required"`
	Titles   map[string]channel  `json:"titles" validate:"max=3,dive,keys,lang,endkeys"`
	Lists    map[string][]string `json:"lists" validate:"dive,dive,required"`
	Place    struct {
		City string `json:"a/b~c" validate:"required"`
	} `json:"place"`
	Until string `json:"until" validate:"required_with=Kind"`
}

func sound() input {
	in := input{
		Kind: "technical", Rank: 1, Until: "x",
		Channels: []channel{{Value: "a"}}, Main: &channel{Value: "b"},
		Titles: map[string]channel{"pl": {Value: "c"}},
		Lists:  map[string][]string{"k": {"v"}},
	}
	in.Name, in.Place.City = "n", "c"
	return in
}

func TestStructPointsAtEachFault(t *testing.T) {
	t.Parallel()
	bad := "a\x00"
	for _, tt := range []struct {
		name  string
		spoil func(*input)
		want  []problem.Fault
	}{
		{"nothing when all is well", func(*input) {}, nil},
		{"an embedded struct adds no token", func(in *input) { in.Name = "" },
			[]problem.Fault{{Pointer: "/name", Detail: "must not be empty"}}},
		{"a choice names what there is to choose", func(in *input) { in.Kind = "military" },
			[]problem.Fault{{Pointer: "/kind", Detail: "must be one of: technical, diplomatic"}}},
		{"a number below its bound", func(in *input) { in.Rank = 0 },
			[]problem.Fault{{Pointer: "/rank", Detail: "must be at least 1"}}},
		{"a list with nothing in it", func(in *input) { in.Channels = []channel{} },
			[]problem.Fault{{Pointer: "/channels", Detail: "must not be empty"}}},
		{"a list that is too long", func(in *input) { in.Channels = make([]channel, 4) },
			[]problem.Fault{{Pointer: "/channels", Detail: "must have at most 3 entries"}}},
		{"a list that repeats itself", func(in *input) { in.Channels = []channel{{Value: "a"}, {Value: "a"}} },
			[]problem.Fault{{Pointer: "/channels", Detail: "must not hold the same entry twice"}}},
		{"characters are counted, not bytes", func(in *input) { in.Channels[0].Value = "łłłłł" }, nil},
		{"a field in a list", func(in *input) { in.Channels = []channel{{Value: "a"}, {Value: "łłłłłł"}} },
			[]problem.Fault{{Pointer: "/channels/1/value", Detail: "must have at most 5 characters"}}},
		{"a pointer that is missing", func(in *input) { in.Main = nil },
			[]problem.Fault{{Pointer: "/main", Detail: "must be given"}}},
		{"a field behind two pointers", func(in *input) { in.Main.Note = &bad },
			[]problem.Fault{{Pointer: "/main/note", Detail: "must be visible text, without control or formatting characters: type it anew instead of pasting it"}}},
		{"a map's value under a key that looks like a path", func(in *input) {
			in.Lists = map[string][]string{"x].lists[k": {""}, "x": {"v"}, "a/b~": {"v", ""}}
		}, []problem.Fault{
			{Pointer: "/lists/a~1b~0/1", Detail: "must not be empty"},
			{Pointer: "/lists/x].lists[k/0", Detail: "must not be empty"},
		}},
		{"a map's key and value, once", func(in *input) { in.Titles = map[string]channel{"klingonese": {Value: ""}} },
			[]problem.Fault{
				{Pointer: "/titles/klingonese", Detail: "must be a BCP 47 language tag such as pl, en-GB or sr-Latn"},
				{Pointer: "/titles/klingonese/value", Detail: "must not be empty"},
			}},
		{"a name with slash and tilde", func(in *input) { in.Place.City = "" },
			[]problem.Fault{{Pointer: "/place/a~1b~0c", Detail: "must not be empty"}}},
		{"a field that another one asks for", func(in *input) { in.Until = "" },
			[]problem.Fault{{Pointer: "/until", Detail: "must be given together with what else the input says"}}},
		{"all of it, in the order of the fields", func(in *input) {
			in.Until, in.Rank, in.Name, in.Channels[0].Value = "", 10, "", ""
		}, []problem.Fault{
			{Pointer: "/name", Detail: "must not be empty"},
			{Pointer: "/rank", Detail: "must be at most 9"},
			{Pointer: "/channels/0/value", Detail: "must not be empty"},
			{Pointer: "/until", Detail: "must be given together with what else the input says"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := sound()
			tt.spoil(&in)
			for what, err := range map[string]error{"value": valid.Struct(in), "pointer": valid.Struct(&in)} {
				got, _ := problem.Faults(err)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("Struct(%s) = %v; faults (-want +got):\n%s", what, err, diff)
				}
			}
		})
	}
}

func TestStructNeverRepeatsTheValue(t *testing.T) {
	t.Parallel()
	in := sound()
	in.Kind, in.Channels[0].Value, in.Main.Value = "s3cret", "s3cret\x1b[2J", "s3cret"
	err := valid.Struct(in)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("Struct() = %v, want an error without the value", err)
	}
}

func TestStructOfNothingIsOurMistake(t *testing.T) {
	t.Parallel()
	err := valid.Struct((*input)(nil))
	if _, ok := problem.Faults(err); err == nil || ok {
		t.Errorf("Struct(nil) = %v, want an error that is no problem of the caller's", err)
	}
}

func TestNormaliseReachesEveryString(t *testing.T) {
	t.Parallel()
	type word string
	type leaf struct {
		A    string
		Raw  string `norm:"-"`
		priv string
	}
	type tree struct {
		leaf
		P      *string
		Nil    *string
		W      word
		S      []string
		Array  [1]string
		M      map[string]string
		Leaves map[string]leaf
		Lists  map[string][]string
		Next   *tree
		Bytes  []byte
		N      int
	}
	// U+0061 U+0301 is á in two code points.
	spell := func(s, raw string) tree {
		return tree{
			leaf: leaf{A: s, Raw: raw, priv: raw}, P: &s, W: word(s), S: []string{s}, Array: [1]string{s},
			M:      map[string]string{raw: s},
			Leaves: map[string]leaf{"x": {A: s, Raw: raw}},
			Lists:  map[string][]string{"x": {s}},
			Next:   &tree{leaf: leaf{A: s}}, Bytes: []byte(raw), N: 7,
		}
	}
	const raw = " \u00a0a\u0301\r\nb\rc \t\n"
	got, want := spell(raw, raw), spell("\u00e1\nb\nc", raw)
	valid.Normalise(&got)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tree{}, leaf{})); diff != "" {
		t.Errorf("Normalise() mismatch (-want +got):\n%s", diff)
	}
	valid.Normalise(&got)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tree{}, leaf{})); diff != "" {
		t.Errorf("Normalise() twice mismatch (-want +got):\n%s", diff)
	}
}

func TestStructWordsEveryBound(t *testing.T) {
	t.Parallel()
	in := struct {
		A string   `json:"a" validate:"len=3"`
		B []int    `json:"b" validate:"min=2"`
		C float64  `json:"c" validate:"gt=0"`
		D float64  `json:"d" validate:"lt=0"`
		E string   `json:"e" validate:"uuid"`
		H string   `json:"h" validate:"excluded_with=A"`
		I string   `json:"-" validate:"min=1"`
		J string   `json:"j" validate:"hexcolor"`
		K any      `json:"k" validate:"required"`
		L []string `json:"l" validate:"dive,max=1"`
	}{A: "ab", B: []int{1}, D: 1, H: "x", L: []string{"a", "ab"}}
	want := []problem.Fault{
		{Pointer: "/a", Detail: "must have exactly 3 characters"},
		{Pointer: "/b", Detail: "must have at least 2 entries"},
		{Pointer: "/c", Detail: "must be more than 0"},
		{Pointer: "/d", Detail: "must be less than 0"},
		{Pointer: "/e", Detail: "must be a UUID such as 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11"},
		{Pointer: "/h", Detail: "must be left out, given what else the input says"},
		{Pointer: "/I", Detail: "must not be empty"},
		{Pointer: "/j", Detail: "must be as the API's description says"},
		{Pointer: "/k", Detail: "must be given"},
		{Pointer: "/l/1", Detail: "must have at most 1 character"},
	}
	got, _ := problem.Faults(valid.Struct(in))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Struct() mismatch (-want +got):\n%s", diff)
	}
}
