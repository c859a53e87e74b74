package identitydb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// AddAccount creates an account. With an empty password it makes a one-time
// one, returns it once, and the account must replace it at the first sign-in.
func (s *Store) AddAccount(ctx context.Context, by identity.Actor, email, name string, role identity.Role,
	institution, password string,
) (*identity.Account, string, error) {
	a, err := identity.NewAccount(by, email, name, role, institution)
	if err != nil {
		return nil, "", err
	}
	if role == identity.Admin || role == identity.MCD {
		if err := by.MustBeProved(); err != nil {
			return nil, "", err
		}
	}
	oneTime := ""
	if password == "" {
		oneTime = oneTimePassword()
		password, a.MustChange = oneTime, true
	} else if err := identity.CheckPassword(password, email, name); err != nil {
		return nil, "", err
	}
	if a.PasswordHash, err = s.cost.hash(ctx, password); err != nil {
		return nil, "", err
	}
	a.ID = newID()
	err = s.write(ctx, "add account", func(tx *gorm.DB) (audit.Line, error) {
		return s.insertAccount(tx, by, a)
	})
	if err != nil {
		return nil, "", err
	}
	return a, oneTime, nil
}

func (s *Store) insertAccount(tx *gorm.DB, by identity.Actor, a *identity.Account) (audit.Line, error) {
	switch err := tx.Create(a).Error; {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		taken := fault.At("email", "account.email.taken")
		taken.Kind = fault.Conflict
		return audit.Line{}, taken
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return audit.Line{}, fault.At("institution", "institution.unknown", institutionOf(*a))
	case err != nil:
		return audit.Line{}, err
	}
	return audit.New(by, s.now(), "account.add", "account", a.ID, institutionOf(*a), nil, trail(*a))
}

// trail is what the audit keeps of an account: no name, no address, no hash.
func trail(a identity.Account) map[string]any {
	return map[string]any{"role": a.Role, "institution": institutionOf(a), "disabled_at": a.DisabledAt}
}

// oneTimePassword is 20 letters and digits in groups, easy to read out.
func oneTimePassword() string {
	s := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(identity.NewSecret() + identity.NewSecret()))
	// Letters and digits that look alike are left out.
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("0o1li", r) {
			return -1
		}
		return r
	}, s)
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:20]
}

// FirstAdmin creates an administrator when there is no account at all, and
// returns the one-time password; it is empty when there was one already.
func (s *Store) FirstAdmin(ctx context.Context, email string) (string, error) {
	var n int64
	if err := s.db.WithContext(ctx).Model(&identity.Account{}).Where("break_glass = ?", false).Count(&n).Error; err != nil {
		return "", fmt.Errorf("count accounts: %w", err)
	}
	if n > 0 {
		return "", nil
	}
	_, oneTime, err := s.AddAccount(ctx, identity.System("first run"), email, "Administrator", identity.Admin, "", "")
	if k, ok := fault.KindOf(err); ok && k == fault.Conflict {
		return "", nil // another process was first
	}
	return oneTime, err
}

// Accounts lists the accounts, by name.
func (s *Store) Accounts(ctx context.Context, by identity.Actor) ([]identity.Account, error) {
	if err := by.Must(identity.ManageAccounts, ""); err != nil {
		return nil, err
	}
	var all []identity.Account
	err := s.db.WithContext(ctx).Order("name, id").Find(&all).Error
	return all, explain(err, "list accounts")
}

// DisableAccount ends an account and everything it opened, for a reason. Its
// lines in the trail stay.
func (s *Store) DisableAccount(ctx context.Context, by identity.Actor, id, reason string) error {
	return s.onOther(ctx, by, id, reason, "account.disable", func(tx *gorm.DB, a *identity.Account, _ string) (before, after any, err error) {
		before, now := trail(*a), s.now()
		a.DisabledAt = &now
		err = errors.Join(
			tx.Model(a).Select("disabled_at").Updates(a).Error,
			endSessions(tx, id),
			tx.Model(&identity.Token{}).Where("account_id = ? AND revoked_at IS NULL", id).Update("revoked_at", now).Error,
		)
		return before, trail(*a), err
	})
}

// AccountByEmail finds an account for the command line.
func (s *Store) AccountByEmail(ctx context.Context, email string) (*identity.Account, error) {
	var a identity.Account
	err := s.db.WithContext(ctx).Take(&a, "email = ?", strings.ToLower(strings.TrimSpace(email))).Error
	if err != nil {
		return nil, explain(err, "find account")
	}
	return &a, nil
}

// ActorOf returns the actor an account is: what the command line acts as, on
// the word of whoever holds the machine.
func (s *Store) ActorOf(ctx context.Context, id string) (identity.Actor, error) {
	a, err := s.actor(ctx, id)
	a.MustChange, a.MustEnrol, a.Proved = false, false, true
	return a, explain(err, "find account")
}

// ChangePassword replaces by's own password and ends its sessions but the one
// whose token is given: whoever else was signed in no longer is. Its API tokens
// end unless they are to stay.
func (s *Store) ChangePassword(ctx context.Context, by identity.Actor, session, old, fresh string, fate identity.Tokens) error {
	a, err := s.checkOwn(ctx, by, old, "old")
	if err != nil {
		return err
	}
	if old == fresh {
		return fault.At("password", "account.password.same")
	}
	if err := identity.CheckPassword(fresh, a.Email, a.Name); err != nil {
		return err
	}
	hash, err := s.cost.hash(ctx, fresh)
	if err != nil {
		return err
	}
	return s.write(ctx, "change password", func(tx *gorm.DB) (audit.Line, error) {
		if err := stillOpens(tx, *a); err != nil {
			return audit.Line{}, err
		}
		now := s.now()
		tokens, err := endTokens(tx, a.ID, fate, now)
		if err := errors.Join(err,
			setPassword(tx, a, hash, false, now),
			tx.Delete(&identity.Session{}, "account_id = ? AND hash <> ?", a.ID, identity.Digest(session)).Error,
			tx.Delete(&identity.Step{}, "account_id = ?", a.ID).Error,
			tx.Delete(&identity.Reset{}, "account_id = ?", a.ID).Error,
			s.tell(tx, identity.News{Event: identity.PasswordChanged, Tokens: tokens}, *a),
		); err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, now, "account.password", "account", a.ID, institutionOf(*a), nil, tokensEnded(tokens))
	})
}

// SetLanguage keeps by's preferred language.
func (s *Store) SetLanguage(ctx context.Context, by identity.Actor, tag lang.Tag) error {
	if !tag.Valid() {
		return fault.At("language", "fault.unknown_value", string(tag))
	}
	err := s.db.WithContext(ctx).Model(&identity.Account{}).Where("id = ?", by.Account).Update("language", tag).Error
	return explain(err, "set language")
}

func lockAccount(tx *gorm.DB, id string) (*identity.Account, error) {
	var a identity.Account
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&a, "id = ?", id).Error
	return &a, err
}
