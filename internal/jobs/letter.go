package jobs

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"pocreg.example/internal/notice"
)

// letters is the queue of letters: a mail server that hangs holds up other letters,
// and nothing else.
const letters = "letters"

// letterArgs is a job that writes one letter and sends it.
type letterArgs struct{ notice.Delivery }

// Kind names the job in the database.
func (letterArgs) Kind() string { return "letter" }

// InsertOpts has each letter wait once, however often it is asked for.
func (letterArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: letters, MaxAttempts: mostTries, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

type letterWorker struct {
	river.WorkerDefaults[letterArgs]
	runner *Runner
}

// Work sends the letter, unless that was done.
func (w *letterWorker) Work(ctx context.Context, job *river.Job[letterArgs]) error {
	d := job.Args.Delivery
	outcome, err := w.runner.notices.Deliver(ctx, d, job.Attempt >= job.MaxAttempts)
	level := slog.LevelInfo
	switch {
	case err != nil:
		w.runner.log.WarnContext(ctx, "a letter waits", "topic", d.Topic, "attempt", job.Attempt, "error", err.Error())
		return err
	case outcome == notice.Refused || outcome == notice.GivenUp:
		level = slog.LevelWarn
	}
	w.runner.log.Log(ctx, level, "letter", "topic", d.Topic, "recipient", d.Recipient, "outcome", outcome)
	return nil
}

// finish ends a job and makes those that follow from it, in one transaction.
func finish[T river.JobArgs](ctx context.Context, r *Runner, job *river.Job[T], all []notice.Delivery) error {
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		some := make([]river.InsertManyParams, len(all))
		for i, d := range all {
			some[i] = river.InsertManyParams{Args: letterArgs{d}}
		}
		if len(some) > 0 {
			if _, err := r.client.InsertManyTx(ctx, tx, some); err != nil {
				return err
			}
		}
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err != nil {
		return fmt.Errorf("make jobs of letters: %w", err)
	}
	return nil
}

// quiet leaves out of River's log what the jobs say themselves. What River has to say
// of itself, such as that PostgreSQL is away, it tries again: that is no error of ours.
type quiet struct{ slog.Handler }

// Enabled lets through what River calls an error.
func (quiet) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle logs it as a warning.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelWarn
	return q.Handler.Handle(ctx, r)
}
