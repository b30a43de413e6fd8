package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/delegation"
	"pocreg.example/internal/state"
)

// measureCold times the first reading of a state's card after a write to the
// state, against the statements that it is made from, run by plain pgx on a
// connection that has the actor set for good.
func (b *bench) measureCold(ctx context.Context) error {
	const code = "EE"
	w, err := b.writer(ctx, code)
	if err != nil {
		return err
	}
	card := request{path: "/v1/states/" + code + "/card", token: b.people.heads[code]}
	return b.connected(ctx, serverRole, measured, func(conn *pgx.Conn) error {
		if err := actAs(ctx, conn, code); err != nil {
			return err
		}
		rounds, _ := b.rounds()
		var ours, plain, hit []float64
		for round := range rounds + 1 {
			var cold, statements, again []float64
			for range b.samples(100) {
				if err := w.write(ctx); err != nil {
					return err
				}
				var took [2]time.Duration
				for i := range took {
					got, err := b.server.must(ctx, http.StatusOK, card)
					if err != nil {
						return err
					}
					took[i] = got.took
				}
				start := time.Now()
				if err := runCard(ctx, conn, code); err != nil {
					return err
				}
				statements = append(statements, milliseconds(time.Since(start)))
				cold, again = append(cold, milliseconds(took[0])), append(again, milliseconds(took[1]))
			}
			if round > 0 { // the first is to warm up
				ours, plain, hit = append(ours, median(cold)), append(plain, median(statements)), append(hit, median(again))
			}
		}
		f := ratio("first reading of a card after a write, against plain pgx", ours, plain)
		f.Aim = atMost(3)
		f.Detail = fmt.Sprintf("%.2f ms against %.2f ms; %.2f ms once it is kept", median(ours), median(plain), median(hit))
		b.found(f)
		return nil
	})
}

// actAs sets a state's head as the actor of a connection.
func actAs(ctx context.Context, conn *pgx.Conn, code string) error {
	_, err := conn.Exec(ctx, `
		select set_config('pocreg.role', 'head_of_delegation', false),
			set_config('pocreg.state', $1, false),
			set_config('pocreg.audiences', 'public,participants,selected', false)`, code)
	return err
}

// runCard runs the statements of a state's card.
func runCard(ctx context.Context, conn *pgx.Conn, code string) error {
	if _, err := state.Get(ctx, conn, code); err != nil {
		return err
	}
	var f contact.Filter
	f.State = code
	got, err := contact.List(ctx, conn, f, contact.After{}, 500)
	if err == nil && len(got) == 0 {
		err = errors.New("plain pgx reads no contact: the two would do different things")
	}
	if err != nil {
		return err
	}
	_, _, err = delegation.Current(ctx, conn, code)
	return err
}
