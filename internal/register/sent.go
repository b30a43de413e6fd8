package register

import (
	"strconv"
	"strings"

	"pocreg.example/internal/problem"
)

// Sent is what a request brought beside its path. A fault in it is kept until
// the caller is known to be allowed: whom an entry is not for learns nothing
// from how the request was written.
type Sent[V any] struct {
	If   Precondition
	Body V
	Err  error // the precondition is missing, or the body cannot be read
}

// Precondition is what the caller expects of the entry that it changes.
type Precondition struct {
	None     bool     // no expectation: for acts that do not depend on what the entry says
	Absent   bool     // there is no such entry yet (If-None-Match: *)
	Versions []string // "<version>", or "<version>-<epoch>" with the start of the epoch: any of them
}

// EpochLength is how much of the epoch stands in an ETag: enough that two lives
// of a register do not share a tag.
const EpochLength = 8

// Check returns a Stale problem unless the entry is at a version that p names,
// in this life of the register.
func (p Precondition) Check(tx *Tx, version int64) error {
	if p.None {
		return nil
	}
	if p.Absent {
		return problem.Errorf(problem.Stale, "there is such an entry already: read it, and send its ETag as If-Match")
	}
	for _, v := range p.Versions {
		number, epoch, tagged := strings.Cut(v, "-")
		if number == strconv.FormatInt(version, 10) && (!tagged || epoch == tx.Epoch[:EpochLength]) {
			return nil
		}
	}
	return problem.Errorf(problem.Stale, "the entry has changed since: read it again, and send its new ETag as If-Match")
}
