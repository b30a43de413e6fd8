package access_test

import (
	"slices"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
)

// limits are to what a delegate's role may be limited.
var limits = map[string][]string{
	"none":          nil,
	"technical":     {"technical"},
	"policy":        {"policy"},
	"two":           {"diplomatic", "law_enforcement"},
	"all but these": {"unheard of"},
}

// within is what a limit leaves to a delegate of the own state's, written down by
// hand. What all kinds share is for who is not limited.
var within = []struct {
	about access.Subject
	cells string
}{
	//                                                              none technical policy two all-but-these
	{access.Subject{Noun: "contact", Kind: "diplomatic"}, "          yes  no        no     yes no"},
	{access.Subject{Noun: "contact", Kind: "technical"}, "           yes  yes       no     no  no"},
	{access.Subject{Noun: "contact", Kind: "law_enforcement"}, "     yes  no        no     yes no"},
	{access.Subject{Noun: "contact", Kind: "policy"}, "              yes  no        yes    no  no"},
	{access.Subject{Noun: "contact"}, "                              yes  no        no     no  no"},
	{access.Subject{Noun: "strategy", Kind: "programme"}, "          yes  no        yes    no  no"},
	{access.Subject{Noun: "strategy", Kind: "technical"}, "          yes  no        yes    no  no"},
	{access.Subject{Noun: "organisation", Kind: "csirt"}, "          yes  no        no     no  no"},
	{access.Subject{Noun: "organisation", Kind: "technical"}, "      yes  no        no     no  no"},
	{access.Subject{}, "                                             yes  no        no     no  no"}, // instruments, a delegation's channels
}

// limitable are the actions that a limit is about; others, it leaves as they are.
var limitable = []access.Action{
	access.ChangeEntry, access.ProposeChange, access.DecideProposal, access.MarkChannel, access.ConfirmEntry, access.AnswerSuggestion,
}

func TestARoleLimitedToKindsActsOnThoseAlone(t *testing.T) {
	t.Parallel()
	count := 0
	for column, name := range []string{"none", "technical", "policy", "two", "all but these"} {
		by := official(access.Delegate)
		by.Kinds = limits[name]
		for action := range acting {
			for _, row := range within {
				for _, state := range []string{"EE", "LV"} {
					about := row.about
					about.State = state
					free := everybody["delegate"].May(action, about)
					want := free && (!slices.Contains(limitable, action) || strings.Fields(row.cells)[column] == "yes")
					if got := by.May(action, about); got != want {
						t.Errorf("a delegate limited to %s May(%s, %+v) = %t, want %t", name, action, about, got, want)
					}
					err := by.Require(action, about)
					if (err == nil) != want || err != nil && !problem.Is(err, problem.Forbidden) {
						t.Errorf("a delegate limited to %s Require(%s, %+v) = %v, want nil: %t", name, action, about, err, want)
					}
					said := err != nil && strings.Contains(err.Error(), "limited to the kinds "+strings.Join(by.Kinds, ", ")+":") &&
						strings.Contains(err.Error(), "the head of delegation, or a delegate without such a limit")
					if free && !want && !said {
						t.Errorf("a delegate limited to %s Require(%s, %+v) = %v, want the limit, and who may", name, action, about, err)
					}
					if !free && said {
						t.Errorf("a delegate limited to %s Require(%s, %+v) = %v, want nothing of the limit, which is not why", name, action, about, err)
					}
					count++
				}
			}
			if err := by.RequireAny(action); (err == nil) != (everybody["delegate"].RequireAny(action) == nil) {
				t.Errorf("a delegate limited to %s RequireAny(%s) = %v, want as without a limit", name, action, err)
			}
		}
		if got, want := by.Allowed(), everybody["delegate"].Allowed(); !slices.Equal(got, want) {
			t.Errorf("a delegate limited to %s Allowed() = %v, want %v, of those kinds", name, got, want)
		}
	}
	t.Logf("%d cells", count)
}

func TestALimitGoesForWhoeverHasIt(t *testing.T) {
	t.Parallel()
	for name, by := range everybody {
		by.Kinds = []string{"policy"}
		for _, action := range limitable {
			if by.May(action, subjects["own technical"]) {
				t.Errorf("%s, limited to policy, May(%s) of a technical contact = true, want false", name, action)
			}
		}
	}
}

func TestWhoOnlyReadsIsToldOfThatAndNotOfTheirLimit(t *testing.T) {
	t.Parallel()
	by := everybody["delegate"]
	by.Kinds, by.Writes = []string{"policy"}, false
	if err := by.Require(access.ChangeEntry, subjects["own technical"]); err == nil || !strings.Contains(err.Error(), "for reading only") {
		t.Errorf("Require(change) of a token for reading = %v, want that it is for reading", err)
	}
}

func TestALimitChangesNothingOfReading(t *testing.T) {
	t.Parallel()
	by := everybody["delegate"]
	by.Kinds = []string{"policy"}
	for _, audience := range access.Audiences {
		for _, state := range []string{"EE", "LV"} {
			if got, want := by.MayRead(state, audience, nil), everybody["delegate"].MayRead(state, audience, nil); got != want {
				t.Errorf("a delegate limited to policy MayRead(%s, %s) = %t, want %t", state, audience, got, want)
			}
		}
	}
}

func TestWhatALimitedRoleSurelyMayIsOneOfItsKinds(t *testing.T) {
	t.Parallel()
	by := everybody["delegate"]
	by.Kinds = []string{"law_enforcement", "policy"}
	for noun, want := range map[string]bool{"contact": true, "strategy": true, "organisation": false, "": false} {
		if got := by.May(access.ChangeEntry, by.Any(noun)); got != want {
			t.Errorf("May(change, Any(%q)) = %t, want %t", noun, got, want)
		}
	}
	for _, noun := range []string{"contact", "strategy", "organisation", ""} {
		if by := everybody["delegate"]; !by.May(access.ChangeEntry, by.Any(noun)) {
			t.Errorf("without a limit, May(change, Any(%q)) = false, want true", noun)
		}
	}
}
