package signin

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"sort"
	"strings"
)

// breachedHashes are the first bytes of the SHA-256 of passwords that were in a
// breach, sorted. breached.mjs makes them; NOTICE says of what.
//
//go:embed breached.bin
var breachedHashes []byte

const breachedLength = 8

// breached reports whether a password was in a breach, in whatever case.
func breached(password string) bool {
	sum := sha256.Sum256([]byte(strings.ToLower(password)))
	at := func(i int) []byte { return breachedHashes[i*breachedLength : (i+1)*breachedLength] }
	n := len(breachedHashes) / breachedLength
	i := sort.Search(n, func(i int) bool { return bytes.Compare(at(i), sum[:breachedLength]) >= 0 })
	return i < n && bytes.Equal(at(i), sum[:breachedLength])
}
