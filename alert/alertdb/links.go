package alertdb

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// unknown is said of a secret that opens nothing, whatever is wrong with it.
func unknown() error { return fault.New(fault.NotFound, "alert.link.unknown") }

// Link returns the link that a secret opens and its event, whether or not it
// still may act.
func (s *Store) Link(ctx context.Context, secret string) (*alert.Link, *alert.Event, error) {
	tx := s.db.WithContext(ctx)
	l, err := findLink(tx, secret)
	if err != nil {
		return nil, nil, err
	}
	var e alert.Event
	err = tx.Take(&e, "key = ?", l.Event).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, unknown()
	}
	return l, &e, database.Explain(err, "read the event of a link")
}

func findLink(tx *gorm.DB, secret string) (*alert.Link, error) {
	hash, ok := identity.Digested(secret)
	if !ok {
		return nil, unknown()
	}
	var l alert.Link
	err := tx.Take(&l, "hash = ?", hash).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, unknown()
	}
	return &l, database.Explain(err, "read link")
}

// Follow takes the event of a link in hand, in the name of by, who must be the
// account it was sent to. The link opens nothing afterwards.
func (s *Store) Follow(ctx context.Context, by identity.Actor, secret string) (*alert.Event, error) {
	var e alert.Event
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		l, err := findLink(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), secret)
		if err != nil {
			return err
		}
		if l.Account != by.Account {
			return unknown()
		}
		if err := l.Open(s.now()); err != nil {
			return err
		}
		if err := s.acknowledge(tx, by, l.Event, &e); err != nil {
			return err
		}
		return tx.Model(l).Update("used_at", s.now()).Error
	})
	if err == nil {
		err = s.passOn(ctx, by, &e)
	}
	return &e, database.Explain(err, "follow a link")
}
