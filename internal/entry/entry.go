// Package entry is what every national entry carries, whatever its noun:
// identity, audience, basis, standing, freshness, sources and ids in outside
// systems; and the acts that all nouns share. It knows no noun's details.
package entry

import (
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// Basis is what an entry rests on.
type Basis string

// The bases. What was found in public is never shown as what a state said.
const (
	Nominated    Basis = "nominated"     // by the state
	PublicSource Basis = "public_source" // found in public, unconfirmed
)

// Standing is where an entry is in its life.
type Standing string

// The standings. No entry is ever deleted.
const (
	Active    Standing = "active"
	Retired   Standing = "retired"   // no longer in use
	Withdrawn Standing = "withdrawn" // the state took its nomination back
	Rejected  Standing = "rejected"  // the state said that what was found is wrong
)

// The clock of freshness: a nominated entry is due for confirmation after the
// first and lapsed after the second. Silence is marked, never deleted.
const (
	DueAfter    = 180 * 24 * time.Hour
	LapsedAfter = 365 * 24 * time.Hour
)

// Entry is what every national entry carries.
type Entry struct {
	ID              string
	Noun            string
	State           string // alpha-2
	Kind            string
	Version         int64 // of the register, when this entry last changed
	Audience        access.Audience
	AudienceStates  []string   // for selected: the states named, expanded
	AudienceWritten *Selection // for selected: as the owner wrote it
	TLP             string
	Basis           Basis
	Standing        Standing
	StandingSince   time.Time
	CreatedAt       time.Time
	ChangedAt       time.Time
	NominatedAt     *time.Time
	NominatedBy     *string // the delegation that nominated it
	ConfirmedAt     *time.Time
	Represented     bool // whether somebody speaks for the state now
	ExternalIDs     []ExternalID
	Sources         []Source
	Suspensions     []Suspension // that hold now, the state's first
}

// ExternalID is an entry's id in an outside system.
type ExternalID struct {
	System string `json:"system" validate:"required,extsystem"`
	Value  string `json:"value" validate:"required,extid"`
}

// Source says where one value of a public-source entry was found, and when: as
// precisely as the source is dated, "" if it is not.
type Source struct {
	Pointer string `json:"pointer" validate:"required,max=200,startswith=/,line"` // JSON pointer into the entry
	Value   string `json:"value" validate:"required,max=2000,text"`               // as it was found
	Source  string `json:"source" validate:"required,max=500,line"`
	Date    string `json:"date,omitempty" validate:"omitempty,partialdate"`
}

// Carried returns e itself: it lets entries of any noun be told apart by what they
// all carry.
func (e Entry) Carried() Entry { return e }

// ForAll reports whether all of e is for everybody to read.
func (e Entry) ForAll() bool { return e.Audience == access.ForPublic }

// Subject is what the access rules ask about e.
func (e Entry) Subject() access.Subject {
	return access.Subject{State: e.State, Noun: e.Noun, Kind: e.Kind}
}

// Common is what an input may say of any entry. The state and the kind are
// fixed when the entry is made.
type Common struct {
	State string `json:"state,omitempty" validate:"omitempty,alpha2" norm:"-"`
	Kind  string `json:"kind,omitempty" validate:"max=40" norm:"-"`
	Whom
	TLP         string       `json:"tlp,omitempty" validate:"omitempty,oneof=TLP:CLEAR TLP:GREEN TLP:AMBER TLP:AMBER+STRICT TLP:RED" norm:"-"`
	Basis       Basis        `json:"basis,omitempty" validate:"omitempty,oneof=nominated public_source" norm:"-"`
	ExternalIDs []ExternalID `json:"external_ids,omitempty" validate:"max=20,unique=System,dive"`
	Sources     []Source     `json:"sources,omitempty" validate:"max=200,dive"`
}

// Shared returns c itself: it lets the acts reach the common half of any
// noun's input.
func (c *Common) Shared() *Common { return c }

// input is what a PUT of e as it stands would say of it. A handling mark that
// came with the audience is left out, so that it changes with the audience.
func (e Entry) input() Common {
	in := Common{
		State: e.State, Kind: e.Kind, Whom: Whom{Audience: e.Audience, Selected: e.AudienceWritten},
		Basis: e.Basis, ExternalIDs: e.ExternalIDs, Sources: e.Sources,
	}
	if e.TLP != defaultTLP[e.Audience] {
		in.TLP = e.TLP
	}
	return in
}

// inputBy is input as far as by sees whom e names.
func (e Entry) inputBy(by access.Actor) Common {
	in := e.input()
	if !e.SeesNamed(by) {
		in.Selected = nil
	}
	return in
}

// said is the part of the trail that commits to what e carries.
type said struct {
	ID          string          `json:"id"`
	State       string          `json:"state"`
	Kind        string          `json:"kind"`
	Audience    access.Audience `json:"audience"`
	TLP         string          `json:"tlp"`
	Basis       Basis           `json:"basis"`
	Standing    Standing        `json:"standing"`
	NominatedAt *time.Time      `json:"nominated_at"`
	NominatedBy *string         `json:"nominated_by"`
	ConfirmedAt *time.Time      `json:"confirmed_at"`
	ExternalIDs []ExternalID    `json:"external_ids"`
	Sources     []Source        `json:"sources"`
}

// parts returns the trail's parts of e with its details: the entry itself, and
// for a selected audience whom it names, which its readers may not see.
func (e Entry) parts(details any) []register.Part {
	type whole struct {
		said
		Details any `json:"details"`
	}
	out := []register.Part{{
		Name: "entry", For: e.Audience, Named: e.AudienceStates,
		Content: whole{
			said: said{
				ID: e.ID, State: e.State, Kind: e.Kind, Audience: e.Audience, TLP: e.TLP, Basis: e.Basis,
				Standing: e.Standing, NominatedAt: utc(e.NominatedAt), NominatedBy: e.NominatedBy,
				ConfirmedAt: utc(e.ConfirmedAt), ExternalIDs: e.ExternalIDs, Sources: e.Sources,
			},
			Details: details,
		},
	}}
	if e.Audience == access.ForSelected {
		out = append(out, register.Part{Name: "audience_states", For: access.ForSelected, Content: e.AudienceStates})
	}
	return out
}

// LinkPart returns the trail's part for a link from e to another entry, under
// the member that holds it; none if there is no link. seen is the link as its
// reader sees it: nil if the other entry is not for them.
func (e Entry) LinkPart(member string, to, seen *string) []register.Part {
	if to == nil {
		return nil
	}
	return []register.Part{{
		Name: member, Link: *to, Unseen: seen == nil, Content: *to, For: e.Audience, Named: e.AudienceStates,
	}}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
