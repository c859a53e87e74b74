package watch

import (
	"container/heap"
	"context"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// due is one entry of the agenda: look at a target at a moment.
type due struct {
	at      time.Time
	target  *target
	recheck bool
}

// agenda is a heap of what is due, the earliest first: ten thousand checks
// cost a few comparisons a look.
type agenda []due

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push and Pop are for container/heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(due)) } //nolint:forcetypeassert // only ours

// Pop is for container/heap.
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = due{}
	*a = old[:len(old)-1]
	return last
}

func (a *agenda) add(d due) { heap.Push(a, d) }
func (a *agenda) next() due { return heap.Pop(a).(due) } //nolint:forcetypeassert // only ours

// stepClock notices when the wall clock is set: it then moved by more than the
// monotonic clock did.
type stepClock struct{ wall, mono time.Time }

// maxDrift is how far the clocks may part between two looks at them.
const maxDrift = 2 * time.Second

// step returns by how much the wall clock was set since the last call.
func (c *stepClock) step(now time.Time) time.Duration {
	wall, mono := now.Round(0), time.Now()
	moved := wall.Sub(c.wall) - mono.Sub(c.mono)
	first := c.wall.IsZero()
	c.wall, c.mono = wall, mono
	if first || moved.Abs() <= maxDrift {
		return 0
	}
	return moved
}

// longestNap bounds how long the rounds sleep, so that a clock that is set is
// noticed within a second.
const longestNap = time.Second

// startDue starts everything that is due and returns how long to sleep.
func (w *Watch) startDue(ctx context.Context) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.opts.Now().Round(0)
	if moved := w.clock.step(now); moved != 0 {
		w.log.Warn("the clock was set", "by", moved.String())
		w.replan(now, moved)
	}
	for len(w.agenda) > 0 {
		if wait := w.agenda[0].at.Sub(now); wait > 0 {
			return min(wait, longestNap)
		}
		w.start(ctx, w.agenda.next(), now)
	}
	return longestNap
}

// replan moves the agenda after the clock was set. Put back, it costs nothing.
// Put forward, it leaves an hour in the record in which nobody looked, whether
// that hour passed, because the machine slept, or never was: the looks that
// were due in it are counted, with that cause.
func (w *Watch) replan(now time.Time, moved time.Duration) {
	if moved > 0 {
		w.missAll(monitor.MissClock, now.Add(-moved), now, func(t *target) int64 {
			return t.table.Count(now.Add(-moved), now)
		})
	}
	old := w.agenda
	w.agenda = make(agenda, 0, len(old))
	for _, d := range old {
		d.at = d.at.Add(moved)
		if !d.recheck {
			d.at = d.target.table.Next(now)
		}
		w.agenda.add(d)
	}
	w.link.forget()
}

// start hands one entry to the workers, and puts the next regular look on the agenda.
func (w *Watch) start(ctx context.Context, d due, now time.Time) {
	t := d.target
	if t.gone || t.leaving {
		return
	}
	if !w.holds() { // others may have taken over; if nobody did, this one goes on
		if !d.recheck {
			w.miss(t, monitor.MissStopped, 1+t.table.Count(d.at, now), d.at, now)
			w.agenda.add(due{at: t.table.Next(now), target: t})
		} else {
			t.rechecks = false
		}
		return
	}
	if d.recheck {
		t.rechecks = false
		if t.running || t.current.Doubted() == 0 {
			return // another look has answered it, or is about to
		}
	} else {
		w.miss(t, monitor.MissLate, t.table.Count(d.at, now), d.at, now)
		w.agenda.add(due{at: t.table.Next(now), target: t})
		if t.running {
			if !t.recheck { // a re-check serves as well
				w.miss(t, w.busy(t), 1, d.at, d.at)
			}
			return
		}
	}
	t.running, t.recheck = true, d.recheck
	t.begun.Store(false)
	w.pool.submit(job{
		host: t.host, slow: t.slow,
		run: func() { w.look(ctx, t, t.check, d) },
	})
}

// busy tells why the look before is still in the way of the next.
func (w *Watch) busy(t *target) monitor.Miss {
	switch {
	case t.begun.Load():
		return monitor.MissRunning
	case w.pool.waits(t.host):
		return monitor.MissPolite
	}
	return monitor.MissOverloaded
}
