package httpapi

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/account"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
)

// freezeView is that a token, or all that is somebody's, does nothing for now, to who
// froze it: the secretariat sees neither the token nor the person.
type freezeView struct {
	Token    string        `json:"token,omitempty"`
	Person   string        `json:"person,omitempty"`
	By       entry.Imposer `json:"by"`
	Reason   string        `json:"reason"`
	Since    time.Time     `json:"since"`
	Until    time.Time     `json:"until"`
	LiftedAt *time.Time    `json:"lifted_at,omitempty"`
}

func viewFreeze(f account.Freeze) freezeView {
	v := freezeView{Token: f.Of, By: f.By, Reason: f.Reason, Since: f.Since.UTC(), Until: f.Until.UTC(), LiftedAt: utc(f.LiftedAt)}
	if f.Person {
		v.Token, v.Person = "", f.Of
	}
	return v
}

// freeze stops what the path names, for a day.
func (s *Server) freeze(do func(context.Context, register.Act, string, register.Sent[account.FreezeInput]) (account.Freeze, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathUUID(c, "id")
		if err != nil {
			return err
		}
		sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[account.FreezeInput])
		return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
			got, err := do(ctx, act, id, sent)
			return answer{view: viewFreeze(got), uncached: true}, err
		})
	}
}

// thaw lets it work again.
func (s *Server) thaw(do func(context.Context, register.Act, string, register.Sent[entry.Nothing]) (account.Freeze, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathUUID(c, "id")
		if err != nil {
			return err
		}
		sent, text := read(c, smallBody, unconditional, nil, decodeNothing)
		return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
			got, err := do(ctx, act, id, sent)
			return answer{view: viewFreeze(got), uncached: true}, err
		})
	}
}
