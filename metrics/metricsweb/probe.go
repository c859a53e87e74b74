package metricsweb

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

const (
	// looksAtOnce is how many looks may be under way because somebody asks.
	looksAtOnce = 16
	// leaveFor is how much of a scrape's time is left for the way back.
	leaveFor = 500 * time.Millisecond
	// freshFor is how long an answer serves others who ask the same: two
	// Prometheus servers are no reason to visit a service twice.
	freshFor = time.Second
)

// probe answers GET /probe?target=&module=.
func (p *Pages) probe(c *gin.Context) error {
	w, err := p.find(c.Request.Context(), c.Query("target"), c.Query("module"))
	by := web.ActorFrom(c.Request.Context())
	known := len(p.networks) == 0 && local(c) || p.trusted(c)
	if !known && (err != nil || !by.May(identity.ReadServices, w.Institution)) {
		return refused(c) // and never tells what is registered
	}
	if err != nil {
		return err
	}
	within, err := patience(c.GetHeader("X-Prometheus-Scrape-Timeout-Seconds"), w.Check.Timeout)
	if err != nil {
		return err
	}
	seen, err := p.looks.look(c.Request.Context(), w.Check, within, p.opts)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(seen)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(c.Writer, c.Request)
	return nil
}

// patience is how long the caller waits for a look: the check's own time, and
// less than the scrape's.
func patience(header string, own time.Duration) (time.Duration, error) {
	if own <= 0 {
		own = monitor.DefaultTimeout
	}
	if header == "" {
		return own, nil
	}
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil || !(seconds > 0) || seconds > 1e6 {
		return 0, fault.At("X-Prometheus-Scrape-Timeout-Seconds", "probe.timeout", header)
	}
	within := time.Duration(seconds * float64(time.Second))
	if within > 2*leaveFor {
		within -= leaveFor
	}
	return min(own, within), nil
}

// targets are the checks that are watched, by every name they go by.
type targets struct {
	mu      sync.Mutex
	version int64
	read    bool
	by      map[string][]Watched
}

// find returns the check that is meant. A service goes by its slug, by
// slug/check, by its address and by the target of a check; module chooses among
// its checks by name or kind, as in http_2xx.
func (p *Pages) find(ctx context.Context, target, module string) (Watched, error) {
	if target = strings.TrimSpace(target); target == "" {
		return Watched{}, fault.At("target", "fault.required")
	}
	p.targets.mu.Lock()
	defer p.targets.mu.Unlock()
	version, err := p.opts.Version(ctx)
	if err != nil {
		return Watched{}, err
	}
	if t := &p.targets; !t.read || version != t.version {
		list, at, err := p.opts.Checks(ctx)
		if err != nil {
			return Watched{}, err
		}
		t.by, t.version, t.read = named(list), at, true
	}
	candidates := p.targets.by[target]
	if len(candidates) == 0 {
		return Watched{}, fault.At("target", "probe.unknown")
	}
	if module == "" {
		return candidates[0], nil
	}
	kind, _, _ := strings.Cut(module, "_")
	n := slices.IndexFunc(candidates, func(w Watched) bool { return w.Check.Name == module })
	if n < 0 {
		n = slices.IndexFunc(candidates, func(w Watched) bool { return string(w.Check.Kind) == kind })
	}
	if n < 0 {
		return Watched{}, fault.At("module", "probe.module", module)
	}
	return candidates[n], nil
}

func named(list []Watched) map[string][]Watched {
	by := make(map[string][]Watched, 3*len(list))
	for _, w := range list {
		names := []string{w.Check.Service, w.Check.Service + "/" + w.Check.Name, w.URL, w.Check.Target}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			by[name] = append(by[name], w)
		}
	}
	delete(by, "")
	return by
}

// looks are those under way because somebody asks, and the newest of each check.
type looks struct {
	mu     sync.Mutex
	of     map[int64]*look
	places chan struct{}
}

// look is one, done when the channel is closed.
type look struct {
	done chan struct{}
	at   time.Time
	seen *metrics.Blackbox
}

// look returns what a look at c sees, sharing it with whoever asks the same
// now. It is made with the check's own time, whoever asks first: who waits for
// less is told that it took too long, and nobody else is.
func (l *looks) look(ctx context.Context, c monitor.Check, within time.Duration, o Options) (*metrics.Blackbox, error) {
	l.mu.Lock()
	now := o.Now()
	if l.of == nil {
		l.of = map[int64]*look{}
	}
	one := l.of[c.ID]
	if one == nil || one.seen != nil && now.Sub(one.at).Abs() > freshFor {
		select {
		case l.places <- struct{}{}:
		default:
			l.mu.Unlock()
			return nil, fault.New(fault.Unavailable, "probe.busy")
		}
		one = &look{done: make(chan struct{})}
		l.of[c.ID] = one
		go l.run(context.WithoutCancel(ctx), one, c, o)
	}
	l.mu.Unlock()
	wait := within
	if within >= c.Timeout {
		wait += leaveFor // the look ends by itself, and knows why
	}
	enough := time.NewTimer(wait)
	defer enough.Stop()
	select {
	case <-one.done:
		return one.seen, nil
	case <-enough.C:
		late := monitor.Reading{Check: c.ID, At: now, Verdict: monitor.Suspect, Reason: monitor.Timeout}
		return &metrics.Blackbox{Check: c, Reading: late, Took: within}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *looks) run(ctx context.Context, one *look, c monitor.Check, o Options) {
	defer func() { <-l.places }()
	began := o.Now()
	r := o.Look(ctx, c)
	ended := o.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	one.at, one.seen = ended, &metrics.Blackbox{Check: c, Reading: r, Took: ended.Sub(began)}
	close(one.done)
	for id, old := range l.of {
		if old.seen != nil && ended.Sub(old.at).Abs() > time.Minute {
			delete(l.of, id)
		}
	}
}
