package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

type editEntry[N noun] struct {
	remote
	asking
	ID  string   `arg:"" help:"The entry's id."`
	Set []string `placeholder:"MEMBER=VALUE" sep:"none" help:"Give a member a value: a text, or JSON; null empties it. Repeat it for more. Otherwise your EDITOR opens."`
	Yes bool     `short:"y" help:"Do not ask before changing."`
}

// Run changes an entry: what was read is what is overwritten, or nothing.
func (e editEntry[N]) Run(p *program) error {
	c, err := e.client(p)
	if err != nil {
		return err
	}
	entries := of[N](c.Because(e.Because))
	before, meta, err := entries.Get(p.ctx, e.ID)
	if err != nil {
		return err
	}
	method, in := http.MethodPatch, map[string]any{}
	if len(e.Set) == 0 {
		method = http.MethodPut
		if in, err = p.edited(before); err != nil {
			return err
		}
	}
	for _, s := range e.Set {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			return usage(fmt.Errorf("--set wants MEMBER=VALUE, such as note=\"Ring twice.\": %q has no =", s))
		}
		var v any = text
		if json.Valid([]byte(text)) {
			v = json.RawMessage(text)
		}
		in[name] = v
	}
	if !e.Yes {
		would, err := entries.Rehearse(p.ctx, method, e.ID, meta.ETag, in)
		if err != nil {
			return err
		}
		if err := p.rehearsed(e.remote, would); err != nil {
			return err
		}
		if err := p.ask("Change it?"); err != nil {
			return err
		}
	}
	var after json.RawMessage
	if method == http.MethodPut {
		after, _, err = entries.Replace(p.ctx, e.ID, meta.ETag, in)
	} else {
		after, _, err = entries.Patch(p.ctx, e.ID, meta.ETag, in)
	}
	if err != nil {
		return err
	}
	return p.printAny(e.remote, after)
}

// kept are the members that the registry keeps by itself: nobody sends them.
var kept = []string{
	"id", "version", "named_states", "standing", "standing_since", "created_at", "changed_at", "nominated_at", "nominated_by",
	"represented", "freshness", "suspensions", "incomplete", "missing", "superseded_by",
}

// keptOf are those of a channel and a key; a channel's id says which it is.
var keptOf = map[string][]string{
	"channels": {"named_states", "confirmed_at", "changed_at", "dead_at"},
	"keys":     {"fingerprint", "user_ids", "algorithm", "created_at", "expires_at", "added_at"},
}

// editable is what of an entry somebody may say.
func editable(entry json.RawMessage) (map[string]any, error) {
	var in map[string]any
	d := json.NewDecoder(bytes.NewReader(entry))
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	for _, name := range kept {
		delete(in, name)
	}
	for member, names := range keptOf {
		items, _ := in[member].([]any)
		for _, item := range items {
			for _, name := range names {
				delete(item.(map[string]any), name)
			}
		}
	}
	return in, nil
}

// edited lets the person edit an entry's JSON, and returns what they saved.
func (p *program) edited(entry json.RawMessage) (map[string]any, error) {
	in, err := editable(entry)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the entry: %w", err)
	}
	editor := strings.Fields(cmp.Or(p.getenv("VISUAL"), p.getenv("EDITOR")))
	if len(editor) == 0 {
		return nil, usage(errors.New("say with EDITOR which editor to open, or what to change with --set"))
	}
	folder, err := os.MkdirTemp("", "pocreg")
	if err != nil {
		return nil, fmt.Errorf("make a file to edit: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // it holds no more than the registry does
	file := folder + "/entry.json"
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		return nil, fmt.Errorf("make a file to edit: %w", err)
	}
	cmd := exec.CommandContext(p.ctx, editor[0], append(editor[1:], file)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.stdin, p.stdout, p.stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("edit the entry: %w", err)
	}
	changed, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read what was edited: %w", err)
	}
	if bytes.Equal(bytes.TrimSpace(changed), bytes.TrimSpace(text)) {
		return nil, errors.New("nothing was changed")
	}
	in = nil
	if err := json.Unmarshal(changed, &in); err != nil {
		return nil, fmt.Errorf("what was saved is no JSON object, so nothing was changed: %w", err)
	}
	return in, nil
}

// ask returns nil if the person says yes.
func (p *program) ask(question string) error {
	if _, err := fmt.Fprint(p.stderr, question+" [y/N] "); err != nil {
		return err
	}
	answer, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && answer == "" {
		return errors.New("nothing was changed: nobody said yes (-y does not ask)")
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}
