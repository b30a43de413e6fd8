// Package drill_test rehearses the loss of the registry's database with what an
// operator has in hand: deploy/backup.sh, deploy/restore.sh and the program.
package drill_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	contact = `{"state":"EE","kind":"technical","audience":"participants","office_title":"%s","channels":[
		{"type":"phone","usage":"duty","value":"+372 663 0299"},{"type":"email","value":"cert@cert.ee"}]}`
	organisation = `{"state":"EE","kind":"csirt","audience":"public","name":"CERT-EE"}`
	strategy     = `{"state":"EE","kind":"strategy","audience":"public","original_title":"Küberturvalisuse strateegia","status":"in_force"}`
)

func TestABackupBringsTheRegisterBack(t *testing.T) {
	t.Parallel()
	programs, backups := build(t), t.TempDir()

	t.Log("a registry is written to")
	lost := newMachine(t, programs)
	lost.do(t, lost.asOwner(), "pocreg", "migrate")
	head := lost.headOfEstonia(t)
	s := lost.serve(t)
	desk := s.ask(t, 201, head, "POST", "/v1/contacts", "", fmt.Sprintf(contact, "Duty desk"))
	s.ask(t, 201, head, "POST", "/v1/contacts", "", fmt.Sprintf(contact, "Second desk"))
	s.ask(t, 201, head, "POST", "/v1/organisations", "", organisation)
	s.ask(t, 201, head, "POST", "/v1/strategies", "", strategy)
	path := fmt.Sprint("/v1/contacts/", desk.body["id"])
	page := s.ask(t, 200, head, "GET", "/v1/contacts?limit=1", "", "")

	t.Log("it is backed up while it runs, and written on")
	kept := lost.collect(t)
	dump := lost.do(t, nil, script("backup.sh"), backups)
	changed := s.ask(t, 200, head, "PATCH", path, desk.etag, `{"office_title":"Renamed after the backup"}`)
	extra := s.ask(t, 201, head, "POST", "/v1/contacts", "", fmt.Sprintf(contact, "Added after the backup"))
	s.stop(t)
	if after := lost.collect(t); after.Version != kept.Version+2 || !cmp.Equal(after.Leaves[:kept.Version], kept.Leaves) {
		t.Fatalf("the trail after two more writes is at %d, after %d before them, or is not what it was", after.Version, kept.Version)
	}

	t.Log("it is destroyed, and restored on another machine")
	lost.destroy(t)
	found := newMachine(t, programs)
	said := found.do(t, nil, script("restore.sh"), dump)
	if !strings.Contains(said, fmt.Sprintf("the trail is whole: %d versions", kept.Version)) {
		t.Errorf("restore.sh says %q, want that the trail is whole up to version %d", said, kept.Version)
	}
	restored := found.collect(t)
	if restored.Epoch == kept.Epoch {
		t.Errorf("the restored register is in the epoch %s, as before: want a new one", restored.Epoch)
	}
	kept.Epoch = restored.Epoch
	if diff := cmp.Diff(kept, restored); diff != "" {
		t.Errorf("the restored register is not what was backed up (-want +got):\n%s", diff)
	}

	t.Log("it serves, and refuses what belongs to the life that was lost")
	s = found.serve(t)
	if states := s.ask(t, 200, "", "GET", "/v1/states", "", ""); len(states.body["items"].([]any)) != 46 {
		t.Errorf("GET /v1/states = %d states, want 46", len(states.body["items"].([]any)))
	}
	s.ask(t, 404, head, "GET", fmt.Sprint("/v1/contacts/", extra.body["id"]), "", "")
	s.ask(t, 410, head, "GET", fmt.Sprint("/v1/contacts?limit=1&cursor=", page.body["next"]), "", "")
	again := s.ask(t, 200, head, "GET", path, "", "")
	if diff := cmp.Diff(desk.body, again.body); diff != "" {
		t.Errorf("GET %s is not what was backed up (-want +got):\n%s", path, diff)
	}
	refused := `{"office_title":"Nobody may see this"}`
	s.ask(t, 412, head, "PATCH", path, desk.etag, refused)
	s.ask(t, 412, head, "PATCH", path, changed.etag, refused)
	now := s.ask(t, 200, head, "PATCH", path, again.etag, `{"office_title":"Renamed after the restore"}`)
	if now.body["version"] != changed.body["version"] {
		t.Errorf("the first write after the restore is version %v, want %v, given out anew", now.body["version"], changed.body["version"])
	}
	s.ask(t, 412, head, "PATCH", path, changed.etag, refused)
	found.refuses(t, "stop every", found.asOwner(), "pocreg", "new-epoch")
	s.stop(t)
	found.do(t, found.asOwner(), "pocreg", "verify")

	t.Log("it is not restored over, nor from a damaged backup")
	found.refuses(t, "is not empty", nil, script("restore.sh"), dump)
	damage(t, dump)
	found.refuses(t, "is not as it was written", nil, script("restore.sh"), dump)
}

// refuses runs a command that has to fail with a sentence, changing nothing.
func (m *machine) refuses(t *testing.T, sentence string, env []string, name string, args ...string) {
	t.Helper()
	before := m.collect(t)
	_, said, err := m.try(t, env, name, args...)
	if err == nil || !strings.Contains(said, sentence) {
		t.Errorf("%s %s = %v, %q; want a refusal that says %q", name, strings.Join(args, " "), err, said, sentence)
	}
	if diff := cmp.Diff(before, m.collect(t)); diff != "" {
		t.Errorf("%s %s was refused and has changed something (-before +after):\n%s", name, strings.Join(args, " "), diff)
	}
}

// damage adds a byte to a file.
func damage(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Clean(name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("?"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
