package wall_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/fixture"
)

// granted is what the server's role may do to each table behind row-level
// security, by verb. What it may not do is refused whoever is asking.
var granted = map[string]string{
	"entry": "select insert update", "organisation": "select insert update", "contact": "select insert update",
	"strategy": "select insert update", "channel": "select insert update",
	"external_id": "select insert delete", "source": "select insert delete", "contact_key": "select insert delete",
	"state": "select insert", "participation": "select insert", "co_chair": "select insert", "membership": "select insert",
	"state_instruments": "select insert update", "delegation": "select insert update",
	"account": "select insert", "role_grant": "select insert update", "token": "select insert update",
	"token_freeze": "select insert update", "person_freeze": "select insert update",
	"search_value": "select", "suspension": "select insert update", "suggestion": "select insert update", "proposal": "select insert update",
	"person": "select insert update", "invitation": "select insert update", "invitation_secret": "select insert update",
	"session": "select insert update delete", "signin_event": "select insert delete", "ceremony": "select insert delete",
	"passkey": "select insert update delete", "password": "select insert update delete", "totp": "select insert update delete",
	"printed_code": "select insert update delete", "known_browser": "select insert update delete", "signin_attempt": "select insert update delete",
	"identity_provider": "select insert update", "identity_provider_secret": "select insert update delete",
	"provider_subject": "select insert update delete",
	"token_opening":    "select insert update delete", "invitation_link": "select insert", "notice": "select insert delete", "digest": "select insert update",
	"subscription": "select insert delete",
	"trail_change": "select insert", "trail_part": "select insert", "trail_content": "select insert", "trail_leaf": "select insert",
}

// beside are the tables that hold nothing of any state.
var beside = map[string]string{
	"register_head": "select update(version)", "heartbeat": "select update(at)", "schema_migrations": "select",
	"idempotency": "select insert delete", "token_use": "select insert update",
	// Jobs: kinds of work and ids.
	"notice_reader": "select update(version)", "signin_notice": "select insert delete",
	"river_job": "select insert update delete", "river_leader": "select insert update delete", "river_queue": "select insert update delete",
	"river_migration": "", "river_notification": "",
}

// closed are the tables of states that only functions and views in their owner's
// name reach: the index of what can be searched, and who read what.
var closed = []string{"access_day", "access_read", "search_audience", "search_due", "search_text", "search_word"}

// inName are the views and the functions that run in their owner's name, past
// row-level security: each holds its own rule, and has a test of its own.
var inName = []string{
	"access_days", "access_expire", "access_note", "access_note_lost", "access_people", "account_acts", "account_can_be_spared", "account_is_frozen", "author_stands", "credential_is_strong", "credential_stands", "credential_strength",
	"email_is_taken", "end_sessions_of_provider", "mandate_list", "oversight_list", "owner_of", "person_comes_in", "person_signs_in", "provider_stands", "role_stands", "search_entries",
	"search_follow", "search_frequent", "search_note", "search_readable", "search_scope", "search_spelling", "session_wants_provider",
	"state_has_technical_contact", "state_is_represented", "state_takes_two", "suggestions_open",
	"token_can_be_spared", "withheld_entry",
}

func list(t *testing.T, w *fixture.World, sql string, args ...any) []string {
	t.Helper()
	rows, err := w.DB.Owner.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryTableOfStatesStandsBehindTheWall(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	got := list(t, w, `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'f', 'm') order by 1`)
	want := slices.Sorted(maps.Keys(granted))
	want = slices.Concat(want, closed, slices.Collect(maps.Keys(beside)))
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables mismatch (-known here +in the database): say which wall a new one stands behind\n%s", diff)
	}
	open := list(t, w, `
		select distinct c.relname::text
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
		and (not c.relrowsecurity or not c.relforcerowsecurity)
		order by 1`)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(beside)), open); diff != "" {
		t.Errorf("tables without row-level security, enabled and forced, mismatch (-want +got):\n%s", diff)
	}
	ofStates := list(t, w, `
		select distinct c.relname::text
		from pg_class c
		join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname in ('state', 'entry', 'contact')`)
	for _, name := range ofStates {
		if slices.Contains(closed, name) || name == "river_job" { // a job's state is none of the 46
			continue
		}
		if granted[name] == "" {
			t.Errorf("%s has rows of states, and stands before the wall", name)
		}
		if !slices.ContainsFunc(tables, func(of table) bool { return of.name == name }) {
			t.Errorf("%s has rows of states, and nobody tries to reach them", name)
		}
	}
	for name := range granted {
		if !slices.ContainsFunc(tables, func(of table) bool { return of.name == name }) {
			t.Errorf("nobody tries to reach the rows of %s", name)
		}
	}
}

func TestEveryVerbGrantedHasItsPolicy(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	for name, verbs := range granted {
		policies := list(t, w, `select distinct lower(cmd) from pg_policies where schemaname = 'public' and tablename = $1 order by 1`, name)
		want := slices.Sorted(strings.FieldsSeq(verbs))
		if !slices.Equal(policies, want) {
			t.Errorf("%s has policies for %v, want for %v", name, policies, want)
		}
	}
	if loose := list(t, w, `
		select tablename || '.' || policyname
		from pg_policies
		where schemaname = 'public' and (permissive <> 'PERMISSIVE' or roles <> '{public}' or cmd = 'ALL')`); len(loose) != 0 {
		t.Errorf("policies for all verbs, for a role or restrictive: %v, want none", loose)
	}
}

func TestTheServersRoleHasNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	got := map[string]string{}
	for _, line := range list(t, w, `
		select c.relname || ' ' || coalesce((
			select string_agg(lower(g.privilege_type), ' ' order by array_position(array['SELECT', 'INSERT', 'UPDATE', 'DELETE'], g.privilege_type))
			from aclexplode(c.relacl) g
			where g.grantee = 'pocreg_server'::regrole), '') || coalesce((
			select string_agg(' ' || lower(g.privilege_type) || '(' || a.attname || ')', '')
			from pg_attribute a
			cross join lateral aclexplode(a.attacl) g
			where a.attrelid = c.oid and g.grantee = 'pocreg_server'::regrole), '')
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')`) {
		name, verbs, _ := strings.Cut(line, " ")
		got[name] = verbs
	}
	want := map[string]string{"access_days": "select", "access_people": "select", "withheld_entry": "select"}
	maps.Copy(want, granted)
	maps.Copy(want, beside)
	for _, name := range closed {
		want[name] = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what pocreg_server may do mismatch (-want +got):\n%s", diff)
	}
	for what, sql := range map[string]string{
		"rights given to everybody": `
			select c.relname::text from pg_class c cross join lateral aclexplode(c.relacl) g
			where c.relnamespace = 'public'::regnamespace and g.grantee = 0`,
		"what pocreg_server owns": `
			select c.relname::text from pg_class c where c.relowner = 'pocreg_server'::regrole
			union all
			select p.proname::text from pg_proc p where p.proowner = 'pocreg_server'::regrole`,
		"roles that pocreg_server is a member of": `select roleid::regrole::text from pg_auth_members where member = 'pocreg_server'::regrole`,
		"what pocreg_server may be beside itself": `
			select rolname::text from pg_roles
			where rolname = 'pocreg_server' and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)`,
		"where pocreg_server may make things that stay": `
			select nspname::text from pg_namespace
			where has_schema_privilege('pocreg_server', oid, 'create') and nspname !~ '^pg_(toast_)?temp'`,
	} {
		if got := list(t, w, sql); len(got) != 0 {
			t.Errorf("%s: %v, want nothing", what, got)
		}
	}
}

func TestWhatRunsInItsOwnersNameIsKnown(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	got := list(t, w, `
		select p.proname::text
		from pg_proc p
		where p.pronamespace = 'public'::regnamespace and p.prosecdef
		union all
		select c.relname::text
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
		order by 1`)
	if !slices.Equal(got, inName) {
		t.Errorf("views and functions in their owner's name: %v, want %v", got, inName)
	}
	unfenced := list(t, w, `
		select p.proname::text
		from pg_proc p
		where p.pronamespace = 'public'::regnamespace
		and (p.prosecdef or exists (select from unnest(p.proconfig) c where c like 'search_path=%'))
		and not coalesce(p.proconfig, '{}') @> array['search_path=pg_catalog, public, pg_temp']
		union all
		select c.relname::text
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
		and not coalesce(c.reloptions, '{}') @> array['security_barrier=true']`)
	if len(unfenced) != 0 {
		t.Errorf("%v: want a search path of its own for a function, with the temporary tables last, a security barrier for a view", unfenced)
	}
}

// TestVerbsThatAreNotGrantedAreRefused tries them, as everybody.
func TestVerbsThatAreNotGrantedAreRefused(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	for name, verbs := range granted {
		statements := map[string]string{
			"insert": `insert into ` + name + ` default values`, "update": `update ` + name + ` set state = null`,
			"delete": `delete from ` + name, "truncate": `truncate ` + name + ` cascade`,
		}
		if slices.Contains([]string{"trail_part", "trail_content", "trail_leaf"}, name) {
			statements["update"] = `update ` + name + ` set version = 0`
		}
		if name == "ceremony" {
			statements["update"] = `update ceremony set kind = ''`
		}
		if slices.Contains([]string{"notice", "invitation_link"}, name) {
			statements["update"] = `update ` + name + ` set ` + map[string]string{"notice": "event = ''", "invitation_link": "made_at = now()"}[name]
		}
		if name == "state" {
			statements["update"] = `update state set alpha2 = null`
		}
		for verb, sql := range statements {
			if slices.Contains(strings.Fields(verbs), verb) {
				continue
			}
			for role := range roleNames {
				inTransaction(t, w, func(tx pgx.Tx) {
					by := actor{name: roleNames[role], role: role, state: "EE", audiences: all, writes: true, paired: true}
					by.as(t.Context(), t, tx)
					if _, err := tx.Exec(t.Context(), sql); !refused(err) {
						t.Errorf("%s as %s = %v, want that it is refused", sql, by.name, err)
					}
				})
			}
		}
	}
}

// TestNobodyReachesWhatIsClosed tries each verb on each table, as everybody, and
// what would make the index of the search anew.
func TestNobodyReachesWhatIsClosed(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	statements := []string{`select search_rebuild()`, `select search_index('{}')`}
	for _, name := range closed {
		statements = append(statements, `select count(*) from `+name, `insert into `+name+` default values`, `delete from `+name, `truncate `+name)
	}
	for _, sql := range statements {
		for role := range roleNames {
			inTransaction(t, w, func(tx pgx.Tx) {
				by := actor{name: roleNames[role], role: role, state: "EE", audiences: all, writes: true, paired: true}
				by.as(t.Context(), t, tx)
				if _, err := tx.Exec(t.Context(), sql); !refused(err) {
					t.Errorf("%s as %s = %v, want that it is refused", sql, by.name, err)
				}
			})
		}
	}
}
