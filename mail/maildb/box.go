package maildb

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
)

// bodiless are the columns of a letter that any administrator may see: what
// was written to somebody else is nobody's business.
const bodiless = "id, kind, account, recipient, name, lang, subject, sensitive, state, tries, reason, " +
	"queued_at, next_at, taken_until, sent_at, emptied_at"

// Count is how many letters are in a state, and since when the first of them waits.
type Count struct {
	State mail.State
	N     int
	First time.Time
}

// Counts counts the outbox by state, every state included: numbers only, so it
// asks for no permission.
func (s *Store) Counts(ctx context.Context) ([]Count, error) {
	counts := make([]Count, 0, len(mail.States()))
	for _, state := range mail.States() {
		c := Count{State: state}
		var n int64
		q := s.db.WithContext(ctx).Model(&mail.Letter{}).Where("state = ?", state)
		if err := q.Count(&n).Error; err != nil {
			return nil, database.Explain(err, "count the outbox")
		}
		if c.N = int(n); n > 0 {
			var first mail.Letter
			err := s.db.WithContext(ctx).Select("queued_at").Where("state = ?", state).Order("queued_at").Limit(1).Find(&first).Error
			if err != nil {
				return nil, database.Explain(err, "count the outbox")
			}
			c.First = first.QueuedAt
		}
		counts = append(counts, c)
	}
	return counts, nil
}

// Box lists letters in a state, all of them when it is empty, the latest
// first, without what is written in them.
func (s *Store) Box(ctx context.Context, by identity.Actor, state mail.State, limit int) ([]mail.Letter, error) {
	if err := by.Must(identity.ManageMail, ""); err != nil {
		return nil, err
	}
	q := s.db.WithContext(ctx).Select(bodiless)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	var letters []mail.Letter
	err := q.Order("queued_at DESC, id DESC").Limit(limit).Find(&letters).Error
	return letters, database.Explain(err, "list the outbox")
}

// Retry puts a letter that failed at the front of the queue again.
func (s *Store) Retry(ctx context.Context, by identity.Actor, id string) error {
	if err := by.Must(identity.ManageMail, ""); err != nil {
		return err
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		l, err := lock(tx, id)
		if err != nil {
			return err
		}
		was := l.State
		if !l.Retry(s.now()) {
			return fault.New(fault.Conflict, "mail.retry.nothing")
		}
		if err := save(tx, l); err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), "mail.retry", "mail", l.ID, "",
			map[string]any{"state": was}, map[string]any{"state": l.State})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return database.Explain(err, "retry mail")
}

// Write puts one message of somebody who may into the outbox, with a line in the trail.
func (s *Store) Write(ctx context.Context, by identity.Actor, m mail.Message) error {
	if err := by.Must(identity.ManageMail, ""); err != nil {
		return err
	}
	m.At = s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		line, err := audit.New(by, s.now(), "mail.write", "mail", string(m.Kind), "", nil, nil)
		if err != nil {
			return err
		}
		if err := auditdb.Append(tx, line); err != nil {
			return err
		}
		return Append(tx, m)
	})
	return database.Explain(err, "write mail")
}

// Mine lists what was written to the actor's own account, the latest first.
func (s *Store) Mine(ctx context.Context, by identity.Actor, limit int) ([]mail.Letter, error) {
	if by.Account == "" {
		return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	var letters []mail.Letter
	err := s.db.WithContext(ctx).Where("account = ?", by.Account).
		Order("queued_at DESC, id DESC").Limit(limit).Find(&letters).Error
	return letters, database.Explain(err, "list own mail")
}

// One returns a letter to the actor's own account.
func (s *Store) One(ctx context.Context, by identity.Actor, id string) (*mail.Letter, error) {
	if by.Account == "" {
		return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	var l mail.Letter
	err := s.db.WithContext(ctx).Take(&l, "id = ? AND account = ?", id, by.Account).Error
	return &l, database.Explain(err, "read own mail")
}

// Purge removes the text of letters that were sent or given up longer ago than
// keep, and forgets those of long ago.
func (s *Store) Purge(ctx context.Context, keep time.Duration) error {
	now := s.now()
	err := s.db.WithContext(ctx).Model(&mail.Letter{}).
		Where("state <> ? AND emptied_at IS NULL AND queued_at <= ?", mail.Queued, now.Add(-keep)).
		Updates(map[string]any{"text": "", "html": "", "attachments": "[]", "unsubscribe": "", "emptied_at": now}).Error
	if err != nil {
		return database.Explain(err, "empty old mail")
	}
	// Of people outside it is not kept either whom it went to.
	err = s.db.WithContext(ctx).Model(&mail.Letter{}).Where("account = '' AND recipient <> '' AND emptied_at IS NOT NULL").
		Updates(map[string]any{"recipient": "", "name": ""}).Error
	if err != nil {
		return database.Explain(err, "forget receivers")
	}
	err = s.db.WithContext(ctx).Where("queued_at <= ?", now.Add(-mail.KeepRows)).Delete(&mail.Letter{}).Error
	return database.Explain(err, "forget old mail")
}
