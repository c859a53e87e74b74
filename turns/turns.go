// Package turns has the turns of timed jobs taken once where several processes
// serve from one PostgreSQL: each of them notices that a turn has come, one of
// them takes it. It is the only door to the queue library.
package turns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/jard-odi/jard/database"
)

const (
	// connections are those of the queue alone: one listens, one for each job
	// that runs, and some for the queue's own work.
	connections = 2*atOnce + 3
	atOnce      = 4
	// rescueAfter is when a job counts as left behind by a process that died: it
	// was not heard of for so long. Who runs one says so every runsEvery.
	rescueAfter = 5 * time.Minute
	runsEvery   = time.Minute
	// unknownFor is how long a job that this version does not know waits for a
	// process that does.
	unknownFor  = 10 * time.Minute
	unknownWait = 5 * time.Second
	attempts    = 3 // by processes that die; what fails has its next turn
)

// turn is one turn of a job: what the queue keeps.
type turn struct {
	Job string    `json:"job"`
	Due time.Time `json:"due"`
}

// Kind names turns in the queue.
func (turn) Kind() string { return "turn" }

// Queue takes turns together with other processes.
type Queue struct {
	client *river.Client[pgx.Tx]
	pool   *pgxpool.Pool
	log    *slog.Logger
}

// Open begins to take turns of the jobs, by name, on the database at url.
func Open(ctx context.Context, url string, jobs map[string]func(context.Context) error, log *slog.Logger) (*Queue, error) {
	settings, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open the queue of jobs: the address of the database cannot be read")
	}
	database.Wire(&settings.ConnConfig.Config)
	settings.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open the queue of jobs: %w", err)
	}
	q := &Queue{pool: pool, log: log.With("room", "jobs")}
	workers := river.NewWorkers()
	river.AddWorker(workers, &taker{pool: pool, jobs: jobs, log: q.log})
	q.client, err = river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}}, Workers: workers,
		JobTimeout: -1, RescueStuckJobsAfter: rescueAfter, MaxAttempts: attempts, Logger: slog.New(quiet{q.log.Handler()}),
	})
	if err == nil {
		err = q.client.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the queue of jobs: %w", err)
	}
	return q, nil
}

// Turn says that the job's turn has come. However many processes say so, and
// although their clocks differ by some seconds, it is taken once.
func (q *Queue) Turn(ctx context.Context, job string, now time.Time) error {
	due := now.Add(30 * time.Second).Truncate(time.Minute).UTC() // turns come on the minute
	_, err := q.client.Insert(ctx, turn{job, due}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}})
	if err != nil {
		return fmt.Errorf("queue a turn of %s: %w", job, err)
	}
	return nil
}

// Close lets jobs that run end until ctx ends, then cuts them short.
func (q *Queue) Close(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = q.client.StopAndCancel(last)
	}
	q.pool.Close()
	return err
}

// taker takes turns.
type taker struct {
	river.WorkerDefaults[turn]
	pool *pgxpool.Pool
	jobs map[string]func(context.Context) error
	log  *slog.Logger
}

// Timeout bounds no job. But what has no bound at all the queue never takes for
// left behind, so one that nobody was heard of has the age it is rescued at.
func (t *taker) Timeout(taken *river.Job[turn]) time.Duration {
	if taken.AttemptedAt != nil && time.Since(*taken.AttemptedAt) >= rescueAfter {
		return rescueAfter
	}
	return -1
}

// runs says that a turn is being taken until ctx ends, so that nobody rescues it.
func (t *taker) runs(ctx context.Context, id int64) {
	tick := time.NewTicker(runsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := t.pool.Exec(ctx, "UPDATE river_job SET attempted_at = now() WHERE id = $1 AND state = 'running'", id); err != nil && ctx.Err() == nil {
			t.log.Warn("nobody hears that a timed job runs", "error", err)
		}
	}
}

// Work takes one turn. A job that fails is logged and has its next turn.
func (t *taker) Work(ctx context.Context, taken *river.Job[turn]) (err error) {
	run, known := t.jobs[taken.Args.Job]
	if !known {
		if time.Since(taken.CreatedAt) < unknownFor {
			return river.JobSnooze(unknownWait) // of a newer version: another process knows it
		}
		t.log.Warn("a timed job is not known", "job", taken.Args.Job)
		return nil
	}
	free, err := t.alone(ctx, taken.Args.Job)
	if err != nil || free == nil {
		return err
	}
	defer free()
	running, over := context.WithCancel(ctx)
	defer over()
	go t.runs(running, taken.ID)
	defer func() {
		if p := recover(); p != nil {
			t.log.Error("a timed job went wrong", "job", taken.Args.Job, "what", fmt.Sprint(p))
			err = nil
		}
	}()
	if err := run(ctx); err != nil {
		if ctx.Err() != nil {
			return err // cut short by the end of this process: another takes it
		}
		t.log.Error("a timed job failed", "job", taken.Args.Job, "error", err)
	}
	return nil
}

// alone keeps every other process from running the job until free is called;
// free is nil when one runs it already, from its turn before. The lock is the
// connection's: it ends with the process that holds it.
func (t *taker) alone(ctx context.Context, job string) (free func(), err error) {
	conn, err := t.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", job, err)
	}
	const key = "hashtextextended('jard turn ' || $1, 0)"
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock("+key+")", job).Scan(&got); err != nil || !got {
		conn.Release()
		return nil, err
	}
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(last, "SELECT pg_advisory_unlock("+key+")", job); err != nil {
			_ = conn.Conn().Close(last) // and the lock with it
		}
		conn.Release()
	}, nil
}

// quiet passes on what the queue finds wrong and drops its chatter.
type quiet struct{ slog.Handler }

// Enabled tells whether something is worth a line.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

var _ rivertype.JobArgs = turn{}
