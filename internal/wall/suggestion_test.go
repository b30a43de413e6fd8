package wall_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestASuggestionIsNotForgedPastTheApplication tries to suggest in another's name,
// and to answer for another.
func TestASuggestionIsNotForgedPastTheApplication(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	named := accounts(t, w.World)
	official := func(role int, state string) actor {
		name := roleNames[role] + " " + state
		return actor{name: name, role: role, state: state, account: named[name], audiences: all, writes: true}
	}
	certLV, delegateLV, delegateEE, certEE := official(cert, "LV"), official(delegate, "LV"), official(delegate, "EE"), official(cert, "EE")
	secretariatKR := official(secretariat, "KR")
	secretariatKR.state = ""
	registry := actor{name: "the registry", role: system, audiences: all, writes: true}
	about := func(variant, audience, state, role, account string) string {
		return strings.ReplaceAll(suggestionAbout(variant, audience, state, role, account), "st,", "'EE',")
	}
	own := about("participants", "participants", "actor_state()", "actor_role()", "actor_account()")
	// One of Latvia's about Estonia's, and what is done to it.
	const lvs = `update suggestion set from_state = 'LV', from_account = null where state = 'EE' and audience = 'participants' and from_role = 'cert'`
	set := func(to string) string {
		return `update suggestion set ` + to + ` where state = 'EE' and audience = 'participants' and from_role = 'cert'`
	}
	answer := func(status string) string {
		return set(`status = '` + status + `', word = 'So', answered_at = now(), answered_by = actor_account(), answered_role = actor_role(), version = 1`)
	}
	const taken = lvs + `; update suggestion set status = 'taken', answered_at = now(), word = 'Yes' where from_state = 'LV'`
	for _, tt := range []struct {
		what   string
		by     actor
		before string // what happened before
		sql    string
		done   bool
	}{
		{"suggesting", certLV, ``, own, true},
		{"suggesting as the secretariat", secretariatKR, ``, own, true},
		{"suggesting about what was found", certLV, ``, about("found", "public", "actor_state()", "actor_role()", "actor_account()"), true},
		{"suggesting for another state", certLV, ``, about("participants", "participants", "'PL'", "actor_role()", "actor_account()"), false},
		{"suggesting in another role", certLV, ``, about("participants", "participants", "actor_state()", "'delegate'", "actor_account()"), false},
		{"suggesting in another's name", certLV, ``, about("participants", "participants", "actor_state()", "actor_role()", "'"+named["delegate LV"]+"'"), false},
		{"suggesting in nobody's name", certLV, ``, about("participants", "participants", "actor_state()", "actor_role()", "null"), false},
		{"suggesting to another audience", certLV, ``, about("participants", "public", "actor_state()", "actor_role()", "actor_account()"), false},
		{"suggesting about what is called otherwise", certLV, ``, strings.Replace(own, "'strategy', 'EE'", "'contact', 'EE'", 1), false},
		{"suggesting about what is not for them", certLV, `update entry set audience_states = '{KR}' where audience = 'selected'`,
			about("selected", "selected", "actor_state()", "actor_role()", "actor_account()"), false},
		{"suggesting what is answered", certLV, ``, strings.Replace(strings.Replace(own, "made_at, status", "made_at, answered_at, status", 1), "now(), 'open'", "now(), now(), 'taken'", 1), false},
		{"suggesting as the registry", registry, ``, own, false},

		{"taking", delegateEE, lvs, answer("taken"), true},
		{"declining", delegateEE, lvs, answer("declined"), true},
		{"withdrawing", certLV, lvs, answer("withdrawn"), true},
		{"withdrawing, by a colleague", delegateLV, lvs, answer("withdrawn"), true},
		{"withdrawing by the state that it is about", delegateEE, lvs, answer("withdrawn"), false},
		{"taking the own", delegateLV, lvs, answer("taken"), false},
		{"declining the own", certLV, lvs, answer("declined"), false},
		{"opening again", delegateEE, taken, set(`status = 'open', answered_at = null, answered_by = actor_account(), word = ''`), false},
		{"answering again", delegateEE, taken, answer("declined"), false},
		{"answering in another's name", delegateEE, lvs, strings.Replace(answer("taken"), "actor_account()", "'"+named["cert EE"]+"'", 1), false},
		{"changing what was said", delegateEE, lvs, strings.Replace(answer("taken"), "status =", "text = 'All is well', status =", 1), false},
		{"changing who said it", certLV, lvs, strings.Replace(answer("withdrawn"), "status =", "from_state = 'PL', status =", 1), false},
		{"a word without an answer", delegateEE, lvs, set(`word = 'Hm', answered_by = actor_account()`), false},
	} {
		tag, err := w.after(t, tt.before, tt.by, tt.sql)
		if tt.done && (err != nil || tag.RowsAffected() != 1) || !tt.done && !refused(err) {
			t.Errorf("%s by %s = %s, %v, want that it is done: %t", tt.what, tt.by.name, tag, err, tt.done)
		}
	}
	// Whom the policies keep from it reaches no row at all.
	for _, by := range []actor{certEE, official(delegate, "PL"), secretariatKR} {
		if tag, err := w.after(t, lvs, by, answer("taken")); err != nil && !refused(err) || err == nil && tag.RowsAffected() != 0 {
			t.Errorf("taking by %s = %s, %v, want that nothing is changed", by.name, tag, err)
		}
	}
}

// TestOpenSuggestionsAreCountedForTheOwnSide asks, with credentials for less, how many
// there are.
func TestOpenSuggestionsAreCountedForTheOwnSide(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	if _, err := w.DB.Owner.Exec(t.Context(), `
		update suggestion set status = 'withdrawn', answered_at = now() where from_state = 'LV' and audience = 'selected'`); err != nil {
		t.Fatal(err)
	}
	var entry string
	err := w.DB.Owner.QueryRow(t.Context(), `select entry::text from suggestion where from_state = 'LV' and audience = 'participants'`).Scan(&entry)
	if err != nil {
		t.Fatal(err)
	}
	inTransaction(t, w.World, func(tx pgx.Tx) {
		for _, tt := range []struct {
			by           actor
			about, inAll int
		}{
			{actor{role: cert, state: "LV", audiences: all}, 1, 3}, // public, participants and found: the selected one is withdrawn
			{actor{role: head, state: "LV", audiences: []string{"public"}}, 1, 3},
			{actor{role: cert, state: "ZZ", audiences: all}, 0, 0},
			{actor{role: partner, state: "LV", audiences: all}, 0, 0},
			{actor{role: secretariat, audiences: []string{"public"}}, 1, 4 * 46},
			{actor{role: auditor, audiences: all}, 0, 0},
		} {
			tt.by.as(t.Context(), t, tx)
			var about, inAll int
			err := tx.QueryRow(t.Context(), `select suggestions_open($1::uuid), suggestions_open(null)`, entry).Scan(&about, &inAll)
			if err != nil || about != tt.about || inAll != tt.inAll {
				t.Errorf("suggestions_open() for %s %s = %d, and %d in all, %v, want %d and %d",
					roleNames[tt.by.role], tt.by.state, about, inAll, err, tt.about, tt.inAll)
			}
		}
	})
}

// TestTheTrailTellsOfASuggestionToBothStates and lets nobody tell what they did not
// suggest.
func TestTheTrailTellsOfASuggestionToBothStates(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	named := accounts(t, w.World)
	certLV := actor{name: "cert LV", role: cert, state: "LV", account: named["cert LV"], audiences: all, writes: true}
	const row = `insert into trail_change (version, ordinal, at, actor, role, actor_state, act, noun, key, state, audience, audience_states)
		select h.version, 9999, now(), actor_account(), actor_role(), actor_state(), 'suggested', 'suggestion', s.id::text, 'EE', 'selected', '{LV}'
		from suggestion s
		cross join register_head h
		where s.state = 'EE' and s.audience = 'participants' and s.from_state = 'LV'`
	const now = `update suggestion set from_state = 'LV', version = (select version from register_head) where state = 'EE' and from_role = 'cert'`
	for _, tt := range []struct {
		what, before, sql string
		done              bool
	}{
		{"what was suggested now", now, row, true},
		{"what was suggested before", strings.Replace(now, "version = (select version from register_head)", "version = 0", 1), row, false},
		{"what is of another state", now, strings.Replace(row, "'EE', 'selected', '{LV}'", "'PL', 'selected', '{LV}'", 1), false},
		{"of another noun", now, strings.Replace(row, "'suggestion', s.id", "'contact', s.id", 1), false},
		{"of another key", now, strings.Replace(row, "s.id::text", "gen_random_uuid()::text", 1), false},
	} {
		tag, err := w.after(t, tt.before, certLV, tt.sql)
		if tt.done && (err != nil || tag.RowsAffected() != 1) || !tt.done && !refused(err) {
			t.Errorf("telling Estonia %s by %s = %s, %v, want that it is done: %t", tt.what, certLV.name, tag, err, tt.done)
		}
	}
	// Who reads a row that is told to Latvia.
	told := strings.Replace(strings.Replace(strings.NewReplacer("actor_account()", "null::uuid", "actor_role()", "'cert'", "actor_state()", "'LV'").Replace(row),
		"'suggestion', s.id", "'suggestion', 'told' || s.id", 1), "from_state = 'LV'", "from_role = 'cert'", 1)
	entries := strings.NewReplacer("audience_states)", "audience_states, entry)", "'{LV}'", "'{LV}', s.entry", "s.audience = 'participants'", "s.audience = 'selected'").Replace(told)
	for what, of := range map[string]struct {
		row  string
		told bool
	}{"no entry's": {told, true}, "an entry's": {entries, false}} {
		for _, role := range []int{public, cert, delegate, head, partner, secretariat, auditor, system} {
			for _, state := range []string{"EE", "LV", "PL", ""} {
				for _, audiences := range [][]string{all, all[:2]} {
					by := actor{name: roleNames[role] + " " + state, role: role, state: state, audiences: audiences}
					whole := len(audiences) == 3
					// An entry that is not for Latvia tells it nothing; the own CERT reads its history.
					want := whole && (role == secretariat || role == auditor || role == system ||
						(role == delegate || role == head) && (state == "EE" || state == "LV" && of.told) ||
						role == cert && state == "EE" && !of.told)
					tag, err := w.after(t, of.row, by, `select from trail_change where ordinal = 9999`)
					if got := tag.RowsAffected() == 1; err != nil || got != want {
						t.Errorf("a row of %s that names Latvia is read by %s of %v: %t, %v, want %t", what, by.name, audiences, got, err, want)
					}
				}
			}
		}
	}
}
