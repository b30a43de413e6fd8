package register

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"pocreg.example/internal/access"
)

// Difference is one place in which two versions of an entry differ.
type Difference struct {
	Path string `json:"path"` // JSON pointer; a member of a list is named by its id
	From any    `json:"from"` // null if it was not there
	To   any    `json:"to"`   // null if it is no more
}

// document puts parts together into what a reader of them knows: "entry" and
// its details are the root, "channel:<id>" is channels/<id>, any other name a
// member of its own.
func document(parts map[string]any) map[string]any {
	doc := map[string]any{}
	numbered := map[string]map[string]any{} // the lists, whose members have a place
	for name, content := range parts {
		list, id, many := strings.Cut(name, ":")
		switch {
		case name == "metadata":
		case name == "entry":
			root, _ := content.(map[string]any)
			details, _ := root["details"].(map[string]any)
			maps.Copy(doc, root)
			delete(doc, "details")
			maps.Copy(doc, details)
		case many:
			members, _ := doc[list+"s"].(map[string]any)
			if members == nil {
				members = map[string]any{}
				doc[list+"s"] = members
			}
			members[id] = content
			numbered[list] = members
		default:
			doc[name] = content
		}
	}
	for _, members := range numbered {
		renumber(members)
	}
	return doc
}

// renumber counts the members of a list as their reader sees them: a gap would
// tell of one that is not for them.
func renumber(members map[string]any) {
	var placed []map[string]any
	for _, content := range members {
		one, _ := content.(map[string]any)
		if _, has := one["position"].(float64); has {
			placed = append(placed, one)
		}
	}
	slices.SortFunc(placed, func(a, b map[string]any) int { return cmp.Compare(a["position"].(float64), b["position"].(float64)) })
	for i, one := range placed {
		one["position"] = float64(i + 1)
	}
}

// diff lists where two documents differ, in the order of their paths.
func diff(from, to any, path string) []Difference {
	if reflect.DeepEqual(from, to) {
		return nil
	}
	before, beforeIs := from.(map[string]any)
	after, afterIs := to.(map[string]any)
	if !beforeIs && !afterIs || beforeIs && !afterIs && to != nil || afterIs && !beforeIs && from != nil {
		return []Difference{{Path: path, From: from, To: to}}
	}
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var out []Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		out = append(out, diff(before[name], after[name], path+"/"+escaped)...)
	}
	return out
}

// Rehearsal is the error by which Write answers a dry run that would have
// succeeded: what it would have changed.
type Rehearsal struct {
	Changes []RehearsedChange
	Second  bool // whether it would wait for a second person's approval
}

// RehearsedChange is one change that a dry run would have made.
type RehearsedChange struct {
	Act   string       `json:"act"`
	Noun  string       `json:"noun"`
	Key   string       `json:"key"`            // random if New
	Kind  string       `json:"kind,omitempty"` // of an entry
	State string       `json:"state"`
	New   bool         `json:"new"` // whether the thing is not there yet
	Diff  []Difference `json:"diff"`
}

// For returns c without whom an entry names, which some of those who change it do
// not see.
func (c RehearsedChange) For(by access.Actor) RehearsedChange {
	if !by.May(access.SeeNamedStates, access.Subject{State: c.State}) {
		c.Diff = slices.DeleteFunc(slices.Clone(c.Diff), func(d Difference) bool {
			return strings.HasPrefix(d.Path, "/audience_states") || strings.HasPrefix(d.Path, "/channel_audience_states")
		})
	}
	return c
}

func (*Rehearsal) Error() string { return "a rehearsal: nothing was changed" }

// rehearsed is what the transaction has changed so far.
func (tx *Tx) rehearsed() ([]RehearsedChange, error) {
	var out []RehearsedChange
	for _, c := range tx.changes {
		before, err := rehearsed(c.Before)
		if err != nil {
			return nil, err
		}
		after, err := rehearsed(c.After)
		if err != nil {
			return nil, err
		}
		out = append(out, RehearsedChange{
			Act: c.Act, Noun: c.Noun, Key: c.Key, Kind: c.Kind, State: c.State, New: c.Before == nil, Diff: diff(before, after, ""),
		})
	}
	return out, nil
}

func rehearsed(parts []Part) (map[string]any, error) {
	contents := map[string]any{}
	for _, p := range parts {
		if p.Unseen {
			continue
		}
		text, err := canonical(p.Content)
		if err != nil {
			return nil, err
		}
		var content any
		if err := json.Unmarshal(text, &content); err != nil {
			return nil, fmt.Errorf("read %s back: %w", p.Name, err)
		}
		contents[p.Name] = content
	}
	return document(contents), nil
}
