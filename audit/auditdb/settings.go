package auditdb

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
)

// settingRow is how a start recognises a setting: never its value.
type settingRow struct {
	Key  string `gorm:"primaryKey"`
	Salt []byte
	Mark []byte
}

// TableName names the table of settings.
func (settingRow) TableName() string { return "audit_settings" }

// markBytes is how much of a salted hash is kept: enough to see that a value
// is another one, too little to find a password out by trying.
const markBytes = 2

func markOf(salt []byte, value string) []byte {
	sum := sha256.Sum256(append(slices.Clone(salt), value...))
	return sum[:markBytes]
}

// Settings writes a line with the keys of the settings whose values are others
// than at the last start. The first start only takes note of them.
func (s *Store) Settings(ctx context.Context, by identity.Actor, values map[string]string) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if _, err := holdHead(tx, false); err != nil { // two processes that start at once tell it once
			return err
		}
		var rows []settingRow
		if err := tx.Find(&rows).Error; err != nil {
			return err
		}
		changed, fresh := differing(rows, values)
		if len(changed) == 0 {
			return nil
		}
		if err := tx.Delete(&settingRow{}, "key IN ?", changed).Error; err != nil {
			return err
		}
		if len(fresh) > 0 {
			if err := tx.Create(&fresh).Error; err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
		line, err := audit.New(by, s.now(), "settings.change", "settings", "settings", "", nil, map[string]any{"keys": changed})
		if err != nil {
			return err
		}
		return Append(tx, line)
	})
	if err != nil {
		return fmt.Errorf("compare the settings with those of the last start: %w", err)
	}
	return nil
}

// differing returns the keys whose values differ, or that came or went, in
// order, and the rows to keep of them.
func differing(rows []settingRow, values map[string]string) (changed []string, fresh []settingRow) {
	known := map[string]settingRow{}
	for _, r := range rows {
		known[r.Key] = r
		if _, still := values[r.Key]; !still {
			changed = append(changed, r.Key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		r, ok := known[key]
		if ok && bytes.Equal(r.Mark, markOf(r.Salt, values[key])) {
			continue
		}
		salt := make([]byte, 16)
		_, _ = rand.Read(salt) // never fails, says its documentation
		changed = append(changed, key)
		fresh = append(fresh, settingRow{key, salt, markOf(salt, values[key])})
	}
	slices.Sort(changed)
	return changed, fresh
}
