package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// budgetFor is the time an error budget is for.
const budgetFor = 30 * 24 * time.Hour

// objectives adds to infos what each service is to keep, what is left of the
// outage that this allows, and how fast it goes. Only confirmed outage counts,
// outside of maintenance and of the time in which nobody could look.
func (s stores) objectives(ctx context.Context, infos []metrics.ServiceInfo, all []monitordb.Ratios, now time.Time) error {
	from := now.Add(-monitor.LongestBurn())
	down, err := s.watched.DownSince(ctx, from)
	if err != nil {
		return err
	}
	unseen, err := s.watched.UnseenOf(ctx, slices.Sorted(maps.Keys(down)), from, now)
	if err != nil {
		return err
	}
	for n := range infos {
		i, r := &infos[n], &all[n]
		i.Objective = r.Service.Objective()
		if r.Month.Up+r.Month.Down > 0 {
			left := monitor.BudgetOf(i.Objective, &r.Month, budgetFor)
			i.Budget, i.BudgetKnown = left.Left(), true
		}
		i.Burns = burns(monitor.Burns(i.Objective, period(&r.Service, down[i.Slug]), down[i.Slug], unseen[i.Slug], now))
	}
	return nil
}

// burns are the windows of all rules, the short ones beside the long ones that
// they confirm; a window that two rules share is shown once.
func burns(list []monitor.Burn) []metrics.Window {
	rules := monitor.BurnWindows()
	var windows []metrics.Window
	there := map[string]bool{}
	add := func(name string, rate float64) {
		if !there[name] {
			there[name] = true
			windows = append(windows, metrics.Window{Name: name, Ratio: rate, Known: true})
		}
	}
	for _, b := range list {
		add(b.Name, b.Rate)
	}
	for n, b := range list {
		add(brief(rules[n].Short), b.ShortRate)
	}
	return windows
}

// brief writes a length as the windows are named: 5m, 6h.
func brief(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
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
