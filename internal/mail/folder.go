package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Folder keeps messages as files, in place of sending them: for who tries the
// registry out.
type Folder struct {
	dir  string
	from netmail.Address
	now  func() time.Time
}

// NewFolder returns a Sender into the folder dir, which it makes if need be, for
// its owner alone: an invitation's link is a secret.
func NewFolder(dir string, from netmail.Address, now func() time.Time) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the mails' folder: %w", err)
	}
	return &Folder{dir: dir, from: from, now: now}, nil
}

// From is the address that messages come from.
func (f *Folder) From() string { return f.from.Address }

// Send writes a message into a file of its own, whole or not at all. One that is
// sent again takes the place of what was sent before.
func (f *Folder) Send(_ context.Context, m Message) error {
	text, err := m.bytes(f.from, f.now())
	if err != nil {
		return &Refused{Code: 553, cause: err}
	}
	name, _, _ := strings.Cut(m.ID, "@")
	name = filepath.Join(f.dir, filepath.Base(name)+".eml")
	half := name + ".half"
	if err := os.WriteFile(half, text, 0o600); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	if err := os.Rename(half, name); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	return nil
}
