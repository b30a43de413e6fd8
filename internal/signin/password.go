package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// PasswordInput is what somebody types who has no passkey: all at once, so that
// nobody learns which part was wrong.
type PasswordInput struct {
	Email    string
	Password string
	Code     string // of an authenticator app, six digits, or printed, such as 3-7KXQ2-M4TVB
	Role     string // the grant to act in; "" for the first that the person holds
}

// Password signs a person in by a password and a code, which are never enough
// without each other. What fails is ErrRefused, whatever it was.
func (s *Store) Password(ctx context.Context, b Browser, in PasswordInput) (SignedIn, error) {
	return s.password(ctx, b, in, nil)
}

// StepUpPassword is Password for whoever is signed in: their session gives way to
// one that is strong. in.Email is the session's own.
func (s *Store) StepUpPassword(ctx context.Context, b Browser, of Session, in PasswordInput) (SignedIn, error) {
	if of.Kind != OfPerson || of.Email == nil {
		return SignedIn{}, ErrNoSession
	}
	in.Email = *of.Email
	if in.Role == "" {
		in.Role = text(of.Grant)
	}
	return s.password(ctx, b, in, &of)
}

// claim is what is known of whoever a sign-in name is of; all nil of nobody.
type claim struct {
	Account *string
	Hash    *string // of the password; nil of who is frozen, too
	Secret  *string // of the authenticator app
	Printed *string // the hash of the printed code of the number that was given, if it is not used
}

func (s *Store) password(ctx context.Context, b Browser, in PasswordInput, before *Session) (SignedIn, error) {
	email := foldEmail(in.Email)
	known, err := s.knows(ctx, b, email)
	if err != nil {
		return SignedIn{}, err
	}
	budgets := b.budgets("password", email, known)
	if err := s.take(ctx, budgets...); err != nil {
		return SignedIn{}, err
	}
	number, code, printed := readPrinted(in.Code)
	by := ByTOTP
	if printed {
		by = ByPrintedCode
	}
	of, err := s.claimed(ctx, email, number)
	if err != nil {
		return SignedIn{}, err
	}
	// From here on what is done depends on what was typed, never on who it is of.
	knows, err := s.hasher.matches(ctx, known, foldPassword(in.Password), of.Hash)
	if err != nil {
		return SignedIn{}, err
	}
	var step int64
	var right bool
	if printed {
		right, err = s.hasher.matches(ctx, known, code, of.Printed)
		if err != nil {
			return SignedIn{}, err
		}
	} else {
		// What no key opens is refused as a wrong code is: Reseal tells the operator.
		secret, _ := s.appSecret(text(of.Account), text(of.Secret))
		step, right = stepOf(secret, in.Code, s.now())
	}
	var out SignedIn
	var good bool
	refusal := ErrRefused
	err = s.beside(ctx, func(tx *register.Aside) (err error) {
		// What came of comparing the code is not looked at before it is counted.
		failures, err := s.guess(ctx, tx, of, knows)
		if err != nil {
			return err
		}
		good = failures > 0 && right
		if good {
			if printed {
				good, err = s.usePrinted(ctx, tx, of, number)
			} else {
				good, err = s.useStep(ctx, tx, of, step)
			}
			if err != nil {
				return err
			}
		}
		if good && before != nil {
			if err := s.stillOpen(ctx, tx, before.ID); err != nil {
				return err
			}
		}
		outcome := guessed(failures)
		if good {
			outcome = Refused // unless they may act
			if err := s.forgive(ctx, tx, *of.Account); err != nil {
				return err
			}
			out, err = s.signIn(ctx, tx, b, *of.Account, in.Role, s.proved(by))
			switch {
			case errors.Is(err, ErrNoRole), errors.Is(err, ErrRefused): // the code is used all the same
				good, refusal = false, err
			case err != nil:
				return err
			default:
				outcome = succeeded(before)
			}
			if err := s.refund(ctx, tx, budgets...); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, Event{Account: of.Account, Method: by, Outcome: outcome, Browser: b.Label, Known: known})
	})
	switch {
	case err != nil:
		return SignedIn{}, err
	case !good:
		return SignedIn{}, refusal
	default:
		return out, nil
	}
}

func succeeded(before *Session) Outcome {
	if before != nil {
		return SteppedUp
	}
	return Succeeded
}

// claimed looks up whose the sign-in name is, in one statement that has one row
// whether anybody's or not.
func (s *Store) claimed(ctx context.Context, email string, number int) (of claim, err error) {
	err = s.beside(ctx, func(tx *register.Aside) error {
		of, err = postgres.One[claim](ctx, tx, `
			select p.account, w.hash, t.secret, c.hash as printed
			from (select @email::text as email) asked
			left join person p on p.email = asked.email and p.disabled_at is null
			left join password w on w.account = p.account and not account_is_frozen(p.account)
			left join totp t on t.account = p.account
			left join printed_code c on c.account = p.account and c.number = @number and c.used_at is null`,
			pgx.StrictNamedArgs{"email": email, "number": number})
		return err
	})
	if err != nil {
		return claim{}, fmt.Errorf("look up sign-in name: %w", err)
	}
	return of, nil
}

// useStep takes a code's 30 seconds, of which an account can use each once, and
// none before the last one used. What the claim was compared with must still be
// what the account signs in by.
func (s *Store) useStep(ctx context.Context, q postgres.Queryer, of claim, step int64) (bool, error) {
	return taken(ctx, q, `
		update totp t
		set last_step = @step
		from password w
		where t.account = @account and t.last_step < @step and t.secret = @secret and w.account = t.account and w.hash = @hash
		returning t.account::text`,
		pgx.StrictNamedArgs{"account": of.Account, "step": step, "secret": of.Secret, "hash": of.Hash})
}

// usePrinted takes a printed code, once, as useStep does.
func (s *Store) usePrinted(ctx context.Context, q postgres.Queryer, of claim, number int) (bool, error) {
	return taken(ctx, q, `
		update printed_code c
		set used_at = @now
		from password w
		where c.account = @account and c.number = @number and c.used_at is null and c.hash = @printed
		and w.account = c.account and w.hash = @hash
		returning c.account::text`,
		pgx.StrictNamedArgs{"account": of.Account, "number": number, "printed": of.Printed, "hash": of.Hash, "now": s.now()})
}

// taken runs a statement that takes what can be taken once, and reports whether it
// was there.
func taken(ctx context.Context, q postgres.Queryer, sql string, args pgx.StrictNamedArgs) (bool, error) {
	_, err := postgres.Scalar[string](ctx, q, sql, args)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("use code: %w", err)
	}
	return true, nil
}

// foldEmail returns the one spelling of a sign-in name; "" of what can be none.
func foldEmail(s string) string {
	s = strings.ToLower(strings.TrimSpace(norm.NFC.String(s)))
	if valid.Form("mailbox", s) != nil {
		return ""
	}
	return s
}

// foldPassword brings a password into the one form that is hashed, whatever
// keyboard it was typed on.
func foldPassword(s string) string { return norm.NFC.String(s) }

// stepOf returns the 30 seconds that a code of the secret is of: the present ones,
// or those before and after, for clocks that differ.
func stepOf(secret, code string, now time.Time) (step int64, right bool) {
	present := now.Unix() / stepSeconds
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for _, at := range []int64{present - 1, present, present + 1} {
		if sameCode(secret, code, at) {
			step, right = at, true
		}
	}
	return step, right
}
