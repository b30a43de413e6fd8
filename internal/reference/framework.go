package reference

import (
	_ "embed"
	"slices"
	"sync"
)

// Framework is an organisation of states of which some of the 46 are members.
// The United Nations are not among them: all 46 are members, so it would
// distinguish nobody. Codes are not country codes: AU is the African Union
// here and Australia among the states.
type Framework struct {
	Code    string
	Name    string // the official name in English
	NamePL  string
	Website string
}

// Membership says that a state belongs to a framework.
type Membership struct {
	Framework string // a Framework's code
	State     string // ISO 3166-1 alpha-2
}

//go:embed frameworks.csv
var frameworksCSV string

//go:embed framework-memberships.csv
var membershipsCSV string

var frameworks = sync.OnceValue(func() []Framework {
	var all []Framework
	table("frameworks.csv", frameworksCSV, []string{"code", "name_en", "name_pl", "website"}, func(row []string) error {
		all = append(all, Framework{Code: row[0], Name: row[1], NamePL: row[2], Website: row[3]})
		return nil
	})
	return all
})

var memberships = sync.OnceValue(func() []Membership {
	var all []Membership
	table("framework-memberships.csv", membershipsCSV, []string{"framework", "alpha2"}, func(row []string) error {
		all = append(all, Membership{Framework: row[0], State: row[1]})
		return nil
	})
	return all
})

// Frameworks lists the frameworks.
func Frameworks() []Framework {
	return slices.Clone(frameworks())
}

// HasFramework says whether there is a framework with this code.
func HasFramework(code string) bool {
	return slices.ContainsFunc(frameworks(), func(f Framework) bool { return f.Code == code })
}

// Memberships lists who belongs to which framework, framework by framework.
func Memberships() []Membership {
	return slices.Clone(memberships())
}
