package suggestion

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"pocreg.example/internal/problem"
)

// locate returns where in an entry, as it is shown to who suggests something, a
// JSON pointer (RFC 6901) leads. What has an id, or a fingerprint, is named by that:
// whoever sees more of the entry counts its lists otherwise.
func locate(view any, pointer string) (string, error) {
	if pointer == "" {
		return "", nil
	}
	astray := problem.Faultf("/pointer", "leads to nothing in the entry: take a JSON pointer into it as you read it, such as /channels/0/value")
	document, err := json.Marshal(view)
	if err != nil {
		return "", fmt.Errorf("encode the entry: %w", err)
	}
	var at any
	if err := json.Unmarshal(document, &at); err != nil {
		return "", fmt.Errorf("read the entry: %w", err)
	}
	rest, ok := strings.CutPrefix(pointer, "/")
	if !ok {
		return "", astray
	}
	out := ""
	for step := range strings.SplitSeq(rest, "/") {
		if step, at, ok = follow(at, step); !ok {
			return "", astray
		}
		out += "/" + step
	}
	return out, nil
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// follow takes one step of a pointer. It returns the step as it is kept, and what
// is there.
func follow(at any, step string) (kept string, there any, ok bool) {
	switch at := at.(type) {
	case map[string]any:
		there, ok = at[unescape.Replace(step)]
		return step, there, ok
	case []any:
		for i, member := range at {
			name := strconv.Itoa(i)
			if own := nameOf(member); own != "" {
				if step == name || step == own {
					return own, member, true
				}
			} else if step == name {
				return name, member, true
			}
		}
	}
	return "", nil, false
}

// nameOf is what a member of a list is named by, "" if by its place.
func nameOf(member any) string {
	object, _ := member.(map[string]any)
	for _, name := range []string{"id", "fingerprint"} {
		if own, _ := object[name].(string); own != "" {
			return own
		}
	}
	return ""
}
