package main_test

import (
	"regexp"
	"strings"
	"testing"

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
