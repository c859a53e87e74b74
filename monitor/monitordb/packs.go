package monitordb

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// packed is a row of reading_packs.
type packed struct {
	CheckID int64 `gorm:"primaryKey;autoIncrement:false"`
	Vantage int16 `gorm:"primaryKey;autoIncrement:false"`
	Start   int64 `gorm:"primaryKey;autoIncrement:false"`
	Hours   int64
	Count   int64
	Body    []byte
}

func (packed) TableName() string { return "reading_packs" }

func (p *packed) key() pack.Key {
	return pack.Key{Check: p.CheckID, Vantage: p.Vantage, Start: p.Start}
}

const (
	stateJoined = "joined" // the hour until which the hours of days are joined
	// packAtOnce bounds how many hours of a group are packed in one transaction.
	packAtOnce = 6
	// joinAfter is how long after its end a day's hours are joined: by then
	// what was late is in.
	joinAfter = 2 * time.Hour
)

// errNotKept is a pack that does not read as what was packed: it is not
// stored, and what it was made of stays.
var errNotKept = errors.New("a pack does not read as what was packed")

// Pack packs the readings of the hours that are over, joins the hours of the
// days that are, and binds the days of the half months that are. It may be called at any time, by anybody, again.
func (s *Store) Pack(ctx context.Context) error {
	if err := s.adopt(ctx); err != nil {
		return database.Explain(err, "pack readings of before")
	}
	cut := micro(s.now().Add(-settle).Truncate(time.Hour))
	for group := int64(math.MinInt64); ; {
		var next *int64
		err := s.db.WithContext(ctx).Raw("SELECT MIN(grp) FROM reading_batches WHERE grp > ?", group).Scan(&next).Error
		if err != nil {
			return database.Explain(err, "pack readings")
		}
		if next == nil {
			break
		}
		group = *next
		if err := s.packGroup(ctx, group, cut); err != nil {
			return database.Explain(err, "pack readings")
		}
	}
	if err := s.joinDays(ctx); err != nil {
		return database.Explain(err, "join packs of readings")
	}
	return database.Explain(s.bind(ctx), "bind packs of readings")
}

// packGroup packs the readings of a group of checks from before cut, a few
// hours at a time.
func (s *Store) packGroup(ctx context.Context, group, cut int64) error {
	for {
		var oldest *int64
		err := s.db.WithContext(ctx).Raw("SELECT MIN(first_at) FROM reading_batches WHERE grp = ?", group).Scan(&oldest).Error
		if err != nil || oldest == nil || *oldest >= cut {
			return err
		}
		until := min(cut, (pack.HourOf(*oldest)+packAtOnce)*pack.Hour)
		if err := s.months(ctx, *oldest, cut); err != nil {
			return err
		}
		err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.packBatches(tx, group, until, cut) })
		if err != nil {
			return err
		}
	}
}

// packBatches turns the batches that begin before until into packs. Readings
// in them from cut on go into a batch of their own.
func (s *Store) packBatches(tx *gorm.DB, group, until, cut int64) error {
	if err := lockGroup(tx, group); err != nil {
		return err
	}
	rows, err := takeBatches(tx, group, until)
	if err != nil {
		return err
	}
	var later []pack.Row
	rows = slices.DeleteFunc(rows, func(r pack.Row) bool {
		if r.At >= cut {
			later = append(later, r)
		}
		return r.At >= cut
	})
	if later = pack.Sort(later); len(later) > 0 {
		b := batchOf(group, later)
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&b).Error; err != nil {
			return err
		}
	}
	return s.merge(tx, rows)
}

// lockGroup keeps others from packing the same checks until the transaction
// ends. SQLite has one writer anyway.
func lockGroup(tx *gorm.DB, group int64) error {
	if tx.Name() != database.Postgres {
		return nil
	}
	const room = 28                                                                // any number that nobody else locks by
	return tx.Exec("SELECT pg_advisory_xact_lock(?, ?)", room, int32(group)).Error //nolint:gosec // a collision only waits
}

// takeBatches deletes batches and returns what was in them: exactly those it
// deletes, whatever comes in meanwhile.
func takeBatches(tx *gorm.DB, group, until int64) ([]pack.Row, error) {
	return openBatches(pack.Batch.All, tx, "DELETE FROM reading_batches WHERE grp = ? AND first_at < ? RETURNING body", group, until)
}

// Fill packs a made-up or imported past directly. Readings that are there
// already stay as they are.
func (s *Store) Fill(ctx context.Context, readings []monitor.Reading) error {
	rows := make([]pack.Row, len(readings))
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for n := range readings {
		rows[n] = pack.Of(&readings[n])
		first, last = min(first, rows[n].At), max(last, rows[n].At)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := s.months(ctx, first, last); err != nil {
		return database.Explain(err, "fill readings")
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.merge(tx, rows); err != nil {
			return err
		}
		return unroll(tx, first)
	})
	return database.Explain(err, "fill readings")
}

// merge adds rows to the packs they belong into.
func (s *Store) merge(tx *gorm.DB, rows []pack.Row) error {
	rows = pack.Sort(rows)
	over := s.daysOver()
	var made []packed
	for len(rows) > 0 {
		slot := packed{CheckID: rows[0].Check, Vantage: rows[0].Vantage, Start: pack.HourOf(rows[0].At), Hours: 1}
		if day := dayOf(slot.Start); day < over {
			slot.Start, slot.Hours = day, dayHours
		}
		old, err := overlapping(tx, slot)
		if err != nil {
			return err
		}
		if len(old) == 1 && old[0].Hours > slot.Hours { // late, and the day is joined already
			slot.Start, slot.Hours = old[0].Start, old[0].Hours
		}
		end := slices.IndexFunc(rows, func(r pack.Row) bool {
			return r.Check != slot.CheckID || r.Vantage != slot.Vantage || pack.HourOf(r.At) >= slot.Start+slot.Hours
		})
		if end < 0 {
			end = len(rows)
		}
		if slot, err = filled(tx, slot, old, rows[:end]); err != nil {
			return err
		}
		made = append(made, slot)
		rows = rows[end:]
	}
	return upsert(tx, made)
}

// daysOver returns the hour at which the first day begins that is not to be joined yet.
func (s *Store) daysOver() int64 { return dayOf(pack.HourOf(micro(s.now().Add(-joinAfter)))) }

// dayOf returns the hour at which the day (UTC) of hour begins.
func dayOf(hour int64) int64 { return hour - (hour%24+24)%24 }

// overlapping returns the packs that hold any of the slot's hours.
func overlapping(tx *gorm.DB, slot packed) ([]packed, error) {
	var list []packed
	err := tx.Where("check_id = ? AND vantage = ? AND start > ? AND start < ? AND start + hours > ?",
		slot.CheckID, slot.Vantage, slot.Start-longestPack, slot.Start+slot.Hours, slot.Start).Order("start").Find(&list).Error
	return list, err
}

// filled returns slot with what the old packs hold and rows. The old ones are
// deleted, once the new one was read back and holds them all.
func filled(tx *gorm.DB, slot packed, old []packed, rows []pack.Row) (packed, error) {
	var all []pack.Row
	for n := range old {
		var err error
		if all, err = pack.Decode(old[n].key(), old[n].Body, math.MinInt64, math.MaxInt64, all); err != nil {
			return slot, err
		}
	}
	all = pack.Sort(append(all, rows...))
	slot.Count, slot.Body = int64(len(all)), pack.Encode(slot.key(), all)
	back, err := pack.Decode(slot.key(), slot.Body, math.MinInt64, math.MaxInt64, make([]pack.Row, 0, len(all)))
	if err != nil {
		return slot, err
	}
	if !slices.Equal(all, back) {
		return slot, errNotKept
	}
	for n := range old {
		if old[n].Start == slot.Start {
			continue // replaced
		}
		err := tx.Exec("DELETE FROM reading_packs WHERE check_id = ? AND vantage = ? AND start = ?",
			old[n].CheckID, old[n].Vantage, old[n].Start).Error
		if err != nil {
			return slot, err
		}
	}
	return slot, nil
}

// upsert writes packs in place of those that begin at the same hour.
func upsert(tx *gorm.DB, packs []packed) error {
	if len(packs) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "check_id"}, {Name: "vantage"}, {Name: "start"}}, UpdateAll: true,
	}).CreateInBatches(&packs, 100).Error
}

// joinDays makes one pack of the hours of each day that is over.
func (s *Store) joinDays(ctx context.Context) error {
	over := s.daysOver()
	joined, err := s.state(ctx, stateJoined)
	if err != nil || joined >= over {
		return err
	}
	ids, err := s.checkIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.joinCheck(tx, id, joined, over) })
		if err != nil {
			return err
		}
	}
	return s.db.WithContext(ctx).Exec("UPDATE watch_state SET value = ? WHERE name = ?", over, stateJoined).Error
}

func (s *Store) joinCheck(tx *gorm.DB, check, from, to int64) error {
	if err := lockGroup(tx, groupOf(check)); err != nil {
		return err
	}
	var hours []packed
	err := tx.Select("check_id", "vantage", "start").Order("vantage, start").
		Find(&hours, "check_id = ? AND start >= ? AND start < ? AND hours < ?", check, from, to, dayHours).Error
	if err != nil {
		return err
	}
	var made []packed
	for _, h := range hours {
		slot := packed{CheckID: h.CheckID, Vantage: h.Vantage, Start: dayOf(h.Start), Hours: dayHours}
		if n := len(made); n > 0 && made[n-1].Start == slot.Start && made[n-1].Vantage == slot.Vantage {
			continue
		}
		old, err := overlapping(tx, slot)
		if err != nil {
			return err
		}
		if slot, err = filled(tx, slot, old, nil); err != nil {
			return err
		}
		made = append(made, slot)
	}
	return upsert(tx, made)
}
