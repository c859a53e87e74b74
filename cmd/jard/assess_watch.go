package main

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/monitor/domaindb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/stats"
)

const (
	// knownShare is how much of the time has to be known before an availability is told.
	knownShare = 0.95
	// knownFor is how long a service has to be watched before anything is told.
	knownFor = 7 * 24 * time.Hour
	// fewTimes is how many answers a response time has to rest on.
	fewTimes = 100
	// renewBefore is how long before its end a certificate should be replaced.
	renewBefore = 21 * 24 * time.Hour
	// factsHold is how long what a machine measured holds when it is not measured again.
	factsHold = 45 * 24 * time.Hour
	// apdexAt is the time within which an answer satisfies; four times that is tolerated.
	apdexAt = 400 * time.Millisecond
)

// watchFacts tells what the watch knows anyway.
type watchFacts struct {
	store   *monitordb.Store
	domains *domaindb.Store
	open    func() monitor.Calendar
}

// span is a stretch of time with what is known of all services in it.
type watchSpan struct {
	from, to time.Time
	office   []monitor.Span
	down     map[string][]monitor.Span
	unseen   map[string][]monitor.Span
	ends     map[string]time.Time      // of domains, by service
	broken   map[string]monitor.Reason // services whose certificate is refused now, and why
}

func (w watchFacts) measure(ctx context.Context, services []string, from, to time.Time) ([]assess.Fact, error) {
	all, err := w.store.Everything(ctx)
	if err != nil {
		return nil, err
	}
	s := watchSpan{from: from, to: to, office: w.open().Open(&monitor.Window{Kind: monitor.OfficeHours}, from, to), ends: map[string]time.Time{}}
	if s.broken, err = w.brokenNow(ctx); err != nil {
		return nil, err
	}
	if s.down, err = w.store.DownSince(ctx, from); err != nil {
		return nil, err
	}
	if s.unseen, err = w.store.UnseenOf(ctx, nil, from, to); err != nil {
		return nil, err
	}
	names, err := w.domains.All(ctx)
	if err != nil {
		return nil, err
	}
	for n := range names {
		s.know(&names[n])
	}
	var facts []assess.Fact
	for n := range all {
		v := &all[n]
		if v.State != monitor.Active || services != nil && !slices.Contains(services, v.Slug) {
			continue
		}
		some, err := w.service(ctx, v, &s)
		if err != nil {
			return nil, err
		}
		facts = append(facts, some...)
	}
	return facts, nil
}

// brokenNow are services whose certificates are refused at this moment.
func (w watchFacts) brokenNow(ctx context.Context) (map[string]monitor.Reason, error) {
	board, err := w.store.Standings(ctx)
	if err != nil {
		return nil, err
	}
	broken := map[string]monitor.Reason{}
	for n := range board.Services {
		for _, c := range board.Services[n].Currents {
			if c.Reason >= monitor.TLSExpired && c.Reason <= monitor.TLSOther {
				broken[board.Services[n].Service.Slug] = c.Reason
			}
		}
	}
	return broken, nil
}

// know keeps when the first of a service's domains ends.
func (s *watchSpan) know(d *domain.Standing) {
	until, _, ok := d.Until()
	if !ok {
		return
	}
	for _, v := range d.Services {
		if had, there := s.ends[v.Slug]; !there || until.Before(had) {
			s.ends[v.Slug] = until
		}
	}
}

// watchedCheck is what is summed up of a check.
type watchedCheck struct {
	check *monitor.Check
	first time.Time
	tally monitor.Tally
}

// service tells about one service.
func (w watchFacts) service(ctx context.Context, v *monitor.Service, s *watchSpan) ([]assess.Fact, error) {
	var seen []watchedCheck
	first := s.to
	for n := range v.Checks {
		c := &v.Checks[n]
		days, err := w.store.Days(ctx, c.ID, s.from, s.to)
		if err != nil {
			return nil, err
		}
		if len(days) == 0 {
			continue
		}
		one := watchedCheck{check: c, first: later(days[0].Start, s.from)}
		for i := range days {
			one.tally.Add(&days[i].Tally)
		}
		seen = append(seen, one)
		if one.first.Before(first) {
			first = one.first
		}
	}
	f := factList{service: v.Slug, at: s.to}
	f.standing(seen, s, first, v.Slug)
	f.speed(seen)
	f.languages(seen)
	if until, ok := s.ends[v.Slug]; ok {
		f.add(assess.Fact{Measure: assess.DomainExpiry, Value: math.Floor(until.Sub(s.to).Hours() / 24)})
	} else {
		f.unknown("assess.unknown.domain", assess.DomainExpiry)
	}
	err := w.certificate(ctx, v, s, &f)
	return f.list, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// factList gathers facts of one service and moment.
type factList struct {
	service string
	at      time.Time
	list    []assess.Fact
}

func (f *factList) add(one assess.Fact) {
	until := f.at.Add(factsHold)
	one.Service, one.At, one.Until = f.service, f.at, &until
	f.list = append(f.list, one)
}

func (f *factList) unknown(why string, measures ...assess.Measure) {
	for _, m := range measures {
		f.add(assess.Fact{Measure: m, Unknown: why})
	}
}

// standing tells how available the service was, and of its outages. Of its
// checks it is the one that was down longest, as everywhere.
func (f *factList) standing(seen []watchedCheck, s *watchSpan, first time.Time, slug string) {
	about := []assess.Measure{assess.Availability, assess.OfficeAvailability, assess.LongestOutage, assess.Repair, assess.Outages}
	length := s.to.Sub(first)
	if len(seen) == 0 || length < knownFor {
		f.unknown("assess.unknown.young", about...)
		return
	}
	worst := slices.MaxFunc(seen, func(a, b watchedCheck) int { return cmp.Compare(a.tally.Down, b.tally.Down) })
	if worst.tally.Coverage(length) < knownShare {
		f.unknown("assess.unknown.gaps", about...)
		return
	}
	share, _ := worst.tally.Availability()
	f.add(estimate(assess.Availability, share, worst.tally.Asked))
	down := cutTo(s.down[slug], first, s.to)
	counted := monitor.Without(down, s.unseen[slug])
	office := monitor.Without(cutTo(s.office, first, s.to), s.unseen[slug])
	if all := monitor.Total(office); all > 0 {
		share := 1 - float64(monitor.Total(monitor.Common(office, down)))/float64(all)
		asked := float64(worst.tally.Asked) * float64(all) / float64(length)
		f.add(estimate(assess.OfficeAvailability, share, int64(asked)))
	} else {
		f.unknown("assess.unknown.gaps", assess.OfficeAvailability)
	}
	longest := time.Duration(0)
	for _, one := range counted {
		longest = max(longest, one.Length())
	}
	repair := 0.0
	if len(counted) > 0 {
		repair = monitor.Total(counted).Seconds() / float64(len(counted))
	}
	f.add(assess.Fact{Measure: assess.LongestOutage, Value: longest.Seconds()})
	f.add(assess.Fact{Measure: assess.Repair, Value: repair, N: int64(len(counted))})
	f.add(assess.Fact{Measure: assess.Outages, Value: float64(len(counted))})
}

// estimate is a share of time with what sampling leaves open: between two looks
// nobody knows, and few looks cannot tell 99.9 from 99.5 per cent.
func estimate(m assess.Measure, share float64, looks int64) assess.Fact {
	one := assess.Fact{Measure: m, Value: share, N: looks}
	if looks <= 0 {
		return one
	}
	if e, ok := stats.WilsonWeighted(share*float64(looks), float64(looks), float64(looks)); ok {
		low, high := min(e.Low, share), max(e.High, share)
		one.Low, one.High = &low, &high
	}
	return one
}

// cutTo is the part of spans that lies in from..to.
func cutTo(spans []monitor.Span, from, to time.Time) []monitor.Span {
	return monitor.Common(spans, []monitor.Span{{From: from, To: to}})
}

// speed tells how fast the slowest page of the service answers. Names, certificates
// and journeys of several steps have times of another kind.
func (f *factList) speed(seen []watchedCheck) {
	var worst *monitor.Tally
	slowest := time.Duration(0)
	for n := range seen {
		t := &seen[n].tally
		if seen[n].check.Kind != monitor.HTTP || t.Times.Count() < fewTimes {
			continue
		}
		const quartile = 0.75
		if q, ok := t.Times.Quantile(quartile); ok && q > slowest {
			slowest, worst = q, t
		}
	}
	if worst == nil {
		f.unknown("assess.unknown.times", assess.Response, assess.Apdex)
		return
	}
	// A bucket's bound is known, and that the quartile lies in that bucket.
	high := slowest.Seconds()
	low := high / math.Pow(2, 1.0/4)
	n := int64(min(worst.Times.Count(), math.MaxInt32)) //nolint:gosec // bounded in the same line
	f.add(assess.Fact{Measure: assess.Response, Value: math.Sqrt(low * high), Low: &low, High: &high, N: n})
	f.add(assess.Fact{Measure: assess.Apdex, Value: apdex(worst), N: n})
}

// apdex is (satisfied + tolerated/2) of all, those without an answer included.
// A bucket that a bound cuts through is shared out in proportion.
func apdex(t *monitor.Tally) float64 {
	good, below := 0.0, time.Duration(0)
	for n, count := range t.Times {
		bound := monitor.Bound(n)
		good += float64(count) * (under(below, bound, apdexAt) + under(below, bound, 4*apdexAt)) / 2
		below = bound
	}
	all := float64(t.Times.Count()) + float64(max(0, t.Asked-t.Answered))
	return min(max(good/all, 0), 1)
}

// under is which share of a bucket lies at or under a time.
func under(low, high, at time.Duration) float64 {
	return min(max(float64(at-low)/float64(high-low), 0), 1)
}

// languages compares how available the versions of the service are.
func (f *factList) languages(seen []watchedCheck) {
	best := map[lang.Tag]float64{}
	for n := range seen {
		web := seen[n].check.Settings.Web
		if web == nil || web.Language == "" {
			continue
		}
		if share, ok := seen[n].tally.Availability(); ok {
			if had, there := best[web.Language]; !there || share < had {
				best[web.Language] = share
			}
		}
	}
	const two = 2
	if len(best) < two {
		f.unknown("assess.unknown.one_language", assess.LanguageGap)
		return
	}
	low, high := 1.0, 0.0
	for _, share := range best {
		low, high = min(low, share), max(high, share)
	}
	f.add(assess.Fact{Measure: assess.LanguageGap, Value: high - low})
}

// certificate tells whether the chain that the service shows is good, and for
// long enough: no when it has ended, partly when it ends soon.
func (w watchFacts) certificate(ctx context.Context, v *monitor.Service, s *watchSpan, f *factList) error {
	word, ends := "", time.Time{}
	for n := range v.Checks {
		chain, err := w.store.Chain(ctx, v.Checks[n].ID)
		if err != nil {
			return err
		}
		for _, c := range chain {
			if ends.IsZero() || c.NotAfter.Before(ends) {
				ends = c.NotAfter
			}
		}
	}
	reason, broken := s.broken[v.Slug]
	if broken {
		f.add(assess.Fact{
			Measure: assess.Certificate, Word: assess.No, Evidence: []assess.Evidence{{What: "assess.evidence.refused", Text: reason.String()}},
		})
		return nil
	}
	switch {
	case ends.IsZero():
		f.unknown("assess.unknown.certificate", assess.Certificate)
		return nil
	case !ends.After(s.to):
		word = assess.No
	case ends.Before(s.to.Add(renewBefore)):
		word = assess.Partly
	default:
		word = assess.Yes
	}
	f.add(assess.Fact{
		Measure: assess.Certificate, Word: word,
		Evidence: []assess.Evidence{{What: "assess.evidence.certificate", Text: ends.UTC().Format(time.DateOnly)}},
	})
	return nil
}
