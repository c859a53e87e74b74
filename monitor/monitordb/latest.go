package monitordb

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// Most readings change nothing about a check but when it was seen last and how
// long that took. Then only those columns are written. It is done on one
// condition, which the statement itself checks: that the row is still the one
// this Writer left. Else the state is written as a whole.

const (
	latestTail = ") AS u (check_id, before, last_at, dns_us, connect_us, tls_us, wait_us, transfer_us, bytes) " +
		"WHERE c.check_id = u.check_id AND c.last_at = u.before"
	latestSet = "UPDATE check_current AS c SET last_at = u.last_at, dns_us = u.dns_us, connect_us = u.connect_us, " +
		"tls_us = u.tls_us, wait_us = u.wait_us, transfer_us = u.transfer_us, bytes = u.bytes FROM "
	// PostgreSQL takes a column at a time: a thousand rows are one statement that is planned once.
	latestArrays = latestSet + "unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::bigint[], " +
		"$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]" + latestTail
	// SQLite, in the same process, is quickest row by row.
	latestRow = "UPDATE check_current SET last_at = ?, dns_us = ?, connect_us = ?, tls_us = ?, wait_us = ?, transfer_us = ?, " +
		"bytes = ? WHERE check_id = ? AND last_at = ?"
)

// unchanged tells whether b differs from a at most in what a reading always
// changes: its time, its phases and its length.
func unchanged(a, b monitor.Current) bool {
	for _, pair := range [][2]**time.Time{
		{&a.FailingSince, &b.FailingSince},
		{&a.IncidentAt, &b.IncidentAt},
		{&a.GoodSince, &b.GoodSince},
		{&a.NotAfter, &b.NotAfter},
	} {
		x, y := *pair[0], *pair[1]
		if (x == nil) != (y == nil) || x != nil && !x.Equal(*y) {
			return false
		}
		*pair[0], *pair[1] = nil, nil
	}
	a.LastAt, a.DNSUs, a.ConnectUs, a.TLSUs, a.WaitUs, a.TransferUs, a.Bytes = b.LastAt, b.DNSUs, b.ConnectUs, b.TLSUs, b.WaitUs, b.TransferUs, b.Bytes
	return a == b
}

// states writes what stands about checks.
type states struct {
	whole  *bulk
	rows   bool // one by one, instead of all in one statement
	text   string
	latest *sql.Stmt
	stood  map[int64]monitor.Current // as the last transaction left it
}

func newStates(engine string) *states {
	s := &states{
		whole: newBulk(engine, "check_current", currentColumns, currentUpdate()),
		rows:  engine == database.SQLite, text: latestArrays, stood: map[int64]monitor.Current{},
	}
	if s.rows {
		s.text = latestRow
	}
	return s
}

func (s *states) prepare(ctx context.Context, db *sql.DB) (err error) {
	if s.latest == nil {
		if s.latest, err = db.PrepareContext(ctx, s.text); err != nil {
			return err
		}
	}
	return s.whole.prepare(ctx, db)
}

// forget has the next try begin anew, with whole states.
func (s *states) forget() {
	if s.latest != nil {
		_ = s.latest.Close()
		s.latest = nil
	}
	s.whole.forget()
	clear(s.stood)
}

// write stores the states of the active checks, always in one order, so that
// two writers wait for each other.
func (s *states) write(ctx context.Context, tx *sql.Tx, now map[int64]monitor.Current, active map[int64]bool) error {
	var whole, latest []int64
	for _, check := range slices.Sorted(maps.Keys(now)) {
		before, known := s.stood[check]
		switch {
		case !active[check]:
		case known && unchanged(before, now[check]):
			latest = append(latest, check)
		default:
			whole = append(whole, check)
		}
	}
	if len(latest) > 0 {
		written := s.writeArrays
		if s.rows {
			written = s.writeRows
		}
		n, err := written(ctx, tx, latest, now)
		if err != nil {
			return err
		}
		if n != int64(len(latest)) { // somebody else wrote: whatever that was, this is the newest
			whole = append(whole, latest...)
			slices.Sort(whole)
		}
	}
	return s.whole.insert(ctx, tx, currentArgs(whole, now))
}

// keep remembers what was committed.
func (s *states) keep(now map[int64]monitor.Current, active map[int64]bool) {
	for check, c := range now {
		if active[check] {
			s.stood[check] = c
		}
	}
}

// writeRows writes what the last looks took, and returns for how many checks
// the row was as expected.
func (s *states) writeRows(ctx context.Context, tx *sql.Tx, checks []int64, now map[int64]monitor.Current) (written int64, err error) {
	stmt := tx.StmtContext(ctx, s.latest) //nolint:sqlclosecheck // ends with its transaction
	for _, check := range checks {
		c := now[check]
		done, err := stmt.ExecContext(ctx, c.LastAt, c.DNSUs, c.ConnectUs, c.TLSUs, c.WaitUs, c.TransferUs, c.Bytes,
			check, s.stood[check].LastAt)
		if err != nil {
			return written, err
		}
		n, err := done.RowsAffected()
		if written += n; err != nil {
			return written, err
		}
	}
	return written, nil
}

// writeArrays does the same in one statement.
func (s *states) writeArrays(ctx context.Context, tx *sql.Tx, checks []int64, now map[int64]monitor.Current) (int64, error) {
	var before, at []time.Time
	var numbers [6][]int64
	for _, check := range checks {
		c := now[check]
		before, at = append(before, s.stood[check].LastAt), append(at, c.LastAt)
		for n, v := range [...]int64{c.DNSUs, c.ConnectUs, c.TLSUs, c.WaitUs, c.TransferUs, c.Bytes} {
			numbers[n] = append(numbers[n], v)
		}
	}
	done, err := tx.StmtContext(ctx, s.latest). //nolint:sqlclosecheck // ends with its transaction
							ExecContext(ctx, checks, before, at, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
