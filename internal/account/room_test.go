package account_test

import (
	"testing"

	"pocreg.example/internal/account"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

func TestAStateHasRoomForSoManyTokens(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	var last account.Token
	stand := func() (n int) {
		t.Helper()
		if err := w.DB.Owner.QueryRow(t.Context(), `select count(*) from token where state = 'EE' and revoked_at is null and expires_at > now()`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for n := stand(); n < account.MostTokens; n++ {
		var err error
		if last, _, err = issue(t, w, "head_of_delegation EE", input()); err != nil {
			t.Fatalf("Issue() of token %d = %v", n+1, err)
		}
	}
	before := w.Register.Latest()
	if _, _, err := issue(t, w, "head_of_delegation EE", input()); !problem.Is(err, problem.Conflict) {
		t.Errorf("Issue() of one token more = %v, want conflict", err)
	}
	if got, n := w.Register.Latest(), stand(); got != before || n != account.MostTokens {
		t.Errorf("the register went from %d to %d, and %d tokens stand", before, got, n)
	}
	if _, _, err := issue(t, w, "head_of_delegation LV", input()); err != nil {
		t.Errorf("Issue() for another state = %v", err)
	}
	if err := w.Accounts.Revoke(t.Context(), register.Act{By: w.By(t, "head_of_delegation EE").By}, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := issue(t, w, "head_of_delegation EE", input()); err != nil {
		t.Errorf("Issue() once there is room = %v", err)
	}
}
