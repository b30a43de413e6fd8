package main

import (
	"context"
	"fmt"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
	"pocreg.example/internal/state"
)

// people are who acts in the small world: their tokens.
type people struct {
	auditor string
	heads   map[string]string // by state
}

// world makes the small world through the register's door, as in life.
type world struct {
	accounts    *account.Store
	delegations *delegation.Store
	contacts    *contact.Store
	pair        register.Act // two of the secretariat
	people
}

func populate(ctx context.Context, url string) (people, error) {
	pool, err := postgres.Open(ctx, url, 2)
	if err != nil {
		return people{}, err
	}
	defer pool.Close()
	r := register.New(pool, account.Stands)
	if err := state.NewStore(r).Load(ctx); err != nil {
		return people{}, err
	}
	w := world{
		accounts: account.NewStore(r, pool, time.Now), delegations: delegation.NewStore(r), contacts: contact.NewStore(r, time.Now),
		people: people{heads: map[string]string{}},
	}
	_, w.pair.By, err = w.appoint(ctx, register.Act{By: access.Registry()}, account.Appointment{Owner: "Secretariat, Seoul", Role: access.Secretariat, CoChair: "KR"})
	if err != nil {
		return people{}, err
	}
	_, w.pair.With, err = w.appoint(ctx, register.Act{By: access.Registry()}, account.Appointment{Owner: "Secretariat, Warsaw", Role: access.Secretariat, CoChair: "PL"})
	if err != nil {
		return people{}, err
	}
	if w.auditor, _, err = w.appoint(ctx, w.pair, account.Appointment{Owner: "Auditor", Role: access.Auditor, Basis: "Bench"}); err != nil {
		return people{}, err
	}
	for i, s := range reference.States() {
		if err := w.settle(ctx, i, s.Alpha2); err != nil {
			return people{}, fmt.Errorf("settle %s: %w", s.Alpha2, err)
		}
	}
	return w.people, nil
}

func (w *world) appoint(ctx context.Context, act register.Act, a account.Appointment) (string, access.Actor, error) {
	a.OwnerKind, a.Label, a.Audiences, a.Writes = "person", "bench", access.Audiences, a.Role != access.Auditor
	a.ExpiresAt = time.Now().Add(24 * time.Hour)
	_, secret, err := w.accounts.Appoint(ctx, act, a)
	if err != nil {
		return "", access.Actor{}, fmt.Errorf("appoint %s: %w", a.Owner, err)
	}
	actor, err := w.accounts.Authenticate(ctx, secret)
	return secret, actor, err
}

// settle opens a state's delegation and makes its five contacts.
func (w *world) settle(ctx context.Context, number int, code string) error {
	d, err := w.delegations.Open(ctx, w.pair, delegation.OpenInput{State: code, Authority: "Note verbale of the bench"})
	if err != nil {
		return err
	}
	secret, head, err := w.appoint(ctx, w.pair, account.Appointment{
		Owner: "Head of delegation, " + code, Role: access.Head, State: code, Delegation: d.ID,
	})
	if err != nil {
		return err
	}
	w.heads[code] = secret
	for i, office := range offices {
		input := office.input(code, number, i)
		if _, err := w.contacts.Add(ctx, register.Act{By: head}, register.Sent[contact.Input]{If: register.Precondition{None: true}, Body: input}); err != nil {
			return fmt.Errorf("add %s: %w", office.title, err)
		}
	}
	return nil
}

// office is one of the five contacts that each state has.
type office struct {
	kind, title, mailbox string
	rank                 int
}

var offices = []office{
	{contact.Technical, "CERT duty desk", "duty", 1},
	{contact.Technical, "CERT incident handling", "incidents", 2},
	{contact.Diplomatic, "Cyber diplomacy unit", "cyber", 1},
	{contact.LawEnforcement, "High-tech crime unit", "hightech", 1},
	{contact.Policy, "Office for the national strategy", "strategy", 1},
}

func (o office) input(code string, state, n int) contact.Input {
	in := contact.Input{Common: entry.Common{State: code, Kind: o.kind}}
	in.Audience = access.ForParticipants
	in.Rank, in.OfficeTitle, in.Languages = o.rank, o.title, []string{"en"}
	in.Channels = []contact.ChannelInput{{Type: "email", Value: fmt.Sprintf("%s@%s.example", o.mailbox, code)}}
	if o.kind != contact.Policy {
		usage := map[bool]string{true: "duty", false: "office"}[o.kind == contact.Technical || o.kind == contact.LawEnforcement]
		in.Channels = append(in.Channels, contact.ChannelInput{Type: "phone", Usage: usage, Value: fmt.Sprintf("+48 22 5%02d 60 %d0", state, n)})
	}
	return in
}
