package surveydb

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/survey"
)

// Invitation says whether somebody who is there now is to be asked.
type Invitation struct {
	Ask  bool
	Wave string // to be sent with the answer; empty outside of waves
	Why  Why
}

// Why somebody is asked or not.
type Why string

// The reasons.
const (
	AskOpen   Why = "open"  // the service has no waves and asks everybody
	AskDrawn  Why = "drawn" // the lot fell on this visit
	NotDrawn  Why = "not_drawn"
	NotNow    Why = "quiet"   // at this hour or day nobody is asked
	NoWave    Why = "no_wave" // between two waves
	Enough    Why = "enough"  // for this hour, or this day
	NotAsking Why = "closed"
)

// Invitations lists the reasons, for metrics.
func Invitations() []Why {
	return []Why{AskOpen, AskDrawn, NotDrawn, NotNow, NoWave, Enough, NotAsking}
}

// drawn is what this process knows of running waves, and whom it asked.
type drawn struct {
	sync.Mutex
	until    time.Time
	services map[string]*running
	days     map[survey.WaveDay]*visits // by wave and day alone
	counts   map[Why]int64
}

// running is a service's wave as it was a few seconds ago.
type running struct {
	asking bool
	ever   bool // the service had waves
	wave   *survey.Wave
	day    survey.WaveDay
	today  int64 // answers
	hour   int64
	n      int64 // visits drawn for by this process; it begins anywhere
}

type visits struct{ seen, invited int64 }

// forgetWaves has waves looked up again.
func (s *Store) forgetWaves() {
	s.drawn.Lock()
	defer s.drawn.Unlock()
	s.drawn.services = nil
}

// Invite decides about one visit. Nothing of who comes is asked for, looked at
// or kept: visits are counted, and the lot is of their number.
func (s *Store) Invite(ctx context.Context, service string) (Invitation, error) {
	now := s.now()
	s.drawn.Lock()
	if s.drawn.services == nil || now.After(s.drawn.until) || now.Before(s.drawn.until.Add(-knownFor)) {
		s.drawn.services, s.drawn.until = map[string]*running{}, now.Add(knownFor)
	}
	r := s.drawn.services[service]
	s.drawn.Unlock()
	if r == nil {
		var err error
		if r, err = s.running(ctx, service, now); err != nil {
			return Invitation{}, err
		}
	}
	s.drawn.Lock()
	defer s.drawn.Unlock()
	if s.drawn.services != nil {
		s.drawn.services[service] = r
	}
	out := s.decide(r, now)
	if s.drawn.counts == nil {
		s.drawn.counts = map[Why]int64{}
	}
	s.drawn.counts[out.Why]++
	return out, nil
}

func (s *Store) decide(r *running, now time.Time) Invitation {
	switch {
	case !r.asking:
		return Invitation{Why: NotAsking}
	case r.wave == nil && r.ever:
		return Invitation{Why: NoWave}
	case r.wave == nil:
		return Invitation{Ask: true, Why: AskOpen}
	case r.wave.Quiet(now, s.zone, s.works):
		return Invitation{Wave: r.wave.ID, Why: NotNow}
	}
	r.n++
	v := s.visits(r)
	v.seen++
	out := Invitation{Wave: r.wave.ID, Why: NotDrawn}
	switch {
	case r.day.Quota > 0 && (r.today >= r.day.Quota || r.hour >= r.day.Hourly()):
		out.Why = Enough
	case r.day.Drawn(r.n):
		out.Ask, out.Why = true, AskDrawn
		v.invited++
	}
	return out
}

// visits are those of a wave's day that are not written yet.
func (s *Store) visits(r *running) *visits {
	key := survey.WaveDay{Wave: r.wave.ID, Day: r.day.Day}
	if s.drawn.days == nil {
		s.drawn.days = map[survey.WaveDay]*visits{}
	}
	if s.drawn.days[key] == nil {
		s.drawn.days[key] = &visits{}
	}
	return s.drawn.days[key]
}

// running looks up what a service asks now.
func (s *Store) running(ctx context.Context, service string, now time.Time) (*running, error) {
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	r := &running{asking: asking.Open, n: rand.Int64N(1 << 40)} //nolint:gosec // it is to be no secret
	var list []survey.Wave
	if err := s.db.WithContext(ctx).Order("starts_at DESC").Limit(mostWaves).Find(&list, "service = ?", service).Error; err != nil {
		return nil, database.Explain(err, "read waves of "+service)
	}
	for n := range list {
		w := &list[n]
		r.ever = r.ever || w.State != survey.WavePlanned
		if w.State == survey.WaveRunning && now.Before(w.EndsAt) {
			r.wave = w
		}
	}
	if r.wave == nil {
		return r, nil
	}
	r.day = survey.WaveDay{Wave: r.wave.ID, Day: s.dayNumber(now), K: 1}
	found := s.db.WithContext(ctx).Order("day DESC").Limit(1).Find(&r.day, "wave = ? AND day <= ?", r.wave.ID, r.day.Day)
	if found.Error != nil {
		return nil, database.Explain(found.Error, "read a day of a wave")
	}
	r.day.Day = s.dayNumber(now) // in the first minute of a day, the pace is still that of yesterday
	count, err := s.countWave(ctx, r.wave.ID)
	r.today, r.hour = count.Today, count.Hour
	if count.Worth >= float64(r.wave.Needed) {
		r.wave = nil // enough: the next round says so
	}
	return r, err
}

// waveOf is the wave that a form says it belongs to, if it runs; what else
// somebody writes there is left out.
func (s *Store) waveOf(ctx context.Context, f *survey.Form) (string, error) {
	if f.Wave == "" {
		return "", nil
	}
	var n int64
	err := s.db.WithContext(ctx).Model(&survey.Wave{}).
		Where("id = ? AND service = ? AND state = ? AND ends_at > ?", f.Wave, f.Service, survey.WaveRunning, s.now()).Count(&n).Error
	if err != nil || n == 0 {
		return "", database.Explain(err, "look for the wave of an answer")
	}
	return f.Wave, nil
}

// writeVisits adds what this process counted to the days.
func (s *Store) writeVisits(ctx context.Context) error {
	s.drawn.Lock()
	mine := s.drawn.days
	s.drawn.days = nil
	s.drawn.Unlock()
	for key, v := range mine {
		err := s.db.WithContext(ctx).Model(&survey.WaveDay{}).Where("wave = ? AND day = ?", key.Wave, key.Day).
			Updates(map[string]any{"visits": gorm.Expr("visits + ?", v.seen), "invited": gorm.Expr("invited + ?", v.invited)}).Error
		if err != nil {
			return database.Explain(err, "count visits of a wave")
		}
	}
	return nil
}

// Invited is how many visits this process decided about since it began, by what it decided.
func (s *Store) Invited() map[Why]int64 {
	s.drawn.Lock()
	defer s.drawn.Unlock()
	out := map[Why]int64{}
	for _, why := range Invitations() {
		out[why] = s.drawn.counts[why]
	}
	return out
}

// accepted counts answers by channel.
type accepted struct {
	sync.Mutex
	by map[survey.Channel]int64
}

func (a *accepted) add(c survey.Channel, n int64) {
	a.Lock()
	defer a.Unlock()
	if a.by == nil {
		a.by = map[survey.Channel]int64{}
	}
	a.by[c] += n
}

// Accepted is how many answers this process kept since it began, by channel.
// Every channel is there.
func (s *Store) Accepted() map[survey.Channel]int64 {
	s.taken.Lock()
	defer s.taken.Unlock()
	out := map[survey.Channel]int64{}
	for _, c := range survey.Channels() {
		out[c] = s.taken.by[c]
	}
	return out
}
