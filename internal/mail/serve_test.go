package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"pocreg.example/internal/mail"
)

// server is a real mail server, which takes what it is told to take.
type server struct {
	address string
	roots   *x509.CertPool

	mu       sync.Mutex
	user     string // who must sign in; "" for nobody
	password string
	refuse   error // what is said to each recipient
	refused  error // what is said once the message is whole
	secure   []bool
	to       []string
	messages []string
}

type session struct {
	of     *server
	secure bool
	known  bool
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.secure && s.of.user != "" {
		return []string{sasl.Plain}
	}
	return nil
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.of.user || password != s.of.password {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if s.of.user != "" && !s.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if s.of.refuse != nil {
		return s.of.refuse
	}
	s.of.to = append(s.of.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if s.of.refused != nil {
		return s.of.refused
	}
	s.of.messages = append(s.of.messages, string(text))
	s.of.secure = append(s.of.secure, s.secure)
	return nil
}

// serve starts a mail server that has a certificate, and is told by how; plainly it
// offers no TLS at all.
func serve(t *testing.T, how mail.Security, set func(*server)) *server {
	t.Helper()
	s := &server{roots: x509.NewCertPool()}
	if set != nil {
		set(s)
	}
	certificate := certify(t, s.roots)
	smtpd := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, secure := c.TLSConnectionState()
		return &session{of: s, secure: secure}, nil
	}))
	smtpd.Domain, smtpd.ErrorLog = "mail.test", silent{}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	switch how {
	case mail.TLS:
		listener = tls.NewListener(listener, config)
	case mail.StartTLS:
		smtpd.TLSConfig = config
	}
	done := make(chan error, 1)
	go func() { done <- smtpd.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(smtpd.Close(), <-done); err != nil {
			t.Errorf("the mail server: %v", err)
		}
	})
	return s
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// certify makes a certificate for 127.0.0.1, which roots then trust.
func certify(t *testing.T, roots *x509.CertPool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// sender sends through s.
func (s *server) sender(t *testing.T, how mail.Security, change ...func(*mail.Settings)) *mail.SMTP {
	t.Helper()
	set := mail.Settings{
		Address: s.address, Security: how, From: netmail.Address{Name: "Registry, of contacts", Address: "registry@pocreg.example"}, Roots: s.roots,
	}
	for _, c := range change {
		c(&set)
	}
	out, err := mail.NewSMTP(set)
	if err != nil {
		t.Fatalf("NewSMTP() = %v", err)
	}
	return out
}

// took returns what the server took, and whether it came under TLS.
func (s *server) took() (messages []string, secure []bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages, s.secure
}
