// Package vantagedb keeps the vantages, the batches that were taken from them,
// and what each sees of each check. The readings themselves go where all
// readings go.
package vantagedb

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/vantage"
)

// Store keeps vantages.
type Store struct {
	db            *gorm.DB
	now           func() time.Time
	confirmations int

	mu     sync.Mutex
	orders map[int16]orders // what each looks at, until something changes
}

// New returns a Store on db. now nil means the wall clock; confirmations is how
// often a failure is looked at again before it counts.
func New(db *gorm.DB, now func() time.Time, confirmations int) *Store {
	return &Store{db: db, now: database.Clock(now), confirmations: confirmations, orders: map[int16]orders{}}
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// List returns every vantage, by slug, to who keeps them.
func (s *Store) List(ctx context.Context, by identity.Actor) ([]vantage.Vantage, error) {
	if err := by.Must(identity.ManageVantages, ""); err != nil {
		return nil, err
	}
	return s.all(ctx)
}

func (s *Store) all(ctx context.Context) ([]vantage.Vantage, error) {
	var list []vantage.Vantage
	err := s.db.WithContext(ctx).Order("slug").Find(&list).Error
	return list, database.Explain(err, "list vantages")
}

// Vantage returns one to who keeps them.
func (s *Store) Vantage(ctx context.Context, by identity.Actor, slug string) (*vantage.Vantage, error) {
	if err := by.Must(identity.ManageVantages, ""); err != nil {
		return nil, err
	}
	return s.find(ctx, slug)
}

func (s *Store) find(ctx context.Context, slug string) (*vantage.Vantage, error) {
	var v vantage.Vantage
	err := s.db.WithContext(ctx).Take(&v, "slug = ?", slug).Error
	if err != nil {
		return nil, database.Explain(err, "read vantage "+slug)
	}
	return &v, nil
}

// Add makes the vantage that want describes.
func (s *Store) Add(ctx context.Context, by identity.Actor, want vantage.Vantage) (*vantage.Vantage, error) {
	made, err := vantage.New(by, want, s.now())
	if err != nil {
		return nil, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := exist(tx, made); err != nil {
			return err
		}
		err := tx.Create(made).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			taken := fault.At("slug", "vantage.slug.taken", made.Slug)
			taken.Kind = fault.Conflict
			return taken
		}
		if err != nil {
			return err
		}
		return s.note(tx, by, "vantage.add", made, nil)
	})
	if err != nil {
		return nil, database.Explain(err, "add vantage "+made.Slug)
	}
	return made, nil
}

// exist is a fault when v names an institution or a service that there is none of.
func exist(tx *gorm.DB, v *vantage.Vantage) error {
	var faults []error
	if v.Institution != "" {
		var n int64
		if err := tx.Table("institutions").Where("slug = ?", v.Institution).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			faults = append(faults, fault.At("institution", "institution.unknown", v.Institution))
		}
	}
	var known []string
	if err := tx.Table("services").Where("slug IN ?", v.Scope.Services).Pluck("slug", &known).Error; err != nil {
		return err
	}
	there := map[string]bool{}
	for _, slug := range known {
		there[slug] = true
	}
	for _, slug := range v.Scope.Services {
		if !there[slug] {
			faults = append(faults, fault.At("services", "vantage.service.unknown", slug))
		}
	}
	return errors.Join(faults...)
}

// Change loads a vantage, lets change decide, and saves what it decided, with
// its audit line. revision 0 agrees with any.
func (s *Store) Change(ctx context.Context, by identity.Actor, slug string, revision int, act string,
	change func(*vantage.Vantage) error,
) (*vantage.Vantage, error) {
	var v vantage.Vantage
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := lock(tx, &v, slug); err != nil {
			return err
		}
		if revision != 0 && revision != v.Revision {
			return fault.New(fault.Stale, "vantage.stale")
		}
		before := trail(&v)
		if err := change(&v); err != nil {
			return err
		}
		if err := exist(tx, &v); err != nil {
			return err
		}
		if err := tx.Select("*").Omit("created_at").Updates(&v).Error; err != nil {
			return err
		}
		if _, err := bump(tx); err != nil { // a vantage that is revoked has no say from now on
			return err
		}
		return s.note(tx, by, act, &v, before)
	})
	if err != nil {
		return nil, database.Explain(err, "change vantage "+slug)
	}
	return &v, nil
}

func lock(tx *gorm.DB, v *vantage.Vantage, slug string) error {
	return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(v, "slug = ?", slug).Error
}

// Invite gives a vantage a new one-time token and returns it: it is kept nowhere.
func (s *Store) Invite(ctx context.Context, by identity.Actor, slug string) (string, *vantage.Vantage, error) {
	var secret [24]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", nil, err
	}
	token := "jardv-" + base64.RawURLEncoding.EncodeToString(secret[:])
	v, err := s.Change(ctx, by, slug, 0, "vantage.invite", func(v *vantage.Vantage) error {
		return v.Invite(by, token, s.now())
	})
	return token, v, err
}

// Revoke ends a vantage at once.
func (s *Store) Revoke(ctx context.Context, by identity.Actor, slug string) (*vantage.Vantage, error) {
	return s.Change(ctx, by, slug, 0, "vantage.revoke", func(v *vantage.Vantage) error { return v.Revoke(by, s.now()) })
}

// Enrol exchanges a one-time token for an identity.
func (s *Store) Enrol(ctx context.Context, e *vantage.Enrolment) (*vantage.Vantage, error) {
	var slug string
	err := s.db.WithContext(ctx).Model(&vantage.Vantage{}).Select("slug").
		Take(&slug, "token_hash = ? AND token_hash <> ''", vantage.HashToken(e.Token)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, vantage.ErrToken()
	}
	if err != nil {
		return nil, database.Explain(err, "find a vantage by its token")
	}
	by := identity.Actor{Account: "vantage/" + slug, Role: identity.Agent}
	return s.Change(ctx, by, slug, 0, "vantage.enrol", func(v *vantage.Vantage) error {
		return v.Enrol(e.Token, e.PublicKey, e.Program, s.now())
	})
}

// Signed returns the vantage that a request says it comes from, whose
// signature the caller then checks.
func (s *Store) Signed(ctx context.Context, slug string) (*vantage.Vantage, error) {
	v, err := s.find(ctx, slug)
	if kind, ours := fault.KindOf(err); ours && kind == fault.NotFound {
		return nil, vantage.ErrSignature()
	}
	return v, err
}

// Hear keeps what a heartbeat says.
func (s *Store) Hear(ctx context.Context, by identity.Actor, slug string, h *vantage.Heartbeat) (*vantage.Vantage, error) {
	var v vantage.Vantage
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := lock(tx, &v, slug); err != nil {
			return err
		}
		silent := v.Quiet(s.now())
		if err := v.Hear(by, h, s.now()); err != nil {
			return err
		}
		if silent {
			if _, err := bump(tx); err != nil {
				return err
			}
		}
		return tx.Select("seen_at", "version", "offset_us", "waiting", "lost").Updates(&v).Error
	})
	return &v, database.Explain(err, "hear vantage "+slug)
}

// bump tells whoever weighs views that one has changed, and returns the number
// of that news.
func bump(tx *gorm.DB) (version int64, err error) {
	err = tx.Raw("UPDATE watch_state SET value = value + 1 WHERE name = 'elsewhere' RETURNING value").Scan(&version).Error
	return version, err
}

// note writes the audit line of a change.
func (s *Store) note(tx *gorm.DB, by identity.Actor, act string, v *vantage.Vantage, before any) error {
	line, err := audit.New(by, s.now(), act, "vantage", v.Slug, v.Institution, before, trail(v))
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// trail is what the audit keeps of a vantage: never its token.
func trail(v *vantage.Vantage) map[string]any {
	return map[string]any{
		"name": v.Name, "network": v.Network, "institution": v.Institution, "scope": v.Scope, "invited_until": v.TokenUntil,
		"public_key": v.PublicKey, "enrolled_at": v.EnrolledAt, "revoked_at": v.RevokedAt,
	}
}
