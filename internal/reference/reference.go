// Package reference holds the facts that the register is built on and that no
// state enters: who takes part, the frameworks they belong to, the norms and
// confidence-building measures that strategies refer to, and the treaties that
// states report on. It is data and nothing else: what a state has said since
// is in the database. README.md in its folder names the sources.
//
// The data are embedded, read once, and covered by tests, so a fault in them
// is a fault of the build, and reading them panics. Every function returns a
// slice of its own; the maps in it are shared and must not be changed.
package reference

import (
	"encoding/csv"
	"fmt"
	"strings"
)

// table calls fn with each row of a CSV file, in order. The header must be
// exactly the given columns: a moved column would otherwise go unnoticed.
func table(name, data string, columns []string, fn func(row []string) error) {
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		panic(fmt.Errorf("reference data %s: %w", name, err))
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != strings.Join(columns, ",") {
		panic(fmt.Errorf("reference data %s: the columns are not %v", name, columns))
	}
	for i, row := range rows[1:] {
		if err := fn(row); err != nil {
			panic(fmt.Errorf("reference data %s, row %d: %w", name, i+1, err))
		}
	}
}
