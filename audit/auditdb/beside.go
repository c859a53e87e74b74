package auditdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
)

// VerifyBeside checks what the trail keeps beside the chain against what its
// lines say: by what settings are recognised, and the failed sign-ins whose
// numbers are still to be told. Each flaw is handed to broken.
func (s *Store) VerifyBeside(ctx context.Context, broken func(string)) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return errors.Join(settingsStand(tx, broken), s.failuresStand(tx, broken))
	}, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return fmt.Errorf("verify what is kept beside the audit chain: %w", err)
	}
	return nil
}

// failing is an account and a network in an hour.
type failing struct {
	hour             int64
	account, network string
}

// failuresStand holds the failures that are counted against the lines that
// told of the first of each: neither is there without the other. How many they
// are is in no line before the hour is over.
func (s *Store) failuresStand(tx *gorm.DB, broken func(string)) error {
	var rows []struct {
		Hour             time.Time
		Account, Network string
	}
	if err := tx.Raw("SELECT hour, account, network FROM audit_failures WHERE account <> '' ORDER BY hour").Scan(&rows).Error; err != nil {
		return err
	}
	running := s.now().Truncate(time.Hour)
	from := running
	if len(rows) > 0 && rows[0].Hour.Before(from) {
		from = rows[0].Hour
	}
	var lines []audit.Line
	if err := tx.Where("act = ? AND at >= ?", "session.fail", from).Find(&lines).Error; err != nil {
		return err
	}
	told, counted := map[failing]bool{}, map[failing]bool{}
	for _, r := range rows {
		counted[failing{r.Hour.Unix(), r.Account, r.Network}] = true
	}
	for n := range lines {
		l := &lines[n]
		var after struct{ Network string }
		if l.ToldErased() || json.Unmarshal(l.After, &after) != nil {
			continue
		}
		hour := l.At.Truncate(time.Hour)
		f := failing{hour.Unix(), l.Ref, after.Network}
		told[f] = true
		if hour.Equal(running) && !counted[f] {
			broken(fmt.Sprintf("line %d tells of a failed sign-in whose count of the hour is gone", l.ID))
		}
	}
	for f := range counted {
		if !told[f] {
			broken(fmt.Sprintf("failed sign-ins at account %s are counted that no line tells of", f.account))
		}
	}
	return nil
}
