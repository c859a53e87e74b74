package identitydb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// ByToken returns who the API token belongs to.
func (s *Store) ByToken(ctx context.Context, secret string) (identity.Actor, error) {
	actor, err := s.byToken(ctx, secret)
	s.tally.Count(identity.WayToken, identity.OutcomeOf(err))
	return actor, err
}

func (s *Store) byToken(ctx context.Context, secret string) (identity.Actor, error) {
	now := s.now()
	var token identity.Token
	if err := s.db.WithContext(ctx).Take(&token, "hash = ?", identity.Digest(secret)).Error; err != nil {
		return identity.Actor{}, signInFirst(err)
	}
	if !token.Live(now) {
		return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.token.expired")
	}
	var a identity.Account
	if err := s.db.WithContext(ctx).Take(&a, "id = ?", token.AccountID).Error; err != nil {
		return identity.Actor{}, signInFirst(err)
	}
	if rest, err := s.tokensRest(ctx, &a); err != nil {
		return identity.Actor{}, err
	} else if rest {
		return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.token.rests")
	}
	if token.LastUsedAt == nil || now.Sub(*token.LastUsedAt) > time.Minute {
		err := s.db.WithContext(ctx).Model(&token).Where("id = ?", token.ID).Update("last_used_at", now).Error
		if err != nil {
			return identity.Actor{}, fmt.Errorf("note use of token: %w", err)
		}
	}
	actor, err := s.actorOf(ctx, &a)
	if err == nil && token.LastUsedAt == nil {
		err = auditdb.Note(ctx, s.db, actor, now, "token.first_use", "token", token.ID, actor.Institution, nil)
	}
	// A token is no password that somebody else chose: it was made after the
	// change, or by whoever holds the machine.
	actor.MustChange, actor.MustEnrol = false, false
	return actor, signInFirst(err)
}

// AddToken gives by an API token and returns its secret, which is shown once.
func (s *Store) AddToken(ctx context.Context, by identity.Actor, name string, life time.Duration) (
	string, *identity.Token, error,
) {
	if err := by.Must(identity.HoldToken, by.Institution); err != nil {
		return "", nil, err
	}
	if by.MustEnrol {
		return "", nil, fault.New(fault.Forbidden, "account.totp.first")
	}
	if by.Emergency {
		return "", nil, fault.New(fault.Forbidden, "account.glass.no_tokens") // it would outlive the emergency
	}
	if by.MustChange {
		return "", nil, fault.New(fault.Forbidden, "account.password.change_first")
	}
	// Whoever finds a desk left open must not take a key home.
	if err := by.MustBeProved(); err != nil {
		return "", nil, err
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

// tokensRest tells whether an account's tokens open nothing until a provider
// lets its holder in again.
func (s *Store) tokensRest(ctx context.Context, a *identity.Account) (bool, error) {
	if a.PasswordHash != "" && s.policy.Passwords() {
		return false, nil
	}
	var bonds []identity.Bond
	err := s.db.WithContext(ctx).Find(&bonds, "account_id = ?", a.ID).Error
	return s.policy.TokensRest(a, bonds, s.now()), explain(err, "find who an account belongs to")
}

// TokensRest tells whether the tokens of by rest until a provider lets by in again.
func (s *Store) TokensRest(ctx context.Context, by identity.Actor) (bool, error) {
	var a identity.Account
	if err := s.db.WithContext(ctx).Take(&a, "id = ?", by.Account).Error; err != nil {
		return false, explain(err, "find account")
	}
	return s.tokensRest(ctx, &a)
}

// endTokens ends an account's tokens where that was asked for, and returns how
// many were good.
func endTokens(tx *gorm.DB, account string, fate identity.Tokens, now time.Time) (int, error) {
	if fate == identity.TokensStay {
		return 0, nil
	}
	ended := tx.Model(&identity.Token{}).Where("account_id = ? AND revoked_at IS NULL AND expires_at > ?", account, now).Update("revoked_at", now)
	return int(ended.RowsAffected), ended.Error
}

// tokensEnded is what the trail says of it.
func tokensEnded(n int) any {
	if n == 0 {
		return nil
	}
	return map[string]any{"tokens_ended": n}
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
