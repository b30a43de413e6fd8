package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/account"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/outward"
	"pocreg.example/internal/portal"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/register"
	"pocreg.example/internal/signin"
	"pocreg.example/internal/state"
	"pocreg.example/internal/strategy"
	"pocreg.example/internal/subscription"
	"pocreg.example/internal/suggestion"
)

type serveCommand struct{}

// Run serves until it is told to stop, and drains.
func (serveCommand) Run(p *program) error {
	cfg, err := readConfig(p.getenv)
	if err == nil && cfg.DatabaseURL == "" {
		err = errors.New("POCREG_DATABASE_URL is not set: the connection string of the role pocreg_server")
	}
	if err != nil {
		return err
	}
	listener, err := listen(p.ctx, cfg.Listen)
	if err != nil {
		return err
	}
	if p.getenv("GOGC") == "" && p.getenv("GOMEMLIMIT") == "" {
		collectLess(cfg)
	}
	return serve(p.ctx, cfg, listener, p.stderr, nil)
}

// collectLess trades memory for time: what lives is small beside what requests
// leave lying, so collecting at twice its size means collecting all the time. The
// limit holds for a full cache too, which then is collected as often as ever.
func collectLess(cfg config) {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(int64(96+cfg.CacheMB*3/2) << 20)
}

// stores is the register and all that is kept in it.
type stores struct {
	pool          *pgxpool.Pool
	register      *register.Register
	accounts      *account.Store
	states        *state.Store
	delegations   *delegation.Store
	organisations *organisation.Store
	contacts      *contact.Store
	strategies    *strategy.Store
	suggestions   *suggestion.Store
	subscriptions *subscription.Store
}

// open connects to the database at url and wires what is kept in it.
func open(ctx context.Context, url string, connections int32) (*stores, error) {
	pool, err := postgres.Open(ctx, url, connections)
	if err != nil {
		return nil, err
	}
	r := register.New(pool, account.Stands).Proposing(proposal.Record)
	return &stores{
		pool: pool, register: r,
		accounts: account.NewStore(r, pool, time.Now), states: state.NewStore(r), delegations: delegation.NewStore(r),
		organisations: organisation.NewStore(r), contacts: contact.NewStore(r, time.Now), strategies: strategy.NewStore(r),
		suggestions: suggestion.NewStore(r), subscriptions: subscription.NewStore(r),
	}, nil
}

// importer takes files into what is kept.
func (s *stores) importer() *importer.Importer {
	return &importer.Importer{Register: s.register, Organisations: s.organisations, Contacts: s.contacts, Strategies: s.strategies}
}

// proposals decides on what was asked for of what is kept.
func (s *stores) proposals(admission *admission.Store) *proposal.Store {
	return &proposal.Store{
		Register: s.register, States: s.states, Delegations: s.delegations, Organisations: s.organisations,
		Contacts: s.contacts, Strategies: s.strategies, Importer: s.importer(), Admission: admission,
	}
}

// ready refuses a database that `migrate` has not brought up to this program.
func (s *stores) ready(ctx context.Context) error {
	return postgres.CheckSchema(ctx, s.pool) // not a read of the register: there may be none yet
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (POCREG_LISTEN moves it): %w", address, err)
	}
	return listener, nil
}

// serve answers on listener until ctx ends, then lets the requests that it has
// taken finish. It calls started, if there is one, once it answers.
func serve(ctx context.Context, cfg config, listener net.Listener, stderr io.Writer, started func() error) error {
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	s, err := open(ctx, cfg.DatabaseURL, cfg.Connections)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer s.pool.Close()
	if err := s.ready(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	reads := accesslog.New(s.pool, log, cfg.AccessLogDays, accesslog.Room, time.Now)
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), poolGauges(s.pool))
	origin := cfg.origin(listener.Addr().String())
	signIn, err := signin.NewStore(s.register, origin, time.Now)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	signIn.Sealing(cfg.SecretKey).Reaching(outward.Reach{Inside: cfg.ProviderNetworks})
	if err := reseal(ctx, cfg, signIn, log); err != nil {
		return errors.Join(err, listener.Close())
	}
	api := &httpapi.Server{
		Register: s.register, Accounts: s.accounts, States: s.states, Delegations: s.delegations,
		Organisations: s.organisations, Contacts: s.contacts, Strategies: s.strategies, Suggestions: s.suggestions, Subscriptions: s.subscriptions, AccessLog: reads,
		Admission: &admission.Store{Register: s.register, SignIn: signIn, Now: time.Now},
		Log:       log, Metrics: metrics, Now: time.Now, Timeout: cfg.Timeout,
		Limits:         httpapi.Limits{PerToken: cfg.RatePerToken, PerAddress: cfg.RatePerAddress, Burst: cfg.RateBurst},
		CacheBytes:     int64(cfg.CacheMB) << 20,
		TrustedProxies: cfg.TrustedProxies, MetricsToken: cfg.MetricsToken,
		Beat: func(ctx context.Context) error {
			_, err := s.pool.Exec(ctx, `update heartbeat set at = now()`)
			return err
		},
	}
	handler := api.Handler()
	pages := &portal.Site{
		Host: api, Register: s.register, Accounts: s.accounts, SignIn: signIn, Delegations: s.delegations, Admission: api.Admission,
		Contacts: s.contacts, Proposals: s.proposals(api.Admission), Suggestions: s.suggestions, Subscriptions: s.subscriptions, AccessLog: reads, Log: log, Now: time.Now, Origin: origin,
		Mails: cfg.SMTPAddress != "" || cfg.MailFolder != "",
	}
	if err := errors.Join(pages.Mount(handler), mountMail(handler, listener.Addr(), cfg.MailFolder)); err != nil {
		return errors.Join(err, listener.Close())
	}
	doJobs, err := work(ctx, cfg, s.register, signIn, origin, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler:           httpapi.WithHead(handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      cfg.Timeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx)) // until the last request is answered
	var beside sync.WaitGroup
	beside.Go(func() { s.register.Follow(following) })
	beside.Go(func() { reads.Run(following) })
	beside.Go(func() { signIn.Keep(following, log) })
	beside.Go(func() { doJobs(following) })
	defer beside.Wait()
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	log.InfoContext(ctx, "listening", "address", listener.Addr().String())
	if started != nil {
		if err := started(); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.InfoContext(ctx, "draining")
	api.Drain()
	delay := time.NewTimer(cfg.DrainDelay)
	defer delay.Stop()
	<-delay.C
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.finishing())
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("finish the requests under way: %w", err)
	}
	return nil
}

// reseal has all secrets sealed by the newest key, and says what cannot be.
func reseal(ctx context.Context, cfg config, signIn *signin.Store, log *slog.Logger) error {
	done, err := signIn.Reseal(ctx)
	if err != nil {
		return err
	}
	if !cfg.SecretKey.Any() {
		log.WarnContext(ctx, "POCREG_SECRET_KEY is not set: authenticator apps and identity providers cannot be set up, and those that were sealed do not sign in",
			"in_clear", done.Clear)
	}
	if done.Lost > 0 {
		log.ErrorContext(ctx, "no key of POCREG_SECRET_KEY opens some of the secrets: who signs in by them cannot", "secrets", done.Lost)
	}
	if done.Sealed > 0 {
		log.InfoContext(ctx, "secrets were sealed by the newest key", "secrets", done.Sealed)
	}
	return nil
}

// origin is where people find the pages: where the settings say, or at the port that
// is listened on, for a browser on this machine.
func (c config) origin(address string) string {
	_, port, _ := net.SplitHostPort(address) // what is listened on has one
	return cmp.Or(c.Origin, "http://localhost:"+port)
}

// finishing is how long a server waits at the most for the requests that it has
// taken. It ends with the last of them, so it is long only where one is.
func (c config) finishing() time.Duration { return max(c.Timeout, httpapi.Longest) + 5*time.Second }

// poolGauges shows how many connections to the database are in use.
func poolGauges(pool *pgxpool.Pool) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "pocreg_database_connections_in_use",
		Help: "Connections to the database that a request holds now.",
	}, func() float64 { return float64(pool.Stat().AcquiredConns()) })
}
