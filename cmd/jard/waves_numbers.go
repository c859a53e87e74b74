package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// scoresHold is how long scores are told again without being worked out: they
// move by the day, and a scrape is to cost little.
const scoresHold = time.Minute

// surveyNumbers hands what people answered to the metrics.
func surveyNumbers(answers *surveydb.Store, keep stores) func() (metrics.Survey, error) {
	var mu sync.Mutex
	var last metrics.Survey
	var until time.Time
	return func() (metrics.Survey, error) {
		mu.Lock()
		defer mu.Unlock()
		var err error
		if time.Now().After(until) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			if last, err = keep.scores(ctx, answers, time.Now()); err == nil {
				until = time.Now().Add(scoresHold)
			}
		}
		last.Responses, last.Rejected, last.Invited = labels(answers.Accepted()), answers.Rejected(), labels(answers.Invited())
		return last, err
	}
}

func labels[K ~string](counts map[K]int64) map[string]int64 {
	out := map[string]int64{}
	for k, n := range counts {
		out[string(k)] = n
	}
	return out
}

// scoreWindows are the windows that scores are of.
func scoreWindows() []struct {
	name string
	days int
} {
	return []struct {
		name string
		days int
	}{{"7d", 7}, {"30d", 30}, {"90d", 90}}
}

// mostServices is how many services are counted.
const mostServices = 10_000

// scores works out every service's score, its change, and its wave.
func (s stores) scores(ctx context.Context, answers *surveydb.Store, now time.Time) (metrics.Survey, error) {
	var out metrics.Survey
	list, err := s.watched.Names(ctx, identity.System("metrics"), monitordb.Filter{State: monitor.Active, Limit: mostServices})
	if err != nil {
		return out, err
	}
	of := map[string]string{}
	for n := range list {
		of[list[n].Slug] = list[n].Institution
	}
	zone := answers.Zone()
	y, m, d := now.In(zone).Date()
	back := func(days int) time.Time { return time.Date(y, m, d+1-days, 0, 0, 0, 0, zone) }
	windows := map[int]map[string]survey.Sums{}
	for _, w := range scoreWindows() {
		if windows[w.days], err = answers.Distribution(ctx, nil, back(w.days), back(0)); err != nil {
			return out, err
		}
	}
	before, err := answers.Distribution(ctx, nil, back(35), back(7))
	if err != nil {
		return out, err
	}
	for service := range windows[90] {
		if _, active := of[service]; !active {
			continue
		}
		for _, w := range scoreWindows() {
			f := windows[w.days][service].Score(survey.Satisfaction, survey.Part{})
			one := metrics.Score{Service: service, Institution: of[service], Window: w.name, N: f.N}
			if f.N > 0 {
				one.Value, one.Low, one.High = f.Mean10.Value, f.Mean10.Low, f.Mean10.High
			}
			out.Scores = append(out.Scores, one)
		}
		at := windows[90][service].Score(survey.Satisfaction, survey.Part{}).Scale
		if t, ok := survey.Compare(windows[7][service], before[service], survey.Satisfaction, survey.Part{Mode: at.Mode})[at]; ok && t.Known {
			out.Changes = append(out.Changes, metrics.Change{Service: service, Institution: of[service], Low: t.Share.Low, High: t.Share.High})
		}
	}
	slices.SortFunc(out.Scores, func(a, b metrics.Score) int { return strings.Compare(a.Service+a.Window, b.Service+b.Window) })
	waves, err := answers.OpenWaves(ctx)
	for service, w := range waves {
		if _, active := of[service]; active && w.State == survey.WaveRunning {
			out.Waves = append(out.Waves, metrics.Wave{Service: service, Institution: of[service], Missing: w.Left, Starving: w.Starving})
		}
	}
	return out, err
}
