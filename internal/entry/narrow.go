package entry

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// narrows reports whether a change shows an entry, or some of it, to fewer, shows
// none of it to more, and changes nothing else. That needs nobody's approval: what
// should not have been seen is not to be seen while somebody else is looked for.
func narrows(before, after []register.Part) (bool, error) {
	was, err := saidBy(before)
	if err != nil {
		return false, err
	}
	is, err := saidBy(after)
	if err != nil || len(is) != len(was) {
		return false, err
	}
	fewer := false
	for name, now := range is {
		then, there := was[name]
		if !there || !Within(now.For, now.Named, then.For, then.Named) || !reflect.DeepEqual(then.content, now.content) {
			return false, nil
		}
		fewer = fewer || !Within(then.For, then.Named, now.For, now.Named)
	}
	return fewer, nil
}

// saidPart is a part without what it says of whom it is for.
type saidPart struct {
	register.Part
	content any
}

// saidBy returns what parts say, by their names, beside whom they are for and when
// they were proven alive. A handling mark that goes with the audience goes with it.
func saidBy(parts []register.Part) (map[string]saidPart, error) {
	out := map[string]saidPart{}
	for _, p := range parts {
		if p.Name == "audience_states" || strings.HasPrefix(p.Name, "channel_audience_state:") {
			continue
		}
		text, err := json.Marshal(p.Content)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", p.Name, err)
		}
		said := saidPart{Part: p}
		if err := json.Unmarshal(text, &said.content); err != nil {
			return nil, fmt.Errorf("compare %s: %w", p.Name, err)
		}
		if members, ok := said.content.(map[string]any); ok {
			audience, _ := members["audience"].(string)
			if members["tlp"] == defaultTLP[access.Audience(audience)] {
				delete(members, "tlp")
			}
			for _, name := range []string{"audience", "confirmed_at", "nominated_by"} {
				delete(members, name)
			}
		}
		out[p.Name] = said
	}
	return out, nil
}
