package client

import (
	"context"
	"net/url"
	"time"
)

// ReachQuestion is whom somebody wants to reach: in some states, or in all
// members of a framework.
type ReachQuestion struct {
	States    []string  // alpha-2
	Framework string    // in place of States
	Kind      string    // diplomatic, technical, law_enforcement or policy; technical if ""
	Languages []string  // BCP 47, that the caller speaks
	Sector    string    // that it is about
	At        time.Time // now if zero
}

// Reach is whom to reach, state by state.
type Reach struct {
	At              time.Time `json:"at"`
	Kind            string    `json:"kind"`
	Languages       []string  `json:"languages"`
	Sector          string    `json:"sector,omitempty"`
	States          []Ladder  `json:"states"`
	RegisterVersion int64     `json:"register_version"`
}

// Ladder is whom to try in one state, in order.
type Ladder struct {
	State       string `json:"state"`
	Name        string `json:"name"`
	Represented bool   `json:"represented"`
	Summary     string `json:"summary"`
	Steps       []Step `json:"steps"`
}

// Step is one on the ladder: a contact of the kind asked for, of the next kind,
// the delegation, a framework, or the caller's own diplomatic contact (Part).
type Step struct {
	Step         int            `json:"step"`
	Part         string         `json:"part"`
	State        string         `json:"state,omitempty"`
	Kind         string         `json:"kind,omitempty"`
	Contact      string         `json:"contact,omitempty"`
	Framework    string         `json:"framework,omitempty"`
	Website      string         `json:"website,omitempty"`
	Rank         int            `json:"rank,omitempty"`
	Basis        string         `json:"basis,omitempty"`
	Title        string         `json:"title"`
	TitleEN      string         `json:"title_en,omitempty"`
	Organisation string         `json:"organisation,omitempty"`
	Person       string         `json:"person,omitempty"`
	TimeZone     string         `json:"time_zone,omitempty"`
	LocalTime    *time.Time     `json:"local_time,omitempty"`
	Duty         *Duty          `json:"duty,omitempty"`
	Languages    []string       `json:"languages,omitempty"`
	InCommon     []string       `json:"languages_in_common,omitempty"`
	Note         string         `json:"note,omitempty"`
	Channels     []ReachChannel `json:"channels"`
	Keys         []Key          `json:"keys"`
	Freshness    *Freshness     `json:"freshness,omitempty"`
	Suspensions  []Suspension   `json:"suspensions,omitempty"`
	Marks        []string       `json:"marks"` // suspended, changed_lately, due, lapsed, unconfirmed …
	Why          string         `json:"why"`   // why it stands there
}

// Duty is whether somebody is on duty at the moment asked for.
type Duty struct {
	State string     `json:"state"`           // on, off or unknown
	Until *time.Time `json:"until,omitempty"` // the end of the duty that is on
	Next  *time.Time `json:"next,omitempty"`  // the start of the next
	Note  string     `json:"note,omitempty"`
}

// ReachChannel is a channel, in the order to try.
type ReachChannel struct {
	ID           string     `json:"id,omitempty"`
	Type         string     `json:"type"`
	Usage        string     `json:"usage,omitempty"`
	Protocol     string     `json:"protocol,omitempty"`
	Value        string     `json:"value"`
	Note         string     `json:"note,omitempty"`
	ConfirmedAt  *time.Time `json:"confirmed_at,omitempty"`
	ChangedHours *int       `json:"changed_hours_ago,omitempty"` // if it changed in the last 72
}

// Query is the question as the API takes it.
func (q ReachQuestion) Query() url.Values {
	query := url.Values{"state": q.States, "language": q.Languages}
	for name, value := range map[string]string{"framework": q.Framework, "kind": q.Kind, "sector": q.Sector} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if !q.At.IsZero() {
		query.Set("at", q.At.UTC().Format(time.RFC3339))
	}
	return query
}

// Reach says who can be reached, in the order to try. It is never empty.
func (c *Client) Reach(ctx context.Context, q ReachQuestion) (reach Reach, err error) {
	_, err = c.Get(ctx, "/v1/reach", q.Query(), &reach)
	return reach, err
}
