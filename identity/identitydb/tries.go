package identitydb

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// tryKey is what tries are counted under, and how many are free.
type tryKey struct {
	hash string
	free int
	own  bool // a success forgets it; else it only gives this one try back
	open bool // it is counted and stands in nobody's way
}

// tries are what one try was counted under.
type tries []tryKey

func addressKey(address string) tryKey {
	return tryKey{hash: identity.Digest("address " + identity.Network(address)), free: identity.FreeTriesOfAddress}
}

// tryPassword counts a try of an account's password. Where the account has
// signed in from there before, only what fails there stands in the way.
func (s *Store) tryPassword(ctx context.Context, email string, from identity.Caller) (tries, error) {
	known, err := s.knows(ctx, email, from)
	if err != nil {
		return nil, err
	}
	t := passwordKeys(email, from, known)
	return t, s.try(ctx, t)
}

func passwordKeys(email string, from identity.Caller, known bool) tries {
	// Everybody knows the name of the emergency access, and it never comes from
	// anywhere twice: strangers must not close it. Its password is no word to guess.
	open := known || email == identity.BreakGlassEmail
	return tries{
		{hash: identity.Digest("account " + email), free: identity.FreeTriesOfAccount, own: true, open: open},
		{hash: identity.Digest("account " + email + " from " + identity.Network(from.Address)), free: identity.FreeTries, own: true},
		addressKey(from.Address),
	}
}

// knows tells whether the account of email has signed in from roughly there.
func (s *Store) knows(ctx context.Context, email string, from identity.Caller) (bool, error) {
	place := identity.Place(from.Address)
	var n int64
	err := s.db.WithContext(ctx).Model(&identity.Device{}).Joins("JOIN accounts ON accounts.id = account_devices.account_id").
		Where("accounts.email = ? AND network = ? AND network <> ''", email, place).Count(&n).Error
	return n > 0, explain(err, "find device")
}

// codeKey counts codes of one account's device.
func codeKey(account string) tryKey {
	return tryKey{hash: identity.Digest("code " + account), free: identity.FreeCodes, own: true}
}

// insideKeys count tries of the password by whoever has a session already.
func insideKeys(account string) tries {
	return tries{{hash: identity.Digest("inside " + account), free: identity.FreeTries, own: true}}
}

// try refuses while any of keys is blocked, and counts the try as a failure
// before the password is looked at: of tries sent at once each sees the ones
// before it. forgive takes it back.
func (s *Store) try(ctx context.Context, keys tries) error {
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
			if a.Blocked(now) && !key.open {
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
// makes other tries wait for this one. A success elsewhere may forget the row
// between the two steps: it is begun anew then.
func lockAttempt(tx *gorm.DB, key string, now time.Time) (a *identity.Attempt, err error) {
	for range 10 {
		a = &identity.Attempt{Key: key, LastAt: now}
		if err = tx.Clauses(clause.OnConflict{DoNothing: true}).Create(a).Error; err != nil {
			return nil, err
		}
		err = tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(a, "key = ?", key).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			break
		}
	}
	return a, err
}

// forgive ends what was counted of an account that proved itself, and returns
// how many tries had failed before. Its address only gets this one try back:
// whoever has an account must not clear the way for guessing at another.
func (t tries) forgive(tx *gorm.DB) (failed int, err error) {
	for n, key := range t {
		var a identity.Attempt
		found := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Limit(1).Find(&a, "key = ?", key.hash)
		if found.Error != nil {
			return failed, found.Error
		}
		if found.RowsAffected == 0 {
			continue
		}
		if a.Forgive(); n == 0 {
			failed = a.Total
		}
		if key.own {
			err = tx.Delete(&identity.Attempt{}, "key = ?", key.hash).Error
		} else {
			err = tx.Select("*").Updates(&a).Error
		}
		if err != nil {
			return failed, err
		}
	}
	return failed, nil
}
