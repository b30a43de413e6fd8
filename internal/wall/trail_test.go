package wall_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/postgres"
)

var trail = []string{"trail_change", "trail_part", "trail_content", "trail_leaf"}

// TestTheTrailOnlyGrows tries to rewrite it: the server lacks the right, and a
// trigger stops those who have every right.
func TestTheTrailOnlyGrows(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	superuser, err := postgres.Open(t.Context(), w.DB.AdminURL, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(superuser.Close)
	const count = `select (select count(*) from trail_change), (select count(*) from trail_part),
		(select count(*) from trail_content), (select count(*) from trail_leaf)`
	type counts struct{ Changes, Parts, Contents, Leaves int }
	counted := func() (n counts) {
		t.Helper()
		rows, err := w.DB.Owner.Query(t.Context(), count)
		if err == nil {
			n, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[counts])
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := counted()
	for who, as := range map[string]struct {
		pool *pgxpool.Pool
		why  string
	}{
		"the server":  {w.DB.Server, "permission denied"},
		"the owner":   {w.DB.Owner, "is append-only"},
		"a superuser": {superuser, "is append-only"},
	} {
		for _, name := range trail {
			for _, sql := range []string{
				`update ` + name + ` set version = version`,
				`update ` + name + ` set version = version where false`,
				`delete from ` + name,
				`delete from ` + name + ` where false`,
				`truncate ` + name + ` cascade`,
			} {
				_, err := as.pool.Exec(t.Context(), sql)
				if !refused(err) || !strings.Contains(err.Error(), as.why) {
					t.Errorf("%s as %s = %v, want that %q", sql, who, err, as.why)
				}
			}
		}
	}
	if after := counted(); after != before || before.Changes == 0 || before.Contents == 0 {
		t.Errorf("the trail holds %+v, want what it held: %+v", after, before)
	}
}

// TestNobodyWritesTheTrailInAnothersName tries to forge who, for whom and when.
func TestNobodyWritesTheTrailInAnothersName(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	named := accounts(t, w)
	forged := map[string]string{
		"another role":         changeAt("h.version", "'head_of_delegation'", "actor_account()", "actor_state()"),
		"another account":      changeAt("h.version", "actor_role()", "'"+named["delegate LV"]+"'", "actor_state()"),
		"no account":           changeAt("h.version", "actor_role()", "null", "actor_state()"),
		"another state's name": changeAt("h.version", "actor_role()", "actor_account()", "'LV'"),
		"no state's name":      changeAt("h.version", "actor_role()", "actor_account()", "null"),
		"an older version":     changeAt("h.version - 1", "actor_role()", "actor_account()", "actor_state()"),
		"a version to come":    changeAt("h.version + 1", "actor_role()", "actor_account()", "actor_state()"),
		"an older part":        partAt("h.version - 1"),
		"a part to come":       partAt("h.version + 1"),
		"an older content":     contentAt("h.version - 1"),
		"a content to come":    contentAt("h.version + 1"),
		"an older leaf":        leafAt("h.version - 1"),
		"a leaf to come":       leafAt("h.version + 1"),
	}
	honest := changeAt("h.version", "actor_role()", "actor_account()", "actor_state()")
	by := actor{name: "delegate EE", role: delegate, state: "EE", account: named["delegate EE"], audiences: all, writes: true}
	passes := func(by actor, sql string) (passed []string) {
		inTransaction(t, w, func(tx pgx.Tx) {
			by.as(t.Context(), t, tx)
			if _, err := tx.Exec(t.Context(), attempt("forge", sql)); err != nil {
				t.Fatalf("write %s: %v", sql, err)
			}
			if err := tx.QueryRow(t.Context(), `select pg_temp.forge('{EE}')`).Scan(&passed); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		})
		return passed
	}
	if got := passes(by, honest); len(got) != 1 {
		t.Errorf("a change in the own name is refused, want that it passes")
	}
	for what, sql := range forged {
		if got := passes(by, sql); len(got) != 0 {
			t.Errorf("writing the trail with %s passes, want that it is refused", what)
		}
	}
	by.account = ""
	if got := passes(by, honest); len(got) != 1 {
		t.Errorf("a change in no account's name by who has none is refused, want that it passes")
	}
	by.writes = false
	for _, sql := range []string{honest, partAt("h.version"), contentAt("h.version"), leafAt("h.version")} {
		if got := passes(by, sql); len(got) != 0 {
			t.Errorf("%s by who only reads passes, want that it is refused", sql)
		}
	}
}
