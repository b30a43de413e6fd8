package httpapi

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/valid"
)

const csvType = "text/csv; charset=utf-8; header=present"

// table is a list as a spreadsheet shows it.
type table struct {
	head []string
	rows [][]string
}

// csv writes the table as RFC 4180 has it. A cell that a spreadsheet would take
// for a formula gets an apostrophe in front; phone numbers are tel: addresses
// (RFC 3966), so that they need none and can still be dialled.
func (t table) csv() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	if err := w.Write(t.head); err != nil {
		return nil, fmt.Errorf("write head: %w", err)
	}
	for _, row := range t.rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = valid.Cell(cell)
		}
		if err := w.Write(safe); err != nil {
			return nil, fmt.Errorf("write row: %w", err)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func cellTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func cellList(list []string) string { return strings.Join(list, "; ") }

// accepted returns the media type to answer with: JSON, unless the caller would
// rather have CSV and there is one.
func accepted(c echo.Context, hasCSV bool) (string, error) {
	header := strings.Join(c.Request().Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return echo.MIMEApplicationJSON, nil
	}
	asJSON, asCSV := 0.0, 0.0
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		quality := 1.0
		for p := range strings.SplitSeq(parameters, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				q, err := strconv.ParseFloat(value, 64)
				if err != nil || !(q >= 0 && q <= 1) {
					return "", problem.Errorf(problem.Malformed, "Accept has a quality that is no number from 0 to 1")
				}
				quality = q
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "application/json", "application/*", "*/*":
			asJSON = max(asJSON, quality)
		case "text/csv", "text/*":
			asCSV = max(asCSV, quality)
		}
	}
	switch {
	case hasCSV && asCSV > asJSON:
		return csvType, nil
	case asJSON > 0:
		return echo.MIMEApplicationJSON, nil
	case hasCSV:
		return "", problem.Errorf(problem.NotAcceptable, "this comes as application/json or text/csv")
	default:
		return "", problem.Errorf(problem.NotAcceptable, "this comes as application/json")
	}
}
