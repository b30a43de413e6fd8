package wall_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/fixture"
)

// covers says whether the kinds that a is limited to leave room to do verb with a
// row: written by hand, as the rules are. Strategies are the owner of policy's;
// organisations, and what is no entry, all kinds share. What one has begun, one takes back.
func (a actor) covers(table, verb string, r row) bool {
	if a.kinds == nil {
		return true
	}
	policy := slices.Contains(a.kinds, "policy")
	switch table {
	case "entry", "organisation", "contact", "strategy", "external_id", "source", "contact_key", "channel":
		return within("strategy", r.Class) && policy ||
			within("contact", r.Class) && slices.ContainsFunc(a.kinds, func(kind string) bool { return within(kind, r.Class) })
	case "state_instruments", "delegation":
		return false
	case "suggestion": // which are about strategies
		return verb == "insert" || policy || slices.Contains(r.Reads[0].Named, a.state)
	case "proposal":
		about := slices.DeleteFunc(strings.Fields(r.Class), func(word string) bool {
			return !slices.Contains([]string{"diplomatic", "technical", "law_enforcement", "policy"}, word)
		})
		outside := slices.ContainsFunc(about, func(kind string) bool { return !slices.Contains(a.kinds, kind) })
		return len(about) > 0 && !outside || verb == "update" && r.Account == a.account
	}
	return true
}

// TestALimitHoldsPastTheApplication tries, as a delegate whose role is limited to
// kinds, to do with the rows of the own state what the limit leaves, and more.
func TestALimitHoldsPastTheApplication(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	named := accounts(t, w.World)
	limited := func(kinds ...string) actor {
		return actor{
			name: strings.Join(kinds, " and "), role: delegate, state: "EE", account: named["delegate EE"], audiences: all, writes: true, kinds: kinds,
		}
	}
	technical, policy, both := limited("technical"), limited("policy"), limited("policy", "technical")
	registry := actor{name: "the registry", role: system, audiences: all, writes: true}
	headEE := actor{name: "the head", role: head, state: "EE", account: named["head_of_delegation EE"], audiences: all, writes: true}
	const (
		to       = ` where state = 'EE' and noun = 'contact' and version = 1 and kind = `
		held     = `update role_grant set kinds = '{technical}' where state = 'EE' and role = 'delegate'`
		head     = `update register_head set version = version + 1`
		accepted = `
			insert into invitation (account, state, purpose, role, delegation, kinds, email, language, created_at, confirmed_at, expires_at, accepted_at, version)
			select account, 'EE', 'join', 'delegate', delegation, '{technical}', 'x@example.org', 'en', now(), now(), now() + interval '1 hour', now(), h.version
			from role_grant, register_head h where state = 'EE' and role = 'cert'`
		answers = `update suggestion set status = 'taken', answered_at = now(), answered_by = actor_account(), answered_role = actor_role(), version = 1
			where state = 'EE' and from_role = 'cert' and audience = 'participants'`
		decides = `, decided_by = actor_account(), decided_role = actor_role(), decided_at = now() where state = 'EE' and proposed_role = `
	)
	takes := func(kinds string) string {
		return `insert into role_grant (account, role, state, delegation, kinds, version)
			select account, 'delegate', 'EE', delegation, ` + kinds + `, h.version from role_grant, register_head h where state = 'EE' and role = 'cert'`
	}
	for _, tt := range []struct {
		what   string
		by     actor
		before string // what the owner has done
		sql    string
		done   bool
	}{
		// An entry that is moved is of both kinds.
		{"moving a contact", both, ``, `update entry set kind = 'policy'` + to + `'technical'`, true},
		{"moving a contact away", technical, ``, `update entry set kind = 'policy'` + to + `'technical'`, false},
		{"moving a contact in", policy, ``, `update entry set kind = 'policy'` + to + `'technical'`, false},
		{"making a strategy of a contact", technical, ``, `update entry set noun = 'strategy'` + to + `'technical'`, false},
		{"moving a channel to another contact", technical, ``, `update channel set contact = md5('contact policy participants EE 0')::uuid
			where contact = md5('contact technical participants EE 0')::uuid`, false},

		// A write begins with the limit of the role that is held.
		{"a version for whom nothing limits", limited(), ``, head, true},
		{"a version within the limit", technical, held, head, true},
		{"a version, forgetting the limit", limited(), held, head, false},
		{"a version, by another limit", policy, held, head, false},
		{"a version, by a wider limit", both, held, head, false},
		{"a version as a CERT, who is also a delegate", actor{role: cert, state: "EE", account: named["delegate EE"], audiences: all, writes: true}, held, head, true},
		{"a version as the head of who is limited", headEE, held, head, true},
		{"a version after the role was withdrawn", limited(), held + `; update role_grant set revoked_at = now() where state = 'EE' and role = 'delegate'`, head, true},

		// A suggestion, and a proposal, are answered by whom they are for; also by who
		// has come to see the row by having made it.
		{"answering of a strategy", policy, ``, answers, true},
		{"answering of what is not one's kind", technical, ``, answers, false},
		{"answering the own side's", technical, `update suggestion set from_state = 'EE' where state = 'EE' and from_role = 'cert'`, answers, false},
		{"declining a CERT's proposal", technical, ``, `update proposal set status = 'declined'` + decides + `'cert'`, true},
		{"declining what is not one's kind", policy, ``, `update proposal set status = 'declined'` + decides + `'cert'`, false},
		{"declining what all kinds share", both, ``, `update proposal set status = 'declined'` + decides + `'head_of_delegation'`, false},
		{"declining one's own", technical, ``, `update proposal set status = 'declined'` + decides + `'delegate'`, false},
		{"withdrawing one's own", technical, ``, `update proposal set status = 'withdrawn'` + decides + `'delegate'`, true},
		{"saying that a proposal is of other kinds", policy, ``, `update proposal set kinds = '{policy}', status = 'declined'` + decides + `'cert'`, false},

		// What a role is limited to stays, and is what was offered.
		{"widening a role", headEE, held, `update role_grant set kinds = null where state = 'EE' and role = 'delegate'`, false},
		{"limiting a role that is held", headEE, ``, `update role_grant set kinds = '{policy}' where state = 'EE' and role = 'delegate'`, false},
		{"widening what is offered", headEE, `update invitation set kinds = '{policy}' where role = 'delegate'`, `update invitation set kinds = null where state = 'EE' and role = 'delegate'`, false},
		{"taking up what was offered", registry, accepted, takes(`'{technical}'`), true},
		{"taking up more", registry, accepted, takes(`null`), false},
		{"taking up what another was offered", registry, accepted + `; insert into invitation
				(account, state, purpose, role, delegation, email, language, created_at, confirmed_at, expires_at, accepted_at, version)
			select account, 'EE', 'join', 'delegate', delegation, 'y@example.org', 'en', now(), now(), now() + interval '1 hour', now(), h.version
			from role_grant, register_head h where state = 'EE' and role = 'head_of_delegation'`, takes(`null`), false},
		{"taking up what waits", registry, accepted + `; insert into invitation
				(account, state, purpose, role, delegation, email, language, created_at, confirmed_at, expires_at, version)
			select account, 'EE', 'join', 'delegate', delegation, 'y@example.org', 'en', now(), now(), now() + interval '1 hour', h.version
			from role_grant, register_head h where state = 'EE' and role = 'cert'`, takes(`null`), false},
		{"taking up what was offered before", registry, accepted + `; insert into invitation
				(account, state, purpose, role, delegation, email, language, created_at, confirmed_at, expires_at, accepted_at, version)
			select account, 'EE', 'join', 'delegate', delegation, 'y@example.org', 'en', now(), now(), now() + interval '1 hour', now(), 0
			from role_grant where state = 'EE' and role = 'cert'`, takes(`null`), false},
		{"taking up something else", registry, accepted, takes(`'{policy}'`), false},
	} {
		tag, err := w.after(t, tt.before, tt.by, tt.sql)
		if done := err == nil && tag.RowsAffected() > 0; done != tt.done || err != nil && !refused(err) {
			t.Errorf("%s, limited to %q = %s, %v, want that it is done: %t", tt.what, tt.by.kinds, tag, err, tt.done)
		}
	}
}

// TestOnlyADelegateIsLimitedAndToWhatThereIs tries, as the owner, to keep what no role has.
func TestOnlyADelegateIsLimitedAndToWhatThereIs(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	for _, table := range []string{"role_grant", "invitation"} {
		for _, tt := range []struct {
			role, kinds string
			want        bool
		}{
			{"delegate", `'{technical}'`, true},
			{"delegate", `'{policy,technical}'`, true},
			{"delegate", `'{}'`, false},
			{"delegate", `'{minister}'`, false},
			{"delegate", `'{technical,NULL}'`, false},
			{"cert", `'{technical}'`, false},
			{"head_of_delegation", `'{technical}'`, false},
		} {
			got := keptByOwner(t, w, `update `+table+` set kinds = `+tt.kinds+` where state = 'EE' and role = '`+tt.role+`'`)
			if got != tt.want {
				t.Errorf("%s of a %s limited to %s is kept: %t, want %t", table, tt.role, tt.kinds, got, tt.want)
			}
		}
	}
}

// keptByOwner reports whether a statement of the owner's, which is undone, keeps every constraint.
func keptByOwner(t *testing.T, w *fixture.World, sql string) bool {
	t.Helper()
	tx, err := w.DB.Owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // undoing is all there is to it
	tag, err := tx.Exec(t.Context(), sql)
	return err == nil && tag.RowsAffected() > 0
}

// TestWhoIsLimitedIsNotOneOfTwo asks, past the application, where two decide.
func TestWhoIsLimitedIsNotOneOfTwo(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	ask := func(tx pgx.Tx) (two bool) {
		t.Helper()
		if err := tx.QueryRow(t.Context(), `select state_takes_two('EE')`).Scan(&two); err != nil {
			t.Fatal(err)
		}
		return two
	}
	tx, err := w.DB.Owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // undoing is all there is to it
	for _, tt := range []struct {
		sql  string
		want bool
	}{
		{`update delegation set mode = 'default' where state = 'EE'`, true},
		{`update role_grant set kinds = '{technical}' where state = 'EE' and role = 'delegate'`, false},
		{`update delegation set mode = 'two_person' where state = 'EE'`, true},
	} {
		if _, err := tx.Exec(t.Context(), tt.sql); err != nil {
			t.Fatal(err)
		}
		if got := ask(tx); got != tt.want {
			t.Errorf("state_takes_two after %s = %t, want %t", tt.sql, got, tt.want)
		}
	}
}

// TestAnAuthorStandsWithinTheirLimit asks, past the application, whether a proposal of
// some kinds is still its author's.
func TestAnAuthorStandsWithinTheirLimit(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	registry := actor{name: "the registry", role: system, audiences: all, writes: true}
	limit := func(whose, to string) string {
		return `update role_grant set ` + to + ` where account = (select id from account where name = '` + whose + `') and role = 'delegate'`
	}
	also := `insert into role_grant (account, role, state, delegation, kinds, version)
		select account, 'delegate', state, delegation, '{policy}', 0 from role_grant where state = 'EE' and role = 'cert'`
	for _, tt := range []struct {
		what, before, who, role, kinds string
		want                           bool
	}{
		{"who is not limited", ``, "delegate EE", "delegate", `'{policy}'`, true},
		{"of what all kinds share", ``, "delegate EE", "delegate", `null`, true},
		{"whose role has ended", limit("delegate EE", `revoked_at = now()`), "delegate EE", "delegate", `'{policy}'`, false},
		{"within the limit", limit("delegate EE", `kinds = '{policy,technical}'`), "delegate EE", "delegate", `'{policy}'`, true},
		{"beyond it", limit("delegate EE", `kinds = '{technical}'`), "delegate EE", "delegate", `'{policy,technical}'`, false},
		{"limited, of what all kinds share", limit("delegate EE", `kinds = '{technical}'`), "delegate EE", "delegate", `null`, false},
		{"where another is limited", limit("delegate LV", `kinds = '{technical}'`), "delegate EE", "delegate", `'{policy}'`, true},
		{"in a role without the other's limit", also, "cert EE", "cert", `'{technical}'`, true},
		{"who was limited before", limit("delegate EE", `kinds = '{technical}', revoked_at = now()`) + `;
			insert into role_grant (account, role, state, delegation, version)
			select account, 'delegate', state, delegation, 0 from role_grant where state = 'EE' and role = 'delegate'`, "delegate EE", "delegate", `'{policy}'`, true},
	} {
		tag, err := w.after(t, tt.before, registry, `
			select from account a
			join delegation d on d.state = a.state and d.status = 'open'
			where a.name = '`+tt.who+`' and author_stands(a.id, '`+tt.role+`', d.id, null, `+tt.kinds+`)`)
		if got := tag.RowsAffected() == 1; err != nil || got != tt.want {
			t.Errorf("an author, %s, stands: %t, %v, want %t", tt.what, got, err, tt.want)
		}
	}
}

// TestWhoIsLimitedIsNotTheWayIn asks, past the application, whether Finland, whose head
// does not sign in, can spare the head's token.
func TestWhoIsLimitedIsNotTheWayIn(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	registry := actor{name: "the registry", role: system, audiences: all, writes: true}
	const (
		limited = `update role_grant set kinds = '{technical}' where state = 'FI' and role = 'delegate'`
		alone   = `; update token set revoked_at = now() where state = 'FI' and role = 'head_of_delegation' and hash <> convert_to(role_grant::text, 'UTF8')`
		signs   = `; update token set revoked_at = now() where state = 'FI' and role = 'delegate';
			insert into password (account, hash, set_at) select account, 'hash', now() from role_grant where state = 'FI' and role = 'delegate'`
	)
	for _, tt := range []struct {
		what, before string
		want         bool
	}{
		{"a delegate has a token", `select` + alone, true},
		{"a limited delegate has a token", limited + alone, false},
		{"a delegate signs in", `select` + alone + signs, true},
		{"a limited delegate signs in", limited + alone + signs, false},
	} {
		tag, err := w.after(t, tt.before, registry, `
			select from token t
			where t.state = 'FI' and t.role = 'head_of_delegation' and t.revoked_at is null and token_can_be_spared(t.id)`)
		if got := tag.RowsAffected() == 1; err != nil || got != tt.want {
			t.Errorf("where %s, its head's is spared: %t, %v, want %t", tt.what, got, err, tt.want)
		}
	}
}
