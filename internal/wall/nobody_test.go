package wall_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// TestNobodyReachesNothing tries everything without saying who is asking.
func TestNobodyReachesNothing(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	for how, settings := range map[string]map[string]string{
		"never set":      {},
		"set to nothing": {"role": "", "state": "", "account": "", "audiences": "", "write": "", "pair": ""},
		"with all but a role": {
			"state": "EE", "account": accounts(t, w)["delegate EE"], "audiences": "public,participants,selected", "write": "yes", "pair": "yes",
		},
	} {
		inTransaction(t, w, func(tx pgx.Tx) {
			for name, value := range settings {
				if _, err := tx.Exec(t.Context(), `select set_config('pocreg.' || $1, $2, true)`, name, value); err != nil {
					t.Fatal(err)
				}
			}
			nobody := actor{name: "nobody, " + how}
			for _, of := range tables {
				if got := keys(t, tx, nobody, `select `+of.key+` from `+of.name+` d`); len(got) != 0 {
					t.Errorf("select of %s by %s = %d rows, want none", of.name, nobody.name, len(got))
				}
				if of.set != "" {
					if got := keys(t, tx, nobody, `update `+of.name+` d set `+of.set+` returning `+of.key); len(got) != 0 {
						t.Errorf("update of %s by %s = %d rows, want none", of.name, nobody.name, len(got))
					}
				}
				if of.gone {
					if got := keys(t, tx, nobody, `delete from `+of.name+` d returning `+of.key); len(got) != 0 {
						t.Errorf("delete from %s by %s = %d rows, want none", of.name, nobody.name, len(got))
					}
				}
			}
			if got := keys(t, tx, nobody, `select id::text from withheld_entry`); len(got) != 0 {
				t.Errorf("withheld_entry shows %s %d rows, want none", nobody.name, len(got))
			}
			for i, a := range additions() {
				if _, err := tx.Exec(t.Context(), attempt(fmt.Sprintf("try_%d", i), a.sql)); err != nil {
					t.Fatalf("write %s: %v", a.sql, err)
				}
				var got []string
				if err := tx.QueryRow(t.Context(), fmt.Sprintf(`select pg_temp.try_%d($1)`, i), []string{"EE", "LV", "PL"}).Scan(&got); err != nil || len(got) != 0 {
					t.Errorf("insert into %s (%s) by %s passes for %v, %v, want for none", a.table, a.class, nobody.name, got, err)
				}
			}
			if _, err := tx.Exec(t.Context(), `update register_head set version = version + 1`); !refused(err) {
				t.Errorf("taking a version by %s = %v, want that it is refused", nobody.name, err)
			}
		})
	}
}

// TestTheActorIsForgottenWithTheTransaction asks on the same connections, after
// somebody who sees all.
func TestTheActorIsForgottenWithTheTransaction(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	for range 20 {
		err := w.Register.Read(t.Context(), access.Registry(), func(*register.Snapshot) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		var seen int
		if err := w.DB.Server.QueryRow(t.Context(), `select count(*) from entry`).Scan(&seen); err != nil || seen != 0 {
			t.Fatalf("after Read(), a statement of nobody's sees %d entries, %v, want none", seen, err)
		}
	}
}

// TestWithheldEntriesAreShownToTheSecretariatAlone asks for what the secretariat
// may know of entries that are not for it.
func TestWithheldEntriesAreShownToTheSecretariatAlone(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	rows, err := w.DB.Owner.Query(t.Context(), `select id::text from entry where audience = 'selected'`)
	if err != nil {
		t.Fatal(err)
	}
	selected, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(selected) < len(states()) {
		t.Fatalf("%d entries are for selected states, %v, want some of every state", len(selected), err)
	}
	slices.Sort(selected)
	inTransaction(t, w, func(tx pgx.Tx) {
		for _, by := range actors(accounts(t, w)) {
			by.as(t.Context(), t, tx)
			want := 0
			if (by.role == secretariat || by.role == pair) && slices.Contains(by.audiences, "participants") {
				want = len(selected)
			}
			got := keys(t, tx, by, `select id::text from withheld_entry`)
			if len(got) != want {
				t.Errorf("withheld_entry shows %s %d rows, want %d", by.name, len(got), want)
			}
			for key := range got {
				if _, ok := slices.BinarySearch(selected, key); !ok {
					t.Errorf("withheld_entry shows %s an entry that is for more than selected states", by.name)
				}
			}
		}
	})
	columns, err := w.DB.Owner.Query(t.Context(), `
		select attname::text from pg_attribute where attrelid = 'withheld_entry'::regclass and attnum > 0 order by attnum`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(columns, pgx.RowTo[string])
	want := []string{"id", "noun", "state", "kind", "standing", "confirmed_at"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("withheld_entry has the columns %v, %v, want those of state, kind and freshness only: %v", got, err, want)
	}
}
