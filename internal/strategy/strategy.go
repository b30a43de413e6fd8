// Package strategy keeps the national strategies and programmes that states
// have named, or that were found in public: what they are called, what they aim
// at and where they are published. It never fetches a document.
package strategy

import (
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
)

// Kinds are the kinds of strategy.
var Kinds = []string{"strategy", "programme", "action_plan", "doctrine", "legislation", "position_on_international_law"}

// Who reads a norm or a measure into a text. The registry's reading is never
// shown as the state's.
const (
	ByState    = "state"
	ByRegistry = "registry"
)

// Details are what may be said of a strategy beyond what every entry carries.
// The keys of its maps are languages, BCP 47. Its dates are as precise as they
// are known.
type Details struct {
	OriginalTitle       string              `json:"original_title" validate:"required,max=300,line"`
	OriginalLanguage    string              `json:"original_language,omitempty" validate:"omitempty,lang"`
	Titles              map[string]string   `json:"titles" validate:"max=50,dive,keys,lang,endkeys,required,max=300,line"`
	Summaries           map[string]string   `json:"summaries" validate:"max=50,dive,keys,lang,endkeys,required,max=5000,text"`
	Objectives          map[string][]string `json:"objectives" validate:"max=50,dive,keys,lang,endkeys,min=1,max=30,dive,required,max=500,text"`
	IssuingOrganisation *string             `json:"issuing_organisation,omitempty" validate:"omitempty,uuid"`
	IssuingBody         string              `json:"issuing_body,omitempty" validate:"max=300,line"`
	Status              string              `json:"status" validate:"required,oneof=draft adopted in_force superseded expired"`
	StatusEvidence      string              `json:"status_evidence,omitempty" validate:"max=2000,text"`
	AdoptedOn           string              `json:"adopted_on,omitempty" validate:"omitempty,partialdate"`
	ValidFrom           string              `json:"valid_from,omitempty" validate:"omitempty,partialdate"`
	ValidUntil          string              `json:"valid_until,omitempty" validate:"omitempty,partialdate"`
	ReviewDue           string              `json:"review_due,omitempty" validate:"omitempty,partialdate"`
	Supersedes          *string             `json:"supersedes,omitempty" validate:"omitempty,uuid"` // another strategy of the state
	Documents           []Document          `json:"documents" validate:"max=20,dive"`
	FocusAreas          []string            `json:"focus_areas" validate:"max=7,unique,dive,oneof=governance risk_management preparedness_resilience critical_infrastructure capability_awareness legislation international_cooperation"`
	Norms               []Norm              `json:"norms" validate:"max=50,dive"`
	CBMs                []CBM               `json:"cbms" validate:"max=50,dive"`
}

// Document is one published text of a strategy.
type Document struct {
	URL      string `json:"url" validate:"required,https"`
	Language string `json:"language,omitempty" validate:"omitempty,lang"`
	SHA256   string `json:"sha256,omitempty" validate:"omitempty,sha256"`
	Title    string `json:"title,omitempty" validate:"max=300,line"`
}

// Norm is a norm of responsible behaviour that a strategy touches.
type Norm struct {
	Code    string `json:"code"` // of the reference data
	Reading string `json:"reading" validate:"oneof=state registry"`
	Note    string `json:"note,omitempty" validate:"max=1000,text"`
}

// CBM is a confidence-building measure that a strategy touches.
type CBM struct {
	Framework string `json:"framework"` // of the reference data, as is the code
	Code      string `json:"code"`
	Reading   string `json:"reading" validate:"oneof=state registry"`
	Note      string `json:"note,omitempty" validate:"max=1000,text"`
}

// Strategy is one strategy or programme, as its reader sees it.
type Strategy struct {
	entry.Entry
	Details
	// SupersededBy are the strategies that say so. What was found in public
	// says nothing of one that the state has nominated.
	SupersededBy []string

	// What it is linked to, whether its reader may read that or not: for the trail,
	// which holds every link to who may read both ends, and for no view.
	LinkedOrganisation, LinkedStrategy *string
}

// Input is what a person may say about a strategy.
type Input struct {
	entry.Common
	Details
}

// Store reads and changes strategies. It owns their rules and their SQL.
type Store struct {
	*entry.Store[Strategy, Input]
}

// NewStore returns a Store on r.
func NewStore(r *register.Register) *Store {
	return &Store{&entry.Store[Strategy, Input]{
		Register: r,
		Noun: entry.Noun[Strategy, Input]{
			Name:    "strategy",
			Entry:   func(s Strategy) entry.Entry { return s.Entry },
			Shared:  func(in *Input) *entry.Common { return &in.Common },
			Input:   func(s Strategy, common entry.Common) Input { return Input{Common: common, Details: s.Details} },
			Details: trailDetails,
			Parts:   parts,
			Get:     Get,
			Those:   Those,
			Prepare: prepare,
			Save:    save,
		},
	}}
}

// trailDetails leaves the links to parts that only the readers of both ends see.
func trailDetails(s Strategy) any {
	d := s.Details
	d.IssuingOrganisation, d.Supersedes = nil, nil
	return d
}

func parts(s Strategy) []register.Part {
	return append(s.LinkPart("issuing_organisation", s.LinkedOrganisation, s.IssuingOrganisation),
		s.LinkPart("supersedes", s.LinkedStrategy, s.Supersedes)...)
}
