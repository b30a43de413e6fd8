package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pocreg.example/api/client"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
)

// registry is a real one for the examples: the 46 states, with their people.
var registry struct {
	url   string
	world *fixture.World
}

func TestMain(m *testing.M) {
	s := &starter{}
	registry.world = fixture.New(s)
	server := serve(registry.world)
	registry.url = server.URL
	code := m.Run()
	server.Close()
	s.clean()
	os.Exit(code)
}

func serve(w *fixture.World) *httptest.Server {
	api := &httpapi.Server{
		Register: w.Register, Accounts: w.Accounts, States: w.States, Delegations: w.Delegations,
		Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies, Suggestions: w.Suggestions, Admission: w.Admission,
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Now: time.Now, Timeout: 30 * time.Second,
		CacheBytes: 1 << 20,
		Beat:       func(context.Context) error { return nil },
	}
	return httptest.NewServer(api.Handler())
}

// as returns a client in the name of one of the world's people, "" for nobody.
func as(who string) *client.Client {
	var options []client.Option
	if who != "" {
		options = append(options, client.WithToken(registry.world.Secret(&starter{}, who)))
	}
	c, err := client.New(registry.url, options...)
	if err != nil {
		panic(err)
	}
	return c
}

// starter stands in for a test where there is none: around all of them, and in
// examples.
type starter struct {
	testing.TB
	cleanups []func()
}

func (s *starter) Helper()                           {}
func (s *starter) Context() context.Context          { return context.Background() }
func (s *starter) Cleanup(f func())                  { s.cleanups = append(s.cleanups, f) }
func (s *starter) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (s *starter) clean() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}
