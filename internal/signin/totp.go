package signin

import (
	"context"
	"crypto/subtle"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// stepSeconds and six digits are what every authenticator app takes (RFC 6238).
const stepSeconds = 30

// TOTPOffer is what a person puts into an authenticator app, once.
type TOTPOffer struct {
	Ref    string // comes back with the code
	Secret string // base32, to be typed
	URL    string // otpauth://, to be shown as a QR code
}

// OfferTOTP begins to set up password and authenticator app.
func (s *Store) OfferTOTP(ctx context.Context, of Session) (TOTPOffer, error) {
	if err := s.mayEnrol(of); err != nil {
		return TOTPOffer{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: s.origin.Hostname(), AccountName: text(of.Email), Period: stepSeconds, SecretSize: 20,
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return TOTPOffer{}, fmt.Errorf("make authenticator secret: %w", err)
	}
	offer := TOTPOffer{Secret: key.Secret(), URL: key.URL()}
	sealed, err := s.keys.Seal(offer.Secret, appOf(of.Account))
	if err != nil {
		return TOTPOffer{}, errNoKey
	}
	err = s.beside(ctx, func(tx *register.Aside) (err error) {
		offer.Ref, err = s.begin(ctx, tx, ceremony{Kind: "totp", Account: &of.Account, Session: &of.ID, Data: []byte(sealed)})
		return err
	})
	return offer, err
}

// TOTPInput sets up a password and an authenticator app.
type TOTPInput struct {
	Ref      string
	Password string
	Code     string // that the app shows
}

// EnrolTOTP sets up a password and the authenticator app of an offer, in place of
// those before, and signs the person in: their session gives way to the one that
// is returned, and all others of theirs end.
func (s *Store) EnrolTOTP(ctx context.Context, b Browser, of Session, in TOTPInput) (SignedIn, error) {
	if err := s.mayEnrol(of); err != nil {
		return SignedIn{}, err
	}
	hash, err := s.newPassword(ctx, of, in.Password)
	if err != nil {
		return SignedIn{}, err
	}
	return s.enrol(ctx, b, of, s.proved(ByTOTP), func(tx *register.Aside) error {
		offer, err := s.peek(ctx, tx, "totp", in.Ref, of)
		if err != nil {
			return err
		}
		secret, err := s.appSecret(of.Account, string(offer.Data))
		if err != nil {
			return err
		}
		step, right := stepOf(secret, in.Code, s.now())
		if !right {
			return problem.Faultf("/code", "is not what the app shows now: type the six digits anew, and check the clock of the device")
		}
		if err := s.setPassword(ctx, tx, of.Account, hash); err != nil {
			return err
		}
		err = tx.Exec(ctx, `
			insert into totp (account, secret, last_step, created_at) values (@account, @secret, @step, @now)
			on conflict (account) do update
			set secret = excluded.secret, last_step = excluded.last_step, created_at = excluded.created_at`,
			pgx.StrictNamedArgs{"account": of.Account, "secret": string(offer.Data), "step": step, "now": s.now()})
		if err != nil {
			return fmt.Errorf("set authenticator: %w", err)
		}
		_, err = s.finish(ctx, tx, "totp", in.Ref, of.ID)
		return err
	})
}

// sameCode reports whether code is the secret's for the step. Without a secret it
// does the same work, and nothing is.
func sameCode(secret, code string, step int64) bool {
	of := secret
	if of == "" {
		of = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	}
	want, err := hotp.GenerateCode(of, uint64(step))
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && secret != ""
}
