package monitordb

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// chainRow is one certificate of the chain that a check's server sends.
type chainRow struct {
	CheckID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Position  int   `gorm:"primaryKey;autoIncrement:false"`
	Mark      string
	Subject   string
	Issuer    string
	NotBefore time.Time
	NotAfter  time.Time
	SHA256    string `gorm:"column:sha256"`
	KeyKind   string
	Signature string
}

// TableName names the table of chains.
func (chainRow) TableName() string { return "check_chains" }

// Chain returns the certificates that a check's server sends, in its order.
func (s *Store) Chain(ctx context.Context, check int64) ([]monitor.Certificate, error) {
	var rows []chainRow
	if err := s.db.WithContext(ctx).Order("position").Find(&rows, "check_id = ?", check).Error; err != nil {
		return nil, database.Explain(err, "read a chain")
	}
	chain := make([]monitor.Certificate, 0, len(rows))
	for _, r := range rows {
		chain = append(chain, monitor.Certificate{
			Subject: r.Subject, Issuer: r.Issuer, NotBefore: r.NotBefore.UTC(), NotAfter: r.NotAfter.UTC(), SHA256: r.SHA256,
			Key: r.KeyKind, Signature: r.Signature,
		})
	}
	return chain, nil
}

// ChainMarks returns the mark of each chain that is kept, by check.
func (s *Store) ChainMarks(ctx context.Context) (map[int64]string, error) {
	var rows []chainRow
	err := s.db.WithContext(ctx).Select("check_id", "mark").Find(&rows, "position = 0").Error
	if err != nil {
		return nil, database.Explain(err, "read the chains' marks")
	}
	marks := make(map[int64]string, len(rows))
	for _, r := range rows {
		marks[r.CheckID] = r.Mark
	}
	return marks, nil
}

// KeepChains keeps what servers sent in the place of what they sent before, in
// one transaction. A check that is no longer in force keeps none.
func (s *Store) KeepChains(ctx context.Context, chains map[int64]*monitor.Secured) error {
	if len(chains) == 0 {
		return nil
	}
	return database.Explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		checks := make([]int64, 0, len(chains))
		for id := range chains {
			checks = append(checks, id)
		}
		slices.Sort(checks) // two processes take the rows in the same order
		for part := range slices.Chunk(checks, 500) {
			if err := keepChains(tx, part, chains); err != nil {
				return err
			}
		}
		return nil
	}), "keep chains")
}

func keepChains(tx *gorm.DB, checks []int64, chains map[int64]*monitor.Secured) error {
	if err := tx.Delete(&chainRow{}, "check_id IN ?", checks).Error; err != nil {
		return err
	}
	var inForce []int64
	err := tx.Model(&monitor.Check{}).Where("id IN ? AND retired_at IS NULL", checks).Order("id").Pluck("id", &inForce).Error
	if err != nil {
		return err
	}
	var rows []chainRow
	for _, id := range inForce {
		for n, c := range chains[id].Chain {
			rows = append(rows, chainRow{
				CheckID: id, Position: n, Mark: chains[id].Mark, Subject: c.Subject, Issuer: c.Issuer,
				NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: c.SHA256, KeyKind: c.Key, Signature: c.Signature,
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(rows, 500).Error
}
