package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"pocreg.example/api/client"
)

type tokenCommand struct {
	List   listTokens  `cmd:"" help:"List your state's tokens, as its head; your own otherwise."`
	Issue  issueToken  `cmd:"" help:"Issue a token for your state, as its head. Its secret is printed once."`
	Revoke revokeToken `cmd:"" help:"Revoke one of your state's tokens, as its head."`
	Freeze freezeToken `cmd:"" help:"Stop a token for 24 hours: one of your state's, as its head; any, as the secretariat."`
	Thaw   thawToken   `cmd:"" help:"Let a token that you froze work again."`
	PickUp pickUpToken `cmd:"" help:"Pick up the token of a mandate, with the link and the code that came to you. It is printed once."`
}

// Help teaches by example.
func (tokenCommand) Help() string {
	return `Examples:
  pocreg token list --as head_ee
  pocreg token issue --owner "Night watch" --owner-kind system --role cert --label "reads the duty list" --as head_ee
  pocreg token issue --owner "Kristjan Saar" --role delegate --kinds technical --label "keeps the technical contacts" --write --as head_ee
  pocreg token revoke 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --as head_ee
  pocreg token freeze 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --reason "The telephone was stolen." --as head_ee
  pocreg token thaw 0b9c3cf4-5d4f-4f0c-8f5e-3a1f6a0e7c11 --as head_ee`
}

type listTokens struct{ remote }

// Run lists tokens.
func (l listTokens) Run(p *program) error {
	return list(p, l.remote, "/v1/tokens", url.Values{"limit": {largestPage}},
		[]string{"OWNER", "ROLE", "KINDS", "ACCESS", "LABEL", "EXPIRES", "LAST USED", "ENDS IN", "ID"},
		func(t client.Token) []string {
			expires := t.ExpiresAt.Format(time.DateOnly)
			switch {
			case t.RevokedAt != nil:
				expires = "revoked " + t.RevokedAt.Format(time.DateOnly)
			case t.Frozen != nil:
				expires = "frozen until " + moment(t.Frozen)
			}
			return []string{t.Owner, t.Role, strings.Join(t.Kinds, " "), t.Access, t.Label, expires, moment(t.LastUsedAt), t.Hint, t.ID}
		})
}

type issueToken struct {
	remote
	Owner     string   `required:"" help:"Who or which system acts with it."`
	OwnerKind string   `enum:"person,system" default:"person" help:"person or system."`
	Role      string   `required:"" enum:"delegate,cert,partner" help:"delegate, cert or partner."`
	Kinds     []string `help:"Limit a delegate's role to kinds of contact, such as technical,policy: it stays so for as long as the role is held. Without it there is no limit."`
	Label     string   `required:"" help:"What it is for."`
	Write     bool     `help:"Let it change things; otherwise it reads."`
	Days      int      `default:"90" help:"For how many days: 366 at most."`
}

// Run issues a token and prints its secret, once.
func (i issueToken) Run(p *program) error {
	c, err := i.client(p)
	if err != nil {
		return err
	}
	order := client.TokenOrder{
		Owner: i.Owner, OwnerKind: i.OwnerKind, Role: i.Role, Kinds: i.Kinds, Label: i.Label, Access: map[bool]string{true: "write", false: "read"}[i.Write],
		Audiences: []string{"public", "participants", "selected"}, ExpiresAt: time.Now().UTC().AddDate(0, 0, i.Days),
	}
	token, err := c.Issue(p.ctx, order)
	if err != nil {
		return err
	}
	if i.JSON {
		return p.printJSON(token)
	}
	_, err = fmt.Fprintln(p.stdout, token.Secret)
	return err
}

type revokeToken struct {
	remote
	ID string `arg:"" help:"The token's id."`
}

// Run ends a token.
func (r revokeToken) Run(p *program) error {
	c, err := r.client(p)
	if err != nil {
		return err
	}
	if err := c.Revoke(p.ctx, r.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, "revoked")
	return err
}
