package importer

// What the tests of this package reach for.
var (
	ParseHours, FormatHours       = parseHours, formatHours
	ParseHolidays, FormatHolidays = parseHolidays, formatHolidays
	ParseWhom, FormatWhom         = parseWhom, formatWhom
)

// Read reads a file, as far as that goes without a register.
func Read(kind Kind, text []byte) error {
	_, err := read(kind, text)
	return err
}

// Cells reads a CSV and returns what its rows say.
func Cells(text []byte) (head []string, rows [][]string, err error) {
	s, err := readSheet(text)
	for _, r := range s.rows {
		var line []string
		for _, name := range s.names {
			line = append(line, s.text(r, name))
		}
		rows = append(rows, line)
	}
	return s.names, rows, err
}
