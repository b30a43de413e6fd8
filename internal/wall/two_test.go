package wall_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestNothingThatTakesTwoIsRecordedOfOne tries, past the application, to record
// changes of a state's words where two decide.
func TestNothingThatTakesTwoIsRecordedOfOne(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	if _, err := w.DB.Owner.Exec(t.Context(), `update delegation set mode = 'two_person' where state = 'EE'`); err != nil {
		t.Fatal(err)
	}
	ids := accounts(t, w)
	by := func(role int, name string) actor {
		return actor{name: name, role: role, state: "EE", account: ids[name], audiences: all, writes: true}
	}
	one, other := by(delegate, "delegate EE"), by(head, "head_of_delegation EE")
	const (
		alone = `insert into trail_change (version, ordinal, at, actor, role, actor_state, act, noun, key, state, audience, audience_states)
			select h.version, 9999, now(), actor_account(), actor_role(), actor_state(), $1, $2, 'x', 'EE', 'public', '{}' from register_head h`
		ofDelegate = `update proposal set status = 'approved', decided_by = actor_account(), decided_role = actor_role(), decided_at = now(),
				version = (select h.version from register_head h)
			where state = 'EE' and proposed_role = 'delegate'`
	)
	for _, tt := range []struct {
		name      string
		by        actor
		noun, act string
		first     string // what is done before
		allowed   bool
	}{
		{"a contact replaced by one", one, "contact", "replaced", "", false},
		{"by a head alone", other, "contact", "replaced", "", false},
		{"an organisation", one, "organisation", "created", "", false},
		{"a strategy", one, "strategy", "retired", "", false},
		{"what a state says of instruments", one, "state", "replaced", "", false},
		{"a delegation's channels", one, "delegation", "replaced", "", false},
		{"a contact found alive", one, "contact", "confirmed", "", true},
		{"a channel found dead", one, "contact", "channel_dead", "", true},
		{"an audience narrowed", one, "contact", "narrowed", "", true},
		{"a token", other, "token", "issued", "", true},
		{"a mode", other, "delegation", "mode_chosen", "", true},
		{"a contact replaced by two", other, "contact", "replaced", ofDelegate, true},
		{"by one who decided on another version", other, "contact", "replaced", ofDelegate + `; update register_head set version = version + 1`, false},
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			tt.by.as(t.Context(), t, tx)
			if tt.first != "" {
				if _, err := tx.Conn().PgConn().Exec(t.Context(), tt.first).ReadAll(); err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
			}
			_, err := tx.Exec(t.Context(), alone, tt.act, tt.noun)
			if allowed := err == nil; allowed != tt.allowed || err != nil && !refused(err) {
				t.Errorf("%s: recorded: %v, want that it is allowed: %t", tt.name, err, tt.allowed)
			}
		})
	}
}

// TestWhatTwoOfTheSecretariatDoTakesTwo tries, past the application, to approve what
// the secretariat proposed as one of it, and as two.
func TestWhatTwoOfTheSecretariatDoTakesTwo(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	ids := accounts(t, w)
	const approve = `update proposal set status = 'approved', decided_by = actor_account(), decided_role = actor_role(), decided_at = now()
		where state = 'EE' and co_chair = `
	for _, tt := range []struct {
		name    string
		pair    bool
		of      string
		allowed bool
	}{
		{"one alone, another's", false, "'PL'", false},
		{"one alone, one's own", false, "'KR'", false},
		{"two, of one's own", true, "'KR'", false},
		{"two, another's", true, "'PL'", true},
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			actor{role: secretariat, name: "secretariat KR", account: ids["secretariat KR"], audiences: all, writes: true, paired: tt.pair}.as(t.Context(), t, tx)
			tag, err := tx.Exec(t.Context(), approve+tt.of)
			if allowed := err == nil && tag.RowsAffected() == 1; allowed != tt.allowed {
				t.Errorf("%s approved: %v, %v; want that it is allowed: %t", tt.name, tag, err, tt.allowed)
			}
		})
	}
}

// TestNobodyDecidesTwiceOrOnTheirOwn tries, past the application, to end proposals
// otherwise than by another's decision.
func TestNobodyDecidesTwiceOrOnTheirOwn(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	ids := accounts(t, w)
	one := actor{role: delegate, name: "delegate EE", state: "EE", account: ids["delegate EE"], audiences: all, writes: true}
	ends := func(status, by string) string {
		return `update proposal set status = '` + status + `', decided_by = ` + by + `, decided_role = actor_role(), decided_at = now()
			where state = 'EE' and proposed_role = `
	}
	inTransaction(t, w, func(tx pgx.Tx) {
		one.as(t.Context(), t, tx)
		if tag, err := tx.Exec(t.Context(), ends("declined", "actor_account()")+`'cert'`); err != nil || tag.RowsAffected() != 1 {
			t.Fatalf("a CERT's proposal declined: %v, %v, want that it is", tag, err)
		}
	})
	for name, sql := range map[string]string{
		"one's own approved":               ends("approved", "actor_account()") + `'delegate'`,
		"one's own declined":               ends("declined", "actor_account()") + `'delegate'`,
		"another's withdrawn":              ends("withdrawn", "actor_account()") + `'head_of_delegation'`,
		"decided in another's name":        ends("approved", "'"+ids["head_of_delegation EE"]+"'") + `'cert'`,
		"what was asked for changed":       `update proposal set body = 'x' where state = 'EE'`,
		"whose it is changed":              `update proposal set proposed_by = actor_account() where state = 'EE' and proposed_role = 'cert'`,
		"opened again":                     ends("declined", "actor_account()") + `'cert'; update proposal set status = 'open', decided_by = null, decided_role = null, decided_at = null where status = 'declined'`,
		"decided on once more":             ends("declined", "actor_account()") + `'cert'; ` + ends("approved", "actor_account()") + `'cert'`,
		"a mode chosen by a delegate":      `update delegation set mode = 'two_person' where state = 'EE'`,
		"an open one with a decision":      ends("open", "actor_account()") + `'cert'`,
		"approved from the start":          `insert into proposal select md5(id::text)::uuid, state, delegation, co_chair, does, noun, about, body, reason, changes, nouns, keys, actor_account(), 'delegate', proposed_at, base, 'approved', proposed_by, proposed_role, now(), word, made, version from proposal where state = 'EE' and proposed_role = 'head_of_delegation'`,
		"declined without saying in which": `update proposal set status = 'declined', decided_by = actor_account(), decided_at = now() where state = 'EE' and proposed_role = 'cert'`,
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			one.as(t.Context(), t, tx)
			results, err := tx.Conn().PgConn().Exec(t.Context(), sql).ReadAll()
			if err == nil {
				t.Errorf("%s: %v, want that it is refused", name, results[len(results)-1].CommandTag)
			}
		})
	}
}
