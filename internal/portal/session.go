package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// The cookies. __Host- has a browser take them from this host alone, over TLS (or
// on localhost), for all of it: no other name of the domain can plant one. Lax
// lets a link in a mail find its reader signed in; forms of other sites are
// refused before anybody asks who sent them.
const (
	sessionCookie = "__Host-pocreg"
	browserCookie = "__Host-pocreg-browser" // that somebody signed in from here before
	browserKept   = 366 * 24 * time.Hour
)

// find looks up who is behind the visit's cookie.
func (v *visit) find() error {
	kept, err := v.Cookie(sessionCookie)
	if err != nil {
		return nil // there is none
	}
	found, err := v.site.SignIn.Find(v.Request().Context(), kept.Value)
	switch {
	case errors.Is(err, signin.ErrNoSession):
		v.forget()
		return nil
	case problem.Is(err, problem.Unauthenticated):
		v.frozen = err // the cookie stays: it is good again later
		return nil
	case err != nil:
		return err
	}
	v.Session = &found
	v.site.Host.ActAs(v.Context, found.Actor())
	return nil
}

// enter has the browser keep what it was given when somebody signed in.
func (v *visit) enter(in signin.SignedIn) {
	var lasts time.Duration // a person's session is gone with the browser
	if in.Session.Kind == signin.DutyDevice {
		lasts = signin.DeviceLasts
	}
	v.keep(sessionCookie, in.Reference, lasts)
	if in.Known != "" {
		v.keep(browserCookie, in.Known, browserKept)
	}
	v.Session = &in.Session
}

func (v *visit) keep(name, value string, lasts time.Duration) {
	v.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lasts.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// forget has the browser drop its session's cookie.
func (v *visit) forget() {
	v.SetCookie(&http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	v.Session = nil
}

// browser is what the request says of where it comes from.
func (v *visit) browser() signin.Browser {
	b := signin.Browser{Address: v.RealIP(), Label: browserName(v.Request().UserAgent())}
	if kept, err := v.Cookie(browserCookie); err == nil {
		b.Known = kept.Value
	}
	return b
}

// The names by which people know their browsers, and what to tell them by. What
// others claim to be as well comes first.
var (
	browserNames = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systemNames  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// browserName turns what a browser says of itself into what a person knows it by.
func browserName(agent string) string {
	name := func(of [][2]string, otherwise string) string {
		for _, one := range of {
			if strings.Contains(agent, one[0]) {
				return one[1]
			}
		}
		return otherwise
	}
	return name(browserNames, "?") + ", " + name(systemNames, "?")
}

// signedIn is a page for people who are signed in; others are led to the sign-in
// and back.
func signedIn(h handler) handler {
	return func(v *visit) error {
		switch {
		case v.frozen != nil:
			return v.frozen
		case v.Session == nil:
			return v.leadTo("/signin")
		case v.Session.Kind == signin.Enrolling:
			return v.Redirect(http.StatusSeeOther, "/enrol")
		default:
			return h(v)
		}
	}
}

// strong is a page for people who have signed in within the last minutes, because
// what they do on it matters most; others are asked to do so again, and led back.
func strong(h handler) handler {
	return signedIn(func(v *visit) error {
		if !v.Session.Strong(v.site.Now()) {
			return v.leadTo("/signin/again")
		}
		return h(v)
	})
}

// leadTo sends the visitor to a page that leads back here, or to where the form
// is that they sent.
func (v *visit) leadTo(page string) error {
	back := v.Request().URL.RequestURI()
	if v.Request().Method != http.MethodGet {
		back = v.site.forms[v.Path()]
	}
	return v.Redirect(http.StatusSeeOther, page+"?next="+url.QueryEscape(back))
}

// Acts reports whether the visitor is signed in as somebody, and not only to
// enrol.
func (v *visit) Acts() bool { return v.Session != nil && v.Session.Role != nil }

// Acting reports whether the visitor acts in the role of a grant.
func (v *visit) Acting(grant string) bool { return v.Session.Grant != nil && *v.Session.Grant == grant }

// Heads reports whether the visitor manages a state's people.
func (v *visit) Heads() bool { return v.may(access.ManagePeople) }

// SeesPeople reports whether the page of a state's people has something for the
// visitor: a delegate agrees there that somebody starts anew.
func (v *visit) SeesPeople() bool { return v.may(access.ConfirmReenrolment) }

// Writes reports whether the visitor writes letters to those who are invited from
// afar.
func (v *visit) Writes() bool { return v.Acts() && v.Session.Actor().Role == access.Secretariat }

func (v *visit) may(action access.Action) bool {
	return v.Acts() && v.Session.Actor().May(action, access.Subject{State: v.Session.Actor().State})
}
