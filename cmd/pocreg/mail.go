package main

import (
	"context"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"slices"
	"time"

	"pocreg.example/internal/jobs"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/notice"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
)

// checkMail finds fault with the settings of mail.
func (c config) checkMail(r *settings) {
	if !slices.Contains([]mail.Security{mail.StartTLS, mail.TLS, mail.Plain}, c.SMTPSecurity) {
		r.fault("POCREG_SMTP_SECURITY", "is starttls, tls or none")
		return
	}
	if (c.SMTPUser == "") != (c.SMTPPassword == "") {
		r.fault("POCREG_SMTP_USER", "and POCREG_SMTP_PASSWORD are set together, or neither is")
	}
	if c.SMTPAddress == "" {
		return
	}
	from, err := netmail.ParseAddress(c.MailFrom)
	if err != nil {
		r.fault("POCREG_MAIL_FROM", "is an address, such as Registry <registry@example.org>: letters come from there")
		from = &netmail.Address{}
	}
	if _, err := mail.NewSMTP(c.smtp(*from)); err != nil {
		r.fault("POCREG_SMTP_ADDRESS", "is a host and a port, such as mail.example:587; without TLS, of this machine, and without a user")
	}
}

func (c config) smtp(from netmail.Address) mail.Settings {
	return mail.Settings{Address: c.SMTPAddress, Security: c.SMTPSecurity, User: c.SMTPUser, Password: c.SMTPPassword, From: from}
}

// sender returns what brings letters on their way, nil if nothing does.
func (c config) sender() (mail.Sender, error) {
	switch {
	case c.SMTPAddress != "":
		from, err := netmail.ParseAddress(c.MailFrom)
		if err != nil {
			return nil, fmt.Errorf("read POCREG_MAIL_FROM: %w", err)
		}
		return mail.NewSMTP(c.smtp(*from))
	case c.MailFolder != "":
		return mail.NewFolder(c.MailFolder, netmail.Address{Name: "pocreg", Address: "registry@demo.example"}, time.Now)
	default:
		return nil, nil
	}
}

// work prepares the jobs of a server, which run until their context ends: nothing
// but a word in the log, if there is no way for letters to go. Their connections are
// their own.
func work(ctx context.Context, cfg config, r *register.Register, signIn *signin.Store, origin string, log *slog.Logger) (run func(context.Context), err error) {
	sender, err := cfg.sender()
	if err != nil {
		return nil, err
	}
	if sender == nil {
		log.InfoContext(ctx, "no mail is sent: POCREG_SMTP_ADDRESS is not set")
		return func(context.Context) {}, nil
	}
	words, err := mail.ReadWords()
	if err != nil {
		return nil, err
	}
	pool, err := postgres.Open(ctx, cfg.DatabaseURL, jobs.Connections)
	if err != nil {
		return nil, err
	}
	runner, err := jobs.New(pool, r, &notice.Notices{
		Register: r, SignIn: signIn, Words: words, Sender: sender, Origin: origin, Now: time.Now,
	}, log)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return func(ctx context.Context) {
		defer pool.Close()
		runner.Run(ctx)
	}, nil
}
