package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
)

// job is something that happens by the clock.
type job struct {
	name     string
	schedule string // robfig/cron expression, in the zone of the settings
	run      func(ctx context.Context) error
}

// taking has a turn of a job taken by one of several processes.
type taking func(ctx context.Context, job string, now time.Time) error

// startJobs runs jobs by the clock until stop is called. A job that still runs
// when its next turn comes is not started twice, and one that panics is logged
// and tried again at its next turn. Where turns are shared, take is told of
// each instead.
func startJobs(ctx context.Context, log *slog.Logger, zone *time.Location, jobs []job, take taking) (stop func(), err error) {
	quiet := cronLog{log}
	clock := cron.New(cron.WithLocation(zone), cron.WithLogger(quiet),
		cron.WithChain(cron.Recover(quiet), cron.SkipIfStillRunning(quiet)))
	for _, j := range jobs {
		_, err := clock.AddFunc(j.schedule, func() {
			run := j.run
			if take != nil {
				run = func(ctx context.Context) error { return take(ctx, j.name, time.Now()) }
			}
			if err := run(ctx); err != nil && ctx.Err() == nil {
				log.Error("a timed job failed", "room", "jobs", "job", j.name, "error", err)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("schedule job %s: %w", j.name, err)
		}
	}
	clock.Start()
	return func() { <-clock.Stop().Done() }, nil
}

// cronLog passes on what cron finds wrong and drops its chatter.
type cronLog struct{ log *slog.Logger }

// Info drops what cron says of its daily life.
func (cronLog) Info(string, ...any) {}

// Error passes on a panic of a job.
func (c cronLog) Error(err error, msg string, more ...any) {
	c.log.Error("a timed job went wrong", append([]any{"room", "jobs", "what", msg, "error", err}, more...)...)
}
