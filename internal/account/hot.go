package account

import (
	"sync"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

// bearer is who acts with a token, and as of which version that was found.
type bearer struct {
	access.Actor
	expires time.Time
	version int64
	epoch   string
}

// hot keeps whose the tokens are that were good a moment ago, so that asking
// with one costs no way to the database. What it keeps holds as long as no token,
// no role and no delegation of the state was changed since: the register tells, on every
// node within a second.
type hot struct {
	mu sync.RWMutex
	of map[tokenHash]bearer
}

// ending are the nouns whose changes can end a token, for good or for a day.
var ending = []string{"token", "role", "delegation", "freeze"}

func (h *hot) get(name tokenHash, present register.Present, now time.Time) (access.Actor, bool) {
	h.mu.RLock()
	b, ok := h.of[name]
	h.mu.RUnlock()
	if !ok || b.epoch != present.Epoch || !now.Before(b.expires) ||
		b.version < present.Last(register.Scope{Nouns: ending, State: b.State}) {
		return access.Actor{}, false
	}
	return b.Actor, true
}

func (h *hot) put(name tokenHash, b bearer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil || len(h.of) >= manyTokens {
		h.of = map[tokenHash]bearer{} // who is hot is back in a moment
	}
	h.of[name] = b
}

func (h *hot) drop(name tokenHash) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.of, name)
}
