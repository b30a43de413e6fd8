package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Passkey is a key of a person's, on a device or in a key chain.
type Passkey struct {
	ID         string
	Label      string
	CreatedAt  time.Time
	LastUsedAt *time.Time
	FlaggedAt  *time.Time // when its count went back: there may be a copy of it, and it no longer signs in
}

// ChallengePasskey begins to sign somebody in by a passkey, whoever they are. The
// options are JSON for navigator.credentials.get; ref comes back with its answer.
func (s *Store) ChallengePasskey(ctx context.Context, b Browser) (options []byte, ref string, err error) {
	if _, err := s.budgetPasskey(ctx, b, "challenge", perCeremony); err != nil {
		return nil, "", err
	}
	asked, state, err := s.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("begin passkey: %w", err)
	}
	err = s.beside(ctx, func(tx *register.Aside) error {
		options, ref, err = s.challenge(ctx, tx, asked, state, ceremony{Kind: "passkey"})
		return err
	})
	return options, ref, err
}

// budgetPasskey counts a try against a browser from which somebody has signed in
// before, or against its network. Passwords that fail do not count here.
func (s *Store) budgetPasskey(ctx context.Context, b Browser, what string, most int) (budget, error) {
	of := budget{"passkey " + what + " network " + network(b.Address), most}
	if b.Known != "" {
		known, err := s.knows(ctx, b, "")
		if err != nil {
			return budget{}, err
		}
		if known {
			of.name = "passkey " + what + " browser " + b.Known
		}
	}
	return of, s.take(ctx, of)
}

// Passkey signs in whoever's passkey answered the challenge, in the role of the
// grant, or in the first that they hold.
func (s *Store) Passkey(ctx context.Context, b Browser, ref string, answer []byte, grant string) (SignedIn, error) {
	spent, err := s.budgetPasskey(ctx, b, "answer", perNetwork)
	if err != nil {
		return SignedIn{}, err
	}
	return s.answered(ctx, b, ref, answer, grant, nil, spent)
}

// ChallengeStepUp is ChallengePasskey for whoever is signed in, for their own
// passkeys.
func (s *Store) ChallengeStepUp(ctx context.Context, of Session) (options []byte, ref string, err error) {
	if of.Kind != OfPerson {
		return nil, "", ErrNoSession
	}
	err = s.beside(ctx, func(tx *register.Aside) error {
		h, err := holderOf(ctx, tx, of)
		if err != nil {
			return err
		}
		if len(h.keys) == 0 {
			return problem.Errorf(problem.Conflict, "you have no passkey: use your password and a code")
		}
		asked, state, err := s.passkeys.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return fmt.Errorf("begin passkey: %w", err)
		}
		options, ref, err = s.challenge(ctx, tx, asked, state, ceremony{Kind: "passkey", Account: &of.Account, Session: &of.ID})
		return err
	})
	return options, ref, err
}

// StepUpPasskey is Passkey for whoever is signed in: their session gives way to one
// that is strong.
func (s *Store) StepUpPasskey(ctx context.Context, b Browser, of Session, ref string, answer []byte) (SignedIn, error) {
	if of.Kind != OfPerson {
		return SignedIn{}, ErrNoSession
	}
	spent, err := s.budgetPasskey(ctx, b, "answer", perNetwork)
	if err != nil {
		return SignedIn{}, err
	}
	return s.answered(ctx, b, ref, answer, text(of.Grant), &of, spent)
}

// answered takes the challenge, which is over then however it ends, looks at the
// answer, and signs in whose key it was.
func (s *Store) answered(ctx context.Context, b Browser, ref string, answer []byte, grant string, before *Session, spent budget) (out SignedIn, err error) {
	session := ""
	if before != nil {
		session = before.ID
	}
	refusal := error(nil)
	err = s.beside(ctx, func(tx *register.Aside) error {
		c, err := s.finish(ctx, tx, "passkey", ref, session)
		if errors.Is(err, errCeremony) {
			refusal = err
			return nil
		}
		if err != nil {
			return err
		}
		event := Event{Method: ByPasskey, Outcome: Refused, Browser: b.Label}
		key, used, err := s.look(ctx, tx, c, answer)
		switch {
		case err != nil:
			return err
		case key != nil:
			event.Account = &key.Account
			event.Outcome, err = s.use(ctx, tx, *key, used)
		}
		if err != nil {
			return err
		}
		if used == nil || event.Outcome != Succeeded {
			refusal = ErrRefused
			return s.record(ctx, tx, event)
		}
		if before != nil {
			if err := s.stillOpen(ctx, tx, before.ID); err != nil {
				return err
			}
		}
		out, err = s.signIn(ctx, tx, b, key.Account, grant, s.proved(ByPasskey))
		if errors.Is(err, ErrNoRole) || errors.Is(err, ErrRefused) { // the challenge is over all the same
			refusal, event.Outcome = err, Refused
			return s.record(ctx, tx, event)
		}
		if err != nil {
			return err
		}
		event.Outcome, event.Known = succeeded(before), out.Known == b.Known
		if err := s.refund(ctx, tx, spent); err != nil {
			return err
		}
		return s.record(ctx, tx, event)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return SignedIn{}, err
	}
	return out, nil
}

// stored is a passkey that an answer names.
type stored struct {
	ID      string
	Account string
	Record  []byte
}

// look finds the passkey that an answer names, nil if there is none that stands, and
// what of it has changed; nil if the answer is not that key's to the challenge.
func (s *Store) look(ctx context.Context, q postgres.Queryer, c ceremony, answer []byte) (*stored, *webauthn.Credential, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, nil, nil
	}
	// Held, so that of two answers by one key the second sees the first's count.
	key, err := postgres.One[stored](ctx, q, `
		select k.id, k.account, k.record
		from passkey k
		join person p on p.account = k.account
		where k.credential = @credential and k.flagged_at is null and p.disabled_at is null
		for update of k`, pgx.StrictNamedArgs{"credential": parsed.RawID})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("find passkey: %w", err)
	}
	var record webauthn.Credential
	if err := json.Unmarshal(key.Record, &record); err != nil {
		return nil, nil, fmt.Errorf("read passkey: %w", err)
	}
	var state webauthn.SessionData
	if err := json.Unmarshal(c.Data, &state); err != nil {
		return nil, nil, fmt.Errorf("read challenge: %w", err)
	}
	h := holder{account: key.Account, keys: []webauthn.Credential{record}}
	var used *webauthn.Credential
	if c.Account == nil {
		_, used, err = s.passkeys.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, state, parsed)
	} else {
		// The library wants all keys that it asked for; they are of the one account.
		if h.keys, err = keysOf(ctx, q, key.Account); err != nil {
			return nil, nil, err
		}
		used, err = s.passkeys.ValidateLogin(h, state, parsed)
	}
	if err != nil {
		return &key, nil, nil
	}
	return &key, used, nil
}

// use writes down what of a passkey has changed. One whose count went back is
// flagged, and never signs in again: there may be a copy of it.
func (s *Store) use(ctx context.Context, q execer, key stored, used *webauthn.Credential) (Outcome, error) {
	if used == nil {
		return Refused, nil
	}
	outcome, flagged, last := Succeeded, (*time.Time)(nil), s.now()
	if used.Authenticator.CloneWarning {
		outcome, flagged = Flagged, &last
	}
	record, err := json.Marshal(used)
	if err != nil {
		return "", fmt.Errorf("keep passkey: %w", err)
	}
	err = q.Exec(ctx, `
		update passkey
		set record = @record, flagged_at = @flagged, last_used_at = case when @flagged::timestamptz is null then @now else last_used_at end
		where id = @id`, pgx.StrictNamedArgs{"id": key.ID, "record": record, "flagged": flagged, "now": last})
	if err != nil {
		return "", fmt.Errorf("keep passkey: %w", err)
	}
	return outcome, nil
}

// RemovePasskey takes a passkey away. Another way to sign in must be left.
func (s *Store) RemovePasskey(ctx context.Context, b Browser, of Session, id string) error {
	return s.remove(ctx, b, of, ByPasskey, func(tx *register.Aside) error {
		removed, err := taken(ctx, tx, `delete from passkey where id::text = @id and account = @account returning id::text`,
			pgx.StrictNamedArgs{"id": id, "account": of.Account})
		if err == nil && !removed {
			err = problem.Errorf(problem.NotFound, "you have no such passkey")
		}
		return err
	})
}

func passkeys(ctx context.Context, q postgres.Queryer, of string) ([]Passkey, error) {
	all, err := postgres.All[Passkey](ctx, q, `
		select id, label, created_at, last_used_at, flagged_at
		from passkey
		where account = @account
		order by created_at, id`, pgx.StrictNamedArgs{"account": of})
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return all, nil
}
