package reach_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"pocreg.example/internal/access"
	"pocreg.example/internal/account"
	"pocreg.example/internal/contact"
	"pocreg.example/internal/entry"
	"pocreg.example/internal/fixture"
	"pocreg.example/internal/problem"
	"pocreg.example/internal/reach"
	"pocreg.example/internal/reference"
	"pocreg.example/internal/register"
)

// add makes a technical contact of a state, of a rank, for participants.
func add(t *testing.T, w *fixture.World, code string, rank int) contact.Contact {
	t.Helper()
	in := contact.Input{
		Common:   entry.Common{State: code, Kind: contact.Technical, Whom: entry.Whom{Audience: access.ForParticipants}},
		Details:  contact.Details{Rank: rank, OfficeTitle: "Desk", TimeZone: "Asia/Kathmandu", Availability: &contact.Availability{Always: true}},
		Channels: []contact.ChannelInput{{Type: "email", Value: fmt.Sprintf("desk%d@cert.example", rank)}},
	}
	c, err := w.Contacts.Add(t.Context(), w.By(t, "delegate "+code), register.Sent[contact.Input]{If: register.Precondition{None: true}, Body: in})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask asks in the name of one of the world's people.
func ask(t *testing.T, r *register.Register, by access.Actor, q reach.Question) (got reach.Answer, err error) {
	t.Helper()
	err = r.Read(t.Context(), by, func(snap *register.Snapshot) (err error) {
		got, err = reach.Ask(t.Context(), snap, q)
		return err
	})
	return got, err
}

// counter counts the statements that are sent to PostgreSQL.
type counter struct{ sent atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.sent.Add(1)
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestAskSendsAsManyQueriesForAllStatesAsForOne(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	for _, code := range []string{"EE", "LV", "KR"} {
		add(t, w, code, 1)
	}
	config := w.DB.Server.Config().Copy()
	sent := &counter{}
	config.ConnConfig.Tracer = sent
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r, by := register.New(pool, account.Stands), w.Actor(t, "cert PL")
	count := func(states ...string) int64 {
		before := sent.sent.Load()
		got, err := ask(t, r, by, reach.Question{States: states, Kind: contact.Technical})
		if err != nil || len(got.Ladders) != len(states) {
			t.Fatalf("Ask(%v) = %d ladders, %v, want %d", states, len(got.Ladders), err, len(states))
		}
		return sent.sent.Load() - before
	}
	var all []string
	for _, s := range reference.States() {
		all = append(all, s.Alpha2)
	}
	count("EE") // the first prepares statements
	one, every := count("EE"), count(all...)
	if one != every || one > 7 || one == 0 {
		t.Errorf("Ask() sends %d statements for one state and %d for all, want as many, at most 7", one, every)
	}
}

func TestAskReadsAllContactsPageByPage(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	var want []string
	for rank := 1; rank <= 5; rank++ {
		want = append(want, add(t, w, "EE", rank).ID)
	}
	want = append(want, add(t, w, "LV", 1).ID)
	add(t, w, "KR", 1)
	for _, page := range []int{1, 2, 3, 5, 6, 7, 100} {
		err := w.Register.Read(t.Context(), w.Actor(t, "cert PL"), func(snap *register.Snapshot) error {
			all, err := reach.Read(t.Context(), snap, []string{"LV", "EE"}, page)
			var got []string
			for _, c := range all {
				got = append(got, c.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in pages of %d the contacts mismatch (-want +got):\n%s", page, diff)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAskIsBoundedInTime(t *testing.T) {
	t.Parallel()
	w := fixture.New(t)
	by, now := w.Actor(t, "cert PL"), time.Now()
	for _, tt := range []struct {
		at time.Time
		ok bool
	}{
		{time.Time{}, true}, {now, true}, {now.AddDate(reach.Horizon, 0, -1), true}, {now.AddDate(-reach.Horizon, 0, 1), true},
		{now.AddDate(reach.Horizon, 0, 1), false}, {now.AddDate(-reach.Horizon, 0, -1), false}, {now.AddDate(5000, 0, 0), false},
	} {
		got, err := ask(t, w.Register, by, reach.Question{States: []string{"EE"}, Kind: contact.Technical, At: tt.at})
		if tt.ok && (err != nil || got.At.IsZero() || !tt.at.IsZero() && !got.At.Equal(tt.at)) {
			t.Errorf("Ask(at %s) = of %s, %v, want an answer for that moment", tt.at, got.At, err)
		}
		if !tt.ok && !problem.Is(err, problem.Malformed) {
			t.Errorf("Ask(at %s) = %v, want that it is malformed", tt.at, err)
		}
	}
}
