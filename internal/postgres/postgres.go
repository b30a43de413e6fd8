// Package postgres opens the database and names what pgx and PostgreSQL leave
// unnamed. It knows no table.
package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Queryer is a transaction of register.Read or register.Write. Functions that
// only read take one.
type Queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// One runs sql and returns the single row as a T, or pgx.ErrNoRows.
func One[T any](ctx context.Context, q Queryer, sql string, args pgx.StrictNamedArgs) (T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		var zero T
		return zero, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
}

// All runs sql and returns the rows as Ts; no rows is an empty slice.
func All[T any](ctx context.Context, q Queryer, sql string, args pgx.StrictNamedArgs) ([]T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

// Scalar runs sql and returns the one column of its one row, or pgx.ErrNoRows.
func Scalar[T any](ctx context.Context, q Queryer, sql string, args pgx.StrictNamedArgs) (T, error) {
	rows, err := q.Query(ctx, sql, args)
	if err != nil {
		var zero T
		return zero, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
}

// Violates reports whether err says that the named constraint was broken.
func Violates(err error, constraint string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.ConstraintName == constraint
}

// Refused reports whether err is row-level security refusing a row, or a
// missing grant (SQLSTATE 42501).
func Refused(err error) bool { return hasCode(err, "42501") }

// LockTimeout reports whether err is a lock that did not come free in time
// (SQLSTATE 55P03).
func LockTimeout(err error) bool { return hasCode(err, "55P03") }

// Deadlock reports whether err is PostgreSQL ending one of two that waited for each
// other (SQLSTATE 40P01).
func Deadlock(err error) bool { return hasCode(err, "40P01") }

// StatementTimeout reports whether err is a statement that ran longer than it may
// (SQLSTATE 57014).
func StatementTimeout(err error) bool { return hasCode(err, "57014") }

// Away reports whether err says that PostgreSQL cannot be reached, is starting
// or stopping, has no connection free, or took too long: asking again may help.
func Away(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, intervention, system
			return true
		}
		// Read-only (demoted), a deadlock, a lock, a transaction or a session that took too long.
		return slices.Contains([]string{"25006", "40P01", "55P03", "25P03", "25P04"}, pg.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) ||
		pgconn.SafeToRetry(err) || pgconn.Timeout(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func hasCode(err error, code string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == code
}
