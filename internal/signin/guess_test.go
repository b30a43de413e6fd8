package signin_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// known are browsers from which a person has signed in before, each with a count of its
// own: what keeps a guesser from trying more must not be how often one may in a quarter
// of an hour.
func (w world) known(t *testing.T, of string, many int) (all []signin.Browser) {
	t.Helper()
	for n := range many {
		b := signin.Browser{Address: fmt.Sprintf("203.0.113.%d", n), Known: fmt.Sprintf("known %d", n)}
		hash := sha256.Sum256([]byte(b.Known))
		if _, err := w.DB.Owner.Exec(t.Context(), `insert into known_browser (hash, account, seen_at) values ($1, $2, $3)`, hash[:], of, w.clock.now()); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// guesses tries to sign in once from each browser, many at the same time. Whoever has to
// wait for a turn tries again; everybody must be told ErrRefused.
func (w world) guesses(t *testing.T, from []signin.Browser, in signin.PasswordInput) {
	t.Helper()
	const atOnce = 12 // of whom two are let in at a time, within hashWait
	var all sync.WaitGroup
	var next atomic.Int64
	for range atOnce {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(from); n = int(next.Add(1)) - 1 {
				err := error(problem.Errorf(problem.Unavailable, "not tried yet"))
				for problem.Is(err, problem.Unavailable) {
					_, err = w.Password(context.Background(), from[n], in)
				}
				if err != signin.ErrRefused {
					t.Errorf("Password() number %d = %v, want ErrRefused", n, err)
				}
			}
		})
	}
	all.Wait()
}

// failures is how many codes in a row were wrong.
func (w world) failures(t *testing.T, of string) (n int) {
	t.Helper()
	if err := w.DB.Owner.QueryRow(t.Context(), `select failures from password where account = $1`, of).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (w world) setFailures(t *testing.T, of string, n int) {
	t.Helper()
	if _, err := w.DB.Owner.Exec(t.Context(), `update password set failures = $2 where account = $1`, of, n); err != nil {
		t.Fatal(err)
	}
}

// outcomes counts what a person's signing in came to.
func (w world) outcomes(t *testing.T, of person) map[signin.Outcome]int {
	t.Helper()
	rows, err := w.DB.Owner.Query(t.Context(), `select outcome, count(*) from signin_event where account = $1 group by outcome`, of.Session.Account)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[signin.Outcome]int{}
	for rows.Next() {
		var o signin.Outcome
		var n int
		if err := rows.Scan(&o, &n); err != nil {
			t.Fatal(err)
		}
		all[o] = n
	}
	return all
}

// TestAHundredWrongCodesInARowShutThePassword guesses 300 codes at once, by somebody who
// has the password and as many browsers that the person signs in from.
func TestAHundredWrongCodesInARowShutThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, k := w.adaWithKey(t)
	p := w.withApp(t, in)
	codes, err := w.PrintCodes(t.Context(), browser, p.Session)
	if err != nil {
		t.Fatal(err)
	}
	version := w.Register.Latest()
	w.clock.pass(time.Minute)
	w.guesses(t, w.known(t, p.Session.Account, 300), signin.PasswordInput{Email: p.email, Password: goodPassword, Code: "000000"})
	if n := w.failures(t, p.Session.Account); n != 100 {
		t.Errorf("of 300 codes at once %d were looked at, want 100", n)
	}
	got := w.outcomes(t, p)
	if got[signin.Refused] != 298 || got[signin.Guessed] != 1 || got[signin.Shut] != 1 {
		t.Errorf("what came of them is %v, want that it was said once that somebody guesses, and once that it is shut", got)
	}
	there := signin.Browser{Address: "198.51.100.1"}
	for name, code := range map[string]string{"the app's": p.code(t, w.clock.now()), "a printed": codes[4], "no": ""} {
		in := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: code}
		if out, err := w.Password(t.Context(), there, in); err != signin.ErrRefused || out.Reference != "" {
			t.Errorf("Password() with %s code, the right one, after that = %+v, %v, want ErrRefused", name, out, err)
		}
		if _, err := w.StepUpPassword(t.Context(), there, p.Session, in); err != signin.ErrRefused {
			t.Errorf("StepUpPassword() with %s code after that = %v, want ErrRefused", name, err)
		}
	}
	if has, err := w.Methods(t.Context(), p.Session); err != nil || !has.Shut || has.Codes != 10 {
		t.Errorf("Methods() = %+v, %v, want that the password is shut, and no code was used up", has, err)
	}
	if now := w.Register.Latest(); now != version {
		t.Errorf("the register went from %d to %d, want that guessing takes no turn", version, now)
	}
	options, ref := w.challenge(t)
	byKey, err := w.Passkey(t.Context(), browser, ref, k.answers(t, here, options), "")
	if err != nil {
		t.Fatalf("Passkey() of who has one = %v", err)
	}
	if _, err := w.PrintCodes(t.Context(), browser, byKey.Session); !problem.Is(err, problem.Conflict) {
		t.Errorf("PrintCodes() for a password that is shut = %v, want conflict", err)
	}
	again := w.withApp(t, byKey)
	w.clock.pass(time.Minute)
	good := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: again.code(t, w.clock.now())}
	if _, err := w.Password(t.Context(), browser, good); err != nil {
		t.Errorf("Password() once it is set anew = %v", err)
	}
}

// TestARightCodeEndsTheRow has codes be wrong up to the last that may, and then be
// right.
func TestARightCodeEndsTheRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	of := p.Session.Account
	wrong := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: "000000"}
	for n := range 3 {
		w.setFailures(t, of, 98)
		w.clock.pass(time.Hour)
		if _, err := w.Password(t.Context(), browser, wrong); err != signin.ErrRefused || w.failures(t, of) != 99 {
			t.Errorf("Password() with the 99th wrong code = %v, and it counts %d", err, w.failures(t, of))
		}
		right := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())}
		if won := w.tries(t, right, signin.ErrRefused); won != 1 {
			t.Errorf("round %d: eight right codes at once after 99 wrong ones signed in %d times, want once", n, won)
		}
		if got := w.failures(t, of); got > 7 {
			t.Errorf("after a right code %d wrong ones count, want no more than came after it", got)
		}
	}
	if got := w.outcomes(t, p); got[signin.Shut] != 0 {
		t.Errorf("what came of it is %v, want that nothing was shut", got)
	}
}

// TestWithoutThePasswordNobodyShutsIt guesses passwords, with codes that are right.
func TestWithoutThePasswordNobodyShutsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, codes := w.withPaper(t)
	w.guesses(t, w.known(t, p.Session.Account, 130), signin.PasswordInput{Email: p.email, Password: "eight walnuts under a green roof", Code: codes[0]})
	if n := w.failures(t, p.Session.Account); n != 0 {
		t.Errorf("of codes behind a wrong password %d count, want none", n)
	}
	if got := w.outcomes(t, p); got[signin.Refused] != 130 || got[signin.Guessed]+got[signin.Shut] != 0 {
		t.Errorf("what came of them is %v, want 130 refusals and no more", got)
	}
	in := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: codes[0]}
	if _, err := w.Password(t.Context(), browser, in); err != nil {
		t.Errorf("Password() with the right one = %v", err)
	}
}

// TestAPasswordThatIsShutIsNoWayIn has it be all that somebody signs in by.
func TestAPasswordThatIsShutIsNoWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in, _ := w.adaWithKey(t)
	p := w.withApp(t, in)
	w.setFailures(t, p.Session.Account, 100)
	has, err := w.Methods(t.Context(), p.Session)
	if err != nil || len(has.Passkeys) != 1 {
		t.Fatalf("Methods() = %+v, %v, want a passkey", has, err)
	}
	if err := w.RemovePasskey(t.Context(), browser, p.Session, has.Passkeys[0].ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("RemovePasskey() beside a password that is shut = %v, want conflict", err)
	}
	if _, err := w.DB.Owner.Exec(t.Context(), `update password set failures = 101`); err == nil {
		t.Error("the database counts a hundred and first code")
	}
	// The delegation has Ada, its head by token, and a delegate by token.
	for _, sql := range []string{
		`update token set revoked_at = now() where state = 'EE' and role = 'delegate'`, `update delegation set mode = 'default' where state = 'EE'`,
		`delete from passkey`,
	} {
		if _, err := w.DB.Owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var two, spared bool
	err = w.DB.Owner.QueryRow(t.Context(), `select state_takes_two('EE'), token_can_be_spared($1)`,
		w.Actor(t, "head_of_delegation EE").Credential).Scan(&two, &spared)
	if err != nil || !two || spared {
		t.Errorf("with Ada's one way in shut two decide: %t, and the head's token can be spared: %t, %v, want true and false", two, spared, err)
	}
	offer, err := w.Reenrol(t.Context(), w.Pair(t), p.Session.Account)
	if err != nil {
		t.Fatal(err)
	}
	again := w.withApp(t, w.accept(t, offer))
	w.clock.pass(time.Minute)
	good := signin.PasswordInput{Email: p.email, Password: goodPassword, Code: again.code(t, w.clock.now())}
	if _, err := w.Password(t.Context(), browser, good); err != nil {
		t.Errorf("Password() of who has enrolled anew = %v", err)
	}
}
