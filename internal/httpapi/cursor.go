package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// cursor is a place in a list, as its reader carries it: the register's life,
// the list that it belongs to, and the keys of the last row seen. It grants
// nothing: what a reader may see is decided anew on every page.
type cursor[K any] struct {
	Epoch string `json:"e"`
	List  string `json:"l"`
	After K      `json:"a"`
}

// cursorLength is far more than a cursor needs.
const cursorLength = 1000

// listName stands for a path and its filters: a cursor of one list makes no
// sense in another.
func listName(path string, values url.Values) string {
	kept := url.Values{}
	for name, v := range values {
		if name != "cursor" && name != "limit" && name != "min_version" {
			kept[name] = slices.Clone(v)
		}
	}
	sum := sha256.Sum256([]byte(path + "?" + kept.Encode()))
	return hex.EncodeToString(sum[:6])
}

func encodeCursor[K any](epoch, list string, after K) (string, error) {
	text, err := json.Marshal(cursor[K]{epoch[:register.EpochLength], list, after}, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// decodeCursor reads the place in a list from which to go on; "" is its start.
func decodeCursor[K any](s, epoch, list string) (after K, err error) {
	if s == "" {
		return after, nil
	}
	bad := &problem.Error{
		Kind: problem.Malformed, Detail: "the query is not what this route takes: mend what errors lists",
		Faults: []problem.Fault{{Pointer: "/cursor", Detail: "is no cursor of this list: take it from next, with the same filters, or leave it out to begin anew"}},
	}
	if len(s) > cursorLength {
		return after, bad
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return after, bad
	}
	var c cursor[K]
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil || c.List != list {
		return after, bad
	}
	if c.Epoch != epoch[:register.EpochLength] {
		return after, problem.Errorf(problem.Gone, "the register was restored since this cursor was made: begin the list anew")
	}
	var keys cursor[any]
	if err := json.Unmarshal(text, &keys); err != nil || !placed(keys.After) {
		return after, bad
	}
	return c.After, nil
}

// placed reports whether a cursor's keys could be a row's. They come from the
// caller again: what is no UUID, no rank or no text is no question to PostgreSQL.
func placed(keys any) bool {
	switch k := keys.(type) {
	case string:
		return uuidForm.MatchString(k)
	case map[string]any:
		if version, ok := k["Version"].(float64); ok { // a change of the trail's
			ordinal, ok := k["Ordinal"].(float64)
			return ok && len(k) == 2 && version > 0 && version < 1<<53 && ordinal >= 0 && ordinal <= math.MaxInt16
		}
		id, _ := k["ID"].(string)
		if !uuidForm.MatchString(id) {
			return false
		}
		for _, v := range k {
			number, isNumber := v.(float64)
			if isNumber && (number < 0 || number > math.MaxInt16) || strings.ContainsRune(fmt.Sprint(v), 0) {
				return false
			}
		}
		return true
	default:
		return false
	}
}
