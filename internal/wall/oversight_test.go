package wall_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestWhatTheSecretariatDidIsForParticipants asks for the two lists that run in their
// owner's name as everybody.
func TestWhatTheSecretariatDidIsForParticipants(t *testing.T) {
	t.Parallel()
	w := seeded(t)
	cells := 0
	inTransaction(t, w, func(tx pgx.Tx) {
		for _, by := range append(actors(accounts(t, w)), actor{name: "nobody", role: public}) {
			by.as(t.Context(), t, tx)
			reads := by.role != public && (len(by.audiences) == 3 || len(by.audiences) > 0 && by.audiences[len(by.audiences)-1] == "participants")
			for _, list := range []string{"mandate_list", "oversight_list"} {
				var rows, names int
				err := tx.QueryRow(t.Context(), `select count(*), count(first_name) from `+list+`()`).Scan(&rows, &names)
				if err != nil {
					t.Fatalf("read %s as %s: %v", list, by.name, err)
				}
				if (rows > 0) != reads || names != rows {
					t.Errorf("%s as %s = %d rows with %d names, want some: %t, each with a name", list, by.name, rows, names, reads)
				}
				cells++
			}
		}
	})
	t.Logf("%d cells", cells)
}
