package monitordb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// Step is one hour or one day of a check, summed up.
type Step struct {
	Start time.Time
	Tally monitor.Tally
}

// Hours returns the hours of a check that begin in from..to and are summed up,
// in order.
func (s *Store) Hours(ctx context.Context, check int64, from, to time.Time) ([]Step, error) {
	return s.steps(ctx, hourTable, check, from, to)
}

// Days returns the days of a check that begin in from..to, in order, each as
// far as its hours are summed up.
func (s *Store) Days(ctx context.Context, check int64, from, to time.Time) ([]Step, error) {
	return s.steps(ctx, dayTable, check, from, to)
}

func (s *Store) steps(ctx context.Context, table string, check int64, from, to time.Time) ([]Step, error) {
	found, err := s.db.WithContext(ctx).Raw(`SELECT start, readings, good, asked, answered, up_us, down_us, planned_us, took_us, slowest_us,
		delayed, dns_us, connect_us, tls_us, wait_us, transfer_us, times FROM `+table+
		" WHERE check_id = ? AND start >= ? AND start < ? ORDER BY start", check, micro(from), micro(to)).Rows()
	if err != nil {
		return nil, database.Explain(err, "read sums")
	}
	defer func() { _ = found.Close() }()
	var list []Step
	for found.Next() {
		var r sums
		err := found.Scan(&r.Start, &r.Readings, &r.Good, &r.Asked, &r.Answered, &r.UpUs, &r.DownUs, &r.PlannedUs, &r.TookUs, &r.SlowestUs,
			&r.Delayed, &r.DNSUs, &r.ConnectUs, &r.TLSUs, &r.WaitUs, &r.TransferUs, &r.Times)
		if err != nil {
			return nil, database.Explain(err, "read sums")
		}
		list = append(list, Step{time.UnixMicro(r.Start).UTC(), r.tally()})
	}
	return list, database.Explain(found.Err(), "read sums")
}
