package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
)

// grades tells alerts what the assessment says of services tonight and said the
// night before, each against four weeks ago. Facts change at night: they are
// compared anew after a while.
type grades struct {
	store *assessdb.Store
	mu    sync.Mutex
	until time.Time
	known map[string][]alert.Grade
}

// gradesHold is how late an alert may learn of a score.
const gradesHold = time.Hour

func (g *grades) of(ctx context.Context, now time.Time) (map[string][]alert.Grade, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known != nil && now.Before(g.until) && g.until.Sub(now) <= gradesHold {
		return g.known, nil
	}
	all := map[string][]alert.Grade{}
	set, err := g.store.InForce(ctx)
	if errors.Is(err, fault.NotFound) {
		return all, nil // the sets are not read in yet
	}
	if err != nil {
		return nil, err
	}
	tonight, err := g.store.Newest(ctx)
	if err != nil {
		return nil, err
	}
	yesterday, err := g.store.AsOf(ctx, now.AddDate(0, 0, -1))
	if err != nil {
		return nil, err
	}
	before, err := g.store.AsOf(ctx, now.AddDate(0, 0, -alert.Graded))
	if err != nil {
		return nil, err
	}
	for service, facts := range tonight {
		all[service] = g.ofService(set, []assess.Facts{facts, yesterday[service]}, before[service], now)
	}
	g.known, g.until = all, now.Add(gradesHold)
	return all, nil
}

// ofService compares the nights of a service, the latest first, with four weeks
// before. A night that cannot be compared ends the list.
func (g *grades) ofService(set *assess.Set, nights []assess.Facts, before assess.Facts, now time.Time) []alert.Grade {
	var all []alert.Grade
	then := g.midnight(now.AddDate(0, 0, -alert.Graded))
	for back, facts := range nights {
		at := now.AddDate(0, 0, -back)
		c, ok := set.Course(before, facts, then, at)
		if !ok {
			return all
		}
		all = append(all, alert.Grade{On: g.midnight(at), Before: then, Value: c.Now, Was: c.Before, Line: set.Bottom()})
	}
	return all
}

// midnight is when the day of t begins where days are cut.
func (g *grades) midnight(t time.Time) time.Time {
	y, m, d := t.In(g.store.Zone()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, g.store.Zone()).UTC()
}
