package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"
)

// leastNoted is how fast a read that is noted should be at the least, against the
// same one that is not: what a run on a busy machine can tell from nothing.
const leastNoted = 0.9

// measureNoted lets a state's card be read by another state, whose reads of it are
// noted in the access log, and by the state itself, whose reads are not: in turns,
// the same bytes.
func (b *bench) measureNoted(ctx context.Context) error {
	readers := []request{
		{path: "/v1/states/PL/card", token: b.people.heads["EE"]},
		{path: "/v1/states/PL/card", token: b.people.heads["PL"]},
	}
	var sizes []int
	for _, r := range readers {
		got, err := b.server.must(ctx, http.StatusOK, r)
		if err != nil {
			return err
		}
		sizes = append(sizes, len(got.body))
	}
	if sizes[0] != sizes[1] {
		return fmt.Errorf("the card has %d bytes for another state and %d for its own: nothing can be compared", sizes[0], sizes[1])
	}
	rounds, seconds := b.rounds()
	rates := make([][]float64, len(readers))
	for round := range rounds + 1 {
		for i, r := range readers {
			l, err := b.wrk(ctx, seconds, b.server.url, r)
			if err != nil {
				return err
			}
			if round > 0 { // the first is to warm up
				rates[i] = append(rates[i], l.perSecond())
			}
		}
	}
	rows, err := b.notedRows(ctx)
	if err != nil {
		return err
	}
	f := ratio("a state's card whose reading is noted, against one's own", rates[0], rates[1])
	f.Aim = atLeast(leastNoted)
	f.Detail = fmt.Sprintf("%.0f/s against %.0f/s; %d rows in the access log", median(rates[0]), median(rates[1]), rows)
	b.found(f)
	return nil
}

// notedRows is how many rows the access log has of Poland's entries: without any,
// nothing was measured.
func (b *bench) notedRows(ctx context.Context) (rows int, err error) {
	err = b.connected(ctx, owner, measured, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `select count(*) from access_read where state = 'PL' and reader_state = 'EE'`).Scan(&rows)
	})
	if err == nil && rows == 0 {
		err = fmt.Errorf("the reads are not in the access log")
	}
	return rows, err
}
