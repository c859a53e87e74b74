package main

import (
	"context"
	"time"

	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// budgetFor is the time an error budget is for.
const budgetFor = 30 * 24 * time.Hour

// objectives adds to infos what each service is to keep, what is left of the
// outage that this allows, and how fast it goes. Only confirmed outage counts.
func (s stores) objectives(ctx context.Context, infos []metrics.ServiceInfo, all []monitordb.Ratios, now time.Time) error {
	longest := time.Duration(0)
	for _, w := range monitor.BurnWindows() {
		longest = max(longest, w.Long)
	}
	down, err := s.watched.DownSince(ctx, now.Add(-longest))
	if err != nil {
		return err
	}
	for n := range infos {
		i, r := &infos[n], &all[n]
		i.Objective = r.Service.Tier.DefaultObjective()
		if r.Month.Up+r.Month.Down > 0 {
			left := monitor.BudgetOf(i.Objective, &r.Month, budgetFor)
			i.Budget, i.BudgetKnown = left.Left(), true
		}
		for _, b := range monitor.Burns(i.Objective, period(&r.Service, down[i.Slug]), down[i.Slug], nil, now) {
			i.Burns = append(i.Burns, metrics.Window{Name: b.Name, Ratio: b.Rate, Known: true})
		}
	}
	return nil
}

// period is the time between two looks at a service: the shortest of its
// checks. One that was never down need not be asked.
func period(v *monitor.Service, down []monitor.Span) time.Duration {
	if len(down) == 0 {
		return 0
	}
	shortest := time.Duration(0)
	for _, c := range v.Checks {
		if every, err := schedule.Period(c.Schedule); err == nil && (shortest == 0 || every < shortest) {
			shortest = every
		}
	}
	return shortest
}
