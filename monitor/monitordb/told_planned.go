package monitordb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// maintenanceNews is the public maintenance that begins soon, takes place at
// other times, or does not take place after all.
func (s *Store) maintenanceNews(ctx context.Context, tree identity.Tree) ([]piece, error) {
	db := s.db.WithContext(ctx)
	windows, err := s.plansOf(db, db.Where("public = ? AND (ends_at IS NULL OR ends_at > ?)", true, s.now().Add(-newsAge)))
	if err != nil {
		return nil, err
	}
	services, err := s.List(ctx, identity.Actor{}, Filter{Limit: 10_000})
	if err != nil {
		return nil, err
	}
	var list []piece
	for n := range windows {
		news := s.newsOfWindow(&windows[n].window)
		if len(news) == 0 {
			continue
		}
		var about piece // whom it concerns
		for k := range services {
			if v := &services[k]; windows[n].covers(v) {
				about.services, about.bodies = append(about.services, v.Slug), append(about.bodies, above(tree, v.Institution)...)
				about.Name = v.Name
			}
		}
		for _, p := range news {
			p.services, p.bodies = about.services, about.bodies
			if p.Window.Scope == monitor.OneService {
				p.Name = about.Name
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// newsOfWindow is what there is to tell of a window now.
func (s *Store) newsOfWindow(m *monitor.MaintenanceWindow) []piece {
	now := s.now()
	var list []piece
	add := func(news monitor.News, span monitor.Span, change *time.Time) {
		p := piece{Telling: monitor.Telling{News: news, Window: m, Span: span}, subject: m.ID, known: now}
		if change != nil { // for who was told of something else
			p.after, p.before, p.what = monitor.NewsPlanned, *change, " "+change.UTC().Format(time.RFC3339)
		}
		list = append(list, p)
	}
	if m.CancelledAt != nil {
		was := *m
		was.CancelledAt = nil
		if next, would := was.Next(s.occasions, *m.CancelledAt); would && now.Sub(*m.CancelledAt) < newsAge {
			add(monitor.NewsOff, next, m.CancelledAt)
		}
		return list
	}
	if next, comes := m.Next(s.occasions, now); comes {
		if !next.Holds(now) && next.From.Sub(now) <= toldAhead {
			add(monitor.NewsPlanned, next, nil)
		}
		if m.EditedAt != nil && now.Sub(*m.EditedAt) < newsAge {
			add(monitor.NewsMoved, next, m.EditedAt)
		}
	}
	for _, e := range m.Exceptions { // told of the occurrence that is skipped, by the time it was to begin
		if !e.To.After(e.From) && e.At.After(now) && e.At.Sub(now) <= toldAhead {
			add(monitor.NewsOff, monitor.Span{From: e.At, To: e.At.Add(m.Duration)}, &e.At)
		}
	}
	return list
}
