package inventorydb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/inventory"
)

const (
	// rollBatch is how many datasets one transaction rolls forward: small enough
	// that officers' changes get their turn in between.
	rollBatch = 1000
	// ledgerInsert keeps a statement under SQLite's bound on variables.
	ledgerInsert = 500
)

// Rolled says what a roll-forward did.
type Rolled struct {
	Datasets int // looked at
	Opened   int // rows that are new
	Moved    int // datasets whose most pressing row is another, or due otherwise
}

// RollForward opens the rows of the periods that have come, and brings open
// rows up to date with holidays and frequencies. Doing it twice changes
// nothing, and missing it for a month only means more rows the next time.
// Publications that have no ledger yet get theirs from the audit trail.
func (s *Store) RollForward(ctx context.Context) (Rolled, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return Rolled{}, err
	}
	r := roller{v: v, days: v.Workdays(), now: s.now()}
	for last := ""; ; {
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			last, err = r.batch(tx, last)
			return err
		})
		if err != nil {
			return r.done, fmt.Errorf("roll the ledger forward: %w", err)
		}
		if last == "" {
			return r.done, nil
		}
	}
}

type roller struct {
	v    *inventory.Vocabulary
	days *inventory.Workdays
	now  time.Time
	done Rolled
}

// batch rolls the datasets after last and returns the last one of them; empty
// when there is none. The datasets stay locked, as an act locks them: neither
// overwrites what the other decided.
func (r *roller) batch(tx *gorm.DB, last string) (string, error) {
	var ids []string
	err := tx.Model(&inventory.Dataset{}).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("id > ? AND approved_revision > 0 AND state <> ?", last, inventory.Withdrawn).
		Order("id").Limit(rollBatch).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return "", err
	}
	var batch []inventory.Publication
	err = tx.Select("dataset_id", "ref", "institution", "frequency", "temporal_end", "data_modified", "issued", "bound_from",
		"due_at", "late_after").Where("dataset_id IN ?", ids).Order("dataset_id").Find(&batch).Error
	if err != nil {
		return "", err
	}
	kept, err := ledgers(tx, ids)
	if err != nil {
		return "", err
	}
	past, err := said(tx, batch, kept)
	if err != nil {
		return "", err
	}
	var fresh []inventory.Obligation
	for n := range batch {
		made, err := r.roll(tx, &batch[n], kept[batch[n].DatasetID], past[batch[n].Ref])
		if err != nil {
			return "", err
		}
		fresh = append(fresh, made...)
	}
	r.done.Datasets += len(batch)
	r.done.Opened += len(fresh)
	if len(fresh) > 0 {
		err = tx.CreateInBatches(fresh, ledgerInsert).Error
	}
	return ids[len(ids)-1], err
}

// ledgers reads of each dataset what rolling needs: the open rows and the last one of each frequency.
func ledgers(tx *gorm.DB, ids []string) (map[string][]inventory.Obligation, error) {
	var rows []inventory.Obligation
	err := tx.Raw(`SELECT o.* FROM obligations o
		LEFT JOIN (SELECT dataset_id, frequency, max(starts_at) AS last FROM obligations WHERE dataset_id IN ?
			GROUP BY dataset_id, frequency) m
		ON m.dataset_id = o.dataset_id AND m.frequency = o.frequency
		WHERE o.dataset_id IN ? AND ((o.met_at IS NULL AND o.closed_at IS NULL) OR o.starts_at = m.last)
		ORDER BY o.dataset_id, o.starts_at, o.period`, ids, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read open obligations: %w", err)
	}
	kept := make(map[string][]inventory.Obligation, len(ids))
	for _, o := range rows {
		kept[o.DatasetID] = append(kept[o.DatasetID], o)
	}
	return kept, nil
}

// roll aligns one ledger, writes what changed of the rows it had, and returns
// the rows that are new.
func (r *roller) roll(
	tx *gorm.DB, p *inventory.Publication, was []inventory.Obligation, past []inventory.Said,
) (fresh []inventory.Obligation, err error) {
	l := inventory.Ledger{Rows: slices.Clone(was)}
	if len(was) == 0 {
		l.Replay(p, r.v, r.days, past, r.now)
	} else {
		l.Align(p, r.v, r.days, r.now)
	}
	had := map[string]bool{}
	for _, o := range was {
		had[o.Period] = true
	}
	for _, o := range l.Rows {
		if !had[o.Period] {
			fresh = append(fresh, o)
		}
	}
	old := inventory.Ledger{Rows: slices.DeleteFunc(slices.Clone(l.Rows), func(o inventory.Obligation) bool { return !had[o.Period] })}
	old.Dropped = l.Dropped
	if err := saveLedger(tx, p.DatasetID, was, old); err != nil {
		return nil, err
	}
	due, late := l.Next()
	if same(due, p.DueAt) && same(late, p.LateAfter) {
		return fresh, nil
	}
	r.done.Moved++
	return fresh, mirror(tx, p.DatasetID, due, late)
}

// mirror writes the most pressing row's instants where lists sort by them.
func mirror(tx *gorm.DB, id string, due, late *time.Time) error {
	dates := map[string]any{"due_at": due, "late_after": late}
	err := tx.Model(&inventory.Publication{}).Where("dataset_id = ?", id).UpdateColumns(dates).Error
	if err != nil {
		return err
	}
	return tx.Model(&inventory.Dataset{}).Where("id = ?", id).UpdateColumns(dates).Error
}

func same(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// said reads from the audit trail what was declared about the publications
// that have no ledger yet.
func said(
	tx *gorm.DB, batch []inventory.Publication, kept map[string][]inventory.Obligation,
) (map[string][]inventory.Said, error) {
	var refs []string
	for _, p := range batch {
		if len(kept[p.DatasetID]) == 0 {
			refs = append(refs, p.Ref)
		}
	}
	past := map[string][]inventory.Said{}
	if len(refs) == 0 {
		return past, nil
	}
	var lines []audit.Line
	err := tx.Where("subject = ? AND act = ? AND ref IN ?", "dataset", "dataset.update", refs).Order("id").Find(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read declared updates: %w", err)
	}
	for _, line := range lines {
		var was, is struct {
			Day inventory.Date `json:"data_modified"`
		}
		if json.Unmarshal(line.Before, &was) == nil && json.Unmarshal(line.After, &is) == nil && is.Day != "" {
			past[line.Ref] = append(past[line.Ref], inventory.Said{At: line.At, Was: was.Day, Day: is.Day, By: line.Actor})
		}
	}
	return past, nil
}
