package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"pocreg.example/api/client"
)

// noun is one of those whose entries have the same commands.
type noun interface{ path() string }

type (
	contacts      struct{}
	organisations struct{}
	strategies    struct{}
)

func (contacts) path() string      { return "/v1/contacts" }
func (organisations) path() string { return "/v1/organisations" }
func (strategies) path() string    { return "/v1/strategies" }

// of are the entries of a noun, as raw JSON.
func of[N noun](c *client.Client) client.Entries[json.RawMessage] {
	var n N
	return client.EntriesAt[json.RawMessage](c, n.path())
}

// at is an entry's path.
func at[N noun](id string) string {
	var n N
	return n.path() + "/" + url.PathEscape(id)
}

type showEntry[N noun] struct {
	remote
	ID string `arg:"" help:"The entry's id."`
}

// Run shows one entry.
func (s showEntry[N]) Run(p *program) error { return show(p, s.remote, at[N](s.ID), nil) }

type addEntry[N noun] struct {
	remote
	asking
	File   string `arg:"" help:"A file with the entry as JSON; - for standard input."`
	DryRun bool   `help:"Say what would change and what is wrong, and change nothing."`
}

// Run makes an entry.
func (a addEntry[N]) Run(p *program) error {
	in, err := p.readFile(a.File)
	if err != nil {
		return err
	}
	if !json.Valid(in) {
		return usage(fmt.Errorf("%s is no JSON", a.File))
	}
	c, err := a.client(p)
	if err != nil {
		return err
	}
	if a.DryRun {
		would, err := of[N](c).Rehearse(p.ctx, "POST", "", "", json.RawMessage(in))
		if err != nil {
			return err
		}
		return p.rehearsed(a.remote, would)
	}
	made, _, err := of[N](c.Because(a.Because)).Add(p.ctx, json.RawMessage(in))
	if err != nil {
		return err
	}
	return p.printAny(a.remote, made)
}

// Each act has a type of its own, so that each has its own help.
type (
	confirmEntry[N noun]  struct{ entryAct }
	nominateEntry[N noun] struct{ askedAct }
	rejectEntry[N noun]   struct{ askedAct }
	retireEntry[N noun]   struct{ askedAct }
	withdrawEntry[N noun] struct{ askedAct }
	restoreEntry[N noun]  struct{ askedAct }
	resumeEntry[N noun]   struct{ entryAct }
)

type entryAct struct {
	remote
	ID string `arg:"" help:"The entry's id."`
}

type askedAct struct {
	entryAct
	asking
}

// Run confirms an entry.
func (a confirmEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "confirm", "") }

// Run makes what was found in public the state's own word.
func (a nominateEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "nominate", a.Because) }

// Run says that what was found in public is wrong.
func (a rejectEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "reject", a.Because) }

// Run takes an entry out of use.
func (a retireEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "retire", a.Because) }

// Run takes a nomination back.
func (a withdrawEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "withdraw", a.Because) }

// Run puts an entry back into use.
func (a restoreEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "restore", a.Because) }

// Run lifts a suspension.
func (a resumeEntry[N]) Run(p *program) error { return act[N](p, a.entryAct, "resume", "") }

type suspendEntry[N noun] struct {
	entryAct
	Reason string `required:"" help:"Why, in one line: whoever reads the entry reads it."`
}

// Run marks an entry as not to be relied on.
func (s suspendEntry[N]) Run(p *program) error {
	c, err := s.client(p)
	if err != nil {
		return err
	}
	got, _, err := of[N](c).Suspend(p.ctx, s.ID, s.Reason)
	if err != nil {
		return err
	}
	return p.printAny(s.remote, got)
}

func act[N noun](p *program, a entryAct, name, because string) error {
	c, err := a.client(p)
	if err != nil {
		return err
	}
	got, _, err := of[N](c.Because(because)).Act(p.ctx, a.ID, name)
	if err != nil {
		return err
	}
	return p.printAny(a.remote, got)
}

type entryHistory[N noun] struct {
	remote
	ID    string `arg:"" help:"The entry's id."`
	Limit int    `default:"20" help:"How many versions, the newest first; 100 at most."`
}

// Run shows an entry's versions: who did what, and what differs.
func (h entryHistory[N]) Run(p *program) error {
	c, err := h.client(p)
	if err != nil {
		return err
	}
	if h.CSV {
		return usage(errors.New("--csv is for lists"))
	}
	revisions, _, err := of[N](c).History(p.ctx, h.ID, 0, h.Limit)
	if err != nil {
		return err
	}
	if h.JSON {
		return p.printJSON(revisions)
	}
	for _, r := range revisions {
		who := strings.TrimSpace(r.By.Role + " " + r.By.State + " " + r.By.Name)
		head := fmt.Sprintf("version %d, %s: %s by %s", r.Version, moment(&r.At), r.Act, who)
		if _, err := fmt.Fprintln(p.stdout, p.bold(harmless(head))); err != nil {
			return err
		}
		if err := p.differences(r.Diff); err != nil {
			return err
		}
	}
	return nil
}

// differences prints what differs, a line each.
func (p *program) differences(diff []client.Difference) error {
	for _, d := range diff {
		if _, err := fmt.Fprintln(p.stdout, harmless(difference(d))); err != nil {
			return err
		}
	}
	return nil
}

func difference(d client.Difference) string {
	switch from, to := value(d.From), value(d.To); {
	case from == "":
		return fmt.Sprintf("  + %s %s", d.Path, to)
	case to == "":
		return fmt.Sprintf("  - %s %s", d.Path, from)
	default:
		return fmt.Sprintf("  ~ %s %s -> %s", d.Path, from, to)
	}
}

func value(v json.RawMessage) string {
	if string(v) == "null" {
		return ""
	}
	return string(v)
}

// rehearsed prints what a dry run came to; with faults it fails as the change
// itself would.
func (p *program) rehearsed(r remote, would client.Rehearsal) error {
	if r.JSON {
		return p.printJSON(would)
	}
	for _, c := range would.Changes {
		if _, err := fmt.Fprintf(p.stdout, "would be %s: %s %s\n", c.Act, c.Noun, c.State); err != nil {
			return err
		}
		if err := p.differences(c.Diff); err != nil {
			return err
		}
	}
	if err := p.approval(would.Approval); err != nil {
		return err
	}
	return faulty(would.Faults)
}

// approval says who else would decide on a change, if somebody would.
func (p *program) approval(a client.Approval) error {
	if !a.Needed {
		return nil
	}
	_, err := fmt.Fprintf(p.stdout, "it would be proposed: somebody else of the delegation decides on it (%s)\n", harmless(strings.Join(a.By, " or ")))
	return err
}

// faulty is the refusal that the faults of a dry run stand for, nil for none.
func faulty(faults []client.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &client.Problem{Status: 422, Detail: "this would be refused: mend what follows", Errors: faults}
}

// readFile reads a file, or standard input for -.
func (p *program) readFile(name string) ([]byte, error) {
	if name == "-" {
		text, err := io.ReadAll(p.stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return text, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, usage(err)
	}
	return bytes.TrimSpace(text), nil
}
