package register_test

import (
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// once is an act of EE's delegate that carries an Idempotency-Key.
func once(key, body string) register.Act {
	act := as("EE")
	act.Once = &register.Once{Route: "POST /v1/notes", Key: key, Body: sha256.Sum256([]byte(body))}
	return act
}

func TestTheSameKeyHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if version, err := w.write(t.Context(), once("k", "body"), "a", "text"); err != nil || version != 1 {
		t.Fatalf("Write() = version %d, %v, want 1", version, err)
	}
	before := w.dump(t)
	for range 2 {
		_, err := w.write(t.Context(), once("k", "body"), "a", "text")
		var replay *register.Replay
		if !errors.As(err, &replay) || *replay != (register.Replay{Noun: "note", Key: "a", Version: 1}) {
			t.Errorf("Write(again) = %v, want a replay of version 1", err)
		}
	}
	if _, err := w.write(t.Context(), once("k", "another body"), "b", "text"); !problem.Is(err, problem.Invalid) {
		t.Errorf("Write(same key, other body) = %v, want Invalid", err)
	}
	if after := w.dump(t); after != before {
		t.Errorf("the repetitions left %s, want %s", after, before)
	}
	other := once("k", "body")
	other.By = delegate("PL")
	elsewhere := once("k", "body")
	elsewhere.Once.Route = "POST /v1/others"
	for i, act := range []register.Act{once("another key", "body"), other, elsewhere} {
		if version, err := w.write(t.Context(), act, act.By.State+act.Once.Route+act.Once.Key, "text"); err != nil || version != int64(i+2) {
			t.Errorf("Write(another's key) = version %d, %v, want %d", version, err, i+2)
		}
	}
}

func TestTheSameKeyAtOnceHasItsEffectOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	var made, replayed int
	writers := sync.WaitGroup{}
	for range 20 {
		writers.Go(func() {
			_, err := w.write(t.Context(), once("k", "body"), "a", "text")
			var replay *register.Replay
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case errors.As(err, &replay):
				replayed++
			case !problem.Is(err, problem.Conflict) && !busy(err):
				t.Errorf("Write() = %v, want it made, replayed, or Conflict", err)
			}
		})
	}
	writers.Wait()
	if made != 1 {
		t.Errorf("of 20 at once %d were made and %d replayed, want 1 made", made, replayed)
	}
	w.whole(t, 1)
}

func TestAKeyInFlightIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var second error
	err := w.Write(t.Context(), once("k", "body"), allowed, func(tx *register.Tx) error {
		_, second = w.write(t.Context(), once("k", "body"), "a", "text")
		return tx.Changed(said("EE", "a", "text"))
	})
	var conflict *problem.Error
	if err != nil || !errors.As(second, &conflict) || conflict.Kind != problem.Conflict || conflict.RetryAfter != time.Second {
		t.Errorf("Write() = %v, and %#v meanwhile, want success, and a Conflict that is over in a second", err, second)
	}
	w.whole(t, 1)
}

func TestAKeyIsFreeAgainIfItsWriteFailsAndAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ours := errors.New("ours")
	if err := w.Write(t.Context(), once("k", "body"), allowed, func(*register.Tx) error { return ours }); !errors.Is(err, ours) {
		t.Fatalf("Write() = %v", err)
	}
	for want := int64(1); want <= 2; want++ {
		if version, err := w.write(t.Context(), once("k", "body"), "a", "text"); err != nil || version != want {
			t.Errorf("Write() = version %d, %v, want %d", version, err, want)
		}
		if _, err := w.db.Owner.Exec(t.Context(), `update idempotency set created_at = created_at - interval '25 hours'`); err != nil {
			t.Fatal(err)
		}
	}
}
