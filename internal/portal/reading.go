package portal

import (
	"strings"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
)

// by is whom the visitor reads and acts as: everybody, for who is not signed in.
func (v *visit) by() access.Actor {
	if !v.Acts() {
		return access.Anyone()
	}
	return v.Session.Actor()
}

// shown is an entry of any noun, as a page shows it.
type shown interface {
	Carried() entry.Entry
	ForAll() bool
}

// note notes that the visitor is shown entries, of those that not everybody may
// read.
func note[T shown](v *visit, entries ...T) {
	var noted []accesslog.Entry
	for _, one := range entries {
		if e := one.Carried(); !one.ForAll() {
			noted = append(noted, accesslog.Entry{Noun: e.Noun, ID: e.ID, State: e.State})
		}
	}
	v.noteThose(noted)
}

func (v *visit) noteThose(those []accesslog.Entry) {
	v.site.AccessLog.Sight(v.by(), those...).Note(v.by())
}

// id is the UUID in the page's address. What is none is nothing's.
func (v *visit) id() (string, error) {
	id := strings.ToLower(v.Param("id"))
	if uuid.Validate(id) != nil || len(id) != len(uuid.Nil.String()) { // it may be spelt in other ways too
		return "", problem.Errorf(problem.NotFound, "there is no such page")
	}
	return id, nil
}
