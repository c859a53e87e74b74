package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// judging returns what keeps readings, what lets its spool go, and the calendar
// that windows are open by.
func (s stores) judging(c configs.Config, log *slog.Logger) (*monitordb.Writer, func() error, func() monitor.Calendar, error) {
	writer, letGo, err := s.writer(c, log)
	if err != nil {
		return nil, nil, nil, err
	}
	open, err := s.calendar(c, log)
	return writer, letGo, open, err
}

// calendar returns what knows holidays, of the register's vocabulary as it is
// now, and office hours, of the file of the settings or the pilot's.
func (s stores) calendar(c configs.Config, log *slog.Logger) (func() monitor.Calendar, error) {
	seasons, err := seasonsOf(c.Watch.OfficeHours)
	if err != nil {
		return nil, fmt.Errorf("watch.office_hours: %w", err)
	}
	var known atomic.Pointer[inventory.Workdays] // the last that were read
	return func() monitor.Calendar {
		open := monitor.Calendar{Zone: c.Location(), Seasons: seasons}
		if days := known.Load(); days != nil {
			open.Days = days
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		words, err := s.register.Vocabulary(ctx)
		if err != nil { // the database is away: weekends are known all the same, and what was read before
			log.Warn("holidays cannot be read", "room", "watch", "error", err)
			return open
		}
		days := words.Workdays()
		known.Store(days)
		open.Days = days
		return open
	}, nil
}

// seasonsOf reads the file at path, or the pilot's.
func seasonsOf(path string) ([]monitor.Season, error) {
	var file io.ReadCloser
	var err error
	if path == "" {
		file, err = pilot.Files.Open("office_hours.csv")
	} else {
		file, err = os.Open(path) //nolint:gosec // named by the operator
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return monitor.ReadSeasons(file)
}
