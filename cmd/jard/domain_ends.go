package main

import (
	"context"
	"sync"
	"time"

	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/domain"
)

// domainEnds tells Prometheus when registrations end. They move once a year, and
// reading them goes over every check: they are read anew after a while.
type domainEnds struct {
	all   func(context.Context) ([]domain.Standing, error)
	now   func() time.Time
	mu    sync.Mutex
	until time.Time
	known []metrics.DomainEnd
}

// endsHold is how late Prometheus may learn of a day.
const endsHold = 10 * time.Minute

func (d *domainEnds) read() ([]metrics.DomainEnd, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if d.known != nil && now.Before(d.until) && d.until.Sub(now) <= endsHold {
		return d.known, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	list, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	ends := []metrics.DomainEnd{}
	for n := range list {
		if at, _, ok := list[n].Until(); ok {
			ends = append(ends, metrics.DomainEnd{Name: list[n].Name, Until: at})
		}
	}
	d.known, d.until = ends, now.Add(endsHold)
	return ends, nil
}
