package identitydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// SignIn checks a password and opens a session, whose token it returns once.
// address is the caller's network address, kept only as a hash.
func (s *Store) SignIn(ctx context.Context, email, password, address string) (string, time.Time, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	keys := []tryKey{accountKey(email), {identity.Digest("address " + identity.Network(address)), identity.FreeTriesOfAddress}}
	if err := s.try(ctx, keys); err != nil {
		return "", time.Time{}, err
	}
	var a identity.Account
	err := s.db.WithContext(ctx).Take(&a, "email = ?", email).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return "", time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	ok, err := s.cost.matches(ctx, password, a.PasswordHash)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	if !ok || a.DisabledAt != nil {
		return "", time.Time{}, fault.New(fault.Unauthenticated, "identity.login.wrong")
	}
	return s.openSession(ctx, a, keys)
}

func (s *Store) openSession(ctx context.Context, a identity.Account, keys []tryKey) (string, time.Time, error) {
	token, now := identity.NewSecret(), s.now()
	session := identity.Session{
		Hash: identity.Digest(token), AccountID: a.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(identity.SessionAge),
	}
	err := s.write(ctx, "sign in", func(tx *gorm.DB) (audit.Line, error) {
		if err := stillOpens(tx, a); err != nil {
			return audit.Line{}, err
		}
		if err := forgive(tx, keys); err != nil {
			return audit.Line{}, err
		}
		if err := tx.Delete(&identity.Session{}, "expires_at < ?", now).Error; err != nil {
			return audit.Line{}, err
		}
		if err := tx.Create(&session).Error; err != nil {
			return audit.Line{}, err
		}
		return audit.New(identity.Actor{Account: a.ID, Role: a.Role}, now, "session.open", "account", a.ID,
			institutionOf(a), nil, nil)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, session.ExpiresAt, nil
}

// stillOpens tells whether what was compared is the account's password still:
// it may have been replaced, and every session ended, while we were comparing.
func stillOpens(tx *gorm.DB, a identity.Account) error {
	now, err := lockAccount(tx, a.ID)
	if err != nil {
		return err
	}
	if now.PasswordHash != a.PasswordHash || now.DisabledAt != nil {
		return fault.New(fault.Unauthenticated, "identity.login.wrong")
	}
	return nil
}

// SignOut ends the session of token. A token that opens nothing is no fault.
func (s *Store) SignOut(ctx context.Context, token string) error {
	err := s.db.WithContext(ctx).Delete(&identity.Session{}, "hash = ?", identity.Digest(token)).Error
	return explain(err, "sign out")
}

// BySession returns who the session token belongs to.
func (s *Store) BySession(ctx context.Context, token string) (identity.Actor, error) {
	now := s.now()
	var session identity.Session
	if err := s.db.WithContext(ctx).Take(&session, "hash = ?", identity.Digest(token)).Error; err != nil {
		return identity.Actor{}, signInFirst(err)
	}
	if !now.Before(session.ExpiresAt) || now.Sub(session.SeenAt) > identity.SessionIdle {
		return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	// Once a minute is precise enough for idleness and spares a write per request.
	if now.Sub(session.SeenAt) > time.Minute {
		err := s.db.WithContext(ctx).Model(&session).Where("hash = ?", session.Hash).Update("seen_at", now).Error
		if err != nil {
			return identity.Actor{}, fmt.Errorf("keep session alive: %w", err)
		}
	}
	actor, err := s.actor(ctx, session.AccountID)
	return actor, signInFirst(err)
}

// ByToken returns who the API token belongs to.
func (s *Store) ByToken(ctx context.Context, secret string) (identity.Actor, error) {
	now := s.now()
	var token identity.Token
	if err := s.db.WithContext(ctx).Take(&token, "hash = ?", identity.Digest(secret)).Error; err != nil {
		return identity.Actor{}, signInFirst(err)
	}
	if !token.Live(now) {
		return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.token.expired")
	}
	if token.LastUsedAt == nil || now.Sub(*token.LastUsedAt) > time.Minute {
		err := s.db.WithContext(ctx).Model(&token).Where("id = ?", token.ID).Update("last_used_at", now).Error
		if err != nil {
			return identity.Actor{}, fmt.Errorf("note use of token: %w", err)
		}
	}
	actor, err := s.actor(ctx, token.AccountID)
	// A token is no password that somebody else chose: it was made after the
	// change, or by whoever holds the machine.
	actor.MustChange = false
	return actor, signInFirst(err)
}

// signInFirst says nothing about why a proof opened nothing.
func signInFirst(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return explain(err, "recognise caller")
}

// AddToken gives by an API token and returns its secret, which is shown once.
func (s *Store) AddToken(ctx context.Context, by identity.Actor, name string, life time.Duration) (
	string, *identity.Token, error,
) {
	if err := by.Must(identity.HoldToken, by.Institution); err != nil {
		return "", nil, err
	}
	if by.MustChange {
		return "", nil, fault.New(fault.Forbidden, "account.password.change_first")
	}
	secret := "jard_" + identity.NewSecret()
	token, err := identity.NewToken(by.Account, name, life, s.now())
	if err != nil {
		return "", nil, err
	}
	token.ID, token.Hash = newID(), identity.Digest(secret)
	err = s.write(ctx, "add token", func(tx *gorm.DB) (audit.Line, error) {
		if err := tx.Create(token).Error; err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, s.now(), "token.add", "token", token.ID, by.Institution, nil,
			map[string]any{"name": token.Name, "expires_at": token.ExpiresAt, "account": token.AccountID})
	})
	if err != nil {
		return "", nil, err
	}
	return secret, token, nil
}

// Tokens lists the tokens of by, newest first.
func (s *Store) Tokens(ctx context.Context, by identity.Actor) ([]identity.Token, error) {
	var tokens []identity.Token
	err := s.db.WithContext(ctx).Order("created_at DESC").Find(&tokens, "account_id = ?", by.Account).Error
	return tokens, explain(err, "list tokens")
}

// RevokeToken ends one of by's tokens; an administrator may end any.
func (s *Store) RevokeToken(ctx context.Context, by identity.Actor, id string) error {
	return s.write(ctx, "revoke token", func(tx *gorm.DB) (audit.Line, error) {
		var token identity.Token
		q := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
		if !by.Everywhere(identity.ManageAccounts) {
			q = q.Where("account_id = ?", by.Account)
		}
		if err := q.Take(&token, "id = ?", id).Error; err != nil {
			return audit.Line{}, err
		}
		if token.RevokedAt != nil {
			return audit.Line{}, fault.New(fault.Conflict, "identity.token.revoked_already")
		}
		now := s.now()
		if err := tx.Model(&token).Where("id = ?", id).Update("revoked_at", now).Error; err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, now, "token.revoke", "token", id, by.Institution, nil, nil)
	})
}

func institutionOf(a identity.Account) string {
	if a.Institution == nil {
		return ""
	}
	return *a.Institution
}
