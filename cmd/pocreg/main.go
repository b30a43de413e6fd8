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
	code := exitCode(ctx, err)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pocreg:", explain(err))
	}
	os.Exit(code)
}

// commands is the command line. Settings come from the environment: config.go
// lists those of the server, remote.go those of who asks one.
type commands struct {
	States       statesCommand       `cmd:"" group:"ask" help:"List the states, or show one's card."`
	Reach        reachCommand        `cmd:"" group:"ask" help:"Say whom to reach in a state now, in the order to try."`
	Search       searchCommand       `cmd:"" group:"ask" help:"Find entries by words, or whose a number, a mailbox, a domain or a key is."`
	Contact      contactCommand      `cmd:"" group:"ask" help:"Read and change points of contact."`
	Organisation organisationCommand `cmd:"" group:"ask" help:"Read and change national bodies."`
	Strategy     strategyCommand     `cmd:"" group:"ask" help:"Read and change national strategies and programmes."`
	Suggestion   suggestionCommand   `cmd:"" group:"ask" help:"Suggest corrections to entries, and answer those to yours."`
	Import       importCommand       `cmd:"" group:"ask" help:"Take a whole file into the register, as one act."`
	Proposal     proposalCommand     `cmd:"" group:"ask" help:"Read what was proposed, and decide on it."`
	Mandates     mandatesCommand     `cmd:"" group:"ask" help:"List who acts without belonging to a state, on what and until when."`
	Oversight    oversightCommand    `cmd:"" group:"ask" help:"List what the secretariat did with its own powers, by name."`
	Secretariat  togetherCommand     `cmd:"" group:"ask" help:"Ask for what two of the secretariat do together."`
	Export       exportCommand       `cmd:"" group:"ask" help:"Write what import takes."`
	Trail        trailCommand        `cmd:"" group:"ask" help:"Print who changed what, in order."`
	Token        tokenCommand        `cmd:"" group:"ask" help:"List, issue and revoke your state's tokens."`
	People       peopleCommand       `cmd:"" group:"ask" help:"Freeze somebody for 24 hours, with all that is theirs."`

	Demo    demoCommand    `cmd:"" group:"serve" help:"Run everything on this machine, with a private PostgreSQL and demo actors."`
	Serve   serveCommand   `cmd:"" group:"serve" help:"Serve the API on the database at POCREG_DATABASE_URL."`
	Migrate migrateCommand `cmd:"" group:"serve" help:"Bring the database at POCREG_OWNER_DATABASE_URL to the newest schema, and load the states."`

	Operator   operatorCommand   `cmd:"" group:"serve" help:"Issue the secretariat's tokens, and revoke any."`
	Person     personCommand     `cmd:"" group:"serve" help:"Invite the secretariat's people to sign in, help them in, disable them."`
	Delegation delegationCommand `cmd:"" group:"serve" help:"Open, contest and close delegations: two of the secretariat together."`
	Suspend    suspendCommand    `cmd:"" group:"serve" help:"Say that an entry is not to be relied on, or lift that: two of the secretariat together."`
	Admit      admitCommand      `cmd:"" group:"serve" help:"Admit a partner of no state, or an auditor: two of the secretariat together."`

	Verify   verifyCommand   `cmd:"" group:"serve" help:"Check the whole trail against its commitments."`
	NewEpoch newEpochCommand `cmd:"" group:"serve" help:"Begin a new life of the register, after a restore that lost versions."`
	Health   healthCommand   `cmd:"" group:"serve" help:"Ask the server on this machine whether it is ready."`
	Version  versionCommand  `cmd:"" help:"Say which version this is."`
}

// program is what a command runs in.
type program struct {
	ctx    context.Context
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	parsed, err := parse(args, stdout, stderr)
	if parsed == nil || err != nil {
		return err
	}
	return parsed.Run(&program{ctx: ctx, getenv: getenv, stdin: os.Stdin, stdout: stdout, stderr: stderr})
}

// parse reads a command line; nil if it asked for help, which is given.
func parse(args []string, stdout, stderr io.Writer) (*kong.Context, error) {
	// kong asks to leave after --help; there is nothing left to do then.
	helped := false
	parser, err := kong.New(&commands{},
		kong.Name("pocreg"),
		kong.Description("The points-of-contact registry of a confidence-building measure.\n\n"+exitCodes),
		kong.ExplicitGroups([]kong.Group{
			{Key: "ask", Title: "Ask a registry, over its API:"},
			{Key: "serve", Title: "Run a registry, on its server:"},
		}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }))
	if err != nil {
		return nil, fmt.Errorf("set up the command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if helped {
		return nil, nil
	}
	if err != nil {
		return nil, usage(fmt.Errorf("%w (see pocreg --help)", err))
	}
	return parsed, nil
}
