package monitordb

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// before is a row of readings_before: what versions before packs kept.
type before struct {
	CheckID    int64 `gorm:"primaryKey;autoIncrement:false"`
	At         int64 `gorm:"primaryKey;autoIncrement:false"`
	Verdict    monitor.Verdict
	Reason     monitor.Reason
	Status     int16
	Attempt    uint8
	EveryS     int64 `gorm:"column:every_s"`
	Bytes      int64
	DNSUs      int32 `gorm:"column:dns_us"`
	ConnectUs  int32
	TLSUs      int32
	WaitUs     int32
	TransferUs int32
}

func (before) TableName() string { return "readings_before" }

func (r *before) row() pack.Row {
	return pack.Row{
		Check: r.CheckID, At: r.At, Verdict: uint8(r.Verdict), Reason: uint8(r.Reason), Status: r.Status, Attempt: r.Attempt,
		Every: r.EveryS * 1_000_000, Bytes: r.Bytes,
		Phases: [5]int32{r.DNSUs, r.ConnectUs, r.TLSUs, r.WaitUs, r.TransferUs},
	}
}

// adoptAtOnce is how many rows of before are packed in one transaction.
const adoptAtOnce = 5000

// adopt packs what an earlier version kept a row a reading, until nothing of
// it is left. Until then readers look there too.
func (s *Store) adopt(ctx context.Context) error {
	for !s.adopted.Load() {
		var rows []before
		err := s.db.WithContext(ctx).Order("check_id, at").Limit(adoptAtOnce).Find(&rows).Error
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			s.adopted.Store(true)
			return nil
		}
		moved := make([]pack.Row, len(rows))
		oldest, newest := rows[0].At, rows[0].At
		for n := range rows {
			moved[n] = rows[n].row()
			oldest, newest = min(oldest, rows[n].At), max(newest, rows[n].At)
		}
		if err := s.months(ctx, oldest, newest); err != nil {
			return err
		}
		last := rows[len(rows)-1]
		err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			if err := lockGroup(tx, -2); err != nil {
				return err
			}
			if err := s.merge(tx, moved); err != nil {
				return err
			}
			return tx.Exec("DELETE FROM readings_before WHERE check_id < ? OR check_id = ? AND at <= ?",
				last.CheckID, last.CheckID, last.At).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readBefore appends what is not adopted yet.
func (s *Store) readBefore(db *gorm.DB, q span, rows []pack.Row) ([]pack.Row, error) {
	if q.vantage != 0 && !q.anywhere {
		return rows, nil
	}
	var old []before
	if err := db.Find(&old, "check_id = ? AND at >= ? AND at < ?", q.check, q.from, q.to).Error; err != nil {
		return nil, err
	}
	for n := range old {
		rows = append(rows, old[n].row())
	}
	return rows, nil
}
