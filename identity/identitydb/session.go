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

// Entry is what a sign-in came to.
type Entry struct {
	Token   string
	Expires time.Time
	Second  bool // Token opens nothing yet: a code of the account's device is asked for
}

// SignIn checks a password and opens a session, whose token it returns once,
// or asks for a second step. The caller's address is kept only as a hash.
func (s *Store) SignIn(ctx context.Context, email, password string, from identity.Caller) (Entry, error) {
	email, way := strings.ToLower(strings.TrimSpace(email)), identity.WayPassword
	if email == identity.BreakGlassEmail {
		way = identity.WayBreakGlass
	}
	e, err := s.signIn(ctx, email, password, from)
	if err == nil && e.Second {
		return e, nil // it counts when the code comes
	}
	return e, s.counted(way, err)
}

func (s *Store) signIn(ctx context.Context, email, password string, from identity.Caller) (Entry, error) {
	t, err := s.tryPassword(ctx, email, from)
	if err != nil {
		return Entry{}, err
	}
	var a identity.Account
	err = s.db.WithContext(ctx).Take(&a, "email = ?", email).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return Entry{}, fmt.Errorf("sign in: %w", err)
	}
	if a.BreakGlass {
		return s.enterByGlass(ctx, a, password, from, t)
	}
	hash := a.PasswordHash
	if !s.policy.Passwords() {
		hash = ""
	}
	ok, err := s.cost.matches(ctx, password, hash)
	if err != nil {
		return Entry{}, fmt.Errorf("sign in: %w", err)
	}
	if !ok || a.DisabledAt != nil {
		return Entry{}, s.refused(ctx, a, from, identity.ByPassword, wrong())
	}
	if a.TOTPAt != nil {
		return s.askCode(ctx, a, t)
	}
	return s.openSession(ctx, a, identity.Opening{Method: identity.ByPassword, From: from}, t)
}

func wrong() error { return fault.New(fault.Unauthenticated, "identity.login.wrong") }

// OpenSession opens a session for an account that proved itself elsewhere: how
// says by what method, from where, and how long it may last. It is the one door
// by which any kind of sign-in comes in.
func (s *Store) OpenSession(ctx context.Context, account string, how identity.Opening) (Entry, error) {
	var a identity.Account
	if err := s.db.WithContext(ctx).Take(&a, "id = ?", account).Error; err != nil {
		return Entry{}, explain(err, "open session")
	}
	if a.DisabledAt != nil {
		return Entry{}, wrong()
	}
	return s.openSession(ctx, a, how, tries{})
}

func (s *Store) openSession(ctx context.Context, a identity.Account, how identity.Opening, t tries, more ...func(*gorm.DB) error) (Entry, error) {
	var e Entry
	err := s.write(ctx, "sign in", func(tx *gorm.DB) (line audit.Line, err error) {
		e, line, err = s.open(tx, a, how, t, more...)
		return line, err
	})
	return e, err
}

// open is openSession within a transaction. More is what the proof leaves
// behind: a code that is spent.
func (s *Store) open(tx *gorm.DB, a identity.Account, how identity.Opening, t tries, more ...func(*gorm.DB) error) (Entry, audit.Line, error) {
	token, now := identity.NewSecret(), s.now()
	session := identity.Session{
		Hash: identity.Digest(token), AccountID: a.ID, CreatedAt: now, SeenAt: now, ExpiresAt: s.policy.Ends(now),
		Method: how.Method, Agent: identity.BrowserOf(how.From.Browser), Network: identity.Place(how.From.Address), ProvedAt: &now,
	}
	if !how.Until.IsZero() {
		session.ExpiresAt = how.Until
	}
	if err := stillOpens(tx, a); err != nil {
		return Entry{}, audit.Line{}, err
	}
	for _, leave := range more {
		if err := leave(tx); err != nil {
			return Entry{}, audit.Line{}, err
		}
	}
	failed, err := t.forgive(tx)
	if err != nil {
		return Entry{}, audit.Line{}, err
	}
	if err := errors.Join(
		tx.Delete(&identity.Session{}, "expires_at < ?", now).Error,
		tx.Delete(&identity.Step{}, "expires_at < ?", now).Error,
		tx.Create(&session).Error,
		s.setDue(tx, &a, how, now),
		s.noteDevice(tx, a, session),
	); err != nil {
		return Entry{}, audit.Line{}, err
	}
	after := map[string]any{"method": how.Method}
	if failed > 0 {
		after["failures_before"] = failed
	}
	line, err := audit.New(identity.Actor{Account: a.ID, Role: a.Role}, now, "session.open", "account", a.ID, institutionOf(a), nil, after)
	return Entry{Token: token, Expires: session.ExpiresAt}, line, err
}

// setDue begins the time that somebody has to set up codes, the first time
// their role is seen to need them.
func (s *Store) setDue(tx *gorm.DB, a *identity.Account, how identity.Opening, now time.Time) error {
	if how.Method != identity.ByPassword || !s.policy.NeedsTOTP(a) || a.TOTPAt != nil || a.TOTPDueAt != nil {
		return nil
	}
	return tx.Model(&identity.Account{}).Where("id = ?", a.ID).Update("totp_due_at", now.Add(s.policy.TOTPGrace)).Error
}

// noteDevice remembers the kind of browser and the rough place, and writes to
// the person when both together are new. The very first is no news.
func (s *Store) noteDevice(tx *gorm.DB, a identity.Account, session identity.Session) error {
	now := session.CreatedAt
	if a.BreakGlass {
		return nil
	}
	if err := tx.Delete(&identity.Device{}, "account_id = ? AND seen_at < ?", a.ID, now.Add(-identity.KeepDevices)).Error; err != nil {
		return err
	}
	var known []identity.Device
	if err := tx.Find(&known, "account_id = ?", a.ID).Error; err != nil {
		return err
	}
	d := identity.Device{AccountID: a.ID, Agent: session.Agent, Network: session.Network, FirstAt: now, SeenAt: now}
	for _, k := range known {
		if k.Agent == d.Agent && k.Network == d.Network {
			return tx.Model(&identity.Device{}).Where("account_id = ? AND agent = ? AND network = ?", a.ID, d.Agent, d.Network).
				Update("seen_at", now).Error
		}
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&d).Error; err != nil {
		return err
	}
	if len(known) == 0 || !s.policy.TellDevices {
		return nil
	}
	return s.tell(tx, identity.News{Event: identity.NewDevice, Agent: d.Agent, Network: d.Network}, a)
}

// stillOpens tells whether what was compared is the account's password still:
// it may have been replaced, and every session ended, while we were comparing.
func stillOpens(tx *gorm.DB, a identity.Account) error {
	now, err := lockAccount(tx, a.ID)
	if err != nil {
		return err
	}
	if now.PasswordHash != a.PasswordHash || now.DisabledAt != nil {
		return wrong()
	}
	return nil
}

// SignOut ends the session of token. A token that opens nothing is no fault.
func (s *Store) SignOut(ctx context.Context, token string) error {
	err := s.write(ctx, "sign out", func(tx *gorm.DB) (audit.Line, error) {
		var session identity.Session
		if err := tx.Take(&session, "hash = ?", identity.Digest(token)).Error; err != nil {
			return audit.Line{}, err
		}
		var a identity.Account
		if err := tx.Take(&a, "id = ?", session.AccountID).Error; err != nil {
			return audit.Line{}, err
		}
		if err := tx.Delete(&identity.Session{}, "hash = ?", session.Hash).Error; err != nil {
			return audit.Line{}, err
		}
		return audit.New(identity.Actor{Account: a.ID, Role: a.Role}, s.now(), "session.close", "account", a.ID, institutionOf(a), nil, nil)
	})
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// BySession returns who the session token belongs to.
func (s *Store) BySession(ctx context.Context, token string) (identity.Actor, error) {
	now := s.now()
	var session identity.Session
	if err := s.db.WithContext(ctx).Take(&session, "hash = ?", identity.Digest(token)).Error; err != nil {
		return identity.Actor{}, signInFirst(err)
	}
	if !session.Live(now) {
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
	if err != nil {
		return actor, signInFirst(err)
	}
	actor.Proved, actor.Emergency = session.Proved(now), session.Method == identity.ByBreakGlass
	if actor.Emergency || session.Method == identity.ByProvider {
		actor.MustChange, actor.MustEnrol = false, false // no password of ours was used
	}
	actor.GlassUntil, err = s.glassFor(ctx, actor)
	return actor, err
}

// signInFirst says nothing about why a proof opened nothing.
func signInFirst(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return explain(err, "recognise caller")
}

func institutionOf(a identity.Account) string {
	if a.Institution == nil {
		return ""
	}
	return *a.Institution
}
