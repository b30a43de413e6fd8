// Command mutate asks whether the tests would notice. It removes or widens, one
// at a time, each rule of who may do what: the cells of the access tables, the
// conditions around them, the policies, functions, triggers and grants of the
// migrations; and demands that some test fails. It exits with 1 if one survives.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	survived, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if survived > 0 {
		os.Exit(1)
	}
}

// mutant is one change that takes a rule away.
type mutant struct {
	group string // access, policy, function or go
	file  string // within the repository
	line  int
	what  string // for a person
	text  []byte // of the whole file, changed
}

func (m mutant) String() string { return fmt.Sprintf("%s %s:%d %s", m.group, m.file, m.line, m.what) }

func run(ctx context.Context, args []string) (survived int, err error) {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	only := flags.String("only", "", "one group: access, policy, function or go")
	match := flags.String("match", "", "only mutants whose line in the report matches this regular expression")
	list := flags.Bool("list", false, "list the mutants and run nothing")
	likely := flags.Bool("likely", false, "ask only the packages that are most likely to notice, not the whole suite")
	jobs := flags.Int("jobs", 2, "how many to run at a time")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	wanted, err := regexp.Compile(*match)
	if err != nil {
		return 0, err
	}
	var mutants []mutant
	for _, find := range []func() ([]mutant, error){cells, statements, conditions} {
		found, err := find()
		if err != nil {
			return 0, err
		}
		for _, m := range found {
			if (*only == "" || *only == m.group) && wanted.MatchString(m.String()) {
				mutants = append(mutants, m)
			}
		}
	}
	if len(mutants) == 0 {
		return 0, fmt.Errorf("there is no such mutant")
	}
	if *list {
		for _, m := range mutants {
			fmt.Println(m)
		}
		return 0, nil
	}
	start := time.Now()
	h, err := newHunt(ctx, mutants, *likely)
	if err != nil {
		return 0, err
	}
	defer func() { _ = h.close() }()
	results := h.runAll(ctx, mutants, *jobs)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return report(mutants, results, time.Since(start)), nil
}

// report prints what became of the mutants, and returns how many survived.
func report(mutants []mutant, results []result, took time.Duration) (survived int) {
	counts := map[string]map[outcome]int{}
	for i, m := range mutants {
		if counts[m.group] == nil {
			counts[m.group] = map[outcome]int{}
		}
		counts[m.group][results[i].outcome]++
	}
	fmt.Printf("\n%-10s %8s %8s %8s\n", "group", "noticed", "survived", "invalid")
	for _, group := range []string{"access", "policy", "function", "go"} {
		if c := counts[group]; c != nil {
			fmt.Printf("%-10s %8d %8d %8d\n", group, c[noticed], c[unnoticed], c[invalid])
			survived += c[unnoticed] + c[invalid]
		}
	}
	for i, m := range mutants {
		if results[i].outcome != noticed {
			fmt.Printf("\n%s: %s\n%s", results[i].outcome, m, results[i].detail)
		}
	}
	fmt.Printf("\n%d mutants in %s, %d not noticed\n", len(mutants), took.Round(time.Second), survived)
	return survived
}
