package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/valid"
)

// relyingParty is who asks authenticators: this registry, by its name alone. The
// person must be verified, with a finger, a face or a PIN. Keys are kept on the
// authenticator, so that nobody says who they are before they prove it, and no
// address tells a stranger whether it is somebody's. Which make an authenticator is
// of is not asked.
func relyingParty(origin *url.URL) (*webauthn.WebAuthn, error) {
	stored := true
	rp, err := webauthn.New(&webauthn.Config{
		RPID: origin.Hostname(), RPDisplayName: "pocreg", RPOrigins: []string{origin.String()},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &stored, ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		// Key chains in browsers say things that nobody asked them. They are not listened to.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return rp, nil
}

// holder is a person as authenticators know one.
type holder struct {
	account, name string
	keys          []webauthn.Credential
}

// WebAuthnID is the account's id: random, and of no meaning elsewhere.
func (h holder) WebAuthnID() []byte {
	id, _ := uuid.Parse(h.account) // it is one: PostgreSQL says so
	return id[:]
}

// WebAuthnName is what the authenticator shows.
func (h holder) WebAuthnName() string { return h.name }

// WebAuthnDisplayName is what the authenticator shows.
func (h holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials are the keys that may be used.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// holderOf returns whose the session is, with the keys that are not flagged.
func holderOf(ctx context.Context, q postgres.Queryer, of Session) (holder, error) {
	keys, err := keysOf(ctx, q, of.Account)
	return holder{account: of.Account, name: text(of.Email), keys: keys}, err
}

func keysOf(ctx context.Context, q postgres.Queryer, of string) (keys []webauthn.Credential, err error) {
	records, err := postgres.All[struct{ Record []byte }](ctx, q, `
		select record from passkey where account = @account and flagged_at is null order by created_at, id`,
		pgx.StrictNamedArgs{"account": of})
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	for _, r := range records {
		var key webauthn.Credential
		if err := json.Unmarshal(r.Record, &key); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// OfferPasskey begins to set a passkey up. The options are JSON for
// navigator.credentials.create; ref comes back with its answer.
func (s *Store) OfferPasskey(ctx context.Context, of Session) (options []byte, ref string, err error) {
	if err := s.mayEnrol(of); err != nil {
		return nil, "", err
	}
	err = s.beside(ctx, func(tx *register.Aside) error {
		h, err := holderOf(ctx, tx, of)
		if err != nil {
			return err
		}
		creation, state, err := s.passkeys.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
		if err != nil {
			return fmt.Errorf("begin passkey: %w", err)
		}
		options, ref, err = s.challenge(ctx, tx, creation, state, ceremony{Kind: "enrol passkey", Account: &of.Account, Session: &of.ID})
		return err
	})
	return options, ref, err
}

func (s *Store) challenge(ctx context.Context, q execer, asked any, state *webauthn.SessionData, c ceremony) (options []byte, ref string, err error) {
	if options, err = json.Marshal(asked); err != nil {
		return nil, "", fmt.Errorf("write options: %w", err)
	}
	if c.Data, err = json.Marshal(state); err != nil {
		return nil, "", fmt.Errorf("keep challenge: %w", err)
	}
	ref, err = s.begin(ctx, q, c)
	return options, ref, err
}

// PasskeyInput sets a passkey up.
type PasskeyInput struct {
	Ref    string
	Label  string `json:"label" validate:"required,max=100,line"` // what the person knows it by
	Answer []byte // JSON of what navigator.credentials.create came to
}

// EnrolPasskey sets a passkey up, beside those that there are, and signs the person
// in by it: their session gives way to the one that is returned, and all others of
// theirs end.
func (s *Store) EnrolPasskey(ctx context.Context, b Browser, of Session, in PasskeyInput) (SignedIn, error) {
	if err := s.mayEnrol(of); err != nil {
		return SignedIn{}, err
	}
	valid.Normalise(&in)
	if err := valid.Struct(&in); err != nil {
		return SignedIn{}, err
	}
	var state webauthn.SessionData
	var h holder
	err := s.beside(ctx, func(tx *register.Aside) (err error) {
		c, err := s.finish(ctx, tx, "enrol passkey", in.Ref, of.ID)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(c.Data, &state); err != nil {
			return fmt.Errorf("read challenge: %w", err)
		}
		h, err = holderOf(ctx, tx, of)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(in.Answer)
	if err != nil {
		return SignedIn{}, errPasskey
	}
	key, err := s.passkeys.CreateCredential(h, state, answer)
	if err != nil {
		return SignedIn{}, errPasskey
	}
	record, err := json.Marshal(key)
	if err != nil {
		return SignedIn{}, fmt.Errorf("keep passkey: %w", err)
	}
	return s.enrol(ctx, b, of, s.proved(ByPasskey), func(tx *register.Aside) error {
		err := tx.Exec(ctx, `
			insert into passkey (id, account, credential, record, label, created_at)
			values (gen_random_uuid(), @account, @credential, @record, @label, @now)`,
			pgx.StrictNamedArgs{"account": of.Account, "credential": key.ID, "record": record, "label": in.Label, "now": s.now()})
		if postgres.Violates(err, "passkey_credential_once") {
			return errPasskey
		}
		if err != nil {
			return fmt.Errorf("keep passkey: %w", err)
		}
		return nil
	})
}

// errPasskey is that an authenticator's answer will not do.
var errPasskey = problem.Errorf(problem.Invalid, "the passkey was not set up: begin again on this page, with a device that asks for your finger, your face or a PIN")
