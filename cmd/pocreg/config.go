package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/mail"
	"pocreg.example/internal/seal"
	"pocreg.example/internal/signin"
)

// config is read from the environment once, here and nowhere else. A setting
// whose name ends in _URL, _TOKEN, _KEY or _PASSWORD may be given as a file instead,
// under its name and _FILE, so that the secret stands in no environment.
type config struct {
	// DatabaseURL is POCREG_DATABASE_URL, where serve, delegation and admit find
	// the database: a PostgreSQL connection string for the role pocreg_server.
	DatabaseURL string

	// OwnerDatabaseURL is POCREG_OWNER_DATABASE_URL, the same for the role
	// pocreg_owner: for migrate, operator, person, verify and new-epoch.
	OwnerDatabaseURL string

	// Listen is POCREG_LISTEN, the address to serve on. Default 127.0.0.1:8080.
	Listen string

	// Origin is POCREG_ORIGIN, where people find the pages, as a browser says it:
	// https://registry.example. Passkeys are bound to it. Default: http://localhost
	// and the port of Listen, for this machine alone.
	Origin string

	// SecretKey is POCREG_SECRET_KEY, what seals secrets that must be read again:
	// those of authenticator apps, and of the registry with identity providers. 64
	// hexadecimal digits; a new key is put before the old one, with a space. Default:
	// none, and neither can be set up.
	SecretKey seal.Keys

	// ProviderNetworks is POCREG_PROVIDER_NETWORKS, networks that are not out in the
	// world and where states' identity providers may be all the same, with commas. In
	// one of this machine's own, http is taken too. Default none.
	ProviderNetworks []netip.Prefix

	// Data is POCREG_DATA, the folder in which `demo` keeps its files. Default .pocreg.
	Data string

	// Programs is PGBINDIR, where PostgreSQL's programs are, for `demo`. Default:
	// the PATH, then the newest in /usr/lib/postgresql.
	Programs string

	// CacheMB is POCREG_CACHE_MB, how many MiB of answers are kept to be sent
	// again. Default 64; 0 keeps none.
	CacheMB int

	// Connections is POCREG_CONNECTIONS, how many connections to the database
	// are open at most. Default 20.
	Connections int32

	// Timeout is POCREG_TIMEOUT, how long a request may take. Default 15s.
	Timeout time.Duration

	// DrainDelay is POCREG_DRAIN_DELAY, how long /readyz refuses before the
	// server stops taking requests, for load balancers to notice. Default 0s.
	DrainDelay time.Duration

	// RatePerToken is POCREG_RATE_PER_TOKEN, requests a second of one token.
	// Default 100; 0 is no limit.
	RatePerToken float64

	// RatePerAddress is POCREG_RATE_PER_ADDRESS, requests a second of one
	// address without a token, and failed sign-ins. Default 20; 0 is no limit.
	RatePerAddress float64

	// RateBurst is POCREG_RATE_BURST, how many requests may come at once.
	// Default 200.
	RateBurst int

	// TrustedProxies is POCREG_TRUSTED_PROXIES, the networks whose
	// X-Forwarded-For is believed, such as 10.0.0.0/8, with commas. Default none.
	TrustedProxies []netip.Prefix

	// MetricsToken is POCREG_METRICS_TOKEN, which opens /metrics. Default: none,
	// and only this machine may read them.
	MetricsToken string

	// AccessLogDays is POCREG_ACCESS_LOG_DAYS, for how many days the log of who read
	// what is kept: at least 90, at most 3650. Default 400: a year, and the five weeks
	// in which a yearly audit gets to it. What is older says little, and is of people.
	AccessLogDays int

	// SMTPAddress is POCREG_SMTP_ADDRESS, the mail server, such as
	// mail.example:587. Default: none, and no mail is sent.
	SMTPAddress string

	// SMTPSecurity is POCREG_SMTP_SECURITY: starttls, which is then required, tls,
	// from the first byte, or none, which is for a server on this machine alone and
	// sends no password. Default starttls.
	SMTPSecurity mail.Security

	// SMTPUser is POCREG_SMTP_USER, the name to sign in to the mail server with.
	// Default: none, and nobody signs in.
	SMTPUser string

	// SMTPPassword is POCREG_SMTP_PASSWORD, what goes with it.
	SMTPPassword string

	// MailFrom is POCREG_MAIL_FROM, whom letters come from, such as
	// Registry <registry@example.org>: wanted with POCREG_SMTP_ADDRESS.
	MailFrom string

	// MailFolder is where letters are put in place of being sent; "" for none. No
	// setting says so: it is for demo.
	MailFolder string

	// LogLevel is POCREG_LOG_LEVEL: debug, info, warn or error. Default info.
	LogLevel slog.Level
}

// readConfig reports every setting at fault, not only the first. What a command
// cannot do without, it asks for itself.
func readConfig(getenv func(string) string) (config, error) {
	r := settings{getenv: getenv}
	cfg := config{
		DatabaseURL:      r.secret("POCREG_DATABASE_URL"),
		OwnerDatabaseURL: r.secret("POCREG_OWNER_DATABASE_URL"),
		Listen:           r.address("POCREG_LISTEN", "127.0.0.1:8080"),
		Origin:           r.origin("POCREG_ORIGIN"),
		SecretKey:        r.key("POCREG_SECRET_KEY"),
		ProviderNetworks: r.networks("POCREG_PROVIDER_NETWORKS"),
		Data:             cmp.Or(getenv("POCREG_DATA"), ".pocreg"),
		Programs:         getenv("PGBINDIR"),
		CacheMB:          r.count("POCREG_CACHE_MB", 64, 0, 65536),
		Connections:      int32(r.count("POCREG_CONNECTIONS", 20, 2, 1000)),
		Timeout:          r.duration("POCREG_TIMEOUT", 15*time.Second, time.Second),
		DrainDelay:       r.duration("POCREG_DRAIN_DELAY", 0, 0),
		RatePerToken:     r.number("POCREG_RATE_PER_TOKEN", 100, 0, 1e6),
		RatePerAddress:   r.number("POCREG_RATE_PER_ADDRESS", 20, 0, 1e6),
		RateBurst:        r.count("POCREG_RATE_BURST", 200, 1, 1e6),
		TrustedProxies:   r.networks("POCREG_TRUSTED_PROXIES"),
		MetricsToken:     r.secret("POCREG_METRICS_TOKEN"),
		AccessLogDays:    r.count("POCREG_ACCESS_LOG_DAYS", 400, accesslog.ShortestKept, 3650),
		SMTPAddress:      getenv("POCREG_SMTP_ADDRESS"),
		SMTPSecurity:     mail.Security(cmp.Or(getenv("POCREG_SMTP_SECURITY"), string(mail.StartTLS))),
		SMTPUser:         getenv("POCREG_SMTP_USER"),
		SMTPPassword:     r.secret("POCREG_SMTP_PASSWORD"),
		MailFrom:         getenv("POCREG_MAIL_FROM"),
	}
	cfg.checkMail(&r)
	if level := getenv("POCREG_LOG_LEVEL"); level != "" {
		if err := cfg.LogLevel.UnmarshalText([]byte(level)); err != nil {
			r.fault("POCREG_LOG_LEVEL", "is debug, info, warn or error")
		}
	}
	data, err := filepath.Abs(cfg.Data)
	if err != nil {
		r.fault("POCREG_DATA", "is no usable folder")
	}
	cfg.Data = data
	return cfg, errors.Join(r.faults...)
}

// settings reads the environment and collects what is wrong with it. A fault
// names the setting and never its value: it may be a secret.
type settings struct {
	getenv func(string) string
	faults []error
}

func (r *settings) fault(name, what string) {
	r.faults = append(r.faults, fmt.Errorf("%s %s", name, what))
}

func (r *settings) secret(name string) string {
	value, file := r.getenv(name), r.getenv(name+"_FILE")
	switch {
	case file == "":
		return value
	case value != "":
		r.fault(name, "and "+name+"_FILE are both set: keep one")
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err // without the name: somebody may have put the secret there
		}
		r.fault(name+"_FILE", "cannot be read: "+err.Error())
		return ""
	}
	if value = strings.TrimSpace(string(text)); value == "" {
		r.fault(name+"_FILE", "names an empty file")
	}
	return value
}

func (r *settings) key(name string) seal.Keys {
	keys, err := seal.Read(r.secret(name))
	if err != nil {
		r.fault(name, "is a key of 64 hexadecimal digits, or several with spaces, the newest first: openssl rand -hex 32 makes one")
	}
	return keys
}

func (r *settings) number(name string, otherwise, least, most float64) float64 {
	value := r.getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n >= least && n <= most) {
		r.fault(name, fmt.Sprintf("is a number from %v to %v", least, most))
	}
	return n
}

func (r *settings) count(name string, otherwise, least, most int) int {
	value := r.getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		r.fault(name, fmt.Sprintf("is a whole number from %d to %d", least, most))
	}
	return n
}

func (r *settings) duration(name string, otherwise, least time.Duration) time.Duration {
	value := r.getenv(name)
	if value == "" {
		return otherwise
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < least {
		r.fault(name, fmt.Sprintf("is a duration of at least %v, such as 15s or 2m", least))
	}
	return d
}

func (r *settings) address(name, otherwise string) string {
	value := cmp.Or(r.getenv(name), otherwise)
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		r.fault(name, "is an address and a port, such as 127.0.0.1:8080")
	}
	return value
}

// origin takes what a browser says of where it is: in lower case, and without the
// scheme's own port.
func (r *settings) origin(name string) string {
	value := r.getenv(name)
	if value == "" {
		return ""
	}
	u, err := signin.Origin(value)
	if err != nil || strings.ToLower(value) != value || u.Port() == map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		r.fault(name, "is https:// and a host, in lower case and without a path, such as https://registry.example")
	}
	return value
}

func (r *settings) networks(name string) []netip.Prefix {
	var out []netip.Prefix
	for part := range strings.SplitSeq(r.getenv(name), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			r.fault(name, "are networks with commas between them, such as 10.0.0.0/8,fd00::/8")
			continue
		}
		out = append(out, prefix)
	}
	return out
}
