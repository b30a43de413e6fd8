package main_test

import (
	"regexp"
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/signin"
)

// letter reads what opens an invitation out of what is printed.
func letter(t *testing.T, printed string) (link, code string) {
	t.Helper()
	found := regexp.MustCompile(`http://localhost:0/invitation/([A-Za-z0-9_-]{43})\n(?s:.*)\nCode: ([0-9A-Z]{4}-[0-9A-Z]{4})\n`).FindStringSubmatch(printed)
	if found == nil {
		t.Fatalf("the letter is\n%s\nwant a link and a code in it", printed)
	}
	return found[1], found[2]
}

// enrolled accepts an invitation and sets printed codes up.
func enrolled(t *testing.T, w *fixture.World, printed string) signin.Session {
	t.Helper()
	link, code := letter(t, printed)
	in, err := w.SignIn.Accept(t.Context(), signin.Browser{}, link, code)
	if err != nil {
		t.Fatalf("Accept() = %v", err)
	}
	in, _, err = w.SignIn.EnrolPrinted(t.Context(), signin.Browser{}, in.Session, "seven walnuts under a green roof")
	if err != nil {
		t.Fatalf("EnrolPrinted() = %v", err)
	}
	return in.Session
}

func TestTheSecretariatsPeopleAreMadeAndHelpedOnTheServer(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	invite := []string{"person", "invite", "--name", "Kim Min-ji", "--email", "Minji@sec.example", "--co-chair"}
	refuses(t, w.DB, "is no co-chair now", append(invite, "EE")...)
	refuses(t, w.DB, "must be an e-mail address", "person", "invite", "--name", "Kim Min-ji", "--email", "minji", "--co-chair", "KR")
	of := enrolled(t, w, mustPocreg(t, w.DB, append(invite, "kr")...))
	if by := of.Actor(); by.Role != access.Secretariat || by.CoChair != "KR" || !by.Writes {
		t.Fatalf("who was invited acts as %+v, want as the secretariat, for KR", by)
	}
	refuses(t, w.DB, "signs in already", append(invite, "KR")...)
	if out := mustPocreg(t, w.DB, "person", "list"); !strings.Contains(out, "Kim Min-ji") || !strings.Contains(out, "minji@sec.example") || !strings.Contains(out, "secretariat KR") {
		t.Errorf("person list prints\n%s\nwant Kim Min-ji", out)
	}
	refuses(t, w.DB, "nobody of no state signs in", "person", "help-in", "nobody@sec.example")
	again := enrolled(t, w, mustPocreg(t, w.DB, "person", "help-in", "minji@sec.example"))
	if again.Account != of.Account || again.Actor().Role != access.Secretariat {
		t.Errorf("who was helped in acts as %+v, want as before", again.Actor())
	}
	if err := w.SignIn.SignOut(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if out := mustPocreg(t, w.DB, "person", "disable", "minji@sec.example"); out != "Kim Min-ji is disabled\n" {
		t.Errorf("person disable prints %q", out)
	}
	if out := mustPocreg(t, w.DB, "person", "list"); strings.Contains(out, "secretariat KR") {
		t.Errorf("person list prints\n%s\nwant that Kim Min-ji holds no role", out)
	}
	if n := one[int](t, w.DB, `select count(*) from trail_change where noun in ('person', 'invitation', 'role') and role = 'system' and actor is null and state is null`); n != 11 {
		t.Errorf("the trail has %d changes of what was done on the server, want 11", n)
	}
	mustPocreg(t, w.DB, "verify")
}

func TestTwoOfTheSecretariatInviteAHead(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	both := []string{
		"--first", write(t, "first", w.Secret(t, "secretariat KR")), "--second", write(t, "second", w.Secret(t, "secretariat PL")),
	}
	pair := func(args ...string) []string { return append(args, both...) }
	refuses(t, w.DB, "no such delegation that is open", pair("delegation", "appoint", "--state", "QQ", "--head", "Eve", "--email", "eve@mfa.example")...)
	head := enrolled(t, w, mustPocreg(t, w.DB, pair("delegation", "appoint", "--state", "ee", "--head", "Kadri Kask", "--email", "kadri@mfa.example")...))
	if by := head.Actor(); by.Role != access.Head || by.State != "EE" {
		t.Errorf("who was appointed acts as %+v, want as Estonia's head", by)
	}
	help := []string{"person", "help-in", "kadri@mfa.example", "--state", "ee"}
	before := w.Register.Latest()
	refuses(t, w.DB, "takes two of the secretariat", help...)
	refuses(t, w.DB, "takes two of the secretariat", append(help, both[:2]...)...)
	refuses(t, w.DB, "there is no such person", append(help, "--first", both[1], "--second", both[1])...)
	refuses(t, w.DB, "nobody of the state", pair("person", "help-in", "kadri@mfa.example", "--state", "LV")...)
	if got := one[int64](t, w.DB, `select version from register_head`); got != before {
		t.Errorf("refusals moved the register from %d to %d", before, got)
	}
	helped := enrolled(t, w, mustPocreg(t, w.DB, append(help, both...)...))
	if by := helped.Actor(); by.Account != head.Account || by.Role != access.Head || by.State != "EE" {
		t.Errorf("who was helped in acts as %+v, want as Estonia's head, as before", by)
	}
	if _, err := w.SignIn.StepUpPassword(t.Context(), signin.Browser{}, head, signin.PasswordInput{}); err == nil {
		t.Error("the session of before still stands")
	}
	mustPocreg(t, w.DB, pair("delegation", "close", *head.Delegation)...)
	out := mustPocreg(t, w.DB, pair("delegation", "open", "--state", "EE", "--authority", "A new note", "--head", "Kadri Kask II", "--email", "kadri2@mfa.example")...)
	again := enrolled(t, w, out)
	if by := again.Actor(); by.Role != access.Head || by.Delegation == *head.Delegation {
		t.Errorf("who was appointed acts as %+v, want as the new delegation's head", by)
	}
	mustPocreg(t, w.DB, "verify")
}
