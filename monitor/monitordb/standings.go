package monitordb

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// roster remembers the active services with their checks until one changes.
type roster struct {
	mu      sync.Mutex
	version int64
	list    []monitor.Service
}

// active returns the active services with their checks, by slug. Callers share
// them and must not change them.
func (s *Store) active(ctx context.Context) ([]monitor.Service, error) {
	s.roster.mu.Lock()
	defer s.roster.mu.Unlock()
	version, err := s.Version(ctx) // first: what changes meanwhile is read again
	if err != nil {
		return nil, err
	}
	if s.roster.list != nil && s.roster.version == version {
		return s.roster.list, nil
	}
	services := []monitor.Service{}
	err = s.db.WithContext(ctx).Order("slug").Find(&services, "state = ?", monitor.Active).Error
	if err != nil {
		return nil, database.Explain(err, "read active services")
	}
	if err := s.fillChecks(ctx, services); err != nil {
		return nil, err
	}
	s.roster.list, s.roster.version = services, version
	return services, nil
}

// standings remembers how every service stands.
type standings struct {
	mu    sync.Mutex
	until time.Time
	board *Board
}

// Standings is the board without the past: no days, and of the states only
// what they come to. Ten thousand services take one query of their states.
// Callers share it and must not change it.
func (s *Store) Standings(ctx context.Context) (*Board, error) {
	recent := &s.recent.now
	recent.mu.Lock()
	defer recent.mu.Unlock()
	now := s.now()
	if b := recent.board; b != nil && now.Before(recent.until) && !now.Before(b.At) {
		return b, nil
	}
	b, err := s.readStandings(ctx, now)
	if err != nil {
		return nil, err
	}
	recent.board, recent.until = b, now.Add(boardAge)
	return b, nil
}

func (s *Store) readStandings(ctx context.Context, now time.Time) (*Board, error) {
	services, err := s.active(ctx)
	if err != nil {
		return nil, err
	}
	currents, err := s.verdicts(ctx, len(services))
	if err != nil {
		return nil, err
	}
	db := s.db.WithContext(ctx)
	var open []monitor.Outage
	if err := db.Order("started_at").Find(&open, "ended_at IS NULL").Error; err != nil {
		return nil, database.Explain(err, "read standings")
	}
	incidents, err := openIncidents(db, open)
	if err != nil {
		return nil, err
	}
	list, err := s.plans(db, now, now.Add(time.Second))
	if err != nil {
		return nil, err
	}
	planned := list.within(now.Add(-lately), now.Add(time.Second), s.occasions)
	b := &Board{At: now, Services: make([]Standing, len(services))}
	for n := range services {
		st := &b.Services[n]
		st.Service, st.Incidents = services[n], incidents[services[n].Slug]
		st.Verdict, st.Reason, st.Since = monitor.Worst(st.Service.Checks, currents, now)
		if spans := planned.of(st.Service.Slug, st.Service.Institution); st.Verdict.During(spans, now) == monitor.Maintenance {
			st.Verdict, st.Reason, st.Since = monitor.Maintenance, monitor.None, spans[len(spans)-1].From
		}
	}
	return b, nil
}

// verdicts reads of each state what the verdict on it needs.
func (s *Store) verdicts(ctx context.Context, about int) (map[int64]monitor.Current, error) {
	found, err := s.db.WithContext(ctx).Raw("SELECT check_id, verdict, reason, since, last_at, every_sec FROM check_current").Rows()
	if err != nil {
		return nil, database.Explain(err, "read standings")
	}
	defer func() { _ = found.Close() }()
	list := make(map[int64]monitor.Current, about)
	var c monitor.Current
	for found.Next() {
		if err := found.Scan(&c.CheckID, &c.Verdict, &c.Reason, &c.Since, &c.LastAt, &c.EverySec); err != nil {
			return nil, database.Explain(err, "read standings")
		}
		c.Since, c.LastAt = c.Since.UTC(), c.LastAt.UTC()
		list[c.CheckID] = c
	}
	return list, database.Explain(found.Err(), "read standings")
}

// Ribbons returns the days of some services, RibbonDays of each, the oldest
// first. It reads only what is not remembered from the time before.
func (s *Store) Ribbons(ctx context.Context, services []monitor.Service) ([][]monitor.DaySum, error) {
	now := s.now()
	rolled, err := s.state(ctx, stateRolled)
	if err != nil {
		return nil, err
	}
	p := &parts{
		currents: map[string]map[int64]monitor.Current{}, outages: map[string][]monitor.Outage{}, rolled: time.UnixMicro(rolled).UTC(),
	}
	var slugs []string
	checks := []int64{}
	for n := range services {
		slugs = append(slugs, services[n].Slug)
		for _, c := range services[n].Checks {
			checks = append(checks, c.ID)
		}
	}
	if p.days, err = s.ribbons(ctx, now, p.rolled, checks); err != nil {
		return nil, err
	}
	today := s.Day(now)
	if err := s.gatherToday(ctx, p, slugs, today); err != nil {
		return nil, err
	}
	if err := s.gatherUnseen(ctx, p, now); err != nil {
		return nil, err
	}
	list := make([][]monitor.DaySum, len(services))
	for n := range services {
		v := &services[n]
		list[n] = p.ribbon(v, now, today, p.planned.of(v.Slug, v.Institution))
	}
	return list, nil
}

// gatherToday reads what the part of today is estimated from that is not summed up.
func (s *Store) gatherToday(ctx context.Context, p *parts, slugs []string, today time.Time) error {
	since := p.rolled
	if since.Before(today) {
		since = today
	}
	db := s.db.WithContext(ctx)
	for part := range slices.Chunk(slugs, chunk) {
		var currents []monitor.Current
		if err := db.Find(&currents, "service IN ?", part).Error; err != nil {
			return database.Explain(err, "read states")
		}
		for _, c := range currents {
			if p.currents[c.Service] == nil {
				p.currents[c.Service] = map[int64]monitor.Current{}
			}
			p.currents[c.Service][c.CheckID] = c
		}
		var outages []monitor.Outage
		err := db.Find(&outages, "(ended_at IS NULL OR ended_at >= ?) AND service IN ?", since, part).Error
		if err != nil {
			return database.Explain(err, "read outages")
		}
		for _, o := range outages {
			p.outages[o.Service] = append(p.outages[o.Service], o)
		}
	}
	return nil
}
