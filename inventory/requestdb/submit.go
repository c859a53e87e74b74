package requestdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

// What one address may send a day. A ministry or a university may stand behind one.
const (
	messagesADay  = 20
	supportsADay  = 100
	supportsOfOne = 5
)

// sameWithin is how long the same message counts as sent twice by mistake.
const sameWithin = 24 * time.Hour

// link is a secret address by which a person follows a message, as a hash.
type link struct {
	Hash     string `gorm:"primaryKey"`
	PersonID string
}

// TableName names the table of links.
func (link) TableName() string { return "request_links" }

// Submit takes a message in and returns it with the secret by which whoever
// sent it can follow it. address is the caller's network address; it is not
// kept, nor anything it could be found by after the day.
func (s *Store) Submit(ctx context.Context, m request.Message, address string) (*request.Request, string, error) {
	var r *request.Request
	var secret string
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		t, err := s.tools(tx)
		if err != nil {
			return err
		}
		m = m.Clean()
		institution, unfit := s.addressee(tx, m, t.Now)
		if r, err = request.New(m, institution, t.Rules, t.Calendar, t.Now); err != nil || unfit != nil {
			return errors.Join(err, unfit)
		}
		// Counting first lets two that come at once from one address wait for each other.
		if err := s.count(tx, "message", address, messagesADay, t.Now); err != nil {
			return err
		}
		if err := s.once(tx, r, t.Now); err != nil {
			return err
		}
		if err := s.keep(tx, r, t.Now); err != nil {
			return err
		}
		secret, err = addPerson(tx, request.Person{
			Ref: r.Ref, Role: request.Asker, Email: m.Email, Language: m.Language, CreatedAt: t.Now,
		})
		if err != nil {
			return err
		}
		return record(tx, identity.Actor{Name: "public", Role: identity.Public}, t.Now, "receive", nil, r)
	})
	if err != nil {
		return nil, "", database.Explain(err, "take a message in")
	}
	return r, secret, nil
}

// addressee finds who answers: of feedback whoever answers for the dataset, of
// a request whoever was named.
func (s *Store) addressee(tx *gorm.DB, m request.Message, now time.Time) (string, error) {
	if m.Kind == request.Data {
		return m.Institution, s.mustExist(tx, m.Institution, now)
	}
	var p inventory.Publication
	err := fresh(tx).Where("ref = ? AND withdrawn_at IS NULL", m.Dataset).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return "", fmt.Errorf("read publication: %w", err)
	}
	return p.Institution, nil
}

// mustExist refuses an institution that does not exist now; empty is nobody yet.
func (s *Store) mustExist(tx *gorm.DB, slug string, now time.Time) error {
	if slug == "" {
		return nil
	}
	var i identity.Institution
	err := fresh(tx).Where("slug = ?", slug).Take(&i).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !i.Exists(now) {
		return fault.At("institution", "request.institution.unknown")
	}
	if err != nil {
		return fmt.Errorf("read institution: %w", err)
	}
	return nil
}

// once refuses the same message sent again within a day: a page reloaded, a
// button pressed twice.
func (s *Store) once(tx *gorm.DB, r *request.Request, now time.Time) error {
	var n int64
	err := fresh(tx).Model(&request.Request{}).
		Where("digest = ? AND received_at > ?", r.Digest, now.Add(-sameWithin)).Count(&n).Error
	if err != nil {
		return fmt.Errorf("look for the same message: %w", err)
	}
	if n > 0 {
		return fault.At("text", "request.twice")
	}
	return nil
}

// keep writes a new message under the next number of its kind.
func (s *Store) keep(tx *gorm.DB, r *request.Request, now time.Time) error {
	year, last := now.In(inventory.Tunis()).Year(), 0
	err := tx.Raw(`INSERT INTO request_numbers (prefix, year, last) VALUES (?, ?, 1)
		ON CONFLICT (prefix, year) DO UPDATE SET last = request_numbers.last + 1
		RETURNING last`, r.Kind.Prefix(), year).Scan(&last).Error
	if err != nil {
		return fmt.Errorf("number a message: %w", err)
	}
	r.Ref = fmt.Sprintf("%s-%d-%04d", r.Kind.Prefix(), year, last)
	if err := tx.Create(r).Error; err != nil {
		return err
	}
	return keepEvents(tx, r)
}

func keepEvents(tx *gorm.DB, r *request.Request) error {
	for n := range r.Events {
		r.Events[n].Ref = r.Ref
	}
	if len(r.Events) == 0 {
		return nil
	}
	if err := tx.Create(&r.Events).Error; err != nil {
		return fmt.Errorf("keep the steps of a message: %w", err)
	}
	r.Events = nil
	return nil
}

// addPerson keeps who waits for news and returns the secret of their page.
func addPerson(tx *gorm.DB, p request.Person) (string, error) {
	p.ID = newID()
	if err := tx.Create(&p).Error; err != nil {
		return "", fmt.Errorf("keep a person: %w", err)
	}
	return addLink(tx, p.ID)
}

// addLink makes a secret address of a person's page. Only its hash is kept, so
// that each mail has to carry a new one.
func addLink(tx *gorm.DB, person string) (string, error) {
	secret := newSecret()
	if err := tx.Create(&link{digest(secret), person}).Error; err != nil {
		return "", fmt.Errorf("keep a link: %w", err)
	}
	return secret, nil
}

// count refuses what exceeds the day's limit of an address.
func (s *Store) count(tx *gorm.DB, what, address string, limit int, now time.Time) error {
	day := string(inventory.DateOf(now, inventory.Tunis()))
	salt, err := saltOf(tx, day)
	if err != nil {
		return err
	}
	n := 0
	err = tx.Raw(`INSERT INTO request_tries (mark, day, n) VALUES (?, ?, 1)
		ON CONFLICT (mark) DO UPDATE SET n = request_tries.n + 1 RETURNING n`,
		digest(salt+"\x00"+what+"\x00"+identity.Network(address)), day).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("count what an address sends: %w", err)
	}
	if n > limit {
		return fault.New(fault.Throttled, "request.throttled")
	}
	return nil
}

// saltOf returns the salt of the day. With the salts of other days goes all
// that could lead from a count back to an address.
func saltOf(tx *gorm.DB, day string) (string, error) {
	for _, table := range []string{"request_tries", "request_salts"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE day < ?", day).Error; err != nil {
			return "", fmt.Errorf("forget other days: %w", err)
		}
	}
	return keptSecret(tx, day)
}

// salt is a secret of the house: one a day, and one for its forms.
type salt struct {
	Day  string `gorm:"primaryKey"`
	Salt string
}

// TableName names the table of salts.
func (salt) TableName() string { return "request_salts" }

func keptSecret(tx *gorm.DB, name string) (string, error) {
	one := salt{name, newSecret()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&one).Error; err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	var kept salt
	if err := fresh(tx).Where("day = ?", name).Take(&kept).Error; err != nil {
		return "", fmt.Errorf("read a salt: %w", err)
	}
	return kept.Salt, nil
}

// forms names the secret that stamps forms; it sorts after every day.
const forms = "forms"

// FormKey is the secret with which forms are stamped; every process has the same.
func (s *Store) FormKey(ctx context.Context) (string, error) {
	var kept salt
	found := s.db.WithContext(ctx).Where("day = ?", forms).Limit(1).Find(&kept)
	if found.Error != nil {
		return "", fmt.Errorf("read the key of forms: %w", found.Error)
	}
	if found.RowsAffected == 1 {
		return kept.Salt, nil
	}
	var key string
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		key, err = keptSecret(tx, forms)
		return err
	})
	return key, err
}

// support is one "me too".
type support struct {
	Ref  string `gorm:"primaryKey"`
	Mark string `gorm:"primaryKey"`
	At   time.Time
}

// TableName names the table of supports.
func (support) TableName() string { return "request_supports" }

// Supporter is somebody who says "me too".
type Supporter struct {
	Cookie   string // a secret of the browser
	Address  string // network address; not kept
	Email    string // to be told; may be empty
	Consent  bool
	Language lang.Tag
}

// Support counts one more person who asks for the same; the same browser
// counts once. It returns the secret of the person's page when they left an
// address to be told.
func (s *Store) Support(ctx context.Context, ref string, who Supporter) (secret string, err error) {
	if err := request.CheckEmail(who.Email, who.Consent); err != nil {
		return "", err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		now := s.now()
		r, err := lock(tx, ref)
		if err != nil {
			return err
		}
		if err := r.Support(now); err != nil {
			return err
		}
		one := support{ref, digest("support " + who.Cookie), now}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&one)
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			return fault.New(fault.Conflict, "request.support.twice")
		}
		if err := s.count(tx, "support", who.Address, supportsADay, now); err != nil {
			return err
		}
		if err := s.count(tx, "support "+ref, who.Address, supportsOfOne, now); err != nil {
			return err
		}
		if err := write(tx, r.Revision, r); err != nil || who.Email == "" {
			return err
		}
		secret, err = addPerson(tx, request.Person{
			Ref: ref, Role: request.Follower, Email: who.Email, Language: who.Language, CreatedAt: now,
		})
		return err
	})
	return secret, database.Explain(err, "support "+ref)
}
