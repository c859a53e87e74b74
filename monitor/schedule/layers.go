package schedule

import (
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Layer is another pace for a while: inside its time it takes the place of the
// pace beneath.
type Layer struct {
	Plan Plan
	// Open returns when the layer applies in from..to, in order and disjoint.
	Open func(from, to time.Time) []monitor.Span
}

// ahead is how far the layers are asked for at once: a day, so that a holiday
// announced today counts tomorrow. farthest is how far a run is
// looked for at all.
const (
	ahead    = 26 * time.Hour
	farthest = 5 * 366 * 24 * time.Hour
)

// layers are the layers of one check.
type layers struct {
	tables []Timetable // the fastest first
	open   []func(from, to time.Time) []monitor.Span

	mu       sync.Mutex
	from, to time.Time // for which parts is right
	parts    []stretch // in order and disjoint
}

// stretch is a time in which one of the tables applies.
type stretch struct {
	monitor.Span
	table int
}

// With returns t under layers, each with the offset of the check that key
// names. Where several apply, the fastest does.
func (t Timetable) With(key string, list []Layer) Timetable {
	if len(list) == 0 {
		return t
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Layer) int { return int(a.Plan.Every()/time.Millisecond - b.Plan.Every()/time.Millisecond) })
	l := &layers{}
	for _, layer := range sorted {
		l.tables, l.open = append(l.tables, layer.Plan.For(key)), append(l.open, layer.Open)
	}
	t.layers = l
	return t
}

// Forget has the layers asked anew when they apply: they may have learnt of a holiday.
func (t Timetable) Forget() {
	if t.layers == nil {
		return
	}
	t.layers.mu.Lock()
	defer t.layers.mu.Unlock()
	t.layers.from, t.layers.to, t.layers.parts = time.Time{}, time.Time{}, nil
}

// EveryAt returns the shortest time between two runs of the pace that applies at a moment.
func (t Timetable) EveryAt(at time.Time) time.Duration {
	if t.layers == nil {
		return t.every
	}
	table, _ := t.layers.at(at, t)
	return table.every
}

// Shortest returns the shortest time between two runs of any pace of t.
func (t Timetable) Shortest() time.Duration {
	shortest := t.every
	if t.layers != nil {
		shortest = min(shortest, t.layers.tables[0].every)
	}
	return shortest
}

// next returns the first run after a moment: of the pace that applies then,
// or of the first that applies later and has one before it ends.
func (l *layers) next(after time.Time, base Timetable) time.Time {
	from, limit := after, after.Add(farthest)
	for from.Before(limit) {
		table, until := l.at(from, base)
		table.layers = nil
		if run := table.Next(from); run.Before(until) {
			return run
		}
		// A run may fall on the very moment the next pace begins.
		from = until.Add(-1)
		if table, _ := l.at(until, base); !table.Next(from).After(until) && until.After(after) {
			return until
		}
		from = until
	}
	base.layers = nil
	return base.Next(after)
}

// at returns the table that applies at a moment, and until when it does, or is
// known to.
func (l *layers) at(at time.Time, base Timetable) (Timetable, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.Before(l.from) || !at.Before(l.to) {
		l.fill(at)
	}
	base.layers = nil
	for _, p := range l.parts {
		switch {
		case p.Holds(at):
			return l.tables[p.table], p.To
		case p.From.After(at):
			return base, p.From
		}
	}
	return base, l.to
}

// fill works out the stretches from a moment on.
func (l *layers) fill(from time.Time) {
	l.from, l.to = from, from.Add(ahead)
	l.parts = l.stretches(l.from, l.to)
}

func inOrder(parts []stretch) {
	slices.SortFunc(parts, func(a, b stretch) int { return a.From.Compare(b.From) })
}
