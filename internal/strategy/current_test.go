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

func TestAnOlderTextIsNotCurrentAgain(t *testing.T) {
	t.Parallel()
	text := func(id, kind, status string, basis entry.Basis) strategy.Strategy {
		return strategy.Strategy{Entry: entry.Entry{ID: id, Kind: kind, Basis: basis}, Details: strategy.Details{Status: status}}
	}
	const found, said = entry.PublicSource, entry.Nominated
	for name, tt := range map[string]struct {
		newest []strategy.Strategy
		want   string
	}{
		"the newest is superseded":        {[]strategy.Strategy{text("b", "strategy", "superseded", found), text("a", "strategy", "adopted", found)}, ""},
		"the newest has run out":          {[]strategy.Strategy{text("b", "strategy", "expired", said), text("a", "strategy", "in_force", said)}, ""},
		"the newest is a draft":           {[]strategy.Strategy{text("b", "strategy", "draft", found), text("a", "strategy", "adopted", found)}, "a"},
		"the newest is another kind":      {[]strategy.Strategy{text("b", "programme", "expired", found), text("a", "strategy", "adopted", found)}, "a"},
		"the newest was found in public":  {[]strategy.Strategy{text("b", "strategy", "superseded", found), text("a", "strategy", "adopted", said)}, "a"},
		"the newest is the state's word":  {[]strategy.Strategy{text("b", "strategy", "superseded", said), text("a", "strategy", "adopted", found)}, ""},
		"both are in force":               {[]strategy.Strategy{text("b", "strategy", "adopted", said), text("a", "strategy", "adopted", said)}, "b"},
		"laws stand beside each other":    {[]strategy.Strategy{text("b", "legislation", "superseded", said), text("a", "legislation", "in_force", said)}, "a"},
		"a position is no text to go by ": {[]strategy.Strategy{text("b", "position_on_international_law", "in_force", said)}, ""},
	} {
		got := ""
		for id := range strategy.CurrentAmong(tt.newest, time.Now()) {
			got += id
		}
		if got != tt.want {
			t.Errorf("%s: CurrentAmong() = %q, want %q", name, got, tt.want)
		}
	}
}
