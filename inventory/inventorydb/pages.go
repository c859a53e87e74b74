package inventorydb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Promised counts the public datasets of the institutions that have a date to
// keep: what an on-time rate is a share of.
func (s *Store) Promised(ctx context.Context, institutions []string) (int, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&inventory.Publication{}).
		Where("withdrawn_at IS NULL AND late_after IS NOT NULL AND institution IN ?", institutions).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count promised updates: %w", err)
	}
	return int(n), nil
}

// Agenda is what an officer's desk begins with.
type Agenda struct {
	Late     int // the update duty was missed
	Due      int // must be updated before the given moment, and is not late
	Returned int // came back from review with a comment
	Drafts   int // not yet submitted
	Waiting  int // with the reviewer
	Total    int // every one that is not withdrawn
}

// Agenda counts what the actor has to do by until.
func (s *Store) Agenda(ctx context.Context, by identity.Actor, until time.Time) (Agenda, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return Agenda{}, err
	}
	now := s.now()
	var a Agenda
	err = q.Model(&inventory.Dataset{}).Where("state <> ?", inventory.Withdrawn).
		Select("coalesce(sum(CASE WHEN late_after <= ? THEN 1 ELSE 0 END), 0) AS late, "+
			"coalesce(sum(CASE WHEN late_after > ? AND late_after <= ? THEN 1 ELSE 0 END), 0) AS due, "+
			"coalesce(sum(CASE WHEN state = ? THEN 1 ELSE 0 END), 0) AS returned, "+
			"coalesce(sum(CASE WHEN state = ? THEN 1 ELSE 0 END), 0) AS drafts, "+
			"coalesce(sum(CASE WHEN state = ? THEN 1 ELSE 0 END), 0) AS waiting, count(*) AS total",
			now, now, until, inventory.Returned, inventory.Draft, inventory.Submitted).
		Scan(&a).Error
	if err != nil {
		return a, fmt.Errorf("read agenda: %w", err)
	}
	return a, nil
}

// Due returns what the actor may read and must be updated before until, late
// ones included, the most pressing first.
func (s *Store) Due(ctx context.Context, by identity.Actor, until time.Time, limit int) ([]inventory.Dataset, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	var due []inventory.Dataset
	err = q.Where("state <> ? AND late_after <= ?", inventory.Withdrawn, until).
		Order("late_after, id").Limit(limit).Find(&due).Error
	if err != nil {
		return nil, fmt.Errorf("read due datasets: %w", err)
	}
	return due, nil
}

// Standing is how an institution keeps its promises.
type Standing struct {
	Institution string
	Public      int
	Promised    int // of these, with a date to keep
	Late        int
	Draft       int
	Submitted   int
	Returned    int
}

// Standings returns the standing of every institution with a dataset that the
// actor may read, by slug.
func (s *Store) Standings(ctx context.Context, by identity.Actor) ([]Standing, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	var all []Standing
	err = q.Model(&inventory.Dataset{}).Select("institution, "+
		sum("approved_revision > 0 AND state <> 'withdrawn'", "public")+", "+
		sum("late_after IS NOT NULL", "promised")+", "+
		sum("late_after <= ?", "late")+", "+
		sum("state = 'draft'", "draft")+", "+
		sum("state = 'submitted'", "submitted")+", "+
		sum("state = 'returned'", "returned"), s.now()).
		Group("institution").Order("institution").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read standings: %w", err)
	}
	return all, nil
}

func sum(condition, name string) string {
	return "sum(CASE WHEN " + condition + " THEN 1 ELSE 0 END) AS " + name
}

// Next returns the ref of the dataset that has waited longest for the actor's
// review besides the one named but; empty when none waits.
func (s *Store) Next(ctx context.Context, by identity.Actor, but string) (string, error) {
	if !by.Everywhere(identity.ReviewDataset) {
		return "", by.Must(identity.ReviewDataset, by.Institution)
	}
	var refs []string
	err := s.db.WithContext(ctx).Model(&inventory.Dataset{}).
		Where("state = ? AND first_step <> ? AND ref <> ? AND (submitted_by = '' OR submitted_by <> ?)",
			inventory.Submitted, inventory.Waiting, but, by.Account).
		Order("submitted_at, id").Limit(1).Pluck("ref", &refs).Error
	if err != nil {
		return "", fmt.Errorf("read review queue: %w", err)
	}
	if len(refs) == 0 {
		return "", nil
	}
	return refs[0], nil
}

// within runs work on a store whose every statement belongs to one
// transaction; the transactions inside become savepoints of it.
func (s *Store) within(ctx context.Context, work func(tx *gorm.DB, store *Store) error) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return work(tx, &Store{db: tx, now: s.now})
	})
}
