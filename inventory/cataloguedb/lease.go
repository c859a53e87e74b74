package cataloguedb

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
)

// leaseFor is how long a process that says nothing more is taken for alive, in
// milliseconds: it renews its lease with everything it stores.
const leaseFor = 20_000

// ErrLeaseLost says that another process took over: what this one was about to
// store would come too late.
var ErrLeaseLost = errors.New("another process writes the catalogue now")

// Lease is the right to write the next snapshot. One process has it at a time;
// a dead one loses it by the clock of the database.
type Lease struct{ holder string }

// holds is the row of the lease.
type holds struct {
	ID     int `gorm:"primaryKey"`
	Holder string
	Until  int64
}

// TableName names the table of the lease.
func (holds) TableName() string { return "catalogue_lease" }

// milliseconds is the database's own clock: those of two machines may differ.
func milliseconds(db *gorm.DB) string {
	if database.EngineOf(db) == database.Postgres {
		return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	}
	return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
}

// Lease asks for the lease under a name that no other process has; ok is false
// while another has it.
func (s *Store) Lease(ctx context.Context, holder string) (l Lease, ok bool, err error) {
	clock := milliseconds(s.db)
	taken := s.db.WithContext(ctx).Exec("UPDATE catalogue_lease SET holder = ?, until = "+clock+" + ? WHERE id = 1 AND (holder = ? OR until < "+clock+")",
		holder, leaseFor, holder)
	if taken.Error != nil {
		return l, false, fmt.Errorf("lease the catalogue: %w", taken.Error)
	}
	return Lease{holder}, taken.RowsAffected == 1, nil
}

// renew holds on to the lease in the transaction of what it permits.
func (l Lease) renew(tx *gorm.DB) error {
	renewed := tx.Exec("UPDATE catalogue_lease SET until = "+milliseconds(tx)+" + ? WHERE id = 1 AND holder = ?", leaseFor, l.holder)
	if renewed.Error == nil && renewed.RowsAffected == 0 {
		return ErrLeaseLost
	}
	return renewed.Error
}

// Release gives the lease back.
func (s *Store) Release(ctx context.Context, l Lease) error {
	err := s.db.WithContext(ctx).Exec("UPDATE catalogue_lease SET holder = '', until = 0 WHERE id = 1 AND holder = ?", l.holder).Error
	if err != nil {
		return fmt.Errorf("give back the lease of the catalogue: %w", err)
	}
	return nil
}
