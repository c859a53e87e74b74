// Package inventorydb keeps the register in the database: it loads a dataset,
// lets the rule decide, and saves what it decided together with the public
// copy and the audit line, in one transaction.
package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Store keeps datasets, their publications and the vocabulary.
type Store struct {
	db  *gorm.DB
	now func() time.Time

	mu         sync.Mutex
	vocabulary *inventory.Vocabulary
	version    int64 // of the vocabulary held

	quality measured

	alike        *alike  // finds twins; shared with stores inside a transaction
	public, desk *finder // what search finds; nil inside a transaction, where the tables are asked
}

// New returns a Store on db that takes the time from now; nil means the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store {
	return &Store{
		db: db, now: database.Clock(now), public: &finder{table: publicTable()}, desk: &finder{table: deskTable()},
		alike: &alike{},
	}
}

// Version counts the changes of a part of the register.
type Version struct {
	Part      string `gorm:"primaryKey"`
	Number    int64
	ChangedAt time.Time
}

// TableName names the table of versions.
func (Version) TableName() string { return "register_versions" }

// The parts that have a version.
const (
	cataloguePart  = "catalogue"
	vocabularyPart = "vocabulary"
)

// number is the last number given to a dataset of an institution in a year.
type number struct {
	Institution string `gorm:"primaryKey"`
	Year        int    `gorm:"primaryKey"`
	Last        int
}

// TableName names the table of numbers.
func (number) TableName() string { return "dataset_numbers" }

// CatalogueVersion tells how often what the public sees has changed, and when
// last. A reader who holds the same number holds the same catalogue.
func (s *Store) CatalogueVersion(ctx context.Context) (Version, error) {
	return readVersion(s.db.WithContext(ctx), cataloguePart)
}

func readVersion(db *gorm.DB, part string) (Version, error) {
	v := Version{Part: part}
	err := db.Where("part = ?", part).Take(&v).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return v, fmt.Errorf("read version of %s: %w", part, err)
	}
	return v, nil
}

// bump counts a change of the part. The row stays locked until the transaction
// ends, so that changes of one part follow each other.
func bump(tx *gorm.DB, part string, now time.Time) error {
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "part"}},
		DoUpdates: clause.Assignments(map[string]any{
			"number": gorm.Expr("register_versions.number + 1"), "changed_at": now,
		}),
	}).Create(&Version{Part: part, Number: 1, ChangedAt: now}).Error
	if err != nil {
		return fmt.Errorf("count a change of %s: %w", part, err)
	}
	return nil
}

// nextVersion counts a change of the part and returns its number: nobody else
// is given one until the transaction ends, and none at all if it fails.
func nextVersion(tx *gorm.DB, part string, now time.Time) (int64, error) {
	if err := bump(tx, part, now); err != nil {
		return 0, err
	}
	v, err := readVersion(tx, part)
	return v.Number, err
}

// enter notes on p that the catalogue's present version, which this transaction
// has counted up, is the first to tell of it as it now is. Whoever changes what
// the public sees calls it, or the change feed is silent about the change.
func enter(tx *gorm.DB, p *inventory.Publication) error {
	v, err := readVersion(fresh(tx), cataloguePart)
	if err == nil {
		p.Enter(v.Number)
	}
	return err
}

// explain turns what the database says about a dataset into a fault where the
// caller can act on it.
func explain(err error, doing string) error {
	if _, ok := fault.KindOf(err); err == nil || ok {
		return err
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.New(fault.NotFound, "fault.not_found")
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fault.New(fault.Conflict, "dataset.duplicate")
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fault.At("institution", "dataset.institution.unknown")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// tree reads every institution. Rules about bodies are identity's; the register
// only asks who is under whom.
func tree(db *gorm.DB) (identity.Tree, error) {
	var all []identity.Institution
	if err := db.Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read institutions: %w", err)
	}
	t := identity.Tree{}
	for _, i := range all {
		t[i.Slug] = i
	}
	return t, nil
}

// mustExist refuses an institution that does not exist now.
func mustExist(db *gorm.DB, slug string, now time.Time) error {
	var i identity.Institution
	err := db.Where("slug = ?", slug).Take(&i).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !i.Exists(now) {
		return fault.At("institution", "dataset.institution.unknown", slug)
	}
	if err != nil {
		return fmt.Errorf("read institution: %w", err)
	}
	return nil
}
