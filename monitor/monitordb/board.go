package monitordb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// RibbonDays is how many days a service's ribbon shows, today being the last.
const RibbonDays = 90

// Board is what the status page shows: every active service with its state and ribbon.
type Board struct {
	At       time.Time
	Services []Standing
}

// Standing is one service on the board.
type Standing struct {
	Service   monitor.Service
	Verdict   monitor.Verdict // the worst of its checks
	Reason    monitor.Reason
	Since     time.Time
	Currents  map[int64]monitor.Current
	Days      []monitor.DaySum   // RibbonDays of them, the oldest first
	Incidents []monitor.Incident // open ones it is in
}

// boardAge is how old the board may be: it is asked for far more often than a
// reading can change it.
const boardAge = time.Second

// Board returns the board of now. Callers share it and must not change it.
func (s *Store) Board(ctx context.Context) (*Board, error) {
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	now := s.now()
	if b := s.recent.board; b != nil && now.Before(s.recent.until) && !now.Before(b.At) {
		return b, nil
	}
	b, err := s.readBoard(ctx, now)
	if err != nil {
		return nil, err
	}
	s.recent.board, s.recent.until = b, now.Add(boardAge)
	return b, nil
}

func (s *Store) readBoard(ctx context.Context, now time.Time) (*Board, error) {
	b := &Board{At: now}
	var services []monitor.Service
	err := s.db.WithContext(ctx).Order("slug").Find(&services, "state = ?", monitor.Active).Error
	if err != nil {
		return nil, database.Explain(err, "read board")
	}
	if err := s.fillChecks(ctx, services); err != nil {
		return nil, err
	}
	p, err := s.gather(ctx, now)
	if err != nil {
		return nil, err
	}
	for _, v := range services {
		b.Services = append(b.Services, s.standing(v, now, p))
	}
	return b, nil
}

// parts are what a board is put together from.
type parts struct {
	currents  map[string]map[int64]monitor.Current // by service
	outages   map[string][]monitor.Outage          // by service; open, or ended since rolled
	incidents map[string][]monitor.Incident        // by service; open
	days      map[int64]map[int64]monitor.Tally    // by check and day
	rolled    time.Time
	planned   plans // that may hold today
}

func (s *Store) gather(ctx context.Context, now time.Time) (*parts, error) {
	rolled, err := s.state(ctx, stateRolled)
	if err != nil {
		return nil, err
	}
	p := &parts{
		currents: map[string]map[int64]monitor.Current{}, outages: map[string][]monitor.Outage{},
		rolled: time.UnixMicro(rolled).UTC(),
	}
	db := s.db.WithContext(ctx)
	var currents []monitor.Current
	if err := db.Find(&currents).Error; err != nil {
		return nil, database.Explain(err, "read board")
	}
	for _, c := range currents {
		if p.currents[c.Service] == nil {
			p.currents[c.Service] = map[int64]monitor.Current{}
		}
		p.currents[c.Service][c.CheckID] = c
	}
	var outages []monitor.Outage
	since := p.rolled
	if day := s.Day(now); since.Before(day) {
		since = day
	}
	if err := db.Order("started_at").Find(&outages, "ended_at IS NULL OR ended_at >= ?", since).Error; err != nil {
		return nil, database.Explain(err, "read board")
	}
	for _, o := range outages {
		p.outages[o.Service] = append(p.outages[o.Service], o)
	}
	if p.incidents, err = openIncidents(db, outages); err != nil {
		return nil, err
	}
	if p.planned, err = s.plans(db, since, now.Add(time.Second)); err != nil {
		return nil, err
	}
	p.days, err = s.days(ctx, now)
	return p, err
}

// standing puts together what is known of one service.
func (s *Store) standing(v monitor.Service, now time.Time, p *parts) Standing {
	st := Standing{Service: v, Currents: p.currents[v.Slug], Incidents: p.incidents[v.Slug]}
	st.Verdict, st.Reason, st.Since = monitor.Worst(v.Checks, st.Currents, now)
	today := s.Day(now)
	planned := p.planned.spans(&v, today, now.Add(time.Second), s.occasions)
	if st.Verdict.During(planned, now) == monitor.Maintenance {
		st.Verdict, st.Reason, st.Since = monitor.Maintenance, monitor.None, planned[len(planned)-1].From
	}
	for n := RibbonDays - 1; n >= 0; n-- {
		day := s.Day(today.Add(12*time.Hour - time.Duration(n)*24*time.Hour))
		sum := monitor.DaySum{Day: day}
		for _, c := range v.Checks {
			t := p.days[c.ID][micro(day)]
			if n == 0 {
				rest := p.today(c, now, today, planned)
				t.Add(&rest)
			}
			sum.Add(&t)
		}
		st.Days = append(st.Days, sum)
	}
	return st
}

// today estimates, from the outages, the part of today that is not summed up
// yet; the sums replace it within the hour.
func (p *parts) today(c monitor.Check, now, day time.Time, planned []monitor.Span) monitor.Tally {
	var t monitor.Tally
	current, looked := p.currents[c.Service][c.ID]
	if !looked || !current.Fresh(now) || current.Verdict == monitor.Unknown {
		return t
	}
	from := c.CreatedAt
	for _, later := range []time.Time{day, p.rolled} {
		if from.Before(later) {
			from = later
		}
	}
	counted := monitor.Without(monitor.Spans(monitor.Span{From: from, To: now}), planned)
	for n := range p.outages[c.Service] {
		o := &p.outages[c.Service][n]
		if o.CheckID != c.ID {
			continue
		}
		for _, part := range counted {
			t.Down += monitor.Overlap(o.StartedAt, o.StartedAt.Add(o.Lasted(now)), part.From, part.To)
		}
	}
	t.Up = max(0, monitor.Total(counted)-t.Down)
	return t
}

// days reads the daily sums of the ribbon by check and day.
func (s *Store) days(ctx context.Context, now time.Time) (map[int64]map[int64]monitor.Tally, error) {
	first := s.Day(s.Day(now).Add(12*time.Hour - (RibbonDays-1)*24*time.Hour))
	var rows []sums
	err := s.db.WithContext(ctx).Table(dayTable).Select("check_id", "start", "readings", "good", "up_us", "down_us").
		Where("check_id IN (SELECT id FROM checks WHERE retired_at IS NULL) AND start >= ?", micro(first)).
		Find(&rows).Error
	if err != nil {
		return nil, database.Explain(err, "read board")
	}
	days := map[int64]map[int64]monitor.Tally{}
	for n := range rows {
		of := days[rows[n].CheckID]
		if of == nil {
			of = map[int64]monitor.Tally{}
			days[rows[n].CheckID] = of
		}
		of[rows[n].Start] = rows[n].tally()
	}
	return days, nil
}
