package browser_test

import (
	"flag"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pocreg.example/internal/admission"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/importer"
	"pocreg.example/internal/portal"
	"pocreg.example/internal/proposal"
	"pocreg.example/internal/signin"
)

var pictures = flag.String("browser.pictures", "", "a folder for a picture of every page, on a desk and on a phone")

// serve starts the pages of a world, until the test ends, and returns where.
func serve(t *testing.T, w *fixture.World) (origin string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	origin = "http://localhost:" + port // passkeys want a name
	api := &httpapi.Server{
		Register: w.Register, Accounts: w.Accounts, States: w.States, Delegations: w.Delegations,
		Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies,
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Now: time.Now, Timeout: 30 * time.Second,
	}
	handler := api.Handler()
	people, err := signin.NewStore(w.Register, origin, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Outfitted(people)
	site := &portal.Site{
		Host: api, Register: w.Register, Accounts: w.Accounts, Delegations: w.Delegations, Admission: admissions(w, people),
		Contacts: w.Contacts, Proposals: proposals(w, people), Suggestions: w.Suggestions, Subscriptions: w.Subscriptions, AccessLog: api.AccessLog, SignIn: people, Log: api.Log, Now: time.Now, Origin: origin,
	}
	if err := site.Mount(handler); err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: httpapi.WithHead(handler), ReadHeaderTimeout: time.Minute}}
	server.Start()
	t.Cleanup(server.Close)
	return origin
}

// proposals decides on what the people of a world have proposed.
func proposals(w *fixture.World, people *signin.Store) *proposal.Store {
	return &proposal.Store{
		Register: w.Register, States: w.States, Delegations: w.Delegations, Organisations: w.Organisations,
		Contacts: w.Contacts, Strategies: w.Strategies, Admission: admissions(w, people),
		Importer: &importer.Importer{Register: w.Register, Organisations: w.Organisations, Contacts: w.Contacts, Strategies: w.Strategies},
	}
}

func admissions(w *fixture.World, people *signin.Store) *admission.Store {
	return &admission.Store{Register: w.Register, SignIn: people, Now: time.Now}
}
