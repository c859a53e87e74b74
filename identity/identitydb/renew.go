package identitydb

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// RenewSession gives a session another secret, and what is sealed under the old
// one along with it. Everything else of it stays, its end too.
func (s *Store) RenewSession(ctx context.Context, token string) (Entry, error) {
	e := Entry{Token: identity.NewSecret()}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var session identity.Session
		err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&session, "hash = ?", identity.Digest(token)).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault.New(fault.Unauthenticated, "identity.sign_in_first")
		} else if err != nil {
			return err
		}
		var theirs []identity.ProviderSession
		if err := tx.Limit(1).Find(&theirs, "session_hash = ?", session.Hash).Error; err != nil {
			return err
		}
		if err := tx.Delete(&identity.Session{}, "hash = ?", session.Hash).Error; err != nil { // its provider's row goes with it
			return err
		}
		session.Hash, e.Expires = identity.Digest(e.Token), session.ExpiresAt
		if err := tx.Create(&session).Error; err != nil || len(theirs) == 0 {
			return err
		}
		return reseal(tx, theirs[0], session.Hash, token, e.Token)
	})
	return e, explain(err, "renew a session")
}

// reseal keeps what a session remembers of the provider under its new secret.
func reseal(tx *gorm.DB, theirs identity.ProviderSession, hash, old, fresh string) error {
	idToken, err := openUnder(old, theirs.IDToken)
	if err != nil {
		return err
	}
	if theirs.IDToken, err = sealUnder(fresh, idToken); err != nil {
		return err
	}
	theirs.SessionHash = hash
	return tx.Create(&theirs).Error
}
