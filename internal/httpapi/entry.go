package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
)

// store is what all nouns' entries can have done to them.
type store[T, I any] interface {
	Add(context.Context, register.Act, register.Sent[I]) (T, error)
	Replace(context.Context, register.Act, string, register.Sent[I]) (T, error)
	Patch(context.Context, register.Act, string, register.Sent[[]byte]) (T, error)
	Nominate(context.Context, register.Act, string, register.Sent[[]byte]) (T, error)
	Confirm(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Reject(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Retire(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Restore(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Suspend(context.Context, register.Act, string, register.Sent[entry.SuspendInput]) (T, error)
	Resume(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)
	Upsert(context.Context, register.Act, string, entry.ExternalID, register.Sent[I]) (T, error)
}

// entries are the routes that all nouns' entries share.
type entries[T shown, I any] struct {
	server *Server
	path   string // "/v1/contacts"
	noun   string
	limit  int64 // of a body, in bytes
	store  store[T, I]
	get    func(context.Context, postgres.Queryer, string) (T, error)
	entry  func(T) entry.Entry
	view   func(T, access.Actor) any
	list   echo.HandlerFunc
}

func (h entries[T, I]) routes(e *echo.Echo) {
	e.GET(h.path, h.list)
	e.POST(h.path, h.add)
	e.GET(h.path+"/:id", h.show)
	e.PUT(h.path+"/:id", h.replace)
	e.PATCH(h.path+"/:id", h.patch)
	e.POST(h.path+"/:id/nominate", h.nominate)
	e.POST(h.path+"/:id/confirm", h.act("", h.store.Confirm))
	e.POST(h.path+"/:id/reject", h.act(proposal.Reject, h.store.Reject))
	e.POST(h.path+"/:id/retire", h.act(proposal.Retire, h.store.Retire))
	e.POST(h.path+"/:id/restore", h.act(proposal.Restore, h.store.Restore))
	e.POST(h.path+"/:id/suspend", h.suspend)
	e.POST(h.path+"/:id/resume", h.act(proposal.Resume, h.store.Resume))
	e.GET(h.path+"/:id/history", h.history)
	e.POST(h.path+"/:id/suggestions", h.suggest)
	e.GET(h.path+"/external/:state/:system/:value", h.showExternal)
	e.PUT(h.path+"/external/:state/:system/:value", h.upsert)
}

// entryScope is what entries of a noun are shown from: themselves, whether they are
// suspended, whether the organisations that they name may be read, who speaks for
// the state, and whose member it is.
func entryScope(noun, state string) register.Scope {
	return register.Scope{Nouns: []string{noun, "suspension", "organisation", "delegation", "state"}, State: state}
}

func (h entries[T, I]) answer(by access.Actor, got T) answer {
	e := h.entry(got)
	return answer{
		version: e.Version, view: h.view(got, by), from: entryScope(h.noun, e.State), until: e.NextLapse(),
		sight: sight(h.server, by, got),
	}
}

func (h entries[T, I]) created(by access.Actor, got T) answer {
	a := h.answer(by, got)
	a.status, a.header = http.StatusCreated, map[string]string{"Location": h.path + "/" + h.entry(got).ID}
	return a
}

func (h entries[T, I]) show(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return h.server.cached(c, nil, false, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := h.get(ctx, snap, id)
		return h.answer(snap.By, got), err
	})
}

func (h entries[T, I]) add(c echo.Context) error {
	sent, text := read(c, h.limit, unconditional, jsonTypes, decodeJSON[I])
	return h.server.propose(c, text, h.asked(proposal.Add, "", text), func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.store.Add(ctx, act, sent)
		return h.created(act.By, got), err
	})
}

func (h entries[T, I]) replace(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, h.limit, matching, jsonTypes, decodeJSON[I])
	return h.server.propose(c, text, h.asked(proposal.Replace, id, text), func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.store.Replace(ctx, act, id, sent)
		return h.answer(act.By, got), err
	})
}

func (h entries[T, I]) patch(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, h.limit, matching, patchTypes, decodePatch)
	return h.server.propose(c, text, h.asked(proposal.Patch, id, text), func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.store.Patch(ctx, act, id, sent)
		return h.answer(act.By, got), err
	})
}

func (h entries[T, I]) nominate(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, h.limit, unconditional, patchTypes, decodePatch)
	return h.server.propose(c, text, h.asked(proposal.Nominate, id, text), func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.store.Nominate(ctx, act, id, sent)
		return h.answer(act.By, got), err
	})
}

func (h entries[T, I]) suspend(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[entry.SuspendInput])
	return h.server.propose(c, text, h.asked(proposal.Suspend, id, text), func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.store.Suspend(ctx, act, id, sent)
		return h.answer(act.By, got), err
	})
}

// asked is what a request asks for, in the words of a proposal.
func (h entries[T, I]) asked(does, key string, text []byte) register.Asked {
	return register.Asked{Does: does, Noun: h.noun, Key: key, Body: text}
}

// act serves an act that takes no body. does is what it is called as a proposal; ""
// for what one does alone.
func (h entries[T, I]) act(does string, do func(context.Context, register.Act, string, register.Sent[entry.Nothing]) (T, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathUUID(c, "id")
		if err != nil {
			return err
		}
		sent, text := read(c, smallBody, unconditional, nil, decodeNothing)
		carryOut := func(ctx context.Context, act register.Act) (answer, error) {
			got, err := do(ctx, act, id, sent)
			return h.answer(act.By, got), err
		}
		if does == "" {
			return h.server.write(c, text, carryOut)
		}
		return h.server.propose(c, text, h.asked(does, id, nil), carryOut)
	}
}

func (h entries[T, I]) showExternal(c echo.Context) error {
	return h.server.cached(c, nil, false, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		id, err := entry.IDByExternal(ctx, snap, h.noun, pathText(c, "state"), pathText(c, "system"), pathText(c, "value"))
		if err != nil {
			return answer{}, err
		}
		got, err := h.get(ctx, snap, id)
		return h.answer(snap.By, got), err
	})
}

func (h entries[T, I]) upsert(c echo.Context) error {
	sent, text := read(c, h.limit, matchingOrNew, jsonTypes, decodeJSON[I])
	external := entry.ExternalID{System: pathText(c, "system"), Value: pathText(c, "value")}
	does := proposal.Upsert
	if sent.If.Absent {
		does = proposal.UpsertNew
	}
	asked := h.asked(does, strings.Join([]string{pathText(c, "state"), external.System, external.Value}, "/"), text)
	return h.server.propose(c, text, asked, func(ctx context.Context, act register.Act) (answer, error) {
		got, err := h.store.Upsert(ctx, act, pathText(c, "state"), external, sent)
		if err == nil && sent.If.Absent {
			return h.created(act.By, got), nil
		}
		return h.answer(act.By, got), err
	})
}

// The sizes of a page of history: a revision can be long.
const (
	usualHistory   = 20
	largestHistory = 100
)

func (h entries[T, I]) history(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	q := newQuery(c, "limit", "before")
	limit := int(q.number("limit", 1, largestHistory, usualHistory))
	before := q.number("before", 0, 1<<53, 0)
	return h.server.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := h.get(ctx, snap, id)
		if err != nil {
			return answer{}, err
		}
		if err := q.err(); err != nil {
			return answer{}, err
		}
		revisions, more, err := register.History(ctx, snap, h.noun, id, before, limit)
		if err != nil {
			return answer{}, err
		}
		view := historyView{Items: []revisionView{}, RegisterVersion: snap.Version}
		noted := notedOf([]T{got})
		for _, r := range revisions {
			view.Items = append(view.Items, viewRevision(r))
			if len(noted) == 0 && !r.ForAll { // what is public now may not have been then
				noted = append(noted, accesslog.Entry{Noun: h.noun, ID: id, State: h.entry(got).State})
			}
		}
		if more {
			view.Next = &revisions[len(revisions)-1].Version
		}
		return answer{view: view, uncached: true, sight: h.server.AccessLog.Sight(snap.By, noted...)}, nil
	})
}

// entryView is what every national entry shows.
type entryView struct {
	ID            string             `json:"id"`
	State         string             `json:"state"`
	Kind          string             `json:"kind"`
	Version       int64              `json:"version"`
	Audience      access.Audience    `json:"audience"`
	Selected      *entry.Selection   `json:"selected,omitempty"`
	NamedStates   []string           `json:"named_states,omitempty"`
	TLP           string             `json:"tlp"`
	Basis         entry.Basis        `json:"basis"`
	Standing      entry.Standing     `json:"standing"`
	StandingSince time.Time          `json:"standing_since"`
	CreatedAt     time.Time          `json:"created_at"`
	ChangedAt     time.Time          `json:"changed_at"`
	NominatedAt   *time.Time         `json:"nominated_at,omitempty"`
	NominatedBy   *string            `json:"nominated_by,omitempty"`
	Represented   bool               `json:"represented"`
	Freshness     *freshnessView     `json:"freshness,omitempty"`
	Suspensions   []suspensionView   `json:"suspensions,omitempty"`
	ExternalIDs   []entry.ExternalID `json:"external_ids"`
	Sources       []entry.Source     `json:"sources"`
}

// freshnessView says when a nominated entry was last proven alive, as dates:
// what they mean depends on the reader's clock, not on when this was written.
type freshnessView struct {
	ConfirmedAt time.Time `json:"confirmed_at"`
	DueAt       time.Time `json:"due_at"`
	LapsesAt    time.Time `json:"lapses_at"`
}

func viewFreshness(confirmed *time.Time) *freshnessView {
	if confirmed == nil {
		return nil
	}
	at := confirmed.UTC()
	return &freshnessView{ConfirmedAt: at, DueAt: at.Add(entry.DueAfter), LapsesAt: at.Add(entry.LapsedAfter)}
}

func viewEntry(e entry.Entry, by access.Actor) entryView {
	v := entryView{
		ID: e.ID, State: e.State, Kind: e.Kind, Version: e.Version, Audience: e.Audience, TLP: e.TLP,
		Basis: e.Basis, Standing: e.Standing, StandingSince: e.StandingSince.UTC(), CreatedAt: e.CreatedAt.UTC(),
		ChangedAt: e.ChangedAt.UTC(), NominatedAt: utc(e.NominatedAt), NominatedBy: e.NominatedBy,
		Represented: e.Represented, Freshness: viewFreshness(e.ConfirmedAt),
		Suspensions: viewSuspensions(e.Suspensions), ExternalIDs: e.ExternalIDs, Sources: e.Sources,
	}
	if e.SeesNamed(by) {
		v.Selected, v.NamedStates = e.AudienceWritten, e.AudienceStates
	}
	return v
}

// entryColumns head the part of a CSV that every noun's list has.
var entryColumns = []string{
	"id", "state", "kind", "version", "audience", "tlp", "basis", "standing", "represented", "changed_at", "confirmed_at", "due_at", "lapses_at",
	"suspended_until",
}

func entryCells(e entry.Entry) []string {
	cells := []string{
		e.ID, e.State, e.Kind, itoa(e.Version), string(e.Audience), e.TLP, string(e.Basis), string(e.Standing),
		yesNo(e.Represented), cellTime(&e.ChangedAt), "", "", "",
		suspendedUntil(viewSuspensions(e.Suspensions)),
	}
	if f := viewFreshness(e.ConfirmedAt); f != nil {
		cells[10], cells[11], cells[12] = cellTime(&f.ConfirmedAt), cellTime(&f.DueAt), cellTime(&f.LapsesAt)
	}
	return cells
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}
