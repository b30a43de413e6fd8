// Package migrations is the database schema, as numbered SQL files that
// golang-migrate runs in order. A file never changes once it has landed.
package migrations

import "embed"

// FS holds the migrations: NNNN_name.up.sql and NNNN_name.down.sql.
//
//go:embed *.sql
var FS embed.FS
