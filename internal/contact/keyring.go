package contact

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// keyring reads keys, one at a time, and remembers what it found. A hostile key
// takes seconds to check: they must pass neither under the register's lock nor
// while a connection to the database is held, so readAhead comes first, and the
// write finds the outcome here.
type keyring struct {
	now  func() time.Time
	busy chan struct{} // holds one: whoever reads a key

	mu   sync.Mutex
	read map[[32]byte]keyRead
}

type keyRead struct {
	key Key
	err error
	at  time.Time
}

// readAgain is how long what was found holds: keys expire, and clocks are set.
const readAgain = time.Minute

func newKeyring(now func() time.Time) *keyring {
	return &keyring{now: now, busy: make(chan struct{}, 1), read: map[[32]byte]keyRead{}}
}

// manyKeys is how many keys are remembered: more than the requests of a moment
// bring.
const manyKeys = 256

// readAhead reads the keys that an input brings.
func (r *keyring) readAhead(ctx context.Context, in Input) error {
	for _, k := range in.Keys[:min(len(in.Keys), maxKeys)] {
		select {
		case r.busy <- struct{}{}:
		case <-ctx.Done():
			return &problem.Error{
				Kind: problem.Unavailable, RetryAfter: time.Second, Detail: "other keys are being read: try again in a moment",
			}
		}
		_, _ = r.parse(k) // a fault is reported with the others
		<-r.busy
	}
	return nil
}

func (r *keyring) parse(in KeyInput) (Key, error) {
	name := sha256.Sum256([]byte(in.Type + "\n" + in.Material))
	r.mu.Lock()
	found, known := r.read[name]
	r.mu.Unlock()
	now := r.now()
	if known && now.Sub(found.at) < readAgain {
		return found.key, found.err
	}
	found.key, found.err = ParseKey(in.Type, in.Material, now)
	found.at = now
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.read) >= manyKeys {
		clear(r.read)
	}
	r.read[name] = found
	return found.key, found.err
}

// The limits on the keys of one contact, which every reader of it loads.
const (
	maxKeys        = 10
	maxKeyMaterial = 256 << 10 // bytes, of all together
)

// prepareKeys reads the keys. One that the contact has already is taken as it
// is: a key that has expired since must not stand in the way of other changes.
func (r rules) prepareKeys(d *entry.Draft[Contact, Input]) []problem.Fault {
	var faults []problem.Fault
	seen := map[string]bool{}
	size := 0
	for i, k := range d.Input.Keys {
		if size += len(k.Material); size > maxKeyMaterial {
			faults = append(faults, problem.Fault{Pointer: fmt.Sprintf("/keys/%d", i), Detail: "is too much: a contact's keys have 256 KiB together"})
			break
		}
		if has(d.Before, k) {
			continue
		}
		key, err := r.keys.parse(k)
		if err != nil {
			faults = append(faults, problem.Fault{Pointer: fmt.Sprintf("/keys/%d/material", i), Detail: err.Error()})
			continue
		}
		if seen[key.Fingerprint] {
			faults = append(faults, problem.Fault{Pointer: fmt.Sprintf("/keys/%d", i), Detail: "is there twice: keep one"})
		}
		seen[key.Fingerprint] = true
	}
	return faults
}

func has(before *Contact, k KeyInput) bool {
	return before != nil && slices.ContainsFunc(before.Keys, func(old ContactKey) bool {
		return old.Type == k.Type && old.Material == k.Material
	})
}

func (r rules) saveKeys(ctx context.Context, tx *register.Tx, d *entry.Draft[Contact, Input]) error {
	if d.Before != nil && len(d.Before.Keys) > 0 {
		err := tx.Exec(ctx, `delete from contact_key where contact = @contact`, pgx.StrictNamedArgs{"contact": d.Entry.ID})
		if err != nil {
			return fmt.Errorf("clear keys: %w", err)
		}
	}
	for i, in := range d.Input.Keys {
		k, err := r.keyOf(d.Before, in, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(ctx, `
			insert into contact_key (contact, state, position, type, fingerprint, user_ids, algorithm,
				created_at, expires_at, material, added_at)
			values (@contact, @state, @position, @type, @fingerprint, @user_ids, @algorithm,
				@created_at, @expires_at, @material, @added_at)`,
			pgx.StrictNamedArgs{
				"contact": d.Entry.ID, "state": d.Entry.State, "position": i, "type": k.Type,
				"fingerprint": k.Fingerprint, "user_ids": list(k.UserIDs), "algorithm": k.Algorithm,
				"created_at": k.CreatedAt, "expires_at": k.ExpiresAt, "material": k.Material, "added_at": k.AddedAt,
			})
		if err != nil {
			return fmt.Errorf("save key: %w", err)
		}
	}
	return nil
}

// keyOf reads a key that prepare has found good, or returns it as it was kept.
func (r rules) keyOf(before *Contact, in KeyInput, tx *register.Tx) (ContactKey, error) {
	if has(before, in) {
		i := slices.IndexFunc(before.Keys, func(old ContactKey) bool { return old.Material == in.Material })
		return before.Keys[i], nil
	}
	key, err := r.keys.parse(in)
	if err != nil {
		return ContactKey{}, problem.Faultf("/keys", "%s", err.Error())
	}
	return ContactKey{Key: key, AddedAt: tx.At}, nil
}
