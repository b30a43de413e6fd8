// Command pocreg runs the points-of-contact registry.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pocreg:", err)
		os.Exit(1)
	}
}

// commands is the command line. Settings come from the environment: config.go
// lists them.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Run everything on this machine, with a private PostgreSQL and demo actors."`
	Serve   serveCommand   `cmd:"" help:"Serve the API on the database at POCREG_DATABASE_URL."`
	Migrate migrateCommand `cmd:"" help:"Bring the database at POCREG_OWNER_DATABASE_URL to the newest schema, and load the states."`
	Token   tokenCommand   `cmd:"" help:"Issue the secretariat's tokens, and revoke any, on the server."`

	Delegation delegationCommand `cmd:"" help:"Open, contest and close delegations: two of the secretariat together."`
	Admit      admitCommand      `cmd:"" help:"Admit a partner of no state, or an auditor: two of the secretariat together."`

	Verify   verifyCommand   `cmd:"" help:"Check the whole trail against its commitments."`
	NewEpoch newEpochCommand `cmd:"" help:"Begin a new life of the register, after a restore that lost versions."`
	Health   healthCommand   `cmd:"" help:"Ask the server on this machine whether it is ready."`
	Version  versionCommand  `cmd:"" help:"Say which version this is."`
}

// program is what a command runs in.
type program struct {
	ctx    context.Context
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
}

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	// kong asks to leave after --help; there is nothing left to do then.
	helped := false
	parser, err := kong.New(&commands{},
		kong.Name("pocreg"),
		kong.Description("The points-of-contact registry of a confidence-building measure."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }))
	if err != nil {
		return fmt.Errorf("set up the command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if helped {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w (see pocreg --help)", err)
	}
	return parsed.Run(&program{ctx: ctx, getenv: getenv, stdout: stdout, stderr: stderr})
}
