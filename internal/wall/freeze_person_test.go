package wall_test

import (
	"testing"
)

// TestAFreezeOfAPersonIsBoundedPastTheApplication tries to make more of a freeze than a day
// now and then, of others, and of whom can be spared.
func TestAFreezeOfAPersonIsBoundedPastTheApplication(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	named := accounts(t, w.World)
	headEE := actor{name: "head EE", role: head, state: "EE", account: named["head_of_delegation EE"], audiences: all, writes: true}
	secretariatKR := actor{name: "secretariat KR", role: secretariat, account: named["secretariat KR"], audiences: all, writes: true}
	person := func(who string) string { return `'` + named[who] + `'::uuid` }
	cert, delegate, poland := person("cert EE"), person("delegate EE"), person("secretariat PL")
	const anew = `since = now(), until = now() + interval '24 hours', lifted_at = null`
	of := func(account, by string) string {
		return ` where account = ` + account + ` and imposed_by = '` + by + `'`
	}
	for _, tt := range []struct {
		what   string
		by     actor
		before string // what happened before
		sql    string
		done   bool
	}{
		{"lifting the own", headEE, ``, `update person_freeze set lifted_at = now()` + of(cert, "state"), true},
		{"lifting the own", secretariatKR, ``, `update person_freeze set lifted_at = now()` + of(cert, "secretariat"), true},
		{"beginning anew", headEE, ``, `update person_freeze set reason = 'New', ` + anew + of(cert, "state"), true},
		{"beginning anew", secretariatKR, ``, `update person_freeze set reason = 'New', ` + anew + of(cert, "secretariat"), true},
		{"beginning anew, within the week", headEE, `update person_freeze set since = now() - interval '1 hour', until = now() + interval '23 hours'`, `update person_freeze set ` + anew + of(cert, "state"), true},
		{"beginning anew, within the week", secretariatKR, `update person_freeze set since = now() - interval '167 hours', until = now() - interval '143 hours'`, `update person_freeze set ` + anew + of(cert, "secretariat"), false},
		{"beginning anew, a week later", secretariatKR, `update person_freeze set since = now() - interval '168 hours', until = now() - interval '144 hours'`, `update person_freeze set ` + anew + of(cert, "secretariat"), true},
		{"one of a co-chair's two", secretariatKR, `insert into role_grant (account, role, co_chair, version) values (md5('fresh')::uuid, 'secretariat', 'PL', 0);
			insert into token (role_grant, account, role, label, hash, hint, audiences, writes, expires_at, version)
			select id, account, role, 'x', 'x', '', '{}', true, now() + interval '1 hour', 0 from role_grant where account = md5('fresh')::uuid`,
			`update person_freeze set ` + anew + of(poland, "secretariat"), true},
		{"the last of a co-chair", secretariatKR, ``, `update person_freeze set ` + anew + of(poland, "secretariat"), false},
		{"lifting the last of a co-chair", secretariatKR, ``, `update person_freeze set lifted_at = now()` + of(poland, "secretariat"), true},
		{"the last of a state, the others being frozen", secretariatKR, `insert into person_freeze (account, imposed_by, reason, since, until)
			select account, 'state', 'x', now(), now() + interval '24 hours' from role_grant
			where state = 'EE' and account <> ` + delegate + ` on conflict (account, imposed_by) do update set since = excluded.since, until = excluded.until`,
			`update person_freeze set ` + anew + of(delegate, "secretariat"), false},
		{"oneself", secretariatKR, ``, `update person_freeze set ` + anew + of(person("secretariat KR"), "secretariat"), false},
		{"another head", headEE, ``, `insert into person_freeze (account, imposed_by, reason, since, until)
			values (md5(concat_ws(' ', 'fresh', 'head_of_delegation', 'EE'))::uuid, 'state', 'x', now(), now() + interval '24 hours')`, false},
		{"changing the reason alone", headEE, ``, `update person_freeze set reason = 'Another'` + of(cert, "state"), false},
		{"lifting what was lifted, later", headEE, `update person_freeze set lifted_at = since`, `update person_freeze set lifted_at = now()` + of(cert, "state"), false},
		{"bringing back what was lifted", headEE, `update person_freeze set lifted_at = since`, `update person_freeze set lifted_at = null` + of(cert, "state"), false},
		{"handing it to another", headEE, `delete from person_freeze where account = ` + delegate, `update person_freeze set account = ` + delegate + `, ` + anew + of(cert, "state"), false},
		{"handing it to the secretariat", headEE, `delete from person_freeze where imposed_by = 'secretariat'`, `update person_freeze set imposed_by = 'secretariat'` + of(cert, "state"), false},
	} {
		tag, err := w.after(t, tt.before, tt.by, tt.sql)
		none := err == nil && tag.RowsAffected() == 0 // what one may not touch is not there to be touched
		if tt.done && (err != nil || tag.RowsAffected() != 1) || !tt.done && !refused(err) && !none {
			t.Errorf("%s by %s = %s, %v, want that it is done: %t", tt.what, tt.by.name, tag, err, tt.done)
		}
	}
}

// TestWhoseACredentialIsIsForTheirStateAndWhoOversees asks, as everybody, whose Estonia's
// head's token, session and account are.
func TestWhoseACredentialIsIsForTheirStateAndWhoOversees(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	named := accounts(t, w.World)
	for _, by := range []struct {
		actor
		told bool
	}{
		{actor{name: "public", role: public}, false},
		{actor{name: "partner", role: partner, account: named["partner"]}, false},
		{actor{name: "partner EE", role: partner, state: "EE", account: named["partner EE"]}, false},
		{actor{name: "head LV", role: head, state: "LV", account: named["head_of_delegation LV"], writes: true}, false},
		{actor{name: "cert EE", role: cert, state: "EE", account: named["cert EE"]}, true},
		{actor{name: "head EE", role: head, state: "EE", account: named["head_of_delegation EE"], writes: true}, true},
		{actor{name: "secretariat", role: secretariat, account: named["secretariat KR"], writes: true}, true},
		{actor{name: "auditor", role: auditor, account: named["auditor"]}, true},
	} {
		for _, table := range []string{"token", "session"} {
			tag, err := w.after(t, `create temp table asked on commit drop as
				select x.id from `+table+` x join account a on a.id = x.account where a.name = 'head_of_delegation EE' limit 1;
				insert into asked select id from account where name = 'head_of_delegation EE';
				grant select on asked to pocreg_server`,
				by.actor, `select o.account from asked, owner_of(asked.id) o where o.head and o.state = 'EE' and o.account = '`+named["head_of_delegation EE"]+`'`)
			if want := map[bool]int64{true: 2}[by.told]; err != nil || tag.RowsAffected() != want {
				t.Errorf("owner_of() of a %s and an account as %s tells %d, %v, want %d", table, by.name, tag.RowsAffected(), err, want)
			}
		}
	}
}
