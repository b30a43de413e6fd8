package notice_test

import (
	"fmt"
	"testing"
	"time"

	"pocreg.example/internal/entry"
	"pocreg.example/internal/register"
	"pocreg.example/internal/strategy"
)

// due writes and sends the reminders that are due now.
func (d *desk) due(t *testing.T) map[string]post {
	t.Helper()
	all, err := d.notices.Due(t.Context())
	if err != nil {
		t.Fatalf("Due() = %v", err)
	}
	return d.deliver(t, all...)
}

const day = 24 * time.Hour

func TestAConfirmationIsAskedForAt150And180DaysAndThenEachWeek(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	d.add(t, "delegate PL", policy())
	subject := ": An entry is to be confirmed (Estonia)"
	estonia := []string{"head_of_delegation.ee@people.example" + subject, "delegate.ee@people.example" + subject, "cert.ee@people.example" + subject}
	poland := "delegate.pl@people.example: Wpis wymaga potwierdzenia (Polska)"
	age := 0
	for _, at := range []int{149, 150, 151, 179, 180, 186, 187, 193, 194, 201} {
		d.pass(time.Duration(at-age) * day)
		age = at
		want := []string{}
		if at == 150 || at >= 180 && (at-180)%7 == 0 {
			want = append(estonia, poland)
		}
		t.Run(fmt.Sprint("day ", at), func(t *testing.T) {
			wants(t, d.due(t), want...)
			wants(t, d.due(t)) // once
		})
	}
	waiting, err := d.notices.Due(t.Context())
	if err != nil || len(waiting) != 0 {
		t.Errorf("Due() = %v, %v", waiting, err)
	}
	d.pass(7 * day)
	if waiting, err = d.notices.Due(t.Context()); err != nil || len(waiting) != 4 {
		t.Fatalf("Due() = %v, %v, want four letters", waiting, err)
	}
	if _, err := d.Contacts.Confirm(t.Context(), d.By(t, "delegate EE"), c.ID, register.Sent[entry.Nothing]{If: register.Precondition{None: true}}); err != nil {
		t.Fatal(err)
	}
	d.do(t, `update entry set confirmed_at = now() + interval '208 days' where id = $1`, c.ID) // by the test's clock
	wants(t, d.deliver(t, waiting...), poland)                                                 // Estonia's was confirmed meanwhile
}

// TestRemindersThatNobodySentAreNotCaughtUpWith is of a server that did not run.
func TestRemindersThatNobodySentAreNotCaughtUpWith(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, "delegate EE")
	d.add(t, "delegate EE", dutyDesk())
	d.pass(300 * day)
	wants(t, d.due(t), "delegate.ee@people.example: An entry is to be confirmed (Estonia)")
	wants(t, d.due(t))
}

func TestAKeyIsToldOf60And30And7DaysBeforeItExpires(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	c := d.add(t, "delegate EE", dutyDesk())
	d.do(t, `
		insert into contact_key (contact, state, position, type, fingerprint, user_ids, algorithm, created_at, expires_at, material, added_at)
		values ($1, 'EE', 0, 'openpgp', 'AA', '{}', 'RSA', now(), now() + interval '61 days', '-----BEGIN', now())`, c.ID)
	subject := fmt.Sprintf(": A key expires on %s (Estonia)", time.Now().UTC().Add(61*day).Format(time.DateOnly))
	left := 61
	for _, at := range []int{61, 60, 59, 31, 30, 8, 7, 1} {
		d.pass(time.Duration(left-at) * day)
		left = at
		want := []string{}
		if at == 60 || at == 30 || at == 7 {
			want = []string{"head_of_delegation.ee@people.example" + subject, "delegate.ee@people.example" + subject, "cert.ee@people.example" + subject}
		}
		t.Run(fmt.Sprint(at, " days left"), func(t *testing.T) { wants(t, d.due(t), want...) })
	}
	d.pass(2 * day)
	wants(t, d.due(t)) // it has expired: that is shown with it
}

func TestAStrategyIsToldOfOnceItsReviewIsDue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addressed(t, everybody...)
	year := time.Now().UTC().Year()
	for _, due := range []string{"2019", fmt.Sprint(year + 1), fmt.Sprintf("%d-06", year+2), fmt.Sprintf("%d-06-15", year+3)} {
		_, err := d.Strategies.Add(t.Context(), d.By(t, "delegate EE"), register.Sent[strategy.Input]{Body: strategy.Input{
			Common:  entry.Common{State: "EE", Kind: "strategy"},
			Details: strategy.Details{OriginalTitle: "Confidential Ringi plan", Status: "in_force", ReviewDue: due},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	subject := ": A strategy is due for review (Estonia)"
	both := []string{"head_of_delegation.ee@people.example" + subject, "delegate.ee@people.example" + subject}
	at := func(date string) {
		on, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		d.pass(on.Add(time.Hour).Sub(d.now()))
		d.do(t, `update entry set confirmed_at = $1`, d.now()) // nothing else is due
	}
	wants(t, d.due(t), both...)
	for _, date := range []string{fmt.Sprintf("%d-12-31", year), fmt.Sprintf("%d-05-31", year+2), fmt.Sprintf("%d-06-14", year+3)} {
		at(date)
		if date[4:] == "-12-31" {
			wants(t, d.due(t))
			continue
		}
		wants(t, d.due(t), both...) // that of the date before
	}
	at(fmt.Sprintf("%d-06-15", year+3))
	wants(t, d.due(t), both...)
	wants(t, d.due(t))
}
