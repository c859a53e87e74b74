package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// keepLedger lets the ledger follow an act, in the act's transaction, and
// mirrors its most pressing row on publication and dataset.
func keepLedger(
	tx *gorm.DB, d *inventory.Dataset, p *inventory.Publication, approved bool, v *inventory.Vocabulary, now time.Time,
) error {
	kept, err := readLedger(tx, d.ID)
	if err != nil {
		return err
	}
	was := slices.Clone(kept.Rows)
	if err := write(&kept, d, p, approved, v, now); err != nil {
		return err
	}
	p.DueAt, p.LateAfter = kept.Next()
	d.DueAt, d.LateAfter = p.DueAt, p.LateAfter
	return saveLedger(tx, d.ID, was, kept)
}

// write lets the rules of the ledger decide what an act means for it.
func write(
	l *inventory.Ledger, d *inventory.Dataset, p *inventory.Publication, approved bool, v *inventory.Vocabulary, now time.Time,
) error {
	if !p.Live() {
		l.Close(now)
		return nil
	}
	if approved {
		l.Supersede(p, now)
	}
	l.Align(p, v, v.Workdays(), now)
	if approved {
		l.Take(inventory.Evidence{Kind: inventory.Declaration, Day: p.Content.DataModified, By: d.SubmittedBy}, now)
	}
	if e := d.Proof; e != nil {
		if met := l.Take(*e, now); met == 0 && e.Kind == inventory.Attestation {
			return fault.New(fault.Conflict, "obligation.none_open")
		}
	}
	if d.LetOff != nil {
		return l.Waive(*d.LetOff, now)
	}
	return nil
}

func readLedger(tx *gorm.DB, id string) (inventory.Ledger, error) {
	var l inventory.Ledger
	if err := tx.Where("dataset_id = ?", id).Order("starts_at, period").Find(&l.Rows).Error; err != nil {
		return l, fmt.Errorf("read obligations: %w", err)
	}
	return l, nil
}

// saveLedger writes the rows that differ from was.
func saveLedger(tx *gorm.DB, id string, was []inventory.Obligation, l inventory.Ledger) error {
	if len(l.Dropped) > 0 {
		gone := tx.Where("dataset_id = ? AND period IN ?", id, l.Dropped).Delete(&inventory.Obligation{})
		if gone.Error != nil {
			return fmt.Errorf("drop obligations: %w", gone.Error)
		}
	}
	before := map[string]inventory.Obligation{}
	for _, o := range was {
		before[o.Period] = o
	}
	changed := slices.DeleteFunc(slices.Clone(l.Rows), func(o inventory.Obligation) bool { return o == before[o.Period] })
	if len(changed) == 0 {
		return nil
	}
	done := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "dataset_id"}, {Name: "period"}}, UpdateAll: true,
	}).CreateInBatches(changed, ledgerInsert)
	if done.Error != nil {
		return fmt.Errorf("write obligations: %w", done.Error)
	}
	return nil
}

// Obligations returns the ledger of a public dataset, the latest period first;
// whoever may read the dataset reads that of one that is not public any more.
func (s *Store) Obligations(ctx context.Context, by identity.Actor, ref string) ([]inventory.Obligation, error) {
	p, err := s.Publication(ctx, ref)
	id := ""
	switch {
	case err == nil && p.Live():
		id = p.DatasetID
	default:
		d, err := s.Get(ctx, by, ref)
		if err != nil {
			return nil, err
		}
		id = d.ID
	}
	l, err := readLedger(s.db.WithContext(ctx), id)
	slices.Reverse(l.Rows)
	return l.Rows, err
}

// stateSQL says in SQL what Obligation.State says in Go, of the tally that the
// database keeps of the ledger; a test holds them together. It takes the
// present day three times: what becomes late does so at the beginning of a day.
const stateSQL = `CASE
	WHEN kind IN ('met', 'waived', 'late') THEN kind
	WHEN waived_day > ? THEN 'waived'
	WHEN late_day <= ? THEN 'late'
	WHEN due_day <= ? THEN 'due'
	ELSE 'future' END`

// Promises are the ledger's rows of an institution in one state.
type Promises struct {
	Institution string
	State       inventory.ObligationState
	N           int
	Open        int // of these, evidence is still awaited
	Recent      int // of these, the last day was within the last year
}

// Promises counts the ledger by institution and state, for metrics and
// figures: numbers only, so it asks for no permission.
func (s *Store) Promises(ctx context.Context) ([]Promises, error) {
	return s.promises(s.db.WithContext(ctx))
}

// promises counts the rows of a query from the tally of the ledger.
func (s *Store) promises(q *gorm.DB) ([]Promises, error) {
	now := s.now()
	today := tunisDay(now)
	var all []Promises
	err := q.Table("obligation_tally").
		Select("institution, "+stateSQL+" AS state, sum(n) AS n, "+
			"sum(CASE WHEN kind = 'open' THEN n ELSE 0 END) AS open, "+
			"sum(CASE WHEN late_day > ? AND late_day <= ? THEN n ELSE 0 END) AS recent",
			today, today, today, tunisDay(now.AddDate(-1, 0, 0)), today).
		Group("1, 2").Having("sum(n) <> 0").Order("1, 2").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("count obligations: %w", err)
	}
	return all, nil
}

// tunisDay counts days in Tunis from 1 January 1970, as the tallies do.
func tunisDay(t time.Time) int64 {
	const day = 24 * 60 * 60
	_, offset := t.In(inventory.Tunis()).Zone()
	return (t.Unix() + int64(offset)) / day
}

// Missing is an update that is late and has not come.
type Missing struct {
	inventory.Obligation `gorm:"embedded"`
	Dataset              inventory.Dataset `gorm:"-"`
}

// LateList is what is late, the longest first, and how many there are in all.
type LateList struct {
	Items  []Missing
	Total  int
	Counts []Promises // of every institution that the actor may read
}

// mostMissing bounds the list on a page; the institutions narrow it down.
const mostMissing = 200

// Missing returns what is late and still missing by the ledger and the actor
// may read, of an institution and the bodies under it when one is named.
func (s *Store) Missing(ctx context.Context, by identity.Actor, institution string) (LateList, error) {
	var list LateList
	q, err := s.readable(ctx, by)
	if err != nil {
		return list, err
	}
	if list.Counts, err = s.promises(q.Session(&gorm.Session{})); err != nil {
		return list, err
	}
	q = q.Model(&inventory.Obligation{}).
		Where("met_at IS NULL AND closed_at IS NULL AND late_after <= ? AND (waived_until IS NULL OR waived_until <= ?)",
			s.now(), s.now())
	var slugs []string
	if institution != "" {
		if slugs, err = s.under(s.db.WithContext(ctx), institution); err != nil {
			return list, err
		}
		q = q.Where("institution IN ?", slugs)
	}
	for _, c := range list.Counts {
		if c.State == inventory.Late && (slugs == nil || slices.Contains(slugs, c.Institution)) {
			list.Total += c.Open
		}
	}
	var rows []inventory.Obligation
	if err := q.Order("late_after, dataset_id, period").Limit(mostMissing).Find(&rows).Error; err != nil {
		return list, fmt.Errorf("read late obligations: %w", err)
	}
	return list, s.entries(ctx, rows, &list)
}

// entries puts the datasets beside their rows.
func (s *Store) entries(ctx context.Context, rows []inventory.Obligation, list *LateList) error {
	ids := make([]string, 0, len(rows))
	for _, o := range rows {
		ids = append(ids, o.DatasetID)
	}
	var datasets []inventory.Dataset
	if err := s.db.WithContext(ctx).Where("id IN ?", ids).Find(&datasets).Error; err != nil {
		return fmt.Errorf("read datasets of obligations: %w", err)
	}
	named := map[string]inventory.Dataset{}
	for _, d := range datasets {
		named[d.ID] = d
	}
	for _, o := range rows {
		list.Items = append(list.Items, Missing{o, named[o.DatasetID]})
	}
	return nil
}
