// Package domaindb keeps what is known of the domains that active services
// stand on.
package domaindb

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
)

// Store keeps domains.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db.
func New(db *gorm.DB, now func() time.Time) *Store {
	db, now = database.Timed(db, now)
	return &Store{db, now}
}

// target is one address that an active service is looked at by.
type target struct {
	Slug, Institution, Target string
	Name                      lang.Text `gorm:"serializer:json"`
}

// All returns the domains that active services stand on, by name: those nobody
// asked about yet as well.
func (s *Store) All(ctx context.Context) ([]domain.Standing, error) {
	return all(s.db.WithContext(ctx))
}

func all(tx *gorm.DB) ([]domain.Standing, error) {
	var targets []target
	err := tx.Table("checks").Select("services.slug, services.institution, services.name, checks.target").
		Joins("JOIN services ON services.slug = checks.service").
		Where("services.state = ? AND checks.retired_at IS NULL", monitor.Active).Order("services.slug, checks.id").Find(&targets).Error
	if err != nil {
		return nil, database.Explain(err, "read targets")
	}
	var known []domain.Domain
	if err := tx.Find(&known).Error; err != nil {
		return nil, database.Explain(err, "read domains")
	}
	kept := make(map[string]domain.Domain, len(known))
	for _, d := range known {
		kept[d.Name] = d
	}
	at := map[string]int{}
	var list []domain.Standing
	for _, t := range targets {
		name, ok := domain.Of(t.Target)
		if !ok {
			continue
		}
		n, there := at[name]
		if !there {
			one := domain.Standing{Domain: kept[name]}
			one.Name = name
			n, at[name] = len(list), len(list)
			list = append(list, one)
		}
		of := &list[n].Services
		if len(*of) == 0 || (*of)[len(*of)-1].Slug != t.Slug {
			*of = append(*of, domain.Service{Slug: t.Slug, Institution: t.Institution, Name: t.Name})
		}
	}
	slices.SortFunc(list, func(a, b domain.Standing) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Due returns the domains to ask about now, the longest waiting first.
func (s *Store) Due(ctx context.Context, most int) ([]domain.Domain, error) {
	list, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var due []domain.Domain
	for n := range list {
		if !list[n].NextAt.After(now) {
			due = append(due, list[n].Domain)
		}
	}
	slices.SortStableFunc(due, func(a, b domain.Domain) int { return a.NextAt.Compare(b.NextAt) })
	return due[:min(len(due), most)], nil
}

// Note keeps what a question about name brought.
func (s *Store) Note(ctx context.Context, name string, seen domain.Seen) error {
	return s.change(ctx, name, func(_ *gorm.DB, d *domain.Domain) error {
		d.Note(seen, s.now())
		return nil
	})
}

// Enter keeps the day that by read at the registrar; nil takes it back.
func (s *Store) Enter(ctx context.Context, by identity.Actor, name string, day *time.Time) error {
	return s.change(ctx, name, func(tx *gorm.DB, d *domain.Domain) error {
		list, err := all(tx)
		if err != nil {
			return err
		}
		n := slices.IndexFunc(list, func(one domain.Standing) bool { return one.Name == name })
		if n < 0 {
			return fault.New(fault.NotFound, "domain.unknown")
		}
		one := &list[n]
		before := one.EnteredAs
		if err := one.Enter(by, day, s.now()); err != nil {
			return err
		}
		*d = one.Domain
		institutions := map[string]bool{}
		for _, v := range one.Services {
			if institutions[v.Institution] {
				continue
			}
			institutions[v.Institution] = true
			line, err := audit.New(by, s.now(), "domain.enter", "domain", name, v.Institution, trail{dayOf(before)}, trail{dayOf(day)})
			if err == nil {
				err = auditdb.Append(tx, line)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// trail is what of a domain a person decides.
type trail struct {
	Until string `json:"until"`
}

func dayOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// change lets a rule decide about a domain, known or not, in one transaction.
func (s *Store) change(ctx context.Context, name string, rule func(*gorm.DB, *domain.Domain) error) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		d := domain.Domain{Name: name, NextAt: s.now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&d).Error; err != nil {
			return err
		}
		if err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&d, "name = ?", name).Error; err != nil {
			return err
		}
		if err := rule(tx, &d); err != nil {
			return err
		}
		return tx.Select("*").Updates(&d).Error
	})
	return database.Explain(err, "change a domain")
}
