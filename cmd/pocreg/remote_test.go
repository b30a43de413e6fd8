package main_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	main "pocreg.example/cmd/pocreg"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// asking is the command line, over the API of a world.
type asking struct {
	world *fixture.World
	url   string
}

func newAsking(t *testing.T) asking {
	t.Helper()
	w := fixture.New(t)
	api := &httpapi.Server{
		Register: w.Register, Accounts: w.Accounts, States: w.States, Delegations: w.Delegations,
		Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies, Suggestions: w.Suggestions, Admission: w.Admission,
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Now: time.Now, Timeout: 30 * time.Second,
		Beat: func(context.Context) error { return nil },
	}
	s := httptest.NewServer(api.Handler())
	t.Cleanup(s.Close)
	return asking{w, s.URL}
}

// run runs a command in the name of one of the world's people, "" for nobody.
func (a asking) run(t *testing.T, who string, args ...string) (out string, code int, said string) {
	t.Helper()
	env := environment{"POCREG_SERVER": a.url, "POCREG_DATA": t.TempDir()}
	if who != "" {
		env["POCREG_TOKEN"] = a.world.Secret(t, who)
	}
	var stdout, stderr strings.Builder
	err := main.Run(t.Context(), args, env.get, &stdout, &stderr)
	if err != nil {
		said = main.Explain(err)
	}
	return stdout.String(), main.ExitCode(t.Context(), err), said + stderr.String()
}

func (a asking) must(t *testing.T, who string, args ...string) string {
	t.Helper()
	out, code, said := a.run(t, who, args...)
	if code != 0 {
		t.Fatalf("pocreg %s exits with %d: %s", strings.Join(args, " "), code, said)
	}
	return out
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const deskJSON = `{"state": "EE", "kind": "technical", "office_title": "%s", "office_title_en": "Duty desk", "languages": ["et", "en"],
	"channels": [{"type": "phone", "usage": "duty", "value": "+372 600 0100"}, {"type": "email", "value": "duty@cert-ee.example"}]}`

// made makes a contact of Estonia and returns its id.
func (a asking) made(t *testing.T, title string) string {
	t.Helper()
	out := a.must(t, "delegate EE", "contact", "add", write(t, "desk.json", fmt.Sprintf(deskJSON, title)), "--json")
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatalf("contact add --json prints %q: %v", out, err)
	}
	return made.ID
}

func TestTheLifeOfAContactOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	id := a.made(t, "Valvelaud")
	if got := a.must(t, "cert LV", "contact", "list", "--state", "ee"); !strings.Contains(got, "Duty desk") || !strings.Contains(got, "duty +3726000100") {
		t.Errorf("contact list prints\n%s\nwant the duty desk", got)
	}
	if got := a.must(t, "cert LV", "states", "est"); !strings.Contains(got, "office_title_en: Duty desk") {
		t.Errorf("states est prints\n%s\nwant the card", got)
	}
	would := a.must(t, "delegate EE", "contact", "add", write(t, "other.json", fmt.Sprintf(deskJSON, "Teine")), "--dry-run")
	if !strings.Contains(would, "would be created: contact EE") {
		t.Errorf("contact add --dry-run prints\n%s", would)
	}
	if got := a.must(t, "delegate EE", "contact", "edit", id, "--set", `languages=["et","en","fr"]`, "--set", "note=Ring twice.", "-y"); !strings.Contains(got, "note: Ring twice.") || !strings.Contains(got, "- fr") {
		t.Errorf("contact edit prints\n%s\nwant the change", got)
	}
	a.must(t, "cert EE", "contact", "confirm", id)
	var seen struct{ Channels []struct{ ID string } }
	if err := json.Unmarshal([]byte(a.must(t, "cert EE", "contact", "show", id, "--json")), &seen); err != nil || len(seen.Channels) != 2 {
		t.Fatalf("contact show --json shows %d channels, %v; want two", len(seen.Channels), err)
	}
	a.must(t, "cert EE", "contact", "dead", id, seen.Channels[0].ID)
	a.must(t, "cert EE", "contact", "alive", id, seen.Channels[0].ID)
	history := a.must(t, "delegate EE", "contact", "history", id)
	for _, want := range []string{"channel_alive by cert EE", "channel_dead by", "confirmed by", "replaced by delegate EE", "~ /note", "created by"} {
		if want == "~ /note" {
			want = "/note"
		}
		if !strings.Contains(history, want) {
			t.Errorf("contact history prints\n%s\nwant %q", history, want)
		}
	}
	if got := a.must(t, "auditor", "trail", "--state", "EE"); !strings.Contains(got, "contact channel_alive") {
		t.Errorf("trail prints\n%s\nwant the last act", got)
	}
	if got := a.must(t, "cert LV", "reach", "ee", "--language", "en"); !strings.Contains(got, "Duty desk") || !strings.Contains(got, "duty  +3726000100") {
		t.Errorf("reach prints\n%s\nwant the duty desk", got)
	}
	secret := strings.TrimSpace(a.must(t, "head_of_delegation EE", "token", "issue", "--owner", "Night watch", "--owner-kind", "system", "--role", "cert", "--label", "reads"))
	if !regexp.MustCompile(`^pocreg_[0-9A-Za-z]{49}$`).MatchString(secret) {
		t.Errorf("token issue prints %q, want the secret alone", secret)
	}
	if got := a.must(t, "head_of_delegation EE", "token", "list"); !strings.Contains(got, "Night watch") {
		t.Errorf("token list prints\n%s\nwant the new one", got)
	}
}

func TestExitCodesAndWhatIsSaid(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	id := a.made(t, "Valvelaud")
	bad := write(t, "bad.json", `{"state": "EE", "kind": "technical", "office_title": ""}`)
	for _, tt := range []struct {
		who  string
		args []string
		code int
		says string
	}{
		{"", []string{"contact", "bogus"}, 2, "--help"},
		{"", []string{"contact", "add", "/does/not/exist"}, 2, "no such file"},
		{"", []string{"contact", "list", "--json", "--csv"}, 2, "--json"},
		{"", []string{"contact", "show", id, "--csv"}, 2, "lists"},
		{"", []string{"reach"}, 6, "/state"},
		{"", []string{"contact", "confirm", id}, 3, "token"},
		{"delegate PL", []string{"contact", "confirm", id}, 3, "own state"},
		{"cert LV", []string{"contact", "show", "00000000-0000-4000-8000-000000000000"}, 4, "there is no such contact"},
		{"delegate EE", []string{"contact", "restore", id}, 5, "in use"},
		{"delegate EE", []string{"contact", "add", bad}, 6, "/office_title"},
		{"delegate EE", []string{"contact", "add", bad, "--dry-run"}, 6, "/office_title"},
		{"", []string{"contact", "list", "--kind", "bogus"}, 6, "/kind"},
		{"", []string{"states", "--server", "http://127.0.0.1:1"}, 8, "not reached"},
		{"auditor", []string{"states", "--server", "http://registry.example"}, 2, "https"},
	} {
		if _, code, said := a.run(t, tt.who, tt.args...); code != tt.code || !strings.Contains(said, tt.says) {
			t.Errorf("pocreg %s as %q exits with %d and says %q; want %d and %q", strings.Join(tt.args, " "), tt.who, code, said, tt.code, tt.says)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := main.ExitCode(ended, errors.New("x")); got != 130 {
		t.Errorf("exitCode() after Ctrl-C = %d, want 130", got)
	}
}

// A state writes what it likes; a terminal is not its to command.
func TestNoDataCommandsTheTerminal(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	in := write(t, "desk.json", `{"state": "EE", "kind": "policy", "office_title": "한국 인터넷", "note": "One line.\nAnother.", "channels": []}`)
	a.must(t, "delegate EE", "contact", "add", in)
	out := a.must(t, "delegate EE", "contact", "list")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || strings.ContainsRune(out, 0x1b) {
		t.Errorf("contact list prints %q, want a head and a row without escapes", out)
	}
	for _, name := range []string{"a\x1b[31m", "b\x07", "c\u202e", "d\u009b"} {
		if got := main.Harmless(name); got == name || strings.ContainsAny(got, "\x1b\x07\u202e\u009b") {
			t.Errorf("harmless(%q) = %q", name, got)
		}
	}
}

func TestAListIsPrintedWhole(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	for i := range 3 {
		a.made(t, fmt.Sprintf("Valvelaud %d", i))
	}
	var all struct{ Items []json.RawMessage }
	if err := json.Unmarshal([]byte(a.must(t, "cert LV", "contact", "list", "--json")), &all); err != nil || len(all.Items) != 3 {
		t.Errorf("contact list --json has %d items, %v; want 3", len(all.Items), err)
	}
	rows, err := csv.NewReader(strings.NewReader(a.must(t, "cert LV", "contact", "list", "--csv"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "id" {
		t.Errorf("contact list --csv has %d rows, %v; want a head and three", len(rows), err)
	}
	if got := strings.Count(a.must(t, "", "states"), "\n"); got != 47 {
		t.Errorf("states prints %d lines, want a head and 46", got)
	}
}

func TestATokenMayStandInAFile(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	open := write(t, "token", a.world.Secret(t, "auditor")+"\n")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, code, said := a.run(t, "", "trail", "--token-file", open); code != 0 || !strings.Contains(said, "chmod 600") {
		t.Errorf("a token that others can read: exit %d, says %q; want 0 and a warning", code, said)
	}
	if _, code, _ := a.run(t, "", "trail", "--token-file", filepath.Join(t.TempDir(), "none")); code != 2 {
		t.Errorf("a token file that is not there: exit %d, want 2", code)
	}
	if _, code, said := a.run(t, "", "trail", "--as", "auditor"); code != 2 || !strings.Contains(said, "demo") {
		t.Errorf("--as without a demo: exit %d, says %q; want 2", code, said)
	}
}

var exampleForm = regexp.MustCompile(`(?m)^ +(pocreg .*)$`)

// What help teaches can be typed.
func TestEveryExampleInHelpParses(t *testing.T) {
	t.Parallel()
	found := 0
	for _, command := range []string{"states", "reach", "search", "contact", "organisation", "strategy", "suggestion", "trail", "token", "import", "export"} {
		var out strings.Builder
		if err := main.Run(t.Context(), []string{command, "--help"}, environment{}.get, &out, &out); err != nil {
			t.Fatalf("pocreg %s --help = %v", command, err)
		}
		for _, example := range exampleForm.FindAllStringSubmatch(out.String(), -1) {
			r := csv.NewReader(strings.NewReader(strings.ReplaceAll(example[1], `note="Ring twice."`, `"note=Ring twice."`)))
			r.Comma = ' '
			args, err := r.Read()
			if err != nil {
				t.Fatalf("%s: %v", example[1], err)
			}
			found++
			if _, err := main.Parse(args[1:], &out, &out); err != nil {
				t.Errorf("%s: %v", example[1], err)
			}
		}
	}
	if found < 20 {
		t.Errorf("help has %d examples, want at least 20", found)
	}
}
