package portal

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/register"
)

// tokensShown is how many tokens a page shows: the newest.
const tokensShown = 500

// tokensData is the tokens of a state that stand.
type tokensData struct{ Tokens []account.Token }

// tokens lists the own state's tokens.
func (v *visit) tokens() error {
	by, ctx := v.Session.Actor(), v.Request().Context()
	if err := by.Require(access.ManageTokens, access.Subject{State: by.State}); err != nil {
		return err
	}
	var all []account.Token
	err := v.site.Register.Read(ctx, by, func(snap *register.Snapshot) error {
		after := account.After{}
		for {
			some, err := account.List(ctx, snap, after, tokensShown)
			if err != nil {
				return err
			}
			all = append(all, some...)
			if len(some) < tokensShown {
				return nil
			}
			last := some[len(some)-1]
			after = account.After{CreatedAt: last.CreatedAt, ID: last.ID}
		}
	})
	if err != nil {
		return err
	}
	now := v.site.Now()
	all = slices.DeleteFunc(all, func(t account.Token) bool { return t.RevokedAt != nil || now.After(t.ExpiresAt) })
	slices.Reverse(all)
	return v.show(http.StatusOK, "tokens", tokensData{all[:min(len(all), tokensShown)]})
}

// The choices that a token's form offers.
var (
	tokenRoles = []access.Role{access.Cert, access.Delegate, access.Partner}
	tokenDays  = []int{30, 90, 365}
	// scopes are how much a token reads: each is all audiences up to it.
	scopes = []access.Audience{access.ForSelected, access.ForParticipants, access.ForPublic}
)

// tokenData is what was said of a token to be issued.
type tokenData struct {
	account.Input
	Days  int
	Scope access.Audience
}

// Roles, Owners, Lives and Scopes are what there is to choose from.
func (tokenData) Roles() []access.Role      { return tokenRoles }
func (tokenData) Owners() []string          { return []string{"system", "person"} }
func (tokenData) Lives() []int              { return tokenDays }
func (tokenData) Scopes() []access.Audience { return scopes }

func (v *visit) showIssue() error {
	by := v.Session.Actor()
	if err := by.Require(access.ManageTokens, access.Subject{State: by.State}); err != nil {
		return err
	}
	start := account.Input{OwnerKind: "system", Role: access.Cert, Access: "read"}
	return v.show(http.StatusOK, "issue", tokenData{start, tokenDays[1], access.ForSelected})
}

// upTo is what is read by who reads all audiences up to one: nothing for what is none.
func upTo(scope access.Audience) []access.Audience {
	return access.Audiences[:slices.Index(access.Audiences, scope)+1]
}

// issue makes a token, and shows its secret once.
func (v *visit) issue() error {
	days, _ := strconv.Atoi(v.value("days")) // what is no number is no time ahead
	scope := access.Audience(v.value("scope"))
	in := account.Input{
		Owner: v.value("owner"), OwnerKind: v.value("owner_kind"), Role: access.Role(v.value("role")), Label: v.value("label"),
		Access: v.value("access"), Kinds: v.values("kinds"), ExpiresAt: v.site.Now().Add(time.Duration(days) * 24 * time.Hour),
	}
	in.Audiences = upTo(scope)
	token, secret, err := v.site.Accounts.Issue(v.Request().Context(), v.act(), register.Sent[account.Input]{Body: in})
	if err != nil {
		return v.again(err, "issue", tokenData{in, days, scope})
	}
	return v.show(http.StatusOK, "issued", issuedData{token, secret})
}

// issuedData is a new token with its secret, which is kept nowhere.
type issuedData struct {
	account.Token
	Secret string
}

func (v *visit) revokeToken() error {
	return v.done(v.site.Accounts.Revoke(v.Request().Context(), v.act(), v.value("token")), "/tokens")
}
