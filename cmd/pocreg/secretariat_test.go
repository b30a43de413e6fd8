package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/signin"
)

func TestTheSecretariatOpensADelegationOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	id := a.world.Actor(t, "cert TN").Delegation
	ask := func(who string, args ...string) (proposal, said string) {
		t.Helper()
		out, code, said := a.run(t, who, args...)
		if code != 9 || out != "" || !strings.Contains(said, "of another co-chair, decides on it") {
			t.Fatalf("%v exits with %d, prints %q and says %q; want 9, nothing, and who decides", args, code, out, said)
		}
		return regexp.MustCompile(`proposal show (\S+)`).FindStringSubmatch(said)[1], said
	}
	closing, _ := ask("secretariat KR", "secretariat", "close", id, "--because", "A new government.")
	if got := a.must(t, "secretariat US", "proposal", "show", closing); !strings.Contains(got, "open: somebody else of the secretariat") || !strings.Contains(got, "A new government.") {
		t.Errorf("proposal show prints\n%s", got)
	}
	a.must(t, "secretariat US", "proposal", "approve", closing)

	opening, said := ask("secretariat KR", "secretariat", "open", "--state", "TN", "--authority", "Note verbale 114/2026",
		"--head", "Leïla Trabelsi", "--email", "leila@tn.example")
	if _, code, _ := a.run(t, "secretariat KR", "proposal", "approve", opening); code != 3 {
		t.Errorf("proposal approve of one's own exits with %d, want 3", code)
	}
	got := a.must(t, "secretariat PL", "proposal", "approve", opening)
	if !strings.Contains(got, "Leïla Trabelsi is invited until ") || !strings.Contains(got, "leila@tn.example") {
		t.Errorf("proposal approve prints\n%s\nwant who is invited", got)
	}
	link := said[strings.LastIndex(said, "/")+1:]
	code := strings.TrimSpace(got[strings.LastIndex(got, ":")+1:])
	if _, err := a.world.SignIn.Accept(t.Context(), signin.Browser{Label: "Firefox"}, link, code); err != nil {
		t.Errorf("Accept() of the printed link and code = %v", err)
	}
}

func TestTheSecretariatMandatesAnAuditorOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	until := time.Now().Add(90 * 24 * time.Hour).Format(time.DateOnly)
	ask := func(who string, args ...string) (proposal, said string) {
		t.Helper()
		out, code, said := a.run(t, who, args...)
		if code != 9 || out != "" {
			t.Fatalf("%v exits with %d, prints %q and says %q; want 9 and nothing", args, code, out, said)
		}
		return regexp.MustCompile(`proposal show (\S+)`).FindStringSubmatch(said)[1], said
	}
	admitting, said := ask("secretariat KR", "secretariat", "admit", "--role", "auditor", "--name", "Amara Diallo", "--basis", "Decision 7", "--until", until)
	got := a.must(t, "secretariat US", "proposal", "approve", admitting)
	halves := map[string]string{}
	for name, text := range map[string]string{"link": said[strings.LastIndex(said, " ")+1:], "code": got[strings.LastIndex(got, ":")+1:]} {
		halves[name] = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(halves[name], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret := a.must(t, "", "token", "pick-up", "--link", halves["link"], "--code", halves["code"])
	if !strings.HasPrefix(secret, "pocreg_") {
		t.Errorf("token pick-up prints %q, want a token", secret)
	}
	listed := a.must(t, "cert EE", "mandates", "--role", "auditor")
	if !strings.Contains(listed, "Amara Diallo") || !strings.Contains(listed, until) || !strings.Contains(listed, "secretariat KR (KR), secretariat US (US)") {
		t.Errorf("mandates prints\n%s\nwant the auditor's, with who admitted them", listed)
	}
	var id string
	for line := range strings.SplitSeq(listed, "\n") {
		if strings.Contains(line, "Amara") {
			id = line[strings.LastIndex(line, " ")+1:]
		}
	}
	later := time.Now().Add(120 * 24 * time.Hour).Format(time.DateOnly)
	for _, args := range [][]string{{"secretariat", "extend", id, "--until", later}, {"secretariat", "end", id}} {
		asked, _ := ask("secretariat PL", args...)
		a.must(t, "secretariat KR", "proposal", "approve", asked)
	}
	if got := a.must(t, "cert EE", "oversight"); !strings.Contains(got, "granted") || !strings.Contains(got, "extended") || !strings.Contains(got, "withdrawn") {
		t.Errorf("oversight prints\n%s\nwant what became of the mandate", got)
	}
	for _, line := range strings.Split(a.must(t, "cert EE", "mandates"), "\n") {
		if strings.Contains(line, "Amara") && (!strings.Contains(line, later) || strings.Count(line, " UTC") != 3) {
			t.Errorf("mandates prints %q, want its new end, and that it was ended", line)
		}
	}
}
