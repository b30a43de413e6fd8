package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/valid"
)

// sheet is a CSV file as it was read: RFC 4180, or what European spreadsheets
// make of it.
type sheet struct {
	columns map[string]int
	names   []string
	rows    []row
}

// row is one record of a sheet, with the line that each cell begins on, as an
// editor counts.
type row struct {
	line  int
	cells []string
	lines []int
}

// readSheet reads a CSV in UTF-8, with or without a byte order mark, its cells
// parted by commas, semicolons or tabs, and refuses one that cannot be read.
func readSheet(text []byte) (sheet, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if at := invalidUTF8(text); at >= 0 {
		return sheet{}, malformed(1+bytes.Count(text[:at], []byte("\n")), "is not UTF-8: save the file as CSV UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1
	var s sheet
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			return sheet{}, malformed(parse.Line, fmt.Sprintf(
				"has a quote out of its place, at byte %d, in the row that begins on line %d: a cell with quotes is in quotes, and each in it is doubled",
				parse.Column, parse.StartLine))
		}
		if err != nil {
			return sheet{}, fmt.Errorf("read CSV: %w", err)
		}
		one := row{cells: cells, lines: make([]int, len(cells))}
		for i := range cells {
			one.lines[i], _ = r.FieldPos(i)
		}
		one.line = one.lines[0]
		if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue // spreadsheets keep rows that were emptied
		}
		if len(s.rows) > mostRows { // the head is one of them
			return sheet{}, overfull(one.line)
		}
		s.rows = append(s.rows, one)
	}
	if len(s.rows) == 0 {
		return sheet{}, malformed(1, "is empty: the first line names the columns")
	}
	s.columns = map[string]int{}
	for i, name := range s.rows[0].cells {
		name = strings.ToLower(strings.TrimSpace(name))
		s.names = append(s.names, name)
		if _, twice := s.columns[name]; !twice {
			s.columns[name] = i
		}
	}
	s.rows = s.rows[1:]
	return s, nil
}

func malformed(line int, detail string) error {
	return &problem.Error{
		Kind: problem.Malformed, Detail: "the file cannot be read: mend what errors lists, and send it again",
		Faults: []problem.Fault{{Line: line, Detail: detail}},
	}
}

// separator is what parts the cells of the first line, which holds names only.
func separator(text []byte) rune {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	for _, r := range ";\t" {
		if bytes.ContainsRune(head, r) {
			return r
		}
	}
	return ','
}

// invalidUTF8 returns where text is no UTF-8 that could be shown, or -1.
func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 || r == 0 {
			return i
		}
		i += size
	}
	return -1
}

// head checks the names of the columns: those that there must be, and those for
// which more says so. Its faults are all on the first line.
func (s sheet) head(must []string, more func(name string) bool) []problem.Fault {
	var faults []problem.Fault
	fault := func(column, detail string) {
		faults = append(faults, problem.Fault{Line: 1, Column: column, Detail: detail})
	}
	for _, name := range must {
		if _, ok := s.columns[name]; !ok {
			fault(name, "is missing: an export has all the columns that there are")
		}
	}
	for i, name := range s.names {
		switch {
		case name == "":
			fault(name, fmt.Sprintf("column %d has no name: remove it, or name it", i+1))
		case s.columns[name] != i:
			fault(name, "is there twice: keep one")
		case !slices.Contains(must, name) && !more(name):
			fault(name, "is no column of this file: an export has all the columns that there are")
		}
	}
	return faults
}

// overlong returns a fault for each cell that stands under no column.
func (s sheet) overlong() []problem.Fault {
	var faults []problem.Fault
	for _, r := range s.rows {
		for i := len(s.names); i < len(r.cells); i++ {
			if strings.TrimSpace(r.cells[i]) != "" {
				faults = append(faults, problem.Fault{
					Line: r.lines[i], Detail: fmt.Sprintf("cell %d stands under no column: quote cells that hold the separator", i+1),
				})
				break
			}
		}
	}
	return faults
}

// text is what a cell says, without the guard that CSVs of ours have.
func (s sheet) text(r row, column string) string {
	i, ok := s.columns[column]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(valid.Uncell(r.cells[i]))
}

// at is where a cell is.
func (s sheet) at(r row, column string) problem.Fault {
	f := problem.Fault{Line: r.line, Column: column}
	if i, ok := s.columns[column]; ok && i < len(r.cells) {
		f.Line = r.lines[i]
	}
	return f
}

// list is a cell that holds several names.
func list(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";, \t\r\n\u00a0", r) })
}
