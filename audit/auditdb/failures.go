package auditdb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
)

// Failure is a sign-in that failed: at which account, empty where there is
// none by what was typed, whose it is, roughly from where, and by what means.
// What was typed is in nobody's trail.
type Failure struct {
	Account, Institution string
	Network              string
	Method               identity.Method
}

// How many rows an hour of failures may have: of one account, of all accounts
// together, and of what was typed and is no account. Beyond, networks and then
// accounts are counted together: a flood fills no table, and a flood of invented
// addresses hides no account (docs/decisions/0067-failed-sign-ins.md).
const (
	mostNetworks = 5
	mostFailing  = 400
	mostUnknown  = 100
)

// Fail enters a sign-in that failed: the first of an hour at an account from a
// network is a line at once, what follows is counted and told when the hour is over.
func (s *Store) Fail(ctx context.Context, f Failure) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		now := s.now()
		hour := now.Truncate(time.Hour)
		counted, err := countFailure(tx, hour, f)
		if err != nil || counted {
			return err
		}
		if f, err = bounded(tx, hour, f); err != nil {
			return err
		}
		var n int64
		err = tx.Raw("INSERT INTO audit_failures (hour, account, network, institution, n) VALUES (?, ?, ?, ?, 1) "+
			"ON CONFLICT (hour, account, network) DO UPDATE SET n = audit_failures.n + 1 RETURNING n", hour, f.Account, f.Network, f.Institution).Row().Scan(&n)
		if err != nil || n > 1 || f.Account == "" {
			return err
		}
		line, err := audit.New(identity.Actor{}, now, "session.fail", "account", f.Account, f.Institution, nil,
			map[string]any{"network": f.Network, "method": f.Method})
		if err != nil {
			return err
		}
		return Append(tx, line)
	})
	if err != nil {
		return fmt.Errorf("enter a sign-in that failed: %w", err)
	}
	return nil
}

// countFailure counts f where its like was seen in the hour before.
func countFailure(tx *gorm.DB, hour time.Time, f Failure) (bool, error) {
	done := tx.Exec("UPDATE audit_failures SET n = n + 1 WHERE hour = ? AND account = ? AND network = ?", hour, f.Account, f.Network)
	return done.RowsAffected > 0, done.Error
}

// bounded returns f without its network, or without its account too, once the
// hour has as many as it may.
func bounded(tx *gorm.DB, hour time.Time, f Failure) (Failure, error) {
	var own, known, unknown int64
	err := tx.Raw("SELECT coalesce(sum(CASE WHEN account = ? THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN account <> '' THEN 1 ELSE 0 END), 0), "+
		"coalesce(sum(CASE WHEN account = '' THEN 1 ELSE 0 END), 0) FROM audit_failures WHERE hour = ?", f.Account, hour).
		Row().Scan(&own, &known, &unknown)
	switch {
	case f.Account == "" && unknown >= mostUnknown:
		f.Network = ""
	case f.Account != "" && known >= mostFailing:
		f.Account, f.Institution, f.Network = "", "", ""
	case f.Account != "" && own >= mostNetworks:
		f.Network = ""
	}
	return f, err
}

// failures are the lines of the hours before one, and the numbers are forgotten.
// What was a line by itself already, and came once, is not told again.
func (s *Store) failures(tx *gorm.DB, over time.Time) ([]audit.Line, error) {
	var counts []struct {
		Hour                          time.Time
		Account, Network, Institution string
		N                             int64
	}
	err := tx.Raw("SELECT hour, account, network, institution, n FROM audit_failures WHERE hour < ? AND (n > 1 OR account = '') "+
		"ORDER BY hour, account, network", over).Scan(&counts).Error
	if err != nil {
		return nil, err
	}
	lines := make([]audit.Line, 0, len(counts))
	for _, c := range counts {
		subject, ref := "account", c.Account
		if c.Account == "" {
			subject, ref = "count", c.Hour.UTC().Format(time.RFC3339)
		}
		l, err := audit.New(identity.Actor{}, s.now(), "session.refused", subject, ref, c.Institution, nil,
			map[string]any{"hour": c.Hour.UTC(), "count": c.N, "network": c.Network})
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, tx.Exec("DELETE FROM audit_failures WHERE hour < ?", over).Error
}
