package signin_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/identity"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

const clientSecret = "a secret of the registry's with Estonia's provider"

// of is the state's address that people come back to.
func of(state string) string { return fixture.Origin + "/signin/provider/" + state }

// provided is a world whose Estonia and Latvia have a provider, which runs.
type provided struct {
	world
	provider *identity.Provider
	head     person
}

func withProvider(t *testing.T) provided {
	t.Helper()
	w := provided{world: newWorld(t)}
	w.provider = identity.Start(t,
		identity.Client{ID: "registry", Secret: clientSecret, RedirectURIs: []string{of("EE")}},
		identity.Client{ID: "another", Secret: clientSecret, RedirectURIs: []string{of("EE"), of("LV")}})
	w.head = w.world.head(t)
	w.set(t, "registry")
	return w
}

// set has Estonia's head say where its people sign in.
func (w provided) set(t *testing.T, client string) signin.Provider {
	t.Helper()
	p, err := w.SetProvider(t.Context(), register.Act{By: w.head.Session.Actor()},
		signin.ProviderInput{Issuer: w.provider.Issuer, ClientID: client, Secret: clientSecret})
	if err != nil {
		t.Fatalf("SetProvider() = %v", err)
	}
	return p
}

// visit sends somebody to where they are led, and returns what they bring back.
func (w provided) visit(t *testing.T, who *identity.Person, to signin.Away, err error) signin.Back {
	t.Helper()
	if err != nil {
		t.Fatalf("lead away: %v", err)
	}
	return back(t, who.Visit(to.URL), to.Cookie)
}

func back(t *testing.T, address, cookie string) signin.Back {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	return signin.Back{
		Of: strings.TrimPrefix(u.Path, "/signin/provider/"), Cookie: cookie,
		State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error"),
	}
}

// leave begins a sign-in of whoever it is.
func (w provided) leave(t *testing.T, who *identity.Person) signin.Back {
	t.Helper()
	to, err := w.LeaveToSignIn(t.Context(), browser, "EE", "/people")
	return w.visit(t, who, to, err)
}

// bound brings Ada in, who signs in as a name of the provider's.
func (w provided) bound(t *testing.T, name string) signin.SignedIn {
	t.Helper()
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	to, err := w.LeaveToBind(t.Context(), in.Session)
	out, next, err := w.Return(t.Context(), browser, &in.Session, w.visit(t, w.provider.Person(t, name), to, err))
	if err != nil || next != "/account" {
		t.Fatalf("Return() of who was invited = %v, leads to %q", err, next)
	}
	return out
}

func TestWhoIsInvitedSignsInAtTheirStatesProvider(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	in := w.bound(t, "ada-at-home")
	if in.Session.Kind != signin.OfPerson || in.Session.Method != signin.ByProvider || in.Session.Provider == nil || !in.Session.Strong(w.clock.now()) {
		t.Errorf("the first session is %+v, want a strong one by the provider", in.Session)
	}
	if _, err := w.Contacts.Add(t.Context(), register.Act{By: in.Session.Actor()}, desk()); err != nil {
		t.Errorf("Add() by a delegate who signed in at the provider = %v", err)
	}
	again, next, err := w.Return(t.Context(), browser, nil, w.leave(t, w.provider.Person(t, "ada-at-home")))
	if err != nil || next != "/people" || again.Session.Account != in.Session.Account || again.Reference == in.Reference {
		t.Fatalf("Return() of who signs in again = %+v, leads to %q, %v", again.Session, next, err)
	}
	has, err := w.Methods(t.Context(), again.Session)
	if err != nil || !has.Provider || has.Password || len(has.Passkeys) != 0 {
		t.Errorf("Methods() = %+v, %v, want the provider alone", has, err)
	}
	if err := w.RemoveProvider(t.Context(), browser, again.Session); !problem.Is(err, problem.Conflict) {
		t.Errorf("RemoveProvider() of the one way in = %v, want conflict", err)
	}
	err = w.Register.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		n, err := signin.VerifyProviders(t.Context(), snap)
		if n != 1 {
			t.Errorf("VerifyProviders() = %d, want the one", n)
		}
		return err
	})
	if err != nil {
		t.Errorf("VerifyProviders() = %v", err)
	}
}

func TestTheSameAddressIsNobody(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	in := w.bound(t, "ada-at-home")
	if *in.Session.Email != identity.Mail {
		t.Fatalf("Ada's address is %s: the provider must vouch for the same", *in.Session.Email)
	}
	before := w.count(t, `select count(*) from session`)
	if _, _, err := w.Return(t.Context(), browser, nil, w.leave(t, w.provider.Person(t, "eve"))); err != signin.ErrProvider {
		t.Errorf("Return() of another subject with the same address = %v, want ErrProvider", err)
	}
	if n := w.count(t, `select count(*) from session`); n != before {
		t.Errorf("there are %d sessions, want %d", n, before)
	}
}

// another is a secret of the same form that begins otherwise.
func another(secret string) string {
	if strings.HasPrefix(secret, "x") {
		return "y" + secret[1:]
	}
	return "x" + secret[1:]
}

func TestAnAnswerOfAProviderIsGoodOnceAndForWhoAskedAlone(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	w.bound(t, "ada")
	sessions := w.count(t, `select count(*) from session`)
	good := w.leave(t, w.provider.Person(t, "ada"))
	for name, change := range map[string]func(*signin.Back){
		"another browser's cookie": func(b *signin.Back) { b.Cookie = another(b.Cookie) },
		"no cookie":                func(b *signin.Back) { b.Cookie = "" },
		"another state":            func(b *signin.Back) { b.State = another(b.State) },
		"no state":                 func(b *signin.Back) { b.State = "" },
	} {
		b := good
		change(&b)
		if _, _, err := w.Return(t.Context(), browser, nil, b); err != signin.ErrProvider {
			t.Errorf("Return() with %s = %v, want ErrProvider", name, err)
		}
	}
	if n := w.count(t, `select count(*) from session`); n != sessions {
		t.Errorf("there are %d sessions, want %d", n, sessions)
	}
	// None of these has used it up.
	if _, _, err := w.Return(t.Context(), browser, nil, good); err != nil {
		t.Fatalf("Return() of what was brought back = %v", err)
	}
	if _, _, err := w.Return(t.Context(), browser, nil, good); err != signin.ErrProvider {
		t.Errorf("Return() once more = %v, want ErrProvider", err)
	}
	for name, change := range map[string]func(*signin.Back){
		"of another issuer":       func(b *signin.Back) { b.Issuer = "https://evil.example" },
		"that does not say whose": func(b *signin.Back) { b.Issuer = "" },
		"at another state's":      func(b *signin.Back) { b.Of = "LV" },
		"with a code of another":  func(b *signin.Back) { b.Code = w.leave(t, w.provider.Person(t, "ada")).Code },
		"without a code":          func(b *signin.Back) { b.Code = "" },
		"that says it went wrong": func(b *signin.Back) { b.Error = "access_denied" },
	} {
		b := w.leave(t, w.provider.Person(t, "ada"))
		untouched := b
		change(&b)
		if _, _, err := w.Return(t.Context(), browser, nil, b); err != signin.ErrProvider {
			t.Errorf("Return() of an answer %s = %v, want ErrProvider", name, err)
		}
		if _, _, err := w.Return(t.Context(), browser, nil, untouched); err != signin.ErrProvider {
			t.Errorf("Return() after an answer %s = %v, want that it is used up", name, err)
		}
	}
	if n := w.count(t, `select count(*) from session`); n != sessions+1 {
		t.Errorf("there are %d sessions, want %d", n, sessions+1)
	}
	if n := w.count(t, `select count(*) from signin_event where method = 'provider' and outcome = 'refused'`); n != 6 {
		t.Errorf("%d refusals are recorded, want 6", n)
	}
}

func TestWhatWasBegunInASessionEndsInIt(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	to, err := w.LeaveToBind(t.Context(), in.Session)
	b := w.visit(t, w.provider.Person(t, "ada"), to, err)
	for name, session := range map[string]*signin.Session{"nobody's": nil, "another's": &w.head.Session} {
		if _, _, err := w.Return(t.Context(), browser, session, b); err != signin.ErrProvider {
			t.Errorf("Return() in %s session = %v, want ErrProvider", name, err)
		}
	}
	if n := w.count(t, `select count(*) from provider_subject`); n != 0 {
		t.Errorf("%d people are bound, want none", n)
	}
	w.clock.pass(signin.FlowLasts)
	if _, _, err := w.Return(t.Context(), browser, &in.Session, b); err != signin.ErrProvider {
		t.Errorf("Return() after ten minutes = %v, want ErrProvider", err)
	}
}

func TestASubjectIsOnePersons(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	w.bound(t, "ada")
	eve := ada()
	eve.Name, eve.Email = "Eve Rebane", "eve@mfa.example"
	in := w.accept(t, w.invite(t, "head_of_delegation EE", eve))
	to, err := w.LeaveToBind(t.Context(), in.Session)
	_, _, err = w.Return(t.Context(), browser, &in.Session, w.visit(t, w.provider.Person(t, "ada"), to, err))
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("Return() as somebody else's subject = %v, want conflict", err)
	}
	if n := w.count(t, `select count(*) from provider_subject`); n != 1 {
		t.Errorf("%d people are bound, want the one", n)
	}
}

func TestAnIDTokenLapses(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	w.bound(t, "ada")
	before := w.count(t, `select count(*) from session`)
	b := w.leave(t, w.provider.Person(t, "ada"))
	w.clock.pass(identity.Lasts + time.Minute)
	if _, _, err := w.Return(t.Context(), browser, nil, b); err != signin.ErrProvider {
		t.Errorf("Return() of an id_token that has lapsed = %v, want ErrProvider", err)
	}
	if n := w.count(t, `select count(*) from session`); n != before {
		t.Errorf("there are %d sessions, want %d", n, before)
	}
}

func TestWhatMattersWantsAFreshSignInAtTheProvider(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	in := w.bound(t, "ada")
	who := w.provider.Person(t, "ada")
	to, err := w.LeaveToStepUp(t.Context(), in.Session, "/people")
	if !strings.Contains(to.URL, "prompt=login") || !strings.Contains(to.URL, "max_age=0") {
		t.Errorf("who is to sign in anew is led to %s", to.URL)
	}
	out, _, err := w.Return(t.Context(), browser, &in.Session, w.visit(t, who, to, err))
	if err != nil || !out.Session.Strong(w.clock.now()) {
		t.Fatalf("Return() of who signed in anew = %+v, %v", out.Session, err)
	}
	if _, err := w.Find(t.Context(), in.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of the session before = %v, want that it gave way", err)
	}
	to, err = w.LeaveToStepUp(t.Context(), out.Session, "/people")
	if _, _, err := w.Return(t.Context(), browser, &out.Session, w.visit(t, w.provider.Person(t, "eve"), to, err)); err != signin.ErrProvider {
		t.Errorf("Return() as somebody else = %v, want ErrProvider", err)
	}
}

// TestAProviderEndsWithWhatItStandsOn ends it in each way, while somebody is signed in
// by it and somebody else is away at it.
func TestAProviderEndsWithWhatItStandsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, provided) error{
		"another client": func(t *testing.T, w provided) error { w.set(t, "another"); return nil },
		"ended": func(t *testing.T, w provided) error {
			return w.EndProvider(t.Context(), register.Act{By: w.head.Session.Actor()})
		},
		"contested": func(t *testing.T, w provided) error {
			_, err := w.Delegations.Contest(t.Context(), w.Pair(t), *w.head.Session.Delegation)
			return err
		},
		"closed": func(t *testing.T, w provided) error {
			_, err := w.Delegations.Close(t.Context(), w.Pair(t), *w.head.Session.Delegation)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withProvider(t)
			in := w.bound(t, "ada")
			away := w.leave(t, w.provider.Person(t, "ada"))
			written, told := errors.New("the write was not tried"), false
			err := w.Register.Write(t.Context(), register.Act{By: in.Session.Actor()}, func(*register.Tx) error {
				if !told { // between the check and the turn
					told = true
					return end(t, w)
				}
				return nil
			}, func(*register.Tx) error { return written })
			if !problem.Is(err, problem.Unauthenticated) {
				t.Errorf("Write() whose provider ended meanwhile = %v, want unauthenticated", err)
			}
			if _, err := w.Find(t.Context(), in.Reference); err != signin.ErrNoSession {
				t.Errorf("Find() afterwards = %v, want ErrNoSession", err)
			}
			if _, _, err := w.Return(t.Context(), browser, nil, away); err != signin.ErrProvider {
				t.Errorf("Return() of who was away meanwhile = %v, want ErrProvider", err)
			}
			if name == "another client" {
				if _, _, err := w.Return(t.Context(), browser, nil, w.leave(t, w.provider.Person(t, "ada"))); err != signin.ErrProvider {
					t.Errorf("Return() of who was bound before = %v, want ErrProvider", err)
				}
			} else if _, err := w.LeaveToSignIn(t.Context(), browser, "EE", "/"); !problem.Is(err, problem.NotFound) {
				t.Errorf("LeaveToSignIn() afterwards = %v, want not found", err)
			}
			if name == "contested" {
				if _, err := w.Delegations.Reopen(t.Context(), w.Pair(t), *w.head.Session.Delegation); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Find(t.Context(), in.Reference); err != signin.ErrNoSession {
					t.Errorf("Find() once the delegation is open again = %v, want ErrNoSession", err)
				}
			}
		})
	}
}

func TestAnotherSecretEndsNobodysSignIn(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	in := w.bound(t, "ada")
	w.set(t, "registry")
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `select count(*) from identity_provider_secret`); n != 1 {
		t.Errorf("%d secrets are kept, want the newest", n)
	}
	if _, err := w.Find(t.Context(), in.Reference); err != nil {
		t.Errorf("Find() = %v", err)
	}
	if _, _, err := w.Return(t.Context(), browser, nil, w.leave(t, w.provider.Person(t, "ada"))); err != nil {
		t.Errorf("Return() = %v", err)
	}
}

func TestAProviderThatIsAwayKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	w := withProvider(t)
	w.bound(t, "ada")
	b := w.leave(t, w.provider.Person(t, "ada"))
	w.provider.Stop()
	if _, _, err := w.Return(t.Context(), browser, nil, b); err != signin.ErrProvider {
		t.Errorf("Return() while the provider is away = %v, want ErrProvider", err)
	}
	w.clock.pass(2 * time.Hour) // what it said of itself is old
	if _, err := w.LeaveToSignIn(t.Context(), browser, "EE", "/"); !problem.Is(err, problem.Unavailable) {
		t.Errorf("LeaveToSignIn() while the provider is away = %v, want unavailable", err)
	}
	if _, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: w.head.email, Password: goodPassword, Code: w.head.code(t, w.clock.now())}); err != nil {
		t.Errorf("Password() meanwhile = %v", err)
	}
}
