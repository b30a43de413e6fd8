package signin_test

import "testing"

// TestWhoSignsInCanDecide counts who may decide in a delegation whose people have no
// tokens: two are two once both can sign in; and the token of one can be frozen.
func TestWhoSignsInCanDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.DB.Owner.Exec(t.Context(), `
		update token set revoked_at = now() where state = 'EE' and role = 'delegate'`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update delegation set mode = 'default' where state = 'EE'`); err != nil {
		t.Fatal(err)
	}
	takesTwo := func() (two bool) {
		if err := w.DB.Owner.QueryRow(t.Context(), `select state_takes_two('EE')`).Scan(&two); err != nil {
			t.Fatal(err)
		}
		return two
	}
	if takesTwo() {
		t.Fatal("with the head alone two decide, want one")
	}
	spared := func() (can bool) {
		if err := w.DB.Owner.QueryRow(t.Context(), `select token_can_be_spared($1)`, w.Actor(t, "head_of_delegation EE").Credential).Scan(&can); err != nil {
			t.Fatal(err)
		}
		return can
	}
	if spared() {
		t.Error("the head's token, the last way in, can be spared")
	}
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	if spared() {
		t.Error("with somebody who cannot sign in yet the head's token can be spared")
	}
	if takesTwo() {
		t.Error("with somebody who cannot sign in yet two decide, want one")
	}
	p := w.withApp(t, in)
	if !takesTwo() {
		t.Error("with a delegate who signs in one decides, want two")
	}
	if !spared() {
		t.Error("with a delegate who signs in the head's token cannot be spared")
	}
	if _, err := w.Disable(t.Context(), w.By(t, "head_of_delegation EE"), p.Session.Account); err != nil {
		t.Fatal(err)
	}
	if takesTwo() {
		t.Error("with a delegate who is disabled two decide, want one")
	}
	if spared() {
		t.Error("with a delegate who is disabled the head's token can be spared")
	}
}
