package identitydb

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// nonceAge is how long a nonce is remembered: a token is over by then.
const nonceAge = 24 * time.Hour

// provider is who acts when an identity provider changes an account.
func provider() identity.Actor { return identity.System("identity provider") }

// SignInVouched opens a session for somebody whom a provider vouches for.
// Their account is found by who they are there, or else linked or made, as far
// as the installation wants that; its role follows the rules each time.
func (s *Store) SignInVouched(ctx context.Context, v identity.Vouched, admit identity.Admission) (string, time.Time, error) {
	token, until, err := s.signInVouched(ctx, v, admit)
	return token, until, s.counted(identity.WayProvider, err)
}

func (s *Store) signInVouched(ctx context.Context, v identity.Vouched, admit identity.Admission) (string, time.Time, error) {
	tree, err := s.Institutions(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	// A proof that was looked at is spent, also when nothing comes of it.
	if err := s.once(ctx, "nonce "+v.Issuer+" "+v.Nonce, s.now().Add(nonceAge)); err != nil {
		return "", time.Time{}, err
	}
	if err := v.Granted(tree, s.now()); err != nil {
		return "", time.Time{}, errors.Join(s.refused(ctx, identity.Account{}, v.From, identity.ByProvider, err), s.endOf(ctx, v))
	}
	var token string
	var until time.Time
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		a, lines, err := s.accountOf(tx, v, admit)
		if err != nil {
			return err
		}
		var line audit.Line
		if token, until, line, err = s.enter(tx, a, v, admit.Age); err != nil {
			return err
		}
		return auditdb.Append(tx, append(lines, line)...)
	})
	if errors.Is(err, fault.Forbidden) {
		err = s.refused(ctx, identity.Account{}, v.From, identity.ByProvider, err)
	}
	if err != nil {
		return "", time.Time{}, explain(err, "sign in through the provider")
	}
	return token, until, nil
}

// once refuses what was there before.
func (s *Store) once(ctx context.Context, what string, until time.Time) error {
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.spend(tx, what, until) }), "remember what is good once")
}

func (s *Store) spend(tx *gorm.DB, what string, until time.Time) error {
	if err := tx.Delete(&identity.Seen{}, "expires_at < ?", s.now()).Error; err != nil {
		return err
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&identity.Seen{Hash: identity.Digest(what), ExpiresAt: until})
	if made.Error == nil && made.RowsAffected == 0 {
		return fault.New(fault.Conflict, "signin.again")
	}
	return made.Error
}

// accountOf returns the account of somebody, brought up to date.
func (s *Store) accountOf(tx *gorm.DB, v identity.Vouched, admit identity.Admission) (*identity.Account, []audit.Line, error) {
	var bond identity.Bond
	found := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Limit(1).Find(&bond, "issuer = ? AND subject = ?", v.Issuer, v.Subject)
	if found.Error != nil {
		return nil, nil, found.Error
	}
	if found.RowsAffected == 0 {
		return s.admit(tx, v, admit)
	}
	a, err := lockAccount(tx, bond.AccountID)
	if err != nil {
		return nil, nil, err
	}
	if a.DisabledAt != nil || a.BreakGlass {
		return nil, nil, fault.New(fault.Forbidden, "signin.disabled")
	}
	err = tx.Model(&identity.Bond{}).Where("issuer = ? AND subject = ?", v.Issuer, v.Subject).Update("seen_at", s.now()).Error
	if err != nil {
		return nil, nil, err
	}
	lines, err := s.refresh(tx, v, a)
	return a, lines, err
}

// refresh gives the account the role and institution of the rules.
func (s *Store) refresh(tx *gorm.DB, v identity.Vouched, a *identity.Account) ([]audit.Line, error) {
	before := trail(*a)
	if !v.Refresh(a) {
		return nil, nil
	}
	a.UpdatedAt = s.now()
	if err := tx.Model(a).Select("role", "institution", "updated_at").Updates(a).Error; err != nil {
		return nil, err
	}
	line, err := audit.New(provider(), s.now(), "account.refresh", "account", a.ID, institutionOf(*a), before, trail(*a))
	return []audit.Line{line}, err
}

// admit finds or makes the account of somebody who is not known yet.
func (s *Store) admit(tx *gorm.DB, v identity.Vouched, admit identity.Admission) (*identity.Account, []audit.Line, error) {
	var own *identity.Account
	var same identity.Account
	found := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Limit(1).Find(&same, "email = ?", v.Email)
	if found.Error != nil {
		return nil, nil, found.Error
	}
	if found.RowsAffected > 0 && v.Email != "" {
		own = &same
	}
	how, err := admit.Admit(v, own)
	if err != nil {
		return nil, nil, err
	}
	var lines []audit.Line
	if how == identity.BoundCreated {
		own, lines, err = s.makeVouched(tx, v)
	}
	if err != nil {
		return nil, nil, err
	}
	line, err := s.bind(tx, provider(), v, own, how)
	if err != nil {
		return nil, nil, err
	}
	changed, err := s.refresh(tx, v, own)
	return own, append(append(lines, line), changed...), err
}

// makeVouched makes an account without a password: it is entered through the
// provider only.
func (s *Store) makeVouched(tx *gorm.DB, v identity.Vouched) (*identity.Account, []audit.Line, error) {
	name := v.Name
	if name == "" {
		name = v.Email
	}
	a, err := identity.NewAccount(provider(), v.Email, name, v.Role, v.Institution)
	if err != nil {
		return nil, nil, fault.New(fault.Forbidden, "signin.no_email")
	}
	if a.ID = newID(); v.Language.Valid() {
		a.Language = v.Language
	}
	line, err := s.insertAccount(tx, provider(), a)
	return a, []audit.Line{line}, err
}

// bind makes the account that of somebody of the provider. A password that
// somebody else chose, and that nobody has used since, ends with it: nobody
// would miss it, and it would open the account for ever.
func (s *Store) bind(tx *gorm.DB, by identity.Actor, v identity.Vouched, a *identity.Account, how string) (audit.Line, error) {
	bond := identity.Bond{Issuer: v.Issuer, Subject: v.Subject, AccountID: a.ID, How: how, CreatedAt: s.now()}
	if how != identity.BoundCommand {
		bond.SeenAt = new(s.now())
	}
	if err := tx.Create(&bond).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
		return audit.Line{}, fault.New(fault.Conflict, "signin.bound")
	} else if err != nil {
		return audit.Line{}, err
	}
	if a.MustChange && how != identity.BoundCommand {
		a.MustChange, a.PasswordHash = false, ""
		if err := tx.Model(a).Select("must_change", "password_hash").Updates(a).Error; err != nil {
			return audit.Line{}, err
		}
	}
	return audit.New(by, s.now(), "account.link", "account", a.ID, institutionOf(*a), nil, map[string]any{"how": how})
}

// enter opens the session, and notes which of the provider's it belongs to.
func (s *Store) enter(tx *gorm.DB, a *identity.Account, v identity.Vouched, age time.Duration) (string, time.Time, audit.Line, error) {
	how := identity.Opening{Method: identity.ByProvider, From: v.From}
	if age > 0 {
		how.Until = s.now().Add(age)
	}
	e, line, err := s.open(tx, *a, how, nil)
	if err != nil {
		return "", time.Time{}, audit.Line{}, err
	}
	sealed, err := sealUnder(e.Token, v.IDToken)
	if err != nil {
		return "", time.Time{}, audit.Line{}, err
	}
	theirs := identity.ProviderSession{
		SessionHash: identity.Digest(e.Token), Issuer: v.Issuer, Subject: v.Subject, SIDHash: sidHash(v.Issuer, v.Session), IDToken: sealed,
	}
	return e.Token, e.Expires, line, errors.Join(tx.Create(&theirs).Error, provedThere(tx, theirs.SessionHash, v.Proved, s.now()))
}

// provedThere notes when somebody proved who they are, where the provider says
// so: being let in because one was there before is no new proof.
func provedThere(tx *gorm.DB, hash string, at, now time.Time) error {
	if at.IsZero() || at.After(now) {
		return nil
	}
	return tx.Model(&identity.Session{}).Where("hash = ?", hash).Update("proved_at", at).Error
}

func sidHash(issuer, sid string) string {
	if sid == "" {
		return ""
	}
	return identity.Digest("sid " + issuer + " " + sid)
}
