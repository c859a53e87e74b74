package identitydb

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// mayTend tells whether by may see and end what an account has open.
func mayTend(by identity.Actor, account string) error {
	if by.Account != "" && by.Account == account {
		return nil
	}
	return by.Must(identity.ManageAccounts, "")
}

// Sessions lists what an account has open, the one last used first.
func (s *Store) Sessions(ctx context.Context, by identity.Actor, account string) ([]identity.Session, error) {
	if err := mayTend(by, account); err != nil {
		return nil, err
	}
	var all, live []identity.Session
	if err := s.db.WithContext(ctx).Order("seen_at DESC, hash").Find(&all, "account_id = ?", account).Error; err != nil {
		return nil, explain(err, "list sessions")
	}
	for _, one := range all {
		if one.Live(s.now()) {
			live = append(live, one)
		}
	}
	return live, nil
}

// EndSession ends one session of an account, named as Session.Ref does.
func (s *Store) EndSession(ctx context.Context, by identity.Actor, account, ref string) error {
	all, err := s.Sessions(ctx, by, account)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Ref() == ref {
			_, err := s.end(ctx, by, account, "hash = ?", one.Hash)
			return err
		}
	}
	return fault.New(fault.NotFound, "fault.not_found")
}

// EndSessions ends every session of an account but the one whose token is
// given, and the sign-ins that wait for a code. It returns how many ended.
func (s *Store) EndSessions(ctx context.Context, by identity.Actor, account, but string) (int, error) {
	if err := mayTend(by, account); err != nil {
		return 0, err
	}
	return s.end(ctx, by, account, "hash <> ?", identity.Digest(but))
}

func (s *Store) end(ctx context.Context, by identity.Actor, account, which, hash string) (int, error) {
	ended := 0
	err := s.write(ctx, "end sessions", func(tx *gorm.DB) (audit.Line, error) {
		a, err := lockAccount(tx, account)
		if err != nil {
			return audit.Line{}, err
		}
		gone := tx.Where("account_id = ?", account).Where(which, hash).Delete(&identity.Session{})
		if err := errors.Join(gone.Error, tx.Delete(&identity.Step{}, "account_id = ?", account).Error); err != nil {
			return audit.Line{}, err
		}
		ended = int(gone.RowsAffected)
		return audit.New(by, s.now(), "session.end", "account", account, institutionOf(*a), nil, map[string]any{"sessions": ended})
	})
	return ended, err
}

// endSessions ends everything an account has open or half open.
func endSessions(tx *gorm.DB, account string) error {
	return errors.Join(tx.Delete(&identity.Session{}, "account_id = ?", account).Error,
		tx.Delete(&identity.Step{}, "account_id = ?", account).Error,
		tx.Delete(&identity.Reset{}, "account_id = ?", account).Error)
}
