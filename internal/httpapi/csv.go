package httpapi

import (
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

// csv writes the table so that no cell is a formula; phone numbers are tel:
// addresses (RFC 3966), so that they need no apostrophe in front and can still be
// dialled.
func (t table) csv() ([]byte, error) { return valid.Sheet(t.head, t.rows) }

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
	asJSON, asCSV, asAny, err := qualities(c)
	switch asJSON = max(asJSON, asAny); {
	case err != nil:
		return "", err
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

// acceptedTable returns CSV, for what there is no other form of.
func acceptedTable(c echo.Context) (string, error) {
	_, asCSV, asAny, err := qualities(c)
	if err == nil && max(asCSV, asAny) == 0 {
		err = problem.Errorf(problem.NotAcceptable, "this comes as text/csv")
	}
	return csvType, err
}

// qualities returns how much the caller would like JSON, CSV, or whatever there
// is: from 0 to 1, as Accept has it (RFC 9110).
func qualities(c echo.Context) (asJSON, asCSV, asAny float64, err error) {
	header := strings.Join(c.Request().Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return 0, 0, 1, nil
	}
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		quality := 1.0
		for p := range strings.SplitSeq(parameters, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				q, err := strconv.ParseFloat(value, 64)
				if err != nil || !(q >= 0 && q <= 1) {
					return 0, 0, 0, problem.Errorf(problem.Malformed, "Accept has a quality that is no number from 0 to 1")
				}
				quality = q
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "application/json", "application/*":
			asJSON = max(asJSON, quality)
		case "text/csv", "text/*":
			asCSV = max(asCSV, quality)
		case "*/*":
			asAny = max(asAny, quality)
		}
	}
	return asJSON, asCSV, asAny, nil
}
