package portal

import (
	"net/http"
	"strconv"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// trailShown is how many lines of the trail a page shows.
const trailShown = 100

// trailData is a page of the trail, the newest first.
type trailData struct {
	Of   string // whose, alpha-2; "" for all
	Rows []register.Row
	Next int64 // the version to go on before, 0 at the start
}

// trail shows what happened: of the own state to its delegates, of all to who
// oversees.
func (v *visit) trail() error {
	by := v.by()
	data := trailData{Of: by.State}
	if err := by.Require(access.ReadTrail, access.Subject{State: data.Of}); err != nil {
		return err
	}
	before, _ := strconv.ParseInt(v.QueryParam("before"), 10, 64) // what is no version is the end
	err := v.read(func(snap *register.Snapshot) (err error) {
		data.Rows, err = register.Newest(v.Request().Context(), snap, max(before, 0), data.Of, trailShown)
		return err
	})
	if err != nil {
		return err
	}
	if len(data.Rows) >= trailShown {
		data.Next = data.Rows[len(data.Rows)-1].Version
	}
	return v.show(http.StatusOK, "trail", data)
}

// SeesTrail reports whether the visitor may read the trail.
func (v *visit) SeesTrail() bool { return v.may(access.ReadTrail) }

// Actors are in whose name something was done, as far as the visitor may know.
func (v *visit) Actors(r register.Row) string {
	text := v.Role(r.Role, r.ActorState, nil)
	if r.Role == access.System {
		text = v.T("trail.registry")
	}
	text = named(r.ActorName, text)
	if r.SecondActor != nil {
		second := v.T("trail.second")
		if r.SecondName != nil {
			second = *r.SecondName
		}
		text = v.T("trail.and", "first", text, "second", second)
	}
	return text
}

// Page is where what a line of the trail is about can be read, "" if nowhere.
func (v *visit) Page(noun, key string) string {
	switch noun {
	case "contact":
		return "/contacts/" + key
	case "proposal":
		return "/proposals/" + key
	case "suggestion":
		return "/suggestions"
	case "state":
		return "/states/" + key
	default:
		return ""
	}
}
