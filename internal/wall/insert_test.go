package wall_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/fixture"
)

// addition is a row that the tests try to add for every state; its statement
// calls the state st.
type addition struct {
	table string
	class string
	sql   string
	needs string // the audience of the entry that it is a detail of
	none  bool   // whether the row is of no state
	self  bool   // whether the row is of who adds it
	few   bool   // whether some states will do: the rules do not tell it from another
}

// bare is the id of an entry of st that lacks its details.
func bare(noun, kind, variant string) string {
	return fmt.Sprintf(`md5(concat_ws(' ', '%s', '%s', '%s', st, 1))::uuid`, noun, kind, variant)
}

func additions() []addition {
	out := []addition{
		{table: "entry", class: "contact technical nominated", sql: entryOf("nominated", "now()")},
		{table: "entry", class: "contact technical public_source", sql: entryOf("public_source", "null")},
		{table: "state", sql: `insert into state (alpha2, alpha3, statement_number, name_en, name_pl, region, subregion, version)
			values ('QQ', 'QQQ', 0, '', '', '', '', 0)`},
		{table: "participation", sql: `insert into participation (state, since) values (st, '2030-01-01')`},
		{table: "co_chair", sql: `insert into co_chair (state, since) values (st, '2030-01-01')`},
		{table: "membership", sql: `insert into membership (framework, state) values ('NEW', st)`},
		{table: "state_instruments", sql: `insert into state_instruments (state, instruments, version) values (st, '[]', 0)`},
		{table: "delegation", sql: `insert into delegation (state, authority, status, since, until, version)
			values (st, 'A note', 'closed', '2000-01-01', '2000-01-02', 0)`},
		{table: "account", sql: `insert into account (state, kind, name, version) values (st, 'person', 'New', 0)`},
		{table: "account", class: "stateless", none: true, sql: `insert into account (kind, name, version) values ('person', 'New', 0)`},
		{table: "trail_change", sql: changeAt("h.version", "actor_role()", "actor_account()", "actor_state()")},
		{table: "trail_change", class: "words", sql: strings.Replace(
			changeAt("h.version", "actor_role()", "actor_account()", "actor_state()"), "'tried', 'x'", "'replaced', 'contact'", 1)},
		{table: "trail_change", class: "words", sql: strings.Replace(
			changeAt("h.version", "actor_role()", "actor_account()", "actor_state()"), "'tried', 'x'", "'replaced', 'delegation'", 1)},
		{table: "trail_change", class: "found", sql: strings.Replace(
			changeAt("h.version", "actor_role()", "actor_account()", "actor_state()"), "'tried', 'x'", "'channel_dead', 'contact'", 1)},
		{table: "trail_part", sql: partAt("h.version")},
		{table: "trail_content", sql: contentAt("h.version")},
		{table: "trail_leaf", sql: leafAt("h.version")},
	}
	for _, noun := range []struct{ noun, kind, rest, values string }{
		{"organisation", "csirt", "name", "'A body'"},
		{"contact", "technical", "rank, covers, sectors, networks, office_title, languages, capabilities", "1, '{}', '{}', '{}', 'A desk', '{}', '{}'"},
		{"strategy", "strategy", "original_title, titles, summaries, objectives, status, documents, focus_areas, norms, cbms",
			"'A plan', '{}', '{}', '{}', 'draft', '[]', '{}', '[]', '[]'"},
	} {
		out = append(out, details(noun.noun, noun.noun, noun.kind,
			`insert into `+noun.noun+` (id, state, kind, `+noun.rest+`) values (%s, st, '`+noun.kind+`', `+noun.values+`)`)...)
	}
	// A channel and a key are refused before their contact is looked for, which is
	// not there yet.
	out = append(out, details("channel", "contact", "technical", `insert into channel (id, contact, state, position, type, value, audience, changed_at)
		values (gen_random_uuid(), %s, st, 0, 'email', 'desk@example.org', 'public', now())`)...)
	out = append(out, details("contact_key", "contact", "technical", `insert into contact_key
			(contact, state, position, type, fingerprint, user_ids, algorithm, created_at, material, added_at)
		values (%s, st, 0, 'openpgp', 'BB', '{}', 'none', now(), 'none', now())`)...)
	out = append(out, details("external_id", "strategy", "strategy", `insert into external_id (entry_id, noun, state, basis, system, value)
		values (%s, 'strategy', st, 'nominated', 'un', 'new')`)...)
	out = append(out, details("source", "strategy", "strategy", `insert into source (entry_id, state, position, pointer, value, source, dated)
		values (%s, st, 9, '/x', 'x', 'x', '2026-01-01')`)...)
	for _, role := range []string{"cert", "delegate", "head_of_delegation"} {
		out = append(out, proposal(role, "contact", "patch", "actor_account()", ""))
		out = append(out, proposal(role, "contact", "patch", "(select a.id from account a where a.state = st and a.id <> actor_account() limit 1)", "anothers "))
	}
	for _, kinds := range []string{"technical", "policy", "policy,technical"} {
		of := proposal("delegate", "contact", "patch", "actor_account()", "")
		of.class += " " + strings.ReplaceAll(kinds, ",", " ")
		of.sql = strings.Replace(strings.Replace(of.sql, "base, version)", "base, version, kinds)", 1), "1, 1)", "1, 1, '{"+kinds+"}')", 1)
		out = append(out, of)
	}
	for _, does := range []string{"contest", "open", "appoint", "admit", "extend", "end"} {
		out = append(out, proposal("secretariat", "delegation", does, "actor_account()", ""))
	}
	out = append(out, proposal("secretariat", "contact", "patch", "actor_account()", ""))
	out = append(out, proposal("cert", "contact", "import", "actor_account()", ""), proposal("cert", "organisation", "patch", "actor_account()", ""))
	for variant, audience := range map[string]string{"participants": "participants", "found": "public"} {
		out = append(out, addition{table: "suggestion", needs: audience, few: variant == "found", sql: suggestionAbout(variant, audience, "actor_state()", "actor_role()", "actor_account()")})
	}
	for _, variant := range []string{"participants", "selected", "found"} {
		out = append(out, suspensions(variant)...)
	}
	for _, role := range []string{"delegate", "head_of_delegation", "secretariat"} {
		out = append(out, freezes(role)...)
	}
	out = append(out, freezesOfPeople()...)
	for _, role := range []string{"cert", "delegate", "head_of_delegation", "partner", "auditor", "secretariat"} {
		for _, none := range []bool{false, true} {
			out = append(out, credentials(role, none)...)
		}
	}
	return append(out, signingIn()...)
}

// providerBy is an identity provider that an account set.
func providerBy(account string) string {
	return `insert into identity_provider (id, delegation, state, issuer, client_id, set_by, since, version)
		values (gen_random_uuid(), gen_random_uuid(), st, 'https://evil.example', 'x', ` + account + `, now(), 0)`
}

// signingIn are a person, what is offered to one, and how one signs in. Accounts are
// nobody's: the wall stands before them.
func signingIn() []addition {
	const account = "gen_random_uuid()"
	out := []addition{
		{table: "person", sql: `insert into person (account, state, email, language, version) values (` + account + `, st, 'new@example.org', 'en', 0)`},
		{table: "session", sql: `insert into session (id, account, state) values (` + account + `, ` + account + `, st)`},
		{table: "signin_event", sql: `insert into signin_event (account, state) values (` + account + `, st)`},
	}
	for _, name := range []string{"passkey", "password", "totp", "printed_code", "known_browser", "ceremony"} {
		out = append(out, addition{table: name, few: true, none: true, sql: `insert into ` + name + ` (account) values (` + account + `)`})
	}
	out = append(out,
		addition{table: "signin_attempt", few: true, none: true, sql: `insert into signin_attempt (tries) values (0)`},
		addition{table: "token_opening", few: true, none: true, sql: `insert into token_opening (token, until)
			values (md5('token delegate EE')::uuid, clock_timestamp() + interval '1 minute')`},
		addition{table: "invitation_secret", few: true, none: true, sql: `insert into invitation_secret (invitation, link_hash, code_hash)
			values (` + account + `, '', '')`},
		addition{table: "identity_provider", sql: providerBy("actor_account()")},
		addition{table: "identity_provider", class: "anothers", sql: providerBy(account)},
		addition{table: "identity_provider_secret", few: true, none: true, sql: `
			insert into identity_provider_secret (provider, version, sealed) select i.id, h.version, '' from identity_provider i, register_head h where i.state = 'EE'
			union all
			select ` + account + `, 0, ''`},
		addition{table: "provider_subject", few: true, none: true, sql: `insert into provider_subject (provider, subject, account) values (` + account + `, 'x', ` + account + `)`},
		addition{table: "invitation_link", few: true, none: true, sql: `insert into invitation_link (link_hash, invitation, made_at) values ('', ` + account + `, now())`},
		addition{table: "notice", few: true, none: true, sql: `insert into notice (event, recipient, message_id, outcome) values ('e', 'r', 'i', 'sent')`},
		addition{table: "digest", few: true, none: true, sql: `insert into digest (account, version) values (` + account + `, 0)`},
		addition{table: "subscription", few: true, none: true, self: true, sql: `insert into subscription (id, account, number, delivery, created_at)
			values (` + account + `, actor_account(), 20, 'daily', now())`},
		addition{table: "subscription", few: true, none: true, sql: `insert into subscription (id, account, number, delivery, created_at)
			values (` + account + `, ` + account + `, 20, 'daily', now())`})
	for _, i := range []struct {
		purpose, role string
		none          bool
	}{
		{"join", "cert", false}, {"join", "delegate", false}, {"join", "head_of_delegation", false}, {"join", "auditor", true},
		{"token", "auditor", true}, {"token", "partner", true}, {"join", "secretariat", true}, {"device", "cert", false}, {"reenrol", "", false}, {"reenrol", "", true},
	} {
		class, of, role := i.purpose+" "+i.role, "st", "null"
		if i.none {
			class, of = class+" stateless", "null"
		}
		if i.role != "" {
			role = "'" + i.role + "'"
		}
		out = append(out, addition{table: "invitation", class: class, none: i.none, sql: fmt.Sprintf(`
			insert into invitation (account, state, purpose, role, language, invited_by, created_at, expires_at, version)
			values (`+account+`, %s, '%s', %s, 'en', actor_account(), now(), now() + interval '1 hour', 0)`, of, i.purpose, role)})
	}
	return out
}

func entryOf(basis, proven string) string {
	return `insert into entry (id, noun, state, kind, version, audience, tlp, basis, standing, standing_since, created_at, changed_at,
			nominated_at, confirmed_at)
		values (gen_random_uuid(), 'contact', st, 'technical', 2, 'public', 'TLP:CLEAR', '` + basis + `', 'active', now(), now(), now(),
			` + proven + `, ` + proven + `)`
}

// details are a row of an entry's that a state has nominated, and one of what
// was found.
func details(table, noun, kind, sql string) []addition {
	return []addition{
		{table: table, class: noun + " " + kind + " nominated", needs: "participants", sql: fmt.Sprintf(sql, bare(noun, kind, "participants"))},
		{table: table, class: noun + " " + kind + " found", needs: "public", sql: fmt.Sprintf(sql, bare(noun, kind, "found"))},
	}
}

// proposal is one in a role.
func proposal(role, noun, does, by, class string) addition {
	return addition{table: "proposal", class: class + "of_" + role + " " + noun + " " + does, sql: `
		insert into proposal (id, state, delegation, co_chair, does, noun, about, body, reason, changes, nouns, keys, proposed_by, proposed_role,
			proposed_at, base, version)
		values (gen_random_uuid(), st, case when '` + role + `' <> 'secretariat' then gen_random_uuid() end,
			case when '` + role + `' = 'secretariat' then 'KR' end, '` + does + `', '` + noun + `', '', '', '', '[]', '{}', '{}', ` + by + `, '` + role + `',
			now(), 1, 1)`}
}

// suspensions are one of an entry by its state, and one by the secretariat.
func suspensions(variant string) (out []addition) {
	audience := strings.Replace(variant, "found", "public", 1)
	for _, by := range []string{"state", "secretariat"} {
		out = append(out, addition{table: "suspension", class: "of_" + by + " " + audience, needs: audience, sql: `
			insert into suspension (entry, state, imposed_by, reason, since, until)
			values (md5(concat_ws(' ', 'strategy', 'strategy', '` + variant + `', st, 0))::uuid, st, '` + by + `', 'Tried', now(), now() + interval '72 hours')`})
	}
	return out
}

// suggestionAbout is a suggestion about a strategy of st, from a state, a role and an
// account.
func suggestionAbout(variant, audience, state, role, account string) string {
	return fmt.Sprintf(`insert into suggestion (id, entry, noun, state, audience, text, from_state, from_role, from_account, made_at, status, version)
		values (gen_random_uuid(), md5(concat_ws(' ', 'strategy', 'strategy', '%s', st, 0))::uuid, 'strategy', st, '%s', 'Tried', %s, %s, %s, now(), 'open', 0)`,
		variant, audience, state, role, account)
}

// freezes are one of a token by its state, and one by the secretariat.
func freezes(role string) (out []addition) {
	none, of := role == "secretariat", "st"
	if none {
		of = "'KR'"
	}
	for _, by := range []string{"state", "secretariat"} {
		out = append(out, addition{
			table: "token_freeze", class: "of_" + by + " " + role + map[bool]string{true: " stateless"}[none], none: none, few: by+role != "statedelegate",
			sql: fmt.Sprintf(`insert into token_freeze (token, imposed_by, reason, since, until)
				values (md5(concat_ws(' ', 'token', '%s', %s))::uuid, '%s', 'Tried', now(), now() + interval '24 hours')`, role, of, by),
		})
	}
	return out
}

// freezesOfPeople are of somebody of a state, of one of its heads, and of somebody of
// none, by each side; and of whoever freezes.
func freezesOfPeople() (out []addition) {
	sql := func(of, by string) string {
		return fmt.Sprintf(`insert into person_freeze (account, imposed_by, reason, since, until)
			values (%s, '%s', 'Tried', now(), now() + interval '24 hours')`, of, by)
	}
	for _, by := range []string{"state", "secretariat"} {
		out = append(out,
			addition{table: "person_freeze", class: "of_" + by, few: by != "state", sql: sql(`md5(concat_ws(' ', 'fresh', st))::uuid`, by)},
			addition{table: "person_freeze", class: "of_" + by + " head_of_delegation", few: true, sql: sql(`md5(concat_ws(' ', 'fresh', 'head_of_delegation', st))::uuid`, by)},
			addition{table: "person_freeze", class: "of_" + by + " stateless", few: true, none: true, sql: sql(`md5('fresh')::uuid`, by)},
			addition{table: "person_freeze", class: "of_" + by + " head_of_delegation stateless", few: true, none: true, self: true, sql: sql(`actor_account()`, by)})
	}
	return out
}

// credentials are a role given to somebody, and a token to act in it. Accounts
// and roles are named by ids that are nobody's: the wall stands before them.
func credentials(role string, none bool) []addition {
	class, of, coChair, under := role, "st", "null", "(select d.id from delegation d where d.state = st)"
	if none {
		class, of = role+" stateless", "null"
	}
	if role == "secretariat" {
		coChair = "'PL'"
	}
	if none || role == "partner" {
		under = "null"
	}
	return []addition{
		{table: "role_grant", class: class, none: none, few: role != "cert", sql: fmt.Sprintf(`insert into role_grant (account, role, state, co_chair, delegation, version)
			values (gen_random_uuid(), '%s', %s, %s, %s, 0)`, role, of, coChair, under)},
		{table: "token", class: class, none: none, few: role != "cert", sql: fmt.Sprintf(`insert into token (role_grant, account, state, role, label, hash, hint,
				audiences, writes, expires_at, version)
			values (gen_random_uuid(), gen_random_uuid(), %s, '%s', 'New', 'new', '', '{}', true, now(), 0)`, of, role)},
	}
}

func changeAt(version, role, account, state string) string {
	return fmt.Sprintf(`insert into trail_change (version, ordinal, at, actor, role, actor_state, act, noun, key, state, audience, audience_states)
		select %s, 9999, now(), %s, %s, %s, 'tried', 'x', 'x', st, 'public', '{}' from register_head h`, version, account, role, state)
}

func partAt(version string) string {
	return `insert into trail_part (version, ordinal, part, name, commitment)
		select ` + version + `, 0, 9999, 'x', decode(repeat('00', 32), 'hex') from register_head h`
}

func contentAt(version string) string {
	return `insert into trail_content (version, ordinal, part, salt, content, audience, audience_states)
		select ` + version + `, 0, 9999, '', '', 'public', '{}' from register_head h`
}

func leafAt(version string) string {
	return `insert into trail_leaf (version, hash) select ` + version + `, decode(repeat('00', 32), 'hex') from register_head h`
}

// attempt is a function that tries a statement for each state, undoes it, and
// returns the states for which the wall let it pass: to where another rule, of
// the schema, may yet have refused it.
func attempt(name, sql string) string {
	return `
		create function pg_temp.` + name + `(states text[]) returns text[] language plpgsql as $f$
		declare
			st text;
			passed text[] := '{}';
		begin
			foreach st in array states loop
				begin
					` + sql + `;
					raise sqlstate 'PASSD';
				exception
					when insufficient_privilege then null;
					when sqlstate 'PASSD' or integrity_constraint_violation then passed := passed || st;
				end;
			end loop;
			return passed;
		end $f$`
}

// TestRowsAreAddedByWhomTheRulesLet tries to add a row of every sort for every
// state, as everybody.
func TestRowsAreAddedByWhomTheRulesLet(t *testing.T) {
	t.Parallel()
	var cells atomic.Int64
	t.Cleanup(func() { t.Logf("%d cells", cells.Load()) })
	codes, few := states(), []string{"EE", "LV", "PL"}
	inLanes(t, func(t *testing.T, w *fixture.World, actors []actor) {
		inTransaction(t, w, func(tx pgx.Tx) {
			tries := additions()
			for i, a := range tries {
				if _, err := tx.Exec(t.Context(), attempt(fmt.Sprintf("try_%d", i), a.sql)); err != nil {
					t.Fatalf("write %s: %v", a.sql, err)
				}
			}
			for _, by := range actors {
				if enough(t) {
					return
				}
				by.as(t.Context(), t, tx)
				for i, a := range tries {
					codes := codes
					if a.few || by.odd {
						codes = few
					}
					var got []string
					if err := tx.QueryRow(t.Context(), fmt.Sprintf(`select pg_temp.try_%d($1)`, i), codes).Scan(&got); err != nil {
						t.Fatalf("insert into %s (%s) as %s: %v", a.table, a.class, by.name, err)
					}
					var wrong []string
					for _, state := range codes {
						r := row{Class: a.class, State: state}
						if a.none {
							r.State = ""
						}
						if a.self {
							r.Account = by.account
						}
						if a.needs != "" {
							r.Reads = []condition{{Audience: a.needs}}
						}
						if want := by.changes(a.table, "insert", r); slices.Contains(got, state) != want {
							wrong = append(wrong, state)
						}
						cells.Add(1)
					}
					if len(wrong) > 0 {
						t.Errorf("insert into %s (%s) as %s: the wall and the rules differ for %s", a.table, a.class, by.name, strings.Join(wrong, " "))
					}
				}
			}
		})
	})
}
