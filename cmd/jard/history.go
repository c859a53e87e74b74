package main

import (
	"fmt"
	"log/slog"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// writer returns what keeps readings: in files of the spool while the database is away.
func (s stores) writer(c configs.Config, log *slog.Logger) (*monitordb.Writer, error) {
	w := s.watched.NewWriter(log, 0)
	if c.Watch.Spool == "" {
		return w, nil
	}
	if err := w.SpoolTo(c.Watch.Spool, c.Watch.SpoolMB<<20); err != nil {
		return nil, fmt.Errorf("watch.spool: %w", err)
	}
	return w, nil
}
