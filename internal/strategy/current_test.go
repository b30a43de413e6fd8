package strategy_test

import (
	"testing"
	"time"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/strategy"
)

func TestATextIsCurrentWhileItStands(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.November, 25, 23, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		kind, status, until string
		by                  []string
		want                bool
	}{
		"in force":                 {"strategy", "in_force", "", nil, true},
		"adopted":                  {"programme", "adopted", "", nil, true},
		"to the end of this year":  {"strategy", "adopted", "2026", nil, true},
		"to the end of this month": {"strategy", "adopted", "2026-11", nil, true},
		"to this day":              {"strategy", "adopted", "2026-11-25", nil, true},
		"to the day before":        {"strategy", "adopted", "2026-11-24", nil, false},
		"to last year":             {"strategy", "in_force", "2025", nil, false},
		"a draft":                  {"strategy", "draft", "", nil, false},
		"superseded":               {"strategy", "superseded", "", nil, false},
		"expired":                  {"strategy", "expired", "", nil, false},
		"superseded by another":    {"strategy", "adopted", "", []string{"x"}, false},
		"a position on the law":    {"position_on_international_law", "in_force", "", nil, false},
	} {
		s := strategy.Strategy{
			Entry: entry.Entry{Kind: tt.kind}, Details: strategy.Details{Status: tt.status, ValidUntil: tt.until}, SupersededBy: tt.by,
		}
		if got := s.Current(day); got != tt.want {
			t.Errorf("Current() of a text that is %s = %t, want %t", name, got, tt.want)
		}
	}
}
