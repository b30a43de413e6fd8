package signin_test

import (
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/google/uuid"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// here is the registry as an authenticator knows it.
var here = virtualwebauthn.RelyingParty{Name: "pocreg", ID: "pocreg.example", Origin: fixture.Origin}

// key is a passkey on an authenticator.
type key struct {
	virtualwebauthn.Authenticator
	virtualwebauthn.Credential
}

func newKey(of signin.Session) key {
	handle := uuid.MustParse(of.Account)
	return key{
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: handle[:]}),
		fixture.PasskeyCredential(),
	}
}

// creates is the authenticator's answer to an offer.
func (k key) creates(t *testing.T, at virtualwebauthn.RelyingParty, options []byte) []byte {
	t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(at, k.Authenticator, k.Credential, *asked))
}

// answers is the authenticator's answer to a challenge.
func (k *key) answers(t *testing.T, at virtualwebauthn.RelyingParty, options []byte) []byte {
	t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	k.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(at, k.Authenticator, k.Credential, *asked))
}

// withKey sets a passkey up.
func (w world) withKey(t *testing.T, of signin.Session) (signin.SignedIn, *key) {
	t.Helper()
	k := newKey(of)
	options, ref, err := w.OfferPasskey(t.Context(), of)
	if err != nil {
		t.Fatalf("OfferPasskey() = %v", err)
	}
	in, err := w.EnrolPasskey(t.Context(), browser, of, signin.PasskeyInput{Ref: ref, Label: "Key", Answer: k.creates(t, here, options)})
	if err != nil {
		t.Fatalf("EnrolPasskey() = %v", err)
	}
	return in, &k
}

// adaWithKey brings Ada in.
func (w world) adaWithKey(t *testing.T) (signin.SignedIn, *key) {
	t.Helper()
	return w.withKey(t, w.accept(t, w.invite(t, "head_of_delegation EE", ada())).Session)
}

func (w world) challenge(t *testing.T) (options []byte, ref string) {
	t.Helper()
	options, ref, err := w.ChallengePasskey(t.Context(), browser)
	if err != nil {
		t.Fatalf("ChallengePasskey() = %v", err)
	}
	return options, ref
}

func TestAPasskeySignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, k := w.adaWithKey(t)
	options, ref := w.challenge(t)
	in, err := w.Passkey(t.Context(), browser, ref, k.answers(t, here, options), "")
	if err != nil || in.Session.Account != first.Session.Account || in.Session.Actor().Role != access.Delegate || !in.Session.Strong(w.clock.now()) {
		t.Fatalf("Passkey() = %+v, %v, want Ada, who has just signed in", in, err)
	}
	w.clock.pass(signin.StrongFor)
	if in.Session.Strong(w.clock.now()) {
		t.Error("five minutes later the session is as strong, want that this has lapsed")
	}
	if _, _, err := w.OfferPasskey(t.Context(), in.Session); err != signin.ErrStepUp {
		t.Errorf("OfferPasskey() then = %v, want ErrStepUp", err)
	}
	options, ref, err = w.ChallengeStepUp(t.Context(), in.Session)
	if err != nil {
		t.Fatal(err)
	}
	stepped, err := w.StepUpPasskey(t.Context(), browser, in.Session, ref, k.answers(t, here, options))
	if err != nil || !stepped.Session.Strong(w.clock.now()) {
		t.Fatalf("StepUpPasskey() = %+v, %v, want a strong session", stepped, err)
	}
	if _, err := w.Find(t.Context(), in.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of the session before = %v, want ErrNoSession", err)
	}
}

// TestAPasskeyIsRefused tries answers that are not a person's own, here, verified,
// to the challenge.
func TestAPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, k := w.adaWithKey(t)
	other := ada()
	other.Name, other.Email = "Bo Saar", "bo@mfa.example"
	theirs, bo := w.withKey(t, w.accept(t, w.invite(t, "head_of_delegation EE", other)).Session)
	elsewhere, phishing := here, here
	elsewhere.ID, phishing.Origin = "example.org", "https://pocreg.example.org"
	insecure := here
	insecure.Origin = "http://pocreg.example"
	unverified, stranger, posing := *k, newKey(mine.Session), *bo
	unverified.Options.UserNotVerified = true
	posing.Options.UserHandle = k.Options.UserHandle
	absent := *k
	absent.Options.UserNotPresent = true
	for name, answer := range map[string]func([]byte) []byte{
		"of another origin":        func(o []byte) []byte { return k.answers(t, phishing, o) },
		"over plain HTTP":          func(o []byte) []byte { return k.answers(t, insecure, o) },
		"for another registry":     func(o []byte) []byte { return k.answers(t, elsewhere, o) },
		"without verification":     func(o []byte) []byte { return unverified.answers(t, here, o) },
		"without anybody there":    func(o []byte) []byte { return absent.answers(t, here, o) },
		"by a key that nobody has": func(o []byte) []byte { return stranger.answers(t, here, o) },
		"by another's key":         func(o []byte) []byte { return posing.answers(t, here, o) },
		"to another challenge":     func([]byte) []byte { o, _ := w.challenge(t); return k.answers(t, here, o) },
		"that is none":             func([]byte) []byte { return []byte(`{"id":"x"}`) },
	} {
		options, ref := w.challenge(t)
		if in, err := w.Passkey(t.Context(), browser, ref, answer(options), ""); err != signin.ErrRefused || in.Reference != "" {
			t.Errorf("Passkey() with an answer %s = %+v, %v, want ErrRefused", name, in, err)
		}
	}
	options, ref := w.challenge(t)
	answer := k.answers(t, here, options)
	if _, err := w.Passkey(t.Context(), browser, ref, answer, ""); err != nil {
		t.Fatalf("Passkey() with a good answer = %v", err)
	}
	if _, err := w.Passkey(t.Context(), browser, ref, answer, ""); !problem.Is(err, problem.Conflict) {
		t.Errorf("Passkey() with the same answer = %v, want that the challenge is over", err)
	}
	options, ref = w.challenge(t)
	w.clock.pass(6 * time.Minute)
	if _, err := w.Passkey(t.Context(), browser, ref, k.answers(t, here, options), ""); !problem.Is(err, problem.Conflict) {
		t.Errorf("Passkey() six minutes later = %v, want that the challenge is over", err)
	}
	// A step-up is by one's own key, in one's own session.
	options, ref, err := w.ChallengeStepUp(t.Context(), mine.Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.StepUpPasskey(t.Context(), browser, mine.Session, ref, bo.answers(t, here, options)); err != signin.ErrRefused {
		t.Errorf("StepUpPasskey() by another's key = %v, want ErrRefused", err)
	}
	options, ref, err = w.ChallengeStepUp(t.Context(), mine.Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.StepUpPasskey(t.Context(), browser, theirs.Session, ref, k.answers(t, here, options)); !problem.Is(err, problem.Conflict) {
		t.Errorf("StepUpPasskey() of another's challenge = %v, want that there is none", err)
	}
	if _, err := w.Passkey(t.Context(), browser, ref, k.answers(t, here, options), ""); !problem.Is(err, problem.Conflict) {
		t.Errorf("Passkey() with a step-up's challenge = %v, want that there is none", err)
	}
}

// TestAPasskeyIsSetUpByWhomItIsFor tries to set one up that is not the person's own,
// here, verified.
func TestAPasskeyIsSetUpByWhomItIsFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.accept(t, w.invite(t, "head_of_delegation EE", ada())).Session
	elsewhere, phishing := here, here
	elsewhere.ID, phishing.Origin = "example.org", "https://pocreg.example.org"
	k := newKey(of)
	unverified := k
	unverified.Options.UserNotVerified = true
	for name, answer := range map[string]func([]byte) []byte{
		"of another origin":    func(o []byte) []byte { return k.creates(t, phishing, o) },
		"for another registry": func(o []byte) []byte { return k.creates(t, elsewhere, o) },
		"without verification": func(o []byte) []byte { return unverified.creates(t, here, o) },
		"that is none":         func([]byte) []byte { return nil },
	} {
		options, ref, err := w.OfferPasskey(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.EnrolPasskey(t.Context(), browser, of, signin.PasskeyInput{Ref: ref, Label: "Key", Answer: answer(options)}); !problem.Is(err, problem.Invalid) {
			t.Errorf("EnrolPasskey() with an answer %s = %v, want invalid", name, err)
		}
	}
	options, ref, err := w.OfferPasskey(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	in := signin.PasskeyInput{Ref: ref, Label: "Key", Answer: k.creates(t, here, options)}
	first, err := w.EnrolPasskey(t.Context(), browser, of, in)
	if err != nil {
		t.Fatalf("EnrolPasskey() = %v", err)
	}
	if _, err := w.EnrolPasskey(t.Context(), browser, first.Session, in); !problem.Is(err, problem.Conflict) {
		t.Errorf("EnrolPasskey() with the same answer = %v, want that it is over", err)
	}
	options, ref, err = w.OfferPasskey(t.Context(), first.Session)
	if err != nil {
		t.Fatal(err)
	}
	// A session that has ended sets nothing up, even by an answer that is good.
	if err := w.SignOut(t.Context(), first.Session); err != nil {
		t.Fatal(err)
	}
	second := newKey(of)
	in = signin.PasskeyInput{Ref: ref, Label: "Second", Answer: second.creates(t, here, options)}
	if _, err := w.EnrolPasskey(t.Context(), browser, first.Session, in); err != signin.ErrNoSession {
		t.Errorf("EnrolPasskey() in a session that has ended = %v, want ErrNoSession", err)
	}
	var kept int
	if err := w.DB.Owner.QueryRow(t.Context(), `select count(*) from passkey`).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d passkeys are kept, %v, want the one", kept, err)
	}
}

// TestACopiedPasskeyIsFlagged signs in with a count that goes back, as of a copy.
func TestACopiedPasskeyIsFlagged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, k := w.adaWithKey(t)
	original := *k
	for range 3 {
		options, ref := w.challenge(t)
		if _, err := w.Passkey(t.Context(), browser, ref, k.answers(t, here, options), ""); err != nil {
			t.Fatalf("Passkey() = %v", err)
		}
	}
	for _, again := range []*key{&original, k} {
		options, ref := w.challenge(t)
		if _, err := w.Passkey(t.Context(), browser, ref, again.answers(t, here, options), ""); err != signin.ErrRefused {
			t.Errorf("Passkey() by a copy, and then by the original = %v, want ErrRefused", err)
		}
	}
	events, err := w.Events(t.Context(), w.Actor(t, "head_of_delegation EE"), in.Session.Account)
	if err != nil || len(events) < 2 || events[0].Outcome != signin.Flagged {
		t.Errorf("Events() = %+v, %v, want that the head sees the flag", events, err)
	}
}
