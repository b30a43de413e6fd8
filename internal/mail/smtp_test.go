package mail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"pocreg.example/internal/mail"
)

func letter() mail.Message {
	return mail.Message{
		To: "ada@mfa.example", ID: mail.ID("registry@pocreg.example", "event", "account:1"), Subject: "Żółw changed",
		Text: "As text: ąę\n", HTML: "<p>As HTML: ąę</p>", Settle: "https://pocreg.example/account/notices",
	}
}

func TestMailGoesUnderTLS(t *testing.T) {
	t.Parallel()
	for _, how := range []mail.Security{mail.StartTLS, mail.TLS} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			s := serve(t, how, func(s *server) { s.user, s.password = "pocreg", "correct horse" })
			sender := s.sender(t, how, func(set *mail.Settings) { set.User, set.Password = "pocreg", "correct horse" })
			if err := sender.Send(t.Context(), letter()); err != nil {
				t.Fatalf("Send() = %v", err)
			}
			messages, secure := s.took()
			if len(messages) != 1 || !secure[0] {
				t.Fatalf("the server took %d messages, under TLS: %v; want one that was", len(messages), secure)
			}
			looksRight(t, messages[0])
		})
	}
}

// looksRight holds a message to what letter says.
func looksRight(t *testing.T, text string) {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != "Żółw changed" {
		t.Errorf("Subject is %q, %v", subject, err)
	}
	for header, want := range map[string]string{
		"To": "<ada@mfa.example>", "From": `"Registry, of contacts" <registry@pocreg.example>`, "Auto-Submitted": "auto-generated",
		"List-Unsubscribe": "<https://pocreg.example/account/notices>", "Message-Id": "<" + letter().ID + ">",
	} {
		if got := msg.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	for _, header := range []string{"User-Agent", "X-Mailer"} {
		if got := msg.Header.Get(header); got != "" {
			t.Errorf("%s is %q: nobody need know", header, got)
		}
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		got += part.Header.Get("Content-Type") + ": " + strings.TrimSpace(string(content)) + "\n"
	}
	want := "text/plain; charset=UTF-8: As text: ąę\ntext/html; charset=UTF-8: <p>As HTML: ąę</p>\n"
	if got != want {
		t.Errorf("the parts are\n%s, want\n%s", got, want)
	}
}

func TestWhatWouldGoUnencryptedDoesNotGo(t *testing.T) {
	t.Parallel()
	plain := serve(t, mail.Plain, nil)
	if err := plain.sender(t, mail.StartTLS).Send(t.Context(), letter()); err == nil {
		t.Errorf("Send() to a server without STARTTLS = nil, want that it is refused")
	}
	stranger := serve(t, mail.StartTLS, nil)
	other := serve(t, mail.StartTLS, nil)
	for _, how := range []mail.Security{mail.StartTLS, mail.TLS} {
		if err := stranger.sender(t, how, func(set *mail.Settings) { set.Roots = other.roots }).Send(t.Context(), letter()); err == nil {
			t.Errorf("%s: Send() to a server whose certificate nobody vouches for = nil, want that it is refused", how)
		}
	}
	for name, s := range map[string]*server{"plain": plain, "stranger": stranger} {
		if messages, _ := s.took(); len(messages) != 0 {
			t.Errorf("%s took %d messages, want none", name, len(messages))
		}
	}
	if err := plain.sender(t, mail.Plain).Send(t.Context(), letter()); err != nil {
		t.Errorf("Send() to this machine, without TLS as was said = %v", err)
	}
	for why, set := range map[string]mail.Settings{
		"elsewhere":       {Address: "192.0.2.1:25", Security: mail.Plain},
		"by name":         {Address: "mail.example:25", Security: mail.Plain},
		"with a password": {Address: "127.0.0.1:25", Security: mail.Plain, User: "pocreg", Password: "x"},
		"as it comes":     {Address: "127.0.0.1:25"},
		"nowhere":         {Address: "127.0.0.1", Security: mail.TLS},
	} {
		if _, err := mail.NewSMTP(set); err == nil {
			t.Errorf("NewSMTP() without TLS, %s = nil, want that it is refused", why)
		}
	}
}

// TestAnAddressIsGivenUpOnlyWhenItIsRefusedForGood tells what may pass from what
// does not.
func TestAnAddressIsGivenUpOnlyWhenItIsRefusedForGood(t *testing.T) {
	t.Parallel()
	is := func(code int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "said the server"}
	}
	for name, tt := range map[string]struct {
		set  func(*server)
		good bool // whether it is for good
	}{
		"no such mailbox":       {func(s *server) { s.refuse = is(550) }, true},
		"mailbox busy":          {func(s *server) { s.refuse = is(450) }, false},
		"the message is spam":   {func(s *server) { s.refused = is(554) }, true},
		"greylisted":            {func(s *server) { s.refused = is(451) }, false},
		"nobody may send there": {func(s *server) { s.user = "somebody" }, false},
		"another password":      {func(s *server) { s.user, s.password = "pocreg", "other" }, false},
	} {
		s := serve(t, mail.StartTLS, tt.set)
		sender := s.sender(t, mail.StartTLS)
		if s.password != "" {
			sender = s.sender(t, mail.StartTLS, func(set *mail.Settings) { set.User, set.Password = "pocreg", "wrong" })
		}
		err := sender.Send(t.Context(), letter())
		var refused *mail.Refused
		if err == nil || errors.As(err, &refused) != tt.good {
			t.Errorf("%s: Send() = %v, want it refused for good: %t", name, err, tt.good)
		}
	}
}

func TestAServerThatIsGoneIsTriedAgain(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: listener.Addr().String()}
	sender := s.sender(t, mail.StartTLS)
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- sender.Send(ctx, letter()) }()
	conn, err := listener.Accept() // it says nothing
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Close(), listener.Close()); err != nil {
		t.Fatal(err)
	}
	var refused *mail.Refused
	if err := <-sent; err == nil || errors.As(err, &refused) {
		t.Errorf("Send() to a server that hung up = %v, want that it is tried again", err)
	}
	if err := sender.Send(ctx, letter()); err == nil || errors.As(err, &refused) {
		t.Errorf("Send() to a server that is gone = %v, want that it is tried again", err)
	}
	cancel()
}

func TestNothingBeginsAHeaderOfItsOwn(t *testing.T) {
	t.Parallel()
	s := serve(t, mail.StartTLS, nil)
	for i, evil := range []string{"x\r\nBcc: all@evil.example", "x\nBcc: all@evil.example\n\nHello", "x\rBcc: all@evil.example", "x\u2028Bcc: y", "x\x00\x0b"} {
		m := letter()
		m.Subject, m.Settle = evil, "https://pocreg.example/"+evil
		if err := s.sender(t, mail.StartTLS).Send(t.Context(), m); err != nil {
			t.Fatalf("Send() = %v", err)
		}
		messages, _ := s.took()
		msg, err := netmail.ReadMessage(strings.NewReader(messages[i]))
		if err != nil {
			t.Fatal(err)
		}
		if len(msg.Header["Bcc"]) != 0 || len(msg.Header) != 9 {
			t.Errorf("%q makes the headers %v", evil, msg.Header)
		}
	}
	for _, evil := range []string{"ada@mfa.example>\r\nRCPT TO:<all@evil.example", "ada@mfa.example\nBcc: x@evil.example", "<ada@mfa.example>, all@evil.example", "", "no address"} {
		m := letter()
		m.To = evil
		var refused *mail.Refused
		if err := s.sender(t, mail.StartTLS).Send(t.Context(), m); !errors.As(err, &refused) {
			t.Errorf("Send() to %q = %v, want that it is refused for good", evil, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Join(s.to, " "); strings.Contains(got, "evil") {
		t.Errorf("letters went to %s", got)
	}
}

func TestAMessageIDIsOfTheEventAndItsRecipient(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, event := range []string{"a", "b", "a\x00b"} {
		for _, recipient := range []string{"c", "d", "b\x00c"} {
			id := mail.ID("registry@pocreg.example", event, recipient)
			if again := mail.ID("registry@pocreg.example", event, recipient); again != id || !strings.HasSuffix(id, "@pocreg.example") {
				t.Errorf("ID() = %s and then %s", id, again)
			}
			what := fmt.Sprintf("%q to %q", event, recipient)
			if other := seen[id]; other != "" {
				t.Errorf("%s and %s have the same Message-ID", what, other)
			}
			seen[id] = what
		}
	}
}
