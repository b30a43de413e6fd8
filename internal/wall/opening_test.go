package wall_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestATokenOpensOnlyByWhoHasJustSignedIn opens one in the registry's name.
func TestATokenOpensOnlyByWhoHasJustSignedIn(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	registry := actor{name: "the registry", role: system, audiences: all}
	const open = `insert into token_opening (token, until) values (md5('token delegate EE')::uuid, clock_timestamp() + interval '%s')`
	const longer = `update token_opening set until = clock_timestamp() + interval '%s' where token = md5('token head_of_delegation EE')::uuid`
	for _, try := range []struct {
		name, before, after string
		may                 bool
	}{
		{"who has just signed in", `select`, "5 minutes", true},
		{"who signed in too long ago", `update session set strong_until = now() - interval '1 second'`, "1 minute", false},
		{"whose session has ended", `update session set ended_at = now()`, "1 minute", false},
		{"who has a duty device only", `update session set kind = 'duty_device', idle_until = null`, "1 minute", false},
		{"another of the same state", `update session set strong_until = null where account in (select account from token where role in ('delegate', 'head_of_delegation') and state = 'EE')`, "1 minute", false},
		{"who would have it open for longer", `select`, "6 minutes", false},
	} {
		for what, sql := range map[string]string{"opening": open, "keeping open": longer} {
			tag, err := w.after(t, try.before, registry, fmt.Sprintf(sql, try.after))
			if done := err == nil && tag.RowsAffected() == 1; done != try.may || err != nil && !refused(err) {
				t.Errorf("%s, by %s = %v, want it done: %t", what, try.name, err, try.may)
			}
		}
	}
}

// TestTheStrengthOfATokenIsItsPersons asks what a token is enough for.
func TestTheStrengthOfATokenIsItsPersons(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	const key = `insert into passkey (id, account, credential, record, label, created_at)
		select gen_random_uuid(), account, 'x', '', 'Key', now() from token where id = md5('token head_of_delegation EE')::uuid; `
	const person = `insert into person (account, state, email, language, version)
		select account, state, 'a@example.org', 'en', 1 from token where id = md5('token head_of_delegation EE')::uuid on conflict do nothing; `
	for name, try := range map[string]struct{ before, want string }{
		"of who signs in, opened":     {person + key, "strong"},
		"of who signs in":             {person + key + `delete from token_opening`, "not opened"},
		"opened long ago":             {person + key + `update token_opening set until = now() - interval '1 second'`, "not opened"},
		"of who has no way in":        {`delete from passkey; delete from password; delete from provider_subject; delete from token_opening`, "strong"},
		"of who was disabled":         {person + key + `update person set disabled_at = now(); delete from token_opening`, "strong"},
		"beside one of who signs in":  {`delete from passkey; delete from password; delete from provider_subject; ` + strings.ReplaceAll(person+key, "head_of_delegation", "delegate") + `delete from token_opening`, "strong"},
		"another's, which was opened": {person + key + `update token_opening set token = md5('token delegate EE')::uuid where token = md5('token head_of_delegation EE')::uuid`, "not opened"},
	} {
		tx, err := w.DB.Owner.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), try.before); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got string
		var strong bool
		err = tx.QueryRow(t.Context(), `select credential_strength(id), credential_is_strong(id) from token where id = md5('token head_of_delegation EE')::uuid`).Scan(&got, &strong)
		if err != nil || got != try.want || strong != (try.want == "strong") {
			t.Errorf("the strength of a token %s = %q, %t, %v, want %q", name, got, strong, err, try.want)
		}
		if err := tx.Rollback(t.Context()); err != nil && err != pgx.ErrTxClosed {
			t.Fatal(err)
		}
	}
}

// TestTheStrengthOfASessionIsAMatterOfMinutes asks what a session is enough for.
func TestTheStrengthOfASessionIsAMatterOfMinutes(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	const session = `(select id from session where account = (select account from token where id = md5('token head_of_delegation EE')::uuid) limit 1)`
	for until, want := range map[string]string{"null": "signed in too long ago", "now() - interval '1 second'": "signed in too long ago", "now() + interval '1 minute'": "strong"} {
		tx, err := w.DB.Owner.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if _, err = tx.Exec(t.Context(), `update session set strong_until = `+until); err == nil {
			err = tx.QueryRow(t.Context(), `select credential_strength(`+session+`)`).Scan(&got)
		}
		if err != nil || got != want {
			t.Errorf("the strength of a session until %s = %q, %v, want %q", until, got, err, want)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
