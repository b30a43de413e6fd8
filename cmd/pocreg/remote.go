package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"pocreg.example/api/client"
)

// remote is where a command asks, in whose name, and how it prints the answer.
type remote struct {
	Server    string `placeholder:"URL" help:"The registry, such as https://registry.example. Otherwise POCREG_SERVER, or the demo that make run started in this folder."`
	TokenFile string `placeholder:"FILE" help:"A file that holds your token. Otherwise POCREG_TOKEN_FILE, or POCREG_TOKEN."`
	As        string `placeholder:"ACTOR" help:"One of the demo's actors, such as delegate_ee."`
	JSON      bool   `name:"json" xor:"form" help:"Print the API's JSON."`
	CSV       bool   `name:"csv" xor:"form" help:"Print a list as CSV."`
}

// client returns a client for the registry that the command asks.
func (r remote) client(p *program) (*client.Client, error) {
	server, token, err := r.where(p)
	if err != nil {
		return nil, err
	}
	options := []client.Option{client.WithUserAgent("pocreg")}
	if token != "" {
		options = append(options, client.WithToken(token))
	}
	c, err := client.New(server, options...)
	if err != nil {
		return nil, usage(err)
	}
	return c, nil
}

// where is the server's address and the token to send, "" for none.
func (r remote) where(p *program) (server, token string, err error) {
	folder, err := filepath.Abs(cmp.Or(p.getenv("POCREG_DATA"), ".pocreg"))
	if err != nil {
		return "", "", fmt.Errorf("find the demo's folder: %w", err)
	}
	demo := readDemoFile(folder)
	server = cmp.Or(r.Server, p.getenv("POCREG_SERVER"), demo.Address)
	if server == "" {
		return "", "", usage(errors.New("say which registry to ask: --server https://registry.example, or set POCREG_SERVER"))
	}
	if r.As != "" {
		if server != demo.Address || demo.Tokens[r.As] == "" {
			return "", "", usage(fmt.Errorf("--as names an actor of the demo that runs in this folder: there is no %q", r.As))
		}
		return server, demo.Tokens[r.As], nil
	}
	file := cmp.Or(r.TokenFile, p.getenv("POCREG_TOKEN_FILE"))
	if file == "" {
		return server, strings.TrimSpace(p.getenv("POCREG_TOKEN")), nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", "", usage(fmt.Errorf("read the token: %w", err))
	}
	if info.Mode().Perm()&0o077 != 0 {
		p.warn("others on this machine can read %s: chmod 600 it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", usage(fmt.Errorf("read the token: %w", err))
	}
	return server, strings.TrimSpace(string(text)), nil
}

// largestPage is how much of a list is asked for at a time.
const largestPage = "500"

// list prints a list whole: as rows for a person, or as the API has it.
func list[T any](p *program, r remote, path string, query url.Values, head []string, row func(T) []string) error {
	c, err := r.client(p)
	if err != nil {
		return err
	}
	defer p.waiting("reading")()
	if r.CSV {
		return wholeTable(p, c, path, query)
	}
	rows := [][]string{head}
	all := []json.RawMessage{}
	err = pages(p.ctx, c, path, query, func(item json.RawMessage) error {
		all = append(all, item)
		var v T
		if err := json.Unmarshal(item, &v); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		rows = append(rows, row(v))
		return nil
	})
	if err != nil {
		return err
	}
	if r.JSON {
		return p.printJSON(map[string]any{"items": all})
	}
	return p.table(rows)
}

func pages(ctx context.Context, c *client.Client, path string, query url.Values, item func(json.RawMessage) error) error {
	for {
		var page client.Page[json.RawMessage]
		if _, err := c.Get(ctx, path, query, &page); err != nil {
			return err
		}
		for _, text := range page.Items {
			if err := item(text); err != nil {
				return err
			}
		}
		if page.Next == nil {
			return nil
		}
		query.Set("cursor", *page.Next)
	}
}

// wholeTable prints a list's CSV, the pages after the first without their head.
func wholeTable(p *program, c *client.Client, path string, query url.Values) error {
	for first := true; ; first = false {
		text, meta, err := c.Table(p.ctx, path, query)
		if err != nil {
			return err
		}
		if !first {
			_, text, _ = bytesCut(text, "\r\n")
		}
		if _, err := p.stdout.Write(text); err != nil {
			return err
		}
		if meta.Next == "" {
			return nil
		}
		query.Set("cursor", meta.Next)
	}
}

func bytesCut(text []byte, by string) (before, after []byte, found bool) {
	b, a, found := strings.Cut(string(text), by)
	return []byte(b), []byte(a), found
}

// show prints one thing: outlined for a person, or as the API has it.
func show(p *program, r remote, path string, query url.Values) error {
	c, err := r.client(p)
	if err != nil {
		return err
	}
	if r.CSV {
		return usage(errors.New("--csv is for lists"))
	}
	var text []byte
	if _, err := c.Get(p.ctx, path, query, &text); err != nil {
		return err
	}
	return p.printAny(r, text)
}

// waiting shows, on a terminal and after a second, that something is going on,
// until it is told to end.
func (p *program) waiting(what string) (end func()) {
	if !isTerminal(p.stderr) {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTimer(time.Second)
		defer tick.Stop()
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(p.stderr), progressbar.OptionSetDescription(what),
			progressbar.OptionSpinnerType(14), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish())
		for {
			_ = bar.Add(1) // a bar that cannot be drawn is no loss
			tick.Reset(100 * time.Millisecond)
			select {
			case <-stop:
				_ = bar.Finish()
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}
