package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"pocreg.example/internal/access"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// FlowLasts is for how long somebody may be away at their provider.
const FlowLasts = 10 * time.Minute

// Away leads somebody to their state's provider.
type Away struct {
	URL    string // where to go; not a secret
	Host   string // whose it is, to be shown
	Cookie string // to be kept by this browser for FlowLasts: a secret
}

// aim is what somebody goes to their provider for.
type aim string

const (
	toSignIn aim = "sign in"
	toStepUp aim = "step up"
	toBind   aim = "bind"
)

// flow is what is kept of somebody who is away: no secret. Nonce and PKCE's verifier
// are made of the cookie, which is kept by the browser alone.
type flow struct {
	Provider string `json:"provider"`
	Aim      aim    `json:"aim"`
	Next     string `json:"next"`
}

// made is a secret of one flow: of its cookie and its state, for one purpose.
func made(what, state, cookie string) string {
	sum := hmac.New(sha256.New, []byte(cookie))
	sum.Write([]byte(what + " " + state)) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// LeaveToSignIn leads whoever it is to a state's provider. next is the page that
// they wanted, and comes back with them.
func (s *Store) LeaveToSignIn(ctx context.Context, b Browser, state, next string) (Away, error) {
	if err := s.take(ctx, budget{"provider leave network " + network(b.Address), perCeremony}); err != nil {
		return Away{}, err
	}
	return s.leave(ctx, state, nil, flow{Aim: toSignIn, Next: next})
}

// LeaveToStepUp leads who is signed in to their own state's provider, to sign in
// there anew.
func (s *Store) LeaveToStepUp(ctx context.Context, of Session, next string) (Away, error) {
	if of.Kind != OfPerson {
		return Away{}, ErrNoSession
	}
	return s.leave(ctx, text(of.State), &of, flow{Aim: toStepUp, Next: next})
}

// LeaveToBind leads who was invited, or has just signed in, to their own state's
// provider, to sign in by it from then on.
func (s *Store) LeaveToBind(ctx context.Context, of Session) (Away, error) {
	if err := s.mayEnrol(of); err != nil {
		return Away{}, err
	}
	return s.leave(ctx, text(of.State), &of, flow{Aim: toBind, Next: "/account"})
}

func (s *Store) leave(ctx context.Context, state string, of *Session, f flow) (Away, error) {
	if !s.keys.Any() {
		return Away{}, errNoKey
	}
	var p Provider
	err := s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		p, err = oneProvider(ctx, snap, `i.state = @state and provider_stands(i.id)`, pgx.StrictNamedArgs{"state": state})
		return err
	})
	if err != nil {
		return Away{}, err
	}
	_, endpoint, _, err := s.discovered(ctx, p.State, p.Issuer)
	if err != nil {
		return Away{}, err
	}
	to, err := url.Parse(endpoint.AuthURL)
	if err != nil {
		return Away{}, errAway
	}
	at, cookie := newSecret(), newSecret()
	f.Provider = p.ID
	c := ceremony{Kind: "provider", Lasts: FlowLasts}
	if of != nil {
		c.Account, c.Session = &of.Account, &of.ID
	}
	if c.Data, err = json.Marshal(f); err != nil {
		return Away{}, fmt.Errorf("keep flow: %w", err)
	}
	err = s.beside(ctx, func(tx *register.Aside) error { return s.await(ctx, tx, at+" "+cookie, c) })
	if err != nil {
		return Away{}, err
	}
	// auth_time comes with max_age. Nobody who was left signed in at the provider is
	// taken for who is asked here.
	age := int(LongestSession.Seconds())
	options := []oauth2.AuthCodeOption{oidc.Nonce(made("nonce", at, cookie)), oauth2.S256ChallengeOption(made("verifier", at, cookie))}
	if f.Aim != toSignIn {
		age = 0
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	options = append(options, oauth2.SetAuthURLParam("max_age", fmt.Sprint(age)))
	return Away{URL: s.client(p, endpoint, "").AuthCodeURL(at, options...), Host: to.Host, Cookie: cookie}, nil
}

func (s *Store) client(p Provider, at oauth2.Endpoint, secret string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: secret, Endpoint: at, RedirectURL: s.Returning(p.State), Scopes: []string{oidc.ScopeOpenID},
	}
}

// Back is what a browser brings back from a provider.
type Back struct {
	Of     string // the state at whose address it came back
	Cookie string
	State  string
	Code   string
	Issuer string // who answered, if it says so (RFC 9207)
	Error  string // why there is no code
}

// ErrProvider is that a provider did not bring somebody in. It is one sentence for
// all that can be wrong.
var ErrProvider = problem.Errorf(problem.Unauthenticated, "the sign-in at your state's identity provider did not succeed: begin again here, in one browser, within ten minutes; "+
	"who has not set this way up by their invitation signs in another way, or asks their head of delegation")

// Return takes whoever comes back from a provider in, and says which page they wanted.
// before is the session of the browser, nil without one. What they left with is used
// up, whatever comes of it; what another browser brings is not theirs to use up.
func (s *Store) Return(ctx context.Context, b Browser, before *Session, back Back) (in SignedIn, next string, err error) {
	spent := budget{"provider return network " + network(b.Address), perNetwork}
	if err := s.take(ctx, spent); err != nil {
		return SignedIn{}, "", err
	}
	f, p, secret, err := s.returned(ctx, before, back)
	if err != nil {
		return SignedIn{}, "", err
	}
	v, err := s.vouched(ctx, p, secret, f.Aim, back)
	if err != nil {
		account := (*string)(nil)
		if f.Aim != toSignIn {
			account = &before.Account
		}
		refused := s.beside(ctx, func(tx *register.Aside) error {
			return s.record(ctx, tx, Event{Account: account, Method: ByProvider, Outcome: Refused, Browser: b.Label})
		})
		if refused != nil {
			return SignedIn{}, "", refused
		}
		return SignedIn{}, "", err
	}
	proof := proof{by: ByProvider, provider: &p.ID, at: v.at}
	if f.Aim == toBind {
		in, err = s.bind(ctx, b, *before, p, v.subject, proof)
	} else {
		in, err = s.recognise(ctx, b, before, f.Aim, p, v.subject, proof)
	}
	if err != nil {
		return SignedIn{}, "", err
	}
	return in, f.Next, s.beside(ctx, func(tx *register.Aside) error { return s.refund(ctx, tx, spent) })
}

// returned finds what somebody left with, which is over then.
func (s *Store) returned(ctx context.Context, before *Session, back Back) (f flow, p Provider, secret string, err error) {
	session := ""
	if before != nil {
		session = before.ID
	}
	err = s.beside(ctx, func(tx *register.Aside) error {
		c, err := s.one(ctx, tx, `
			delete from ceremony
			where hash = @hash and kind = @kind and (session is null or session = @session::uuid) and expires_at > @now
			returning kind, account, session, data`, "provider", back.State+" "+back.Cookie, session)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(c.Data, &f); err != nil {
			return fmt.Errorf("read flow: %w", err)
		}
		return nil
	})
	if problem.Is(err, problem.Conflict) {
		return f, p, "", ErrProvider
	}
	if err != nil {
		return f, p, "", err
	}
	err = s.register.Read(ctx, access.Registry(), func(snap *register.Snapshot) (err error) {
		p, err = oneProvider(ctx, snap, `i.id = @id and provider_stands(i.id)`, pgx.StrictNamedArgs{"id": f.Provider})
		if err != nil {
			return err
		}
		secret, err = s.secretOf(ctx, snap, p.ID)
		return err
	})
	if problem.Is(err, problem.NotFound) {
		err = ErrProvider
	}
	return f, p, secret, err
}
