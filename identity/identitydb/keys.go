package identitydb

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/identity"
)

// sealingKey is a key that the database keeps, for want of one in the settings.
type sealingKey struct {
	ID        string `gorm:"primaryKey"`
	Secret    string
	CreatedAt time.Time
}

// TableName names the table of keys.
func (sealingKey) TableName() string { return "identity_keys" }

// keyring is the keys of the settings, and then the database's: what was sealed
// before a key was set still opens. The latter is made when first needed.
func (s *Store) keyring(tx *gorm.DB) (identity.Keyring, error) {
	var kept sealingKey
	found := tx.Limit(1).Find(&kept, "id = 'first'")
	if found.Error != nil {
		return nil, found.Error
	}
	if found.RowsAffected == 0 && len(s.policy.Keys) > 0 {
		return s.policy.Keys, nil
	}
	if found.RowsAffected == 0 {
		fresh := sealingKey{"first", identity.NewSecret(), s.now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return nil, err
		}
		if err := tx.Take(&kept, "id = 'first'").Error; err != nil {
			return nil, err
		}
	}
	own, err := identity.NewSealingKey(kept.Secret)
	if err != nil {
		return nil, err
	}
	return append(append(identity.Keyring{}, s.policy.Keys...), own), nil
}
