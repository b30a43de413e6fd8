package portal

import (
	"net/http"

	"pocreg.example/internal/signin"
)

// showInvitation shows what a link is to, and asks for the code. It uses nothing
// up: programs that look for bad links in mails open all.
func (v *visit) showInvitation() error {
	opened, err := v.site.SignIn.Opened(v.Request().Context(), v.browser(), v.Param("secret"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "invitation", opened)
}

// accept takes an invitation up, by its code: who was invited to a role goes on to
// choose how to sign in, an office's browser is its duty device at once.
func (v *visit) accept() error {
	ctx, link := v.Request().Context(), v.Param("secret")
	in, err := v.site.SignIn.Accept(ctx, v.browser(), link, v.value("code"))
	if err != nil {
		opened, failed := v.site.SignIn.Opened(ctx, v.browser(), link)
		if failed != nil {
			return err
		}
		return v.again(err, "invitation", opened)
	}
	v.enter(in)
	if in.Session.Kind == signin.DutyDevice {
		return v.Redirect(http.StatusSeeOther, "/account")
	}
	return v.Redirect(http.StatusSeeOther, "/enrol")
}

// offered is a new invitation, whose link and code are shown once.
type offered struct {
	signin.Offer
	URL    string
	Mailed string // where the link goes by mail as well; "" for nowhere
}

// showOffer shows what opens an invitation, to be sent in two ways.
func (v *visit) showOffer(o signin.Offer) error {
	page := "/invitation/"
	if o.Invitation.Purpose == signin.ToDevice {
		page = "/device/"
	}
	out := offered{Offer: o, URL: v.site.Origin + page + o.Link}
	if v.site.Mails && o.Invitation.Email != nil {
		out.Mailed = *o.Invitation.Email
	}
	return v.show(http.StatusOK, "offer", out)
}
