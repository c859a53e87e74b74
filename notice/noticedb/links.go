package noticedb

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/notice"
)

// unknown is said of a secret that opens nothing, whatever is wrong with it.
func unknown() error { return fault.New(fault.NotFound, "notice.link.unknown") }

// Link returns the link that a secret opens, whether or not it still may act.
func (s *Store) Link(ctx context.Context, secret string) (*notice.Link, error) {
	return findLink(s.db.WithContext(ctx), secret)
}

func findLink(db *gorm.DB, secret string) (*notice.Link, error) {
	hash, ok := identity.Digested(secret)
	if !ok {
		return nil, unknown()
	}
	var l notice.Link
	err := db.Take(&l, "hash = ?", hash).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, unknown()
	}
	return &l, database.Explain(err, "read link")
}

// Take begins the act of a link: of two who come at once, one may.
func (s *Store) Take(ctx context.Context, secret string) (*notice.Link, error) {
	var l *notice.Link
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		if l, err = findLink(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), secret); err != nil {
			return err
		}
		if err := l.Take(s.now()); err != nil {
			return err
		}
		return tx.Model(l).Select("taken_at").Updates(l).Error
	})
	return l, database.Explain(err, "take link")
}

// Used notes that the act of a link was done; it opens nothing any more, and
// neither does the other link about the same promise.
func (s *Store) Used(ctx context.Context, l *notice.Link, by identity.Actor, institution string) error {
	now := s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := tx.Model(&notice.Link{}).
			Where("account = ? AND dataset_id = ? AND period = ? AND used_at IS NULL", l.Account, l.DatasetID, l.Period).
			Update("used_at", now).Error
		if err != nil {
			return err
		}
		line, err := audit.New(by, now, "notice.link", "dataset", l.Ref, institution, nil,
			map[string]any{"link": l.Act, "period": l.Period})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return database.Explain(err, "use link")
}

// Release gives a link back whose act was refused, so that the mistake can be mended.
func (s *Store) Release(ctx context.Context, l *notice.Link) error {
	err := s.db.WithContext(ctx).Model(&notice.Link{}).Where("hash = ? AND used_at IS NULL", l.Hash).Update("taken_at", nil).Error
	return database.Explain(err, "give link back")
}

// Forget removes links that expired more than a year ago: until then their
// readers are told that they are too late.
func (s *Store) Forget(ctx context.Context) error {
	err := s.db.WithContext(ctx).Where("expires_at <= ?", s.now().AddDate(-1, 0, 0)).Delete(&notice.Link{}).Error
	return database.Explain(err, "forget links")
}
