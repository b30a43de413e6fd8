package main_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
)

func TestTwoOfTheSecretariatSuspendAnEntry(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	made, err := w.Contacts.Add(t.Context(), w.By(t, "delegate EE"), register.Sent[contact.Input]{Body: contact.Input{
		Common: entry.Common{State: "EE", Kind: contact.Technical, Whom: entry.Whom{
			Audience: access.ForSelected, Selected: &entry.Selection{States: []string{"LV"}},
		}},
		Details:  contact.Details{OfficeTitle: "Duty desk"},
		Channels: []contact.ChannelInput{{Type: "email", Value: "duty@cert-ee.example"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tokens := func(first, second string) []string {
		return []string{
			"--first", write(t, "first", w.Secret(t, "secretariat "+first)), "--second", write(t, "second", w.Secret(t, "secretariat "+second)),
		}
	}
	suspend := func(of []string, more ...string) []string {
		return append(append([]string{"suspend", made.ID}, more...), of...)
	}
	both := tokens("KR", "PL")
	refuses(t, w.DB, "different co-chairs", suspend(tokens("KR", "KR"), "--reason", "In doubt")...)
	refuses(t, w.DB, "say why with --reason, or lift it with --resume", suspend(both)...)
	refuses(t, w.DB, "say why with --reason, or lift it with --resume", suspend(both, "--reason", "In doubt", "--resume")...)
	refuses(t, w.DB, "there is nothing to lift", suspend(both, "--resume")...)
	refuses(t, w.DB, "there is no such entry", append([]string{"suspend", "none", "--reason", "In doubt"}, both...)...)
	if got := one[int64](t, w.DB, `select count(*) from suspension`); got != 0 {
		t.Fatalf("after the refusals there are %d suspensions, want none", got)
	}
	if got := mustPocreg(t, w.DB, suspend(both, "--reason", "In doubt")...); !strings.HasPrefix(got, "the contact of EE is suspended until 20") {
		t.Errorf("pocreg suspend prints %q", got)
	}
	if got := one[string](t, w.DB, `select imposed_by || ': ' || reason from suspension where lifted_at is null`); got != "secretariat: In doubt" {
		t.Errorf("the suspension is %q, want the secretariat's", got)
	}
	if got := mustPocreg(t, w.DB, suspend(both, "--resume")...); got != "the secretariat no longer suspends the contact of EE\n" {
		t.Errorf("pocreg suspend --resume prints %q", got)
	}
	if !one[bool](t, w.DB, `select lifted_at is not null from suspension`) {
		t.Error("pocreg suspend --resume left the suspension as it was")
	}
	mustPocreg(t, w.DB, "verify")
}

func TestAHeadSuspendsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	id := a.made(t, "Valvelaud")
	if _, code, said := a.run(t, "delegate EE", "contact", "suspend", id, "--reason", "Stolen"); code != 3 {
		t.Errorf("contact suspend as a delegate exits with %d: %s, want 3", code, said)
	}
	if got := a.must(t, "head_of_delegation EE", "contact", "suspend", id, "--reason", "Somebody else answers."); !strings.Contains(got, "reason: Somebody else answers.") {
		t.Errorf("contact suspend prints\n%s\nwant the suspension", got)
	}
	for _, args := range [][]string{
		{"contact", "list", "--state", "EE"}, {"contact", "show", id}, {"reach", "EE"}, {"states", "EE"}, {"search", "valvelaud"},
	} {
		if got := a.must(t, "cert LV", args...); !strings.Contains(got, "suspen") {
			t.Errorf("%s prints\n%s\nwant that it is suspended", strings.Join(args, " "), got)
		}
	}
	if got := a.must(t, "cert LV", "reach", "EE"); !strings.Contains(got, "by the state: Somebody else answers. First to call") || !strings.Contains(got, "mind: suspended, ") {
		t.Errorf("reach prints\n%s\nwant until when, by whom and why", got)
	}
	if got := a.must(t, "head_of_delegation EE", "contact", "resume", id); strings.Contains(got, "suspen") {
		t.Errorf("contact resume prints\n%s\nwant nothing of it left", got)
	}
}
