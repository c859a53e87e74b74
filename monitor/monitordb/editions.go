package monitordb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Issued is an edition that was stated: it never changes.
type Issued struct {
	Hash     string `gorm:"primaryKey"`
	Service  string
	FromAt   int64 // microseconds
	ToAt     int64
	Method   int64
	Document string
	IssuedBy string
	IssuedAt time.Time
}

// TableName names the table.
func (Issued) TableName() string { return "service_editions" }

// From returns when the period begins.
func (i *Issued) From() time.Time { return time.UnixMicro(i.FromAt).UTC() }

// To returns when it ends.
func (i *Issued) To() time.Time { return time.UnixMicro(i.ToAt).UTC() }

// Edition computes how available a service was in from..to from its single
// readings, packed or not.
func (s *Store) Edition(ctx context.Context, service string, from, to time.Time) (monitor.Edition, error) {
	var ids []int64
	db := s.db.WithContext(ctx)
	if err := db.Model(&monitor.Check{}).Where("service = ?", service).Order("id").Pluck("id", &ids).Error; err != nil {
		return monitor.Edition{}, database.Explain(err, "compute edition of "+service)
	}
	planned, err := s.Planned(ctx, service, from, to)
	if err != nil {
		return monitor.Edition{}, err
	}
	var checks []monitor.CheckReadings
	for _, id := range ids {
		readings, err := s.History(ctx, id, from, to)
		if err != nil {
			return monitor.Edition{}, err
		}
		readings = monitor.About(readings, from, to)
		if len(readings) > 0 && readings[0].At.Before(to) { // else the check is older or younger than the period
			checks = append(checks, monitor.CheckReadings{Check: id, Readings: readings})
		}
	}
	return monitor.NewEdition(service, from, to, checks, planned), nil
}

// Issue states the availability of a service in from..to. What was stated
// before in the same words is returned as it stands.
func (s *Store) Issue(ctx context.Context, by identity.Actor, slug string, from, to time.Time) (*Issued, error) {
	v, err := s.Service(ctx, by, slug)
	if err != nil {
		return nil, err
	}
	from, to = from.UTC().Truncate(time.Microsecond), to.UTC().Truncate(time.Microsecond)
	now := s.now()
	if err := monitor.MayIssue(by, v.Institution, from, to, now); err != nil {
		return nil, err
	}
	e, err := s.Edition(ctx, slug, from, to)
	if err != nil {
		return nil, err
	}
	made := Issued{
		Hash: e.Hash, Service: slug, FromAt: micro(from), ToAt: micro(to), Method: int64(e.Method), Document: e.Document,
		IssuedBy: by.Account, IssuedAt: now,
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		created, err := database.CreateOrTake(tx, &made, "hash", e.Hash)
		if err != nil || !created {
			return err
		}
		line, err := audit.New(by, now, "service.edition", "service", slug, v.Institution, nil,
			map[string]any{"from": from, "to": to, "hash": e.Hash})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	if err != nil {
		return nil, database.Explain(err, "issue edition of "+slug)
	}
	return &made, nil
}

// Editions returns what was stated about a service that the actor may see, the
// latest first.
func (s *Store) Editions(ctx context.Context, by identity.Actor, slug string, limit int) ([]Issued, error) {
	if _, err := s.Service(ctx, by, slug); err != nil {
		return nil, err
	}
	var list []Issued
	err := s.db.WithContext(ctx).Order("issued_at DESC, hash").Limit(limit).Find(&list, "service = ?", slug).Error
	return list, database.Explain(err, "list editions of "+slug)
}

// IssuedEdition returns one of them.
func (s *Store) IssuedEdition(ctx context.Context, by identity.Actor, slug, hash string) (*Issued, error) {
	if _, err := s.Service(ctx, by, slug); err != nil {
		return nil, err
	}
	var one Issued
	err := s.db.WithContext(ctx).Take(&one, "hash = ? AND service = ?", hash, slug).Error
	if err != nil {
		return nil, database.Explain(err, "read edition of "+slug)
	}
	return &one, nil
}

// errChanged is an edition that does not read as it was issued.
var errChanged = errors.New("its text was changed after it was issued")

// verifyEditions hashes every edition again.
func verifyEditions(db *gorm.DB) error {
	found, err := db.Model(&Issued{}).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var one Issued
		if err := db.ScanRows(found, &one); err != nil {
			return err
		}
		if monitor.EditionHash(one.Document) != one.Hash {
			return fmt.Errorf("edition %s of %s: %w", one.Hash, one.Service, errChanged)
		}
	}
	return found.Err()
}
