package portal

import (
	"errors"
	"net/http"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// flowCookie keeps, while somebody is away at their state's provider, what proves
// that it is the same browser that comes back.
const flowCookie = "__Host-pocreg-away"

// providersData is what the page knows on which strangers choose their state.
type providersData struct {
	Next   string
	States []string
}

// showProviders offers the states that have a provider of their own.
func (v *visit) showProviders() error { return v.showStates(http.StatusOK, v.next()) }

func (v *visit) showStates(status int, next string, faults ...fault) error {
	states, err := v.site.SignIn.Providing(v.Request().Context())
	if err != nil {
		return err
	}
	return v.show(status, "providers", providersData{next, states}, faults...)
}

// leaveToSignIn leads whoever it is to the provider of the state that they chose.
func (v *visit) leaveToSignIn() error {
	to, err := v.site.SignIn.LeaveToSignIn(v.Request().Context(), v.browser(), v.value("state"), v.next())
	if err != nil {
		return v.notAway(err)
	}
	return v.showAway(to)
}

// leaveToStepUp leads who is signed in there, to sign in anew.
func (v *visit) leaveToStepUp() error {
	to, err := v.site.SignIn.LeaveToStepUp(v.Request().Context(), *v.Session, v.next())
	if err != nil {
		return v.notAway(err)
	}
	return v.showAway(to)
}

// leaveToBind leads who sets up how they sign in there.
func (v *visit) leaveToBind() error {
	to, err := v.site.SignIn.LeaveToBind(v.Request().Context(), *v.Session)
	if err != nil {
		return v.notAway(err)
	}
	return v.showAway(to)
}

// showAway names the provider's host, and leads there by a link: a form's answer must
// not lead away from here (form-action), and people see to whom they go.
func (v *visit) showAway(to signin.Away) error {
	v.keep(flowCookie, to.Cookie, signin.FlowLasts)
	return v.show(http.StatusOK, "away", to)
}

// notAway says on the page of providers what is wrong with one.
func (v *visit) notAway(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	status := map[problem.Kind]int{
		problem.NotFound: http.StatusNotFound, problem.Unavailable: http.StatusServiceUnavailable, problem.Unauthenticated: http.StatusUnauthorized,
		problem.Conflict: http.StatusConflict,
	}[p.Kind]
	if status == 0 {
		return err
	}
	return v.showStates(status, v.next(), v.fault("", p.Detail))
}

// comeBack takes in who comes back from their provider. What they left with is over,
// and so is its cookie.
func (v *visit) comeBack() error {
	back := signin.Back{
		Of: v.Param("state"), State: v.QueryParam("state"), Code: v.QueryParam("code"), Issuer: v.QueryParam("iss"), Error: v.QueryParam("error"),
	}
	if kept, err := v.Cookie(flowCookie); err == nil {
		back.Cookie = kept.Value
	}
	in, next, err := v.site.SignIn.Return(v.Request().Context(), v.browser(), v.Session, back)
	if err != nil {
		return v.notAway(err)
	}
	v.SetCookie(&http.Cookie{Name: flowCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	v.enter(in)
	return v.Redirect(http.StatusSeeOther, next)
}

// removeProvider has who is signed in no longer sign in at their state's provider.
func (v *visit) removeProvider() error {
	return v.removed(v.site.SignIn.RemoveProvider(v.Request().Context(), v.browser(), *v.Session))
}

// providerData is where a state's people sign in, as its head sees it.
type providerData struct {
	signin.Provider // that stands; without an id if none does
	Issuer, Client  string
	Returning       string
}

func (v *visit) providerData() (providerData, error) {
	by := v.Session.Actor()
	p, err := v.site.SignIn.ProviderOf(v.Request().Context(), by)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return providerData{}, err
	}
	return providerData{Provider: p, Issuer: p.Issuer, Client: p.ClientID, Returning: v.site.SignIn.Returning(by.State)}, nil
}

func (v *visit) showProvider() error {
	data, err := v.providerData()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "provider", data)
}

// setProvider says where a state's people sign in.
func (v *visit) setProvider() error {
	in := signin.ProviderInput{Issuer: v.value("issuer"), ClientID: v.value("client_id"), Secret: v.value("client_secret")}
	_, err := v.site.SignIn.SetProvider(v.Request().Context(), v.act(), in)
	if err != nil {
		data, failed := v.providerData()
		if failed != nil {
			return failed
		}
		data.Issuer, data.Client = in.Issuer, in.ClientID
		return v.again(err, "provider", data)
	}
	return v.Redirect(http.StatusSeeOther, "/people/provider")
}

func (v *visit) endProvider() error {
	return v.done(v.site.SignIn.EndProvider(v.Request().Context(), v.act()), "/people/provider")
}
