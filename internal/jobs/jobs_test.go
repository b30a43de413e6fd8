package jobs_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/access"
	"pocreg.example/internal/register"
)

func TestALetterGoesSoonAfterWhatItIsOf(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.runs(t)
	o.invite(t, "Ada")
	await(t, "the letter", func() bool { return len(o.got()) == 1 })
	if got := o.got()[0]; !strings.Contains(got, "To: <ada@people.example>") || !strings.Contains(got, "/invitation/") {
		t.Errorf("the letter is\n%s", got)
	}
	await(t, "that it is noted", func() bool { return o.count(t, `select count(*) from notice where outcome = 'sent'`) == 1 })
}

// TestOfManyServersOneReadsAndEachVersionIsReadOnce has four read at once while
// others write.
func TestOfManyServersOneReadsAndEachVersionIsReadOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	from := o.count(t, `select version from notice_reader`)
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		r := o.runner(t)
		all.Go(func() {
			for {
				if _, err := r.Follow(t.Context()); err != nil {
					t.Errorf("Follow() = %v", err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for _, name := range []string{"Ada", "Bea", "Cat", "Dea", "Eva"} {
		o.invite(t, name)
	}
	close(done)
	all.Wait()
	r := o.runner(t)
	if _, err := r.Follow(t.Context()); err != nil {
		t.Fatalf("Follow() = %v", err)
	}
	rows, err := o.DB.Owner.Query(t.Context(), `
		select v from river_job, generate_series((args->>'from')::int, (args->>'to')::int) v where kind = 'event' and args ? 'from'`)
	if err != nil {
		t.Fatal(err)
	}
	var read []int
	for rows.Next() {
		var version int
		if err := rows.Scan(&version); err != nil {
			t.Fatal(err)
		}
		read = append(read, version)
	}
	slices.Sort(read)
	var want []int
	for v := from + 1; v <= o.count(t, `select version from register_head`); v++ {
		want = append(want, v)
	}
	if !slices.Equal(read, want) {
		t.Errorf("the versions %v were read, want each of %v once", read, want)
	}
}

// TestAMailServerThatHangsHoldsUpNobody writes while no letter gets away.
func TestAMailServerThatHangsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.hang()
	stop := o.runs(t)
	for _, name := range []string{"Ada", "Bea", "Cat", "Dea", "Eva", "Fay"} {
		o.invite(t, name)
	}
	for range 4 { // as many as are on their way at a time
		<-o.arriving
	}
	began := time.Now()
	for range 20 {
		o.count(t, `select 1`)
	}
	o.invite(t, "Gil")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("with the mail server hanging, a write took %v", took)
	}
	o.release()
	await(t, "the letters", func() bool { return len(o.got()) == 7 })
	stop()
	o.once(t, 7)
}

var messageID = regexp.MustCompile(`(?m)^Message-ID: (\S+)`)

// once holds that as many different letters went out, each once.
func (o *office) once(t *testing.T, want int) {
	t.Helper()
	seen := map[string]bool{}
	for _, text := range o.got() {
		seen[messageID.FindString(text)] = true
	}
	if len(seen) != want || len(o.got()) != want {
		t.Errorf("%d letters went out, %d different, want %d, each once", len(o.got()), len(seen), want)
	}
}

func TestALetterThatCannotGoNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.refuses(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted"})
	o.runs(t)
	o.invite(t, "Ada")
	await(t, "a try", func() bool {
		return o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'retryable'`) == 1
	})
	if n := o.count(t, `select count(*) from notice`); n != 0 {
		t.Errorf("%d letters are noted as done, want none", n)
	}
	o.refuses(nil)
	await(t, "the letter", func() bool { return len(o.got()) == 1 })
	await(t, "the end of the job", func() bool {
		return o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'completed'`) == 1
	})
	o.once(t, 1)
}

func TestALetterThatIsRefusedForGoodIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.refuses(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"})
	o.runs(t)
	o.invite(t, "Ada")
	await(t, "that it is noted", func() bool { return o.count(t, `select count(*) from notice where outcome = 'refused'`) == 1 })
	await(t, "the end of the job", func() bool {
		return o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'completed' and attempt = 1`) == 1
	})
}

func TestALetterThatNeverGoesIsGivenUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.refuses(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted"})
	o.runs(t)
	o.invite(t, "Ada")
	await(t, "a try", func() bool {
		return o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'retryable'`) == 1
	})
	o.count(t, `with last as (update river_job set attempt = max_attempts - 1, scheduled_at = now() where kind = 'letter' returning 1) select count(*) from last`)
	await(t, "that it is noted", func() bool { return o.count(t, `select count(*) from notice where outcome = 'given_up'`) == 1 })
}

// TestAServerThatEndsLetsItsLettersGo stops it in the middle of one.
func TestAServerThatEndsLetsItsLettersGo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.hang()
	stop := o.runs(t)
	o.invite(t, "Ada")
	<-o.arriving
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	select {
	case <-stopped:
		t.Fatal("the server ended with a letter half-way")
	case <-time.After(200 * time.Millisecond):
	}
	o.release()
	<-stopped
	o.once(t, 1)
	if n := o.count(t, `select count(*) from notice where outcome = 'sent'`); n != 1 {
		t.Errorf("%d letters are noted as sent, want 1", n)
	}
}

// TestWhatAKilledServerLeftIsTakenUp has a job as a server leaves it that was killed
// in the middle of a letter.
func TestWhatAKilledServerLeftIsTakenUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.refuses(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted"})
	stop := o.runs(t)
	o.invite(t, "Ada")
	await(t, "a try", func() bool {
		return o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'retryable'`) == 1
	})
	stop()
	o.refuses(nil)
	o.count(t, `
		with left_over as (
			update river_job set state = 'running', attempt = 1, attempted_at = now() - interval '1 hour', attempted_by = '{killed}'
			where kind = 'letter' returning 1)
		select count(*) from left_over`)
	o.runs(t)
	await(t, "the letter", func() bool {
		o.count(t, `with soon as (update river_job set scheduled_at = now() where kind = 'letter' and state = 'retryable' returning 1) select count(*) from soon`)
		return len(o.got()) == 1
	})
}

// TestJobsGoOnWhenPostgreSQLWasAway ends all their connections.
func TestJobsGoOnWhenPostgreSQLWasAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.runs(t)
	o.invite(t, "Ada")
	// One that is sent and not noted yet is sent once more, under the same Message-ID.
	await(t, "the first letter, and that it is noted", func() bool {
		return len(o.got()) == 1 && o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'completed'`) == 1
	})
	admin, err := pgx.Connect(t.Context(), o.DB.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pocreg_server' and datname = current_database()`)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := admin.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "the database", func() bool {
		return o.Register.Read(t.Context(), access.Registry(), func(*register.Snapshot) error { return nil }) == nil
	})
	o.invite(t, "Bea")
	await(t, "the second letter", func() bool { return len(o.got()) == 2 })
	o.once(t, 2)
}

func TestJobsHoldIDsAndNothingElse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.refuses(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted"})
	o.runs(t)
	offer := o.invite(t, "Ada")
	await(t, "a try", func() bool {
		return o.count(t, `select count(*) from river_job where kind = 'letter' and state = 'retryable'`) == 1
	})
	for what, secret := range map[string]string{"the name": "Ada@", "the address": "people.example", "the link": offer.Link, "the code": strings.ReplaceAll(offer.Code, "-", ""), "a link": "/invitation/"} {
		if n := o.count(t, `select count(*) from river_job where row(args, errors, metadata)::text ilike '%' || $1 || '%'`, secret); n != 0 {
			t.Errorf("%d jobs hold %s", n, what)
		}
	}
}
