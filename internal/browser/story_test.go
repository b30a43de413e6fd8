package browser_test

import (
	"strings"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// comes is somebody on a browser of their own, who has come in by an invitation and
// signs in with a passkey from now on.
func comes(t *testing.T, origin, path, code string) *tab {
	t.Helper()
	b := open(t, origin)
	b.authenticator()
	b.enrolPasskey(path, code)
	return b
}

// member is one whom the story does not tell how they came to be invited.
func member(t *testing.T, w *fixture.World, origin string, act register.Act, a signin.Appointment) *tab {
	t.Helper()
	a.Language = "en"
	offer, err := w.SignIn.Appoint(t.Context(), act, a)
	if err != nil {
		t.Fatalf("invite %s: %v", a.Name, err)
	}
	return comes(t, origin, "/invitation/"+offer.Link, offer.Code)
}

// follow goes to where a link on the page leads.
func (b *tab) follow(link string) {
	b.Helper()
	b.press(`main a[href^="` + link + `"]`)
}

// says fails the test unless the page says all of it.
func (b *tab) says(what ...string) {
	b.Helper()
	text := b.text("main")
	for _, want := range what {
		if !strings.Contains(text, want) {
			b.Fatalf("%s does not say %q: %s", eval[string](b, `location.pathname`), want, text)
		}
	}
}

// secret is what the page shows once.
func (b *tab) secret(of string) string {
	b.Helper()
	return strings.TrimPrefix(b.text("#"+of), b.origin)
}

// invites is how a head invites somebody: what the page then shows.
func (b *tab) invites(name, email string) (path, code string) {
	b.Helper()
	b.visit("/people/invite")
	b.fill("#name", name)
	b.fill("#email", email)
	b.press("main form button")
	return b.secret("link"), b.secret("code")
}

// The Republic of Korea and Poland let Tunisia in; from then on Tunisia speaks for
// itself.
func TestTunisiaComesInNamesWhomToCallAndEstoniaFindsThem(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	origin := serve(t, w)
	before := w.By(t, "head_of_delegation TN").By.Delegation
	if _, err := w.Delegations.Close(t.Context(), w.Pair(t), before); err != nil {
		t.Fatal(err)
	}
	registry := register.Act{By: access.Registry()}
	korea := member(t, w, origin, registry, signin.Appointment{Name: "Kim Minji", Email: "kim@mofa.example", Role: access.Secretariat, CoChair: "KR"})
	poland := member(t, w, origin, registry, signin.Appointment{Name: "Jan Nowak", Email: "jan@msz.example", Role: access.Secretariat, CoChair: "PL"})

	korea.visit("/mandates")
	korea.sound("story mandates")
	korea.press("main td a")
	korea.sound("story mandate")
	korea.visit("/mandates/admit")
	korea.sound("story admit")
	korea.visit("/delegations")
	korea.sound("story delegations")
	korea.follow("/delegations/open?state=TN")
	korea.fill("#authority", "Note verbale 1124/2026 of the Ministry of Foreign Affairs of Tunisia")
	korea.fill("#name", "Amira Ben Salah")
	korea.fill("#email", "amira@diplomatie.example")
	korea.sound("story open")
	korea.press("main form button")
	link := korea.secret("link")
	korea.sound("story asked")
	korea.follow("/proposals/")
	korea.says("Open with its first head: delegation, Tunisia", "Kim Minji", "1124/2026", "Amira Ben Salah", "somebody else decides")
	stranger := open(t, origin)
	if got := stranger.visit(link); got != 404 {
		t.Fatalf("before it is approved the link answers %d", got)
	}

	poland.visit("/proposals")
	poland.says("Waits for you")
	poland.follow("/proposals/")
	poland.sound("story decide")
	poland.press(`form[action$="/approve"] button`)
	code := poland.secret("code")
	poland.sound("story given")

	amira := comes(t, origin, link, code)
	amira.says("Amira Ben Salah", "Head of delegation, Tunisia")
	path, code := amira.invites("Slim Trabelsi", "slim@ancs.example")
	slim := comes(t, origin, path, code)
	path, code = amira.invites("Leila Gharbi", "leila@diplomatie.example")
	leila := comes(t, origin, path, code)

	slim.visit("/contacts/new?kind=technical")
	slim.says("waits until somebody else approves it")
	slim.fill("#office_title", "tunCERT duty desk")
	slim.fill("#channels-0-value", "+216 71 843 200")
	slim.fill("#channels-1-value", "incident@tuncert.example")
	slim.choose("#hours-always")
	slim.fill("#time_zone", "Africa/Tunis")
	slim.fill("#languages", "ar fr en")
	slim.fill("#reason", "the first contact that Tunisia names")
	slim.press("main form button")
	slim.says("somebody else decides on it")

	leila.visit("/proposals")
	leila.says("Slim Trabelsi", "Waits for you")
	leila.follow("/proposals/")
	leila.says("the first contact that Tunisia names", "+21671843200", "tunCERT duty desk")
	leila.press(`form[action$="/approve"] button`)
	leila.says("Approved", "Leila Gharbi")
	leila.sound("story approved")

	estonia := w.By(t, "head_of_delegation EE")
	mart := member(t, w, origin, estonia, signin.Appointment{
		Name: "Mart Saar", Email: "mart@cert.example", Role: access.Cert, State: "EE", Delegation: estonia.By.Delegation,
	})
	mart.visit("/states")
	mart.follow("/states/TN")
	mart.says("tunCERT duty desk", "Around the clock", "+21671843200", "incident@tuncert.example", "1124/2026")
	if got := mart.text(`main a[href="tel:+21671843200"]`); got != "+21671843200" {
		t.Errorf("the number to call is %q", got)
	}
	mart.width(phone)
	mart.sound("story found")
	mart.visit("/oversight")
	mart.says("delegation, Tunisia: opened", "Kim Minji (Republic of Korea), Jan Nowak (Poland)", "1124/2026")
	mart.sound("story oversight")
	stranger.visit("/states/TN")
	if got := stranger.text("main"); strings.Contains(got, "tunCERT") {
		t.Errorf("who takes no part finds it too: %s", got)
	}

	amira.visit("/trail")
	amira.says(
		"delegation: opened", "invitation: accepted", "Amira Ben Salah (Head of delegation, Tunisia)", "role: granted",
		"proposal: proposed", "Slim Trabelsi (Delegate, Tunisia)", "contact: named", "Leila Gharbi (Delegate, Tunisia), with Slim Trabelsi",
	)
	amira.sound("story trail")
	korea.visit("/mandates")
	korea.sound("story mandates")
	korea.press("main td a")
	korea.sound("story mandate")
	korea.visit("/mandates/admit")
	korea.sound("story admit")
	korea.visit("/delegations")
	korea.follow("/delegations/" + now(t, w, "TN").ID)
	korea.sound("story delegation")
	korea.visit("/trail")
	korea.says("delegation, Tunisia: opened", "proposal: proposed", "contact, Tunisia: named")

	if got := now(t, w, "TN"); got.Status != delegation.Open || got.ID == before {
		t.Errorf("the delegation of Tunisia is %+v", got)
	}
}

// now is who speaks for a state.
func now(t *testing.T, w *fixture.World, state string) (got delegation.Delegation) {
	t.Helper()
	err := w.Register.Read(t.Context(), w.Actor(t, "auditor"), func(snap *register.Snapshot) (err error) {
		got, _, err = delegation.Current(t.Context(), snap, state)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
