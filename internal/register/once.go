package register

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
)

// Once makes a request that is sent again, with the same Idempotency-Key, have
// its effect once. It is kept per credential and route for 24 hours, as a
// pointer to what was changed: no answer and no secret is stored.
type Once struct {
	Route string   // method and route
	Key   string   // the client's Idempotency-Key
	Body  [32]byte // SHA-256 of the request's path and body
}

// Replay is the error by which Write says that the act was done before, with
// the same key: the caller answers with the entry as it now is.
type Replay struct {
	Noun    string
	Key     string
	Version int64 // the version that the act was
}

func (r *Replay) Error() string {
	return fmt.Sprintf("done before, as version %d of the register", r.Version)
}

// replay returns a *Replay if the act was done before. It holds the key for the
// length of the transaction, so a second request in flight is told so.
func (tx *Tx) replay(ctx context.Context) error { return replay(ctx, tx, tx.By, tx.act.Once) }

func replay(ctx context.Context, q postgres.Queryer, by access.Actor, once *Once) error {
	if once == nil {
		return nil
	}
	free, err := postgres.Scalar[bool](ctx, q, `
		select pg_try_advisory_xact_lock(hashtextextended(@key, 0))`,
		pgx.StrictNamedArgs{"key": by.Credential + " " + once.Route + " " + once.Key})
	if err != nil {
		return fmt.Errorf("hold idempotency key: %w", err)
	}
	if !free {
		return &problem.Error{
			Kind: problem.Conflict, RetryAfter: time.Second,
			Detail: "a request with this Idempotency-Key is being handled: ask again in a moment what it came to",
		}
	}
	done, err := postgres.One[struct {
		BodyHash []byte
		Noun     string
		EntryKey string
		Version  int64
	}](ctx, q, `
		select body_hash, noun, entry_key, version
		from idempotency
		where credential = @credential
		and route = @route
		and key = @key
		and created_at > now() - interval '24 hours'`,
		pgx.StrictNamedArgs{"credential": by.Credential, "route": once.Route, "key": once.Key})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look up idempotency key: %w", err)
	case [32]byte(done.BodyHash) != once.Body:
		return problem.Errorf(problem.Invalid, "this Idempotency-Key was used for another request: choose a new one")
	default:
		return &Replay{Noun: done.Noun, Key: done.EntryKey, Version: done.Version}
	}
}

// queueOnce stores the key with the effect, and clears what has expired.
func (tx *Tx) queueOnce(batch *pgx.Batch) {
	once := tx.act.Once
	if once == nil {
		return
	}
	batch.Queue(`delete from idempotency where created_at < @before`,
		pgx.StrictNamedArgs{"before": tx.At.Add(-24 * time.Hour)})
	batch.Queue(`
		insert into idempotency (credential, route, key, body_hash, noun, entry_key, version)
		values (@credential, @route, @key, @body, @noun, @entry, @version)`,
		pgx.StrictNamedArgs{
			"credential": tx.By.Credential, "route": once.Route, "key": once.Key, "body": once.Body[:],
			"noun": tx.changes[0].Noun, "entry": tx.changes[0].Key, "version": tx.Version,
		})
}

// Once makes something beside the register, of a noun, once for each Idempotency-Key:
// do returns its key. Asked again, it returns a *Replay, as Write does. once is nil
// for a request without such a key.
func (a *Aside) Once(ctx context.Context, once *Once, noun string, do func() (key string, err error)) error {
	if err := replay(ctx, a, a.By, once); err != nil {
		return err
	}
	key, err := do()
	if err != nil || once == nil {
		return err
	}
	err = a.Exec(ctx, `
		insert into idempotency (credential, route, key, body_hash, noun, entry_key, version)
		select @credential, @route, @key, @body, @noun, @made, h.version from register_head h`,
		pgx.StrictNamedArgs{
			"credential": a.By.Credential, "route": once.Route, "key": once.Key, "body": once.Body[:], "noun": noun, "made": key,
		})
	if err != nil {
		return fmt.Errorf("keep idempotency key: %w", err)
	}
	return nil
}
