package signin_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// withPaper brings Ada in with printed codes.
func (w world) withPaper(t *testing.T) (person, []string) {
	t.Helper()
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	out, codes, err := w.EnrolPrinted(t.Context(), browser, in.Session, goodPassword)
	if err != nil {
		t.Fatalf("EnrolPrinted() = %v", err)
	}
	return person{SignedIn: out, email: *in.Session.Email}, codes
}

// tries signs in at the same time, many times, and returns how often it was done;
// whoever is not signed in must be told refused, or that too many sign in.
func (w world) tries(t *testing.T, in signin.PasswordInput, refused error) (won int) {
	t.Helper()
	const many = 8
	got := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { _, got[i] = w.Password(context.Background(), browser, in) })
	}
	all.Wait()
	for _, err := range got {
		switch {
		case err == nil:
			won++
		case err != refused && !problem.Is(err, problem.Unavailable):
			t.Errorf("Password() in parallel = %v, want %v", err, refused)
		}
	}
	return won
}

func TestACodeOfTheAppIsUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	at := w.clock.now()
	in := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, at)}
	if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
		t.Errorf("Password() with the code of the enrolment = %v, want ErrRefused", err)
	}
	w.clock.pass(time.Minute)
	in.Code = p.code(t, w.clock.now())
	if won := w.tries(t, in, signin.ErrRefused); won != 1 {
		t.Errorf("one code signed in %d times at once, want once", won)
	}
	if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
		t.Errorf("Password() with a code that was used = %v, want ErrRefused", err)
	}
	in.Code = p.code(t, w.clock.now().Add(-30*time.Second))
	if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
		t.Errorf("Password() with a code of before the last one used = %v, want ErrRefused", err)
	}
	w.clock.pass(time.Hour)
	for name, at := range map[string]time.Duration{"a minute old": -time.Minute, "of in a minute": time.Minute} {
		in.Code = p.code(t, w.clock.now().Add(at))
		if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
			t.Errorf("Password() with a code that is %s = %v, want ErrRefused", name, err)
		}
	}
	in.Code = p.code(t, w.clock.now().Add(30*time.Second))
	if _, err := w.Password(t.Context(), browser, in); err != nil {
		t.Errorf("Password() with the code of a clock that is half a minute ahead = %v", err)
	}
}

func TestAPrintedCodeIsUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, codes := w.withPaper(t)
	if len(codes) != 10 {
		t.Fatalf("%d codes, want ten", len(codes))
	}
	in := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: codes[3]}
	if won := w.tries(t, in, signin.ErrRefused); won != 1 {
		t.Errorf("one code signed in %d times at once, want once", won)
	}
	w.clock.pass(time.Hour)
	if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
		t.Errorf("Password() with a code that was used = %v, want ErrRefused", err)
	}
	in.Code = "5" + codes[5][1:]
	if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
		t.Errorf("Password() with another line's code = %v, want ErrRefused", err)
	}
	in.Code = " " + codes[9] + " "
	step, err := w.StepUpPassword(t.Context(), browser, p.Session, in)
	if err != nil || !step.Session.Strong(w.clock.now()) {
		t.Fatalf("StepUpPassword() with a code = %+v, %v, want a strong session", step, err)
	}
	if has, err := w.Methods(t.Context(), step.Session); err != nil || has.Codes != 8 || !has.Password || has.TOTP {
		t.Errorf("Methods() = %+v, %v, want a password and eight codes", has, err)
	}
	fresh, err := w.PrintCodes(t.Context(), browser, step.Session)
	if err != nil {
		t.Fatal(err)
	}
	in.Code = codes[0]
	if _, err := w.Password(t.Context(), browser, in); err != signin.ErrRefused {
		t.Errorf("Password() with a code of the old paper = %v, want ErrRefused", err)
	}
	in.Code = fresh[0]
	if _, err := w.Password(t.Context(), browser, in); err != nil {
		t.Errorf("Password() with a code of the new paper = %v", err)
	}
}

// TestNobodyLearnsWhoSignsIn compares what is said of a person with what is said of
// nobody. That the same work is done for both is so by construction: there is one
// path, and it asks what was typed, never whose it is.
func TestNobodyLearnsWhoSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	w.clock.pass(time.Hour)
	good := p.code(t, w.clock.now())
	for name, in := range map[string]signin.PasswordInput{
		"a wrong password":             {Email: p.email, Password: "eight walnuts under a green roof", Code: good},
		"no password":                  {Email: p.email, Code: good},
		"no code":                      {Email: p.email, Password: goodPassword},
		"a wrong code":                 {Email: p.email, Password: goodPassword, Code: "000000"},
		"a printed code that is none":  {Email: p.email, Password: goodPassword, Code: "1-AAAAA-AAAAA"},
		"an address that is nobody's":  {Email: "nobody@mfa.example", Password: goodPassword, Code: good},
		"nobody, and a printed code":   {Email: "nobody@mfa.example", Password: goodPassword, Code: "1-AAAAA-AAAAA"},
		"nothing":                      {},
		"what is no UTF-8":             {Email: "\xff", Password: "\xff", Code: "\xff"},
		"a NUL":                        {Email: "a\x00@b.example", Password: "a\x00", Code: "0\x00"},
		"a password as long as a book": {Email: p.email, Password: string(make([]byte, 100_000)), Code: good},
	} {
		if out, err := w.Password(t.Context(), signin.Browser{Address: "198.51.100.1"}, in); err != signin.ErrRefused || out.Reference != "" {
			t.Errorf("Password() with %s = %+v, %v, want ErrRefused", name, out, err)
		}
	}
	w.clock.pass(time.Hour)
	if _, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())}); err != nil {
		t.Errorf("Password() afterwards = %v", err)
	}
}

// TestFailuresElsewhereLockNobodyOut guesses from everywhere, at an address that is
// somebody's and at one that is nobody's.
func TestFailuresElsewhereLockNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	w.clock.pass(time.Minute)
	at := func(n int) signin.Browser { return signin.Browser{Address: fmt.Sprintf("203.0.113.%d", n)} }
	for _, email := range []string{p.email, "nobody@mfa.example"} {
		for n := range 12 {
			_, err := w.Password(t.Context(), at(n), signin.PasswordInput{Email: email, Password: "guess", Code: "123456"})
			if want := n >= 10; problem.Is(err, problem.TooManyRequests) != want || !want && err != signin.ErrRefused {
				t.Errorf("guess %d at %s = %v, want that it is refused: too many: %t", n, email, err, want)
			}
		}
	}
	good := func() signin.PasswordInput {
		return signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())}
	}
	if _, err := w.Password(t.Context(), at(99), good()); !problem.Is(err, problem.TooManyRequests) {
		t.Errorf("Password() from a new browser = %v, want that the guesses count there", err)
	}
	known := signin.Browser{Address: "203.0.113.1", Known: p.Known}
	if _, err := w.Password(t.Context(), known, good()); err != nil {
		t.Errorf("Password() from a browser that has signed in before, at the guesser's address = %v", err)
	}
	planted := signin.Browser{Address: "203.0.113.2", Known: "planted"}
	if _, err := w.Password(t.Context(), planted, good()); !problem.Is(err, problem.TooManyRequests) {
		t.Errorf("Password() from a browser that makes its cookie up = %v, want that the guesses count there", err)
	}
	w.clock.pass(16 * time.Minute)
	if _, err := w.Password(t.Context(), at(99), good()); err != nil {
		t.Errorf("Password() from a new browser a quarter of an hour later = %v", err)
	}
}

// TestANetworkHasItsOwnCount guesses at many from one network, and then by passkey.
func TestANetworkHasItsOwnCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, k := w.adaWithKey(t)
	var err error
	for n := range 51 {
		address := fmt.Sprintf("2001:db8::%x", n+1) // of one /64
		_, err = w.Password(t.Context(), signin.Browser{Address: address},
			signin.PasswordInput{Email: fmt.Sprintf("%d@mfa.example", n), Password: "guess", Code: "123456"})
	}
	if !problem.Is(err, problem.TooManyRequests) {
		t.Errorf("the 51st guess of a network = %v, want too many", err)
	}
	there := signin.Browser{Address: "2001:db8::ffff"}
	if _, err := w.Password(t.Context(), signin.Browser{Address: "2001:db8:0:1::1"}, signin.PasswordInput{Email: "x@mfa.example"}); err != signin.ErrRefused {
		t.Errorf("a guess of the next network = %v, want ErrRefused", err)
	}
	options, ref, err := w.ChallengePasskey(t.Context(), there)
	if err != nil {
		t.Fatalf("ChallengePasskey() in the guesser's network = %v", err)
	}
	out, err := w.Passkey(t.Context(), there, ref, k.answers(t, here, options), "")
	if err != nil || out.Session.Account != in.Session.Account {
		t.Errorf("Passkey() in the guesser's network = %+v, %v, want Ada", out, err)
	}
}

func TestAPasswordAloneSetsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	offer, err := w.OfferTOTP(t.Context(), in.Session)
	if err != nil {
		t.Fatal(err)
	}
	p := person{secret: offer.Secret}
	try := signin.TOTPInput{Ref: offer.Ref, Password: goodPassword, Code: "000000"}
	if _, err := w.EnrolTOTP(t.Context(), browser, in.Session, try); !problem.Is(err, problem.Invalid) {
		t.Errorf("EnrolTOTP() with a wrong code = %v, want invalid", err)
	}
	try.Code = p.code(t, w.clock.now())
	try.Password = "ada@mfa.example"
	if _, err := w.EnrolTOTP(t.Context(), browser, in.Session, try); !problem.Is(err, problem.Invalid) {
		t.Errorf("EnrolTOTP() with one's address for a password = %v, want invalid", err)
	}
	if has, err := w.Methods(t.Context(), in.Session); err != nil || has.Password || has.TOTP {
		t.Errorf("after the refusals Methods() = %+v, %v, want none", has, err)
	}
	try.Password = goodPassword
	out, err := w.EnrolTOTP(t.Context(), browser, in.Session, try)
	if err != nil {
		t.Fatalf("EnrolTOTP() = %v", err)
	}
	if err := w.RemovePassword(t.Context(), browser, out.Session); !problem.Is(err, problem.Conflict) {
		t.Errorf("RemovePassword() of the one method = %v, want conflict", err)
	}
	w.clock.pass(signin.StrongFor)
	if _, err := w.OfferTOTP(t.Context(), out.Session); err != signin.ErrStepUp {
		t.Errorf("OfferTOTP() five minutes later = %v, want ErrStepUp", err)
	}
	if _, _, err := w.EnrolPrinted(t.Context(), browser, out.Session, goodPassword); err != signin.ErrStepUp {
		t.Errorf("EnrolPrinted() five minutes later = %v, want ErrStepUp", err)
	}
	if err := w.RemovePassword(t.Context(), browser, out.Session); err != signin.ErrStepUp {
		t.Errorf("RemovePassword() five minutes later = %v, want ErrStepUp", err)
	}
}

func TestAStepUpIsByThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	other := ada()
	other.Name, other.Email = "Bo Saar", "bo@mfa.example"
	bo := w.withApp(t, w.accept(t, w.invite(t, "head_of_delegation EE", other)))
	w.clock.pass(time.Hour / 4)
	in := signin.PasswordInput{Email: bo.email, Password: goodPassword, Code: bo.code(t, w.clock.now())}
	if _, err := w.StepUpPassword(t.Context(), browser, p.Session, in); err != signin.ErrRefused {
		t.Errorf("StepUpPassword() with another's code = %v, want ErrRefused", err)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != nil {
		t.Errorf("after the refusal Find() = %v, want the session", err)
	}
	in.Code = p.code(t, w.clock.now())
	stepped, err := w.StepUpPassword(t.Context(), browser, p.Session, in)
	if err != nil || stepped.Session.Account != p.Session.Account || !stepped.Session.Strong(w.clock.now()) {
		t.Fatalf("StepUpPassword() = %+v, %v, want Ada, strong", stepped, err)
	}
	if _, err := w.Find(t.Context(), p.Reference); err != signin.ErrNoSession {
		t.Errorf("Find() of the session before = %v, want ErrNoSession", err)
	}
}
