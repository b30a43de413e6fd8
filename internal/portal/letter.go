package portal

import (
	"net/http"
	"net/url"
	"strings"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/signin"
)

// letterData is a letter that brings somebody the link of their invitation. It
// never has the code, which goes another way.
type letterData struct {
	signin.Invitation
	URL string
	QR  drawing
}

func (v *visit) showLetterForm() error { return v.show(http.StatusOK, "letter_form", "") }

// letter prints the letter for a link that the sender was shown. The link is in no
// address and kept nowhere.
func (v *visit) letter() error {
	link := strings.TrimSpace(v.value("link"))
	secret := link[strings.LastIndex(link, "/")+1:]
	opened, err := v.site.SignIn.Opened(v.Request().Context(), v.browser(), secret)
	if err == nil && opened.Status != signin.Waiting && opened.Status != signin.Unconfirmed {
		err = signin.ErrInvitation
	}
	if err == nil && opened.Purpose == signin.ToToken { // which no browser takes up
		return v.again(problem.Faultf("/link", "%s", signin.ErrToken.(*problem.Error).Detail), "letter_form", link)
	}
	if problem.Is(err, problem.NotFound) {
		return v.again(problem.Faultf("/link", "%s", signin.ErrInvitation.(*problem.Error).Detail), "letter_form", link)
	}
	if err != nil {
		return err
	}
	data := letterData{Invitation: opened.Invitation, URL: v.site.Origin + "/invitation/" + url.PathEscape(secret)}
	if data.QR, err = drawQR(data.URL); err != nil {
		return err
	}
	v.language = v.site.languages.named(opened.Language)
	return v.show(http.StatusOK, "letter", data)
}
