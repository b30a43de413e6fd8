package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/outward"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/seal"
)

// Store keeps how people sign in, who is signed in, and who was invited. Make it
// with NewStore.
type Store struct {
	register *register.Register
	origin   *url.URL
	now      func() time.Time
	hasher   hasher
	passkeys *webauthn.WebAuthn
	keys     seal.Keys     // without any, there are no authenticator apps and no providers
	reach    outward.Reach // where identity providers may be
	outside  *http.Client
	known    *discoveries
}

// NewStore returns a Store on r. origin is where people reach the registry, such
// as https://pocreg.example: passkeys are bound to it.
func NewStore(r *register.Register, origin string, now func() time.Time) (*Store, error) {
	at, err := Origin(origin)
	if err != nil {
		return nil, err
	}
	rp, err := relyingParty(at)
	if err != nil {
		return nil, err
	}
	s := &Store{register: r, origin: at, now: now, hasher: newHasher(), passkeys: rp}
	return s.Reaching(outward.Reach{}), nil
}

// Sealing has s keep by keys what it must read again: secrets of authenticator apps,
// and those that it has with identity providers. It returns s.
func (s *Store) Sealing(keys seal.Keys) *Store {
	s.keys = keys
	return s
}

// Reaching has s ask identity providers where reach says, and nowhere else. It
// returns s.
func (s *Store) Reaching(reach outward.Reach) *Store {
	s.reach, s.outside, s.known = reach, reach.Client(), &discoveries{of: map[string]*discovery{}}
	return s
}

// Origin reads an origin: https, a name and perhaps a port. Browsers take http for
// localhost alone, and no address in place of a name.
func Origin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
		return nil, fmt.Errorf("an origin is https, a name and perhaps a port, such as https://pocreg.example; http is for localhost alone")
	}
	return u, nil
}

// Method is how somebody proved who they are.
type Method string

// The methods. An invitation and a device's link open what they are for, once.
const (
	ByPasskey     Method = "passkey"
	ByTOTP        Method = "totp"         // password and the code of an authenticator app
	ByPrintedCode Method = "printed_code" // password and a code from paper
	ByProvider    Method = "provider"     // the identity provider of the person's state vouches for them
	ByInvitation  Method = "invitation"
	ByDeviceLink  Method = "device_link"
)

// Browser is what a request says of where it comes from.
type Browser struct {
	Address string // the caller's address, for counting; never kept
	Known   string // the value of the long-lived cookie, "" without one
	Label   string // what its person knows it by, such as "Firefox on Linux"
}

// SignedIn is what a browser is given, once, when somebody signs in.
type SignedIn struct {
	Reference string // the value of the session's cookie: a secret
	Known     string // the value of the long-lived cookie, to be set again each time: a secret; "" if none is to be set
	Session   Session
}

// The refusals. None says more than a stranger may know.
var (
	// ErrRefused is that somebody is not signed in. It is the same whether there is
	// such a person or not.
	ErrRefused = problem.Errorf(problem.Unauthenticated, "that does not go together: check each entry, and use a code that was not used before; "+
		"whoever has lost their way in asks their head of delegation to let them enrol anew")

	// ErrNoSession is that a session is not known, or has ended.
	ErrNoSession = problem.Errorf(problem.Unauthenticated, "you are not signed in, or no longer: sign in again")

	// ErrStepUp is that somebody signed in too long ago for what they ask.
	ErrStepUp = register.ErrStepUp

	// ErrInvitation is that a link is not known.
	ErrInvitation = problem.Errorf(problem.NotFound, "there is no such invitation: copy the whole link, or ask who invited you")

	// ErrCode is that an invitation's code was wrong.
	ErrCode = problem.Errorf(problem.Unauthenticated, "the code is not the one that goes with this invitation: "+
		"it was sent to you apart from the link; after five wrong ones the invitation is void")

	// ErrToken is that an invitation is not to sign in.
	ErrToken = problem.Errorf(problem.Conflict, "this invitation is to a token: pick it up over the API (POST /v1/tokens/pick-up), or with pocreg token pick-up")

	// ErrNoToken is that an invitation is not to a token.
	ErrNoToken = problem.Errorf(problem.Conflict, "this invitation is to sign in: open its link in a browser")

	// ErrNoRole is that somebody proved who they are, and may not act.
	ErrNoRole = problem.Errorf(problem.Forbidden, "you hold no role now: ask your head of delegation for one")
)

// The limits of a ceremony and a secret.
const (
	secretBytes    = 32 // 256 bits: nothing to guess, so SHA-256 is enough to keep them
	ceremonyLasts  = 5 * time.Minute
	enrolmentLasts = 30 * time.Minute
)

// newSecret returns a random reference that can stand in a link or a cookie.
func newSecret() string {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // never fails: it would end the program
	return base64.RawURLEncoding.EncodeToString(random)
}

// digest is what is kept of a secret.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// beside runs fn in the registry's name, beside the door.
func (s *Store) beside(ctx context.Context, fn func(*register.Aside) error) error {
	return s.register.Beside(ctx, access.Registry(), fn)
}

// execer is a transaction beside the door or through it.
type execer interface {
	postgres.Queryer
	Exec(ctx context.Context, sql string, args pgx.StrictNamedArgs) error
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC()
	return &at
}
