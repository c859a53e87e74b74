package indicatordb

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
)

// Query asks for the rows that an indicator counts.
type Query struct {
	Code   indicator.Code
	Part   string           // one of Code.Parts; empty means the first
	Period indicator.Period // of the last days of promises; ignored where the indicator is of now, unless Since
	Since  bool             // Overdue: only what has been late since a day of Period
	Offset int
	Limit  int // 0 means all
}

// Row is a dataset, and the promise where the indicator counts promises.
type Row struct {
	Dataset    inventory.Dataset
	Obligation *inventory.Obligation
	First      inventory.Date // Slippage: the date that was committed first
}

// Rows returns the rows that an indicator counts, and how many there are.
func (s *Store) Rows(ctx context.Context, scope Scope, q Query) (rows []Row, total int, err error) {
	if q.Part == "" && len(q.Code.Parts()) > 0 {
		q.Part = q.Code.Parts()[0]
	}
	if err := q.check(); err != nil {
		return nil, 0, err
	}
	if q.Code == indicator.OnTime || q.Code == indicator.Overdue {
		return s.promised(ctx, scope, q)
	}
	return s.datasets(ctx, scope, q)
}

func (q Query) check() error {
	switch parts := q.Code.Parts(); {
	case len(parts) == 0:
		return fault.New(fault.NotFound, "fault.not_found")
	case !slices.Contains(parts, q.Part):
		return fault.At("part", "indicator.part.unknown", q.Part)
	}
	return nil
}

// promised reads rows of the ledger.
func (s *Store) promised(ctx context.Context, scope Scope, q Query) ([]Row, int, error) {
	now := s.now()
	db := s.in(ctx, scope, "obligations")
	if q.Code == indicator.Overdue {
		db = db.Where("met_at IS NULL AND closed_at IS NULL AND late_after <= ? AND (waived_until IS NULL OR waived_until <= ?)", now, now)
	}
	if q.Code == indicator.OnTime || q.Since {
		last := (q.Period.To + 1).Start().UTC()
		if last.After(now) {
			last = now
		}
		db = db.Where("late_after > ? AND late_after <= ?", q.Period.From.Start().UTC(), last)
	}
	if q.Code == indicator.OnTime {
		const late = "(met_at >= late_after AND (waived_until IS NULL OR met_at >= waived_until)" +
			" OR met_at IS NULL AND (waived_until IS NULL OR waived_until <= ?))"
		switch q.Part {
		case "met":
			db = db.Where("met_at < late_after")
		case "late":
			db = db.Where(late, now)
		case "waived":
			db = db.Where("(met_at >= late_after AND met_at < waived_until OR met_at IS NULL AND waived_until > ?)", now)
		default:
			db = db.Where("(met_at < late_after OR "+late+")", now)
		}
	}
	var n int64
	if err := db.Session(&gorm.Session{}).Count(&n).Error; err != nil {
		return nil, 0, fmt.Errorf("count rows of the ledger: %w", err)
	}
	var found []inventory.Obligation
	if err := page(db.Order("late_after, dataset_id, period"), q).Find(&found).Error; err != nil {
		return nil, 0, fmt.Errorf("read rows of the ledger: %w", err)
	}
	ids := make([]string, 0, len(found))
	for _, o := range found {
		ids = append(ids, o.DatasetID)
	}
	named, err := s.byID(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	rows := make([]Row, 0, len(found))
	for n := range found {
		rows = append(rows, Row{Dataset: named[found[n].DatasetID], Obligation: &found[n]})
	}
	return rows, int(n), nil
}

// mostIDs keeps a list in a statement under what the engines take.
const mostIDs = 1000

func (s *Store) byID(ctx context.Context, ids []string) (map[string]inventory.Dataset, error) {
	named := make(map[string]inventory.Dataset, len(ids))
	for len(ids) > 0 {
		some := ids[:min(len(ids), mostIDs)]
		ids = ids[len(some):]
		var datasets []inventory.Dataset
		if err := s.db.WithContext(ctx).Where("id IN ?", some).Find(&datasets).Error; err != nil {
			return nil, fmt.Errorf("read datasets of the ledger: %w", err)
		}
		for _, d := range datasets {
			named[d.ID] = d
		}
	}
	return named, nil
}

// datasets reads entries of the inventory.
func (s *Store) datasets(ctx context.Context, scope Scope, q Query) ([]Row, int, error) {
	db, order := s.in(ctx, scope, "datasets"), "datasets.updated_at DESC, datasets.id DESC"
	if scope.public {
		db = db.Where(isPublic)
	}
	switch q.Code {
	case indicator.ReviewAge:
		db, order = db.Where("datasets.state = 'submitted' AND datasets.first_step <> 'waiting'"), "datasets.submitted_at, datasets.id"
	case indicator.Slippage:
		db, order = db.Where(committed), "datasets.target_date, datasets.id"
	default:
		db = db.Where("datasets.state <> 'withdrawn'")
	}
	if where, args := s.part(q); where != "" {
		db = db.Where(where, args...)
	}
	var n int64
	if err := db.Session(&gorm.Session{}).Count(&n).Error; err != nil {
		return nil, 0, fmt.Errorf("count entries: %w", err)
	}
	var found []inventory.Dataset
	if err := page(db.Order(order), q).Find(&found).Error; err != nil {
		return nil, 0, fmt.Errorf("read entries: %w", err)
	}
	rows := make([]Row, 0, len(found))
	for _, d := range found {
		rows = append(rows, Row{Dataset: d})
	}
	if q.Code == indicator.Slippage {
		return rows, int(n), s.firsts(ctx, rows)
	}
	return rows, int(n), nil
}

const isPublic = "datasets.approved_revision > 0 AND datasets.state <> 'withdrawn'"

// part says in SQL what a part of an indicator's datasets is.
func (s *Store) part(q Query) (where string, args []any) {
	switch q.Part {
	case "with":
		return "datasets.frequency <> ''", nil
	case "without":
		return "datasets.frequency = ''", nil
	case "public":
		return isPublic, nil
	case "hidden":
		return "datasets.approved_revision = 0", nil
	case "open", "openable", "restricted", "closed":
		return "datasets.openness = ?", []any{q.Part}
	case "undecided":
		return "datasets.openness = ''", nil
	case "slipped":
		return "(datasets.target_date < ? OR EXISTS (SELECT 1 FROM target_moves m WHERE m.dataset_id = datasets.id" +
			" AND m.id = (SELECT min(id) FROM target_moves f WHERE f.dataset_id = datasets.id)" +
			" AND m.was < datasets.target_date))", []any{string(s.today().Date())}
	}
	return "", nil
}

// firsts puts the first committed date beside each row whose date was moved.
func (s *Store) firsts(ctx context.Context, rows []Row) error {
	at := map[string]int{}
	ids := make([]string, 0, len(rows))
	for n, r := range rows {
		at[r.Dataset.ID] = n
		ids = append(ids, r.Dataset.ID)
	}
	for len(ids) > 0 {
		some := ids[:min(len(ids), mostIDs)]
		ids = ids[len(some):]
		var moves []struct{ DatasetID, Was string }
		err := s.db.WithContext(ctx).Table("target_moves").Where("dataset_id IN ?", some).Order("id DESC").
			Select("dataset_id, was").Scan(&moves).Error
		if err != nil {
			return fmt.Errorf("read moved openings: %w", err)
		}
		for _, m := range moves { // the first move comes last and stays
			rows[at[m.DatasetID]].First = inventory.Date(m.Was)
		}
	}
	return nil
}

func page(db *gorm.DB, q Query) *gorm.DB {
	if q.Limit > 0 {
		db = db.Limit(q.Limit)
	}
	return db.Offset(q.Offset)
}
