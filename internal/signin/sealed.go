package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
	"pocreg.example/internal/seal"
)

// errNoKey is that the operator has set no key to seal with: what would lie in the
// database in clear is not begun.
var errNoKey = problem.Errorf(problem.Conflict, "this is not to be had here yet, because the operator has set no key for secrets: "+
	"choose a passkey or printed codes, or tell the operator")

// appOf and providerOf say whose a sealed secret is.
func appOf(account string) string { return "authenticator app of " + account }

func providerOf(id string) string { return "client secret for provider " + id }

// appSecret opens the secret of an account's authenticator app; "" of none. One that
// was set up before there was a key lies in clear until Reseal.
func (s *Store) appSecret(account, kept string) (string, error) {
	if !seal.Sealed(kept) {
		return kept, nil
	}
	secret, err := s.keys.Open(kept, appOf(account))
	if err != nil {
		return "", fmt.Errorf("open the secret of an authenticator app: %w", err)
	}
	return secret, nil
}

// Resealed is what Reseal found.
type Resealed struct {
	Sealed int // that are sealed by the first key now, and were not before
	Clear  int // that lie in clear, because there is no key
	Lost   int // that no key opens
}

// Reseal seals by the first key all that lies in clear, or was sealed by an older one:
// after it, that key can be taken away.
func (s *Store) Reseal(ctx context.Context) (done Resealed, err error) {
	type kept struct{ ID, Secret string }
	for _, of := range []struct {
		list, set string
		whose     func(id string) string
	}{
		{`select account::text as id, secret from totp where secret not like @fresh`,
			`update totp set secret = @after where account::text = @id and secret = @before returning account::text`, appOf},
		{`select provider::text as id, sealed as secret from identity_provider_secret where sealed not like @fresh`,
			`update identity_provider_secret set sealed = @after where provider::text = @id and sealed = @before returning provider::text`, providerOf},
	} {
		err := s.beside(ctx, func(tx *register.Aside) error {
			all, err := postgres.All[kept](ctx, tx, of.list, pgx.StrictNamedArgs{"fresh": s.keys.Mark() + "%"})
			if err != nil {
				return fmt.Errorf("list what is to be sealed: %w", err)
			}
			for _, one := range all {
				secret := one.Secret
				if seal.Sealed(secret) {
					if secret, err = s.keys.Open(one.Secret, of.whose(one.ID)); err != nil {
						done.Lost++
						continue
					}
				}
				after, err := s.keys.Seal(secret, of.whose(one.ID))
				if errors.Is(err, seal.ErrNoKey) {
					done.Clear++
					continue
				}
				if err != nil {
					return err
				}
				changed, err := taken(ctx, tx, of.set, pgx.StrictNamedArgs{"id": one.ID, "before": one.Secret, "after": after})
				if err != nil {
					return err
				}
				if changed {
					done.Sealed++
				}
			}
			return nil
		})
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
