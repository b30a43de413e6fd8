// Package organisation keeps the national bodies that stand behind contacts and
// strategies: teams, ministries, police. It knows neither of the two.
package organisation

import (
	"context"
	"slices"
	"strings"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// Kinds are the kinds of organisation.
var Kinds = []string{"csirt", "ministry", "police", "prosecutor", "agency", "mission", "regulator", "other"}

// Details are what may be said of an organisation beyond what every entry
// carries. Without a name even what was found in public says nothing.
type Details struct {
	Name           string `json:"name" validate:"required,max=300,line"` // in its own script
	NameLanguage   string `json:"name_language,omitempty" validate:"omitempty,lang"`
	NameLatin      string `json:"name_latin,omitempty" validate:"max=300,line"`
	NameEN         string `json:"name_en,omitempty" validate:"max=300,line"`
	Website        string `json:"website,omitempty" validate:"omitempty,https"`
	RFC2350URL     string `json:"rfc2350_url,omitempty" validate:"omitempty,https"`
	SecurityTXTURL string `json:"security_txt_url,omitempty" validate:"omitempty,https"`
	Address        string `json:"address,omitempty" validate:"max=500,text"`
	Note           string `json:"note,omitempty" validate:"max=2000,text"`
}

// Organisation is one national body.
type Organisation struct {
	entry.Entry
	Details
}

// Input is what a person may say about an organisation.
type Input struct {
	entry.Common
	Details
}

// Store reads and changes organisations. It owns their rules and their SQL.
type Store struct {
	*entry.Store[Organisation, Input]
}

// NewStore returns a Store on r.
func NewStore(r *register.Register) *Store {
	return &Store{&entry.Store[Organisation, Input]{
		Register: r,
		Noun: entry.Noun[Organisation, Input]{
			Name:    "organisation",
			Entry:   func(o Organisation) entry.Entry { return o.Entry },
			Shared:  func(in *Input) *entry.Common { return &in.Common },
			Input:   func(o Organisation, common entry.Common) Input { return Input{Common: common, Details: o.Details} },
			Details: func(o Organisation) any { return o.Details },
			Parts:   func(Organisation) []register.Part { return nil },
			Get:     Get,
			Those:   Those,
			Prepare: prepare,
			Save:    save,
		},
	}}
}

func prepare(_ context.Context, _ *register.Tx, d *entry.Draft[Organisation, Input]) error {
	in := &d.Input
	valid.Normalise(in)
	if canonical, err := valid.Language(in.NameLanguage); err == nil {
		in.NameLanguage = canonical
	}
	var faults []problem.Fault
	if err := valid.Struct(in); err != nil {
		found, ok := problem.Faults(err)
		if !ok {
			return err
		}
		faults = found
	}
	if !slices.Contains(Kinds, d.Entry.Kind) {
		faults = append(faults, problem.Fault{Pointer: "/kind", Detail: "must be one of: " + strings.Join(Kinds, ", ")})
	}
	return problem.WithFaults(faults)
}
