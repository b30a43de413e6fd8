package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/golang-migrate/migrate/v4"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"pocreg.example/migrations"
)

// Migrate brings the database at url, which must be the owner's, to the newest
// schema. One process does this at a time: golang-migrate holds a lock.
func Migrate(ctx context.Context, url string) error {
	if err := withMigrations(ctx, url, func(m *migrate.Migrate) error { return m.Up() }); err != nil {
		return err
	}
	return closeTemporary(ctx, url)
}

// closeTemporary takes from everybody what PostgreSQL gives by itself: to make
// temporary tables. No migration can do it once: a database that is restored
// begins with the grant again.
func closeTemporary(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	name := pgx.Identifier{conn.Config().Database}.Sanitize()
	_, err = conn.Exec(ctx, `revoke temporary on database `+name+` from public`)
	if err := errors.Join(err, conn.Close(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("close the database to temporary tables: %w", err)
	}
	return nil
}

// MigrateTo brings the database at url up or down to version; 0 is an empty one.
func MigrateTo(ctx context.Context, url string, version uint) error {
	return withMigrations(ctx, url, func(m *migrate.Migrate) error {
		if version == 0 {
			return m.Down()
		}
		return m.Migrate(version)
	})
}

func withMigrations(ctx context.Context, url string, do func(*migrate.Migrate) error) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("read database URL: %w", err)
	}
	conn := stdlib.OpenDB(*cfg)
	if err := conn.PingContext(ctx); err != nil {
		return errors.Join(fmt.Errorf("reach the database: %w", err), conn.Close())
	}
	driver, err := migratepgx.WithInstance(conn, &migratepgx.Config{})
	if err != nil {
		return errors.Join(fmt.Errorf("prepare migrations: %w", err), conn.Close())
	}
	source, err := iofs.New(migrations.FS, ".")
	if err != nil {
		return errors.Join(fmt.Errorf("read migrations: %w", err), conn.Close())
	}
	m, err := migrate.NewWithInstance("iofs", source, cfg.Database, driver)
	if err != nil {
		return errors.Join(fmt.Errorf("prepare migrations: %w", err), conn.Close())
	}
	doErr := do(m)
	if errors.Is(doErr, migrate.ErrNoChange) {
		doErr = nil
	}
	srcErr, dbErr := m.Close()
	if err := errors.Join(doErr, srcErr, dbErr); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Newest returns the version of the newest migration that this program holds.
func Newest() (int64, error) {
	names, err := fs.Glob(migrations.FS, "*.up.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var newest int64
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", name, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

// CheckSchema returns an error unless the database's schema is clean and at
// least as new as this program: old code runs on a newer schema, never the
// other way round.
func CheckSchema(ctx context.Context, q Queryer) error {
	want, err := Newest()
	if err != nil {
		return err
	}
	have, err := One[struct {
		Version int64
		Dirty   bool
	}](ctx, q, `select version, dirty from schema_migrations`, nil)
	switch {
	case err != nil:
		return fmt.Errorf("read the schema's version (has `pocreg migrate` run?): %w", err)
	case have.Dirty:
		return fmt.Errorf("migration %d stopped half-way: mend it, then run `pocreg migrate`", have.Version)
	case have.Version < want:
		return fmt.Errorf("the schema is at %d and this program needs %d: run `pocreg migrate` first", have.Version, want)
	}
	return nil
}
