package httpapi_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// object is a JSON object as a test writes or reads it.
type object = map[string]any

// with returns a copy of an object with some members set: name, value, and so
// on. A nil value leaves a member out.
func with(base object, members ...any) object {
	out := maps.Clone(base)
	for i := 0; i < len(members); i += 2 {
		name := members[i].(string)
		if members[i+1] == nil {
			delete(out, name)
		} else {
			out[name] = members[i+1]
		}
	}
	return out
}

func email(value string) object { return object{"type": "email", "value": value} }

func phone(usage, value string) object {
	return object{"type": "phone", "usage": usage, "value": value}
}

// technical is a technical contact that lacks nothing, for participants.
func technical(state string) object {
	return object{
		"state": state, "kind": "technical", "audience": "participants", "office_title": "Duty desk",
		"languages": []string{"en"}, "time_zone": "UTC", "capabilities": []string{"malware_analysis"},
		"covers": []string{"whole_state"}, "availability": object{"always": true},
		"channels": []object{phone("duty", "+48221234567"), email("duty@cert.example")},
	}
}

// found is a technical contact that was found in public.
func found(state string) object {
	return object{
		"state": state, "kind": "technical", "basis": "public_source", "office_title": "CERT",
		"channels": []object{email("cert@cert.example")},
		"sources": []object{{
			"pointer": "/channels/0/value", "value": "cert@cert.example", "source": "List of teams", "date": "2026-01-05",
		}},
	}
}

func agency(state string) object {
	return object{"state": state, "kind": "agency", "audience": "participants", "name": "National Cyber Agency"}
}

func plan(state string) object {
	return object{
		"state": state, "kind": "strategy", "audience": "participants", "original_title": "Cyber Strategy",
		"original_language": "en", "status": "in_force", "adopted_on": "2024",
		"summaries": object{"en": "What it aims at."}, "focus_areas": []string{"governance"},
		"norms": []object{{"code": "13h", "reading": "state"}},
	}
}

// entry is a national entry that a test has made.
type entry struct {
	path    string // "/v1/contacts/<id>"
	id      string
	etag    string
	version string
	view    object
}

// add makes an entry at a list's path, in the name of who.
func (c *client) add(t testing.TB, who, list string, body object) entry {
	t.Helper()
	return read(t, c.must(t, http.StatusCreated, who, http.MethodPost, list, body))
}

// read takes an entry from the answer that shows it.
func read(t testing.TB, res response) entry {
	t.Helper()
	view := res.object(t)
	noun := "contacts"
	switch {
	case view["original_title"] != nil:
		noun = "strategies"
	case view["channels"] == nil:
		noun = "organisations"
	}
	version, _, _ := strings.Cut(strings.Trim(res.etag(), `"`), "-")
	id := text(view, "id")
	return entry{path: "/v1/" + noun + "/" + id, id: id, etag: res.etag(), version: version, view: view}
}

// version returns the register's version, as anybody sees it.
func (c *client) version(t testing.TB) string {
	t.Helper()
	return c.get(t, "", "/v1/me").header.Get("Register-Version")
}

// channel returns the id of an entry's channel, by its place.
func (e entry) channel(t testing.TB, i int) string {
	t.Helper()
	list, _ := e.view["channels"].([]any)
	if i >= len(list) {
		t.Fatalf("%s has %d channels, want one at %d", e.path, len(list), i)
	}
	return text(list[i].(object), "id")
}

// lines is what a server has logged.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

// Write adds a line.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(line)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
