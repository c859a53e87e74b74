package watch

import (
	"context"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// GapKeeper takes gaps into keeping: each may come again, longer.
type GapKeeper interface {
	KeepGaps(ctx context.Context, gaps []monitor.Gap) error
}

// gapKey names the gap that is under way for a check and a cause.
type gapKey struct {
	check int64
	cause monitor.Miss
}

// gaps are the holes in what is looked at, until they are kept.
type gaps struct {
	open    map[gapKey]*monitor.Gap // the last of each, for as long as it may grow
	changed map[gapKey]bool         // and is not kept as it is
	ended   []monitor.Gap           // no longer growing, not kept yet
}

func newGaps() gaps {
	return gaps{open: map[gapKey]*monitor.Gap{}, changed: map[gapKey]bool{}}
}

// maxEnded bounds what waits while gaps cannot be kept: beyond it the oldest
// are given up, for what they tell is counted as well.
const maxEnded = 20_000

// add notes looks missed from one moment to another; near is how far they may
// be from the ones before and still belong to the same gap.
func (g *gaps) add(check int64, cause monitor.Miss, from, to time.Time, missed int64, near time.Duration) {
	key := gapKey{check, cause}
	from, to = from.UTC().Truncate(time.Microsecond), to.UTC().Truncate(time.Microsecond)
	if last := g.open[key]; last != nil && !from.After(last.EndedAt.Add(near)) && !from.Before(last.StartedAt) {
		last.Missed += missed
		if to.After(last.EndedAt) {
			last.EndedAt = to
		}
		g.changed[key] = true
		return
	}
	if last := g.open[key]; last != nil && g.changed[key] {
		g.ended = append(g.ended, *last)
		if over := len(g.ended) - maxEnded; over > 0 {
			g.ended = g.ended[over:]
		}
	}
	g.open[key] = &monitor.Gap{CheckID: check, Cause: cause, StartedAt: from, EndedAt: to, Missed: missed}
	g.changed[key] = true
}

// take returns what is to be kept.
func (g *gaps) take() []monitor.Gap {
	// One that could not be kept may have grown since: no statement may hold the same gap twice.
	type begun struct {
		gapKey
		at int64
	}
	var list []monitor.Gap
	at := map[begun]int{}
	put := func(one monitor.Gap) {
		key := begun{gapKey{one.CheckID, one.Cause}, one.StartedAt.UnixMicro()}
		if n, ok := at[key]; ok {
			list[n] = one
			return
		}
		at[key] = len(list)
		list = append(list, one)
	}
	for _, one := range g.ended {
		put(one)
	}
	for key := range g.changed {
		put(*g.open[key])
	}
	list = list[max(0, len(list)-maxEnded):]
	g.ended, g.changed = nil, map[gapKey]bool{}
	return list
}

// forget drops what can grow no more, so that the map does not.
func (g *gaps) forget(before time.Time) {
	for key, last := range g.open {
		if !g.changed[key] && last.EndedAt.Before(before) {
			delete(g.open, key)
		}
	}
}

// miss counts looks that did not happen.
func (c *counts) miss(cause monitor.Miss, n int64) {
	if c.missed == nil {
		c.missed = map[monitor.Miss]int64{}
	}
	c.missed[cause] += n
}

// miss counts looks of t that did not happen. The caller holds w.mu.
func (w *Watch) miss(t *target, cause monitor.Miss, n int64, from, to time.Time) {
	if n <= 0 {
		return
	}
	w.missed += n
	t.counts.miss(cause, n)
	w.gaps.add(t.check.ID, cause, from, to, n, 2*t.table.EveryAt(to))
}

// missAll counts looks that did not happen while nobody could look at anything,
// as one gap of every check. The caller holds w.mu.
func (w *Watch) missAll(cause monitor.Miss, from, to time.Time, of func(*target) int64) {
	var all int64
	for _, t := range w.targets {
		n := of(t)
		if n <= 0 {
			continue
		}
		t.counts.miss(cause, n)
		all += n
	}
	if all > 0 {
		w.missed += all
		w.gaps.add(0, cause, from, to, all, 0)
	}
}

// missedWhileStopped counts the looks that were due while the program was not
// running, or while others did not watch what was just taken over; prepare counted
// them. The caller holds w.mu.
func (w *Watch) missedWhileStopped(now time.Time) {
	var last time.Time
	for _, t := range w.targets {
		if t.current.LastAt.After(last) {
			last = t.current.LastAt
		}
	}
	w.missAll(monitor.MissStopped, last, now, func(t *target) int64 {
		owes := t.owes
		t.owes = 0
		return owes
	})
}

// blindFor notes that our own link was down at a moment. The caller holds w.mu.
func (w *Watch) blindFor(at time.Time, every time.Duration) {
	w.blindAt = at
	w.gaps.add(0, monitor.MissBlind, at, at, 1, 2*every)
}

// keepEvery is how often gaps are kept.
const keepEvery = 10 * time.Second

// keepGaps takes gaps into keeping until ctx ends, and then what is left.
func (w *Watch) keepGaps(ctx context.Context) {
	if w.opts.Gaps == nil {
		return
	}
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepEvery)
			defer cancel()
			if err := w.storeGaps(last); err != nil {
				w.log.Error("gaps could not be kept", "err", err)
			}
			return
		case <-tick.C:
		}
		err := w.storeGaps(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			w.log.Error("gaps cannot be kept and wait in memory", "err", err)
		}
		failing = err != nil
	}
}

// storeGaps keeps what changed; on failure it waits for the next time.
func (w *Watch) storeGaps(ctx context.Context) error {
	w.mu.Lock()
	list := w.gaps.take()
	w.gaps.forget(w.now().Add(-48 * time.Hour))
	w.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	err := w.opts.Gaps.KeepGaps(ctx, list)
	if err != nil {
		w.mu.Lock()
		w.gaps.ended = append(list, w.gaps.ended...)
		w.mu.Unlock()
	}
	return err
}

// missCounts returns how often looks were missed by cause, in the order of the causes.
func missCounts(by map[monitor.Miss]int64) []monitor.MissCount {
	var list []monitor.MissCount
	for _, cause := range monitor.Misses() {
		if n := by[cause]; n > 0 {
			list = append(list, monitor.MissCount{Cause: cause, Count: n})
		}
	}
	return list
}
