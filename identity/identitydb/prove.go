package identitydb

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// checkOwn tells whether password is by's own. Tries are counted: an open
// session is no way to guess.
func (s *Store) checkOwn(ctx context.Context, by identity.Actor, password, field string) (*identity.Account, error) {
	var a identity.Account
	if err := s.db.WithContext(ctx).Take(&a, "id = ?", by.Account).Error; err != nil {
		return nil, explain(err, "check a password")
	}
	keys := insideKeys(a.ID)
	if err := s.try(ctx, keys); err != nil {
		return nil, err
	}
	ok, err := s.cost.matches(ctx, password, a.PasswordHash)
	switch {
	case err != nil:
		return nil, fmt.Errorf("check a password: %w", err)
	case !ok:
		return nil, fault.At(field, "account.password.wrong")
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		_, err := keys.forgive(tx)
		return err
	})
	return &a, explain(err, "check a password")
}

// Prove notes that the holder of a session has said the password again, and a
// code where codes are asked for: for a while they may do what whoever finds a
// desk left open must not.
func (s *Store) Prove(ctx context.Context, by identity.Actor, session, password, typed string) error {
	a, err := s.checkOwn(ctx, by, password, "password")
	if err != nil {
		return err
	}
	t := tries{codeKey(a.ID)}
	if a.TOTPAt != nil {
		if err := s.try(ctx, t); err != nil {
			return err
		}
	}
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := stillOpens(tx, *a); err != nil {
			return err
		}
		if a.TOTPAt != nil {
			if err := s.takeCode(tx, *a, typed); err != nil {
				return err
			}
			if _, err := t.forgive(tx); err != nil {
				return err
			}
		}
		return tx.Model(&identity.Session{}).Where("hash = ? AND account_id = ?", identity.Digest(session), a.ID).Update("proved_at", s.now()).Error
	}), "prove")
}
