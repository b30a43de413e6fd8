package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pocreg.example/deploy"
	"pocreg.example/internal/postgres"
)

// The database roles: the superuser makes databases and loads what has no act
// behind it, the owner migrates, the server is what `pocreg serve` connects as.
const (
	superuser  = "postgres"
	owner      = "pocreg_owner"
	serverRole = "pocreg_server"
)

// makeTemplate makes the database of the small world. An earlier run that was
// killed may have left its own.
func (b *bench) makeTemplate(ctx context.Context) error {
	if err := b.as(ctx, superuser, "postgres", deploy.Roles); err != nil {
		return err
	}
	for _, name := range []string{pristine, measured, smaller} {
		if err := b.as(ctx, superuser, "postgres", `drop database if exists `+name+` with (force)`); err != nil {
			return err
		}
	}
	if err := b.as(ctx, superuser, "postgres", `create database `+pristine+` owner `+owner); err != nil {
		return err
	}
	if err := postgres.Migrate(ctx, b.postgres.URL(owner, pristine)); err != nil {
		return err
	}
	var err error
	b.people, err = populate(ctx, b.postgres.URL(serverRole, pristine))
	return err
}

// clone makes a register of its own from the template.
func (b *bench) clone(ctx context.Context, name string) error {
	return b.as(ctx, superuser, "postgres", `create database `+name+` template `+pristine+` owner `+owner)
}

// as runs sql, past the program.
func (b *bench) as(ctx context.Context, user, database, sql string, args ...any) error {
	return b.connected(ctx, user, database, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql, args...)
		return err
	})
}

// connected runs fn on a connection of its own.
func (b *bench) connected(ctx context.Context, user, database string, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, b.postgres.URL(user, database))
	if err != nil {
		return fmt.Errorf("connect to %s as %s: %w", database, user, err)
	}
	return errors.Join(fn(conn), conn.Close(context.WithoutCancel(ctx)))
}
