package signin

import (
	"context"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// vouchWait bounds what one sign-in waits for a provider, all told.
const vouchWait = 10 * time.Second

// clocksDiffer is by how much a provider's clock may.
const clocksDiffer = time.Minute

// vouched is whom a provider vouches for, and when they signed in there.
type vouched struct {
	subject string
	at      time.Time
}

// vouched exchanges a code, and looks at what the provider says of who brought it.
// What is wrong with it is not told: it is ErrProvider, or that the provider is away.
func (s *Store) vouched(ctx context.Context, p Provider, secret string, to aim, back Back) (vouched, error) {
	ctx, cancel := context.WithTimeout(ctx, vouchWait)
	defer cancel()
	provider, endpoint, names, err := s.discovered(ctx, p.State, p.Issuer)
	if err != nil {
		return vouched{}, err
	}
	// Who answers must be who was asked (RFC 9207), at the address that is theirs
	// (RFC 9700, 4.4.2).
	if back.Of != p.State || back.Issuer != p.Issuer && (names || back.Issuer != "") || back.Error != "" || back.Code == "" {
		return vouched{}, ErrProvider
	}
	token, err := s.client(p, endpoint, secret).Exchange(oidc.ClientContext(ctx, s.outside), back.Code,
		oauth2.VerifierOption(made("verifier", back.State, back.Cookie)))
	if err != nil {
		return vouched{}, ErrProvider
	}
	raw, _ := token.Extra("id_token").(string)
	verifier := provider.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: s.now})
	id, err := verifier.Verify(ctx, raw)
	if err != nil || id.Nonce != made("nonce", back.State, back.Cookie) {
		return vouched{}, ErrProvider
	}
	return s.judged(id, p, to)
}

// judged looks at what the library leaves to its users: for whom the token is, alone or
// by whose doing (azp), how long its subject is, and when the person signed in. The
// clocks may differ, and what matters most wants a sign-in of the last minutes.
func (s *Store) judged(id *oidc.IDToken, p Provider, to aim) (vouched, error) {
	var says struct {
		Party    string `json:"azp"`
		SignedIn int64  `json:"auth_time"`
	}
	if err := id.Claims(&says); err != nil {
		return vouched{}, ErrProvider
	}
	now, at, longest := s.now(), time.Unix(says.SignedIn, 0), LongestSession
	if to != toSignIn {
		longest = StrongFor
	}
	switch {
	case says.Party != "" && says.Party != p.ClientID, len(id.Audience) != 1 && says.Party == "":
		return vouched{}, ErrProvider
	case id.Subject == "" || len(id.Subject) > 255: // OpenID Connect Core, 2
		return vouched{}, ErrProvider
	case id.IssuedAt.After(now.Add(clocksDiffer)) || says.SignedIn <= 0 || at.After(now.Add(clocksDiffer)) || at.Before(now.Add(-longest)):
		return vouched{}, ErrProvider
	}
	if at.After(now) {
		at = now
	}
	return vouched{id.Subject, at}, nil
}
