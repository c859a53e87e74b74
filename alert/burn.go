package alert

import (
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Objectives is the share of time that services of each tier promise to answer in.
type Objectives map[monitor.Tier]float64

// UsualObjectives are those of an installation that was told nothing. One
// objective for all would wake people for a single failed look: the tier
// decides how much a month may hold.
func UsualObjectives() Objectives {
	all := Objectives{}
	for _, t := range monitor.Tiers() {
		all[t] = t.DefaultObjective()
	}
	return all
}

// Record is what burn rates are computed from. Bad are times in which the
// service was down, confirmed: a look that failed by chance burns nothing. They
// may overlap. Unseen does not count: maintenance, or a time nobody saw.
type Record struct {
	Bad    []monitor.Span
	Unseen []monitor.Span
	Every  time.Duration // between two looks
}

// Burning returns the gravest rule of the error budget that is broken at now.
func (r *Record) Burning(objective float64, now time.Time) (monitor.Burn, bool) {
	if objective <= 0 || objective >= 1 || len(r.Bad) == 0 {
		return monitor.Burn{}, false
	}
	return monitor.Firing(monitor.Burns(objective, r.Every, monitor.Spans(r.Bad...), monitor.Spans(r.Unseen...), now))
}
