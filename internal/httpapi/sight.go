package httpapi

import (
	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/entry"
)

// shown is an entry of any noun, as an answer shows it.
type shown interface {
	Carried() entry.Entry
	ForAll() bool
}

// notedOf are the entries of those shown whose reading is noted.
func notedOf[T shown](entries []T) []accesslog.Entry {
	var out []accesslog.Entry
	for _, one := range entries {
		if e := one.Carried(); !one.ForAll() {
			out = append(out, accesslog.Entry{Noun: e.Noun, ID: e.ID, State: e.State})
		}
	}
	return out
}

// sight is what an answer that shows entries is noted as, whenever it is sent.
func sight[T shown](s *Server, by access.Actor, entries ...T) *accesslog.Sight {
	return s.AccessLog.Sight(by, notedOf(entries)...)
}
