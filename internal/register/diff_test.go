package register_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

type object = map[string]any

// parts makes a change's parts from their contents.
func parts(contents map[string]any) (out []register.Part) {
	for name, content := range contents {
		out = append(out, register.Part{Name: name, Content: content, For: access.ForPublic})
	}
	return out
}

// Two versions of an entry are compared as their reader knows them: the entry
// with its details, and each list's members by their ids.
func TestDifference(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		before, after map[string]any
		want          []register.Difference
	}{
		"the same": {object{"entry": object{"a": 1}}, object{"entry": object{"a": 1}}, nil},
		"a value":  {object{"entry": object{"a": 1, "b": 2}}, object{"entry": object{"a": 1, "b": 3}}, []register.Difference{{Path: "/b", From: 2.0, To: 3.0}}},
		"a new entry, member by member": {
			nil, object{"entry": object{"b": nil, "a": object{"x": "1"}}},
			[]register.Difference{{Path: "/a/x", To: "1"}},
		},
		"a member that is gone": {
			object{"entry": object{"a": object{"x": "1", "y": "2"}}}, object{"entry": object{"a": nil}},
			[]register.Difference{{Path: "/a/x", From: "1"}, {Path: "/a/y", From: "2"}},
		},
		"an object in a value's place": {
			object{"entry": object{"a": "1"}}, object{"entry": object{"a": object{"x": "1"}}},
			[]register.Difference{{Path: "/a", From: "1", To: object{"x": "1"}}},
		},
		"a value in an object's place": {
			object{"entry": object{"a": object{"x": "1"}}}, object{"entry": object{"a": "1"}},
			[]register.Difference{{Path: "/a", From: object{"x": "1"}, To: "1"}},
		},
		"a list, whole": {
			object{"entry": object{"a": []string{"x"}}}, object{"entry": object{"a": []string{"x", "y"}}},
			[]register.Difference{{Path: "/a", From: []any{"x"}, To: []any{"x", "y"}}},
		},
		"details are of the entry": {
			object{"entry": object{"details": object{"title": "A"}}}, object{"entry": object{"details": object{"title": "B"}}},
			[]register.Difference{{Path: "/title", From: "A", To: "B"}},
		},
		"a part of its own": {
			object{"entry": object{}}, object{"entry": object{}, "person": object{"name": "N"}},
			[]register.Difference{{Path: "/person/name", To: "N"}},
		},
		"members by their ids, whatever their order": {
			object{"entry": object{}, "channel:1": object{"value": "a"}, "channel:2": object{"value": "b"}},
			object{"entry": object{}, "channel:2": object{"value": "c"}, "channel:3": object{"value": "a"}},
			[]register.Difference{
				{Path: "/channels/1/value", From: "a"}, {Path: "/channels/2/value", From: "b", To: "c"}, {Path: "/channels/3/value", To: "a"},
			},
		},
		"a name that a pointer escapes": {
			object{"entry": object{"a/b~c": 1}}, object{"entry": object{}}, []register.Difference{{Path: "/a~1b~0c", From: 1.0}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			act := as("EE")
			act.DryRun = true
			err := w.Write(t.Context(), act, allowed, func(tx *register.Tx) error {
				c := said("EE", "a", "")
				c.Before, c.After = parts(tt.before), parts(tt.after)
				return tx.Changed(c)
			})
			var rehearsal *register.Rehearsal
			if !errors.As(err, &rehearsal) {
				t.Fatalf("Write(dry run) = %v, want a rehearsal", err)
			}
			if diff := cmp.Diff(tt.want, rehearsal.Changes[0].Diff); diff != "" {
				t.Errorf("the difference of %v and %v (-want +got):\n%s", tt.before, tt.after, diff)
			}
		})
	}
}
