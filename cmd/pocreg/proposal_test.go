package main_test

import (
	"strings"
	"testing"
)

func TestACertProposesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	id := a.made(t, "Valvelaud")
	set := []string{"contact", "edit", id, "--set", "note=Ring twice.", "-y", "--because", "The line is bad."}
	out, code, said := a.run(t, "cert EE", set...)
	if code != 9 || out != "" || !strings.Contains(said, "proposed, and not done yet") {
		t.Fatalf("contact edit as a CERT exits with %d, prints %q and says %q; want 9, nothing, and that it is proposed", code, out, said)
	}
	proposal := said[strings.LastIndex(said, " ")+1:]
	shown := a.must(t, "delegate EE", "proposal", "show", proposal)
	for _, want := range []string{"patch a contact, proposed ", " by cert EE\n", "because: The line is bad.\n", "open: somebody else", `/note "Ring twice."`} {
		if !strings.Contains(shown, want) {
			t.Errorf("proposal show prints\n%s\nwant %q in it", shown, want)
		}
	}
	if _, code, _ := a.run(t, "cert EE", "proposal", "approve", proposal); code != 3 {
		t.Errorf("proposal approve as who proposed it exits with %d, want 3", code)
	}
	if got := a.must(t, "delegate EE", "proposal", "approve", proposal, "--dry-run"); !strings.Contains(got, "would be replaced: contact EE") {
		t.Errorf("proposal approve --dry-run prints\n%s", got)
	}
	if got := a.must(t, "delegate EE", "proposal", "approve", proposal); !strings.HasPrefix(got, "approved, as version ") {
		t.Errorf("proposal approve prints %q", got)
	}
	if got := a.must(t, "cert LV", "contact", "show", id); !strings.Contains(got, "Ring twice.") {
		t.Errorf("contact show prints\n%s\nwant what was proposed", got)
	}

	declined, withdrawn := a.proposed(t, id, "rank=3"), a.proposed(t, id, "rank=4")
	if got := a.must(t, "head_of_delegation EE", "proposal", "decline", declined, "--word", "Not now."); !strings.HasPrefix(got, "declined, ") {
		t.Errorf("proposal decline prints %q", got)
	}
	if got := a.must(t, "cert EE", "proposal", "withdraw", withdrawn); !strings.HasPrefix(got, "withdrawn, ") {
		t.Errorf("proposal withdraw prints %q", got)
	}
	if got := a.must(t, "cert EE", "proposal", "show", declined); !strings.Contains(got, "declined 20") || !strings.Contains(got, "word: Not now.") {
		t.Errorf("proposal show prints\n%s\nwant the word", got)
	}
	if got := a.must(t, "delegate EE", "proposal", "list"); strings.Count(got, "\n") != 4 || !strings.Contains(got, "withdrawn") {
		t.Errorf("proposal list prints\n%s\nwant three", got)
	}
}

// proposed is the id of what Estonia's CERT proposes of a contact.
func (a asking) proposed(t *testing.T, id, set string) string {
	t.Helper()
	_, code, said := a.run(t, "cert EE", "contact", "edit", id, "--set", set, "-y")
	if code != 9 {
		t.Fatalf("contact edit --set %s exits with %d: %s, want 9", set, code, said)
	}
	return said[strings.LastIndex(said, " ")+1:]
}
