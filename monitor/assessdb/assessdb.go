// Package assessdb keeps what the assessment stands on: facts about services,
// sets of criteria by version, answers of owners, actions, editions.
package assessdb

import (
	"context"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// Store keeps the assessment's records.
type Store struct {
	db    *gorm.DB
	now   func() time.Time
	zone  *time.Location
	known known
}

// known is what was read last of what is read often, with the state it had.
type known struct {
	sync.Mutex
	change int64
	facts  map[string]assess.Facts
	sets   map[string]*assess.Set // versions of the past never change
}

// New returns a Store on db. Days are cut in Tunis until In says otherwise.
func New(db *gorm.DB, now func() time.Time) *Store {
	db, now = database.Timed(db, now)
	return &Store{db: db, now: now, zone: database.Zone()}
}

// In cuts days and quarters in zone. It is called once, before the store is used.
func (s *Store) In(zone *time.Location) *Store {
	s.zone = zone
	return s
}

// Zone returns where days and quarters are cut.
func (s *Store) Zone() *time.Location { return s.zone }

// day is the day of t in days since 1970.
func (s *Store) day(t time.Time) int64 {
	t = t.In(s.zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// Names of what assess_state keeps.
const (
	stateFacts = "facts"
	stateSet   = "set"
)

// touch has whoever changes the same wait for each other, and tells other
// processes that it changed.
func touch(tx *gorm.DB, name string) error {
	return tx.Exec("UPDATE assess_state SET value = value + 1 WHERE name = ?", name).Error
}

// serviceRow is what is read of a service here.
type serviceRow struct {
	Slug        string
	Institution string
}

// institutionOf is who answers for a service, whatever its state.
func institutionOf(tx *gorm.DB, service string) (string, error) {
	var found []string
	if err := tx.Table("services").Where("slug = ?", service).Limit(1).Pluck("institution", &found).Error; err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	return found[0], nil
}

// services are those that are assessed: the ones that anybody may see.
func services(tx *gorm.DB, among ...string) ([]serviceRow, error) {
	var all []serviceRow
	q := tx.Table("services").Where("state = ?", "active")
	if len(among) > 0 {
		q = q.Where("slug IN ?", among)
	}
	err := q.Select("slug", "institution").Order("slug").Find(&all).Error
	return all, err
}

// write appends a line to the trail.
func (s *Store) write(tx *gorm.DB, by identity.Actor, act, subject, ref, institution string, before, after any) error {
	line, err := audit.New(by, s.now(), act, subject, ref, institution, before, after)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// within runs work in one transaction and says what was being done.
func (s *Store) within(ctx context.Context, doing string, work func(tx *gorm.DB) error) error {
	return database.Explain(s.db.WithContext(ctx).Transaction(work), doing)
}

// update writes every column of a row that is there.
func update(tx *gorm.DB, row any) error {
	done := tx.Select("*").Updates(row)
	if done.Error == nil && done.RowsAffected != 1 {
		return gorm.ErrRecordNotFound
	}
	return done.Error
}

// stale is the fault of whoever changed an older revision than the one stored.
func stale(have, shown int64) error {
	if have != shown {
		return fault.New(fault.Stale, "assess.stale")
	}
	return nil
}
