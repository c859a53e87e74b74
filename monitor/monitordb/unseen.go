package monitordb

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// timetable is when services are out of count in one stretch of time: each
// window is expanded once, however many services ask.
type timetable struct {
	all      []monitor.Span            // every service
	bodies   map[string][]monitor.Span // by institution, with those of all
	services map[string][]monitor.Span // by slug, of windows about that service alone
}

// within expands the windows over from..to. Blind are times that count for no
// service at all.
func (list plans) within(from, to time.Time, occasions monitor.Occasions, blind ...monitor.Span) *timetable {
	t := &timetable{bodies: map[string][]monitor.Span{}, services: map[string][]monitor.Span{}}
	for n := range list {
		w := &list[n].window
		spans := w.Spans(occasions, from, to)
		switch {
		case len(spans) == 0:
		case w.Scope == monitor.OneService:
			t.services[w.Target] = append(t.services[w.Target], spans...)
		case w.Scope == monitor.OneInstitution:
			for _, body := range list[n].bodies {
				t.bodies[body] = append(t.bodies[body], spans...)
			}
		case w.Scope == monitor.Everything:
			t.all = append(t.all, spans...)
		}
	}
	t.all = monitor.Spans(append(t.all, monitor.Common(monitor.Spans(blind...), []monitor.Span{{From: from, To: to}})...)...)
	for body, spans := range t.bodies {
		t.bodies[body] = monitor.Spans(append(spans, t.all...)...)
	}
	for slug, spans := range t.services {
		t.services[slug] = monitor.Spans(spans...)
	}
	return t
}

// of returns when the service is out of count: in order, without overlaps.
// Services share it; nobody changes it.
func (t *timetable) of(slug, institution string) []monitor.Span {
	spans, ok := t.bodies[institution]
	if !ok {
		spans = t.all
	}
	if own := t.services[slug]; len(own) > 0 {
		if len(spans) == 0 {
			return own
		}
		return monitor.Spans(append(slices.Clone(spans), own...)...)
	}
	return spans
}

// narrow tells whether only services named one by one are out of count.
func (t *timetable) narrow() bool { return len(t.all)+len(t.bodies) == 0 }

// PlannedOf returns when services were, or will be, in announced maintenance in
// from..to: those named, or all there are when slugs is nil. A service without
// any is not there.
func (s *Store) PlannedOf(ctx context.Context, slugs []string, from, to time.Time) (map[string][]monitor.Span, error) {
	return s.outOfCount(ctx, slugs, from, to, nil)
}

// UnseenOf is PlannedOf with the times in which nobody could look at anything,
// our own link being down or the program stopped: all that counts neither for
// nor against a service. It takes a query for each kind of thing and one for
// each 500 services, not one a service.
func (s *Store) UnseenOf(ctx context.Context, slugs []string, from, to time.Time) (map[string][]monitor.Span, error) {
	gaps, err := s.Gaps(ctx, 0, from, to)
	if err != nil {
		return nil, err
	}
	return s.outOfCount(ctx, slugs, from, to, monitor.Blind(gaps))
}

func (s *Store) outOfCount(ctx context.Context, slugs []string, from, to time.Time, blind []monitor.Span) (map[string][]monitor.Span, error) {
	out := map[string][]monitor.Span{}
	if slugs != nil && len(slugs) == 0 {
		return out, nil
	}
	list, err := s.plans(s.db.WithContext(ctx), from, to)
	if err != nil {
		return nil, err
	}
	table := list.within(from, to, s.occasions, blind...)
	if table.narrow() {
		for slug, spans := range table.services {
			if slugs == nil || slices.Contains(slugs, slug) {
				out[slug] = spans
			}
		}
		return out, nil
	}
	owners, err := s.owners(ctx, slugs)
	if err != nil {
		return nil, err
	}
	for _, one := range owners {
		if spans := table.of(one.Slug, one.Institution); len(spans) > 0 {
			out[one.Slug] = spans
		}
	}
	return out, nil
}

// ownership is whose a service is.
type ownership struct{ Slug, Institution string }

// owners reads whose the services are, all there are when slugs is nil.
func (s *Store) owners(ctx context.Context, slugs []string) ([]ownership, error) {
	db := s.db.WithContext(ctx).Model(&monitor.Service{}).Select("slug", "institution").Session(&gorm.Session{})
	var list []ownership
	if slugs == nil {
		err := db.Find(&list).Error
		return list, database.Explain(err, "read services")
	}
	for part := range slices.Chunk(slugs, chunk) {
		var some []ownership
		if err := db.Find(&some, "slug IN ?", part).Error; err != nil {
			return nil, database.Explain(err, "read services")
		}
		list = append(list, some...)
	}
	return list, nil
}
