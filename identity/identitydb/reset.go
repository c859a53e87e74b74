package identitydb

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// errNobody takes back the letter to somebody who is not there.
var errNobody = errors.New("nobody of that address has a password here")

// ResetsOffered tells whether passwords are reset by mail.
func (s *Store) ResetsOffered() bool {
	return s.letter != nil && s.policy.Passwords() && !s.policy.NoResets
}

// AskReset writes a letter that lets its reader choose a new password. It does
// the same work for whoever is not there, and answers the same: neither the
// answer nor its delay tells who has an account.
func (s *Store) AskReset(ctx context.Context, email string, from identity.Caller) error {
	if !s.ResetsOffered() {
		return fault.New(fault.Conflict, "account.reset.not_offered")
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return fault.At("email", "fault.required")
	}
	err := s.try(ctx, tries{
		{hash: identity.Digest("reset " + email), free: identity.FreeResets},
		{hash: identity.Digest("reset from " + identity.Network(from.Address)), free: identity.FreeResetsOfAddress},
	})
	if err != nil {
		return err
	}
	var found []identity.Account
	if err := s.db.WithContext(ctx).Limit(1).Find(&found, "email = ? AND disabled_at IS NULL AND password_hash <> ''", email).Error; err != nil {
		return explain(err, "ask for a new password")
	}
	a, there := identity.Account{Email: "nobody@example.tn", Name: "-", Language: lang.French}, len(found) > 0
	if there {
		a = found[0]
	}
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.writeReset(tx, a, there, from) }), "ask for a new password")
}

func (s *Store) writeReset(tx *gorm.DB, a identity.Account, there bool, from identity.Caller) error {
	secret, now := identity.NewSecret(), s.now()
	r := identity.Reset{Hash: identity.Digest(secret), AccountID: a.ID, CreatedAt: now, ExpiresAt: now.Add(identity.ResetAge)}
	if err := errors.Join(tx.Delete(&identity.Reset{}, "expires_at < ?", now.Add(-24*time.Hour)).Error, tx.Create(&r).Error); err != nil {
		return err
	}
	err := tx.Transaction(func(tx *gorm.DB) error {
		line, err := audit.New(identity.Actor{Name: "reset"}, now, "account.reset.ask", "account", a.ID, institutionOf(a), nil, nil)
		if err != nil {
			return err
		}
		if err := errors.Join(auditdb.Append(tx, line), s.tell(tx, identity.News{
			Event: identity.ResetAsked, Secret: secret, Until: r.ExpiresAt,
			Agent: identity.BrowserOf(from.Browser), Network: identity.Place(from.Address),
		}, a)); err != nil {
			return err
		}
		if !there {
			return errNobody
		}
		return nil
	})
	if errors.Is(err, errNobody) {
		return nil
	}
	return err
}

// ResetOpen tells whether the link of a letter still lets somebody choose a
// password.
func (s *Store) ResetOpen(ctx context.Context, secret string) error {
	_, _, err := s.findReset(s.db.WithContext(ctx), secret)
	return explain(err, "open a reset")
}

func (s *Store) findReset(tx *gorm.DB, secret string) (*identity.Reset, *identity.Account, error) {
	gone := fault.New(fault.Gone, "account.reset.gone")
	hash, ok := identity.Digested(secret)
	if !ok || !s.ResetsOffered() {
		return nil, nil, gone
	}
	var r identity.Reset
	var a identity.Account
	err := tx.Take(&r, "hash = ? AND used_at IS NULL AND expires_at > ? AND account_id <> ''", hash, s.now()).Error
	if err == nil {
		err = tx.Take(&a, "id = ? AND disabled_at IS NULL AND password_hash <> ''", r.AccountID).Error
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, gone
	}
	return &r, &a, err
}

// Reset replaces the password by the link of a letter, once, and ends every
// session, and the tokens unless they are to stay. A password that will not do
// leaves the link as it is.
func (s *Store) Reset(ctx context.Context, secret, fresh string, fate identity.Tokens, from identity.Caller) error {
	r, a, err := s.findReset(s.db.WithContext(ctx), secret)
	if err != nil {
		return explain(err, "reset a password")
	}
	if err := identity.CheckPassword(fresh, a.Email, a.Name); err != nil {
		return err
	}
	hash, err := s.cost.hash(ctx, fresh)
	if err != nil {
		return err
	}
	return s.write(ctx, "reset a password", func(tx *gorm.DB) (audit.Line, error) {
		if err := stillOpens(tx, *a); err != nil {
			return audit.Line{}, fault.New(fault.Gone, "account.reset.gone")
		}
		now := s.now()
		used := tx.Model(&identity.Reset{}).Where("hash = ? AND used_at IS NULL", r.Hash).Update("used_at", now)
		if used.Error != nil {
			return audit.Line{}, used.Error
		}
		if used.RowsAffected == 0 {
			return audit.Line{}, fault.New(fault.Gone, "account.reset.gone")
		}
		tokens, err := endTokens(tx, a.ID, fate, now)
		if err := errors.Join(err, setPassword(tx, a, hash, false, now), endSessions(tx, a.ID), welcome(tx, a, from, now),
			s.tell(tx, identity.News{
				Event: identity.PasswordChanged, Tokens: tokens, Agent: identity.BrowserOf(from.Browser), Network: identity.Place(from.Address),
			}, *a)); err != nil {
			return audit.Line{}, err
		}
		return audit.New(identity.Actor{Account: a.ID, Role: a.Role}, now, "account.reset", "account", a.ID, institutionOf(*a), nil, tokensEnded(tokens))
	})
}

// welcome lets somebody in who could read the letter, whoever is guessing at
// the account meanwhile: what failed is forgotten, and the place is known.
func welcome(tx *gorm.DB, a *identity.Account, from identity.Caller, now time.Time) error {
	_, err := passwordKeys(a.Email, from, true)[:2].forgive(tx)
	d := identity.Device{AccountID: a.ID, Agent: identity.BrowserOf(from.Browser), Network: identity.Place(from.Address), FirstAt: now, SeenAt: now}
	return errors.Join(err, tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&d).Error)
}

func setPassword(tx *gorm.DB, a *identity.Account, hash string, mustChange bool, now time.Time) error {
	a.PasswordHash, a.MustChange, a.UpdatedAt = hash, mustChange, now
	return tx.Select("password_hash", "must_change", "updated_at").Updates(a).Error
}

// GivePassword gives somebody a temporary password, returned once, and ends
// every session, and the tokens unless they are to stay. They are told why.
func (s *Store) GivePassword(ctx context.Context, by identity.Actor, id, reason string, fate identity.Tokens) (string, error) {
	oneTime := oneTimePassword()
	hash, err := s.cost.hash(ctx, oneTime)
	if err != nil {
		return "", err
	}
	err = s.onOther(ctx, by, id, reason, "account.password.give", func(tx *gorm.DB, a *identity.Account, reason string) (before, after any, err error) {
		tokens, err := endTokens(tx, a.ID, fate, s.now())
		return nil, tokensEnded(tokens), errors.Join(err, setPassword(tx, a, hash, true, s.now()), endSessions(tx, a.ID),
			s.tell(tx, identity.News{Event: identity.PasswordGiven, Tokens: tokens, Reason: reason}, *a))
	})
	if err != nil {
		return "", err
	}
	return oneTime, nil
}
