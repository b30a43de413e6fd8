package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/problem"
)

// turns lets one caller at a time do what takes much memory, while others wait.
// Each has few places, so that nobody keeps the others from theirs, and there are
// not more than all together: a file waits in memory.
type turns struct {
	each, all int
	work      chan struct{}

	mu     sync.Mutex
	of     map[string]int
	places int
}

func newTurns(each, all int) *turns {
	return &turns{each: each, all: all, work: make(chan struct{}, 1), of: map[string]int{}}
}

// place keeps a place for the caller until done is called. It returns an
// Unavailable problem if there is none.
func (t *turns) place(caller string) (done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[caller] >= t.each || t.places >= t.all {
		return nil, &problem.Error{
			Kind: problem.Unavailable, RetryAfter: 10 * time.Second,
			Detail: "another file is under way: try again in a moment",
		}
	}
	t.places++
	t.of[caller]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.places--
		if t.of[caller]--; t.of[caller] == 0 {
			delete(t.of, caller)
		}
	}, nil
}

// take waits for the turn of a caller who has a place, and gives it until done is
// called.
func (t *turns) take(ctx context.Context) (done func(), err error) {
	select {
	case t.work <- struct{}{}:
		return func() { <-t.work }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// household is whose places a caller takes: a state's own, a system's of no state,
// a stranger's network.
func household(c echo.Context) string {
	by := actor(c)
	switch {
	case by.State != "":
		return by.State
	case by.Account != "":
		return by.Account
	default:
		return network(c.RealIP())
	}
}
