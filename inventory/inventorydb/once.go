package inventorydb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Answer is the answer to a request that its sender named, kept so that the
// same request sent again (the network cut the first answer off) changes
// nothing and is answered the same.
type Answer struct {
	Key       string `gorm:"primaryKey"` // hash of sender and name
	Request   string // hash of what was asked
	Body      []byte
	CreatedAt time.Time
}

// TableName names the table of answers.
func (Answer) TableName() string { return "kept_answers" }

// AnswerLife is how long an answer is kept.
const AnswerLife = 24 * time.Hour

// Once runs work unless the actor has sent the same request under key within
// the last day; then it returns what work returned at that time. Change and
// answer are written in one transaction. What fails is not kept: it may be
// tried again under the same key.
func (s *Store) Once(
	ctx context.Context, by identity.Actor, key, request string, work func(*Store) ([]byte, error),
) ([]byte, error) {
	now := s.now()
	entry := Answer{Key: digest(by.Account + "\x00" + by.Name + "\x00" + key), Request: digest(request), CreatedAt: now}
	once := func(tx *gorm.DB, inside *Store) error {
		if err := tx.Where("created_at < ?", now.Add(-AnswerLife)).Delete(&Answer{}).Error; err != nil {
			return fmt.Errorf("forget old answers: %w", err)
		}
		kept, err := firstAnswer(tx, entry)
		if err != nil || kept != nil {
			entry.Body = kept
			return err
		}
		if entry.Body, err = work(inside); err != nil {
			return err
		}
		return tx.Model(&Answer{}).Where("key = ?", entry.Key).Update("body", entry.Body).Error
	}
	// Whether a commit without an answer kept it, the key tells: work is run again only when it did not.
	err := database.Keyed(ctx, s.db, func() error { return s.within(ctx, once) })
	if err != nil {
		return nil, explain(err, "answer once")
	}
	return entry.Body, nil
}

// firstAnswer returns the answer kept under the entry's key; when there is
// none it takes the key, and whoever sends the same meanwhile waits for this
// transaction's end.
func firstAnswer(tx *gorm.DB, entry Answer) ([]byte, error) {
	entry.Body = []byte{}
	taken := tx.Exec(`INSERT INTO kept_answers (key, request, body, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO NOTHING`, entry.Key, entry.Request, entry.Body, entry.CreatedAt)
	if taken.Error != nil {
		return nil, fmt.Errorf("take a key: %w", taken.Error)
	}
	if taken.RowsAffected == 1 {
		return nil, nil
	}
	var kept Answer
	if err := tx.Where("key = ?", entry.Key).Take(&kept).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil, fault.New(fault.Conflict, "dataset.key_busy")
		}
		return nil, fmt.Errorf("read a kept answer: %w", err)
	}
	if kept.Request != entry.Request {
		return nil, fault.At("Idempotency-Key", "dataset.key_reused")
	}
	return kept.Body, nil
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
