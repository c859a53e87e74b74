package portaldb

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/harvest"
)

// salt of a day: with it, and only with it, a mark can be made again.
type salt struct {
	Day  string `gorm:"primaryKey"`
	Salt string
}

// TableName names the table of salts.
func (salt) TableName() string { return "harvest_salts" }

// salts remembers the salt of the day.
type salts struct {
	mu    sync.Mutex
	today salt
}

// markOf makes the mark of a walk.
func (s *Store) markOf(db *gorm.DB, keys ...harvest.Key) ([]string, error) {
	day := string(inventory.DateOf(s.now(), inventory.Tunis()))
	s.salt.mu.Lock()
	defer s.salt.mu.Unlock()
	if s.salt.today.Day != day {
		fresh := salt{day, rand.Text() + rand.Text()}
		if err := db.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return nil, fmt.Errorf("make the salt of the day: %w", err)
		}
		if err := db.Where("day = ?", day).Take(&fresh).Error; err != nil {
			return nil, fmt.Errorf("read the salt of the day: %w", err)
		}
		s.salt.today = fresh
	}
	marks := make([]string, 0, len(keys))
	for _, k := range keys {
		h := hmac.New(sha256.New, []byte(s.salt.today.Salt))
		h.Write(k[:])
		marks = append(marks, hex.EncodeToString(h.Sum(nil)[:16]))
	}
	return marks, nil
}

const keptAtOnce = 50

// Keep stores what is new of walks, and how their readers stand. Two processes
// may tell of the same walk: what is stored only grows.
func (s *Store) Keep(ctx context.Context, all []harvest.Pending) error {
	if len(all) == 0 {
		return nil
	}
	keys := make([]harvest.Key, 0, len(all))
	for _, p := range all {
		keys = append(keys, p.Key)
	}
	marks, err := s.markOf(s.db.WithContext(ctx), keys...)
	if err != nil {
		return err
	}
	rows := make([]harvest.Receipt, 0, len(all))
	for n, p := range all {
		rows = append(rows, stored(p.Receipt, marks[n]))
	}
	slices.SortFunc(rows, func(a, b harvest.Receipt) int { return cmp.Compare(a.ID, b.ID) })
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		grown := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.Assignments(map[string]any{
			"seen_at":     gorm.Expr("CASE WHEN excluded.seen_at > harvest_receipts.seen_at THEN excluded.seen_at ELSE harvest_receipts.seen_at END"),
			"ended_at":    gorm.Expr("coalesce(harvest_receipts.ended_at, excluded.ended_at)"),
			"reached":     gorm.Expr("CASE WHEN excluded.reached > harvest_receipts.reached THEN excluded.reached ELSE harvest_receipts.reached END"),
			"total":       gorm.Expr("excluded.total"),
			"requests":    gorm.Expr("harvest_receipts.requests + excluded.requests"),
			"moved":       gorm.Expr("harvest_receipts.moved OR excluded.moved"),
			"snapshot":    gorm.Expr("excluded.snapshot"),
			"version":     gorm.Expr("excluded.version"),
			"snapshot_at": gorm.Expr("excluded.snapshot_at"),
		})}
		if err := tx.Clauses(grown).CreateInBatches(&rows, keptAtOnce).Error; err != nil {
			return err
		}
		return stand(tx, rows)
	})
	if err != nil {
		return fmt.Errorf("keep receipts of harvests: %w", err)
	}
	return nil
}

// stored is a receipt as the database takes it.
func stored(r harvest.Receipt, mark string) harvest.Receipt {
	r.Mark = mark
	for _, t := range []*time.Time{&r.SnapshotAt, &r.BegunAt, &r.SeenAt} {
		*t = t.UTC().Truncate(time.Microsecond)
	}
	if r.EndedAt != nil {
		end := r.EndedAt.UTC().Truncate(time.Microsecond)
		r.EndedAt = &end
	}
	return r
}

// stand notes how the readers of the receipts stand, in one order so that two
// processes do not wait for each other.
func stand(tx *gorm.DB, rows []harvest.Receipt) error {
	by := map[string]*harvest.Standing{}
	for n := range rows {
		r := &rows[n]
		x := by[r.Consumer]
		if x == nil {
			x = &harvest.Standing{Consumer: r.Consumer}
			by[r.Consumer] = x
		}
		if r.SeenAt.After(x.SeenAt) {
			x.SeenAt = r.SeenAt
		}
		if r.Current() && (x.CompleteAt == nil || r.EndedAt.After(*x.CompleteAt)) {
			x.CompleteAt, x.BegunAt, x.Snapshot, x.Version = r.EndedAt, &r.BegunAt, r.Snapshot, r.Version
		}
	}
	list := make([]harvest.Standing, 0, len(by))
	for _, x := range by {
		list = append(list, *x)
	}
	slices.SortFunc(list, func(a, b harvest.Standing) int { return cmp.Compare(a.Consumer, b.Consumer) })
	const newer = "excluded.complete_at IS NOT NULL AND (harvest_consumers.complete_at IS NULL OR excluded.complete_at > harvest_consumers.complete_at)"
	set := map[string]any{
		"seen_at": gorm.Expr("CASE WHEN excluded.seen_at > harvest_consumers.seen_at THEN excluded.seen_at ELSE harvest_consumers.seen_at END"),
	}
	for _, c := range []string{"complete_at", "begun_at", "snapshot", "version"} {
		set[c] = gorm.Expr("CASE WHEN " + newer + " THEN excluded." + c + " ELSE harvest_consumers." + c + " END")
	}
	return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "consumer"}}, DoUpdates: clause.Assignments(set)}).
		Create(&list).Error
}

// Walk returns the walk under way with the key, wherever it began.
func (s *Store) Walk(ctx context.Context, key harvest.Key) (r harvest.Receipt, ok bool, err error) {
	db := s.db.WithContext(ctx)
	marks, err := s.markOf(db, key)
	if err != nil {
		return r, false, err
	}
	var found []harvest.Receipt
	err = db.Where("mark = ? AND seen_at > ?", marks[0], s.now().Add(-harvest.StalledAfter)).
		Order("begun_at DESC").Limit(1).Find(&found).Error
	if err != nil {
		return r, false, fmt.Errorf("find a walk: %w", err)
	}
	if len(found) == 0 {
		return r, false, nil
	}
	return found[0], true, nil
}

// ReceiptFilter is what a list of receipts is confined to.
type ReceiptFilter struct {
	Consumer string
	Since    time.Time
	Page     int // from 1
	PerPage  int
}

// mostReceipts bounds one answer.
const mostReceipts = 1000

// Receipts lists walks, the latest first; more says that there are others
// after them. Where readers come from is for those who keep the portal.
func (s *Store) Receipts(
	ctx context.Context, by identity.Actor, f ReceiptFilter,
) (all []harvest.Receipt, more bool, err error) {
	if !by.MayAnywhere(identity.ReadRegister) {
		return nil, false, by.Must(identity.ReadRegister, "")
	}
	q := s.db.WithContext(ctx).Model(&harvest.Receipt{})
	if f.Consumer != "" {
		q = q.Where("consumer = ?", f.Consumer)
	}
	if !f.Since.IsZero() {
		q = q.Where("begun_at >= ?", f.Since.UTC())
	}
	if f.PerPage <= 0 || f.PerPage > mostReceipts {
		f.PerPage = mostReceipts
	}
	err = q.Order("begun_at DESC, id").Offset((max(f.Page, 1) - 1) * f.PerPage).Limit(f.PerPage + 1).Find(&all).Error
	if err != nil {
		return nil, false, fmt.Errorf("list receipts of harvests: %w", err)
	}
	if more = len(all) > f.PerPage; more {
		all = all[:f.PerPage]
	}
	for n := range all {
		if all[n].Mark = ""; !by.May(identity.KeepPortal, "") {
			all[n].Network = ""
		}
	}
	return all, more, nil
}

// Standings returns how every reader stands, by name.
func (s *Store) Standings(ctx context.Context) ([]harvest.Standing, error) {
	var all []harvest.Standing
	if err := s.db.WithContext(ctx).Order("consumer").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read how consumers stand: %w", err)
	}
	return all, nil
}
