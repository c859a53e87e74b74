package identitydb

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// askCode keeps that the password was right until the code comes.
func (s *Store) askCode(ctx context.Context, a identity.Account, t tries) (Entry, error) {
	token, now := identity.NewSecret(), s.now()
	step := identity.Step{Hash: identity.Digest(token), AccountID: a.ID, CreatedAt: now, ExpiresAt: now.Add(identity.StepAge)}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		if err := stillOpens(tx, a); err != nil {
			return err
		}
		if step.Failed, err = t.forgive(tx); err != nil {
			return err
		}
		return tx.Create(&step).Error
	})
	return Entry{Token: token, Expires: step.ExpiresAt, Second: true}, explain(err, "ask for a code")
}

// SecondStep opens the session that token waits for, with a code of the
// account's device or a recovery code.
func (s *Store) SecondStep(ctx context.Context, token, typed string, from identity.Caller) (Entry, error) {
	way := identity.WayRecovery
	if _, device := identity.ReadCode(typed); device {
		way = identity.WayCode
	}
	e, err := s.secondStep(ctx, token, typed, from)
	return e, s.counted(way, err)
}

func (s *Store) secondStep(ctx context.Context, token, typed string, from identity.Caller) (Entry, error) {
	var step identity.Step
	var a identity.Account
	again := fault.New(fault.Unauthenticated, "account.code.late")
	db := s.db.WithContext(ctx)
	err := db.Take(&step, "hash = ? AND expires_at > ?", identity.Digest(token), s.now()).Error
	if err == nil {
		err = db.Take(&a, "id = ?", step.AccountID).Error
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return Entry{}, again
	case err != nil:
		return Entry{}, explain(err, "find a step")
	case a.DisabledAt != nil || !s.policy.Passwords():
		return Entry{}, again
	}
	t := tries{codeKey(a.ID), addressKey(from.Address)}
	if err := s.try(ctx, t); err != nil {
		return Entry{}, err
	}
	how := identity.Opening{Method: identity.ByCode, From: from}
	if _, device := identity.ReadCode(typed); !device {
		how.Method = identity.ByRecovery
	}
	var e Entry
	err = s.write(ctx, "sign in by a code", func(tx *gorm.DB) (line audit.Line, err error) {
		e, line, err = s.open(tx, a, how, t, func(tx *gorm.DB) error { return s.takeCode(tx, a, typed) }, func(tx *gorm.DB) error {
			gone := tx.Delete(&identity.Step{}, "hash = ?", step.Hash)
			if gone.Error == nil && gone.RowsAffected == 0 {
				return again // its other code was first
			}
			return gone.Error
		})
		if err == nil && step.Failed > 0 {
			line, err = audit.New(identity.Actor{Account: a.ID, Role: a.Role}, s.now(), line.Act, line.Subject, line.Ref, line.Institution, nil,
				map[string]any{"method": how.Method, "failures_before": step.Failed})
		}
		return line, err
	})
	if errors.Is(err, fault.Invalid) {
		err = s.refused(ctx, a, from, how.Method, err)
	}
	return e, err
}

// takeCode takes a code, which is good once. The account's row is locked before,
// so of two that come at once the second finds the code spent.
func (s *Store) takeCode(tx *gorm.DB, a identity.Account, typed string) error {
	code, device := identity.ReadCode(typed)
	switch {
	case code == "":
		return fault.At("code", "account.code.form")
	case device:
		return s.takeDeviceCode(tx, a.ID, code)
	}
	now := s.now()
	used := tx.Model(&identity.RecoveryCode{}).
		Where("account_id = ? AND hash = ? AND used_at IS NULL", a.ID, identity.RecoveryDigest(a.ID, code)).Update("used_at", now)
	if used.Error != nil {
		return used.Error
	}
	if used.RowsAffected == 0 {
		return fault.At("code", "account.code.wrong")
	}
	left, err := recoveryLeft(tx, a.ID)
	if err != nil {
		return err
	}
	return s.tell(tx, identity.News{Event: identity.RecoveryUsed, Left: left}, a)
}

func (s *Store) takeDeviceCode(tx *gorm.DB, account, code string) error {
	second, secret, err := s.secret(tx, account)
	if err != nil {
		return err
	}
	step, ok := identity.Match(secret, code, s.now(), second.LastStep)
	if !ok || second.ConfirmedAt == nil {
		return fault.At("code", "account.code.wrong")
	}
	return tx.Model(&identity.Second{}).Where("account_id = ?", account).Update("last_step", step).Error
}

// secret opens what an account's codes are made of, and seals it anew when the
// key has changed since.
func (s *Store) secret(tx *gorm.DB, account string) (*identity.Second, []byte, error) {
	var second identity.Second
	if err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&second, "account_id = ?", account).Error; err != nil {
		return nil, nil, err
	}
	keys, err := s.keyring(tx)
	if err != nil {
		return nil, nil, err
	}
	secret, former, err := keys.Open(second.Sealed, account)
	if err != nil {
		return nil, nil, errors.Join(fault.New(fault.Unavailable, "account.code.sealed"), err)
	}
	if former {
		if second.Sealed, err = keys.Seal(secret, account); err != nil {
			return nil, nil, err
		}
		err = tx.Model(&identity.Second{}).Where("account_id = ?", account).Update("sealed", second.Sealed).Error
	}
	return &second, secret, err
}

// offered is how long an offered secret waits for its first code.
const offered = time.Hour

// OfferSecond returns the secret that by may set up codes with, the same until
// it is confirmed or forgotten.
func (s *Store) OfferSecond(ctx context.Context, by identity.Actor) (*identity.Account, []byte, error) {
	if err := by.MustBeProved(); err != nil {
		return nil, nil, err
	}
	var a *identity.Account
	var secret []byte
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		if a, err = lockAccount(tx, by.Account); err != nil {
			return err
		}
		if err := mayEnrol(a); err != nil {
			return err
		}
		var second identity.Second
		found := tx.Limit(1).Find(&second, "account_id = ? AND started_at > ?", a.ID, s.now().Add(-offered))
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected > 0 {
			if _, secret, err = s.secret(tx, a.ID); err == nil {
				return nil
			}
		}
		secret = identity.NewSecondSecret()
		return s.offer(tx, a.ID, secret)
	})
	return a, secret, explain(err, "offer codes")
}

func (s *Store) offer(tx *gorm.DB, account string, secret []byte) error {
	keys, err := s.keyring(tx)
	if err != nil {
		return err
	}
	sealed, err := keys.Seal(secret, account)
	if err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).
		Create(&identity.Second{AccountID: account, Sealed: sealed, StartedAt: s.now()}).Error
}

// mayEnrol refuses who has codes already, and who signs in by other means.
func mayEnrol(a *identity.Account) error {
	switch {
	case a.TOTPAt != nil:
		return fault.New(fault.Conflict, "account.totp.on_already")
	case a.PasswordHash == "":
		return fault.New(fault.Conflict, "account.totp.no_password")
	}
	return nil
}

// ConfirmSecond begins to ask by for codes once one was right, and returns the
// recovery codes, which are shown once. Every other session ends: who else was
// signed in never gave a code.
func (s *Store) ConfirmSecond(ctx context.Context, by identity.Actor, session, typed string) ([]string, error) {
	if err := by.MustBeProved(); err != nil {
		return nil, err
	}
	code, device := identity.ReadCode(typed)
	if !device {
		return nil, fault.At("code", "account.code.six")
	}
	t := tries{codeKey(by.Account)}
	if err := s.try(ctx, t); err != nil {
		return nil, err
	}
	var codes []string
	err := s.write(ctx, "confirm codes", func(tx *gorm.DB) (audit.Line, error) {
		a, err := lockAccount(tx, by.Account)
		if err == nil {
			err = mayEnrol(a)
		}
		if err != nil {
			return audit.Line{}, err
		}
		_, secret, err := s.secret(tx, a.ID)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return audit.Line{}, fault.New(fault.Conflict, "account.totp.offer_first")
		}
		if err != nil {
			return audit.Line{}, err
		}
		now := s.now()
		step, ok := identity.Match(secret, code, now, 0)
		if !ok {
			return audit.Line{}, fault.At("code", "account.code.wrong")
		}
		if _, err := t.forgive(tx); err != nil {
			return audit.Line{}, err
		}
		if codes, err = s.renewRecovery(tx, a.ID); err != nil {
			return audit.Line{}, err
		}
		if err := errors.Join(
			tx.Model(&identity.Second{}).Where("account_id = ?", a.ID).Updates(map[string]any{"confirmed_at": now, "last_step": step}).Error,
			tx.Model(a).Where("id = ?", a.ID).Updates(map[string]any{"totp_at": now, "totp_due_at": nil, "updated_at": now}).Error,
			tx.Delete(&identity.Session{}, "account_id = ? AND hash <> ?", a.ID, identity.Digest(session)).Error,
			s.tell(tx, identity.News{Event: identity.TOTPOn}, *a),
		); err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, now, "account.totp.on", "account", a.ID, institutionOf(*a), nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// renewRecovery replaces every recovery code of an account.
func (s *Store) renewRecovery(tx *gorm.DB, account string) ([]string, error) {
	codes := identity.NewRecoveryCodes()
	rows := make([]identity.RecoveryCode, 0, len(codes))
	for _, c := range codes {
		rows = append(rows, identity.RecoveryCode{AccountID: account, Hash: identity.RecoveryDigest(account, c), CreatedAt: s.now()})
	}
	return codes, errors.Join(tx.Delete(&identity.RecoveryCode{}, "account_id = ?", account).Error, tx.Create(&rows).Error)
}

func recoveryLeft(tx *gorm.DB, account string) (int, error) {
	var n int64
	err := tx.Model(&identity.RecoveryCode{}).Where("account_id = ? AND used_at IS NULL", account).Count(&n).Error
	return int(n), err
}

// RecoveryLeft is how many recovery codes by has left.
func (s *Store) RecoveryLeft(ctx context.Context, by identity.Actor) (int, error) {
	n, err := recoveryLeft(s.db.WithContext(ctx), by.Account)
	return n, explain(err, "count recovery codes")
}

// RenewRecovery gives by new recovery codes, shown once; the old ones end.
func (s *Store) RenewRecovery(ctx context.Context, by identity.Actor) ([]string, error) {
	if err := by.MustBeProved(); err != nil {
		return nil, err
	}
	var codes []string
	err := s.write(ctx, "renew recovery codes", func(tx *gorm.DB) (audit.Line, error) {
		a, err := lockAccount(tx, by.Account)
		if err != nil {
			return audit.Line{}, err
		}
		if a.TOTPAt == nil {
			return audit.Line{}, fault.New(fault.Conflict, "account.totp.off_already")
		}
		if codes, err = s.renewRecovery(tx, a.ID); err != nil {
			return audit.Line{}, err
		}
		if err := s.tell(tx, identity.News{Event: identity.RecoveryNew}, *a); err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, s.now(), "account.recovery.renew", "account", a.ID, institutionOf(*a), nil, nil)
	})
	return codes, err
}

// EndSecond stops asking by for codes, for a password and a last code. Where
// the role needs them, by has to set them up again before anything else.
func (s *Store) EndSecond(ctx context.Context, by identity.Actor, password, typed string) error {
	a, err := s.checkOwn(ctx, by, password, "password")
	if err != nil {
		return err
	}
	t := tries{codeKey(a.ID)}
	if err := s.try(ctx, t); err != nil {
		return err
	}
	return s.write(ctx, "end codes", func(tx *gorm.DB) (audit.Line, error) {
		if err := stillOpens(tx, *a); err != nil {
			return audit.Line{}, err
		}
		if err := s.takeCode(tx, *a, typed); err != nil {
			return audit.Line{}, err
		}
		if _, err := t.forgive(tx); err != nil {
			return audit.Line{}, err
		}
		if err := errors.Join(s.dropSecond(tx, a), s.tell(tx, identity.News{Event: identity.TOTPOff}, *a)); err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, s.now(), "account.totp.off", "account", a.ID, institutionOf(*a), nil, nil)
	})
}

// dropSecond forgets the secret and the recovery codes.
func (s *Store) dropSecond(tx *gorm.DB, a *identity.Account) error {
	now := s.now()
	values := map[string]any{"totp_at": nil, "totp_due_at": nil, "updated_at": now}
	if s.policy.NeedsTOTP(a) {
		values["totp_due_at"] = now
	}
	return errors.Join(
		tx.Delete(&identity.Second{}, "account_id = ?", a.ID).Error,
		tx.Delete(&identity.RecoveryCode{}, "account_id = ?", a.ID).Error,
		tx.Delete(&identity.Step{}, "account_id = ?", a.ID).Error,
		tx.Model(&identity.Account{}).Where("id = ?", a.ID).Updates(values).Error,
	)
}

// ResetSecond ends the codes of somebody who has lost their device and their
// recovery codes, with all their sessions. They are told why.
func (s *Store) ResetSecond(ctx context.Context, by identity.Actor, id, reason string) error {
	return s.onOther(ctx, by, id, reason, "account.totp.reset", func(tx *gorm.DB, a *identity.Account, reason string) (before, after any, err error) {
		if a.TOTPAt == nil {
			return nil, nil, fault.New(fault.Conflict, "account.totp.off_already")
		}
		return nil, nil, errors.Join(s.dropSecond(tx, a), endSessions(tx, a.ID), s.tell(tx, identity.News{Event: identity.TOTPReset, Reason: reason}, *a))
	})
}
