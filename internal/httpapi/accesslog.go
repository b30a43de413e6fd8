package httpapi

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/register"
)

// readingDayView is that an entry was read on a day, as its owner sees it.
type readingDayView struct {
	Day         string  `json:"day"`
	Noun        string  `json:"noun"`
	Entry       *string `json:"entry,omitempty"`
	State       *string `json:"state,omitempty"`
	Reader      *string `json:"reader,omitempty"`
	ReaderState *string `json:"reader_state,omitempty"`
	Partner     *string `json:"partner,omitempty"`
}

func viewReadingDay(d accesslog.Day) any {
	return readingDayView{
		Day: d.Day.Format(time.DateOnly), Noun: d.Noun, Entry: d.Entry, State: d.State,
		Reader: d.Reader, ReaderState: d.ReaderState, Partner: d.Partner,
	}
}

// readingView is that somebody read an entry in a minute, as their head sees it; or
// that reads were not recorded.
type readingView struct {
	Minute      time.Time    `json:"minute"`
	Noun        string       `json:"noun"`
	Entry       *string      `json:"entry,omitempty"`
	State       *string      `json:"state,omitempty"`
	Role        *access.Role `json:"role,omitempty"`
	ReaderState *string      `json:"reader_state,omitempty"`
	Account     *string      `json:"account,omitempty"`
	Name        *string      `json:"name,omitempty"`
	Token       *string      `json:"token,omitempty"`
	Until       *time.Time   `json:"until,omitempty"`
	Reads       *int64       `json:"reads,omitempty"`
}

func viewReading(r accesslog.Read) any {
	return readingView{
		Minute: r.Minute.UTC(), Noun: r.Noun, Entry: r.Entry, State: r.State, Role: r.Role, ReaderState: r.ReaderState,
		Account: r.Account, Name: r.Name, Token: r.Credential, Until: utc(r.Until), Reads: r.Reads,
	}
}

// accessLogQuery reads what both lists take.
func accessLogQuery(c echo.Context) (q *query, f accesslog.Filter, limit int) {
	q = newQuery(c, "entry", "state", "reader_state", "from", "to", "limit", "cursor")
	f = accesslog.Filter{
		Entry:       q.matching("entry", uuidForm, "is an entry's id, a UUID"),
		State:       q.matching("state", alpha2Form, "is an alpha-2 code such as PL"),
		ReaderState: q.matching("reader_state", alpha2Form, "is an alpha-2 code such as PL"),
		From:        q.day("from"),
		To:          q.day("to"),
	}
	return q, f, int(q.number("limit", 1, largestPage, usualPage))
}

// day reads a day.
func (q *query) day(name string) time.Time {
	v := q.values.Get(name)
	if v == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, v)
	if err != nil || day.Year() < 1900 {
		q.fault(name, "is a day such as 2026-11-26")
	}
	return day
}

// listReadingDays serves which states read what is the caller's state's.
func (s *Server) listReadingDays(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q, f, limit := accessLogQuery(c)
	by := actor(c)
	about := access.Subject{State: f.State}
	if about.State == "" {
		about.State = by.State
	}
	if err := by.Require(access.SeeReadingStates, about); err != nil {
		return err
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after accesslog.After, limit int) ([]accesslog.Day, error) {
				return accesslog.Days(ctx, snap, f, after, limit)
			},
			accesslog.Day.Place, viewReadingDay)
		a.uncached = true
		if by.Role == access.Auditor {
			a.sight = s.ofTheLog(by, f)
		}
		a.table = func() table {
			t := table{head: []string{"day", "noun", "entry", "state", "reader", "reader_state", "partner"}}
			for _, d := range got {
				t.rows = append(t.rows, []string{
					d.Day.Format(time.DateOnly), d.Noun, text(d.Entry), text(d.State), text(d.Reader), text(d.ReaderState), text(d.Partner),
				})
			}
			return t
		}
		return a, err
	})
}

// listReadingPeople serves what the people of a state read, and everybody.
func (s *Server) listReadingPeople(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q, f, limit := accessLogQuery(c)
	by := actor(c)
	about := access.Subject{State: f.ReaderState}
	if about.State == "" {
		about.State = by.State
	}
	if err := by.Require(access.SeeReadingPeople, about); err != nil {
		return err
	}
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after accesslog.After, limit int) ([]accesslog.Read, error) {
				return accesslog.People(ctx, snap, f, after, limit)
			},
			accesslog.Read.Place, viewReading)
		a.uncached, a.sight = true, s.ofTheLog(by, f)
		a.table = func() table { return readingTable(got) }
		return a, err
	})
}

// ofTheLog is that the log itself was read: whoever sees more than the owners do is
// seen doing so.
func (s *Server) ofTheLog(by access.Actor, f accesslog.Filter) *accesslog.Sight {
	return s.AccessLog.Sight(by, accesslog.Entry{Noun: accesslog.Itself, ID: f.Entry, State: f.State})
}

func readingTable(reads []accesslog.Read) table {
	t := table{head: []string{
		"minute", "noun", "entry", "state", "role", "reader_state", "account", "name", "token", "until", "reads",
	}}
	for _, r := range reads {
		role, reads := "", ""
		if r.Role != nil {
			role = string(*r.Role)
		}
		if r.Reads != nil {
			reads = itoa(*r.Reads)
		}
		t.rows = append(t.rows, []string{
			cellTime(&r.Minute), r.Noun, text(r.Entry), text(r.State), role, text(r.ReaderState), text(r.Account), text(r.Name),
			text(r.Credential), cellTime(r.Until), reads,
		})
	}
	return t
}
