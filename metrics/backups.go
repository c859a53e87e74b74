package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	backupLast  = desc("jard_backup_last_success_timestamp_seconds", "When the newest timed backup that succeeded was begun; 0: none has.")
	backupBytes = desc("jard_backup_last_bytes", "Size of the newest timed backup that succeeded.")
)

// Backups shows how timed backups stand: the same from each process. It says
// nothing where the database could not be asked.
type Backups struct {
	Last func() (at time.Time, bytes int64, err error)
}

// Describe tells which series there are.
func (*Backups) Describe(out chan<- *prometheus.Desc) {
	out <- backupLast
	out <- backupBytes
}

// Collect tells them.
func (b *Backups) Collect(out chan<- prometheus.Metric) {
	at, bytes, err := b.Last()
	if err != nil {
		return
	}
	seconds := 0.0
	if !at.IsZero() {
		seconds = float64(at.UnixMilli()) / 1000
	}
	out <- gauge(backupLast, seconds)
	out <- gauge(backupBytes, float64(bytes))
}
