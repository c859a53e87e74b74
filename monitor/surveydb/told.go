package surveydb

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
)

// ToldOffice is what everybody may know of the answers at an office, or of the
// small ones together, whose code is empty.
type ToldOffice struct {
	Code     string
	Name     lang.Text
	Question string
	survey.Figures
}

// Told is what everybody may know of the offices of a service.
type Told struct {
	From, To time.Time // whole weeks, by days
	Offices  []ToldOffice
	Few      int // that are not told, even together
}

// toldHold is how late everybody may learn of an answer that was erased or
// released; new ones count from their Monday on.
const toldHold = 10 * time.Minute

// mostTold is how many services are remembered.
const mostTold = 2000

// told remembers what was counted.
type told struct {
	sync.Mutex
	of map[string]toldOnce
}

type toldOnce struct {
	Told
	until time.Time
}

// ToldOffices counts the answers of the last whole weeks by office. By whole weeks:
// who compared two days of a sliding count could read one person's answer off.
func (s *Store) ToldOffices(ctx context.Context, service string) (Told, error) {
	now := s.now()
	from, to := survey.WholeWeeks(now, s.zone)
	s.told.Lock()
	one, ok := s.told.of[service]
	s.told.Unlock()
	if ok && one.To.Equal(to) && now.Before(one.until) && one.until.Sub(now) <= toldHold {
		return one.Told, nil
	}
	counted, err := s.countOffices(ctx, service, from, to)
	if err != nil {
		return Told{}, err
	}
	s.told.Lock()
	defer s.told.Unlock()
	if s.told.of == nil || len(s.told.of) >= mostTold {
		s.told.of = map[string]toldOnce{}
	}
	s.told.of[service] = toldOnce{counted, now.Add(toldHold)}
	return counted, nil
}

func (s *Store) countOffices(ctx context.Context, service string, from, to time.Time) (Told, error) {
	out := Told{From: from, To: to}
	offices, err := s.Offices(ctx, service)
	if err != nil || len(offices) == 0 {
		return out, err
	}
	midnight := func(day time.Time) time.Time {
		y, m, d := day.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, s.zone)
	}
	sums, err := s.ByOffice(ctx, service, midnight(from), midnight(to))
	if err != nil {
		return out, err
	}
	var all []survey.OfficeSums
	all, out.Few = survey.Offices(sums)
	for n := range all {
		o := &all[n]
		one := ToldOffice{Code: o.Code, Question: o.Headline()}
		one.Figures = o.Sums.Score(one.Question, survey.Part{}).Figures
		if at := slices.IndexFunc(offices, func(b survey.Branch) bool { return b.Code == o.Code }); at >= 0 {
			one.Name = offices[at].Name
		}
		out.Offices = append(out.Offices, one)
	}
	return out, nil
}
