package strategy

import (
	"fmt"
	"strconv"
	"time"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/valid"
)

// reviewAfter is how many years after its adoption a strategy is due for review
// if its owner does not say.
const reviewAfter = 5

// ReviewDue returns when s is due for review: as its owner says, else five years
// after it was adopted, as precise as that is known; "" if neither is said.
func (s Strategy) ReviewDue() string {
	if s.Details.ReviewDue != "" || s.AdoptedOn == "" {
		return s.Details.ReviewDue
	}
	year, err := strconv.Atoi(s.AdoptedOn[:4])
	if err != nil {
		return ""
	}
	due := fmt.Sprintf("%04d%s", year+reviewAfter, s.AdoptedOn[4:])
	if _, err := time.Parse(time.DateOnly, due); err != nil && len(due) == len(time.DateOnly) {
		return due[:len(due)-2] + "28" // adopted on 29 February
	}
	return due
}

// Current reports whether s is a text to go by on a day: it was adopted, nothing
// that its reader sees supersedes it, and its time has not run out. A position on
// international law is none to go by at home.
func (s Strategy) Current(day time.Time) bool {
	adopted := s.Kind != "position_on_international_law" && (s.Status == "adopted" || s.Status == "in_force")
	today := day.UTC().Format(time.DateOnly)
	return adopted && len(s.SupersededBy) == 0 && (s.ValidUntil == "" || s.ValidUntil >= today[:len(s.ValidUntil)])
}

// CurrentAmong returns the ids of those of a state's texts, the newest first, that
// are to go by on a day. An older text is not current again because a newer one of
// its kind no longer is; but what was found in public says nothing of what the state
// has nominated, and laws stand beside each other.
func CurrentAmong(newest []Strategy, day time.Time) map[string]bool {
	current, followed := map[string]bool{}, map[string]bool{}
	for _, s := range newest {
		said, found := string(entry.Nominated)+s.Kind, string(entry.PublicSource)+s.Kind
		if s.Current(day) && !followed[said] && (s.Basis == entry.Nominated || !followed[found]) {
			current[s.ID] = true
		}
		if s.Status != "draft" && s.Kind != "legislation" {
			followed[string(s.Basis)+s.Kind] = true
		}
	}
	return current
}

// inOrder reports whether until may be no earlier than from, as far as both are
// known. What is no date is at fault elsewhere.
func inOrder(from, until string) bool {
	if valid.Form("partialdate", from) != nil || valid.Form("partialdate", until) != nil {
		return true
	}
	known := min(len(from), len(until))
	return from[:known] <= until[:known]
}
