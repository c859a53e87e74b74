package auditdb

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

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
// than at the last start. The first start only takes note of them. Each line
// carries a hash of what is kept to recognise them by, which Verify compares.
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
		table, err := settingsHash(tx)
		if err != nil {
			return err
		}
		act, told := "settings.change", map[string]any{"keys": changed, "table": table.String()}
		if len(rows) == 0 {
			act, told = "settings.note", map[string]any{"table": table.String()}
		}
		line, err := audit.New(by, s.now(), act, "settings", "settings", "", nil, told)
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

// settingsHash is a hash of what is kept to recognise settings by.
func settingsHash(tx *gorm.DB) (h audit.Hash, err error) {
	var rows []settingRow
	if err := tx.Find(&rows).Error; err != nil {
		return h, err
	}
	slices.SortFunc(rows, func(a, b settingRow) int { return strings.Compare(a.Key, b.Key) }) // engines order letters their own way
	whole := sha256.New()
	for _, r := range rows {
		fmt.Fprintf(whole, "%d %s %x %x\n", len(r.Key), r.Key, r.Salt, r.Mark)
	}
	copy(h[:], whole.Sum(nil))
	return h, nil
}

// settingsStand holds what settings are recognised by against the last line about them.
func settingsStand(db *gorm.DB, broken func(string)) error {
	var last []audit.Line
	err := db.Where("subject = ? AND act LIKE ?", "settings", "settings.%").Order("id DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 || last[0].ToldErased() {
		return err
	}
	var told struct{ Table string }
	if json.Unmarshal(last[0].After, &told) != nil || told.Table == "" { // of a version that kept no hash
		return nil
	}
	now, err := settingsHash(db)
	if err == nil && now.String() != told.Table {
		broken(fmt.Sprintf("what settings are recognised by was changed since line %d: a change of them may go untold", last[0].ID))
	}
	return err
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
