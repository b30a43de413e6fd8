package wall_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/postgres"
)

// worldPast is a world of which more can be made than the server may.
type worldPast struct {
	*fixture.World
	superuser *pgxpool.Pool
}

func withSuperuser(t *testing.T) worldPast {
	t.Helper()
	w := seeded(t)
	pool, err := postgres.Open(t.Context(), w.DB.AdminURL, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return worldPast{w, pool}
}

// after runs a statement as the server, in an actor's name, after what happened
// before; and undoes both.
func (w worldPast) after(t *testing.T, before string, by actor, sql string) (pgconn.CommandTag, error) {
	t.Helper()
	tx, err := w.superuser.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // undoing is all there is to it
	if _, err := tx.Exec(t.Context(), before+`; set local role pocreg_server`); err != nil {
		t.Fatalf("%s: %v", before, err)
	}
	by.as(t.Context(), t, tx)
	return tx.Exec(t.Context(), sql)
}

// TestAFreezeIsBoundedPastTheApplication tries to make more of a freeze than a day
// now and then.
func TestAFreezeIsBoundedPastTheApplication(t *testing.T) {
	t.Parallel()
	w := withSuperuser(t)
	named := accounts(t, w.World)
	headEE := actor{name: "head EE", role: head, state: "EE", account: named["head_of_delegation EE"], audiences: all, writes: true}
	secretariatKR := actor{name: "secretariat KR", role: secretariat, account: named["secretariat KR"], audiences: all, writes: true}
	tokenOf := func(who string) string {
		var id string
		err := w.DB.Owner.QueryRow(t.Context(), `
			select t.id::text from token t join account a on a.id = t.account join token_freeze f on f.token = t.id
			where a.name = $1 limit 1`, who).Scan(&id)
		if err != nil {
			t.Fatalf("the token of %s: %v", who, err)
		}
		return `'` + id + `'::uuid`
	}
	cert, delegate, korea := tokenOf("cert EE"), tokenOf("delegate EE"), tokenOf("secretariat KR")
	const anew = `since = now(), until = now() + interval '24 hours', lifted_at = null`
	of := func(token, by string) string { return ` where token = ` + token + ` and imposed_by = '` + by + `'` }
	for _, tt := range []struct {
		what   string
		by     actor
		before string // what happened before
		sql    string
		done   bool
	}{
		{"lifting the own", headEE, ``, `update token_freeze set lifted_at = now()` + of(cert, "state"), true},
		{"lifting the own", secretariatKR, ``, `update token_freeze set lifted_at = now()` + of(cert, "secretariat"), true},
		{"beginning anew", headEE, ``, `update token_freeze set reason = 'New', ` + anew + of(cert, "state"), true},
		{"beginning anew, within the week", headEE, `update token_freeze set since = now() - interval '1 hour', until = now() + interval '23 hours'`, `update token_freeze set ` + anew + of(cert, "state"), true},
		{"beginning anew", secretariatKR, ``, `update token_freeze set reason = 'New', ` + anew + of(cert, "secretariat"), true},
		{"beginning anew, within the week", secretariatKR, `update token_freeze set since = now() - interval '167 hours', until = now() - interval '143 hours'`, `update token_freeze set ` + anew + of(cert, "secretariat"), false},
		{"beginning anew, a week later", secretariatKR, `update token_freeze set since = now() - interval '168 hours', until = now() - interval '144 hours'`, `update token_freeze set ` + anew + of(cert, "secretariat"), true},
		{"the last of a co-chair", secretariatKR, `update token set revoked_at = now() where role = 'secretariat' and label = 'A test'`, `update token_freeze set ` + anew + of(korea, "secretariat"), false},
		{"lifting the last of a co-chair", secretariatKR, `update token set revoked_at = now() where role = 'secretariat' and label = 'A test'`, `update token_freeze set lifted_at = now()` + of(korea, "secretariat"), true},
		{"the last of a co-chair, that was never frozen", secretariatKR, `delete from token_freeze; update token set revoked_at = now() where role = 'secretariat' and label = 'A test'`,
			`insert into token_freeze (token, imposed_by, reason, since, until) values (` + korea + `, 'secretariat', 'x', now(), now() + interval '24 hours')`, false},
		{"changing the reason alone", headEE, ``, `update token_freeze set reason = 'Another'` + of(cert, "state"), false},
		{"lifting what was lifted, later", headEE, `update token_freeze set lifted_at = since`, `update token_freeze set lifted_at = now()` + of(cert, "state"), false},
		{"bringing back what was lifted", headEE, `update token_freeze set lifted_at = since`, `update token_freeze set lifted_at = null` + of(cert, "state"), false},
		{"handing it to another token", headEE, `delete from token_freeze where token = ` + delegate, `update token_freeze set token = ` + delegate + of(cert, "state"), false},
		{"handing it to another token, anew", headEE, `delete from token_freeze where token = ` + delegate, `update token_freeze set token = ` + delegate + `, ` + anew + of(cert, "state"), false},
		{"handing it to the secretariat", headEE, `delete from token_freeze where imposed_by = 'secretariat'`, `update token_freeze set imposed_by = 'secretariat'` + of(cert, "state"), false},
	} {
		tag, err := w.after(t, tt.before, tt.by, tt.sql)
		if tt.done && (err != nil || tag.RowsAffected() != 1) || !tt.done && !refused(err) {
			t.Errorf("%s by %s = %s, %v, want that it is done: %t", tt.what, tt.by.name, tag, err, tt.done)
		}
	}
}
