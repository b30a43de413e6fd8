// Package mail puts what the registry has to say into letters, and sends them. It
// knows no noun, and decides nothing: who is told of what is for package jobs.
//
// Mail goes through ministries' servers, where others read it. A letter says that
// something happened, and where to read of it, never what an entry says.
package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is a letter to one address.
type Message struct {
	To      string // an address without a name
	ID      string // the Message-ID, without its angle brackets: see ID
	Subject string
	Text    string
	HTML    string
	Settle  string // where the reader ends subscriptions, a URL; "" for what nobody subscribes to
}

// Sender brings messages on their way.
type Sender interface {
	// Send returns a *Refused if trying again is of no use, and any other error if
	// it may be.
	Send(ctx context.Context, m Message) error

	// From is the address that messages come from.
	From() string
}

// Refused is that a mail server will never take a message for an address.
type Refused struct {
	Code  int // RFC 5321's: 550, 553 …
	cause error
}

// Error says what the server said.
func (r *Refused) Error() string {
	return fmt.Sprintf("the mail server refuses the address for good: %v", r.cause)
}

// Unwrap returns what the server said.
func (r *Refused) Unwrap() error { return r.cause }

// ID returns the Message-ID of an event's message to a recipient: the same however
// often it is tried, so that a mail server or a reader can tell a repetition.
func ID(from, event, recipient string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", event, recipient))
	_, domain, _ := strings.Cut(from, "@")
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// message makes what goes over the wire. Nothing of a header's value can end the
// header: control characters are taken out here, and go-mail encodes what is left.
func (m Message) message(from netmail.Address, at time.Time) (*gomail.Msg, error) {
	out := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	out.FromMailAddress(&from)
	if strings.ContainsFunc(m.To, unicode.IsControl) {
		return nil, errors.New("mail: the address holds control characters")
	}
	if err := out.To("<" + m.To + ">"); err != nil {
		return nil, fmt.Errorf("address the mail: %w", err)
	}
	out.Subject(oneLine(m.Subject))
	out.SetDateWithValue(at)
	out.SetMessageIDWithValue(m.ID)
	// RFC 3834: no answering machine answers it.
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Settle != "" {
		out.SetGenHeaderPreformatted("List-Unsubscribe", "<"+oneLine(m.Settle)+">")
	}
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return out, nil
}

// oneLine takes out what could begin another line.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ")
}

// bytes returns the message as it is sent.
func (m Message) bytes(from netmail.Address, at time.Time) ([]byte, error) {
	msg, err := m.message(from, at)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	return out.Bytes(), nil
}
