package portal

import (
	"net/http"

	"pocreg.example/internal/account"
	"pocreg.example/internal/signin"
)

// accountData is what a person sees of themselves.
type accountData struct {
	Roles    []account.Role
	Methods  signin.Methods
	Tokens   []signin.OwnToken
	Sessions []signin.Session
	Events   []signin.Event
}

// Page is where it stands.
func (accountData) Page() string { return "/account" }

// eventsShown is how much of what happened of late a page shows.
const eventsShown = 20

// account shows a person who they are, how they sign in, and where they are
// signed in.
func (v *visit) account() error { return v.showAccount(http.StatusOK) }

func (v *visit) showAccount(status int, faults ...fault) error {
	ctx := v.Request().Context()
	var data accountData
	var err error
	if data.Roles, err = v.site.SignIn.Roles(ctx, *v.Session); err != nil {
		return err
	}
	if data.Methods, err = v.site.SignIn.Methods(ctx, *v.Session); err != nil {
		return err
	}
	if data.Tokens, err = v.site.SignIn.Tokens(ctx, *v.Session); err != nil {
		return err
	}
	if data.Sessions, err = v.site.SignIn.Sessions(ctx, *v.Session); err != nil {
		return err
	}
	if data.Events, err = v.site.SignIn.Events(ctx, v.Session.Actor(), v.Session.Account); err != nil {
		return err
	}
	data.Events = data.Events[:min(len(data.Events), eventsShown)]
	return v.show(status, "account", data, faults...)
}

// switchRole goes on in another role of the same person.
func (v *visit) switchRole() error {
	in, err := v.site.SignIn.Switch(v.Request().Context(), v.browser(), *v.Session, v.value("role"))
	if err != nil {
		return err
	}
	v.enter(in)
	return v.Redirect(http.StatusSeeOther, "/account")
}

// endSession signs one browser out.
func (v *visit) endSession() error {
	if err := v.site.SignIn.End(v.Request().Context(), v.Session.Actor(), v.value("session")); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, "/account")
}

// endSessions signs the person out everywhere.
func (v *visit) endSessions() error {
	if err := v.site.SignIn.EndAll(v.Request().Context(), *v.Session); err != nil {
		return err
	}
	v.forget()
	return v.Redirect(http.StatusSeeOther, "/signin")
}

// openToken lets one of the visitor's own tokens do for minutes what wants a fresh
// sign-in.
func (v *visit) openToken() error {
	return v.done(v.site.SignIn.OpenToken(v.Request().Context(), v.browser(), *v.Session, v.value("token")), "/account")
}

func (v *visit) shutToken() error {
	return v.done(v.site.SignIn.ShutToken(v.Request().Context(), v.browser(), *v.Session, v.value("token")), "/account")
}
