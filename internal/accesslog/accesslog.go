// Package accesslog keeps who read what: every read of an entry that is not
// public, or of which a part is not, by somebody of another state, a partner, the
// secretariat or the auditor.
//
// An entry counts as read when an answer shows what it says: alone, in a list, on a
// card, as history, among what a search found, as a step of whom to reach, in an
// export, or in a proposal to change it; also when a kept answer is sent again, and
// when the reader is told that what they hold still holds (304). An organisation's name beside its contact counts
// with the contact. What merely tells that there is an entry (the trail's rows, the
// secretariat's list of withheld entries) is no read. What is public, and who sends
// no token, is not logged. Neither are reads of a state's own entries by its own
// people and systems: they are its daily work, would be most of the log, and say
// nothing of one state to another.
//
// The log says who (account, role, token, home state), what and when, to the minute;
// nothing of the machine, the address or the program. A row stands for a token, an
// entry and a minute, however often it was read then.
//
// Who sees it is the point of it. An owner sees which states, partners and offices
// read an entry on a day that is over: no person (a partner is named if it is a
// system), no minute, no number, because a look-up at 03:12 must not tell one state
// that another has an incident. The person
// and the minute are for the head of the reader's own state and for the auditor,
// whose reads of the log are in it. The database holds that a second time
// (0011_access_log).
//
// Reads are noted in memory and written in batches beside them, so that a read waits
// for no disk. A process that is killed loses what it noted in the last second. What
// cannot be written for longer than there is room is counted, and the log says how
// much is missing, and from when to when.
package accesslog

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"pocreg.example/internal/access"
)

// What a row may be of, beside an entry of some noun.
const (
	Itself      = "access_log"   // a read of this log
	NotRecorded = "not_recorded" // reads that were made and could not be recorded
)

// Entry is an entry that somebody is shown.
type Entry struct {
	Noun  string
	ID    string // "" for the log itself
	State string // whose it is, alpha-2; "" for the log of all states
}

// Sight is what an answer shows of entries that are not public. It is made once, and
// noted whenever the answer is sent. The nil Sight is of nothing.
type Sight struct {
	log     *Log
	name    [16]byte // the same for all sights of the same entries
	entries []Entry
}

// Sight returns what by and others who may read the same are shown, nil if that is
// nothing to note.
func (l *Log) Sight(by access.Actor, entries ...Entry) *Sight {
	if l == nil || by.Credential == "" {
		return nil
	}
	s := &Sight{log: l}
	digest := sha256.New()
	for _, e := range entries {
		if e.Noun != Itself && e.State == by.State {
			continue
		}
		s.entries = append(s.entries, e)
		for _, text := range []string{e.Noun, e.ID, e.State} {
			digest.Write(binary.AppendUvarint(nil, uint64(len(text))))
			digest.Write([]byte(text))
		}
	}
	if len(s.entries) == 0 {
		return nil
	}
	copy(s.name[:], digest.Sum(nil))
	return s
}

// Size is about how many bytes s takes.
func (s *Sight) Size() int {
	if s == nil {
		return 0
	}
	return 100 * len(s.entries) // three texts, of which one is a UUID
}

// Note notes that by is shown s, now. It never waits for the database.
func (s *Sight) Note(by access.Actor) {
	if s != nil && by.Credential != "" {
		s.log.note(by, s)
	}
}

// minuteOf is the minute that a moment is in, as it is compared.
func minuteOf(at time.Time) int64 { return at.Unix() / 60 }
