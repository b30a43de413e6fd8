package strategy_test

import (
	"testing"

	"pocreg.example/internal/strategy"
)

func TestReviewIsDueFiveYearsAfterAdoption(t *testing.T) {
	t.Parallel()
	for adopted, want := range map[string]string{
		"": "", "2021": "2026", "2021-03": "2026-03", "2021-03-28": "2026-03-28", "2024-02-29": "2029-02-28",
	} {
		s := strategy.Strategy{Details: strategy.Details{AdoptedOn: adopted}}
		if got := s.ReviewDue(); got != want {
			t.Errorf("ReviewDue() of one adopted on %q = %q, want %q", adopted, got, want)
		}
	}
	said := strategy.Strategy{Details: strategy.Details{AdoptedOn: "2021-03-28", ReviewDue: "2024"}}
	if got := said.ReviewDue(); got != "2024" {
		t.Errorf("ReviewDue() of one whose owner says 2024 = %q, want 2024", got)
	}
}
