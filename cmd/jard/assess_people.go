package main

import (
	"context"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// surveyFacts tells what those who used a service answered.
type surveyFacts struct {
	store    *surveydb.Store
	services *monitordb.Store
}

// feedbackOver is how far back an answer is looked for.
const feedbackOver = 91 * 24 * time.Hour

func (w surveyFacts) measure(ctx context.Context, services []string, from, to time.Time) ([]assess.Fact, error) {
	all, err := w.services.Everything(ctx)
	if err != nil {
		return nil, err
	}
	sums, err := w.store.Distribution(ctx, services, from, to)
	if err != nil {
		return nil, err
	}
	var facts []assess.Fact
	for n := range all {
		v := &all[n]
		if v.State != monitor.Active || services != nil && !slices.Contains(services, v.Slug) {
			continue
		}
		f := factList{service: v.Slug, at: to}
		f.people(sums[v.Slug])
		if err := w.feedback(ctx, v, to, &f); err != nil {
			return nil, err
		}
		facts = append(facts, f.list...)
	}
	return facts, nil
}

// people adds means and shares with their intervals. What people filled in
// themselves and what they told an interviewer is never mixed.
func (f *factList) people(sums survey.Sums) {
	for _, q := range []struct {
		question string
		measure  assess.Measure
	}{
		{survey.Satisfaction, assess.SatisfactionMean},
		{survey.Clarity, assess.ClarityMean},
		{survey.Effort, assess.EffortMean},
		{survey.HelpUseful, assess.HelpUseful},
	} {
		score := sums.Score(q.question, survey.Part{})
		if score.Mean10 == nil {
			f.unknown("assess.unknown.no_answers", q.measure)
			continue
		}
		low, high := score.Mean10.Low, score.Mean10.High
		f.add(assess.Fact{Measure: q.measure, Value: score.Mean10.Value, Low: &low, High: &high, N: score.N})
	}
	for _, q := range []struct {
		question string
		options  []string
		measure  assess.Measure
	}{
		{survey.HelpReached, []string{"yes"}, assess.HelpReached}, {survey.Office, []string{"once", "more"}, assess.StillToOffice},
	} {
		share, n, ok := sums.Chosen(q.question, survey.Part{}, survey.Self, q.options...)
		if !ok {
			f.unknown("assess.unknown.no_answers", q.measure)
			continue
		}
		low, high := share.Low, share.High
		f.add(assess.Fact{Measure: q.measure, Value: share.Value, Low: &low, High: &high, N: n})
	}
}

// feedback tells how long ago somebody last answered. A service that is younger
// than the time we look back over had no chance yet.
func (w surveyFacts) feedback(ctx context.Context, v *monitor.Service, to time.Time, f *factList) error {
	days, err := w.store.Daily(ctx, v.Slug, to.Add(-feedbackOver), to)
	if err != nil {
		return err
	}
	var last time.Time
	for day := range days {
		last = later(day, last)
	}
	switch {
	case !last.IsZero():
		f.add(assess.Fact{Measure: assess.Feedback, Value: max(0, float64(int(to.Sub(last).Hours()/24)))})
	case v.CreatedAt.After(to.Add(-feedbackOver)):
		f.unknown("assess.unknown.young", assess.Feedback)
	default:
		f.add(assess.Fact{Measure: assess.Feedback, Value: feedbackOver.Hours() / 24})
	}
	return nil
}

// registerFacts tells how a body keeps its promises in the register.
type registerFacts struct {
	register *inventorydb.Store
	services *monitordb.Store
}

func (w registerFacts) measure(ctx context.Context, services []string, _, to time.Time) ([]assess.Fact, error) {
	counts, err := w.register.Promises(ctx)
	if err != nil {
		return nil, err
	}
	late, promises := map[string]int{}, map[string]int{}
	for _, c := range counts {
		promises[c.Institution] += c.N
		if c.State == inventory.Late {
			late[c.Institution] += c.Open
		}
	}
	all, err := w.services.Everything(ctx)
	if err != nil {
		return nil, err
	}
	var facts []assess.Fact
	for n := range all {
		v := &all[n]
		if v.State != monitor.Active || services != nil && !slices.Contains(services, v.Slug) {
			continue
		}
		f := factList{service: v.Slug, at: to}
		if promises[v.Institution] == 0 {
			f.unknown("assess.unknown.no_datasets", assess.DatasetsLate)
		} else {
			f.add(assess.Fact{Measure: assess.DatasetsLate, Value: float64(late[v.Institution])})
		}
		facts = append(facts, f.list...)
	}
	return facts, nil
}
