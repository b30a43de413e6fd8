package valid

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
)

// formula holds what spreadsheets begin a formula with, wide forms included.
const formula = "=+-@\t\r\n＝＋－＠"

// separators part cells where a spreadsheet is set to a language that writes
// decimals with a comma, whatever stands in quotes.
const separators = ";\t\n"

// skipped is what may stand between the beginning of a cell and its formula: a
// spreadsheet takes quotes for those of the cell.
const skipped = " \""

// Cell is a text as a cell of a CSV that begins no formula, nor hides one behind a
// separator: an apostrophe goes in front of it. Where a text has apostrophes there
// already it gets one more, so that Uncell gives back what it was.
func Cell(text string) string {
	var out strings.Builder
	begins := true
	for i, r := range text {
		if begins && beginsFormula(text[i:]) {
			out.WriteByte('\'')
		}
		begins = strings.ContainsRune(separators, r) || begins && strings.ContainsRune(skipped, r)
		out.WriteRune(r)
	}
	return out.String()
}

// Sheet is a table as RFC 4180 has it, of cells that Cell made.
func Sheet(head []string, rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	if err := w.Write(head); err != nil {
		return nil, fmt.Errorf("write head: %w", err)
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = Cell(cell)
		}
		if err := w.Write(safe); err != nil {
			return nil, fmt.Errorf("write row: %w", err)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// Uncell is the text that Cell made a cell of. Of a cell from elsewhere it takes
// no more than an apostrophe that keeps a formula from being one.
func Uncell(cell string) string {
	var out strings.Builder
	begins := true
	for i, r := range cell {
		if begins && r == '\'' && beginsFormula(cell[i:]) {
			begins = false
			continue
		}
		begins = strings.ContainsRune(separators, r) || begins && strings.ContainsRune(skipped, r)
		out.WriteRune(r)
	}
	return out.String()
}

// beginsFormula reports whether s begins a formula, behind apostrophes or not.
func beginsFormula(s string) bool {
	return strings.IndexAny(strings.TrimLeft(s, "'"), formula) == 0
}
