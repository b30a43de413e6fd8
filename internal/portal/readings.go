package portal

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// readingsShown is how many lines of the access log a page shows.
const readingsShown = 100

// readingsData is a page of the access log, the newest first: which states read the own
// state's entries, by day, or what the own state's people read, by minute.
type readingsData struct {
	Of     string // whose, alpha-2; "" for all
	Days   []accesslog.Day
	People []accesslog.Read
	Next   string // the place to go on after, "" at the start
}

// SeesReadings and SeesReaders report whether the visitor may know which states read
// the own state's entries, and what the own state's people read.
func (v *visit) SeesReadings() bool { return v.may(access.SeeReadingStates) }
func (v *visit) SeesReaders() bool  { return v.may(access.SeeReadingPeople) }

// readings shows which states read the own state's entries: on which day, once it is
// over.
func (v *visit) readings() error {
	by := v.by()
	data := readingsData{Of: by.State}
	if err := by.Require(access.SeeReadingStates, access.Subject{State: data.Of}); err != nil {
		return err
	}
	err := v.read(func(snap *register.Snapshot) (err error) {
		data.Days, data.Next, err = readingsAfter(v, snap, accesslog.Days, accesslog.Day.Place)
		return err
	})
	if err != nil {
		return err
	}
	if by.Role == access.Auditor {
		v.noteTheLog()
	}
	return v.show(http.StatusOK, "readings", data)
}

// readers shows what the own state's people read.
func (v *visit) readers() error {
	by := v.by()
	data := readingsData{Of: by.State}
	if err := by.Require(access.SeeReadingPeople, access.Subject{State: data.Of}); err != nil {
		return err
	}
	err := v.read(func(snap *register.Snapshot) (err error) {
		data.People, data.Next, err = readingsAfter(v, snap, accesslog.People, accesslog.Read.Place)
		return err
	})
	if err != nil {
		return err
	}
	v.noteTheLog()
	return v.show(http.StatusOK, "readers", data)
}

// noteTheLog notes that the log itself was read: whoever sees more of it than the owners
// of entries do is seen doing so.
func (v *visit) noteTheLog() { v.noteThose([]accesslog.Entry{{Noun: accesslog.Itself}}) }

// readingsAfter reads a page's lines from the place that its address says, and the
// place of the next page; what is no place is the beginning.
func readingsAfter[R any](v *visit, snap *register.Snapshot,
	list func(context.Context, postgres.Queryer, accesslog.Filter, accesslog.After, int) ([]R, error), place func(R) accesslog.After,
) (some []R, next string, err error) {
	var after accesslog.After
	micros, id, _ := strings.Cut(v.QueryParam("after"), ".")
	if at, err := strconv.ParseInt(micros, 10, 64); err == nil && uuid.Validate(id) == nil {
		after = accesslog.After{At: time.UnixMicro(at).UTC(), ID: id}
	}
	some, err = list(v.Request().Context(), snap, accesslog.Filter{}, after, readingsShown)
	if n := len(some); n == readingsShown {
		last := place(some[n-1])
		next = strconv.FormatInt(last.At.UnixMicro(), 10) + "." + last.ID
	}
	return some, next, err
}

// Reader is who read an entry on a day, as far as its owner may know.
func (v *visit) Reader(d accesslog.Day) string {
	switch {
	case d.Partner != nil && d.ReaderState != nil:
		return *d.Partner + " (" + v.State(*d.ReaderState) + ")"
	case d.Partner != nil:
		return *d.Partner
	case d.ReaderState != nil:
		return v.State(*d.ReaderState)
	case d.Reader != nil:
		return v.RoleName(access.Role(*d.Reader))
	default:
		return ""
	}
}

// PageOf is where what was read can be read, "" if nowhere.
func (v *visit) PageOf(noun string, entry *string) string {
	if entry == nil {
		return ""
	}
	return v.Page(noun, *entry)
}
