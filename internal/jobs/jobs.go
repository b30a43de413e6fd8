// Package jobs does what nobody waits for, after what it follows from was committed:
// it reads the trail for whom to tell, and sends the letters. Jobs are River's, in
// PostgreSQL: they hold ids, are done at least once, and find out for themselves
// whether they were done before.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"pocreg.example/internal/notice"
	"pocreg.example/internal/register"
)

// Connections is how many connections to the database jobs take, at most, beside
// those of requests: no flood of them keeps a reader waiting.
const Connections = 4

// The clock of the jobs. A letter takes seconds, so that what a killed server left
// half-done is taken up by another after a few minutes.
const (
	lookEvery    = 250 * time.Millisecond // whether the register has a newer version, in memory
	askEvery     = 5 * time.Second        // the database, in case it was not told here
	pollEvery    = time.Second            // for jobs to do
	jobTakes     = time.Minute            // at most
	rescueAfter  = 3 * time.Minute
	stopWithin   = 10 * time.Second // for jobs under way, when the server ends
	roundEvery   = time.Hour        // what is due, and the digests
	atOnce       = 4                // letters on their way at a time, of one server
	mostVersions = 500              // of the trail in one job
	mostTries    = 16               // by River's backoff that is some three days
)

// Runner does the jobs. Make it with New.
type Runner struct {
	pool     *pgxpool.Pool
	register *register.Register
	notices  *notice.Notices
	log      *slog.Logger
	client   *river.Client[pgx.Tx]
}

// New returns a Runner of the jobs in the database behind pool, which is theirs
// alone.
func New(pool *pgxpool.Pool, r *register.Register, n *notice.Notices, log *slog.Logger) (*Runner, error) {
	run := &Runner{pool: pool, register: r, notices: n, log: log}
	workers := river.NewWorkers()
	river.AddWorker(workers, &eventWorker{runner: run})
	river.AddWorker(workers, &letterWorker{runner: run})
	river.AddWorker(workers, &roundWorker{runner: run})
	var err error
	run.client, err = river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger:  slog.New(quiet{log.Handler()}),
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: 2},
			letters:            {MaxWorkers: atOnce},
		},
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(roundEvery),
			func() (river.JobArgs, *river.InsertOpts) { return roundArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})},
		PollOnly:             true, // a connection that listens would be one more, and lost with PostgreSQL
		FetchPollInterval:    pollEvery,
		JobTimeout:           jobTakes,
		RescueStuckJobsAfter: rescueAfter,
		SoftStopTimeout:      stopWithin,
		ReindexerIndexNames:  []string{}, // it would want to own the tables
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the jobs: %w", err)
	}
	return run, nil
}

// Run does jobs until ctx ends, then lets those under way finish for a while. What
// is not finished then is done again, by this server or another.
func (r *Runner) Run(ctx context.Context) {
	stopped := context.WithoutCancel(ctx)
	for {
		err := r.client.Start(stopped)
		if err == nil {
			break
		}
		r.log.WarnContext(ctx, "start the jobs", "error", err.Error())
		if !pause(ctx, askEvery) {
			return
		}
	}
	r.follow(ctx)
	end, cancel := context.WithTimeout(stopped, 2*stopWithin)
	defer cancel()
	if err := r.client.Stop(end); err != nil {
		r.log.WarnContext(ctx, "stop the jobs", "error", err.Error())
	}
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wait.C:
		return true
	}
}
