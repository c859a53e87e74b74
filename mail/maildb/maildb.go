// Package maildb keeps the outbox. Like the audit trail it may be used by
// every other *db room: a mail belongs in the transaction of what it tells of,
// so that nobody is told of what did not happen, and nothing that happened
// goes untold.
package maildb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/mail"
)

// Append puts messages into the outbox in the transaction tx, after checking
// each. A message whose key is there already is left out: handing it over
// twice is as once.
func Append(tx *gorm.DB, messages ...mail.Message) error {
	letters := make([]mail.Letter, 0, len(messages))
	for _, m := range messages {
		l, err := letter(m, tx.NowFunc())
		if err != nil {
			return err
		}
		letters = append(letters, l)
	}
	if len(letters) == 0 {
		return nil
	}
	once := clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoNothing: true}
	if err := tx.Clauses(once).CreateInBatches(&letters, 50).Error; err != nil {
		return fmt.Errorf("append to the outbox: %w", err)
	}
	return nil
}

func letter(m mail.Message, now time.Time) (mail.Letter, error) {
	if err := m.Check(); err != nil {
		return mail.Letter{}, fmt.Errorf("append to the outbox: %w", err)
	}
	if !m.At.IsZero() {
		now = m.At
	}
	to, err := mail.Address(m.To)
	if err != nil {
		return mail.Letter{}, err
	}
	l := mail.Letter{
		ID: uuid.Must(uuid.NewV7()).String(), Key: m.Key, Kind: m.Kind, Account: m.Account, Recipient: to, Name: m.Name,
		Lang: m.Lang, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Attachments: m.Attachments,
		Unsubscribe: m.Unsubscribe, Thread: m.Thread, Sensitive: m.Sensitive, State: mail.Queued, QueuedAt: now, NextAt: now,
	}
	if l.Key == "" {
		l.Key = l.ID
	}
	if l.Attachments == nil {
		l.Attachments = []mail.Attachment{}
	}
	return l, nil
}

// Store keeps the outbox.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db. A nil now is the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store { return &Store{db: db, now: database.Clock(now)} }

// Next takes up to n letters that are ready and hands them to the caller, who
// has them in hand until it says Sent or Failed, or for mail.InHand. Another
// sender on the same database gets others. What waited too long is given up.
func (s *Store) Next(ctx context.Context, n int) ([]mail.Letter, error) {
	now := s.now()
	var taken []mail.Letter
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var ready []mail.Letter
		// The longest pauses bound both: a clock that was wrong must not hold a letter for ever.
		err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
			Where("state = ? AND (next_at <= ? OR next_at > ?) AND (taken_until IS NULL OR taken_until <= ? OR taken_until > ?)",
				mail.Queued, now, now.Add(mail.LongDelay), now, now.Add(mail.InHand)).
			Order("next_at, id").Limit(n).Find(&ready).Error
		if err != nil {
			return err
		}
		for _, l := range ready {
			if !l.Ready(now) {
				continue
			}
			if l.Old(now) {
				l.Fail(mail.Failure{Reason: mail.TooOld, Final: true}, now)
				l.Empty(now)
			} else {
				l.Take(now)
				taken = append(taken, l)
			}
			if err := save(tx, &l); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, database.Explain(err, "take from the outbox")
}

// Sent notes that a server took the letter.
func (s *Store) Sent(ctx context.Context, id string) error {
	return s.change(ctx, id, "note that mail was sent", func(l *mail.Letter) { l.Deliver(s.now()) })
}

// Failed notes that a letter could not be delivered, and why.
func (s *Store) Failed(ctx context.Context, id string, f mail.Failure) error {
	return s.change(ctx, id, "note that mail failed", func(l *mail.Letter) { l.Fail(f, s.now()) })
}

// Release gives letters back that nobody tried to send, because the server was
// away or the program stops; they wait for the pause, and no try is counted.
func (s *Store) Release(ctx context.Context, pause time.Duration, ids ...string) error {
	err := s.db.WithContext(ctx).Model(&mail.Letter{}).Where("id IN ? AND state = ?", ids, mail.Queued).
		Updates(map[string]any{"taken_until": nil, "next_at": s.now().Add(pause)}).Error
	return database.Explain(err, "give mail back to the outbox")
}

// change lets what happened to a letter change it. A letter that is sent stays
// as it is, whoever else had it in hand.
func (s *Store) change(ctx context.Context, id, doing string, happened func(*mail.Letter)) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		l, err := lock(tx, id)
		if err != nil {
			return err
		}
		if l.State == mail.Sent {
			return nil
		}
		happened(l)
		return save(tx, l)
	})
	return database.Explain(err, doing)
}

func lock(tx *gorm.DB, id string) (*mail.Letter, error) {
	var l mail.Letter
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&l, "id = ?", id).Error
	return &l, err
}

func save(tx *gorm.DB, l *mail.Letter) error {
	return tx.Model(l).Select("*").Omit("id", "key", "queued_at").Updates(l).Error
}
