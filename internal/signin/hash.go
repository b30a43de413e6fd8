package signin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"pocreg.example/internal/problem"
)

// slowly are the parameters of Argon2id for passwords and printed codes: OWASP's
// second choice, 19 MiB and two passes, of which more fit into a small machine.
var slowly = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// So many are made at the same time, so that a flood of sign-ins takes some 80 MiB
// and no more. Half of them are for browsers that somebody has signed in from before,
// and for who is signed in: strangers from everywhere do not keep them out. Who does
// not get a turn in hashWait is told to come back.
const (
	hashesOfStrangers = 2
	hashesOfKnown     = 2
	hashWait          = 2 * time.Second
)

// nobodys is the hash that a password is compared with where there is nobody to
// compare it with, for the same time.
var nobodys = sync.OnceValues(func() (string, error) { return argon2id.CreateHash(newSecret(), slowly) })

// hasher makes and compares slow hashes, some at a time.
type hasher struct{ strangers, known chan struct{} }

func newHasher() hasher {
	return hasher{make(chan struct{}, hashesOfStrangers), make(chan struct{}, hashesOfKnown)}
}

func (h hasher) turn(ctx context.Context, known bool) (done func(), err error) {
	turns := h.strangers
	if known {
		turns = h.known
	}
	wait := time.NewTimer(hashWait)
	defer wait.Stop()
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-wait.C:
		return nil, &problem.Error{
			Kind: problem.Unavailable, RetryAfter: hashWait,
			Detail: "many people are signing in at this moment: try again in a few seconds, or use a passkey",
		}
	}
}

// hash returns what is kept of a secret, for who is signed in.
func (h hasher) hash(ctx context.Context, secret string) (string, error) {
	done, err := h.turn(ctx, true)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(secret, slowly)
	if err != nil {
		return "", fmt.Errorf("hash: %w", err)
	}
	return hash, nil
}

// matches compares a secret with its hash, and takes as long where there is none.
// known is whether somebody has signed in from the browser before.
func (h hasher) matches(ctx context.Context, known bool, secret string, hash *string) (bool, error) {
	done, err := h.turn(ctx, known)
	if err != nil {
		return false, err
	}
	defer done()
	against, err := nobodys()
	if err != nil {
		return false, fmt.Errorf("hash: %w", err)
	}
	if hash != nil {
		against = *hash
	}
	same, err := argon2id.ComparePasswordAndHash(secret, against)
	if err != nil {
		return false, fmt.Errorf("compare hash: %w", err)
	}
	return same && hash != nil, nil
}
