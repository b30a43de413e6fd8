package portal

import (
	"net/http"
	"net/url"
	"slices"

	"pocreg.example/internal/signin"
)

// enrolling is a page for who sets up a way to sign in: who was invited to, and
// who has just signed in.
func enrolling(h handler) handler {
	return func(v *visit) error {
		if v.Session != nil && v.Session.Kind == signin.Enrolling {
			return h(v)
		}
		return strong(h)(v)
	}
}

// showEnrol offers the ways to sign in.
func (v *visit) showEnrol() error {
	data, err := v.enrolData()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "enrol", data)
}

// enrolData is which ways there are beside those that all have.
type enrolData struct {
	Provider bool // of the visitor's own state
}

func (v *visit) enrolData() (enrolData, error) {
	states, err := v.site.SignIn.Providing(v.Request().Context())
	return enrolData{v.Session.State != nil && slices.Contains(states, *v.Session.State)}, err
}

// appData is what a person puts into an authenticator app.
type appData struct {
	Ref    string
	URL    string
	Secret string
	QR     drawing
}

// showApp offers an authenticator app and a password.
func (v *visit) showApp() error {
	offer, err := v.site.SignIn.OfferTOTP(v.Request().Context(), *v.Session)
	if err != nil {
		return err
	}
	data, err := describeApp(offer.Ref, offer.URL)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "enrol_app", data)
}

func describeApp(ref, link string) (appData, error) {
	data := appData{Ref: ref, URL: link}
	if u, err := url.Parse(link); err == nil {
		data.Secret = u.Query().Get("secret")
	}
	var err error
	data.QR, err = drawQR(link)
	return data, err
}

// enrolApp sets up what was offered. A form that is to be mended shows the same
// code for the camera again: the app has it already.
func (v *visit) enrolApp() error {
	in, err := v.site.SignIn.EnrolTOTP(v.Request().Context(), v.browser(), *v.Session,
		signin.TOTPInput{Ref: v.value("ref"), Password: v.value("password"), Code: v.value("code")})
	if err != nil {
		data, failed := describeApp(v.value("ref"), v.value("url"))
		if failed != nil {
			return err
		}
		return v.again(err, "enrol_app", data)
	}
	v.enter(in)
	return v.Redirect(http.StatusSeeOther, "/account")
}

// showPrinted offers a password and printed codes.
func (v *visit) showPrinted() error { return v.show(http.StatusOK, "enrol_printed", nil) }

// enrolPrinted sets them up, and shows the codes once.
func (v *visit) enrolPrinted() error {
	in, codes, err := v.site.SignIn.EnrolPrinted(v.Request().Context(), v.browser(), *v.Session, v.value("password"))
	if err != nil {
		return v.again(err, "enrol_printed", nil)
	}
	v.enter(in)
	return v.show(http.StatusOK, "codes", codes)
}

// printCodes makes new codes in place of those before, and shows them once.
func (v *visit) printCodes() error {
	codes, err := v.site.SignIn.PrintCodes(v.Request().Context(), v.browser(), *v.Session)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "codes", codes)
}
