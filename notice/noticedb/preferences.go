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

// Preference returns what an account wants; a digest a day when it said nothing.
func (s *Store) Preference(ctx context.Context, account string) (notice.Preference, error) {
	return preference(s.db.WithContext(ctx), account)
}

func preference(db *gorm.DB, account string) (notice.Preference, error) {
	p := notice.Preference{Account: account, Rhythm: notice.Daily}
	err := db.Take(&p, "account = ?", account).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return p, database.Explain(err, "read preferences")
}

// Prefer keeps what by wants for their own account.
func (s *Store) Prefer(ctx context.Context, by identity.Actor, asked notice.Preference) error {
	if err := asked.Check(s.now()); err != nil {
		return err
	}
	return s.changePreference(ctx, by, "notice.prefer", func(p *notice.Preference) {
		p.Rhythm, p.AwayUntil = asked.Rhythm, asked.AwayUntil
	})
}

// Stop ends every mail to by's account that no duty demands.
func (s *Store) Stop(ctx context.Context, by identity.Actor) error {
	return s.changePreference(ctx, by, "notice.stop", func(p *notice.Preference) { p.Rhythm = notice.Off })
}

// NewCalendar gives by's account a secret calendar address and returns its
// secret, once. An earlier address shows nothing any more.
func (s *Store) NewCalendar(ctx context.Context, by identity.Actor) (string, error) {
	secret := identity.NewSecret()
	hash, _ := identity.Digested(secret)
	return secret, s.changePreference(ctx, by, "notice.calendar", func(p *notice.Preference) { p.CalendarHash = hash })
}

// RevokeCalendar ends the secret calendar address of by's account.
func (s *Store) RevokeCalendar(ctx context.Context, by identity.Actor) error {
	return s.changePreference(ctx, by, "notice.calendar_end", func(p *notice.Preference) { p.CalendarHash = "" })
}

// ByCalendar returns whose calendar a secret opens.
func (s *Store) ByCalendar(ctx context.Context, secret string) (account string, err error) {
	hash, ok := identity.Digested(secret)
	if !ok {
		return "", unknown()
	}
	var p notice.Preference
	err = s.db.WithContext(ctx).Take(&p, "calendar_hash = ?", hash).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", unknown()
	}
	return p.Account, database.Explain(err, "read calendar")
}

func (s *Store) changePreference(ctx context.Context, by identity.Actor, act string, change func(*notice.Preference)) error {
	if by.Account == "" {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		p, err := preference(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), by.Account)
		if err != nil {
			return err
		}
		before := trail(p)
		change(&p)
		p.UpdatedAt = s.now()
		all := clause.OnConflict{Columns: []clause.Column{{Name: "account"}}, UpdateAll: true}
		if err := tx.Clauses(all).Create(&p).Error; err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), act, "account", by.Account, by.Institution, before, trail(p))
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return database.Explain(err, "keep preferences")
}

// trail is a preference as the audit keeps it: an absence is nobody's business.
func trail(p notice.Preference) map[string]any {
	return map[string]any{"rhythm": p.Rhythm, "calendar": p.CalendarHash != ""}
}
