package cataloguedb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/inventory/catalogue"
)

// Swept counts what was forgotten.
type Swept struct {
	Snapshots int
	Leaves    int
}

const (
	// resumeWithin is how long pages of a snapshot that never came about are
	// kept: whoever writes it again goes on from there.
	resumeWithin = time.Hour
	// deleteAtOnce is how many pages go in one transaction.
	deleteAtOnce = 100
)

// Sweep forgets the snapshots that are no longer needed, and the pages that no
// snapshot has any more. While another process writes a snapshot it does
// nothing: that one may be about to take pages over.
func (s *Store) Sweep(ctx context.Context, holder string, settings catalogue.Settings) (Swept, error) {
	l, ok, err := s.Lease(ctx, holder)
	if err != nil || !ok {
		return Swept{}, err
	}
	swept, err := s.sweep(ctx, l, settings)
	if errors.Is(err, errChosen) || errors.Is(err, ErrLeaseLost) {
		err = nil // next time
	}
	if err != nil {
		err = fmt.Errorf("sweep the catalogue: %w", err)
	}
	return swept, errors.Join(err, s.Release(context.WithoutCancel(ctx), l))
}

func (s *Store) sweep(ctx context.Context, l Lease, settings catalogue.Settings) (swept Swept, err error) {
	holdings, err := s.holdings(ctx)
	if err != nil {
		return swept, err
	}
	sizes, old, err := s.sizes(ctx)
	if err != nil {
		return swept, err
	}
	forget := catalogue.Forget(settings, holdings, sizes, s.now())
	needed := map[catalogue.Key]bool{}
	for _, h := range holdings {
		if !slices.Contains(forget, h.ID) {
			for _, k := range h.Keys() {
				needed[k] = true
			}
		}
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := l.renew(tx); err != nil || len(forget) == 0 {
			return err
		}
		return forgetAll(tx, forget)
	})
	if err != nil {
		return swept, err
	}
	swept.Snapshots = len(forget)
	var loose []string
	for key := range sizes {
		if !needed[key] && old[key] {
			loose = append(loose, key.String())
		}
	}
	for some := range slices.Chunk(loose, deleteAtOnce) {
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			if err := l.renew(tx); err != nil {
				return err
			}
			return tx.Where("key IN ?", some).Delete(&page{}).Error
		})
		if err != nil {
			return swept, err
		}
		swept.Leaves += len(some)
	}
	return swept, nil
}

// errChosen says that an operator went back to a snapshot that was about to go.
var errChosen = errors.New("a snapshot was chosen while it was about to be forgotten")

// forgetAll drops the snapshots, unless an operator has gone back to one of them
// since they were looked at: whoever goes back waits for the same row.
func forgetAll(tx *gorm.DB, ids []string) error {
	var now served
	if err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&now).Error; err != nil {
		return err
	}
	if slices.Contains(ids, now.Pinned) || slices.Contains(ids, now.Newest) {
		return errChosen
	}
	return tx.Where("id IN ?", ids).Delete(&kept{}).Error
}

// holdings lists what the rule decides on.
func (s *Store) holdings(ctx context.Context) ([]catalogue.Holding, error) {
	state, err := s.State(ctx)
	if err != nil {
		return nil, err
	}
	var rows []kept
	if err := s.db.WithContext(ctx).Omit("LeftOut").Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]catalogue.Holding, 0, len(rows))
	for _, r := range rows {
		m, err := r.manifest()
		if err != nil {
			return nil, err
		}
		all = append(all, catalogue.Holding{
			Manifest: m, Superseded: r.SupersededAt, Served: r.ServedAt, Pinned: state.Pin != nil && state.Pin.Snapshot == r.ID,
		})
	}
	return all, nil
}

// sizes tells what each page takes, and which are old enough to have been
// written for something that will not come.
func (s *Store) sizes(ctx context.Context) (sizes map[catalogue.Key]int64, old map[catalogue.Key]bool, err error) {
	var rows []page
	if err := s.db.WithContext(ctx).Select("key", "bytes", "kept_at").Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	sizes, old = map[catalogue.Key]int64{}, map[catalogue.Key]bool{}
	for _, r := range rows {
		key, err := catalogue.ParseKey(r.Key)
		if err != nil {
			return nil, nil, err
		}
		sizes[key] = r.Bytes
		age := s.now().Sub(r.KeptAt)
		old[key] = age > resumeWithin || age < 0 // a clock that went back must not keep them for ever
	}
	return sizes, old, nil
}
