package jobs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"pocreg.example/internal/postgres/pgtest"
)

// rivers lists what of River's a database holds, one thing a row.
const rivers = `
	with ours as (select c.oid, c.relname, c.relkind, c.relpersistence from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname like 'river%')
	select concat_ws(' ', 'table', relname, relkind, relpersistence) as thing from ours
	union all
	select concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
	from ours c
	join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
	left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
	union all
	select concat_ws(' ', 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid)) from ours c join pg_constraint k on k.conrelid = c.oid
	union all
	select concat_ws(' ', 'index', pg_get_indexdef(oid)) from ours where relkind = 'i'
	union all
	select concat_ws(' ', 'trigger', pg_get_triggerdef(g.oid)) from ours c join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal
	union all
	select concat_ws(' ', 'function', pg_get_functiondef(oid)) from pg_proc where pronamespace = 'public'::regnamespace and proname like 'river%'
	union all
	select concat_ws(' ', 'type', y.typname, e.enumsortorder, e.enumlabel)
	from pg_type y join pg_enum e on e.enumtypid = y.oid where y.typname like 'river%'
	union all
	select concat_ws(' ', 'version', line, version) from river_migration
	order by thing`

func things(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), rivers)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	spaces, place := regexp.MustCompile(`\s+`), regexp.MustCompile(`^(type \S+) [0-9.]+`)
	for i, thing := range all {
		all[i] = place.ReplaceAllString(strings.TrimSpace(spaces.ReplaceAllString(thing, " ")), "$1")
		all[i] = strings.Replace(all[i], "river_migration_pkey1", "river_migration_pkey", 1) // River has had another table of the name
	}
	return all
}

// TestTheMigrationMakesWhatRiverMakes compares ours with River's newest own.
func TestTheMigrationMakesWhatRiverMakes(t *testing.T) {
	t.Parallel()
	theirs := pgtest.NewEmpty(t)
	migrator, err := rivermigrate.New(riverpgxv5.New(theirs.Owner), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(things(t, theirs.Owner), things(t, pgtest.New(t).Owner)); diff != "" {
		t.Errorf("what River's own migrations make, and ours, mismatch (-River's +ours): put its new ones into one of ours\n%s", diff)
	}
}
