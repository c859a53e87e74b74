// Package mandatedb keeps who answers for open data: designations of officers,
// the committee's members and advice, and the versions of the common rules.
package mandatedb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/naming"
)

// Store keeps what this room is about.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db that takes the time from now; nil means the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store {
	return &Store{db: db, now: database.Clock(now)}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// requestKey names a request of the actor; empty when it has no name.
func requestKey(by identity.Actor, key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(by.Account + "\x00" + by.Name + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// explain turns what the database says into faults; none of gorm's leaves this room.
func explain(err error, doing string) error {
	if _, ok := fault.KindOf(err); err == nil || ok {
		return err
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.New(fault.NotFound, "fault.not_found")
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fault.New(fault.Conflict, "fault.duplicate")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// locked reads a row that the transaction goes on to change.
func locked(tx *gorm.DB) *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// record writes the audit line of a change in its transaction.
func (s *Store) record(tx *gorm.DB, by identity.Actor, act, subject, ref, institution, reason string, before, after any) error {
	line, err := audit.New(by, s.now(), act, subject, ref, institution, before, after)
	if err != nil {
		return err
	}
	line.Reason = reason
	return auditdb.Append(tx, line)
}

// treeOf reads the institutions: who stands under whom.
func treeOf(tx *gorm.DB) (identity.Tree, error) {
	var all []identity.Institution
	if err := tx.Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read institutions: %w", err)
	}
	tree := identity.Tree{}
	for _, i := range all {
		tree[i.Slug] = i
	}
	return tree, nil
}

// peopleOf reads the accounts as mandates need to know them.
func peopleOf(tx *gorm.DB) (mandate.People, error) {
	var rows []identity.Account
	err := tx.Select("id", "name", "role", "institution", "disabled_at").Where("role = ?", identity.Officer).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	people := mandate.People{}
	for _, a := range rows {
		p := mandate.Person{Account: a.ID, Name: a.Name, Role: a.Role, DisabledAt: a.DisabledAt}
		if a.Institution != nil {
			p.Institution = *a.Institution
		}
		people[a.ID] = p
	}
	return people, nil
}

// Terms returns the numbers of the rules.
func (s *Store) Terms(ctx context.Context) (mandate.Terms, error) {
	return termsOf(s.db.WithContext(ctx))
}

func termsOf(tx *gorm.DB) (mandate.Terms, error) {
	var rows []mandate.Term
	if err := tx.Order("code").Find(&rows).Error; err != nil {
		return mandate.Terms{}, fmt.Errorf("read terms: %w", err)
	}
	return mandate.Read(rows), nil
}

// Reference is the data a seed brings.
type Reference struct {
	Terms         []mandate.Term
	Rules         []naming.Rule
	Nomenclatures []naming.Nomenclature
}

// Seed loads terms, rules and lists. Terms are brought up to date; a version of
// a rule or a list that is there stays as it was adopted.
func (s *Store) Seed(ctx context.Context, by identity.Actor, r Reference) error {
	if err := by.Must(identity.ManageInstitutes, ""); err != nil {
		return err
	}
	for n := range r.Rules {
		r.Rules[n].CreatedAt = s.now()
	}
	for n := range r.Nomenclatures {
		r.Nomenclatures[n].CreatedAt = s.now()
	}
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if len(r.Terms) > 0 {
			if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&r.Terms).Error; err != nil {
				return err
			}
		}
		keep := clause.OnConflict{DoNothing: true}
		added := int64(0)
		if len(r.Rules) > 0 {
			done := tx.Clauses(keep).Create(&r.Rules)
			if done.Error != nil {
				return done.Error
			}
			added += done.RowsAffected
		}
		if len(r.Nomenclatures) > 0 {
			done := tx.Clauses(keep).Create(&r.Nomenclatures)
			if done.Error != nil {
				return done.Error
			}
			added += done.RowsAffected
		}
		if added == 0 {
			return nil
		}
		return s.record(tx, by, "rules.seed", "rules", "rules", "", "", nil, map[string]any{"added": added})
	}), "seed rules")
}
