package main

import (
	"fmt"
	"strings"

	"pocreg.example/api/client"
	"pocreg.example/internal/reference"
)

type importCommand struct {
	Contacts    importContacts    `cmd:"" help:"Take a state's contacts from a CSV file, as its delegate or head."`
	PublicFacts importPublicFacts `cmd:"" help:"Record what public lists say of national teams, as the secretariat: a file, or the copy that this program has."`
	Strategies  importStrategies  `cmd:"" help:"Record strategies that were read and summarised, as the secretariat: a file, or the copy that this program has."`
}

// Help teaches by example.
func (importCommand) Help() string {
	return `A file takes effect whole, as one act, or not at all. The same file twice changes nothing.

Examples:
  pocreg export contacts --state EE -o contacts.csv --as delegate_ee
  pocreg import contacts contacts.csv --dry-run --as delegate_ee
  pocreg import contacts contacts.csv --as delegate_ee
  pocreg import public-facts --as secretariat_kr`
}

// importing is what every import takes.
type importing struct {
	remote
	DryRun bool `help:"Change nothing: say what would change, and every fault with its line and column."`
}

type importContacts struct {
	importing
	asking
	File string `arg:"" help:"CSV, as export writes it; - for standard input."`
}

// Run takes in a state's contacts.
func (i importContacts) Run(p *program) error {
	return i.take(p, client.ImportContacts, i.File, nil, i.Because)
}

type importPublicFacts struct {
	importing
	File string `arg:"" optional:"" help:"CSV; - for standard input."`
}

// Run records what public lists say.
func (i importPublicFacts) Run(p *program) error {
	return i.take(p, client.ImportPublicFacts, i.File, reference.PublicFacts, "")
}

type importStrategies struct {
	importing
	File string `arg:"" optional:"" help:"JSON; - for standard input."`
}

// Run records strategies.
func (i importStrategies) Run(p *program) error {
	return i.take(p, client.ImportStrategies, i.File, reference.Strategies, "")
}

// take sends a file, or what stands in for it, and says what that came to.
func (i importing) take(p *program, kind, file string, own []byte, because string) error {
	text := own
	if file != "" {
		var err error
		if text, err = p.readFile(file); err != nil {
			return err
		}
	}
	c, err := i.client(p)
	if err != nil {
		return err
	}
	end := p.waiting("importing")
	got, err := c.Because(because).Import(p.ctx, kind, text, i.DryRun)
	end()
	if err != nil {
		return err
	}
	if i.JSON {
		return p.printJSON(got)
	}
	var out strings.Builder
	would := ""
	if got.DryRun {
		would = "would be "
		for _, change := range got.Changes {
			fmt.Fprintf(&out, "line %d: %s of %s would be %s\n", change.Line, change.Noun, change.State, change.Act)
			for _, d := range change.Diff {
				out.WriteString(harmless(difference(d)) + "\n")
			}
		}
	}
	for _, n := range got.Notes {
		if n.Line > 0 {
			fmt.Fprintf(&out, "line %d: ", n.Line)
		}
		out.WriteString(harmless(n.Detail) + "\n")
	}
	fmt.Fprintf(&out, "%d rows: %s%d new, %d changed, %d unchanged", got.Rows, would, got.Created, got.Changed, got.Unchanged)
	if got.LeftAlone > 0 {
		fmt.Fprintf(&out, ", %d left alone", got.LeftAlone)
	}
	if got.Version != nil {
		fmt.Fprintf(&out, "; version %d", *got.Version)
	}
	out.WriteString("\n")
	if _, err := p.stdout.Write([]byte(out.String())); err != nil {
		return err
	}
	if err := p.approval(got.Approval); err != nil {
		return err
	}
	return faulty(got.Faults)
}

type exportCommand struct {
	Contacts exportContacts `cmd:"" help:"Write contacts as the CSV file that import takes."`
}

// Help teaches by example.
func (exportCommand) Help() string {
	return `Examples:
  pocreg export contacts --state EE -o contacts.csv --as delegate_ee
  pocreg export contacts --as cert_ee`
}

type exportContacts struct {
	remote
	State  string `help:"Only one state's, alpha-2."`
	Output string `short:"o" placeholder:"FILE" help:"Where to; standard output otherwise."`
}

// Run writes contacts for import.
func (e exportContacts) Run(p *program) error {
	c, err := e.client(p)
	if err != nil {
		return err
	}
	end := p.waiting("exporting")
	text, err := c.ExportContacts(p.ctx, strings.ToUpper(e.State))
	end()
	if err != nil {
		return err
	}
	if e.Output == "" {
		_, err = p.stdout.Write(text)
		return err
	}
	// Contacts are not for everybody who can read this folder.
	if err := writeOwn(e.Output, text); err != nil {
		return usage(err)
	}
	return nil
}
