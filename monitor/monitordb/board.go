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
	services, err := s.active(ctx)
	if err != nil {
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
	days      *ribbonDays
	rolled    time.Time
	planned   *timetable     // of late
	blind     []monitor.Span // when nobody could look, of late
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
	since := latest(p.rolled, now.Add(-lately))
	if err := db.Order("started_at").Find(&outages, "ended_at IS NULL OR ended_at >= ?", since).Error; err != nil {
		return nil, database.Explain(err, "read board")
	}
	for _, o := range outages {
		p.outages[o.Service] = append(p.outages[o.Service], o)
	}
	if p.incidents, err = openIncidents(db, outages); err != nil {
		return nil, err
	}
	if err := s.gatherUnseen(ctx, p, now); err != nil {
		return nil, err
	}
	p.days, err = s.ribbons(ctx, now, p.rolled, nil)
	return p, err
}

// lately is how far back the hours may reach that are not summed up yet: today,
// and the 24 hours before now from a full hour on.
const lately = 25 * time.Hour

// gatherUnseen reads what of late counts neither for nor against services.
func (s *Store) gatherUnseen(ctx context.Context, p *parts, now time.Time) error {
	from, to := now.Add(-lately), now.Add(time.Second)
	list, err := s.plans(s.db.WithContext(ctx), from, to)
	if err != nil {
		return err
	}
	gaps, err := s.Gaps(ctx, 0, from, to)
	p.planned, p.blind = list.within(from, to, s.occasions), monitor.Blind(gaps)
	return err
}

// standing puts together what is known of one service.
func (s *Store) standing(v monitor.Service, now time.Time, p *parts) Standing {
	st := Standing{Service: v, Currents: p.currents[v.Slug], Incidents: p.incidents[v.Slug]}
	st.Verdict, st.Reason, st.Since = monitor.Worst(v.Checks, st.Currents, now)
	today := s.Day(now)
	planned := p.planned.of(v.Slug, v.Institution)
	if st.Verdict.During(planned, now) == monitor.Maintenance {
		st.Verdict, st.Reason, st.Since = monitor.Maintenance, monitor.None, planned[len(planned)-1].From
	}
	st.Days = p.ribbon(&v, now, today, planned)
	return st
}

// ribbon puts together the days of a service.
func (p *parts) ribbon(v *monitor.Service, now, today time.Time, planned []monitor.Span) []monitor.DaySum {
	days := make([]monitor.DaySum, 0, RibbonDays)
	for n, day := range p.days.midnights {
		sum := monitor.DaySum{Day: day}
		for _, c := range v.Checks {
			t := p.days.at(c.ID, n)
			if n == RibbonDays-1 {
				rest := p.estimate(c, today, now, planned)
				t.Add(&rest)
			}
			sum.Add(&t)
		}
		days = append(days, sum)
	}
	return days
}

// estimate works out, from the outages, the part of from..now that is not summed
// up yet; the sums replace it within the hour.
func (p *parts) estimate(c monitor.Check, from, now time.Time, planned []monitor.Span) monitor.Tally {
	var t monitor.Tally
	from = latest(c.CreatedAt, latest(from, p.rolled))
	rest := monitor.Spans(monitor.Span{From: from, To: now})
	t.Planned = monitor.Total(monitor.Common(rest, planned))
	current, looked := p.currents[c.Service][c.ID]
	if !looked || !current.Fresh(now) || current.Verdict == monitor.Unknown {
		return t
	}
	counted := monitor.Without(monitor.Without(rest, planned), p.blind)
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
