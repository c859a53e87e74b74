package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/inventory/catalogueweb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/watch"
)

// scrapeWithin bounds what one scrape may ask of the database.
const scrapeWithin = 5 * time.Second

// numbers hands both domains to the metrics, which own nothing.
func (s stores) numbers(c configs.Config, log *slog.Logger, own part, pulse func() monitor.Pulse, feed func() *catalogueweb.Pages) metrics.Options {
	return metrics.Options{
		Version: version, Everything: c.Metrics.Detail == "check", Began: time.Now(),
		Failed: func(err error) { log.Warn("some numbers cannot be read", "room", "metrics", "err", err) },
		Pulse:  pulse,
		Services: func() ([]metrics.ServiceInfo, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			infos, err := s.serviceInfo(ctx)
			return own.mine(infos), err
		},
		Datasets: func() (map[metrics.DatasetKey]int, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			return s.datasetCounts(ctx)
		},
		Quality: func() (map[string]float64, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			return s.register.QualityPoints(ctx)
		},
		Promises: func() ([]metrics.Promise, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			return s.promises(ctx)
		},
		Mail: s.mailCounts,
		Files: func() ([]metrics.Files, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
			defer cancel()
			return s.distributions(ctx)
		},
		Snapshot: func() time.Time { return feed().SnapshotTime() },
		Refused:  func() bool { return feed().Refused() },
		Pinned:   func() bool { return feed().Pinned() },
		Harvests: func() map[string]int64 { return harvests(feed()) },
	}
}

func (s stores) serviceInfo(ctx context.Context) ([]metrics.ServiceInfo, error) {
	all, err := s.watched.Ratios(ctx)
	if err != nil {
		return nil, err
	}
	infos := make([]metrics.ServiceInfo, 0, len(all))
	for _, r := range all {
		day, month := window("24h", r.DayLength, &r.Day), window("30d", 30*24*time.Hour, &r.Month)
		infos = append(infos, metrics.ServiceInfo{
			Slug: r.Service.Slug, Institution: r.Service.Institution, Title: r.Service.Name.In(lang.French),
			URL: r.Service.URL, Tier: string(r.Service.Tier),
			Availability: []metrics.Window{day.availability, month.availability},
			Coverage:     []metrics.Window{day.coverage, month.coverage},
		})
	}
	return infos, s.objectives(ctx, infos, all, time.Now())
}

// seen is what is known of a service over one window of time.
type seen struct{ availability, coverage metrics.Window }

func window(name string, length time.Duration, t *monitor.Tally) seen {
	ratio, known := t.Availability()
	return seen{
		availability: metrics.Window{Name: name, Ratio: ratio, Known: known},
		coverage:     metrics.Window{Name: name, Ratio: t.Coverage(length), Known: true},
	}
}

func (s stores) datasetCounts(ctx context.Context) (map[metrics.DatasetKey]int, error) {
	counts, err := s.register.Counts(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[metrics.DatasetKey]int, len(counts))
	for _, c := range counts {
		out[metrics.DatasetKey{Institution: c.Institution, State: string(c.State)}] = c.N
	}
	return out, nil
}

func (s stores) promises(ctx context.Context) ([]metrics.Promise, error) {
	counts, err := s.register.Promises(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]metrics.Promise, 0, len(counts))
	for _, c := range counts {
		out = append(out, metrics.Promise{Institution: c.Institution, State: string(c.State), N: c.N, Recent: c.Recent})
	}
	return out, nil
}

func harvests(feed *catalogueweb.Pages) map[string]int64 {
	out := map[string]int64{}
	for client, n := range feed.HarvestCounts() {
		out[client] = int64(n) //nolint:gosec // a count of requests
	}
	return out
}

// observe passes what the watch sees on to the histograms.
func observe(m *metrics.Metrics) func(watch.Observation) {
	return func(o watch.Observation) {
		m.Observe(metrics.Look{Service: o.Service, Check: o.Check, Institution: o.Institution, Took: o.Took, Lag: o.Lag})
	}
}
