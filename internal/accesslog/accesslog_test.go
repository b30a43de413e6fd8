package accesslog_test

import (
	"context"

	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/register"
)

func TestAReadIsARowForATokenAnEntryAndAMinute(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	l.read(t, "cert LV", contacts("EE", 1, 2)...)
	l.read(t, "cert LV", contacts("EE", 1, 2)...)
	l.read(t, "cert LV", contacts("EE", 2, 3)...) // shown in another answer
	l.clock.pass(10 * time.Second)
	l.read(t, "delegate LV", contacts("EE", 1)...)
	l.read(t, "partner", contacts("EE", 1)...)
	l.flush(t)
	l.clock.pass(time.Minute)
	l.read(t, "cert LV", contacts("EE", 1)...)
	l.flush(t)
	l.read(t, "cert LV", contacts("EE", 1)...)
	l.flush(t)
	want := []string{
		"03:12:00 contact 1 of EE by cert LV", "03:12:00 contact 1 of EE by delegate LV", "03:12:00 contact 1 of EE by partner",
		"03:12:00 contact 2 of EE by cert LV", "03:12:00 contact 3 of EE by cert LV", "03:13:00 contact 1 of EE by cert LV",
	}
	if diff := cmp.Diff(want, l.people(t)); diff != "" {
		t.Errorf("the log says (-want +got):\n%s", diff)
	}
	if got := l.Waiting(); got != 0 {
		t.Errorf("Waiting() = %d after all is written", got)
	}
}

func TestOwnReadsAndStrangersAreNotNoted(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	for _, who := range []string{"cert EE", "delegate EE", "head_of_delegation EE", "partner EE"} {
		by := l.world.Actor(t, who)
		if s := l.Sight(by, contacts("EE", 1, 2)...); s != nil {
			t.Errorf("Sight() of a state's own entries by its %s is noted", who)
		}
		l.Sight(by, append(contacts("EE", 1), contacts("LV", 2)...)...).Note(by)
	}
	if s := l.Sight(access.Anyone(), contacts("EE", 1)...); s != nil {
		t.Error("Sight() by who sends no token is noted")
	}
	l.Sight(l.world.Actor(t, "auditor"), contacts("EE", 3)...).Note(access.Anyone())
	l.Sight(l.world.Actor(t, "auditor")).Note(l.world.Actor(t, "auditor"))
	(*accesslog.Sight)(nil).Note(l.world.Actor(t, "auditor"))
	// Of no state is nobody's own, and the log itself is nobody's.
	for _, who := range []string{"secretariat KR", "auditor", "partner"} {
		if s := l.Sight(l.world.Actor(t, who), contacts("EE", 1)...); s == nil {
			t.Errorf("Sight() by %s is not noted", who)
		}
	}
	if s := l.Sight(l.world.Actor(t, "head_of_delegation EE"), accesslog.Entry{Noun: accesslog.Itself, State: "EE"}); s == nil {
		t.Error("Sight() of the log by a head is not noted")
	}
	l.flush(t)
	for _, line := range l.people(t) {
		if !strings.HasPrefix(line, "03:12:00 contact 2 of LV by ") {
			t.Errorf("the log has %q, want the reads of Latvia's entry alone", line)
		}
	}
	if got := len(l.people(t)); got != 4 {
		t.Errorf("the log has %d rows, want 4", got)
	}
}

func TestReadsWaitWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	l, line := wired(t, 100)
	by := l.world.Actor(t, "cert LV")
	line.set(true)
	for n := range 40 {
		l.Sight(by, contacts("EE", n)...).Note(by)
	}
	for range 3 {
		if err := l.Flush(t.Context()); err == nil {
			t.Fatal("Flush() without a database = nil, want an error")
		}
	}
	l.clock.pass(time.Minute)
	for n := range 40 {
		l.Sight(by, contacts("EE", n)...).Note(by)
	}
	if got := l.Waiting(); got != 80 {
		t.Errorf("Waiting() = %d, want 80", got)
	}
	if got := l.count(t, "access_read"); got != 0 {
		t.Errorf("%d rows were written without a database", got)
	}
	line.set(false)
	l.flush(t)
	minutes := map[string]int{}
	for _, row := range l.people(t) {
		minutes[row[:5]]++
	}
	if diff := cmp.Diff(map[string]int{"03:12": 40, "03:13": 40}, minutes); diff != "" || l.Lost() != 0 || l.Waiting() != 0 {
		t.Errorf("rows by minute mismatch (-want +got), %d lost, %d waiting:\n%s", l.Lost(), l.Waiting(), diff)
	}
}

// Else a state could hide one read among a flood of others, by asking for the same
// entries in ever other lists.
func TestAskingInManyWaysFillsNoMoreRoom(t *testing.T) {
	t.Parallel()
	l := newLogs(t, 300)
	by := l.world.Actor(t, "cert LV")
	var all []accesslog.Entry
	for n := range 100 {
		all = append(all, contacts("EE", n)...)
	}
	for from := range 100 {
		for to := from + 1; to <= 100; to += 7 {
			l.Sight(by, all[from:to]...).Note(by)
		}
	}
	if l.Waiting() != 100 || l.Lost() != 0 {
		t.Errorf("Waiting() = %d, Lost() = %d, want 100 entries and nothing lost", l.Waiting(), l.Lost())
	}
	l.flush(t)
	if got := l.count(t, "access_read"); got != 100 {
		t.Errorf("%d rows are written, want 100", got)
	}
}

func TestWhatIsLostIsTold(t *testing.T) {
	t.Parallel()
	l, line := wired(t, 10)
	by := l.world.Actor(t, "cert LV")
	line.set(true)
	l.Sight(by, contacts("EE", 1, 2, 3, 4, 5, 6)...).Note(by)
	l.clock.pass(time.Second)
	l.Sight(by, contacts("EE", 11, 12, 13, 14, 15)...).Note(by) // one too many
	if err := l.Flush(t.Context()); err == nil {
		t.Fatal("Flush() without a database = nil, want an error")
	}
	l.Sight(by, contacts("EE", 7, 8, 9, 10)...).Note(by)
	l.clock.pass(2 * time.Minute)
	for range 3 {
		l.Sight(by, contacts("EE", 1)...).Note(by)
	}
	if l.Lost() != 4 || l.Waiting() != 10 {
		t.Errorf("Lost() = %d, Waiting() = %d, want 4 and 10", l.Lost(), l.Waiting())
	}
	line.set(false)
	l.flush(t)
	l.Sight(by, contacts("EE", 1)...).Note(by) // what was lost is noted when it is read again
	l.flush(t)
	got := l.people(t)
	want := []string{"03:12:45 not_recorded 4 until 03:14:45", "03:14:00 contact 1 of EE by cert LV"}
	if diff := cmp.Diff(want, got[len(got)-2:]); diff != "" || len(got) != 12 {
		t.Errorf("the log has %d rows, want 12, which end so (-want +got):\n%s", len(got), diff)
	}
	if l.Lost() != 4 {
		t.Errorf("Lost() = %d, want 4 as before", l.Lost())
	}
	// The owners are told that on that day something is missing, and no more.
	var day string
	err := l.world.DB.Owner.QueryRow(t.Context(), `
		select concat_ws(' ', day = (now() at time zone 'UTC')::date, entry, state, reader, reader_state, partner)
		from access_day where noun = 'not_recorded'`).Scan(&day)
	if err != nil || day != "t" {
		t.Errorf("for owners it says %q, %v, want the day", day, err)
	}
}

func TestWhatTheDatabaseRefusesKeepsNothingElseWaiting(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	l.read(t, "cert LV", accesslog.Entry{Noun: "rumour", ID: id(1), State: "EE"})
	if err := l.Flush(t.Context()); err == nil {
		t.Error("Flush() of what the database refuses = nil, want an error")
	}
	l.read(t, "cert LV", contacts("EE", 1)...)
	l.flush(t)
	want := []string{"03:12:00 contact 1 of EE by cert LV", "03:12:44 not_recorded 1 until 03:12:44"}
	if diff := cmp.Diff(want, l.people(t)); diff != "" || l.Lost() != 1 {
		t.Errorf("the log says (-want +got), %d lost:\n%s", l.Lost(), diff)
	}
}

func TestRunWritesByItselfAndInTheEnd(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { l.Run(ctx) })
	l.read(t, "cert LV", contacts("EE", 1)...)
	for l.count(t, "access_read") == 0 {
		if t.Context().Err() != nil {
			t.Fatal("what was noted is not written")
		}
		runtime.Gosched()
	}
	l.read(t, "cert LV", contacts("EE", 2)...)
	stop()
	run.Wait()
	if got := l.count(t, "access_read"); got != 2 {
		t.Errorf("after Run() ended there are %d rows, want 2", got)
	}
	// A process that drains takes requests until the last is answered, and then ends.
	l.read(t, "cert LV", contacts("EE", 3)...)
	l.Run(ctx)
	if got := l.count(t, "access_read"); got != 3 {
		t.Errorf("after Run() began too late there are %d rows, want 3", got)
	}
	if said := l.said.text(); said != "" {
		t.Errorf("the process's log says %s, want nothing", said)
	}
}

func TestMuchToWriteIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	l := newLogs(t, 20_000)
	by := l.world.Actor(t, "auditor")
	var many []accesslog.Entry
	for n := range 12_000 {
		many = append(many, contacts("EE", n)...)
	}
	l.Sight(by, many...).Note(by)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	l.Run(ctx)
	if got := l.count(t, "access_read"); got != 12_000 || l.Lost() != 0 {
		t.Errorf("%d rows are written and %d reads lost, want 12000 and none", got, l.Lost())
	}
}

func TestAProcessThatEndsWithoutADatabaseSaysWhatItLoses(t *testing.T) {
	t.Parallel()
	l, line := wired(t, accesslog.Room)
	by := l.world.Actor(t, "cert LV")
	line.set(true)
	l.Sight(by, contacts("EE", 1, 2)...).Note(by)
	l.clock.pass(time.Second)
	l.Sight(by, contacts("EE", 1, 3)...).Note(by)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	l.Run(ctx)
	said := l.said.text()
	for _, want := range []string{"level=ERROR", "reads were not recorded", "reads=2", "T03:12:44.000Z until=", "T03:12:45.000Z"} {
		if !strings.Contains(said, want) {
			t.Errorf("the process's log says %s, want %q in it", said, want)
		}
	}
	if l.Lost() != 2 || l.Waiting() != 0 {
		t.Errorf("Lost() = %d, Waiting() = %d, want 2 and 0", l.Lost(), l.Waiting())
	}
}

func TestRunSaysWhenItCannotWriteAndWhenItCanAgain(t *testing.T) {
	t.Parallel()
	l, line := wired(t, accesslog.Room)
	by := l.world.Actor(t, "cert LV")
	line.set(true)
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { l.Run(ctx) })
	defer run.Wait()
	defer stop()
	l.Sight(by, contacts("EE", 1)...).Note(by)
	await := func(what string) {
		t.Helper()
		for !strings.Contains(l.said.text(), what) {
			if t.Context().Err() != nil {
				t.Fatalf("the process's log does not say %q", what)
			}
			runtime.Gosched()
		}
	}
	await("not written now")
	line.set(false)
	await("written again")
	if got := l.count(t, "access_read"); got != 1 {
		t.Errorf("%d rows are written, want 1", got)
	}
	if got := strings.Count(l.said.text(), "\n"); got != 2 {
		t.Errorf("the process's log has %d lines, want two: %s", got, l.said.text())
	}
}

func TestWhatIsOldExpires(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	for n, days := range []int{0, 80, 89, 91, 100, 400} {
		_, err := l.world.DB.Owner.Exec(t.Context(), `
			insert into access_read (minute, noun, entry, state, credential, account, role, reader_state)
			select now() - make_interval(days => $2), 'contact', $1::uuid, 'EE', id, account, role, state from token where state = 'LV' and role = 'cert'`, id(n), days)
		if err == nil {
			_, err = l.world.DB.Owner.Exec(t.Context(), `
				insert into access_day (day, noun, entry, state, reader, reader_state)
				values (current_date - $2::int, 'contact', $1::uuid, 'EE', 'state', 'LV')`, id(n), days)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	more, err := l.Expire(t.Context())
	if err != nil || more {
		t.Errorf("Expire() = %t, %v, want that it is done", more, err)
	}
	if reads, days := l.count(t, "access_read"), l.count(t, "access_day"); reads != 3 || days != 3 {
		t.Errorf("%d reads and %d days are left, want those of the last %d days: 3", reads, days, accesslog.ShortestKept)
	}
	_, err = l.world.DB.Owner.Exec(t.Context(), `
		insert into access_day (day, noun, entry, state, reader, reader_state)
		select current_date - 200, 'contact', gen_random_uuid(), 'EE', 'state', 'LV' from generate_series(1, 5500)`)
	if err != nil {
		t.Fatal(err)
	}
	for i, left := range []int{503, 3} {
		if more, err := l.Expire(t.Context()); err != nil || more != (i == 0) || l.count(t, "access_day") != left {
			t.Errorf("Expire() = %t, %v, and leaves %d, want %d", more, err, l.count(t, "access_day"), left)
		}
	}
}

func TestManyReadersAtOnce(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	by := l.world.Actor(t, "cert LV")
	const readers, each = 16, 200
	var all sync.WaitGroup
	for r := range readers {
		all.Go(func() {
			me := of(by, func(a *access.Actor) { a.Credential = id(r) })
			for n := range each {
				l.Sight(me, contacts("EE", n, n+1)...).Note(me)
				if n%50 == 0 {
					if err := l.Flush(t.Context()); err != nil {
						t.Errorf("Flush() = %v", err)
					}
				}
			}
		})
	}
	all.Wait()
	l.flush(t)
	if got, want := l.count(t, "access_read"), readers*(each+1); got != want || l.Lost() != 0 {
		t.Errorf("%d rows are written and %d reads lost, want %d and none", got, l.Lost(), want)
	}
}

func TestFiltersLeaveOutWhatTheyName(t *testing.T) {
	t.Parallel()
	l := newLogs(t, accesslog.Room)
	l.read(t, "cert LV", contacts("EE", 1, 2)...)
	l.read(t, "cert PL", append(contacts("EE", 1), contacts("LV", 3)...)...)
	l.clock.pass(24 * time.Hour)
	l.read(t, "partner", contacts("EE", 1)...)
	l.flush(t)
	day := began.Truncate(24 * time.Hour)
	for name, x := range map[string]struct {
		filter accesslog.Filter
		want   int
	}{
		"nothing":        {accesslog.Filter{}, 5},
		"an entry":       {accesslog.Filter{Entry: id(1)}, 3},
		"a state":        {accesslog.Filter{State: "LV"}, 1},
		"a reader":       {accesslog.Filter{ReaderState: "PL"}, 2},
		"from a day":     {accesslog.Filter{From: day.AddDate(0, 0, 1)}, 1},
		"to a day":       {accesslog.Filter{To: day}, 4},
		"a day":          {accesslog.Filter{From: day, To: day}, 4},
		"several things": {accesslog.Filter{Entry: id(1), State: "EE", ReaderState: "LV", From: day, To: day}, 1},
	} {
		var got []accesslog.Read
		err := l.world.Register.Read(t.Context(), l.world.Actor(t, "auditor"), func(snap *register.Snapshot) (err error) {
			got, err = accesslog.People(t.Context(), snap, x.filter, accesslog.After{}, 100)
			return err
		})
		if err != nil || len(got) != x.want {
			t.Errorf("People() filtered by %s = %d rows, %v, want %d", name, len(got), err, x.want)
		}
	}
}
