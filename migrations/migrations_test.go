package migrations_test

import (
	_ "embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/postgres"
	"pocreg.example/internal/postgres/pgtest"
	"pocreg.example/migrations"
)

var nameForm = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.(up|down)\.sql$`)

// catalog lists all that a migration can make, one thing a row.
//
//go:embed testdata/catalog.sql
var catalog string

func TestNumbersHaveNoGapsAndEveryUpItsDown(t *testing.T) {
	t.Parallel()
	files, err := fs.ReadDir(migrations.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range files {
		parts := nameForm.FindStringSubmatch(f.Name())
		if parts == nil {
			t.Errorf("%s is not called NNNN_name.up.sql or NNNN_name.down.sql", f.Name())
			continue
		}
		which := parts[1] + " " + parts[2]
		if found[which] != "" {
			t.Errorf("%s and %s have the same number", found[which], f.Name())
		}
		found[which] = f.Name()
	}
	for n := range len(found) / 2 {
		up, down := found[fmt.Sprintf("%04d up", n+1)], found[fmt.Sprintf("%04d down", n+1)]
		if up == "" || strings.TrimSuffix(up, ".up.sql") != strings.TrimSuffix(down, ".down.sql") {
			t.Errorf("migration %d is %q and %q, want an up and a down of the same name", n+1, up, down)
		}
	}
	if len(found) == 0 || len(found)%2 != 0 {
		t.Errorf("%d migration files, want an up and a down of each", len(found))
	}
}

func TestEveryDownUndoesItsUp(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	newest, err := postgres.Newest()
	if err != nil {
		t.Fatal(err)
	}
	to := func(version int64) []string {
		t.Helper()
		if err := postgres.MigrateTo(t.Context(), db.OwnerURL, uint(version)); err != nil {
			t.Fatalf("MigrateTo(%d) = %v", version, err)
		}
		return dump(t, db.Owner)
	}
	before := dump(t, db.Owner)
	for version := int64(1); version <= newest; version++ {
		up := to(version)
		if slices.Equal(up, before) {
			t.Errorf("migration %d changes nothing", version)
		}
		down := to(version - 1)
		if diff := cmp.Diff(before, down); diff != "" {
			t.Errorf("up to %d and down again mismatch (-before +after):\n%s", version, diff)
		}
		again := to(version)
		if diff := cmp.Diff(up, again); diff != "" {
			t.Errorf("up to %d, down and up again mismatch (-first +second):\n%s", version, diff)
		}
		before = again
	}
	if left := to(0); len(left) != 0 {
		t.Errorf("down to nothing leaves %s", strings.Join(left, "\n"))
	}
	all := to(newest)
	if diff := cmp.Diff(before, all); diff != "" {
		t.Errorf("one by one and all at once mismatch (-one by one +at once):\n%s", diff)
	}
	for _, kind := range []string{"column", "constraint", "index", "policy", "function", "trigger", "view", "grant", "security", "extension"} {
		if !strings.Contains(strings.Join(all, "\n"), kind+" ") {
			t.Errorf("the catalog's dump shows no %s: it compares nothing", kind)
		}
	}
}

func TestAMigratedDatabaseTakesNoTemporaryTables(t *testing.T) {
	t.Parallel()
	db := pgtest.NewEmpty(t)
	for _, when := range []string{"at first", "again"} {
		if err := postgres.Migrate(t.Context(), db.OwnerURL); err != nil {
			t.Fatalf("Migrate() %s = %v", when, err)
		}
		if _, err := db.Server.Exec(t.Context(), `create temporary table stand_in (word text)`); !postgres.Refused(err) {
			t.Errorf("migrated %s, the server's role makes a temporary table: %v, want that it is refused", when, err)
		}
		// As in a database that is made anew for a backup.
		if _, err := db.Owner.Exec(t.Context(), `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`); err != nil {
			t.Fatalf("grant: %v", err)
		}
	}
}

func dump(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), catalog)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestFilesRunInTheirOrder holds what golang-migrate reads to what is here.
func TestFilesRunInTheirOrder(t *testing.T) {
	t.Parallel()
	ups, err := fs.Glob(migrations.FS, "*.up.sql")
	if err != nil {
		t.Fatal(err)
	}
	newest, err := postgres.Newest()
	if err != nil || newest != int64(len(ups)) {
		t.Errorf("Newest() = %d, %v, want %d", newest, err, len(ups))
	}
	last, _, _ := strings.Cut(ups[len(ups)-1], "_")
	if n, err := strconv.Atoi(last); err != nil || n != len(ups) {
		t.Errorf("the last file is number %s, want %d", last, len(ups))
	}
}
