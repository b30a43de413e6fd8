// Package pgtest gives each test its own PostgreSQL database.
//
// The first call in a test binary starts a private cluster, with the database
// roles of production, and applies the migrations to a template. Every call
// then clones a template, which takes milliseconds. The cluster stops and is
// deleted when the test binary exits, however that happens.
//
// It knows no table: what tests share beyond the schema comes from the prepare
// function of NewFrom.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/postgres"
)

// DB is a database of one test's own.
type DB struct {
	// Owner is pocreg_owner: it owns the tables and bypasses row-level security.
	Owner *pgxpool.Pool

	// Server is pocreg_server, as which `pocreg serve` connects: it owns
	// nothing and row-level security holds for it.
	Server *pgxpool.Pool

	OwnerURL  string
	ServerURL string
	AdminURL  string // the superuser's, for what no program of ours may do
	Name      string
}

const (
	owner  = "pocreg_owner"
	server = "pocreg_server"
	admin  = "postgres"
)

// New returns a fresh database with all migrations applied. Databases are not
// dropped: they go when their cluster does, and dropping costs more time than
// all the rest.
func New(t testing.TB) *DB {
	t.Helper()
	return give(t, func(c *shared) (string, error) { return c.migrated() })
}

// NewEmpty returns a fresh database without any migration, which pocreg_owner
// owns.
func NewEmpty(t testing.TB) *DB {
	t.Helper()
	return give(t, func(*shared) (string, error) { return "template1", nil })
}

// NewFrom returns a clone of the template called name, which prepare makes from
// a migrated database when it is first asked for in this test binary. A name
// stands for one prepare function: a second one is not called.
func NewFrom(t testing.TB, name string, prepare func(ctx context.Context, db *DB) error) *DB {
	t.Helper()
	return give(t, func(c *shared) (string, error) { return c.prepared(name, prepare) })
}

// give clones what template returns the name of.
func give(t testing.TB, template func(*shared) (string, error)) *DB {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatalf("start the test cluster: %v", err)
	}
	source, err := template(c)
	if err != nil {
		t.Fatalf("make a template database: %v", err)
	}
	name := fmt.Sprintf("test_%d", c.number.Add(1))
	if err := c.clone(t.Context(), name, source); err != nil {
		t.Fatalf("clone a template database: %v", err)
	}
	db, err := c.open(t.Context(), name)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(db.close)
	return db
}

// open opens pools on a database.
func (c *shared) open(ctx context.Context, name string) (*DB, error) {
	db := &DB{
		OwnerURL:  c.cluster.URL(owner, name),
		ServerURL: c.cluster.URL(server, name),
		AdminURL:  c.cluster.URL(admin, name),
		Name:      name,
	}
	var ownerErr, serverErr error
	db.Owner, ownerErr = postgres.Open(ctx, db.OwnerURL, 2)
	db.Server, serverErr = postgres.Open(ctx, db.ServerURL, 8)
	return db, errors.Join(ownerErr, serverErr)
}

// close returns once no connection of the pools is in use.
func (db *DB) close() {
	db.Owner.Close()
	db.Server.Close()
}
