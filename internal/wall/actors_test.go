package wall_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/reference"
)

// The columns of the rules.
const (
	public = iota
	cert
	delegate
	head
	partner
	secretariat
	pair
	auditor
	system
)

// roleNames are what the setting says. A pair is two of the secretariat.
var roleNames = []string{
	"public", "cert", "delegate", "head_of_delegation", "partner", "secretariat", "secretariat", "auditor", "system",
}

var all = []string{"public", "participants", "selected"}

// actor is whom the settings of a transaction name.
type actor struct {
	name      string
	role      int
	state     string
	account   string
	audiences []string
	writes    bool
	paired    bool     // whether the setting says that two act together
	kinds     []string // of contact that the role is limited to; none is no limit
	odd       bool     // one of those to whom the state does not matter, or who have less than their role
}

// states are the 46, by code.
func states() []string {
	var codes []string
	for _, s := range reference.States() {
		codes = append(codes, s.Alpha2)
	}
	slices.Sort(codes)
	return codes
}

// actors returns everybody who tries: those of no state and those whose
// credential or settings are odd, then the people of all states. accounts are the world's, by
// name.
func actors(accounts map[string]string) []actor {
	var out []actor
	add := func(a actor) {
		name := roleNames[a.role]
		if a.role == secretariat || a.role == pair {
			name += " KR"
		} else if a.state != "" {
			name += " " + a.state
		}
		a.account = accounts[name]
		a.name = strings.Join(append([]string{name}, a.audiences...), " ")
		if a.paired {
			a.name += ", paired"
		}
		if !a.writes {
			a.name += ", for reading"
		}
		if a.kinds != nil {
			a.name += ", for " + strings.Join(a.kinds, " and ")
		}
		out = append(out, a)
	}
	for role := range roleNames {
		add(actor{role: role, audiences: all, writes: true, paired: role == pair})
		// A state that the role does not have, and two where there is only one.
		add(actor{role: role, state: "EE", audiences: all, writes: true, paired: role != secretariat})
		// A credential that is for less.
		for _, audiences := range [][]string{{"public"}, {"public", "participants"}, {"participants"}, {"selected"}, {}} {
			add(actor{role: role, state: "EE", audiences: audiences, writes: true, paired: role == pair})
		}
		add(actor{role: role, state: "EE", audiences: all, paired: role == pair})
	}
	for _, kinds := range [][]string{{"technical"}, {"policy"}, {"diplomatic", "technical"}, {"law_enforcement"}} {
		add(actor{role: delegate, state: "EE", audiences: all, writes: true, kinds: kinds})
	}
	// No other role has a limit; one that had would have it all the same.
	add(actor{role: head, state: "EE", audiences: all, writes: true, kinds: []string{"technical"}})
	for i := range out {
		out[i].odd = true
	}
	for _, state := range states() {
		for _, role := range []int{cert, delegate, head, partner} {
			add(actor{role: role, state: state, audiences: all, writes: true})
		}
	}
	return out
}

// settings are what register.Read and register.Write tell PostgreSQL.
func (a actor) settings() map[string]string {
	yes := map[bool]string{true: "yes"}
	return map[string]string{
		"role": roleNames[a.role], "state": a.state, "account": a.account, "audiences": strings.Join(a.audiences, ","),
		"write": yes[a.writes], "pair": yes[a.paired], "kinds": strings.Join(a.kinds, ","),
	}
}

// as makes a the actor of the transaction.
func (a actor) as(ctx context.Context, t testing.TB, tx pgx.Tx) {
	t.Helper()
	settings := a.settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if _, err := tx.Exec(ctx, `select set_config('pocreg.' || $1, $2, true)`, name, settings[name]); err != nil {
			t.Fatalf("be %s: %v", a.name, err)
		}
	}
}
