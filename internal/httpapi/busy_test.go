package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/httpapi"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/register"
)

// on lets a server work on a pool of its own.
func on(pool *pgxpool.Pool) func(*httpapi.Server) {
	return func(s *httpapi.Server) {
		s.Register = register.New(pool, account.Stands)
		s.Accounts = account.NewStore(s.Register, pool, time.Now)
		s.Contacts = contact.NewStore(s.Register, time.Now)
		s.Beat = func(ctx context.Context) error {
			_, err := pool.Exec(ctx, `update heartbeat set at = now()`)
			return err
		}
	}
}

func pool(t *testing.T, url string, connections int32) *pgxpool.Pool {
	t.Helper()
	p, err := postgres.Open(t.Context(), url, connections)
	if err != nil {
		t.Fatalf("open a pool: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestBusyIsAnAnswer(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)

	t.Run("when no connection to the database is free", func(t *testing.T) {
		t.Parallel()
		only := pool(t, w.DB.ServerURL, 1)
		held, err := only.Acquire(t.Context())
		if err != nil {
			t.Fatalf("take the only connection: %v", err)
		}
		defer held.Release()
		c := serve(t, w, on(only), func(s *httpapi.Server) { s.Timeout = 5 * time.Second })
		refused(t, c.do(t, "", "GET", "/v1/states", nil), http.StatusServiceUnavailable, "GET /v1/states without a free connection")
	})

	t.Run("when other writers hold the register", func(t *testing.T) {
		t.Parallel()
		own := fixture.New(t)
		c := serve(t, own)
		tx, err := own.DB.Owner.Begin(t.Context())
		if err != nil {
			t.Fatalf("begin: %v", err)
		}
		if _, err := tx.Exec(t.Context(), `select from register_head for update`); err != nil {
			t.Fatalf("hold the register: %v", err)
		}
		refused(t, c.do(t, "delegate EE", "POST", "/v1/contacts", technical("EE")), http.StatusServiceUnavailable, "POST while the register is held")
		c.get(t, "delegate EE", "/v1/contacts") // readers don't wait for writers
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatalf("let the register go: %v", err)
		}
		c.add(t, "delegate EE", "/v1/contacts", technical("EE"))
	})

	t.Run("when a statement takes too long", func(t *testing.T) {
		t.Parallel()
		own := fixture.New(t)
		hasty := pool(t, own.DB.ServerURL+"&statement_timeout=100&lock_timeout=0", 2)
		c := serve(t, own, on(hasty), func(s *httpapi.Server) { s.Timeout = 10 * time.Second })
		tx, err := own.DB.Owner.Begin(t.Context())
		if err != nil {
			t.Fatalf("begin: %v", err)
		}
		if _, err := tx.Exec(t.Context(), `lock table state in access exclusive mode`); err != nil {
			t.Fatalf("lock: %v", err)
		}
		slow := c.do(t, "", "GET", "/v1/states", nil)
		refused(t, slow, http.StatusServiceUnavailable, "GET /v1/states with a slow database")
		if !strings.Contains(string(slow.body), "took too long") {
			t.Errorf("GET /v1/states with a slow database says %s, want that it took too long", slow.body)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatalf("unlock: %v", err)
		}
		c.get(t, "", "/v1/states")
	})

	t.Run("when the whole request takes too long", func(t *testing.T) {
		t.Parallel()
		c := serve(t, w, func(s *httpapi.Server) { s.Timeout = time.Nanosecond })
		refused(t, c.do(t, "", "GET", "/v1/states", nil), http.StatusServiceUnavailable, "GET /v1/states in no time")
	})

	t.Run("when the database is away", func(t *testing.T) {
		t.Parallel()
		nowhere := pool(t, "postgres://pocreg_server@127.0.0.1:1/none?sslmode=disable", 2)
		c := serve(t, w, on(nowhere))
		refused(t, c.do(t, "", "GET", "/v1/states", nil), http.StatusServiceUnavailable, "GET /v1/states without a database")
		refused(t, c.do(t, "delegate EE", "POST", "/v1/contacts", technical("EE")), http.StatusServiceUnavailable, "POST without a database")
		refused(t, c.do(t, "", "GET", "/readyz", nil), http.StatusServiceUnavailable, "GET /readyz without a database")
		c.get(t, "", "/healthz")
	})
}
