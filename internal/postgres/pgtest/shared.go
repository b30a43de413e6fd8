package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/deploy"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/cluster"
)

// shared is what the tests of one binary share: the cluster and its templates.
type shared struct {
	cluster *cluster.Cluster
	admin   *pgxpool.Pool
	number  atomic.Int64

	mu        sync.Mutex
	templates map[string]func() (string, error) // by name: makes it once, returns the database's name
}

// start starts the cluster once. Nobody stops it: it goes with the process.
var start = sync.OnceValues(func() (*shared, error) {
	// Not a test's context: what is made here outlives the test that asks first.
	ctx := context.Background()
	// The environment is read here because tests have no cmd that reads it.
	c, err := cluster.Start(ctx, cluster.Config{Ephemeral: true, BinDir: os.Getenv("PGBINDIR")})
	if err != nil {
		return nil, err
	}
	pool, err := postgres.Open(ctx, c.URL(admin, "postgres"), 4)
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	if err := makeRoles(ctx, pool); err != nil {
		pool.Close()
		return nil, errors.Join(fmt.Errorf("make the database roles: %w", err), c.Stop())
	}
	return &shared{cluster: c, admin: pool, templates: map[string]func() (string, error){}}, nil
})

// makeRoles runs deploy/roles.sql as psql would, many statements in one go.
func makeRoles(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		_, err := conn.Conn().PgConn().Exec(ctx, deploy.Roles).ReadAll()
		return err
	})
}

// clone makes a database from another that nobody is connected to.
func (c *shared) clone(ctx context.Context, name, source string) error {
	_, err := c.admin.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()+
		" template "+pgx.Identifier{source}.Sanitize()+" strategy file_copy owner "+owner)
	return err
}

// once returns the database's name that build returned when it was first asked
// for under name, and its error: a template that cannot be made fails each test
// that wants it, at once.
func (c *shared) once(name string, build func() (string, error)) (string, error) {
	c.mu.Lock()
	template, ok := c.templates[name]
	if !ok {
		template = sync.OnceValues(build)
		c.templates[name] = template
	}
	c.mu.Unlock() // before the work: other templates need not wait for it
	return template()
}

// migrated returns the template with all migrations applied.
func (c *shared) migrated() (string, error) {
	return c.once("", func() (string, error) {
		ctx := context.Background()
		const name = "template_migrated"
		if err := c.clone(ctx, name, "template1"); err != nil {
			return "", err
		}
		return name, postgres.Migrate(ctx, c.cluster.URL(owner, name))
	})
}

// prepared returns the template that prepare has filled.
func (c *shared) prepared(name string, prepare func(context.Context, *DB) error) (string, error) {
	source, err := c.migrated()
	if err != nil {
		return "", err
	}
	return c.once("prepared "+name, func() (string, error) {
		ctx := context.Background()
		name := "template_with_" + name
		if err := c.clone(ctx, name, source); err != nil {
			return "", err
		}
		db, err := c.open(ctx, name)
		if err != nil {
			return "", err
		}
		defer db.close() // nobody can clone it before
		if err := prepare(ctx, db); err != nil {
			return "", fmt.Errorf("prepare %s: %w", name, err)
		}
		return name, nil
	})
}
