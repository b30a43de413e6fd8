package main

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/jackc/pgx/v5"
)

// trailSQL lengthens the trail to @length changes, one a version.
//
//go:embed trail.sql
var trailSQL string

// measureTrail compares reading a hundred changes after some place in a long
// trail with the same in a short one.
func (b *bench) measureTrail(ctx context.Context) (err error) {
	const short = 10_000
	if err := b.clone(ctx, smaller); err != nil {
		return err
	}
	if err := b.lengthen(ctx, smaller, short); err != nil {
		return err
	}
	b.say("    making a trail of %d changes", b.contacts)
	if err := b.lengthen(ctx, measured, b.contacts); err != nil {
		return err
	}
	little, err := b.serve(ctx, smaller, 3)
	if err != nil {
		return err
	}
	stop := func() error {
		if err := little.stop(); err != nil {
			return err
		}
		return b.as(ctx, superuser, "postgres", `drop database `+smaller+` with (force)`)
	}
	rounds, _ := b.rounds()
	var long, brief []float64
	for round := range rounds + 1 {
		var took [2][]float64
		for range b.samples(200) {
			for i, one := range []struct {
				server *server
				length int
			}{{b.server, b.contacts}, {little, short}} {
				after := rand.N(one.length - 200)
				got, err := one.server.must(ctx, http.StatusOK, request{
					path: fmt.Sprintf("/v1/trail?after=%d&limit=100", after), token: b.people.auditor,
				})
				if err != nil {
					_ = stop() // what failed first matters
					return err
				}
				took[i] = append(took[i], milliseconds(got.took))
			}
		}
		if round > 0 { // the first is to warm up
			long, brief = append(long, median(took[0])), append(brief, median(took[1]))
		}
	}
	f := ratio(fmt.Sprintf("100 changes after a cursor, trail of %d against %d", b.contacts, short), long, brief)
	f.Aim = atMost(1.5)
	f.Detail = fmt.Sprintf("%.2f ms against %.2f ms", median(long), median(brief))
	b.found(f)
	return stop()
}

// lengthen makes a register's trail length changes long, past the door. The
// register begins a new epoch with it, as after a restore, so that the server
// that looks on drops what it kept.
func (b *bench) lengthen(ctx context.Context, database string, length int) error {
	err := b.connected(ctx, superuser, database, func(conn *pgx.Conn) error {
		return bulk(ctx, conn, "bench.length", length, trailSQL)
	})
	if err != nil {
		return fmt.Errorf("lengthen the trail of %s: %w", database, err)
	}
	return b.as(ctx, superuser, database, `vacuum (analyze) trail_change, trail_part, trail_leaf`)
}
