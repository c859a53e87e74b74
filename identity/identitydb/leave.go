package identitydb

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// under is a cipher whose key only the browser's own secret gives: what it
// seals opens with the session alone, not with the database.
func under(secret string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "jard id token", 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("prepare a key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func sealUnder(secret, plain string) (string, error) {
	box, err := under(secret)
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(box.Seal(nil, nil, []byte(plain), nil)), nil
}

func openUnder(secret, sealed string) (string, error) {
	data, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("open what is sealed: %w", err)
	}
	box, err := under(secret)
	if err != nil {
		return "", err
	}
	plain, err := box.Open(nil, nil, data, nil)
	if err != nil {
		return "", fmt.Errorf("open what is sealed: %w", err)
	}
	return string(plain), nil
}

// VouchedBy returns the ID token that opened the session of token, to sign out
// at the provider with; false when no provider opened it.
func (s *Store) VouchedBy(ctx context.Context, token string) (idToken string, ok bool, err error) {
	var theirs identity.ProviderSession
	found := s.db.WithContext(ctx).Limit(1).Find(&theirs, "session_hash = ?", identity.Digest(token))
	if found.Error != nil || found.RowsAffected == 0 {
		return "", false, explain(found.Error, "find the provider's session")
	}
	idToken, err = openUnder(token, theirs.IDToken)
	return idToken, err == nil, err
}

// EndVouched ends the sessions here that belong to one of the provider, or to
// everybody's of a person there. once names the provider's message: a second
// one of that name is refused. It returns how many ended.
func (s *Store) EndVouched(ctx context.Context, issuer, subject, session, once string, until time.Time) (int, error) {
	n := 0
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.spend(tx, "message "+issuer+" "+once, until); err != nil {
			return err
		}
		theirs := tx.Model(&identity.ProviderSession{}).Select("session_hash").Where("issuer = ?", issuer)
		if subject != "" {
			theirs = theirs.Where("subject = ?", subject)
		}
		if session != "" {
			hashes := []string{sidHash(issuer, session)}
			if subject != "" {
				hashes = append(hashes, "") // opened by a token that did not name the session: it may be this one
			}
			theirs = theirs.Where("sid_hash IN ?", hashes)
		}
		return s.endSessions(tx, theirs, "session.end", &n)
	})
	return n, explain(err, "end sessions of the provider")
}

// endSessions ends those whose hashes are asked for, with a line for each
// account.
func (s *Store) endSessions(tx, hashes *gorm.DB, act string, n *int) error {
	var ended []identity.Session
	if err := tx.Find(&ended, "hash IN (?)", hashes).Error; err != nil || len(ended) == 0 {
		return err
	}
	told := map[string]bool{}
	for _, session := range ended {
		if err := tx.Delete(&identity.Session{}, "hash = ?", session.Hash).Error; err != nil {
			return err
		}
		*n++
		if told[session.AccountID] {
			continue
		}
		told[session.AccountID] = true
		if err := s.tellEnd(tx, session.AccountID, act); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) tellEnd(tx *gorm.DB, account, act string) error {
	var a identity.Account
	if err := tx.Take(&a, "id = ?", account).Error; err != nil {
		return err
	}
	line, err := audit.New(provider(), s.now(), act, "account", a.ID, institutionOf(a), nil, map[string]any{"by": "provider"})
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// endOf ends the sessions of somebody whom the rules let in no more. Tokens of
// an account that only the provider opens rest from now on (Policy.TokensRest):
// rules may be mended, so they do not end.
func (s *Store) endOf(ctx context.Context, v identity.Vouched) error {
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		theirs := tx.Model(&identity.ProviderSession{}).Select("session_hash").Where("issuer = ? AND subject = ?", v.Issuer, v.Subject)
		err := tx.Model(&identity.Bond{}).Where("issuer = ? AND subject = ?", v.Issuer, v.Subject).Update("seen_at", nil).Error
		return errors.Join(err, s.endSessions(tx, theirs, "session.end", new(int)))
	}), "end sessions of somebody refused")
}

// LinkSelf gives by's own account to who they are at the provider: they have
// proved to be both.
func (s *Store) LinkSelf(ctx context.Context, by identity.Actor, v identity.Vouched) error {
	if err := by.MustBeProved(); err != nil {
		return err
	}
	if err := s.once(ctx, "nonce "+v.Issuer+" "+v.Nonce, s.now().Add(nonceAge)); err != nil {
		return err
	}
	return s.link(ctx, by, by.Account, v, identity.BoundSelf)
}

// ProveVouched notes that by has proved once more who they are, at the provider
// that their account belongs to.
func (s *Store) ProveVouched(ctx context.Context, by identity.Actor, session string, v identity.Vouched) error {
	if err := s.once(ctx, "nonce "+v.Issuer+" "+v.Nonce, s.now().Add(nonceAge)); err != nil {
		return err
	}
	bond, bound, err := s.BondOf(ctx, by.Account, v.Issuer)
	if err != nil {
		return err
	}
	if !bound || bond.Subject != v.Subject {
		return fault.New(fault.Forbidden, "signin.other")
	}
	err = s.db.WithContext(ctx).Model(&identity.Session{}).Where("hash = ? AND account_id = ?", identity.Digest(session), by.Account).
		Update("proved_at", s.now()).Error
	return explain(err, "prove through the provider")
}

// LinkAccount gives an account to somebody of the provider, on the word of
// whoever may manage accounts.
func (s *Store) LinkAccount(ctx context.Context, by identity.Actor, account, issuer, subject string) error {
	if err := by.Must(identity.ManageAccounts, ""); err != nil {
		return err
	}
	if subject == "" || len(subject) > 255 {
		return fault.At("subject", "signin.subject")
	}
	return s.link(ctx, by, account, identity.Vouched{Issuer: issuer, Subject: subject}, identity.BoundCommand)
}

func (s *Store) link(ctx context.Context, by identity.Actor, account string, v identity.Vouched, how string) error {
	return s.write(ctx, "link an account", func(tx *gorm.DB) (audit.Line, error) {
		a, err := lockAccount(tx, account)
		if err != nil {
			return audit.Line{}, err
		}
		if a.DisabledAt != nil {
			return audit.Line{}, fault.New(fault.Forbidden, "signin.disabled")
		}
		if a.BreakGlass { // somebody of the provider would outlive the emergency
			return audit.Line{}, fault.New(fault.Forbidden, "account.glass.only_machine")
		}
		return s.bind(tx, by, v, a, how)
	})
}

// Unlink takes an account from who it belongs to at the provider, and ends the
// sessions opened there. Nobody takes the only way to their own account.
func (s *Store) Unlink(ctx context.Context, by identity.Actor, account, issuer string) error {
	own := by.Account == account && account != ""
	if !own {
		if err := by.Must(identity.ManageAccounts, ""); err != nil {
			return err
		}
	}
	if err := by.MustBeProved(); err != nil {
		return err
	}
	return s.write(ctx, "unlink an account", func(tx *gorm.DB) (audit.Line, error) {
		a, err := lockAccount(tx, account)
		if err != nil {
			return audit.Line{}, err
		}
		if own && a.PasswordHash == "" {
			return audit.Line{}, fault.New(fault.Conflict, "signin.only_way")
		}
		var bond identity.Bond
		if err := tx.Take(&bond, "account_id = ? AND issuer = ?", account, issuer).Error; err != nil {
			return audit.Line{}, err
		}
		theirs := tx.Model(&identity.ProviderSession{}).Select("session_hash").Where("issuer = ? AND subject = ?", bond.Issuer, bond.Subject)
		if err := errors.Join(
			tx.Delete(&identity.Session{}, "hash IN (?)", theirs).Error,
			tx.Delete(&identity.Bond{}, "issuer = ? AND subject = ?", bond.Issuer, bond.Subject).Error,
		); err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, s.now(), "account.unlink", "account", a.ID, institutionOf(*a), map[string]any{"how": bond.How}, nil)
	})
}

// BondOf returns how an account belongs to somebody of the provider; false when it does not.
func (s *Store) BondOf(ctx context.Context, account, issuer string) (identity.Bond, bool, error) {
	var bond identity.Bond
	found := s.db.WithContext(ctx).Limit(1).Find(&bond, "account_id = ? AND issuer = ?", account, issuer)
	return bond, found.RowsAffected > 0, explain(found.Error, "find who an account belongs to")
}

// OnlyVouched tells whether an account has no password: the provider is the
// only way into it.
func (s *Store) OnlyVouched(ctx context.Context, account string) (bool, error) {
	var a identity.Account
	err := s.db.WithContext(ctx).Take(&a, "id = ?", account).Error
	return a.PasswordHash == "", explain(err, "find an account")
}
