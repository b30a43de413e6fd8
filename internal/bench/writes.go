package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/reference"
)

// writer replaces one contact of its state again and again, as a delegate does
// with PUT and If-Match.
type writer struct {
	server *server
	token  string
	path   string
	tag    string
	input  contact.Input
	number int
}

// writer returns one for the first contact that the world made for a state.
func (b *bench) writer(ctx context.Context, code string) (*writer, error) {
	number := slices.IndexFunc(reference.States(), func(s reference.State) bool { return s.Alpha2 == code })
	w := &writer{server: b.server, token: b.people.heads[code], input: offices[0].input(code, number, 0)}
	got, err := w.server.must(ctx, http.StatusOK, request{path: "/v1/contacts?kind=technical&limit=1&state=" + code, token: w.token})
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := json.Unmarshal(got.body, &list); err != nil || len(list.Items) != 1 {
		return nil, fmt.Errorf("%s has no technical contact: %s", code, got.body)
	}
	w.path = "/v1/contacts/" + list.Items[0].ID
	got, err = w.server.must(ctx, http.StatusOK, request{path: w.path, token: w.token})
	w.tag = got.header.Get("ETag")
	return w, err
}

// write replaces the contact once.
func (w *writer) write(ctx context.Context) error {
	w.number++
	w.input.Note = fmt.Sprintf("Change %d. %s", w.number, strings.Repeat("Ask for the shift leader. ", 8))
	text, err := json.Marshal(w.input)
	if err != nil {
		return err
	}
	got, err := w.server.must(ctx, http.StatusOK, request{
		method: http.MethodPut, path: w.path, token: w.token, body: bytes.NewReader(text),
		header: map[string]string{"Content-Type": "application/json", "If-Match": w.tag},
	})
	w.tag = got.header.Get("ETag")
	return err
}

// writers is how many write at once.
const writers = 8

// measureWrites compares eight delegates who each replace a contact, by the
// whole API, with one client that commits one inserted row after another, by
// plain pgx.
func (b *bench) measureWrites(ctx context.Context) error {
	var all []*writer
	for _, code := range slices.Sorted(maps.Keys(b.people.heads))[:writers] {
		w, err := b.writer(ctx, code)
		if err != nil {
			return err
		}
		all = append(all, w)
	}
	return b.connected(ctx, superuser, measured, func(conn *pgx.Conn) (err error) {
		_, err = conn.Exec(ctx, `create table bench_line (id bigint generated always as identity primary key, text text not null)`)
		if err != nil {
			return err
		}
		insert := func(ctx context.Context) error {
			_, err := conn.Exec(ctx, `insert into bench_line (text) values ($1)`, strings.Repeat("x", 300))
			return err
		}
		rounds, seconds := b.rounds()
		span := time.Duration(seconds) * time.Second
		var ours, plain, took []float64
		for round := range rounds + 1 {
			lines, _, err := repeat(ctx, span, insert)
			if err != nil {
				return err
			}
			var acts []func(context.Context) error
			for _, w := range all {
				acts = append(acts, w.write)
			}
			written, each, err := repeat(ctx, span, acts...)
			if err != nil {
				return err
			}
			if round > 0 { // the first is to warm up
				plain, ours, took = append(plain, lines), append(ours, written), append(took, percentile(each, 0.99))
			}
		}
		f := ratio("writes by 8 delegates, against one client's plain inserts", ours, plain)
		f.Aim = atLeast(0.10)
		f.Detail = fmt.Sprintf("%.0f/s against %.0f/s, both durable; p99 of a write %.1f ms", median(ours), median(plain), median(took))
		b.found(f)
		_, err = conn.Exec(ctx, `drop table bench_line`)
		return err
	})
}

// repeat does each of acts again and again, all at once, for a span. It returns
// how many were done a second, and how many milliseconds each took.
func repeat(ctx context.Context, span time.Duration, acts ...func(context.Context) error) (perSecond float64, took []float64, err error) {
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	each := make([][]float64, len(acts))
	start := time.Now()
	for i, act := range acts {
		wg.Go(func() {
			for time.Since(start) < span && failed.Load() == nil {
				begun := time.Now()
				if err := act(ctx); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				each[i] = append(each[i], milliseconds(time.Since(begun)))
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, nil, *err
	}
	took = slices.Concat(each...)
	return float64(len(took)) / time.Since(start).Seconds(), took, nil
}
