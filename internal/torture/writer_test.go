package torture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// write is a write that the server has acknowledged.
type write struct {
	version int64
	entry   string
	act     string // as in the trail
	title   string // the entry's, from then on: no two writes give the same
}

// journal is what the server has acknowledged.
type journal struct {
	mu     sync.Mutex
	writes map[int64]write

	replayed int // outcomes unknown to the client that turned out to be done
	repeated int // and that turned out not to be
}

func (j *journal) acknowledge(t *testing.T, w write) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if other, taken := j.writes[w.version]; taken {
		t.Errorf("version %d was acknowledged twice: for %+v and %+v", w.version, other, w)
	}
	j.writes[w.version] = w
}

func (j *journal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.writes)
}

// all returns a copy.
func (j *journal) all() map[int64]write {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make(map[int64]write, len(j.writes))
	for version, w := range j.writes {
		out[version] = w
	}
	return out
}

// delegate writes in the name of a state. Nobody else does, so it knows what its
// entries say.
type delegate struct {
	t       *testing.T
	state   string
	token   string
	client  *client
	journal *journal
	random  *rand.Rand

	serial  int
	entries []string          // ids
	tags    map[string]string // ETags, by id
	titles  map[string]string
}

// mostEntries is how many a delegate makes before it only changes them.
const mostEntries = 6

// work writes until stop is closed. It leaves no outcome unknown.
func (d *delegate) work(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		default:
		}
		done := false
		switch n := d.random.IntN(10); {
		case len(d.entries) == 0 || len(d.entries) < mostEntries && n < 3:
			done = d.create(ctx)
		case n < 7:
			done = d.replace(ctx, d.entries[d.random.IntN(len(d.entries))])
		default:
			done = d.confirm(ctx, d.entries[d.random.IntN(len(d.entries))])
		}
		if !done {
			return // the test has failed, and says why
		}
	}
}

// input is a contact with a title of its own, and one to four channels.
func (d *delegate) input() (title string, body []byte) {
	d.serial++
	title = fmt.Sprintf("%s desk %d", d.state, d.serial)
	channels := []map[string]any{{"type": "phone", "usage": "duty", "value": fmt.Sprintf("+372 663 %04d", d.serial%10000)}}
	for i := range d.random.IntN(4) {
		channels = append(channels, map[string]any{"type": "email", "value": fmt.Sprintf("desk-%d-%d@example.org", d.serial, i)})
	}
	body, err := json.Marshal(map[string]any{
		"state": d.state, "kind": "technical", "audience": "participants", "office_title": title,
		"person": map[string]any{"name": "Holder of " + title}, "languages": []string{"en"}, "channels": channels,
	})
	if err != nil {
		panic(err) // maps and strings marshal
	}
	return title, body
}

func (d *delegate) create(ctx context.Context) bool {
	title, body := d.input()
	got, ok := d.settle(ctx, request{method: "POST", path: "/v1/contacts", key: title, body: body}, http.StatusCreated, "")
	if !ok {
		return false
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(got.body, &made); err != nil || made.ID == "" {
		d.t.Errorf("POST /v1/contacts = %s, %v, want an id in it", got.body, err)
		return false
	}
	d.entries = append(d.entries, made.ID)
	d.titles[made.ID] = title
	return d.acknowledged(made.ID, "created", got)
}

func (d *delegate) replace(ctx context.Context, id string) bool {
	title, body := d.input()
	got, ok := d.settle(ctx, request{method: "PUT", path: "/v1/contacts/" + id, ifMatch: d.tags[id], body: body}, http.StatusOK, title)
	if !ok {
		return false
	}
	d.titles[id] = title
	return d.acknowledged(id, "replaced", got)
}

func (d *delegate) confirm(ctx context.Context, id string) bool {
	d.serial++
	r := request{method: "POST", path: "/v1/contacts/" + id + "/confirm", key: fmt.Sprint(d.state, " ", d.serial)}
	got, ok := d.settle(ctx, r, http.StatusOK, "")
	return ok && d.acknowledged(id, "confirmed", got)
}

func (d *delegate) acknowledged(id, act string, got response) bool {
	d.tags[id] = got.header.Get("ETag")
	d.journal.acknowledge(d.t, write{version: got.version(d.t), entry: id, act: act, title: d.titles[id]})
	return true
}

// settle sends a write until its outcome is known: again with the same key, or
// for a PUT by looking whether the entry has the new title.
func (d *delegate) settle(ctx context.Context, r request, want int, title string) (response, bool) {
	r.token = d.token
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	var got response
	var err error
	for unknown := false; ; unknown = true {
		got, err = d.client.send(ctx, r)
		switch {
		case err != nil || got.status == http.StatusServiceUnavailable:
		case got.status == http.StatusConflict && unknown && r.key != "":
			// PostgreSQL is still at the request of the server that was killed.
		case got.status == want:
			d.learn(unknown, got.header.Get("Idempotent-Replay") == "true")
			return got, true
		case got.status == http.StatusPreconditionFailed && unknown && title != "":
			seen, err := d.client.send(ctx, request{method: "GET", path: r.path, token: d.token})
			if err != nil || seen.status == http.StatusServiceUnavailable {
				break
			}
			var entry struct {
				Title string `json:"office_title"`
			}
			if err := json.Unmarshal(seen.body, &entry); err != nil || entry.Title != title {
				d.t.Errorf("PUT %s = 412, and the entry is %s: somebody else changed it", r.path, seen.body)
				return got, false
			}
			d.learn(true, true)
			return seen, true
		default:
			d.t.Errorf("%s %s = %d %s, want %d", r.method, r.path, got.status, got.body, want)
			return got, false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return got, false
		case <-late:
			d.t.Errorf("%s %s came to nothing in %s: at last %v, %d %s", r.method, r.path, patience, err, got.status, got.body)
			return got, false
		}
	}
}

// learn counts what became of the writes whose outcome was unknown.
func (d *delegate) learn(unknown, done bool) {
	d.journal.mu.Lock()
	defer d.journal.mu.Unlock()
	switch {
	case done:
		d.journal.replayed++
	case unknown:
		d.journal.repeated++
	}
}
