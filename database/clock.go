package database

import (
	"time"

	"gorm.io/gorm"
)

// Clock returns now cut to the microsecond in UTC: what both engines keep, so
// that a value read back equals the value written.
func Clock(now func() time.Time) func() time.Time {
	if now == nil {
		now = time.Now
	}
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}

// Timed returns db with now's stamps on what it writes, and that clock.
func Timed(db *gorm.DB, now func() time.Time) (*gorm.DB, func() time.Time) {
	now = Clock(now)
	return db.Session(&gorm.Session{NowFunc: now}), now
}

// Zone is where stores cut days until they are told otherwise. A machine
// without zone data has it too: Tunis keeps no summer time.
func Zone() *time.Location {
	const tunis = "Africa/Tunis"
	if zone, err := time.LoadLocation(tunis); err == nil {
		return zone
	}
	return time.FixedZone(tunis, 60*60)
}
