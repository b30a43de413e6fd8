package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the way to the mail server is kept private.
type Security string

// The ways. Plain is for a mail server on the same machine alone.
const (
	StartTLS Security = "starttls" // asked for, and required (RFC 3207)
	TLS      Security = "tls"      // from the first byte (RFC 8314)
	Plain    Security = "none"
)

// Settings is where mail goes, and as whom.
type Settings struct {
	Address  string // host and port
	Security Security
	User     string // "" to not sign in
	Password string
	From     netmail.Address
	Roots    *x509.CertPool // whom the server's certificate is from; nil for the machine's own
}

// dialWait bounds each step with the mail server.
const dialWait = 15 * time.Second

// SMTP sends through a mail server.
type SMTP struct {
	host string
	port int
	set  Settings
}

// NewSMTP returns a Sender through the mail server of s.
func NewSMTP(s Settings) (*SMTP, error) {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, fmt.Errorf("read the mail server's address: %w", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" {
		return nil, errors.New("mail: the mail server's address is a host and a port's number")
	}
	switch s.Security {
	case StartTLS, TLS:
	case Plain:
		if !Loopback(host) {
			return nil, errors.New("mail: without TLS mail goes to this machine alone")
		}
		if s.User != "" {
			return nil, errors.New("mail: without TLS no password is sent")
		}
	default:
		return nil, errors.New("mail: the security is starttls, tls or none")
	}
	return &SMTP{host: host, port: int(n), set: s}, nil
}

// Loopback reports whether a host is this machine, by its address or as localhost.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// From is the address that messages come from.
func (s *SMTP) From() string { return s.set.From.Address }

// Send brings a message to the mail server, on a connection of its own.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := m.message(s.set.From, time.Now())
	if err != nil {
		return &Refused{Code: 553, cause: err} // it is no address: trying again makes it none
	}
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(dialWait), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.set.Roots}),
	}
	switch s.set.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.set.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.set.User), gomail.WithPassword(s.set.Password))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return fmt.Errorf("prepare the way to the mail server: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return refusal(err, msg)
	}
	return nil
}

// refusal tells an address that is refused for good from all that may pass. What
// the server has against the sender, or against the way, is the operator's to mend:
// then the message is tried again. What the server said is left out but for its
// codes: it names the address, and is kept with the job.
func refusal(err error, msg *gomail.Msg) error {
	if msg.IsDelivered() { // only the farewell failed
		return nil
	}
	var sent *gomail.SendError
	if !errors.As(err, &sent) {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	said := fmt.Errorf("%s: %d %s", sent.Reason, sent.ErrorCode(), sent.EnhancedStatusCode())
	if !sent.IsTemp() && sent.ErrorCode() >= 500 && (sent.Reason == gomail.ErrSMTPRcptTo || sent.Reason == gomail.ErrSMTPDataClose) {
		return &Refused{Code: sent.ErrorCode(), cause: said}
	}
	return fmt.Errorf("send mail: %w", said)
}
