package delegation_test

import (
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func current(t *testing.T, w *fixture.World, state string) delegation.Delegation {
	t.Helper()
	var got delegation.Delegation
	err := w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
		got, _, err = delegation.Current(t.Context(), snap, state)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func write(t *testing.T, w *fixture.World, by access.Actor) (organisation.Organisation, error) {
	t.Helper()
	return w.Organisations.Add(t.Context(), register.Act{By: by}, register.Sent[organisation.Input]{Body: organisation.Input{
		Common: entry.Common{State: by.State, Kind: "csirt"}, Details: organisation.Details{Name: "CERT"},
	}})
}

func TestAStateHasOneDelegation(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	_, err := w.Delegations.Open(t.Context(), w.Pair(t), delegation.OpenInput{State: "EE", Authority: "Another note"})
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("Open() of a second = %v, want conflict", err)
	}
	if _, err := w.Delegations.Close(t.Context(), w.Pair(t), current(t, w, "EE").ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Delegations.Open(t.Context(), w.Pair(t), delegation.OpenInput{State: "EE", Authority: "Another note"}); err != nil {
		t.Errorf("Open() once the first is closed = %v", err)
	}
	if _, err := w.Delegations.Open(t.Context(), w.Pair(t), delegation.OpenInput{State: "XX", Authority: "A note"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("Open() for no state = %v, want invalid", err)
	}
}

func TestOpeningTakesTwoOfDifferentCoChairs(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	head := w.Actor(t, "head_of_delegation EE")
	if _, err := w.Delegations.Close(t.Context(), w.Pair(t), current(t, w, "EE").ID); err != nil {
		t.Fatal(err)
	}
	before := w.Register.Latest()
	for name, act := range map[string]register.Act{
		"one alone":             w.By(t, "secretariat KR"),
		"one twice":             {By: w.Actor(t, "secretariat KR"), With: w.Actor(t, "secretariat KR")},
		"a head with another":   {By: head, With: w.Actor(t, "secretariat KR")},
		"one and the auditor":   {By: w.Actor(t, "secretariat KR"), With: w.Actor(t, "auditor")},
		"the registry with one": {By: access.Registry(), With: w.Actor(t, "secretariat PL")},
	} {
		if _, err := w.Delegations.Open(t.Context(), act, delegation.OpenInput{State: "EE", Authority: "A note"}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("Open() by %s = %v, want forbidden", name, err)
		}
	}
	if got := w.Register.Latest(); got != before {
		t.Errorf("after refusals the register is at %d, want %d", got, before)
	}
}

func TestContestingFreezesWrites(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	by, d := w.Actor(t, "delegate EE"), current(t, w, "EE")
	kept, err := write(t, w, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Delegations.Contest(t.Context(), w.Pair(t), d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := write(t, w, by); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a write while contested = %v, want forbidden", err)
	}
	err = w.Register.Read(t.Context(), w.Actor(t, "cert FI"), func(snap *register.Snapshot) error {
		got, err := organisation.Get(t.Context(), snap, kept.ID)
		if err == nil && (got.Version != kept.Version || got.Represented) {
			t.Errorf("the entry = %+v, want it kept, and nobody speaking for it", got.Entry)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := w.Delegations.Reopen(t.Context(), w.Pair(t), d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := write(t, w, by); err != nil {
		t.Errorf("a write once settled = %v", err)
	}
}

func TestClosingEndsTokensAndKeepsEntries(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	by, d := w.Actor(t, "delegate EE"), current(t, w, "EE")
	kept, err := write(t, w, by)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := w.Delegations.Close(t.Context(), w.Pair(t), d.ID)
	if err != nil || closed.Until == nil {
		t.Fatalf("Close() = %+v, %v", closed, err)
	}
	if _, err := w.Accounts.Authenticate(t.Context(), w.Secret(t, "delegate EE")); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("Authenticate() after closing = %v, want unauthenticated", err)
	}
	if _, err := write(t, w, by); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a write by who was signed in = %v, want unauthenticated", err)
	}
	err = w.Register.Read(t.Context(), w.Actor(t, "cert FI"), func(snap *register.Snapshot) error {
		got, err := organisation.Get(t.Context(), snap, kept.ID)
		if err == nil && (got.Standing != entry.Active || got.Represented) {
			t.Errorf("the entry = %+v, want it in use, and unrepresented", got.Entry)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := w.Delegations.Reopen(t.Context(), w.Pair(t), d.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("Reopen() of a closed one = %v, want conflict", err)
	}
}

func TestSetChannels(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	d := current(t, w, "EE")
	sent := func(channels ...delegation.Channel) register.Sent[delegation.ChannelsInput] {
		return register.Sent[delegation.ChannelsInput]{If: register.Precondition{None: true}, Body: delegation.ChannelsInput{Channels: channels}}
	}
	phone := delegation.Channel{Of: "mission", Type: "phone", Usage: "office", Value: "637 7000"}
	got, err := w.Delegations.SetChannels(t.Context(), w.By(t, "delegate EE"), d.ID, sent(phone))
	if err != nil || len(got.Channels) != 1 || got.Channels[0].Value != "+3726377000" {
		t.Fatalf("SetChannels() = %+v, %v, want one number in E.164", got.Channels, err)
	}
	for _, who := range []string{"delegate FI", "cert EE", "secretariat KR", "auditor", "partner"} {
		if _, err := w.Delegations.SetChannels(t.Context(), w.By(t, who), d.ID, sent()); !problem.Is(err, problem.Forbidden) {
			t.Errorf("SetChannels() by %s = %v, want forbidden", who, err)
		}
	}
	phone.Usage = ""
	_, err = w.Delegations.SetChannels(t.Context(), w.By(t, "delegate EE"), d.ID, sent(phone))
	if !problem.Is(err, problem.Invalid) {
		t.Errorf("SetChannels() with a phone of no use = %v, want invalid", err)
	}
	if got := current(t, w, "EE"); len(got.Channels) != 1 {
		t.Errorf("after refusals there are %d channels, want 1", len(got.Channels))
	}
}
