package main

import (
	"fmt"
	"log/slog"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// writer returns what keeps readings: in files of the spool while the database
// is away, in a folder of this process until it is let go.
func (s stores) writer(c configs.Config, log *slog.Logger) (w *monitordb.Writer, letGo func() error, err error) {
	w = s.watched.NewWriter(log, 0)
	if c.Watch.Spool == "" || !c.Watch.Enabled {
		return w, func() error { return nil }, nil
	}
	own, letGo, err := monitordb.ClaimSpool(c.Watch.Spool)
	if err == nil {
		err = w.SpoolTo(own, c.Watch.SpoolMB<<20)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("watch.spool: %w", err)
	}
	return w, letGo, nil
}
