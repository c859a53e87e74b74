package indicatordb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/lang"
)

// mostLines bounds each list of a statement: a page that is printed names the
// worst and says how many there are.
const (
	mostLines   = 40
	mostEntries = 15
)

// State reads what can be stated about a quarter of an institution now. What
// other rooms know, quality and answers, the caller adds.
func (s *Store) State(
	ctx context.Context, by identity.Actor, institution string, q indicator.Quarter, tree identity.Tree, days *inventory.Workdays,
) (indicator.Statement, error) {
	now := s.now()
	st := indicator.Statement{
		Institution: institution, Name: tree[institution].Name, Quarter: q.String(), Until: q.End().UTC(),
	}
	if err := by.Must(identity.ReadRegister, institution); err != nil {
		return st, err
	}
	if now.Before(q.Start()) {
		return st, fault.At("quarter", "statement.quarter.future", q.String())
	}
	if now.Before(st.Until) {
		st.Until = now
	}
	scope, err := Of(by, tree.Under(institution, q.Start()))
	if err != nil {
		return st, err
	}
	r := stating{s, ctx, scope, tree, days, nil}
	st.Late = r.late(st.Until)
	st.Opened = r.opened(q.Start().UTC(), st.Until)
	st.Slipped = r.slipped(q, st.Until)
	st.Coming = r.coming(q.Next(), st.Until)
	st.Waived = r.waived(q.Start().UTC(), st.Until)
	st.Figures = r.figures(q, st)
	return st, r.err
}

// stating reads the parts of a statement; the first error ends it.
type stating struct {
	*Store
	ctx   context.Context // lives as long as one call of State
	scope Scope
	tree  identity.Tree
	days  *inventory.Workdays
	err   error
}

// read runs a query unless something went wrong before.
func (r *stating) read(what string, run func() error) {
	if r.err != nil {
		return
	}
	if err := run(); err != nil {
		r.err = fmt.Errorf("read %s of a statement: %w", what, err)
	}
}

func (r *stating) from(table string) *gorm.DB { return r.in(r.ctx, r.scope, table) }

// lateAt narrows to what was late and missing at an instant.
func (r *stating) lateAt(at time.Time) *gorm.DB {
	return r.from("obligations").Where("late_after <= ? AND (met_at IS NULL OR met_at >= ?) AND (closed_at IS NULL OR closed_at >= ?)"+
		" AND (waived_until IS NULL OR waived_until <= ? OR waived_at > ?)", at, at, at, at, at)
}

func (r *stating) late(at time.Time) (l indicator.Lines) {
	rows := r.ledger("late updates", r.lateAt(at), "late_after, dataset_id, period", &l)
	for n, o := range rows {
		l.Items[n].Day = indicator.DayOf(o.LateAfter.Add(-time.Nanosecond)).Date()
		since := o.LateAfter
		if o.WaivedUntil != nil && o.WaivedUntil.After(since) && !o.WaivedUntil.After(at) {
			since = *o.WaivedUntil // a waiver given later did not hold then
		}
		l.Items[n].Days = r.days.DaysLate(since, at.Add(-time.Nanosecond))
	}
	return l
}

func (r *stating) waived(from, to time.Time) (l indicator.Lines) {
	q := r.from("obligations").Where("waived_at >= ? AND waived_at < ?", from, to)
	for n, o := range r.ledger("waivers", q, "waived_at, dataset_id, period", &l) {
		l.Items[n].Note = o.WaiverReason
		l.Items[n].Day = indicator.DayOf(o.WaivedUntil.Add(-time.Nanosecond)).Date()
	}
	return l
}

// ledger reads rows of the ledger into lines.
func (r *stating) ledger(what string, q *gorm.DB, order string, into *indicator.Lines) (rows []inventory.Obligation) {
	r.read(what, func() error {
		var n int64
		if err := q.Session(&gorm.Session{}).Count(&n).Error; err != nil {
			return err
		}
		if err := q.Order(order).Limit(mostLines).Find(&rows).Error; err != nil {
			return err
		}
		ids := make([]string, 0, len(rows))
		for _, o := range rows {
			ids = append(ids, o.DatasetID)
		}
		named, err := r.byID(r.ctx, ids)
		into.Total = int(n)
		for _, o := range rows {
			l := r.line(o.Ref, named[o.DatasetID].Content.Title, o.Institution)
			l.Period = o.Period
			into.Items = append(into.Items, l)
		}
		return err
	})
	return rows
}

func (r *stating) line(ref string, title lang.Text, body string) indicator.Line {
	return indicator.Line{Ref: ref, Title: title, Body: body, Name: r.tree[body].Name}
}

// opened lists what became public, and open, within a time.
func (r *stating) opened(from, to time.Time) (l indicator.Lines) {
	q := r.from("publications").Where("openness = 'open' AND issued >= ? AND issued < ?", from, to)
	r.read("openings", func() error {
		var n int64
		var rows []inventory.Publication
		if err := q.Session(&gorm.Session{}).Count(&n).Error; err != nil {
			return err
		}
		l.Total = int(n)
		err := q.Order("issued, dataset_id").Limit(mostEntries).Find(&rows).Error
		for _, p := range rows {
			one := r.line(p.Ref, p.Content.Title, p.Institution)
			one.Day = indicator.DayOf(p.Issued).Date()
			l.Items = append(l.Items, one)
		}
		return err
	})
	return l
}

// slipped lists what was committed for the quarter and was put back, or not
// opened by its date.
func (r *stating) slipped(q indicator.Quarter, until time.Time) indicator.Lines {
	p := q.Period()
	from, to, today := string(p.From.Date()), string(p.To.Date()), string(indicator.DayOf(until).Date())
	return r.entries("slipped openings", r.from("datasets").
		Where("datasets.state <> 'withdrawn' AND (EXISTS (SELECT 1 FROM target_moves m WHERE m.dataset_id = datasets.id"+
			" AND m.was >= ? AND m.was <= ? AND m.became > m.was AND m.at < ?) OR "+committed+
			" AND datasets.target_date >= ? AND datasets.target_date <= ? AND datasets.target_date < ?)", from, to, until, from, to, today))
}

// coming lists what is committed for a quarter.
func (r *stating) coming(q indicator.Quarter, _ time.Time) indicator.Lines {
	p := q.Period()
	return r.entries("openings to come", r.from("datasets").
		Where(committed+" AND datasets.target_date >= ? AND datasets.target_date <= ?", string(p.From.Date()), string(p.To.Date())))
}

func (r *stating) entries(what string, q *gorm.DB) (l indicator.Lines) {
	r.read(what, func() error {
		var n int64
		var rows []inventory.Dataset
		if err := q.Session(&gorm.Session{}).Count(&n).Error; err != nil {
			return err
		}
		l.Total = int(n)
		err := q.Order("datasets.target_date, datasets.id").Limit(mostEntries).Find(&rows).Error
		for _, d := range rows {
			one := r.line(d.Ref, d.Content.Title, d.Institution)
			one.Day = d.Content.TargetDate
			l.Items = append(l.Items, one)
		}
		return err
	})
	return l
}

// figures are those of the quarter beside those of the one before.
func (r *stating) figures(q indicator.Quarter, st indicator.Statement) []indicator.Figure {
	before := q.Before()
	is, was := r.stock(st.Until), r.stock(before.End().UTC())
	kept, keptBefore := r.promises(q.Period()), r.promises(before.Period())
	openedBefore := r.opened(before.Start().UTC(), before.End().UTC()).Total
	waivedBefore := r.waived(before.Start().UTC(), before.End().UTC()).Total
	return []indicator.Figure{
		{Key: indicator.FigureInventoried, N: is.Inventoried, WasN: was.Inventoried},
		{Key: indicator.FigurePublished, N: is.Published, Of: is.Inventoried, WasN: was.Published, WasOf: was.Inventoried, Percent: true},
		{Key: indicator.FigureOpen, N: is.Open, Of: is.Inventoried, WasN: was.Open, WasOf: was.Inventoried, Percent: true},
		{Key: indicator.FigureOnTime, N: kept.Met, Of: kept.Judged(), WasN: keptBefore.Met, WasOf: keptBefore.Judged(), Percent: true},
		{Key: indicator.FigureOverdue, N: st.Late.Total, WasN: was.Late},
		{Key: indicator.FigureOpened, N: st.Opened.Total, WasN: openedBefore},
		{Key: indicator.FigureWaived, N: st.Waived.Total, WasN: waivedBefore},
	}
}

// stocked is the inventory at an instant.
type stocked struct{ Inventoried, Published, Open, Late int }

// stock counts the inventory as it was at an instant. An entry that was
// withdrawn before it was ever public counts until its last change.
func (r *stating) stock(at time.Time) (x stocked) {
	count := func(what string, q *gorm.DB) int {
		var n int64
		r.read(what, func() error { return q.Count(&n).Error })
		return int(n)
	}
	public := func() *gorm.DB {
		return r.from("publications").Where("issued < ? AND (withdrawn_at IS NULL OR withdrawn_at >= ?)", at, at)
	}
	x.Inventoried = count("the inventory", r.from("datasets").Where("created_at < ? AND (state <> 'withdrawn' OR updated_at >= ?)", at, at))
	x.Published = count("publications", public())
	x.Open = count("publications", public().Where("openness = 'open'"))
	x.Late = count("late updates", r.lateAt(at))
	return x
}

func (r *stating) promises(p indicator.Period) (sum indicator.Promises) {
	r.read("promises", func() error {
		days, err := r.Days(r.ctx, r.scope, p)
		for _, d := range days {
			sum = sum.Add(d.Promises)
		}
		return err
	})
	return sum
}

// Issue keeps a statement as its next revision, with the audit line, in one
// transaction. Two who issue at once cannot both make the same revision.
func (s *Store) Issue(ctx context.Context, by identity.Actor, st indicator.Statement, reason string) (indicator.Issued, error) {
	var made indicator.Issued
	now := s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		last, err := lastOf(tx, st.Institution, st.Quarter)
		if err != nil {
			return err
		}
		if made, err = indicator.Issue(by, st, last, reason, now); err != nil {
			return err
		}
		if err := tx.Create(&made).Error; err != nil {
			return err
		}
		line, err := audit.New(by, now, "statement.issue", "statement", made.Quarter, made.Institution, nil,
			map[string]any{"revision": made.Revision, "hash": made.Hash})
		if err != nil {
			return err
		}
		line.Reason = made.Reason
		return auditdb.Append(tx, line)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return made, fault.New(fault.Conflict, "statement.raced")
	}
	if _, ok := fault.KindOf(err); err != nil && !ok {
		return made, fmt.Errorf("issue statement: %w", err)
	}
	return made, err
}

func lastOf(tx *gorm.DB, institution, quarter string) (*indicator.Issued, error) {
	var all []indicator.Issued
	err := tx.Where("institution = ? AND quarter = ?", institution, quarter).Order("revision DESC").Limit(1).Find(&all).Error
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// Issued returns every revision of a statement, the last first.
func (s *Store) Issued(ctx context.Context, by identity.Actor, institution, quarter string) ([]indicator.Issued, error) {
	if err := by.Must(identity.ReadRegister, institution); err != nil {
		return nil, err
	}
	var all []indicator.Issued
	err := s.db.WithContext(ctx).Where("institution = ? AND quarter = ?", institution, quarter).Order("revision DESC").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	return all, nil
}

// Statements lists the last revision of every statement that the actor may
// read, without its body, the latest quarter first.
func (s *Store) Statements(ctx context.Context, by identity.Actor) ([]indicator.Issued, error) {
	scope, err := Of(by, nil)
	if err != nil {
		return nil, err
	}
	var all []indicator.Issued
	err = s.in(ctx, scope, "statements").
		Where("revision = (SELECT max(revision) FROM statements l WHERE l.institution = statements.institution AND l.quarter = statements.quarter)").
		Select("institution, quarter, revision, issued_at, issued_by, reason, hash").Order("quarter DESC, institution").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list statements: %w", err)
	}
	return all, nil
}
