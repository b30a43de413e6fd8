package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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
	if text := string(text); strings.ContainsRune(text, 0) || strings.Contains(text, `\u0000`) {
		return after, bad
	}
	return c.After, nil
}
