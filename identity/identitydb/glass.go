package identitydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// OpenGlass makes an emergency password, returned once: one session by it, and
// both end when its time is over. An emergency that was open ends. Every
// administrator is told.
func (s *Store) OpenGlass(ctx context.Context, by identity.Actor, reason string, life time.Duration) (string, *identity.BreakGlass, error) {
	g, err := identity.NewBreakGlass(by, reason, life, s.now())
	if err != nil {
		return "", nil, err
	}
	password := oneTimePassword()
	if g.PasswordHash, err = s.cost.hash(ctx, password); err != nil {
		return "", nil, err
	}
	g.ID = newID()
	err = s.write(ctx, "open an emergency", func(tx *gorm.DB) (audit.Line, error) {
		a, err := s.glassAccount(tx)
		if err != nil {
			return audit.Line{}, err
		}
		g.AccountID = a.ID
		if err := errors.Join(s.shutGlass(tx), tx.Create(g).Error,
			s.tellAdmins(tx, identity.News{Event: identity.GlassOpened, Reason: g.Reason, Until: g.ExpiresAt})); err != nil {
			return audit.Line{}, err
		}
		line, err := audit.New(by, s.now(), "break_glass.open", "account", a.ID, "", nil, map[string]any{"expires_at": g.ExpiresAt})
		line.Reason = g.Reason
		return line, err
	})
	if err != nil {
		return "", nil, err
	}
	return password, g, nil
}

// glassAccount is the account that emergencies open, made when first needed.
func (s *Store) glassAccount(tx *gorm.DB) (*identity.Account, error) {
	now := s.now()
	fresh := identity.Account{
		ID: newID(), Email: identity.BreakGlassEmail, Name: "Break-glass", Role: identity.Admin, Language: lang.French, BreakGlass: true,
		CreatedAt: now, UpdatedAt: now,
	}
	if err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "email"}}, DoNothing: true}).Create(&fresh).Error; err != nil {
		return nil, err
	}
	var a identity.Account
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&a, "email = ?", identity.BreakGlassEmail).Error
	if err == nil && !a.BreakGlass {
		return nil, fault.New(fault.Conflict, "account.glass.taken")
	}
	if err == nil && a.DisabledAt != nil {
		err = tx.Model(&identity.Account{}).Where("id = ?", a.ID).Update("disabled_at", nil).Error
	}
	return &a, err
}

// shutGlass ends every emergency and what it opened.
func (s *Store) shutGlass(tx *gorm.DB) error {
	return errors.Join(
		tx.Model(&identity.BreakGlass{}).Where("closed_at IS NULL").Update("closed_at", s.now()).Error,
		tx.Exec("DELETE FROM sessions WHERE account_id IN (SELECT id FROM accounts WHERE break_glass)").Error,
	)
}

// CloseGlass ends the emergency before its time.
func (s *Store) CloseGlass(ctx context.Context, by identity.Actor) error {
	if err := by.Must(identity.ManageAccounts, ""); err != nil {
		return err
	}
	return s.write(ctx, "close an emergency", func(tx *gorm.DB) (audit.Line, error) {
		g, err := s.openGlass(tx)
		if err != nil {
			return audit.Line{}, err
		}
		if g == nil {
			return audit.Line{}, fault.New(fault.Conflict, "account.glass.none")
		}
		if err := s.shutGlass(tx); err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, s.now(), "break_glass.close", "account", g.AccountID, "", nil, nil)
	})
}

// openGlass is the emergency that goes on; nil when there is none.
func (s *Store) openGlass(tx *gorm.DB) (*identity.BreakGlass, error) {
	var all []identity.BreakGlass
	err := tx.Order("opened_at DESC").Limit(1).Find(&all, "closed_at IS NULL AND expires_at > ?", s.now()).Error
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// enterByGlass opens a session by the emergency password, once. It takes as
// long when there is no emergency.
func (s *Store) enterByGlass(ctx context.Context, a identity.Account, password string, from identity.Caller, t tries) (Entry, error) {
	g, err := s.openGlass(s.db.WithContext(ctx))
	if err != nil {
		return Entry{}, fmt.Errorf("find an emergency: %w", err)
	}
	if g == nil || g.UsedAt != nil {
		g = &identity.BreakGlass{}
	}
	ok, err := s.cost.matches(ctx, password, g.PasswordHash)
	if err != nil {
		return Entry{}, fmt.Errorf("sign in: %w", err)
	}
	if !ok || a.DisabledAt != nil {
		return Entry{}, s.refused(ctx, a, from, identity.ByBreakGlass, wrong())
	}
	how := identity.Opening{Method: identity.ByBreakGlass, From: from, Until: g.ExpiresAt}
	return s.openSession(ctx, a, how, t, func(tx *gorm.DB) error {
		now := s.now()
		used := tx.Model(&identity.BreakGlass{}).Where("id = ? AND used_at IS NULL AND closed_at IS NULL", g.ID).Update("used_at", now)
		if used.Error != nil {
			return used.Error
		}
		if used.RowsAffected == 0 {
			return wrong()
		}
		line, err := audit.New(identity.Actor{Account: a.ID, Role: a.Role}, now, "break_glass.use", "account", a.ID, "", nil, nil)
		line.Reason = g.Reason
		return errors.Join(err, auditdb.Append(tx, line), s.tellAdmins(tx, identity.News{
			Event: identity.GlassUsed, Reason: g.Reason, Until: g.ExpiresAt,
			Agent: identity.BrowserOf(from.Browser), Network: identity.Place(from.Address),
		}))
	})
}

// tellAdmins writes to every administrator.
func (s *Store) tellAdmins(tx *gorm.DB, n identity.News) error {
	var all []identity.Account
	if err := tx.Order("id").Find(&all, "role = ? AND disabled_at IS NULL AND break_glass = ?", identity.Admin, false).Error; err != nil {
		return err
	}
	for _, a := range all {
		if err := s.tell(tx, n, a); err != nil {
			return err
		}
	}
	return nil
}

// glassFor is until when an emergency is open, for administrators only: they
// see it on every page.
func (s *Store) glassFor(ctx context.Context, by identity.Actor) (time.Time, error) {
	if by.Role != identity.Admin {
		return time.Time{}, nil
	}
	g, err := s.openGlass(s.db.WithContext(ctx))
	if err != nil || g == nil {
		return time.Time{}, explain(err, "find an emergency")
	}
	return g.ExpiresAt, nil
}

// Glass tells whether an emergency is open, and how many were ever used.
func (s *Store) Glass(ctx context.Context) (open bool, used int64, err error) {
	db := s.db.WithContext(ctx)
	g, err := s.openGlass(db)
	if err == nil {
		err = db.Model(&identity.BreakGlass{}).Where("used_at IS NOT NULL").Count(&used).Error
	}
	return g != nil, used, explain(err, "count emergencies")
}
