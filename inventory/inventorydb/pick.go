package inventorydb

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// bulkBatch is how many datasets of a decision share a transaction: fewer
// commits, and other people's changes still get their turn in between.
const bulkBatch = 100

// Each lets a rule decide on every pick by itself, on the revision that was
// seen. What the rule refuses is left as it is with its reason; the others go
// through.
func (s *Store) Each(
	ctx context.Context, by identity.Actor, act string, picks []inventory.Pick,
	rule func(*inventory.Dataset, *inventory.Vocabulary) error,
) ([]inventory.Picked, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]inventory.Picked, 0, len(picks))
	for from := 0; from < len(picks); from += bulkBatch {
		batch := picks[from:min(from+bulkBatch, len(picks))]
		var done []inventory.Picked
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			done = nil
			if err := lockPicked(tx, batch); err != nil {
				return err
			}
			s.mu.Lock()
			inside := &Store{db: tx, now: s.now, vocabulary: s.vocabulary, version: s.version, alike: s.alike}
			s.mu.Unlock()
			for _, pick := range batch {
				one, err := inside.pick(ctx, by, act, pick, func(d *inventory.Dataset) error { return rule(d, v) })
				if err != nil {
					return err
				}
				done = append(done, one)
			}
			return nil
		})
		if err != nil {
			return all, explain(err, "decide on several datasets")
		}
		all = append(all, done...)
	}
	return all, nil
}

// lockPicked locks a batch in the order that files are applied in, so that two who decide on the
// same datasets in different orders do not wait for each other for ever.
func lockPicked(tx *gorm.DB, batch []inventory.Pick) error {
	refs := make([]string, 0, len(batch))
	for _, pick := range batch {
		refs = append(refs, pick.Ref)
	}
	var locked []string
	err := tx.Model(&inventory.Dataset{}).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("ref IN ?", refs).Order("id").Pluck("ref", &locked).Error
	if err != nil {
		return fmt.Errorf("lock what is decided on: %w", err)
	}
	return nil
}

// pick decides on one, inside a savepoint; an error that is no fault ends the whole.
func (s *Store) pick(
	ctx context.Context, by identity.Actor, act string, pick inventory.Pick, rule func(*inventory.Dataset) error,
) (inventory.Picked, error) {
	out := inventory.Picked{Ref: pick.Ref}
	d, err := s.Change(ctx, by, pick.Ref, act, 0, func(d *inventory.Dataset) error {
		out.Title = d.Content.Title
		if err := d.MustBe(pick.Seen); err != nil {
			return err
		}
		return rule(d)
	})
	if _, ok := fault.KindOf(err); err != nil && !ok {
		return out, err
	}
	if err == nil {
		out.Revision = d.Revision
	}
	out.Err = err
	return out, nil
}

// EndorseQueue returns what waits for the head of one of the actor's
// institutions, the longest waiting first.
func (s *Store) EndorseQueue(ctx context.Context, by identity.Actor) ([]inventory.Dataset, error) {
	if !by.MayAnywhere(identity.EndorseDataset) {
		return nil, by.Must(identity.EndorseDataset, by.Institution)
	}
	var queue []inventory.Dataset
	err := s.db.WithContext(ctx).
		Where("state = ? AND first_step = ? AND institution IN ?", inventory.Submitted, inventory.Waiting, by.Institutions).
		Order("submitted_at, id").Limit(maxLimit).Find(&queue).Error
	if err != nil {
		return nil, fmt.Errorf("read the queue of first approvals: %w", err)
	}
	return queue, nil
}

// AwaitingHeads counts what was submitted and waits for the head of its
// institution: the operator knows of it and cannot hurry it.
func (s *Store) AwaitingHeads(ctx context.Context, by identity.Actor) (int, error) {
	if !by.Everywhere(identity.ReviewDataset) {
		return 0, by.Must(identity.ReviewDataset, by.Institution)
	}
	var n int64
	err := s.db.WithContext(ctx).Model(&inventory.Dataset{}).
		Where("state = ? AND first_step = ?", inventory.Submitted, inventory.Waiting).Count(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count first approvals: %w", err)
	}
	return int(n), nil
}

// Handed is how one dataset of an applied file stands now.
type Handed struct {
	Ref       string
	Revision  int
	State     inventory.State
	FirstStep inventory.FirstStep
	Same      bool // says what the file said; otherwise somebody has worked on it since
}

// Pick names it as it stands.
func (h Handed) Pick() inventory.Pick {
	return inventory.Pick{Ref: h.Ref, Seen: inventory.Seen{Revision: h.Revision}}
}

// Handed tells how the datasets that a changeset wrote stand now, in the order
// of the file. The caller has read the changeset.
func (s *Store) Handed(ctx context.Context, c *inventory.Changeset) ([]Handed, error) {
	var all []Handed
	err := s.db.WithContext(ctx).Raw(`SELECT d.ref, d.revision, d.state, d.first_step,
			coalesce(now.hash = made.hash, FALSE) AS same
		FROM changeset_rows r JOIN datasets d ON d.ref = r.ref
		LEFT JOIN revisions made ON made.dataset_id = d.id AND made.revision = r.revision
		LEFT JOIN revisions now ON now.dataset_id = d.id AND now.revision = d.revision
		WHERE r.changeset_id = ? AND r.done ORDER BY r.n`, c.ID).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read how a changeset stands: %w", err)
	}
	return all, nil
}

// WaitingFile is an applied file of which datasets wait for a decision.
type WaitingFile struct {
	ID, Name, Institution string
	N                     int
}

// WaitingFiles lists the applied files of which datasets wait for the
// operator's review, the largest first.
func (s *Store) WaitingFiles(ctx context.Context, by identity.Actor) ([]WaitingFile, error) {
	if !by.Everywhere(identity.ReviewDataset) {
		return nil, by.Must(identity.ReviewDataset, by.Institution)
	}
	var all []WaitingFile
	err := s.db.WithContext(ctx).Raw(`SELECT c.id, c.name, c.institution, count(*) AS n
		FROM datasets d JOIN changeset_rows r ON r.ref = d.ref AND r.ref <> '' AND r.done
		JOIN changesets c ON c.id = r.changeset_id AND c.state = ?
		WHERE d.state = ? AND d.first_step <> ?
		GROUP BY c.id, c.name, c.institution ORDER BY n DESC, c.id LIMIT 20`,
		inventory.Applied, inventory.Submitted, inventory.Waiting).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read files that wait for review: %w", err)
	}
	return all, nil
}
