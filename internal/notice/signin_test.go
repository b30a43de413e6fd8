package notice_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/notice"
)

// happened records something of how somebody signs in, and tells of it.
func (d *desk) happened(t *testing.T, who, method, outcome string, known bool) map[string]post {
	t.Helper()
	var id int64
	err := d.DB.Owner.QueryRow(t.Context(), `
		insert into signin_event (at, account, state, method, outcome, browser, known)
		select now(), id, state, $2, $3, 'Firefox', $4 from account where name = $1
		returning id`, who, method, outcome, known).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	waits := false
	if err := d.DB.Owner.QueryRow(t.Context(), `select exists (select from signin_notice where event = $1)`, id).Scan(&waits); err != nil {
		t.Fatal(err)
	}
	got := d.told(t, notice.Event{SignIn: id})
	if len(got) > 0 && !waits {
		t.Errorf("%s by %s, known: %t, is told once it is asked for, and nobody would ask", outcome, method, known)
	}
	return got
}

func TestAPersonIsToldWhatHappensToHowTheySignIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	const to = "delegate.ee@people.example: "
	wants(t, d.happened(t, "delegate EE", "invitation", "signed_in", false)) // they came in
	got := d.happened(t, "delegate EE", "passkey", "enrolled", false)
	wants(t, got, to+"A new way to sign in was set up")
	for _, p := range got {
		if !strings.Contains(p.text, "a passkey, at 2") || strings.Contains(p.text, "Firefox") {
			t.Errorf("the letter says\n%s", p.text)
		}
	}
	wants(t, d.happened(t, "delegate EE", "passkey", "signed_in", true))
	wants(t, d.happened(t, "delegate EE", "passkey", "signed_in", false), to+"Somebody signed in as you from a new browser")
	wants(t, d.happened(t, "delegate EE", "totp", "refused", false)) // a stranger makes no mail by guessing
	wants(t, d.happened(t, "delegate EE", "totp", "signed_out", true))
	wants(t, d.happened(t, "delegate EE", "totp", "removed", true), to+"A way to sign in was taken away")
	wants(t, d.happened(t, "delegate EE", "passkey", "flagged", true), to+"There may be a copy of your passkey")
	wants(t, d.happened(t, "delegate EE", "totp", "guessed", false), to+"Somebody has your password")
	wants(t, d.happened(t, "delegate EE", "printed_code", "shut", false), to+"Your password no longer signs anybody in")
	d.do(t, `update person set disabled_at = now()`)
	wants(t, d.happened(t, "delegate EE", "passkey", "signed_in", false))
}
