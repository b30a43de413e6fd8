package reference

import (
	_ "embed"
	"slices"
	"strconv"
	"sync"
)

// State is one of the states that took part in the Seoul statement of 7–8
// October 2019.
type State struct {
	StatementNumber int    // the place in the statement's list, from 1; the list is not alphabetical
	Alpha2          string // ISO 3166-1 alpha-2
	Alpha3          string // ISO 3166-1 alpha-3
	NameEN          string // as the United Nations use it
	NamePL          string // as the statement has it
	Region          string // UN M49 region
	Subregion       string // UN M49 sub-region, or intermediate region where there is one
	CoChair         bool   // at the time of the statement
}

//go:embed participating-states.csv
var statesCSV string

var states = sync.OnceValue(func() []State {
	var all []State
	columns := []string{"statement_no", "alpha2", "alpha3", "name_en", "name_pl", "m49_region", "m49_subregion", "co_chair"}
	table("participating-states.csv", statesCSV, columns, func(row []string) error {
		number, err := strconv.Atoi(row[0])
		if err != nil {
			return err
		}
		coChair, err := strconv.ParseBool(row[7])
		if err != nil {
			return err
		}
		all = append(all, State{
			StatementNumber: number,
			Alpha2:          row[1],
			Alpha3:          row[2],
			NameEN:          row[3],
			NamePL:          row[4],
			Region:          row[5],
			Subregion:       row[6],
			CoChair:         coChair,
		})
		return nil
	})
	return all
})

// States lists the 46 states in the order of the statement.
func States() []State {
	return slices.Clone(states())
}
