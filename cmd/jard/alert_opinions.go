package main

import (
	"context"
	"sync"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// opinions tells alerts what people said of services in the last fortnight and in
// the one before. Whole days are read: they hardly change, and are read anew
// after a while.
type opinions struct {
	answers *surveydb.Store
	mu      sync.Mutex
	until   time.Time
	known   map[string][]alert.Opinion
}

// opinionsHold is how late an alert may learn of answers.
const opinionsHold = 10 * time.Minute

func (o *opinions) of(ctx context.Context, now time.Time) (map[string][]alert.Opinion, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known != nil && now.Before(o.until) && o.until.Sub(now) <= opinionsHold {
		return o.known, nil
	}
	today := survey.DayOf(now, o.answers.Zone())
	all := map[string][]alert.Opinion{}
	for back := range 2 {
		to := today.AddDate(0, 0, -back*alert.Fortnight)
		from := to.AddDate(0, 0, -alert.Fortnight)
		sums, err := o.answers.Distribution(ctx, nil, o.midnight(from), o.midnight(to))
		if err != nil {
			return nil, err
		}
		for service, s := range sums {
			f := s.Score(survey.Satisfaction, survey.Part{}).Figures
			if len(all[service]) != back || f.N == 0 { // a fortnight without answers tells nothing, nor does what lies before it
				continue
			}
			all[service] = append(all[service], alert.Opinion{
				From: o.midnight(from), To: o.midnight(to), Value: f.Mean10.Value, Low: f.Mean10.Low, High: f.Mean10.High, N: f.N, Line: survey.RedMean,
			})
		}
	}
	o.known, o.until = all, now.Add(opinionsHold)
	return all, nil
}

// midnight is when a day begins where days are cut.
func (o *opinions) midnight(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, o.answers.Zone()).UTC()
}
