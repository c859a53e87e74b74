// Package monitordb keeps services, checks, readings and incidents. Readings
// go through one Writer, in batches of plain SQL; everything else through gorm.
package monitordb

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
)

// Store keeps the watch's records.
type Store struct {
	db   *gorm.DB
	now  func() time.Time
	zone *time.Location

	adopted atomic.Bool // nothing is left of what earlier versions kept
	made    struct {    // partitions that are known to be there
		sync.Mutex
		months map[string]bool
	}

	recent figures // what pages ask again and again
	roster roster  // and what hardly ever changes of it
	past   pastDays
	shares ratios // and what scrapes do
}

// New returns a Store on db. Days are cut in Tunis until In says otherwise.
func New(db *gorm.DB, now func() time.Time) *Store {
	db, now = database.Timed(db, now)
	return &Store{db: db, now: now, zone: database.Zone()}
}

// In cuts days in zone. It is called once, before the store is used.
func (s *Store) In(zone *time.Location) *Store {
	s.zone = zone
	return s
}

// Zone returns where days are cut.
func (s *Store) Zone() *time.Location { return s.zone }

// Day returns the midnight that begins the day of t.
func (s *Store) Day(t time.Time) time.Time {
	t = t.In(s.zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, s.zone).UTC()
}

// figure names in watch_state.
const (
	stateVersion = "version"
	stateRolled  = "rolled"
)

// state reads a number the watch keeps.
func (s *Store) state(ctx context.Context, name string) (int64, error) {
	var v int64
	err := s.db.WithContext(ctx).Raw("SELECT value FROM watch_state WHERE name = ?", name).Scan(&v).Error
	return v, database.Explain(err, "read watch state "+name)
}

// Version returns a number that rises with every change to a service or check.
func (s *Store) Version(ctx context.Context) (int64, error) { return s.state(ctx, stateVersion) }

// micro writes t as the readings keep it.
func micro(t time.Time) int64 { return t.UnixMicro() }

// figures remembers answers for a short time.
type figures struct {
	mu    sync.Mutex
	until time.Time
	board *Board

	now standings
}
