package monitordb

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

// plans are maintenance windows with the institutions that each covers.
type plans []plan

type plan struct {
	window monitor.MaintenanceWindow
	bodies []string
}

// plans reads the windows that may hold in from..to; a zero `to` means for ever.
func (s *Store) plans(tx *gorm.DB, from, to time.Time) (plans, error) {
	q := tx.Where("(cancelled_at IS NULL OR schedule <> '') AND (ends_at IS NULL OR ends_at > ?)", from)
	if !to.IsZero() {
		q = q.Where("starts_at < ?", to)
	}
	return s.plansOf(tx, q)
}

// plansOf reads the windows that q asks for.
func (s *Store) plansOf(tx, q *gorm.DB) (plans, error) {
	var windows []monitor.MaintenanceWindow
	if err := q.Order("id").Find(&windows).Error; err != nil {
		return nil, database.Explain(err, "read maintenance")
	}
	var tree identity.Tree
	list := make(plans, 0, len(windows))
	for _, m := range windows {
		p := plan{window: m}
		if m.Scope == monitor.OneInstitution {
			if tree == nil {
				var err error
				if tree, err = bodies(tx); err != nil {
					return nil, err
				}
			}
			p.bodies = tree.Under(m.Target, s.now())
		}
		list = append(list, p)
	}
	return list, nil
}

// bodies reads which institution stands under which.
func bodies(tx *gorm.DB) (identity.Tree, error) {
	var all []identity.Institution
	err := tx.Select("slug", "parent", "valid_from", "valid_until").Find(&all).Error
	if err != nil {
		return nil, database.Explain(err, "read institutions")
	}
	tree := make(identity.Tree, len(all))
	for _, i := range all {
		tree[i.Slug] = i
	}
	return tree, nil
}

// covers tells whether the window is about the service.
func (p *plan) covers(v *monitor.Service) bool {
	switch p.window.Scope {
	case monitor.OneService:
		return p.window.Target == v.Slug
	case monitor.OneInstitution:
		return slices.Contains(p.bodies, v.Institution)
	case monitor.Everything:
		return true
	}
	return false
}

// spans returns when the service may fail in from..to.
func (list plans) spans(v *monitor.Service, from, to time.Time, occasions monitor.Occasions) []monitor.Span {
	var spans []monitor.Span
	for n := range list {
		if list[n].covers(v) {
			spans = append(spans, list[n].window.Spans(occasions, from, to)...)
		}
	}
	return monitor.Spans(spans...)
}

// hold tells whether the service may fail at t.
func (list plans) hold(v *monitor.Service, t time.Time, occasions monitor.Occasions) bool {
	return len(list.spans(v, t, t.Add(time.Microsecond), occasions)) > 0
}

// occasions reads cron lines in the zone where days are cut.
func (s *Store) occasions(line string, from, to time.Time) ([]time.Time, error) {
	return schedule.Occasions(line, s.zone, from, to)
}

// Planned returns when the service was, or will be, in maintenance in from..to:
// in order, without overlaps.
func (s *Store) Planned(ctx context.Context, service string, from, to time.Time) ([]monitor.Span, error) {
	db := s.db.WithContext(ctx)
	list, err := s.plans(db, from, to)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var v monitor.Service
	if err := db.Select("slug", "institution").Take(&v, "slug = ?", service).Error; err != nil {
		return nil, database.Explain(err, "read service "+service)
	}
	return list.spans(&v, from, to, s.occasions), nil
}

// sortWindows puts what runs first, then what comes next, then what is over.
func sortWindows(list []Window) {
	rank := func(w *Window) int {
		switch {
		case w.Runs:
			return 0
		case w.Coming:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b Window) int {
		if d := rank(&a) - rank(&b); d != 0 {
			return d
		}
		if !a.Coming {
			return b.StartsAt.Compare(a.StartsAt)
		}
		return a.Next.From.Compare(b.Next.From)
	})
}
