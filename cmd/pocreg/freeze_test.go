package main_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestATokenIsFrozenOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	id := a.world.Actor(t, "cert EE").Credential
	if _, code, said := a.run(t, "delegate EE", "token", "freeze", id, "--reason", "Stolen"); code != 4 {
		t.Errorf("token freeze as a delegate exits with %d: %s, want 4", code, said)
	}
	if got := a.must(t, "head_of_delegation EE", "token", "freeze", id, "--reason", "Stolen"); !strings.HasPrefix(got, "frozen until 20") {
		t.Errorf("token freeze prints %q, want until when", got)
	}
	if _, code, said := a.run(t, "cert EE", "states"); code != 3 || !strings.Contains(said, "is frozen until 20") {
		t.Errorf("states with a frozen token exits with %d: %s, want 3, and until when", code, said)
	}
	if got := a.must(t, "head_of_delegation EE", "token", "list"); !strings.Contains(got, "frozen until 20") {
		t.Errorf("token list prints\n%s\nwant until when one is frozen", got)
	}
	if got := a.must(t, "head_of_delegation EE", "token", "thaw", id); got != "no longer frozen by the state\n" {
		t.Errorf("token thaw prints %q", got)
	}
	a.must(t, "cert EE", "states")
}

// The secretariat takes what it freezes from the trail.
func TestTheSecretariatFreezesWhatTheTrailShows(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	a.made(t, "Valvelaud")
	rows := strings.Split(strings.TrimSpace(a.must(t, "secretariat KR", "trail", "--state", "EE", "--json")), "\n")
	var last struct{ Credential string }
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &last); err != nil {
		t.Fatal(err)
	}
	var frozen struct{ Token, By, Reason string }
	got := a.must(t, "secretariat KR", "token", "freeze", last.Credential, "--reason", "In doubt", "--json")
	if err := json.Unmarshal([]byte(got), &frozen); err != nil || frozen.Token != last.Credential || frozen.By != "secretariat" || frozen.Reason != "In doubt" {
		t.Errorf("token freeze --json prints %s, %v, want the secretariat's", got, err)
	}
	if _, code, said := a.run(t, "delegate EE", "states"); code != 3 {
		t.Errorf("states with what was frozen exits with %d: %s, want 3", code, said)
	}
	if got := a.must(t, "secretariat PL", "token", "thaw", last.Credential, "--json"); !strings.Contains(got, "lifted_at") {
		t.Errorf("token thaw --json prints %s, want when it was lifted", got)
	}
	a.must(t, "delegate EE", "states")
}

func TestVerifyFindsAFreezeThatWasRewritten(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	w := a.world
	a.must(t, "head_of_delegation EE", "token", "freeze", w.Actor(t, "cert EE").Credential, "--reason", "Stolen")
	mustPocreg(t, w.DB, "verify")
	execute(t, w.DB, `update token_freeze set lifted_at = since`)
	refuses(t, w.DB, "freeze:state is not what the trail recorded", "verify")
}

func TestAPersonIsFrozenOnTheCommandLine(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	cert := a.world.Actor(t, "cert EE")
	if _, code, said := a.run(t, "delegate EE", "people", "freeze", cert.Account, "--reason", "Stolen"); code != 3 {
		t.Errorf("people freeze as a delegate exits with %d: %s, want 3", code, said)
	}
	if got := a.must(t, "head_of_delegation EE", "people", "freeze", cert.Account, "--reason", "Stolen"); !strings.HasPrefix(got, "frozen until 20") {
		t.Errorf("people freeze prints %q, want until when", got)
	}
	if _, code, said := a.run(t, "cert EE", "states"); code != 3 || !strings.Contains(said, "is frozen until 20") {
		t.Errorf("states as who is frozen exits with %d: %s, want 3, and until when", code, said)
	}
	if got := a.must(t, "head_of_delegation EE", "token", "list"); !strings.Contains(got, "frozen until 20") {
		t.Errorf("token list prints\n%s\nwant until when one is frozen", got)
	}
	mustPocreg(t, a.world.DB, "verify")
	if got := a.must(t, "head_of_delegation EE", "people", "thaw", cert.Account); got != "no longer frozen by the state\n" {
		t.Errorf("people thaw prints %q", got)
	}
	var frozen struct{ Person, By string }
	got := a.must(t, "secretariat KR", "people", "freeze", cert.Credential, "--reason", "In doubt", "--json")
	if err := json.Unmarshal([]byte(got), &frozen); err != nil || frozen.Person != cert.Account || frozen.By != "secretariat" {
		t.Errorf("people freeze --json prints %s, %v, want the secretariat's", got, err)
	}
	if got := a.must(t, "secretariat PL", "people", "thaw", cert.Credential, "--json"); !strings.Contains(got, "lifted_at") {
		t.Errorf("people thaw --json prints %s, want when it was lifted", got)
	}
	a.must(t, "cert EE", "states")
	execute(t, a.world.DB, `update person_freeze set reason = 'Another'`)
	refuses(t, a.world.DB, "is not what the trail recorded", "verify")
}
