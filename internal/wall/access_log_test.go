package wall_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/fixture"
	"pocreg.example/internal/postgres"
)

// logged returns a world in whose access log every state has read an entry of the
// next one, on several days; some reads were not recorded, and the auditor has
// looked at the log.
func logged(t *testing.T) *fixture.World {
	t.Helper()
	w := fixture.New(t)
	_, err := w.DB.Owner.Exec(t.Context(), `
		with ring as (
			select alpha2 as state, lead(alpha2, 1, 'AF') over (order by alpha2) as next from state
		), d (ago) as (values (-1), (0), (1), (2), (100))
		insert into access_day (day, noun, entry, state, reader, reader_state, partner)
		select (now() at time zone 'UTC')::date - ago, 'contact', gen_random_uuid(), r.state, 'state', r.next, null::uuid from ring r, d
		union all
		select (now() at time zone 'UTC')::date - ago, 'contact', gen_random_uuid(), r.state, 'partner', null, a.id
		from ring r, d, account a where a.name = 'partner' and a.state is null
		union all
		select (now() at time zone 'UTC')::date - ago, 'not_recorded', null, null, null, null, null from d
		union all
		select (now() at time zone 'UTC')::date - ago, 'access_log', null, null, 'auditor', null, null from d`)
	if err != nil {
		t.Fatalf("log days: %v", err)
	}
	_, err = w.DB.Owner.Exec(t.Context(), `
		with ring as (
			select alpha2 as state, lead(alpha2, 1, 'AF') over (order by alpha2) as next from state
		), d (ago) as (values (0), (1), (100))
		insert into access_read (minute, noun, entry, state, credential, account, role, reader_state)
		select date_trunc('minute', now()) - make_interval(days => ago), 'contact', gen_random_uuid(), r.next, t.id, t.account, t.role, r.state
		from ring r, d, token t where t.state = r.state and t.role = 'cert'
		union all
		select date_trunc('minute', now()) - make_interval(days => ago), 'contact', gen_random_uuid(), r.state, t.id, t.account, t.role, null
		from ring r, d, token t where t.role in ('secretariat', 'auditor')`)
	if err == nil {
		_, err = w.DB.Owner.Exec(t.Context(), `insert into access_read (minute, noun, until, reads) values (now(), 'not_recorded', now(), 7)`)
	}
	if err != nil {
		t.Fatalf("log reads: %v", err)
	}
	return w
}

// TestMatrixOfTheAccessLog asks both views, as everybody, past the application.
func TestMatrixOfTheAccessLog(t *testing.T) {
	t.Parallel()
	w := logged(t)
	cells := 0
	views := map[string]string{ // what the owner knows of each row: key, class, state of whom it is for
		"access_days": `
			select d.id::text, case when d.day < ((now() - interval '10 minutes') at time zone 'UTC')::date then 'over' else 'yet' end
				|| case when d.state is null then ' everybodys' else '' end, coalesce(d.state, ''), '', null::jsonb, null::jsonb
			from access_day d`,
		"access_people": `select r.id::text, r.noun, coalesce(r.reader_state, ''), '', null::jsonb, null::jsonb from access_read r`,
	}
	rows := map[string][]row{}
	for name, sql := range views {
		rows[name] = known(t, w, table{name: name, rows: sql})
	}
	for _, by := range actors(accounts(t, w)) {
		inTransaction(t, w, func(tx pgx.Tx) {
			by.as(t.Context(), t, tx)
			for name := range views {
				got := keys(t, tx, by, `select id::text from `+name)
				for _, r := range rows[name] {
					cells++
					if within("everybodys", r.Class) {
						r.State = by.state
					}
					want := len(by.audiences) == len(all) && by.reaches(cell(name, "select", r.Class, by.role), r, nil)
					if got[r.Key] != want {
						t.Errorf("%s shows %s a row (%s) of %q: %t, want %t", name, by.name, r.Class, r.State, got[r.Key], want)
					}
					delete(got, r.Key)
				}
				if len(got) > 0 {
					t.Errorf("%s shows %s %d rows that nobody knows", name, by.name, len(got))
				}
			}
		})
	}
	t.Logf("%d cells", cells)
}

// TestWhatAnOwnerSeesHasNoPersonAndNoMinute reads the views' columns: what is not
// there cannot be asked for.
func TestWhatAnOwnerSeesHasNoPersonAndNoMinute(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	got := list(t, w, `
		select attname || ' ' || atttypid::regtype
		from pg_attribute where attrelid = 'access_days'::regclass and attnum > 0 order by attnum`)
	want := []string{"id uuid", "day date", "noun text", "entry uuid", "state text", "reader text", "reader_state text", "partner text"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("access_days has columns (-want +got):\n%s", diff)
	}
	// In the table beneath are these, and a partner's account; the rows' ids are random.
	got = list(t, w, `select attname::text from pg_attribute where attrelid = 'access_day'::regclass and attnum > 0 order by attnum`)
	if diff := cmp.Diff([]string{"id", "day", "noun", "entry", "state", "reader", "reader_state", "partner"}, got); diff != "" {
		t.Errorf("access_day has columns (-want +got):\n%s", diff)
	}
	inTransaction(t, w, func(tx pgx.Tx) {
		by := actor{name: "head EE", role: head, state: "EE", audiences: all, writes: true}
		by.as(t.Context(), t, tx)
		for _, column := range []string{"xmin", "ctid", "cmin", "tableoid"} {
			_, err := tx.Exec(t.Context(), `savepoint s`)
			if err == nil {
				_, err = tx.Exec(t.Context(), `select `+column+` from access_days`)
			}
			if err == nil {
				t.Errorf("access_days shows %s, which tells when a row came", column)
			}
			if _, err := tx.Exec(t.Context(), `rollback to s`); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// writing are the functions that change the log, as somebody would call them.
var writing = map[string]string{
	"access_note": `select access_note(array[now()], array[gen_random_uuid()::text], array[gen_random_uuid()::text], array['cert'], array['LV'],
		array['contact'], array[gen_random_uuid()::text], array['EE'])`,
	"access_note_lost": `select access_note_lost(now(), now(), 1)`,
	"access_expire":    `select access_expire(90, 1000)`,
}

// TestOnlyTheRegistryItselfWritesTheAccessLog calls what changes it, as everybody.
func TestOnlyTheRegistryItselfWritesTheAccessLog(t *testing.T) {
	t.Parallel()
	w := logged(t)
	try := func(by actor, name string) {
		inTransaction(t, w, func(tx pgx.Tx) {
			if by.name != "nobody" {
				by.as(t.Context(), t, tx)
			}
			_, err := tx.Exec(t.Context(), writing[name])
			if want := by.name != "nobody" && cell("access_note", "insert", "", by.role) == "all"; (err == nil) != want || !want && !refused(err) {
				t.Errorf("%s() by %s = %v, want that it passes: %t", name, by.name, err, want)
			}
		})
	}
	for name := range writing {
		for _, by := range actors(accounts(t, w)) {
			if by.odd || by.state == "EE" {
				try(by, name)
			}
		}
		try(actor{name: "nobody"}, name)
	}
}

// TestTheAccessLogOnlyGrowsAndExpires tries to rewrite it, as those who have every
// right.
func TestTheAccessLogOnlyGrowsAndExpires(t *testing.T) {
	t.Parallel()
	w := logged(t)
	superuser, err := postgres.Open(t.Context(), w.DB.AdminURL, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(superuser.Close)
	// count returns how many rows there are, and how many are 100 days old.
	count := func() (n [4]int) {
		t.Helper()
		err := w.DB.Owner.QueryRow(t.Context(), `
			select (select count(*) from access_read), (select count(*) from access_read where minute < now() - interval '99 days'),
				(select count(*) from access_day), (select count(*) from access_day where day < current_date - 99)`).Scan(&n[0], &n[1], &n[2], &n[3])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	for _, table := range []string{"access_read", "access_day"} {
		when := map[string]string{"access_read": "minute >= now() - interval '89 days'", "access_day": "day >= current_date - 89"}[table]
		for _, sql := range []string{
			`update ` + table + ` set noun = noun`, `update ` + table + ` set noun = noun where false`, `truncate ` + table,
			`delete from ` + table, `delete from ` + table + ` where ` + when,
		} {
			if _, err := w.DB.Owner.Exec(t.Context(), sql); !refused(err) {
				t.Errorf("%s as the owner = %v, want that it is refused", sql, err)
			}
			if _, err := superuser.Exec(t.Context(), sql); !refused(err) {
				t.Errorf("%s as a superuser = %v, want that it is refused", sql, err)
			}
		}
	}
	if after := count(); after != before {
		t.Errorf("the log holds %v rows, want what it held: %v", after, before)
	}
	// Whoever asks for less than ninety days gets ninety, and no more rows than asked.
	for _, x := range []struct{ days, most, deleted int }{
		{400, 1000, 0}, {0, 2, 4}, {-1, 1000, before[1] + before[3] - 4}, {0, 1000, 0},
	} {
		before := count()
		if err := asRegistry(t, w, `select access_expire($1, $2)`, x.days, x.most); err != nil {
			t.Errorf("access_expire(%d, %d) = %v", x.days, x.most, err)
		}
		if after := count(); before[0]+before[2]-after[0]-after[2] != x.deleted {
			t.Errorf("access_expire(%d, %d) leaves %v of %v rows, want %d fewer", x.days, x.most, after, before, x.deleted)
		}
	}
	if got, want := count(), [4]int{before[0] - before[1], 0, before[2] - before[3], 0}; got != want {
		t.Errorf("what is left is %v, want %v", got, want)
	}
}

// asRegistry runs a statement of the registry's own, for good.
func asRegistry(t *testing.T, w *fixture.World, sql string, args ...any) error {
	t.Helper()
	return pgx.BeginFunc(t.Context(), w.DB.Server, func(tx pgx.Tx) error {
		actor{name: "the registry", role: system, audiences: all}.as(t.Context(), t, tx)
		_, err := tx.Exec(t.Context(), sql, args...)
		return err
	})
}

// TestADayThatIsOverGetsNoMoreRows notes reads of long ago: whoever asks again and
// again must not see when they came.
func TestADayThatIsOverGetsNoMoreRows(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	named := accounts(t, w)
	for _, x := range [][3]string{
		{"cert", "LV", "cert LV"}, {"delegate", "LV", "delegate LV"}, {"head_of_delegation", "LV", "head_of_delegation LV"}, {"partner", "", "partner"},
		{"partner", "PL", "cert PL"}, {"partner", "PL", "delegate PL"}, // people, whom the owner neither names nor counts
		{"secretariat", "", "secretariat KR"}, {"secretariat", "", "secretariat US"}, {"auditor", "", "auditor"},
	} {
		role, state, who := x[0], x[1], x[2]
		for range 2 {
			err := asRegistry(t, w, `
				select access_note(array_fill('2026-01-05T03:12:44Z'::timestamptz, '{2}'), array_fill($1::text, '{2}'), array_fill($1::text, '{2}'),
					array_fill($2::text, '{2}'), array_fill($3::text, '{2}'), array['contact', 'access_log'],
					array_fill('00000000-0000-4000-8000-000000000001'::text, '{2}'), array['EE', 'EE'])`, named[who], role, state)
			if err != nil {
				t.Fatalf("note a read by %s: %v", role, err)
			}
		}
	}
	if stale := list(t, w, `select day::text from access_day where day < current_date - 1`); len(stale) > 0 {
		t.Errorf("reads that were noted today stand on the days %v", stale)
	}
	got := list(t, w, `
		select concat_ws(' ', d.noun, case when d.entry is null then 'of none' end, d.state, d.reader, d.reader_state, a.name)
		from access_day d
		left join account a on a.id = d.partner
		order by 1`)
	want := []string{
		"access_log of none EE auditor", "contact EE auditor", "contact EE partner PL", "contact EE partner partner", "contact EE secretariat", "contact EE state LV",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("noted for owners (-want +got):\n%s", diff)
	}
	minutes := list(t, w, `select distinct to_char(minute at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') from access_read`)
	if len(minutes) != 1 || minutes[0] != "2026-01-05 03:12:00" {
		t.Errorf("noted for heads and the auditor in the minutes %v, want the one of the read, whole", minutes)
	}
}
