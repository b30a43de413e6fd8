package signin_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

const goodPassword = "seven walnuts under a green roof"

// browser is where the tests' people come from.
var browser = signin.Browser{Address: "192.0.2.7", Label: "Firefox on Linux"}

// clock is a clock that the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a world whose sign-in has a clock of its own.
type world struct {
	*fixture.World
	*signin.Store
	clock *clock
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{World: fixture.New(t), clock: &clock{at: time.Now()}}
	w.Store = w.SignInAt(w.clock.now)
	return w
}

// ada is somebody of Estonia's.
func ada() signin.InviteInput {
	return signin.InviteInput{Name: "Ada Tamm", Email: "ada@mfa.example", Role: access.Delegate, Language: "en"}
}

func (w world) invite(t *testing.T, who string, in signin.InviteInput) signin.Offer {
	t.Helper()
	offer, err := w.Invite(t.Context(), w.By(t, who), register.Sent[signin.InviteInput]{Body: in})
	if err != nil {
		t.Fatalf("Invite() = %v", err)
	}
	return offer
}

func (w world) accept(t *testing.T, o signin.Offer) signin.SignedIn {
	t.Helper()
	in, err := w.Accept(t.Context(), browser, o.Link, o.Code)
	if err != nil {
		t.Fatalf("Accept() = %v", err)
	}
	return in
}

// person is somebody who signs in by a password and an app.
type person struct {
	signin.SignedIn
	email, secret string
}

// code is what the app shows.
func (p person) code(t *testing.T, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(p.secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// withApp sets a password and an app up.
func (w world) withApp(t *testing.T, in signin.SignedIn) person {
	t.Helper()
	offer, err := w.OfferTOTP(t.Context(), in.Session)
	if err != nil {
		t.Fatalf("OfferTOTP() = %v", err)
	}
	p := person{email: *in.Session.Email, secret: offer.Secret}
	p.SignedIn, err = w.EnrolTOTP(t.Context(), browser, in.Session,
		signin.TOTPInput{Ref: offer.Ref, Password: goodPassword, Code: p.code(t, w.clock.now())})
	if err != nil {
		t.Fatalf("EnrolTOTP() = %v", err)
	}
	return p
}

// ada brings Ada in.
func (w world) ada(t *testing.T) person {
	t.Helper()
	return w.withApp(t, w.accept(t, w.invite(t, "head_of_delegation EE", ada())))
}

// readAll asks as the database's owner, who sees all.
type readAll struct {
	t *testing.T
	w world
}

// Query runs sql past row-level security.
func (r readAll) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return r.w.DB.Owner.Query(ctx, sql, args...)
}
