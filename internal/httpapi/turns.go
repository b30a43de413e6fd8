package httpapi

import (
	"context"
	"time"

	"pocreg.example/internal/problem"
)

// turns lets one caller at a time do what takes much memory, and a few wait.
type turns struct {
	places chan struct{} // of the one at work, and of those who wait
	work   chan struct{}
}

// waiting is how many may wait for a turn: more would hold their files in memory.
const waiting = 4

func newTurns() turns { return turns{make(chan struct{}, 1+waiting), make(chan struct{}, 1)} }

// place keeps a place for the caller until done is called. It returns an
// Unavailable problem if too many have one.
func (t turns) place() (done func(), err error) {
	select {
	case t.places <- struct{}{}:
		return func() { <-t.places }, nil
	default:
		return nil, &problem.Error{
			Kind: problem.Unavailable, RetryAfter: 10 * time.Second,
			Detail: "other files are being imported or exported: try again in a moment",
		}
	}
}

// take waits for the turn of a caller who has a place, and gives it until done is
// called.
func (t turns) take(ctx context.Context) (done func(), err error) {
	select {
	case t.work <- struct{}{}:
		return func() { <-t.work }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
