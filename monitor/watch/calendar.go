package watch

import (
	"container/heap"
	"context"
	"reflect"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// calendarEvery is how often the calendar is asked for: a holiday announced
// now counts a minute later.
const calendarEvery = time.Minute

// keepCalendar keeps the calendar that windows are open by until ctx ends. It
// may take its time: nobody waits for it, and what was known before holds on.
func (w *Watch) keepCalendar(ctx context.Context) {
	if w.opts.Calendar == nil {
		return
	}
	tick := time.NewTicker(calendarEvery)
	defer tick.Stop()
	for {
		fresh := w.opts.Calendar()
		if known := w.open.Load(); known == nil || !reflect.DeepEqual(*known, fresh) {
			w.open.Store(&fresh)
			w.reopen()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// calendar knows when windows are open. It never waits: before the first answer
// there are only the windows that need none.
func (w *Watch) calendar() monitor.Calendar {
	if known := w.open.Load(); known != nil {
		return *known
	}
	return monitor.Calendar{Zone: w.opts.Zone}
}

// reopen has the turns of checks with windows worked out anew: none of them
// comes later than it was to come.
func (w *Watch) reopen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.opts.Now().Round(0)
	moved := false
	for n := range w.agenda {
		d := &w.agenda[n]
		if d.recheck || len(d.target.windows) == 0 {
			continue
		}
		d.target.table.Forget()
		if next := d.target.table.Next(now); next.Before(d.at) {
			d.at, moved = next, true
		}
	}
	if moved {
		heap.Init(&w.agenda)
		nudge(w.poke)
	}
}
