package register_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pocreg.example/internal/access"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

// The delegates of all states write at once while readers follow the trail.
func TestAReaderThatFollowsLosesNothing(t *testing.T) {
	t.Parallel()
	const each = 10
	w := newWorld(t)
	states := reference.States()
	writers, readers := sync.WaitGroup{}, sync.WaitGroup{}
	var mu sync.Mutex
	acknowledged := map[int64]string{}
	for _, s := range states {
		writers.Go(func() {
			for i := range each {
				key := fmt.Sprintf("%s %d", s.Alpha2, i)
				version, err := w.write(t.Context(), as(s.Alpha2), key, "text")
				for busy(err) { // as many as 46 may wait longer than the register lets them
					version, err = w.write(t.Context(), as(s.Alpha2), key, "text")
				}
				mu.Lock()
				if twice, ok := acknowledged[version]; ok || err != nil {
					t.Errorf("Write(%s) = version %d, %v, which was %q before", key, version, err, twice)
				}
				acknowledged[version] = key
				mu.Unlock()
			}
		})
	}
	written := make(chan struct{})
	var followed [3]map[int64]string
	for i := range followed {
		readers.Go(func() { followed[i] = w.follow(t, 7*i+1, written) })
	}
	writers.Wait()
	close(written)
	readers.Wait()

	want := int64(each * len(states))
	if int64(len(acknowledged)) != want {
		t.Errorf("%d writes were acknowledged, want %d", len(acknowledged), want)
	}
	for i, seen := range followed {
		if len(seen) != len(acknowledged) {
			t.Errorf("reader %d saw %d changes, want %d", i, len(seen), len(acknowledged))
		}
		for version, key := range acknowledged {
			if seen[version] != key {
				t.Errorf("reader %d saw %q at version %d, want %q", i, seen[version], version, key)
			}
		}
	}
	w.whole(t, want)
}

// follow reads the trail from its start, page after page, until it has read all
// after written is closed. Whenever it looks, there must be no gap before what
// it sees: what comes later would be lost to it.
func (w world) follow(t *testing.T, page int, written <-chan struct{}) map[int64]string {
	seen, last := map[int64]string{}, int64(0)
	for {
		over := false
		select {
		case <-written:
			over = true
		default:
		}
		var rows []register.Row
		err := w.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
			rows, err = register.Rows(t.Context(), snap, last, "", page)
			if err == nil && len(rows) < page && snap.Version != last+int64(len(rows)) {
				err = fmt.Errorf("at version %d the trail ends at %d", snap.Version, last+int64(len(rows)))
			}
			return err
		})
		if busy(err) {
			continue
		}
		if err != nil {
			t.Errorf("Rows(%d) = %v", last, err)
			return seen
		}
		for _, r := range rows {
			if r.Version != last+1 || seen[r.Version] != "" {
				t.Errorf("version %d follows %d", r.Version, last)
			}
			seen[r.Version], last = r.Key, r.Version
		}
		if over && len(rows) == 0 {
			return seen
		}
	}
}

// Those who change the same entry take turns: of all who read the same version,
// one succeeds.
func TestOfManyWhoChangeTheSameOneSucceeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.written(t, "EE", "a")
	stale := errors.New("stale")
	var mu sync.Mutex
	var won []int64
	writers := sync.WaitGroup{}
	for range 20 {
		writers.Go(func() {
			var version int64
			check := func(tx *register.Tx) error {
				rows, err := tx.Query(t.Context(), `select from note where key = 'EE a' and version = 1`)
				if err != nil {
					return err
				}
				defer rows.Close()
				if !rows.Next() {
					return errors.Join(stale, rows.Err())
				}
				return nil
			}
			err := w.Write(t.Context(), as("EE"), check, func(tx *register.Tx) error {
				version = tx.Version
				return errors.Join(put(t.Context(), tx, "EE a", "another"), tx.Changed(said("EE", "EE a", "another")))
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, version)
			} else if !errors.Is(err, stale) && !busy(err) {
				t.Errorf("Write() = %v, want stale", err)
			}
		})
	}
	writers.Wait()
	if !slices.Equal(won, []int64{2}) {
		t.Errorf("versions %v were written, want 2 alone", won)
	}
	w.whole(t, 2)
}
