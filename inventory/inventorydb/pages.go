package inventorydb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Kept counts the promised updates of the institutions whose last day was
// within the last year: those that came on time, and all that an on-time rate
// is of. Waived ones do not count.
func (s *Store) Kept(ctx context.Context, institutions []string) (met, judged int, err error) {
	all, err := s.promises(s.db.WithContext(ctx).Where("institution IN ?", institutions))
	for _, p := range all {
		switch p.State {
		case inventory.Met:
			met += p.Recent
			judged += p.Recent
		case inventory.Late:
			judged += p.Recent
		}
	}
	return met, judged, err
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
	today, last := tunisDay(s.now()), tunisDay(until)
	var a Agenda
	err = q.Table("dataset_tally").Where("state <> ?", inventory.Withdrawn).
		Select("coalesce(sum(CASE WHEN late_day > 0 AND late_day <= ? THEN n END), 0) AS late, "+
			"coalesce(sum(CASE WHEN late_day > ? AND late_day <= ? THEN n END), 0) AS due, "+
			"coalesce(sum(CASE WHEN state = ? THEN n END), 0) AS returned, "+
			"coalesce(sum(CASE WHEN state = ? THEN n END), 0) AS drafts, "+
			"coalesce(sum(CASE WHEN state = ? THEN n END), 0) AS waiting, coalesce(sum(n), 0) AS total",
			today, today, last, inventory.Returned, inventory.Draft, inventory.Submitted).
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

// Soon is Due without what is late already.
func (s *Store) Soon(ctx context.Context, by identity.Actor, until time.Time, limit int) ([]inventory.Dataset, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	var due []inventory.Dataset
	err = q.Where("state <> ? AND late_after > ? AND late_after <= ?", inventory.Withdrawn, s.now(), until).
		Order("late_after, id").Limit(limit).Find(&due).Error
	if err != nil {
		return nil, fmt.Errorf("read datasets due soon: %w", err)
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
	err = q.Table("dataset_tally").Select("institution, "+
		sum("public = 1", "public")+", "+
		sum("late_day > 0", "promised")+", "+
		sum("late_day > 0 AND late_day <= ?", "late")+", "+
		sum("state = 'draft'", "draft")+", "+
		sum("state = 'submitted'", "submitted")+", "+
		sum("state = 'returned'", "returned"), tunisDay(s.now())).
		Group("institution").Having("sum(n) <> 0").Order("institution").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read standings: %w", err)
	}
	return all, nil
}

// sum adds up the tally where a condition holds.
func sum(condition, name string) string {
	return "sum(CASE WHEN " + condition + " THEN n ELSE 0 END) AS " + name
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
		return work(tx, &Store{db: tx, now: s.now, alike: s.alike})
	})
}
