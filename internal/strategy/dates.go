package strategy

import (
	"fmt"
	"strconv"
	"time"

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

// inOrder reports whether until may be no earlier than from, as far as both are
// known. What is no date is at fault elsewhere.
func inOrder(from, until string) bool {
	if valid.Form("partialdate", from) != nil || valid.Form("partialdate", until) != nil {
		return true
	}
	known := min(len(from), len(until))
	return from[:known] <= until[:known]
}
