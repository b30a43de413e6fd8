package portal

import (
	"net/http"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// signinData is what the pages to sign in on know of their visitor.
type signinData struct {
	Next  string // the page that they wanted
	Email string // what they typed, or whose session it is
	Again bool   // whether they are signed in, and are asked once more
	Methods
}

// Methods are the ways to sign in that a page offers.
type Methods struct{ Passkey, Password, Provider bool }

// every is what is offered to strangers: what somebody has set up is not theirs to
// learn.
var every = Methods{true, true, true}

// showSignIn offers the passkey first: it is the one way that no false page can
// steal.
func (v *visit) showSignIn() error {
	return v.show(http.StatusOK, "signin", signinData{Next: v.next(), Methods: every})
}

// showAgain asks who is signed in to sign in once more.
func (v *visit) showAgain() error {
	data, err := v.oneself()
	switch {
	case err != nil:
		return err
	case !data.Passkey && !data.Provider:
		return v.show(http.StatusOK, "password", data)
	default:
		return v.show(http.StatusOK, "signin", data)
	}
}

// oneself is what the pages offer to who is signed in as a person.
func (v *visit) oneself() (signinData, error) {
	if v.Session.Kind != signin.OfPerson {
		return signinData{}, problem.Errorf(problem.Forbidden, "a duty device reads: to change something, sign in as yourself on another browser")
	}
	has, err := v.site.SignIn.Methods(v.Request().Context(), *v.Session)
	if err != nil {
		return signinData{}, err
	}
	data := signinData{Next: v.next(), Again: true, Methods: Methods{len(has.Passkeys) > 0, has.Password, has.Provider}}
	if v.Session.Email != nil {
		data.Email = *v.Session.Email
	}
	return data, nil
}

func (v *visit) showPassword() error {
	return v.show(http.StatusOK, "password", signinData{Next: v.next(), Methods: every})
}

func (v *visit) showPasswordAgain() error {
	data, err := v.oneself()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "password", data)
}

// password signs somebody in by what they know and a code.
func (v *visit) password() error {
	in, err := v.site.SignIn.Password(v.Request().Context(), v.browser(), v.passwordInput())
	if err != nil {
		return v.again(err, "password", signinData{Next: v.next(), Email: v.value("email"), Methods: every})
	}
	return v.welcome(in)
}

// passwordAgain asks the same of who is signed in.
func (v *visit) passwordAgain() error {
	in, err := v.site.SignIn.StepUpPassword(v.Request().Context(), v.browser(), *v.Session, v.passwordInput())
	if err != nil {
		data, failed := v.oneself()
		if failed != nil {
			return failed
		}
		return v.again(err, "password", data)
	}
	return v.welcome(in)
}

func (v *visit) passwordInput() signin.PasswordInput {
	return signin.PasswordInput{Email: v.value("email"), Password: v.value("password"), Code: v.value("code")}
}

// welcome leads who has signed in to the page that they wanted.
func (v *visit) welcome(in signin.SignedIn) error {
	v.enter(in)
	return v.Redirect(http.StatusSeeOther, v.next())
}

// signOut ends the session, if there is one.
func (v *visit) signOut() error {
	if v.Session != nil {
		if err := v.site.SignIn.SignOut(v.Request().Context(), *v.Session); err != nil {
			return err
		}
	}
	v.forget()
	return v.Redirect(http.StatusSeeOther, "/")
}
