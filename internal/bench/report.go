package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// finding is one line of the result.
type finding struct {
	What  string  `json:"what"`
	Got   float64 `json:"got"`
	Unit  string  `json:"unit,omitzero"` // "ms", "s" or "MB"; none for a ratio
	Aim   *aim    `json:"aim,omitzero"`
	Least float64 `json:"least,omitzero"` // of the rounds' own ratios
	Most  float64 `json:"most,omitzero"`

	// Detail is what the figure was made of, for a person.
	Detail string `json:"detail"`
}

// aim is what a figure should come to.
type aim struct {
	AtLeast float64 `json:"at_least,omitzero"`
	AtMost  float64 `json:"at_most,omitzero"`
}

func atLeast(x float64) *aim { return &aim{AtLeast: x} }
func atMost(x float64) *aim  { return &aim{AtMost: x} }

func (a *aim) met(got float64) bool {
	return (a.AtLeast == 0 || got >= a.AtLeast) && (a.AtMost == 0 || got <= a.AtMost)
}

// ratio is the median of ours over the median of theirs, and how far the ratios
// of the single rounds lie apart.
func ratio(what string, ours, theirs []float64) finding {
	var each []float64
	for i := range ours {
		each = append(each, ours[i]/theirs[i])
	}
	return finding{What: what, Got: median(ours) / median(theirs), Least: percentile(each, 0), Most: percentile(each, 1)}
}

// value is the figure with its unit.
func (f finding) value() string { return amount(f.Got, f.Unit) }

func amount(x float64, unit string) string {
	switch unit {
	case "":
		return fmt.Sprintf("%.2f×", x)
	case "MB":
		return fmt.Sprintf("%.0f MB", x)
	default:
		return fmt.Sprintf("%.1f %s", x, unit)
	}
}

// report is the whole result.
type report struct {
	Machine  string    `json:"machine"`
	Quick    bool      `json:"quick"`
	Took     string    `json:"took"`
	Findings []finding `json:"findings"`
}

// table is the result as docs/performance.md holds it.
func (r report) table() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, in %s\n\n", r.Machine, r.Took)
	if r.Quick {
		out.WriteString("This was a quick run: it shows that all works, not how fast.\n\n")
	}
	out.WriteString("| what | aim | measured | rounds | made of |\n|---|---|---|---|---|\n")
	for _, f := range r.Findings {
		aimed, rounds := "", ""
		if f.Aim != nil {
			sign, limit := "≥", f.Aim.AtLeast
			if f.Aim.AtMost != 0 {
				sign, limit = "≤", f.Aim.AtMost
			}
			aimed = sign + " " + amount(limit, f.Unit)
			if !f.Aim.met(f.Got) {
				aimed += ", missed"
			}
		}
		if f.Most != 0 {
			rounds = fmt.Sprintf("%.2f–%.2f", f.Least, f.Most)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", f.What, aimed, f.value(), rounds, f.Detail)
	}
	return out.String()
}

// write keeps the result for a program to read.
func (r report) write(name string) error {
	text, err := json.Marshal(r, jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("encode the findings: %w", err)
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

func machine() string {
	return fmt.Sprintf("%s, %d cores, %s, %s", runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Now().UTC().Format(time.DateOnly))
}

// percentile returns the value below which the share p of the values lies.
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

func median(values []float64) float64 { return percentile(values, 0.5) }

// milliseconds turns what was timed into what is shown.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
