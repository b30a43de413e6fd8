package jobs_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/jobs"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/notice"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// office is a registry with a real mail server.
type office struct {
	*fixture.World
	address string

	mu       sync.Mutex
	refuse   error         // what is said to each recipient
	hold     chan struct{} // unless nil, a message is taken only once it is closed
	arriving chan string   // a message's recipient, as it begins to come
	messages []string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{World: fixture.New(t), arriving: make(chan string, 1000)}
	o.address = o.listen(t, "127.0.0.1:0")
	return o
}

// listen starts the mail server, until the test ends.
func (o *office) listen(t *testing.T, at string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{office: o}, nil }))
	server.Domain = "mail.test"
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		o.release()
		if err := errors.Join(server.Close(), <-done); err != nil {
			t.Errorf("the mail server: %v", err)
		}
	})
	return listener.Addr().String()
}

// hang has the mail server take nothing until release.
func (o *office) hang() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hold = make(chan struct{})
}

func (o *office) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hold != nil {
		close(o.hold)
		o.hold = nil
	}
}

func (o *office) refuses(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuse = err
}

// got returns the messages that the mail server took.
func (o *office) got() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string{}, o.messages...)
}

type session struct {
	office *office
	to     string
}

func (*session) Reset()                               {}
func (*session) Logout() error                        { return nil }
func (*session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.to = to
	return s.office.refuse
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.office.mu.Lock()
	hold := s.office.hold
	s.office.mu.Unlock()
	s.office.arriving <- s.to
	if hold != nil {
		<-hold
	}
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.messages = append(s.office.messages, string(text))
	return nil
}

// runner is a server's jobs.
func (o *office) runner(t *testing.T) *jobs.Runner {
	t.Helper()
	words, err := mail.ReadWords()
	if err != nil {
		t.Fatal(err)
	}
	sender, err := mail.NewSMTP(mail.Settings{Address: o.address, Security: mail.Plain, From: netmail.Address{Address: "registry@pocreg.example"}})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := postgres.Open(t.Context(), o.DB.ServerURL, jobs.Connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r, err := jobs.New(pool, o.Register, &notice.Notices{
		Register: o.Register, SignIn: o.SignIn, Words: words, Sender: sender, Origin: fixture.Origin, Now: time.Now,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	return r
}

// runs runs a server's jobs until stop is called, or the test ends.
func (o *office) runs(t *testing.T) (stop func()) {
	t.Helper()
	r := o.runner(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func (o *office) invite(t *testing.T, name string) signin.Offer {
	t.Helper()
	offer, err := o.SignIn.Invite(t.Context(), o.By(t, "head_of_delegation EE"), register.Sent[signin.InviteInput]{
		Body: signin.InviteInput{Name: name, Email: strings.ToLower(name) + "@people.example", Role: access.Delegate, Language: "en"},
	})
	if err != nil {
		t.Fatalf("Invite() = %v", err)
	}
	return offer
}

// patience is how long a test waits on a busy machine.
const patience = 90 * time.Second

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick, end := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// count asks the database's owner for a number.
func (o *office) count(t *testing.T, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := o.DB.Owner.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}
