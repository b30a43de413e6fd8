// Command bench measures the registry against what the machine can do at best:
// nginx serving the same bytes, and plain pgx running the same statements, in
// turns within one run. See docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// longest bounds a whole run, whatever hangs.
const longest = 15 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// group is what is measured together. Groups run in this order: later ones want
// a larger register.
type group struct {
	name    string
	measure func(*bench, context.Context) error
}

var groups = []group{
	{"reads", (*bench).measureReads},
	{"noted", (*bench).measureNoted},
	{"cold", (*bench).measureCold},
	{"writes", (*bench).measureWrites},

	{"import", (*bench).measureImport},
	{"trail", (*bench).measureTrail},
	{"million", (*bench).measureMillion},
	{"memory", (*bench).measureMemory},
}

// options are what the command line says.
type options struct {
	only     []string
	quick    bool
	json     string
	pocreg   string
	programs string
	data     string
	port     int
	contacts int
}

func parse(args []string) (options, error) {
	var o options
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "the groups to measure, with commas: "+strings.Join(names, ","))
	flags.BoolVar(&o.quick, "quick", false, "shorter rounds, fewer of them, and a tenth of the million: to see that it works, not how fast it is")
	flags.StringVar(&o.json, "json", "", "write the findings to this file as well, as JSON")
	flags.StringVar(&o.pocreg, "pocreg", ".pocreg/bin/pocreg", "the program to measure, as `make build` leaves it")
	flags.StringVar(&o.programs, "programs", "", "where PostgreSQL's programs are; empty: as `make run` finds them")
	flags.StringVar(&o.data, "data", ".pocreg/bench", "the folder for all that the run leaves while it lasts")
	flags.IntVar(&o.port, "port", 0, "the first of four ports on 127.0.0.1 to listen on; 0: any that are free")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("there is no group %q: -only takes %s", name, strings.Join(names, ","))
		}
	}
	o.contacts = 1_000_000
	if o.quick {
		o.contacts = 100_000
	}
	return o, nil
}

func run(ctx context.Context, args []string) (err error) {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("the run took longer than %s", longest))
	defer cancel()
	start := time.Now()
	b, err := prepare(ctx, o)
	defer func() { err = errors.Join(err, b.close()) }()
	if err != nil {
		return err
	}
	var failed []error
	for _, g := range groups {
		if len(o.only) > 0 && !slices.Contains(o.only, g.name) {
			continue
		}
		b.say("%s", g.name)
		if err := g.measure(b, ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			failed = append(failed, fmt.Errorf("%s: %w", g.name, err))
		}
	}
	r := report{Machine: machine(), Quick: o.quick, Took: time.Since(start).Round(time.Second).String(), Findings: b.findings}
	fmt.Print("\n", r.table())
	if o.json != "" {
		failed = append(failed, r.write(o.json))
	}
	return errors.Join(failed...)
}
