package portal

import (
	"encoding/json"
	"net/http"

	"pocreg.example/internal/signin"
)

// challenge is what webauthn.js asks for before it asks the authenticator.
type challenge struct {
	Ceremony string          `json:"ceremony"` // brings the challenge back with the answer
	Options  json.RawMessage `json:"options"`
}

func (v *visit) askPasskey(options []byte, ref string, err error) error {
	if err != nil {
		return err
	}
	v.secure()
	return v.JSON(http.StatusOK, challenge{ref, options})
}

// passkeyOptions begins to sign in whoever comes.
func (v *visit) passkeyOptions() error {
	return v.askPasskey(v.site.SignIn.ChallengePasskey(v.Request().Context(), v.browser()))
}

// passkey signs in whoever's passkey answered.
func (v *visit) passkey() error {
	in, err := v.site.SignIn.Passkey(v.Request().Context(), v.browser(), v.value("ceremony"), []byte(v.value("answer")), "")
	if err != nil {
		return v.again(err, "signin", signinData{Next: v.next(), Methods: every})
	}
	return v.welcome(in)
}

// againOptions begins to ask who is signed in once more.
func (v *visit) againOptions() error {
	return v.askPasskey(v.site.SignIn.ChallengeStepUp(v.Request().Context(), *v.Session))
}

// passkeyAgain makes a stronger session of the one that there is.
func (v *visit) passkeyAgain() error {
	in, err := v.site.SignIn.StepUpPasskey(v.Request().Context(), v.browser(), *v.Session, v.value("ceremony"), []byte(v.value("answer")))
	if err != nil {
		data, failed := v.oneself()
		if failed != nil {
			return failed
		}
		return v.again(err, "signin", data)
	}
	return v.welcome(in)
}

// enrolOptions begins to set a passkey up.
func (v *visit) enrolOptions() error {
	return v.askPasskey(v.site.SignIn.OfferPasskey(v.Request().Context(), *v.Session))
}

// enrolPasskey sets a passkey up.
func (v *visit) enrolPasskey() error {
	in, err := v.site.SignIn.EnrolPasskey(v.Request().Context(), v.browser(), *v.Session,
		signin.PasskeyInput{Ref: v.value("ceremony"), Label: v.value("label"), Answer: []byte(v.value("answer"))})
	if err != nil {
		data, failed := v.enrolData()
		if failed != nil {
			return failed
		}
		return v.again(err, "enrol", data)
	}
	v.enter(in)
	return v.Redirect(http.StatusSeeOther, "/account")
}

// removePasskey takes one of the visitor's passkeys away.
func (v *visit) removePasskey() error {
	return v.removed(v.site.SignIn.RemovePasskey(v.Request().Context(), v.browser(), *v.Session, v.value("passkey")))
}

// removePassword takes the visitor's password away, with what goes with it.
func (v *visit) removePassword() error {
	return v.removed(v.site.SignIn.RemovePassword(v.Request().Context(), v.browser(), *v.Session))
}

func (v *visit) removed(err error) error {
	if err == nil {
		return v.Redirect(http.StatusSeeOther, "/account")
	}
	faults, status, ok := v.wrong(err)
	if !ok {
		return err
	}
	return v.showAccount(status, faults...)
}
