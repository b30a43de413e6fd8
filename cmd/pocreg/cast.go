package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// role is one of the demo's actors: who appoints them, to what.
type role struct {
	key        string // in demo.json
	appointers []string
	account.Appointment
}

// The demo's actors come to their tokens as in life: an operator makes the
// secretariat, two of it open delegations and appoint their heads, and a head
// does the rest. They stand in that order.
var demoRoles = []role{
	{"secretariat_kr", nil, account.Appointment{Owner: "Secretariat, Seoul", Role: access.Secretariat, CoChair: "KR"}},
	{"secretariat_pl", nil, account.Appointment{Owner: "Secretariat, Warsaw", Role: access.Secretariat, CoChair: "PL"}},
	{"head_pl", secretariat, account.Appointment{Owner: "Head of delegation, Poland", Role: access.Head, State: "PL"}},
	{"head_ee", secretariat, account.Appointment{Owner: "Head of delegation, Estonia", Role: access.Head, State: "EE"}},
	{"auditor", secretariat, account.Appointment{Owner: "Auditor", Role: access.Auditor, Basis: "Demonstration"}},
	{"partner", secretariat, account.Appointment{Owner: "Partner system", OwnerKind: "system", Role: access.Partner, Basis: "Demonstration"}},
	{"delegate_pl", []string{"head_pl"}, account.Appointment{Owner: "First delegate, Poland", Role: access.Delegate, State: "PL"}},
	{"delegate_pl_2", []string{"head_pl"}, account.Appointment{Owner: "Second delegate, Poland", Role: access.Delegate, State: "PL"}},
	{"delegate_ee", []string{"head_ee"}, account.Appointment{Owner: "Delegate, Estonia", Role: access.Delegate, State: "EE"}},
	{"cert_ee", []string{"head_ee"}, account.Appointment{Owner: "Duty officer, CERT-EE", Role: access.Cert, State: "EE"}},
}

var secretariat = []string{"secretariat_kr", "secretariat_pl"}

// cast makes sure that every demo actor has a token that stands, and returns
// their secrets, and whom they act as. Those that an earlier start left are kept.
func cast(ctx context.Context, s *stores, kept map[string]string) (tokens map[string]string, actors map[string]access.Actor, err error) {
	tokens, actors = map[string]string{}, map[string]access.Actor{}
	for _, r := range demoRoles {
		secret := kept[r.key]
		actor, err := s.accounts.Authenticate(ctx, secret)
		if err != nil && !problem.Is(err, problem.Unauthenticated) {
			return nil, nil, err
		}
		if err != nil || actor.Role != r.Role || actor.State != r.State {
			if secret, err = appoint(ctx, s, r, actors); err != nil {
				return nil, nil, fmt.Errorf("make demo actor %s: %w", r.key, err)
			}
			if actor, err = s.accounts.Authenticate(ctx, secret); err != nil {
				return nil, nil, fmt.Errorf("sign in as demo actor %s: %w", r.key, err)
			}
		}
		tokens[r.key], actors[r.key] = secret, actor
	}
	// One of Estonia's decides alone, two of Poland's together.
	for key, mode := range map[string]delegation.Mode{"head_ee": delegation.Single, "head_pl": delegation.TwoPerson} {
		if err := choose(ctx, s, actors[key], mode); err != nil {
			return nil, nil, fmt.Errorf("choose for demo actor %s: %w", key, err)
		}
	}
	return tokens, actors, nil
}

// choose has a head say whether one decides or two, unless that is so already.
func choose(ctx context.Context, s *stores, head access.Actor, mode delegation.Mode) error {
	d, err := s.current(ctx, head.State)
	if err != nil || d.Mode == mode {
		return err
	}
	_, err = s.delegations.ChooseMode(ctx, register.Act{By: head}, d.ID, register.Sent[delegation.ModeInput]{
		If: register.Precondition{None: true}, Body: delegation.ModeInput{Mode: mode},
	})
	return err
}

// act is that of who appoints to the role.
func (r role) act(actors map[string]access.Actor) register.Act {
	act := register.Act{By: access.Registry()}
	if len(r.appointers) > 0 {
		act.By = actors[r.appointers[0]]
	}
	if len(r.appointers) > 1 {
		act.With = actors[r.appointers[1]]
	}
	return act
}

func appoint(ctx context.Context, s *stores, r role, actors map[string]access.Actor) (string, error) {
	act, a := r.act(actors), r.Appointment
	a.OwnerKind = cmp.Or(a.OwnerKind, "person")
	a.Label, a.Audiences = "demo", access.Audiences
	a.Writes = !slices.Contains([]access.Role{access.Partner, access.Auditor}, a.Role)
	a.ExpiresAt = time.Now().Add(account.LongestLife - 24*time.Hour)
	if a.State != "" {
		d, err := openDelegation(ctx, s, act, a.State)
		if err != nil {
			return "", err
		}
		a.Delegation = d.ID
	}
	_, secret, err := s.accounts.Appoint(ctx, act, a)
	return secret, err
}

// current is a state's delegation; the zero one if it has none.
func (s *stores) current(ctx context.Context, state string) (d delegation.Delegation, err error) {
	err = s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		d, _, err = delegation.Current(ctx, snap, state)
		return err
	})
	return d, err
}

func openDelegation(ctx context.Context, s *stores, act register.Act, state string) (delegation.Delegation, error) {
	d, err := s.current(ctx, state)
	if err != nil || d.ID != "" {
		return d, err
	}
	return s.delegations.Open(ctx, act, delegation.OpenInput{State: state, Authority: "Demo: no note verbale stands behind this"})
}

// print says where the demo is and what to try: origin is where its pages are,
// owner its database, program this one.
func (f demoFile) print(w io.Writer, origin, data, owner, program string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "\npocreg listens on %s (Ctrl-C stops it and its PostgreSQL)\n\n", f.Address)
	for _, r := range demoRoles {
		fmt.Fprintf(&out, "  %-15s %s\n", r.key, f.Tokens[r.key])
	}
	fmt.Fprintf(&out, `
The pages are at %[8]s/ (not at the number: browsers bind passkeys to a name).
%[10]s%[9]s
The tokens are in %[1]s/%[2]s for scripts. Try, in another terminal:

  curl -s %[3]s/v1/states
  curl -s -H "Authorization: Bearer %[4]s" %[3]s/v1/me
  curl -s -H "Authorization: Bearer %[5]s" -H "Content-Type: application/json" -d '{"state":"EE","kind":"technical","office_title":"CERT-EE duty desk","channels":[{"type":"phone","usage":"duty","value":"+372 600 0100"},{"type":"email","value":"duty@cert-ee.example"}]}' %[3]s/v1/contacts

The API's description: %[3]s/docs/
That nobody has rewritten anything: POCREG_OWNER_DATABASE_URL='%[6]s' %[7]s verify

`, data, demoFileName, f.Address, f.Tokens["cert_ee"], f.Tokens["delegate_ee"], owner, program, origin, f.People[guest].welcome(filepath.Join(data, demoFileName)), mailPage(origin, data))
	_, err := io.WriteString(w, out.String())
	return err
}
