package main_test

import (
	"strings"
	"testing"
)

func TestATokenIsIssuedToADelegateOfSomeKinds(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	const head = "head_of_delegation EE"
	issue := []string{"token", "issue", "--owner", "Kristjan Saar", "--role", "delegate", "--kinds", "technical,policy", "--label", "x", "--write"}
	a.must(t, head, issue...)
	if got := a.must(t, head, "token", "list"); !strings.Contains(got, "KINDS") || !strings.Contains(got, "policy technical") {
		t.Errorf("token list prints\n%s\nwant to what the role is limited", got)
	}
	if _, code, said := a.run(t, head, append(issue, "--kinds", "minister")...); code == 0 || !strings.Contains(said, "/kinds") {
		t.Errorf("token issue --kinds minister exits with %d: %s, want what is wrong with it", code, said)
	}
	if _, code, said := a.run(t, head, "token", "issue", "--owner", "Kristjan Saar", "--role", "delegate", "--label", "x", "--write"); code == 0 || !strings.Contains(said, "limited otherwise") {
		t.Errorf("token issue without the limit exits with %d: %s, want that the role is limited otherwise", code, said)
	}
}
