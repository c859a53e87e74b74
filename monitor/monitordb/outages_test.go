package monitordb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

// An incident ends with the last of its outages, whichever is closed last: one
// that takes five good looks to close ended with the first of them.
func TestAnIncidentEndsWithItsLastOutage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := newStreet(t, db, "a", "b")
		s.fail("41.1.1.1", "a", "b")
		s.want("[a* b*]*")
		s.ok(db.Transaction(func(tx *gorm.DB) error {
			c, err := s.store.newScene(tx, noon)
			s.ok(err)
			s.ok(c.close(s.all["b"].current.CheckID, noon, noon.Add(10*time.Minute), monitor.Unwatched))
			return c.close(s.all["a"].current.CheckID, noon, noon.Add(5*time.Minute+time.Microsecond), monitor.Recovered)
		}))
		i := s.list()[0]
		if i.EndedAt == nil || !i.EndedAt.Equal(noon.Add(10*time.Minute)) || i.Resolution != monitor.Unwatched || !i.TouchedAt.Equal(*i.EndedAt) {
			t.Errorf("it ended %v as %q, touched %v; want with the last of its outages", i.EndedAt, i.Resolution, i.TouchedAt)
		}
	})
}
