package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// tokenView is a token as the API shows it; its secret is shown once.
type tokenView struct {
	ID         string            `json:"id"`
	Account    string            `json:"account"`
	Owner      string            `json:"owner"`
	Role       access.Role       `json:"role"`
	Kinds      []string          `json:"kinds,omitempty"` // of contact that the role is limited to
	State      *string           `json:"state,omitempty"`
	Label      string            `json:"label"`
	Hint       string            `json:"hint"` // the secret's last digits
	Access     string            `json:"access"`
	Audiences  []access.Audience `json:"audiences"`
	CreatedAt  time.Time         `json:"created_at"`
	ExpiresAt  time.Time         `json:"expires_at"`
	RevokedAt  *time.Time        `json:"revoked_at,omitempty"`
	Frozen     *time.Time        `json:"frozen_until,omitempty"`
	Freezes    []freezeView      `json:"freezes,omitempty"`
	LastUsedAt *time.Time        `json:"last_used_at,omitempty"`
	Version    int64             `json:"version"`
	Secret     string            `json:"secret,omitempty"`
}

func viewToken(t account.Token) tokenView {
	v := tokenView{
		ID: t.ID, Account: t.Account, Owner: t.Owner, Role: t.Role, Kinds: t.Kinds, State: t.State, Label: t.Label, Hint: t.Hint,
		Access: "read", Audiences: t.Audiences, CreatedAt: t.CreatedAt.UTC(), ExpiresAt: t.ExpiresAt.UTC(),
		RevokedAt: utc(t.RevokedAt), Frozen: utc(t.FrozenUntil()), LastUsedAt: utc(t.LastUsedAt), Version: t.Version,
	}
	for _, f := range t.Freezes {
		view := viewFreeze(f)
		view.Token = "" // which is this one
		v.Freezes = append(v.Freezes, view)
	}
	if t.Writes {
		v.Access = "write"
	}
	return v
}

// signedIn refuses whoever sent no token, where there is nothing to show them.
func signedIn(c echo.Context) error {
	if actor(c).Role == access.Public {
		return problem.Errorf(problem.Unauthenticated, "this wants a token: send it as Authorization: Bearer")
	}
	return nil
}

func (s *Server) listTokens(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	q := newQuery(c, "limit", "cursor")
	limit := int(q.number("limit", 1, largestPage, usualPage))
	if err := q.err(); err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		a, got, err := page(c, snap, limit,
			func(after account.After, limit int) ([]account.Token, error) {
				return account.List(ctx, snap, after, limit)
			},
			func(t account.Token) account.After { return account.After{CreatedAt: t.CreatedAt, ID: t.ID} },
			func(t account.Token) any { return viewToken(t) })
		a.table = func() table { return tokenTable(got) }
		a.uncached = true // the last use changes without the register
		return a, err
	})
}

func tokenTable(tokens []account.Token) table {
	t := table{head: []string{
		"id", "owner", "role", "state", "label", "hint", "access", "audiences", "created_at", "expires_at", "revoked_at", "frozen_until",
		"last_used_at", "kinds",
	}}
	for _, k := range tokens {
		v := viewToken(k)
		var audiences []string
		for _, a := range v.Audiences {
			audiences = append(audiences, string(a))
		}
		t.rows = append(t.rows, []string{
			v.ID, v.Owner, string(v.Role), text(v.State), v.Label, v.Hint, v.Access, cellList(audiences),
			cellTime(&v.CreatedAt), cellTime(&v.ExpiresAt), cellTime(v.RevokedAt), cellTime(v.Frozen), cellTime(v.LastUsedAt),
			cellList(v.Kinds),
		})
	}
	return t
}

func (s *Server) showToken(c echo.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		got, err := account.Get(ctx, snap, id)
		return answer{version: got.Version, view: viewToken(got), uncached: true}, err
	})
}

func (s *Server) issueToken(c echo.Context) error {
	sent, text := read(c, smallBody, unconditional, jsonTypes, decodeJSON[account.Input])
	return s.write(c, text, func(ctx context.Context, act register.Act) (answer, error) {
		got, secret, err := s.Accounts.Issue(ctx, act, sent)
		view := viewToken(got)
		view.Secret = secret
		return answer{
			status: http.StatusCreated, version: got.Version, view: view, uncached: true,
			header: map[string]string{"Location": "/v1/tokens/" + got.ID},
		}, err
	})
}

func (s *Server) revokeToken(c echo.Context) error {
	id, err := pathUUID(c, "id")
	if err != nil {
		return err
	}
	return s.write(c, nil, func(ctx context.Context, act register.Act) (answer, error) {
		return answer{status: http.StatusNoContent}, s.Accounts.Revoke(ctx, act, id)
	})
}

// meView is who the registry takes the caller for, and what that allows.
type meView struct {
	Role       access.Role       `json:"role"`
	State      string            `json:"state,omitempty"`
	CoChair    string            `json:"co_chair,omitempty"`
	Account    string            `json:"account,omitempty"`
	Name       string            `json:"name,omitempty"`
	Delegation string            `json:"delegation,omitempty"`
	Kinds      []string          `json:"kinds,omitempty"` // of contact that the role is limited to
	Token      *meTokenView      `json:"token,omitempty"`
	Audiences  []access.Audience `json:"audiences"`
	Writes     bool              `json:"writes"`
	May        []access.Action   `json:"may"`       // of the own state; alone
	TakesTwo   bool              `json:"takes_two"` // whether what changes the state's words waits for somebody else
}

type meTokenView struct {
	ID        string    `json:"id"`
	Hint      string    `json:"hint"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *Server) showMe(c echo.Context) error {
	return s.read(c, func(ctx context.Context, snap *register.Snapshot) (answer, error) {
		by := snap.By
		view := meView{
			Role: by.Role, State: by.State, CoChair: by.CoChair, Account: by.Account, Delegation: by.Delegation, Kinds: by.Kinds,
			Audiences: by.Audiences, Writes: by.Writes, May: by.Allowed(),
		}
		if by.Credential != "" {
			token, err := account.Get(ctx, snap, by.Credential)
			if err != nil {
				return answer{}, err
			}
			view.Name = token.Owner
			if by.State != "" {
				two, err := delegation.TakesTwo(ctx, snap, by.State)
				if err != nil {
					return answer{}, err
				}
				proposes := by.RequireAny(access.ProposeChange) == nil
				view.TakesTwo = proposes && (two || by.RequireAny(access.ChangeEntry) != nil)
			}
			view.Token = &meTokenView{ID: token.ID, Hint: token.Hint, ExpiresAt: token.ExpiresAt.UTC()}
		}
		return answer{view: view, uncached: true}, nil
	})
}
