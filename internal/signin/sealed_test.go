package signin_test

import (
	"strings"
	"testing"
	"time"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/seal"
	"pocreg.example/internal/signin"
)

func keys(t *testing.T, text string) seal.Keys {
	t.Helper()
	k, err := seal.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// secretOf is what the database has of the one authenticator app.
func (w world) secretOf(t *testing.T) (secret string) {
	t.Helper()
	if err := w.DB.Owner.QueryRow(t.Context(), `select secret from totp`).Scan(&secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

// signs reports whether a person's app lets them in.
func (w world) signs(t *testing.T, p person) error {
	t.Helper()
	w.clock.pass(time.Minute)
	_, err := w.Password(t.Context(), browser, signin.PasswordInput{Email: p.email, Password: goodPassword, Code: p.code(t, w.clock.now())})
	return err
}

func TestTheSecretOfAnAppIsSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	offer, err := w.OfferTOTP(t.Context(), in.Session)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `select count(*) from ceremony where convert_from(data, 'UTF8') like '%' || $1 || '%'`, offer.Secret); n != 0 {
		t.Error("the secret that is offered lies in clear while it waits")
	}
	p := w.withApp(t, in)
	if kept := w.secretOf(t); !seal.Sealed(kept) || strings.Contains(kept, p.secret) {
		t.Errorf("the secret of the app is kept as %q", kept)
	}
	if err := w.signs(t, p); err != nil {
		t.Errorf("Password() = %v", err)
	}
}

func TestASealedSecretIsOneAccountsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, kadri := w.ada(t), w.head(t)
	_, err := w.DB.Owner.Exec(t.Context(), `update totp set secret = (select secret from totp where account = $1) where account = $2`,
		kadri.Session.Account, p.Session.Account)
	if err != nil {
		t.Fatal(err)
	}
	p.secret = kadri.secret
	if err := w.signs(t, p); err != signin.ErrRefused {
		t.Errorf("Password() by a secret that was put over from another = %v, want ErrRefused", err)
	}
}

func TestSecretsAreSealedAnewByTheNewestKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.ada(t)
	// As it lay before there was a key.
	if _, err := w.DB.Owner.Exec(t.Context(), `update totp set secret = $1`, p.secret); err != nil {
		t.Fatal(err)
	}
	reseal := func(k string, want signin.Resealed) {
		t.Helper()
		w.Sealing(keys(t, k))
		if got, err := w.Reseal(t.Context()); err != nil || got != want {
			t.Fatalf("Reseal() = %+v, %v, want %+v", got, err, want)
		}
	}
	reseal("", signin.Resealed{Clear: 1})
	if err := w.signs(t, p); err != nil {
		t.Errorf("Password() while there is no key yet = %v, want that nobody is locked out", err)
	}
	first, second := seal.New(), seal.New()
	reseal(first, signin.Resealed{Sealed: 1})
	reseal(first, signin.Resealed{})
	reseal(second+" "+first, signin.Resealed{Sealed: 1})
	reseal(second, signin.Resealed{})
	if err := w.signs(t, p); err != nil || !strings.HasPrefix(w.secretOf(t), keys(t, second).Mark()) {
		t.Errorf("Password() after the key was changed = %v, the secret is %q", err, w.secretOf(t))
	}
	for _, lost := range []string{first, ""} {
		reseal(lost, signin.Resealed{Lost: 1})
		if err := w.signs(t, p); err != signin.ErrRefused {
			t.Errorf("Password() without the key = %v, want what a wrong code answers", err)
		}
	}
}

func TestWithoutAKeyNothingIsSetUpThatWouldLieInClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Sealing(seal.Keys{})
	in := w.accept(t, w.invite(t, "head_of_delegation EE", ada()))
	if _, err := w.OfferTOTP(t.Context(), in.Session); !problem.Is(err, problem.Conflict) {
		t.Errorf("OfferTOTP() without a key = %v, want conflict", err)
	}
	if n := w.count(t, `select count(*) from ceremony`); n != 0 {
		t.Errorf("%d challenges wait, want none", n)
	}
	if _, _, err := w.EnrolPrinted(t.Context(), browser, in.Session, goodPassword); err != nil {
		t.Errorf("EnrolPrinted() without a key = %v", err)
	}
}
