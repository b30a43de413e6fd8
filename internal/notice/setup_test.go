package notice_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocreg.example/internal/access"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/notice"
	"pocreg.example/internal/register"
)

// desk is a registry whose letters go into a folder, with a clock of its own.
type desk struct {
	*fixture.World
	notices *notice.Notices
	dir     string

	mu    sync.Mutex
	ahead time.Duration
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{World: fixture.New(t), dir: filepath.Join(t.TempDir(), "mail")}
	words, err := mail.ReadWords()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := mail.NewFolder(d.dir, netmail.Address{Address: "registry@pocreg.example"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	d.notices = &notice.Notices{
		Register: d.Register, SignIn: d.SignInAt(d.now), Words: words, Sender: folder, Origin: fixture.Origin, Now: d.now,
	}
	return d
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Add(d.ahead)
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ahead += by
}

// addressed gives some of the world's people an address: "delegate EE" gets
// delegate.ee@people.example. Poland's are written to in Polish.
func (d *desk) addressed(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		d.do(t, `
			insert into person (account, state, email, language, version)
			select id, state, lower(replace($1, ' ', '.')) || '@people.example', case when state = 'PL' then 'pl' else 'en' end, 0
			from account where name = $1`, name)
	}
}

// do runs sql as the database's owner.
func (d *desk) do(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := d.DB.Owner.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// post is a letter as it came out.
type post struct{ to, subject, text, html, all string }

// told writes and sends all that there is to tell of an event, and returns it, by
// address and subject.
func (d *desk) told(t *testing.T, e notice.Event) map[string]post {
	t.Helper()
	all, err := d.notices.Whom(t.Context(), e)
	if err != nil {
		t.Fatalf("Whom(%+v) = %v", e, err)
	}
	return d.deliver(t, all...)
}

// latest is told of the register's latest version.
func (d *desk) latest(t *testing.T) map[string]post {
	t.Helper()
	return d.told(t, notice.Event{Version: d.Register.Latest()})
}

func (d *desk) deliver(t *testing.T, all ...notice.Delivery) map[string]post {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(d.dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range all {
		if _, err := d.notices.Deliver(t.Context(), one, false); err != nil {
			t.Fatalf("Deliver(%+v) = %v", one, err)
		}
	}
	names, err := filepath.Glob(filepath.Join(d.dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]post{}
	for _, name := range names {
		p := open(t, name)
		out[p.to+": "+p.subject] = p
		d.keepsSecrets(t, p)
	}
	return out
}

// secrets are what the tests' entries say, and no letter may.
var secrets = regexp.MustCompile(`(?i)ringi|tamm|\+372|6630299|cert@|Confidential|walnut|note verbale|delegate EE|head_of_delegation EE|-----BEGIN`)

func (d *desk) keepsSecrets(t *testing.T, p post) {
	t.Helper()
	if found := secrets.FindString(p.subject + p.text + p.html); found != "" {
		t.Errorf("the letter %q says %q:\n%s", p.subject, found, p.text)
	}
}

func open(t *testing.T, name string) post {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	msg, err := netmail.ReadMessage(file)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	p := post{to: strings.Trim(msg.Header.Get("To"), "<>"), subject: strings.TrimPrefix(strings.TrimPrefix(subject, "[Points of contact] "), "[Punkty kontaktowe] "), all: fmt.Sprint(msg.Header)}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for _, into := range []*string{&p.text, &p.html} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*into = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	return p
}

// wants compares what went out with "address: subject".
func wants(t *testing.T, got map[string]post, want ...string) {
	t.Helper()
	keys := []string{}
	for key := range got {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	slices.Sort(want)
	if !slices.Equal(keys, want) {
		t.Errorf("the letters are\n  %s\nwant\n  %s", strings.Join(keys, "\n  "), strings.Join(want, "\n  "))
	}
}

// dutyDesk is a technical contact of Estonia, of which no letter may say more than
// that.
func dutyDesk() contact.Input {
	return contact.Input{
		Common:  entry.Common{State: "EE", Kind: contact.Technical},
		Details: contact.Details{OfficeTitle: "Confidential Ringi desk", Languages: []string{"et"}, TimeZone: "Europe/Tallinn"},
		Channels: []contact.ChannelInput{
			{Type: "phone", Usage: "duty", Value: "663 0299"},
			{Type: "email", Value: "cert@ringi.example"},
		},
	}
}

func (d *desk) add(t *testing.T, who string, in contact.Input) contact.Contact {
	t.Helper()
	got, err := d.Contacts.Add(t.Context(), d.By(t, who), register.Sent[contact.Input]{Body: in})
	if err != nil {
		t.Fatalf("Add() = %v", err)
	}
	return got
}

func (d *desk) patch(t *testing.T, who, id, text string) contact.Contact {
	t.Helper()
	got, err := d.Contacts.Patch(t.Context(), d.By(t, who), id, register.Sent[[]byte]{If: register.Precondition{None: true}, Body: []byte(text)})
	if err != nil {
		t.Fatalf("Patch() = %v", err)
	}
	return got
}

// subscribed has somebody ask to be told.
func (d *desk) subscribed(t *testing.T, who, state, kind, framework, delivery string) {
	t.Helper()
	d.do(t, `
		insert into subscription (id, account, number, state, kind, framework, delivery, created_at)
		select gen_random_uuid(), id, 1 + (select count(*) from subscription s where s.account = a.id),
			nullif($2, ''), nullif($3, ''), nullif($4, ''), $5, now()
		from account a where name = $1`, who, state, kind, framework, delivery)
}

func none[T any](body T) register.Sent[T] {
	return register.Sent[T]{If: register.Precondition{None: true}, Body: body}
}

var everybody = []string{
	fixture.Of(access.Head, "EE"), fixture.Of(access.Delegate, "EE"), fixture.Of(access.Cert, "EE"),
	fixture.Of(access.Delegate, "LV"), fixture.Of(access.Cert, "LV"), fixture.Of(access.Delegate, "PL"),
	fixture.Of(access.Secretariat, "KR"), fixture.Of(access.Secretariat, "PL"), fixture.Of(access.Secretariat, "US"), "auditor",
}

// policy is a policy contact of Poland.
func policy() contact.Input {
	return contact.Input{
		Common:   entry.Common{State: "PL", Kind: contact.Policy},
		Details:  contact.Details{OfficeTitle: "Confidential Ringi desk", Languages: []string{"pl"}, TimeZone: "Europe/Warsaw"},
		Channels: []contact.ChannelInput{{Type: "email", Value: "cert@ringi.example"}},
	}
}
