package httpapi

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// handedView is what somebody is given of an invitation that takes two to hand out,
// once: the link whoever asked for it, the code and whom to send it to whoever approved.
type handedView struct {
	Link      string      `json:"link,omitempty"`
	Code      string      `json:"code,omitempty"`
	ID        string      `json:"id,omitempty"`
	Name      string      `json:"name,omitempty"`
	Email     string      `json:"email,omitempty"`
	Language  string      `json:"language,omitempty"`
	Role      access.Role `json:"role,omitempty"`
	ExpiresAt *time.Time  `json:"expires_at,omitempty"`
}

func viewGiven(o *signin.Offer) *handedView {
	if o == nil {
		return nil
	}
	i := o.Invitation
	return &handedView{
		Code: o.Code, ID: i.ID, Name: i.Name, Email: text(i.Email), Language: i.Language, Role: *i.Role, ExpiresAt: utc(&i.ExpiresAt),
	}
}

func (s *Server) openDelegation(c echo.Context) error {
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[admission.OpenInput])
	return s.propose(c, text, register.Asked{}, func(ctx context.Context, act register.Act) (answer, error) {
		link, err := s.Admission.Open(ctx, act, sent)
		return answer{handed: &handedView{Link: link}}, err
	})
}

func (s *Server) appointHead(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[admission.HeadInput])
	return s.propose(c, text, register.Asked{}, func(ctx context.Context, act register.Act) (answer, error) {
		link, err := s.Admission.Appoint(ctx, act, id, sent)
		return answer{handed: &handedView{Link: link}}, err
	})
}
