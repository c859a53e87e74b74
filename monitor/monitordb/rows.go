package monitordb

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

const (
	currentColumns = "check_id, service, verdict, reason, since, failures, failing_since, incident_at, " +
		"last_at, last_verdict, last_reason, status, dns_us, connect_us, tls_us, wait_us, transfer_us, " +
		"bytes, detail, address, not_after, every_sec, successes, flaws, recent, flapping, good_since"
)

// currentUpdate replaces the state of a check that has one.
func currentUpdate() string {
	var set []string
	for _, c := range strings.Split(currentColumns, ", ")[1:] {
		set = append(set, c+" = excluded."+c)
	}
	return "ON CONFLICT (check_id) DO UPDATE SET " + strings.Join(set, ", ")
}

// currentArgs flattens the states of checks.
func currentArgs(checks []int64, states map[int64]monitor.Current) []any {
	args := make([]any, 0, len(checks)*27)
	for _, check := range checks {
		c := states[check]
		args = append(args, check, c.Service, int64(c.Verdict), int64(c.Reason), c.Since, int64(c.Failures),
			moment(c.FailingSince), moment(c.IncidentAt), c.LastAt, int64(c.LastVerdict), int64(c.LastReason),
			int64(c.Status), c.DNSUs, c.ConnectUs, c.TLSUs, c.WaitUs, c.TransferUs, c.Bytes, c.Detail, c.Address,
			moment(c.NotAfter), c.EverySec, int64(c.Successes), int64(c.Flaws), c.Recent, c.Flapping, moment(c.GoodSince))
	}
	return args
}

func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

// refresh learns which checks are watched, when that changed since the last
// batch. It holds the version until the end of the transaction, so that a
// service that is being paused is either still active for all of the batch or
// no longer for any of it.
func (w *Writer) refresh(ctx context.Context, tx *sql.Tx) error {
	query := "SELECT value FROM watch_state WHERE name = ?"
	if w.batches.numbered {
		query += " FOR SHARE"
	}
	var version int64
	if err := tx.QueryRowContext(ctx, w.sql(query), stateVersion).Scan(&version); err != nil {
		return err
	}
	if version == w.version {
		return nil
	}
	rows, err := tx.QueryContext(ctx, w.sql(`SELECT c.id FROM checks c JOIN services s ON s.slug = c.service
		WHERE s.state = ? AND c.retired_at IS NULL`), string(monitor.Active))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	active := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		active[id] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	w.active, w.version = active, version
	return nil
}

// unroll has hours summed up again that got a reading late.
func (w *Writer) unroll(ctx context.Context, tx *sql.Tx, oldest int64) error {
	if oldest == math.MaxInt64 {
		return nil
	}
	hour := pack.HourOf(oldest) * pack.Hour
	_, err := tx.ExecContext(ctx, w.sql(unrollSQL), hour, stateRolled, hour)
	return err
}

const unrollSQL = "UPDATE watch_state SET value = ? WHERE name = ? AND value > ?"

// unroll has hours from oldest on (microseconds) summed up again.
func unroll(tx *gorm.DB, oldest int64) error {
	hour := pack.HourOf(oldest) * pack.Hour
	return tx.Exec(unrollSQL, hour, stateRolled, hour).Error
}

// sql writes the placeholders of q as the engine wants them.
func (w *Writer) sql(q string) string { return numbered(w.store.db.Name(), q) }

func numbered(engine, q string) string {
	if engine != database.Postgres {
		return q
	}
	var b strings.Builder
	n := byte('0')
	for _, r := range q {
		if r == '?' {
			n++
			b.WriteString("$" + string(n)) // never ten in one of ours
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
