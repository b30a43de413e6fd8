package organisation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/access"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/organisation"
	"pocreg.example/internal/postgres"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

var (
	headEE = state("EE", access.Head, "ee000000-0000-4000-8000-00000000000b", delegationEE)
	headLV = state("LV", access.Head, "1b000000-0000-4000-8000-00000000000b", delegationLV)
	seoul  = access.Actor{
		Account: "5e000000-0000-4000-8000-00000000000b", Role: access.Secretariat, CoChair: "KR", Audiences: access.Audiences, Writes: true,
	}
	pair = register.Act{By: seoul, With: secretariat}
)

func because(reason string) register.Sent[entry.SuspendInput] {
	return register.Sent[entry.SuspendInput]{If: register.Precondition{None: true}, Body: entry.SuspendInput{Reason: reason}}
}

// marks are an entry's suspensions as by sees them: who imposed each, and why.
func (w world) marks(t *testing.T, by access.Actor, id string) (marks []string) {
	t.Helper()
	got, err := w.get(t, by, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got.Suspensions {
		if s.Until.Sub(s.Since) != 72*time.Hour {
			t.Errorf("the suspension is from %v to %v, want 72 hours", s.Since, s.Until)
		}
		marks = append(marks, fmt.Sprint(s.By, ": ", s.Reason))
	}
	return marks
}

func (w world) execute(t *testing.T, sql string) {
	t.Helper()
	if _, err := w.db.Owner.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestAHeadAndTheSecretariatSuspendEachForItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.add(t, delegateEE, nominated())
	steps := []struct {
		name string
		do   func() (organisation.Organisation, error)
		want []string
	}{
		{"the head", func() (organisation.Organisation, error) {
			return w.Suspend(t.Context(), as(headEE), o.ID, because(" Stolen "))
		}, []string{"state: Stolen"}},
		{"the head, again", func() (organisation.Organisation, error) {
			return w.Suspend(t.Context(), as(headEE), o.ID, because("Lost"))
		}, []string{"state: Lost"}},
		{"two of the secretariat", func() (organisation.Organisation, error) {
			return w.Suspend(t.Context(), pair, o.ID, because("In doubt"))
		}, []string{"state: Lost", "secretariat: In doubt"}},
		{"the head, who lifts the own", func() (organisation.Organisation, error) {
			return w.Resume(t.Context(), as(headEE), o.ID, nothing())
		}, []string{"secretariat: In doubt"}},
		{"the secretariat, who lifts theirs", func() (organisation.Organisation, error) {
			return w.Resume(t.Context(), pair, o.ID, nothing())
		}, nil},
		{"the head, after that", func() (organisation.Organisation, error) {
			return w.Suspend(t.Context(), as(headEE), o.ID, because("Once more"))
		}, []string{"state: Once more"}},
	}
	for _, s := range steps {
		got, err := s.do()
		if err != nil || got.Version != o.Version || len(got.Suspensions) != len(s.want) {
			t.Fatalf("%s: %+v, %v, want the entry at version %d, with %d suspensions", s.name, got.Entry, err, o.Version, len(s.want))
		}
		for who, by := range map[string]access.Actor{"its delegate": delegateEE, "another state": certPL, "the secretariat": secretariat} {
			if diff := cmp.Diff(s.want, w.marks(t, by, o.ID)); diff != "" {
				t.Errorf("%s: the suspensions that %s sees mismatch (-want +got):\n%s", s.name, who, diff)
			}
		}
	}
	if _, err := w.Patch(t.Context(), as(delegateEE), o.ID, sent(o.Version, []byte(`{"name": "RIA"}`))); err != nil {
		t.Errorf("Patch() of the version from before the suspensions = %v", err)
	}
}

func TestSuspendingByOthersIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.add(t, delegateEE, nominated())
	if _, err := w.Suspend(t.Context(), as(headEE), o.ID, because("Stolen")); err != nil {
		t.Fatal(err)
	}
	reader := headEE
	reader.Writes = false
	same := secretariat
	same.Account = seoul.Account
	for name, act := range map[string]register.Act{
		"a delegate": as(delegateEE), "a CERT": as(state("EE", access.Cert, delegateEE.Account, "")), "another state's head": as(headLV),
		"a head for reading": as(reader), "one of the secretariat": as(secretariat), "one, twice": {By: seoul, With: seoul},
		"one person for two": {By: seoul, With: same}, "a head with one of the secretariat": {By: headLV, With: secretariat},
		"an auditor": as(access.Actor{Role: access.Auditor, Audiences: access.Audiences, Writes: true}), "the registry": as(access.Registry()),
		"a partner": as(state("EE", access.Partner, delegateEE.Account, "")),
	} {
		for call, do := range map[string]func() error{
			"Suspend()": func() error { _, err := w.Suspend(t.Context(), act, o.ID, because("x")); return err },
			"Resume()":  func() error { _, err := w.Resume(t.Context(), act, o.ID, nothing()); return err },
			"SuspendTogether()": func() error {
				_, _, err := entry.SuspendTogether(t.Context(), w.reg, act, o.ID, "x")
				return err
			},
			"ResumeTogether()": func() error { _, _, err := entry.ResumeTogether(t.Context(), w.reg, act, o.ID); return err },
		} {
			w.refused(t, call+" by "+name, problem.Forbidden, do)
		}
	}
	for name, by := range map[string]access.Actor{"the public": access.Anyone(), "nobody": {}} {
		w.refused(t, "Suspend() by "+name, problem.NotFound, func() error { _, err := w.Suspend(t.Context(), as(by), o.ID, because("x")); return err })
	}
}

func TestASuspensionThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, gone := w.add(t, delegateEE, nominated()), w.add(t, delegateEE, nominated())
	if _, err := w.Suspend(t.Context(), as(headEE), gone.ID, because("Stolen")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Retire(t.Context(), as(delegateEE), gone.ID, nothing()); err != nil {
		t.Fatal(err)
	}
	suspend := func(act register.Act, id, reason string) func() error {
		return func() error { _, err := w.Suspend(t.Context(), act, id, because(reason)); return err }
	}
	resume := func(act register.Act, id string) func() error {
		return func() error { _, err := w.Resume(t.Context(), act, id, nothing()); return err }
	}
	w.refused(t, "Suspend(retired)", problem.Conflict, suspend(as(headEE), gone.ID, "x"))
	w.refused(t, "Suspend(retired), by two", problem.Conflict, suspend(pair, gone.ID, "x"))
	w.refused(t, "Resume(never suspended)", problem.Conflict, resume(as(headEE), o.ID))
	w.refused(t, "Resume(suspended by the state), by two", problem.Conflict, resume(pair, gone.ID))
	for name, reason := range map[string]string{"none": "", "blank": "  ", "two lines": "a\nb", "too long": strings.Repeat("ä", 501), "hostile": "a\u202eb"} {
		w.refused(t, "Suspend(reason "+name+")", problem.Invalid, suspend(as(headEE), o.ID, reason))
	}
	w.refused(t, "Suspend(stale)", problem.Stale, func() error {
		_, err := w.Suspend(t.Context(), as(headEE), o.ID, sent(o.Version+7, entry.SuspendInput{Reason: "x"}))
		return err
	})
	for _, id := range []string{"00000000-0000-4000-8000-000000000000", "none"} {
		w.refused(t, "SuspendTogether("+id+")", problem.NotFound, func() error {
			_, _, err := entry.SuspendTogether(t.Context(), w.reg, pair, id, "x")
			return err
		})
	}
	if got, err := w.Resume(t.Context(), as(headEE), gone.ID, nothing()); err != nil || len(got.Suspensions) != 0 {
		t.Errorf("Resume(retired since) = %+v, %v, want it lifted", got.Suspensions, err)
	}
	if _, err := w.Suspend(t.Context(), as(headEE), o.ID, because(strings.Repeat("ä", 500))); err != nil {
		t.Errorf("Suspend(the longest reason) = %v", err)
	}
}

func TestASuspensionLapses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.add(t, delegateEE, nominated())
	suspended, err := w.Suspend(t.Context(), as(headEE), o.ID, because("Stolen"))
	if err != nil {
		t.Fatal(err)
	}
	if at := suspended.NextLapse(); !at.Equal(suspended.Suspensions[0].Until) || !o.NextLapse().IsZero() {
		t.Errorf("NextLapse() = %v, and %v before, want when it ends, and never", at, o.NextLapse())
	}
	w.execute(t, `update suspension set since = since - interval '72 hours', until = until - interval '72 hours'`)
	if got := w.marks(t, delegateEE, o.ID); got != nil {
		t.Errorf("after 72 hours the suspensions are %v, want none", got)
	}
	w.refused(t, "Resume(lapsed)", problem.Conflict, func() error { _, err := w.Resume(t.Context(), as(headEE), o.ID, nothing()); return err })
	if _, err := w.Suspend(t.Context(), as(headEE), o.ID, because("Again")); err != nil {
		t.Errorf("Suspend(lapsed) = %v", err)
	}
}

// Of an entry that is not for it, the secretariat knows that it is there.
func TestTwoOfTheSecretariatSuspendWhatIsNotForThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := nominated()
	in.Whom = selected("LV")
	o := w.add(t, delegateEE, in)
	if _, err := w.Suspend(t.Context(), as(headEE), o.ID, because("The state's own")); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"In doubt", "Still in doubt"} { // the second in place of the first
		e, s, err := entry.SuspendTogether(t.Context(), w.reg, pair, o.ID, reason)
		if err != nil || e.Noun != "organisation" || e.State != "EE" || s.Reason != reason || s.By != entry.BySecretariat {
			t.Fatalf("SuspendTogether() = %+v, %+v, %v", e, s, err)
		}
	}
	for who, by := range map[string]access.Actor{"its delegate": delegateEE, "a named state's": delegateLV} {
		if diff := cmp.Diff([]string{"state: The state's own", "secretariat: Still in doubt"}, w.marks(t, by, o.ID)); diff != "" {
			t.Errorf("the suspensions that %s sees mismatch (-want +got):\n%s", who, diff)
		}
	}
	readable := func(by access.Actor) (contents int64) {
		t.Helper()
		err := w.reg.Read(t.Context(), by, func(snap *register.Snapshot) (err error) {
			contents, err = postgres.Scalar[int64](t.Context(), snap, `
				select count(*)
				from suspension
				full join (
					select t.content
					from trail_change c
					join trail_part p using (version, ordinal)
					join trail_content t using (version, ordinal, part)
					where c.noun = 'suspension' and p.name = 'suspension:secretariat'
				) t on false`, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return contents
	}
	// Two suspensions, and what was said of the secretariat's two; nothing of it to
	// whom the entry is not for, save that the secretariat sees its own.
	for who, tt := range map[string]struct {
		by   access.Actor
		want int64
	}{"its delegate": {delegateEE, 4}, "one of the secretariat": {secretariat, 1}, "another state": {certPL, 0}, "the public": {access.Anyone(), 0}} {
		if got := readable(tt.by); got != tt.want {
			t.Errorf("%s reads %d suspensions and contents, want %d", who, got, tt.want)
		}
	}
	if _, _, err := entry.ResumeTogether(t.Context(), w.reg, pair, o.ID); err != nil {
		t.Errorf("ResumeTogether() = %v", err)
	}
	w.refused(t, "ResumeTogether(lifted)", problem.Conflict, func() error {
		_, _, err := entry.ResumeTogether(t.Context(), w.reg, pair, o.ID)
		return err
	})
	if diff := cmp.Diff([]string{"state: The state's own"}, w.marks(t, delegateEE, o.ID)); diff != "" {
		t.Errorf("the suspensions that are left mismatch (-want +got):\n%s", diff)
	}
}

func TestTheTrailSaysWhatBecameOfASuspension(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.add(t, delegateEE, nominated())
	_, err := w.Suspend(t.Context(), register.Act{By: headEE, DryRun: true}, o.ID, because("Stolen"))
	rehearsal, ok := err.(*register.Rehearsal)
	if !ok || len(rehearsal.Changes) != 1 || rehearsal.Changes[0].Act != "suspended" || rehearsal.Changes[0].Noun != "suspension" {
		t.Fatalf("Suspend(dry run) = %v, want a rehearsal of one change", err)
	}
	if _, err := w.Suspend(t.Context(), as(headEE), o.ID, because("Stolen")); err != nil {
		t.Fatal(err)
	}
	_, err = w.Resume(t.Context(), register.Act{By: headEE, DryRun: true}, o.ID, nothing())
	rehearsal, ok = err.(*register.Rehearsal)
	if !ok || len(rehearsal.Changes[0].Diff) != 1 || rehearsal.Changes[0].Diff[0].Path != "/suspensions/state/lifted_at" {
		t.Errorf("Resume(dry run) = %+v, want that it is lifted alone", err)
	}
	if _, err := w.Suspend(t.Context(), pair, o.ID, because("In doubt")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Resume(t.Context(), as(headEE), o.ID, nothing()); err != nil {
		t.Fatal(err)
	}
	err = w.reg.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) error {
		var said []string
		rows, err := register.Rows(t.Context(), snap, o.Version, "EE", 10)
		for _, r := range rows {
			said = append(said, fmt.Sprint(r.Act, " ", r.Noun, " ", r.Key == o.ID, " ", r.Role, " ", r.SecondActor != nil))
		}
		want := []string{
			"suspended suspension true head_of_delegation false", "suspended suspension true secretariat true",
			"resumed suspension true head_of_delegation false",
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("the trail mismatch (-want +got):\n%s", diff)
		}
		if err != nil {
			return err
		}
		history, _, err := register.History(t.Context(), snap, "organisation", o.ID, 0, 10)
		if len(history) != 1 {
			t.Errorf("the history of what the entry says has %d versions, want one: its words are as they were", len(history))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.reg.Verify(t.Context()); err != nil {
		t.Errorf("Verify() = %v", err)
	}
	verified := func() (n int, err error) {
		err = w.reg.Read(t.Context(), access.Registry(), func(snap *register.Snapshot) (err error) {
			n, err = entry.VerifySuspensions(t.Context(), snap)
			return err
		})
		return n, err
	}
	if n, err := verified(); n != 2 || err != nil {
		t.Errorf("VerifySuspensions() = %d, %v, want two", n, err)
	}
	for sql, undo := range map[string]string{
		`update suspension set reason = 'Ours' where imposed_by = 'state'`:         `update suspension set reason = 'Stolen' where imposed_by = 'state'`,
		`update suspension set lifted_at = since where imposed_by = 'secretariat'`: `update suspension set lifted_at = null where imposed_by = 'secretariat'`,
	} {
		w.execute(t, sql)
		if _, err := verified(); err == nil || !strings.Contains(err.Error(), "is not what the trail recorded") {
			t.Errorf("VerifySuspensions() after %s = %v, want that the trail said something else", sql, err)
		}
		w.execute(t, undo)
	}
	other := w.add(t, delegateEE, nominated())
	w.execute(t, `insert into suspension values ('`+other.ID+`', 'EE', 'state', 'Ours', now(), now() + interval '72 hours')`)
	if _, err := verified(); err == nil || !strings.Contains(err.Error(), "the trail recorded no suspension:state") {
		t.Errorf("VerifySuspensions() of one that nobody imposed = %v", err)
	}
}

func TestASuspensionKeepsItsForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.add(t, delegateEE, nominated())
	for constraint, values := range map[string]string{
		"suspension_imposer_known":    `'EE', 'partner', 'x', now(), now() + interval '72 hours'`,
		"suspension_reason_length":    `'EE', 'state', '', now(), now() + interval '72 hours'`,
		"suspension_lapses":           `'EE', 'state', 'x', now(), now() + interval '73 hours'`,
		"suspension_lifted_in_order":  `'EE', 'state', 'x', now(), now() + interval '72 hours', now() - interval '1 hour'`,
		"suspension_entry_state_fkey": `'LV', 'state', 'x', now(), now() + interval '72 hours'`,
	} {
		if _, err := w.db.Owner.Exec(t.Context(), `insert into suspension values ('`+o.ID+`', `+values+`)`); !postgres.Violates(err, constraint) {
			t.Errorf("insert %s = %v, want that it violates %s", values, err, constraint)
		}
	}
}
