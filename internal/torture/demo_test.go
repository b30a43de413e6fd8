package torture_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
)

// demo is `pocreg demo` on one folder, start after start.
type demo struct {
	data   string
	client *client
	run    *process
	home   string // of its PostgreSQL
	tokens map[string]string

	serial atomic.Int64
	mu     sync.Mutex
	kept   map[string]string // what was acknowledged: entries' titles by id
}

func newDemo(t *testing.T) *demo {
	t.Helper()
	d := &demo{data: filepath.Join(t.TempDir(), "data"), client: newClient(t), kept: map[string]string{}}
	t.Cleanup(func() {
		for _, pid := range of(t, d.home) {
			signal(t, pid, syscall.SIGKILL)
		}
		await(t, "PostgreSQL to end", func() bool { return len(of(t, d.home)) == 0 })
		if err := os.RemoveAll(d.home); err != nil {
			t.Errorf("clear up: %v", err)
		}
	})
	return d
}

func (d *demo) env() map[string]string {
	return map[string]string{"POCREG_DATA": d.data, "POCREG_LISTEN": "127.0.0.1:0", "POCREG_RATE_PER_TOKEN": "0"}
}

// start starts the demo, by way of a program that starts it if one is given, and
// wants what an earlier start left: its tokens, and all that was acknowledged.
func (d *demo) start(t *testing.T, by ...string) {
	t.Helper()
	command := append(by, pocreg, "demo", "--with-parent")
	d.run = launch(t, d.env(), command[0], command[1:]...)
	address := d.run.listens()
	if home := d.run.said.find(`creating a PostgreSQL cluster in (.*)`); home != "" {
		d.home = home
	}
	if address == "" {
		t.Fatalf("pocreg demo ended with %d:\n%s", d.run.end(), &d.run.said)
	}
	d.client.address.Store(address)
	var left struct {
		Address string            `json:"address"`
		Tokens  map[string]string `json:"tokens"`
	}
	text, err := os.ReadFile(filepath.Join(d.data, "demo.json"))
	if err == nil {
		err = json.Unmarshal(text, &left)
	}
	if err != nil || left.Address != "http://"+address || len(left.Tokens) != 10 {
		t.Fatalf("demo.json says %s, %v, want the address %s and ten tokens", text, err, address)
	}
	if d.tokens == nil {
		d.tokens = left.Tokens
	}
	if !maps.Equal(d.tokens, left.Tokens) {
		t.Errorf("demo.json has other tokens than after the first start")
	}
	for name, token := range d.tokens {
		if got := d.get(t, "/v1/me", token); got.status != http.StatusOK {
			t.Errorf("GET /v1/me as %s = %d %s, want 200", name, got.status, got.body)
		}
	}
	for id, title := range d.kept {
		got := d.get(t, "/v1/contacts/"+id, d.tokens["delegate_ee"])
		if got.status != http.StatusOK || !strings.Contains(string(got.body), `"`+title+`"`) {
			t.Errorf("%s was acknowledged, and now is: %d %s", title, got.status, got.body)
		}
	}
}

func (d *demo) get(t *testing.T, path, token string) response {
	t.Helper()
	got, err := d.client.send(t.Context(), request{method: "GET", path: path, token: token})
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return got
}

// write writes as Estonia's delegate until the demo is gone.
func (d *demo) write(t *testing.T) {
	for {
		title := fmt.Sprintf("EE desk %d", d.serial.Add(1))
		body := `{"state":"EE","kind":"technical","office_title":"` + title + `"}`
		got, err := d.client.send(t.Context(), request{
			method: "POST", path: "/v1/contacts", token: d.tokens["delegate_ee"], key: title, body: []byte(body),
		})
		if err != nil {
			return
		}
		var made struct {
			ID string `json:"id"`
		}
		switch {
		case got.status == http.StatusServiceUnavailable:
			continue
		case got.status != http.StatusCreated || json.Unmarshal(got.body, &made) != nil:
			t.Errorf("POST /v1/contacts = %d %s, want 201", got.status, got.body)
			return
		}
		d.mu.Lock()
		d.kept[made.ID] = title
		d.mu.Unlock()
	}
}

func (d *demo) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.kept)
}

// supervisor returns the process that sees to the demo's PostgreSQL.
func (d *demo) supervisor(t *testing.T) int {
	t.Helper()
	for _, pid := range of(t, d.home) {
		if session, err := syscall.Getpgid(pid); err == nil && session == pid {
			return pid
		}
	}
	t.Fatal("the demo has no supervisor")
	return 0
}

func TestHoweverTheDemoEndsTheNextOneGoesOn(t *testing.T) {
	t.Parallel()
	rounds := 1
	if *full {
		rounds = 5
	}
	d := newDemo(t)
	kill9 := func(t *testing.T) { signal(t, d.run.cmd.Process.Pid, syscall.SIGKILL) }
	for _, tt := range slices.Repeat([]struct {
		name string
		by   []string
		end  func(t *testing.T)
		code int // -1: by a signal
	}{
		{"kill -9 of pocreg", nil, kill9, -1},
		{"Ctrl-C", nil, func(*testing.T) { d.run.signal(syscall.SIGINT) }, 0},
		{"kill -9 of PostgreSQL's supervisor", nil, func(t *testing.T) { signal(t, d.supervisor(t), syscall.SIGKILL) }, 1},
		{"kill -9 of pocreg and the supervisor", nil, func(t *testing.T) {
			signal(t, d.supervisor(t), syscall.SIGKILL)
			kill9(t)
		}, -1},
		// As make does it, which waits for its child.
		{"kill -9 of the process that started it", []string{"/bin/sh", "-c", `"$@"; exit $?`, "sh"}, kill9, -1},
		{"SIGTERM", nil, func(*testing.T) { d.run.signal(syscall.SIGTERM) }, 0},
	}, rounds) {
		t.Run(tt.name, func(t *testing.T) {
			before := d.count()
			d.start(t, tt.by...)
			var work sync.WaitGroup
			for range 2 {
				work.Go(func() { d.write(t) })
			}
			await(t, "some writes", func() bool { return t.Failed() || d.count() >= before+5 })
			tt.end(t)
			if code := d.run.end(); code != tt.code {
				t.Errorf("after %s pocreg ended with %d, want %d; it says:\n%s", tt.name, code, tt.code, &d.run.said)
			}
			work.Wait()
			if tt.name == "kill -9 of pocreg and the supervisor" {
				return // there is nobody left who could stop PostgreSQL but the next start
			}
			await(t, "all of it to end", func() bool { return len(of(t, d.home))+len(of(t, d.data)) == 0 })
		})
	}

	t.Run("and two at once on a folder are one too many", func(t *testing.T) {
		d.start(t)
		second := run(t, d.env(), "demo")
		want := fmt.Sprintf("another pocreg (process %d) runs on the files in %s: stop it first, or use another folder", d.run.cmd.Process.Pid, d.home)
		if code := second.end(); code != 1 || !strings.Contains(second.said.String(), want) {
			t.Errorf("a second demo ended with %d, want 1; it says:\n%s\nwant: %s", code, &second.said, want)
		}
		if got := d.get(t, "/v1/me", d.tokens["delegate_ee"]); got.status != http.StatusOK {
			t.Errorf("GET /v1/me of the first = %d, want 200", got.status)
		}
		d.verify(t)
		d.run.signal(syscall.SIGTERM)
		if code := d.run.end(); code != 0 {
			t.Errorf("the demo ended with %d, want 0", code)
		}
	})
}

// verify runs `pocreg verify` on the demo's database.
func (d *demo) verify(t *testing.T) {
	t.Helper()
	pid, err := os.ReadFile(filepath.Join(d.home, "data", "postmaster.pid"))
	lines := strings.Split(string(pid), "\n")
	if err != nil || len(lines) < 5 {
		t.Fatalf("postmaster.pid says %q, %v", pid, err)
	}
	checked := run(t, map[string]string{
		"POCREG_OWNER_DATABASE_URL": "postgres://pocreg_owner@/pocreg?host=" + lines[4] + "&port=" + lines[3],
	}, "verify")
	if code := checked.end(); code != 0 || checked.said.find(`(the trail is whole)`) == "" {
		t.Errorf("pocreg verify ended with %d:\n%s", code, &checked.said)
	}
	t.Logf("%d writes acknowledged over all starts, and %s", d.count(), &checked.said)
}
