package notice_test

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/notice"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

var (
	linkForm = regexp.MustCompile(`(?m)^https://pocreg\.example/invitation/(\S+)$`)
	visitor  = signin.Browser{Address: "192.0.2.7", Label: "Firefox on Linux"}
)

// link returns the secret part of the link in the one letter of some.
func link(t *testing.T, all map[string]post) string {
	t.Helper()
	for _, p := range all {
		found := linkForm.FindStringSubmatch(p.text)
		if len(all) == 1 && found != nil {
			return found[1]
		}
	}
	t.Fatalf("%d letters have no link: %v", len(all), all)
	return ""
}

func (d *desk) invite(t *testing.T) signin.Offer {
	t.Helper()
	offer, err := d.SignIn.Invite(t.Context(), d.By(t, "head_of_delegation EE"), register.Sent[signin.InviteInput]{
		Body: signin.InviteInput{Name: "Ada Tamm", Email: "ada@people.example", Role: access.Delegate, Language: "pl"},
	})
	if err != nil {
		t.Fatalf("Invite() = %v", err)
	}
	return offer
}

func TestAnInvitationsLinkIsMadeWhileItIsMailedAndOpensWithTheCode(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	offer := d.invite(t)
	got := d.latest(t)
	wants(t, got, "ada@people.example: Zaproszenie do rejestru")
	mailed := link(t, got)
	for _, p := range got {
		if code := strings.ReplaceAll(offer.Code, "-", ""); strings.Contains(strings.ReplaceAll(p.all+p.text+p.html, "-", ""), code) {
			t.Errorf("the code goes with the link:\n%s", p.text)
		}
	}
	if mailed == offer.Link {
		t.Errorf("the link that was mailed is the one that the head was shown: it must have been kept somewhere")
	}
	var kept int
	if err := d.DB.Owner.QueryRow(t.Context(), `
		select count(*) from river_job where args::text like '%' || $1 || '%' or args::text like '%ada@%'`, mailed).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d jobs hold the link or the address, %v", kept, err)
	}
	if opened, err := d.SignIn.Opened(t.Context(), visitor, mailed); err != nil || opened.Name != "Ada Tamm" {
		t.Errorf("Opened() = %+v, %v", opened, err)
	}
	if _, err := d.SignIn.Accept(t.Context(), visitor, mailed, "AAAA-AAAA"); !errors.Is(err, signin.ErrCode) {
		t.Errorf("Accept() with a wrong code = %v, want that it is refused", err)
	}
	in, err := d.SignIn.Accept(t.Context(), visitor, mailed, offer.Code)
	if err != nil || in.Session.Account != offer.Invitation.Account {
		t.Fatalf("Accept() = %+v, %v", in, err)
	}
	for _, used := range []string{mailed, offer.Link} {
		if _, err := d.SignIn.Accept(t.Context(), visitor, used, offer.Code); !problem.Is(err, problem.Conflict) {
			t.Errorf("Accept() again = %v, want that it is over", err)
		}
	}
}

// TestOfLettersThatWentTwiceEachOpensTheInvitation is of a server that was killed
// after it sent the letter and before it noted that.
func TestOfLettersThatWentTwiceEachOpensTheInvitation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	offer := d.invite(t)
	first := d.latest(t)
	d.do(t, `delete from notice`)
	second := d.latest(t)
	wants(t, second, "ada@people.example: Zaproszenie do rejestru")
	id := regexp.MustCompile(`Message-Id:\[[^\]]*`)
	for key, p := range second {
		if got, want := id.FindString(p.all), id.FindString(first[key].all); got != want || got == "" {
			t.Errorf("the letters have the Message-IDs %q and %q, want the same", got, want)
		}
	}
	if link(t, first) == link(t, second) {
		t.Errorf("both letters have the same link: it was kept")
	}
	for _, l := range []string{link(t, first), offer.Link} {
		if _, err := d.SignIn.Opened(t.Context(), visitor, l); err != nil {
			t.Errorf("Opened() = %v, want that it still opens: it may be the one that arrived", err)
		}
	}
	if _, err := d.SignIn.Accept(t.Context(), visitor, link(t, second), offer.Code); err != nil {
		t.Errorf("Accept() by the letter that came last = %v", err)
	}
	wants(t, d.told(t, notice.Event{Version: offer.Invitation.Version})) // it was told, and is taken up
}

func TestFiveWrongCodesEndAnInvitationByWhicheverLink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	offer := d.invite(t)
	mailed := link(t, d.latest(t))
	if _, err := d.SignIn.Accept(t.Context(), visitor, offer.Link, "AAAA-AAAA"); !errors.Is(err, signin.ErrCode) {
		t.Fatalf("Accept() = %v", err)
	}
	var wrong, void sync.Map
	var all sync.WaitGroup
	for i := range 12 { // at once: more than fit
		all.Go(func() {
			_, err := d.SignIn.Accept(t.Context(), visitor, mailed, "BBBB-BBBB")
			switch {
			case errors.Is(err, signin.ErrCode):
				wrong.Store(i, true)
			case problem.Is(err, problem.Conflict), problem.Is(err, problem.Unavailable):
				void.Store(i, true)
			default:
				t.Errorf("Accept() with a wrong code = %v", err)
			}
		})
	}
	all.Wait()
	tried := 0
	wrong.Range(func(any, any) bool { tried++; return true })
	if tried > signin.CodeTries-1 {
		t.Errorf("%d wrong codes were compared after the first, want %d at most", tried, signin.CodeTries-1)
	}
	for _, l := range []string{mailed, offer.Link} {
		for range signin.CodeTries { // what was too many at once was not counted
			if _, err := d.SignIn.Accept(t.Context(), visitor, l, "BBBB-BBBB"); err == nil {
				t.Fatal("a wrong code was taken")
			}
		}
		if _, err := d.SignIn.Accept(t.Context(), visitor, l, offer.Code); !problem.Is(err, problem.Conflict) {
			t.Errorf("Accept() with the right code after five wrong ones = %v, want that the invitation is void", err)
		}
	}
}

func TestWhatCannotBeAcceptedIsNotMailed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	offer := d.invite(t)
	if _, err := d.SignIn.Withdraw(t.Context(), d.By(t, "head_of_delegation EE"), offer.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	wants(t, d.told(t, notice.Event{Version: offer.Invitation.Version}))
	device, err := d.SignIn.EnrolDevice(t.Context(), d.By(t, "head_of_delegation EE"), register.Sent[signin.DeviceInput]{
		Body: signin.DeviceInput{Office: "Duty office", Language: "en"},
	})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.told(t, notice.Event{Version: device.Invitation.Version})) // an office has no address
	lapsing := d.invite(t)
	later := notice.Delivery{Event: notice.Event{Version: lapsing.Invitation.Version}, Topic: "invitation", Recipient: "invitation:" + lapsing.Invitation.ID}
	d.pass(signin.InvitationLasts + time.Minute)
	d.notices.SignIn = d.SignInAt(d.now)
	wants(t, d.deliver(t, later)) // it lapsed while the mail server was away
}

// TestAFreshStartIsMailedOnceASecondPersonAgrees has the letter wait for them.
func TestAFreshStartIsMailedOnceASecondPersonAgrees(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, "cert EE", "delegate EE")
	offer, err := d.SignIn.Reenrol(t.Context(), d.By(t, "head_of_delegation EE"), d.Actor(t, "cert EE").Account)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.latest(t))
	if _, err := d.SignIn.Confirm(t.Context(), d.By(t, "delegate EE"), offer.Invitation.ID); err != nil {
		t.Fatal(err)
	}
	got := d.latest(t)
	wants(t, got, "cert.ee@people.example: Set up anew how you sign in")
	if _, err := d.SignIn.Accept(t.Context(), visitor, link(t, got), offer.Code); err != nil {
		t.Errorf("Accept() = %v", err)
	}
}
