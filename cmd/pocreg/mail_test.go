package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	main "pocreg.example/cmd/pocreg"
)

// packagesOf lists what a build of the program is made of.
func packagesOf(t *testing.T, flags ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"list", "-deps"}, flags...), "./cmd/pocreg")...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return strings.Fields(string(out))
}

const shownMail = "pocreg.example/internal/devmail"

func TestAReleaseDoesNotContainThePageOfLetters(t *testing.T) {
	t.Parallel()
	if slices.Contains(packagesOf(t), shownMail) {
		t.Errorf("a release is made of %s", shownMail)
	}
	if !slices.Contains(packagesOf(t, "-tags", "devmail"), shownMail) {
		t.Errorf("with the tag devmail the program is not made of %s: this test shows nothing", shownMail)
	}
	for file, want := range map[string]int{"Makefile": 1, "deploy/Dockerfile": 0, "deploy/pocreg.service": 0, "docs/operations.md": 0, "docker-compose.yml": 0} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(text), "-tags devmail"); got != want {
			t.Errorf("%s builds with the tag devmail %d times, want %d: it is for make run alone", file, got, want)
		}
	}
}

func TestMailIsSetUpWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	whole := environment{
		"POCREG_SMTP_ADDRESS": "mail.example:587", "POCREG_SMTP_USER": "pocreg", "POCREG_SMTP_PASSWORD_FILE": file(t, "secret\n"),
		"POCREG_MAIL_FROM": "Registry <registry@example.org>",
	}
	got, err := main.ReadConfig(whole.get)
	if err != nil || got.SMTPPassword != "secret" || got.SMTPSecurity != "starttls" {
		t.Errorf("readConfig() = %+v, %v", got, err)
	}
	for fault, change := range map[string]environment{
		"POCREG_MAIL_FROM":     {"POCREG_MAIL_FROM": ""},
		"POCREG_SMTP_USER":     {"POCREG_SMTP_USER": ""},
		"POCREG_SMTP_ADDRESS":  {"POCREG_SMTP_ADDRESS": "mail.example"},
		"POCREG_SMTP_SECURITY": {"POCREG_SMTP_SECURITY": "opportunistic"},
	} {
		_, err := main.ReadConfig(func(name string) string {
			if value, ok := change[name]; ok {
				return value
			}
			return whole[name]
		})
		if err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), "secret\n") {
			t.Errorf("readConfig() with %v = %v, want a fault of %s", change, err, fault)
		}
	}
	unsafe := environment{"POCREG_SMTP_ADDRESS": "mail.example:25", "POCREG_SMTP_SECURITY": "none", "POCREG_MAIL_FROM": "registry@example.org"}
	if _, err := main.ReadConfig(unsafe.get); err == nil || !strings.Contains(err.Error(), "POCREG_SMTP_ADDRESS") {
		t.Errorf("readConfig() of mail that would go over a network without TLS = %v, want a fault", err)
	}
}
