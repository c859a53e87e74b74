package identitydb

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// tryKey is what tries of a password are counted under, and how many are free.
type tryKey struct {
	hash string
	free int
}

func accountKey(email string) tryKey {
	return tryKey{identity.Digest("account " + email), identity.FreeTries}
}

// try refuses while any of keys is blocked, and counts the try as a failure
// before the password is looked at: of tries sent at once each sees the ones
// before it. forgive takes it back.
func (s *Store) try(ctx context.Context, keys []tryKey) error {
	now := s.now()
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// What is older than a day forgave itself long ago, and is not ours to keep.
		if err := tx.Delete(&identity.Attempt{}, "last_at < ?", now.Add(-24*time.Hour)).Error; err != nil {
			return err
		}
		for _, key := range keys {
			a, err := lockAttempt(tx, key.hash, now)
			if err != nil {
				return err
			}
			if a.Blocked(now) {
				minutes := int(a.BlockedUntil.Sub(now).Minutes()) + 1
				return fault.New(fault.Throttled, "identity.login.throttled", minutes)
			}
			a.Fail(now, key.free)
			if err := tx.Select("*").Updates(a).Error; err != nil {
				return err
			}
		}
		return nil
	}), "count a try")
}

// lockAttempt reads the count under key, beginning one when there is none, and
// makes other tries wait for this one.
func lockAttempt(tx *gorm.DB, key string, now time.Time) (*identity.Attempt, error) {
	a := &identity.Attempt{Key: key, LastAt: now}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(a).Error; err != nil {
		return nil, err
	}
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(a, "key = ?", key).Error
	return a, err
}

// forgive ends what was counted of an account that proved itself. Its address
// only gets this one try back: whoever has an account must not clear the way
// for guessing at another.
func forgive(tx *gorm.DB, keys []tryKey) error {
	if err := tx.Delete(&identity.Attempt{}, "key = ?", keys[0].hash).Error; err != nil {
		return err
	}
	for _, key := range keys[1:] {
		var a identity.Attempt
		found := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Limit(1).Find(&a, "key = ?", key.hash)
		if found.Error != nil || found.RowsAffected == 0 {
			return found.Error
		}
		a.Forgive()
		if err := tx.Select("*").Updates(&a).Error; err != nil {
			return err
		}
	}
	return nil
}
