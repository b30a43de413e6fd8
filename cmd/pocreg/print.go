package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// isTerminal reports whether a person sees what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// bold is s, to stand out on a terminal that shows colours (https://no-color.org).
func (p *program) bold(s string) string {
	if !isTerminal(p.stdout) || p.getenv("NO_COLOR") != "" || p.getenv("TERM") == "dumb" {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func (p *program) warn(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, "pocreg: "+format+"\n", args...) // there is nobody else to tell
}

// harmless is s without what could move a terminal's cursor, change its colours
// or turn the direction of what follows: states write what they like.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		default:
			return r
		}
	}, s)
}

// table prints rows in columns, the first as their head.
func (p *program) table(rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = harmless(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(row[i]))
		}
	}
	var out strings.Builder
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+2))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if n == 0 {
			text = p.bold(text)
		}
		out.WriteString(text + "\n")
	}
	_, err := io.WriteString(p.stdout, out.String())
	return err
}

// printAny prints a JSON text outlined for a person, or as it is.
func (p *program) printAny(r remote, text []byte) error {
	if r.JSON {
		_, err := p.stdout.Write(append(bytes.TrimRight(text, "\n"), '\n'))
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out strings.Builder
	if err := outline(d, &out, ""); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	_, err := io.WriteString(p.stdout, out.String())
	return err
}

func (p *program) printJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = p.stdout.Write(append(text, '\n'))
	return err
}

// outline writes the next JSON value as indented lines, in its own order and
// without what is empty.
func outline(d *json.Decoder, out *strings.Builder, indent string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		if token != nil && token != "" {
			fmt.Fprintf(out, " %s", harmless(fmt.Sprint(token)))
		}
		return nil
	}
	for d.More() {
		label := "-"
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			label = fmt.Sprint(name) + ":"
		}
		var inner strings.Builder
		if err := outline(d, &inner, indent+"  "); err != nil {
			return err
		}
		text := inner.String()
		switch {
		case text == "":
		case strings.HasPrefix(text, " ") && !strings.Contains(text, "\n"):
			fmt.Fprintf(out, "%s%s%s\n", indent, label, text)
		case label == "-": // an object in a list begins beside its dash
			fmt.Fprintf(out, "%s- %s", indent, strings.TrimPrefix(text, indent+"  "))
		default:
			fmt.Fprintf(out, "%s%s\n%s", indent, label, text)
		}
	}
	_, err = d.Token() // the closing one
	return err
}
