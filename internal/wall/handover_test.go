package wall_test

import (
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestNoRowIsHandedOver tries to make of a row that one may change another's,
// or what one may not make.
func TestNoRowIsHandedOver(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	named := accounts(t, w)
	official := func(role int, state string) actor {
		return actor{
			name: roleNames[role] + " " + state, role: role, state: state, account: named[roleNames[role]+" "+state],
			audiences: all, writes: true,
		}
	}
	delegateEE, headEE, certEE := official(delegate, "EE"), official(head, "EE"), official(cert, "EE")
	reader := delegateEE
	reader.writes = false
	secretariatKR := actor{name: "secretariat", role: secretariat, account: named["secretariat KR"], audiences: all, writes: true}
	registry := actor{name: "the registry", role: system, audiences: all, writes: true}
	pairKR := actor{name: "a pair", role: pair, account: named["secretariat KR"], audiences: all, writes: true, paired: true}
	for _, tt := range []struct {
		by  actor
		sql string
	}{
		{delegateEE, `update register_head set version = version + 1`},
		{delegateEE, `update delegation set channels = '[]', version = 1 where state = 'EE'`},
		{pairKR, `update delegation set status = 'contested' where state = 'EE'`},
		{certEE, `update entry set version = 1, confirmed_at = now() where state = 'EE' and kind = 'technical' and noun = 'contact'`},
		{certEE, `update channel set dead_at = now(), confirmed_at = now() where state = 'EE'`},
		{delegateEE, `update channel set value = 'other@example.org' where state = 'EE'`},
		{headEE, `update token set revoked_at = now(), version = 1 where state = 'EE' and role = 'cert'`},
		{registry, `update token set revoked_at = now(), version = 1 where state = 'EE' and role = 'head_of_delegation'`},
		{pairKR, `update role_grant set until = now() + interval '365 days', version = 2 where role = 'auditor'`},
		{pairKR, `update role_grant set revoked_at = now(), version = 2 where role = 'auditor'`},
		{headEE, `update suspension set lifted_at = now() where state = 'EE'`},
		{pairKR, `update suspension set lifted_at = now() where state = 'EE'`},
		{headEE, `update person set disabled_at = now(), version = 2 where state = 'EE'`},
		{headEE, `update invitation set withdrawn_at = now(), version = 2 where state = 'EE' and purpose = 'join' and role = 'delegate'`},
		{delegateEE, `update invitation set confirmed_at = now(), confirmed_by = actor_account(), version = 2 where state = 'EE' and purpose = 'reenrol'`},
		{delegateEE, `update session set ended_at = now() where account = actor_account()`},
		{headEE, `update session set ended_at = now() where state = 'EE'`},
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			tt.by.as(t.Context(), t, tx)
			if tag, err := tx.Exec(t.Context(), tt.sql); err != nil || tag.RowsAffected() == 0 {
				t.Errorf("%s as %s = %s, %v, want that it is done", tt.sql, tt.by.name, tag, err)
			}
		})
	}
	for _, tt := range []struct {
		by  actor
		sql string
	}{
		{delegateEE, `update entry set state = 'LV' where state = 'EE' and version = 1`},
		{delegateEE, `update state_instruments set state = 'QQ' where state = 'EE'`},
		{delegateEE, `update delegation set state = 'LV' where state = 'EE'`},
		{secretariatKR, `update entry set basis = 'nominated', nominated_at = now(), confirmed_at = now() where basis = 'public_source' and state = 'EE'`},
		{certEE, `update entry set kind = 'policy' where state = 'EE' and kind = 'technical' and noun = 'contact' and version = 1`},
		{certEE, `update entry set state = 'LV' where state = 'EE' and kind = 'technical' and noun = 'contact' and version = 1`},
		{headEE, `update token set role = 'head_of_delegation' where state = 'EE' and role = 'cert'`},
		{headEE, `update token set state = 'LV' where state = 'EE' and role = 'cert'`},
		{headEE, `update token set writes = true, expires_at = now() + interval '9 years' where state = 'EE' and role = 'cert'`},
		{registry, `update token set hash = 'ours' where state = 'EE' and role = 'head_of_delegation'`},
		{headEE, `update role_grant set state = 'LV' where state = 'EE' and role = 'delegate'`},
		{headEE, `update token set state = null where state = 'EE' and role = 'partner'`},
		{headEE, `update role_grant set role = 'head_of_delegation' where state = 'EE' and role = 'delegate'`},
		// A mandate is moved for a year at most, and says what it said.
		{pairKR, `update role_grant set until = now() + interval '367 days' where role = 'auditor'`},
		{pairKR, `update role_grant set until = now() - interval '1 hour' where role = 'auditor'`},
		{pairKR, `update role_grant set until = null, since = null, basis = null where role = 'auditor'`},
		{pairKR, `update role_grant set basis = 'Another' where role = 'auditor'`},
		{pairKR, `update role_grant set since = since - interval '1 year' where role = 'auditor'`},
		{pairKR, `update role_grant set account = actor_account() where role = 'auditor'`},
		{pairKR, `insert into role_grant (account, role, basis, since, until, version)
			select account, 'partner', 'A note', now(), now() + interval '400 days', 2 from role_grant where role = 'auditor'`},
		{registry, `insert into token (role_grant, account, role, label, hash, hint, audiences, writes, expires_at, version)
			select id, account, role, 'ours', 'ours', '', '{public,participants,selected}', false, now() + interval '1 day', (select version from register_head)
			from role_grant where role = 'auditor'`},
		{pairKR, `update token set role = 'delegate' where state = 'EE' and role = 'head_of_delegation'`},
		// A CERT says what is alive, not what it is; a delegation keeps its own channels.
		{certEE, `update entry set audience = 'public' where state = 'EE' and kind = 'technical' and noun = 'contact' and audience = 'participants'`},
		{certEE, `update entry set standing = 'retired' where state = 'EE' and kind = 'technical' and noun = 'contact'`},
		{certEE, `update channel set value = 'other@example.org' where state = 'EE'`},
		{certEE, `update channel set audience = 'public' where state = 'EE' and audience = 'participants'`},
		{delegateEE, `update delegation set status = 'contested' where state = 'EE'`},
		{delegateEE, `update delegation set authority = 'My own' where state = 'EE'`},
		{headEE, `update delegation set since = '2000-01-01' where state = 'EE'`},
		{headEE, `update delegation set status = 'closed', until = now() where state = 'EE'`},
		// Neither the state nor the secretariat speaks for the other.
		{headEE, `update suspension set imposed_by = 'secretariat' where state = 'EE'`},
		{headEE, `update suspension set state = 'LV' where state = 'EE'`},
		{pairKR, `update suspension set imposed_by = 'state' where state = 'EE'`},
		// A head disables people, and never speaks as one.
		{headEE, `update person set email = 'mine@example.org', disabled_at = now() where state = 'EE'`},
		{headEE, `update person set state = 'LV', disabled_at = now() where state = 'EE'`},
		{headEE, `update person set version = 2 where state = 'EE'`},
		{headEE, `update invitation set accepted_at = now() where state = 'EE' and purpose = 'join' and role = 'delegate'`},
		{headEE, `update invitation set confirmed_at = now(), confirmed_by = actor_account() where state = 'EE' and purpose = 'reenrol'`},
		{delegateEE, `update invitation set confirmed_at = now(), confirmed_by = invited_by where state = 'EE' and purpose = 'reenrol'`},
		{headEE, `update invitation set role = 'cert' where state = 'EE' and role = 'delegate'`},
		{headEE, `update invitation set email = 'mine@example.org' where state = 'EE' and role = 'delegate'`},
		{headEE, `update invitation set account = actor_account() where state = 'EE' and role = 'delegate'`},
		{headEE, `update invitation set expires_at = expires_at + interval '1 day' where state = 'EE' and role = 'delegate'`},
		{registry, `update invitation set accepted_at = now() where state = 'EE' and purpose = 'reenrol'`},
		{registry, `update invitation set role = 'delegate' where state = 'EE' and purpose = 'device'`},
		{registry, `insert into role_grant (account, role, state, delegation, version)
			select account, 'delegate', 'EE', delegation, (select version from register_head) from role_grant where state = 'EE' and role = 'cert'`},
		{registry, `insert into person (account, state, email, language, version)
			select id, 'EE', 'mine@example.org', 'en', (select version from register_head) from account where state = 'EE' and kind = 'system'`},
		{headEE, `update session set hash = 'ours', ended_at = now() where state = 'EE'`},
		{headEE, `update session set expires_at = expires_at + interval '1 day' where state = 'EE'`},
		{delegateEE, `update session set seen_at = now(), idle_until = now() + interval '1 day' where account = actor_account()`},
		{registry, `update session set role_grant = null where state = 'EE'`},
		// Versions are given out one by one, to who may write.
		{delegateEE, `update register_head set version = version + 2`},
		{delegateEE, `update register_head set version = version - 1`},
		{delegateEE, `update register_head set version = version`},
		{delegateEE, `update register_head set epoch = epoch`},
		{reader, `update register_head set version = version + 1`},
		// A detail goes with its entry, whatever state it says it is of.
		{delegateEE, `update organisation set id = ` + lv("organisation", "csirt", 1) + ` where state = 'EE'`},
		{delegateEE, `update contact set id = ` + lv("contact", "technical", 1) + ` where state = 'EE'`},
		{delegateEE, `update strategy set id = ` + lv("strategy", "strategy", 1) + ` where state = 'EE'`},
		{delegateEE, `update channel set contact = ` + lv("contact", "technical", 0) + ` where state = 'EE'`},
		{delegateEE, `insert into external_id (entry_id, noun, state, basis, system, value)
			values (` + lv("organisation", "csirt", 0) + `, 'organisation', 'EE', 'nominated', 'un', 'new')`},
		{delegateEE, `insert into source (entry_id, state, position, pointer, value, source, dated)
			values (` + lv("organisation", "csirt", 0) + `, 'EE', 9, '/x', 'x', 'x', '2026-01-01')`},
		{delegateEE, `insert into channel (id, contact, state, position, type, value, audience, changed_at)
			values (gen_random_uuid(), ` + lv("contact", "technical", 0) + `, 'EE', 0, 'email', 'desk@example.org', 'public', now())`},
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			tt.by.as(t.Context(), t, tx)
			if tag, err := tx.Exec(t.Context(), tt.sql); !refused(err) {
				t.Errorf("%s as %s = %s, %v, want that it is refused", tt.sql, tt.by.name, tag, err)
			}
		})
	}
}

// TestATokenThatEndedStaysSo tries to bring one back.
func TestATokenThatEndedStaysSo(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	by := actor{name: "head EE", role: head, state: "EE", audiences: all, writes: true}
	inTransaction(t, w, func(tx pgx.Tx) {
		by.as(t.Context(), t, tx)
		tag, err := tx.Exec(t.Context(), `update token set revoked_at = now() where role = 'cert'`)
		if err != nil || tag.RowsAffected() != 1 {
			t.Fatalf("ending a token = %s, %v, want that one is ended", tag, err)
		}
		if tag, err := tx.Exec(t.Context(), `update token set revoked_at = null where role = 'cert'`); !refused(err) {
			t.Errorf("bringing a token back = %s, %v, want that it is refused", tag, err)
		}
	})
}

// TestWhatHasEndedStaysSo tries to go on with a session, a person and an invitation.
func TestWhatHasEndedStaysSo(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	headEE := actor{name: "head EE", role: head, state: "EE", account: accounts(t, w)["head_of_delegation EE"], audiences: all, writes: true}
	registry := actor{name: "the registry", role: system, audiences: all, writes: true}
	for _, tt := range []struct{ end, again string }{
		{`update session set ended_at = now() where state = 'EE'`, `update session set ended_at = null where state = 'EE'`},
		{`update invitation set withdrawn_at = now() where state = 'EE' and role = 'delegate'`, `update invitation set withdrawn_at = null where state = 'EE' and role = 'delegate'`},
		{`update person set disabled_at = now() where state = 'EE'`, `update person set disabled_at = null where state = 'EE'`},
	} {
		for _, by := range []actor{headEE, registry} {
			if by.role == system && tt.again[:13] == "update person" {
				continue // who is invited anew, and accepts, is a person again
			}
			inTransaction(t, w, func(tx pgx.Tx) {
				headEE.as(t.Context(), t, tx)
				if tag, err := tx.Exec(t.Context(), tt.end); err != nil || tag.RowsAffected() == 0 {
					t.Fatalf("%s = %s, %v, want that it is done", tt.end, tag, err)
				}
				by.as(t.Context(), t, tx)
				if tag, err := tx.Exec(t.Context(), tt.again); !refused(err) {
					t.Errorf("%s as %s = %s, %v, want that it is refused", tt.again, by.name, tag, err)
				}
			})
		}
	}
}

// lv is an entry of Latvia's for its participants.
func lv(noun, kind string, version int) string {
	return `md5(concat_ws(' ', '` + noun + `', '` + kind + `', 'participants', 'LV', ` + strconv.Itoa(version) + `))::uuid`
}
