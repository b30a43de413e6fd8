package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"pocreg.example/internal/notice"
)

// follow reads the trail for what there may be to tell of, until ctx ends. Of however
// many servers one reads at a time: who holds the reader's row.
func (r *Runner) follow(ctx context.Context) {
	var read int64
	var asked time.Time
	for {
		if r.register.Latest() > read || time.Since(asked) >= askEvery {
			asked = time.Now()
			upTo, err := r.Follow(ctx)
			switch {
			case err == nil:
				read = upTo
			case ctx.Err() == nil:
				r.log.WarnContext(ctx, "read the trail for notices", "error", err.Error())
				if !pause(ctx, askEvery) {
					return
				}
			}
		}
		if !pause(ctx, lookEvery) {
			return
		}
	}
}

// Follow makes jobs of what was committed since it was last called, by any server,
// and returns up to which version. What was read is noted with the jobs, in one
// transaction: a server that is killed has done both, or neither. The jobs find out
// what there is to tell.
func (r *Runner) Follow(ctx context.Context) (upTo int64, err error) {
	err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		var head int64
		err := tx.QueryRow(ctx, `
			select r.version, h.version
			from notice_reader r, register_head h
			for update of r skip locked`).Scan(&upTo, &head)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // another reads
		}
		if err != nil {
			return err
		}
		var all []river.InsertManyParams
		for from := upTo + 1; from <= head; from += mostVersions {
			all = append(all, river.InsertManyParams{Args: eventArgs{From: from, To: min(from+mostVersions-1, head)}})
		}
		signIns, err := takeSignIns(ctx, tx)
		if err != nil {
			return err
		}
		for _, id := range signIns {
			all = append(all, river.InsertManyParams{Args: eventArgs{SignIn: id}})
		}
		if len(all) > 0 {
			if _, err := r.client.InsertManyFastTx(ctx, tx, all); err != nil {
				return err
			}
		}
		if head == upTo {
			return nil
		}
		upTo = head
		_, err = tx.Exec(ctx, `update notice_reader set version = @version`, pgx.StrictNamedArgs{"version": head})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read the trail for notices: %w", err)
	}
	return upTo, nil
}

// takeSignIns takes what happened as people signed in.
func takeSignIns(ctx context.Context, tx pgx.Tx) ([]int64, error) {
	rows, err := tx.Query(ctx, `
		delete from signin_notice
		where event in (select event from signin_notice order by event limit 500)
		returning event`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// eventArgs is a job that finds out whom to tell of some versions of the register, or
// of something that happened when somebody signed in.
type eventArgs struct {
	From   int64 `json:"from,omitempty"`
	To     int64 `json:"to,omitempty"`
	SignIn int64 `json:"sign_in,omitempty"`
}

// Kind names the job in the database.
func (eventArgs) Kind() string { return "event" }

type eventWorker struct {
	river.WorkerDefaults[eventArgs]
	runner *Runner
}

// Work makes a job of each letter, and is done with them, in one transaction.
func (w *eventWorker) Work(ctx context.Context, job *river.Job[eventArgs]) error {
	var all []notice.Delivery
	if job.Args.SignIn != 0 {
		some, err := w.runner.notices.Whom(ctx, notice.Event{SignIn: job.Args.SignIn})
		if err != nil {
			return err
		}
		all = some
	} else {
		for version := job.Args.From; version <= job.Args.To; version++ {
			some, err := w.runner.notices.Whom(ctx, notice.Event{Version: version})
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
	}
	return finish(ctx, w.runner, job, all)
}

// roundArgs is a job that looks now and then for what is due.
type roundArgs struct{}

// Kind names the job in the database.
func (roundArgs) Kind() string { return "round" }

// InsertOpts keeps it from being there twice.
func (roundArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByPeriod: roundEvery}}
}

type roundWorker struct {
	river.WorkerDefaults[roundArgs]
	runner *Runner
}

// Work makes jobs of the letters that are due, and of today's digests.
func (w *roundWorker) Work(ctx context.Context, job *river.Job[roundArgs]) error {
	due, err := w.runner.notices.Due(ctx)
	if err != nil {
		return err
	}
	digests, err := w.runner.notices.Digests(ctx)
	if err != nil {
		return err
	}
	if err := w.runner.notices.Sweep(ctx); err != nil {
		return err
	}
	return finish(ctx, w.runner, job, append(due, digests...))
}
