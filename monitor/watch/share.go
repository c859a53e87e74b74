package watch

import (
	"context"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// Share is this process's part of the watch, where several share it.
type Share interface {
	// Run keeps the part until ctx ends, and then gives it up.
	Run(ctx context.Context)
	// Changed hears when the part changed; Version rises each time.
	Changed() <-chan struct{}
	Version() uint64
	// Tenure is the fencing token of the part.
	Tenure() int64
	// Mine tells whether a service is in the part, and is to stay there.
	Mine(service string) bool
	// Holds tells whether a look may begin at this very moment.
	Holds() bool
	// Leads tells whether this process does what one of them must.
	Leads() bool
	// HandOver gives up what is no longer Mine at that version: nothing of it is
	// under way here any more, and all that was seen of it is stored.
	HandOver(ctx context.Context, version uint64) error
	// Watches notes for others how much is watched here, and how late a look began.
	Watches(checks int, lag time.Duration)
}

// handover is how old a turn may be that another process owed and this one makes
// up for at once. After a longer standstill everybody's turns are that old: then
// each waits for its next.
const handover = 30 * time.Second

// partingTime is how long looks that are under way may take to end when the
// program stops: another process then need not look again.
const partingTime = 5 * time.Second

// mine tells whether a check is to be watched here. The caller holds w.mu.
func (w *Watch) mine(service string) bool { return w.opts.Share == nil || w.opts.Share.Mine(service) }

// holds tells whether a look may begin.
func (w *Watch) holds() bool { return w.opts.Share == nil || w.opts.Share.Holds() }

// leads tells whether this process sums up and tidies.
func (w *Watch) leads() bool { return w.opts.Share == nil || w.opts.Share.Leads() }

func (w *Watch) tenure() int64 {
	if w.opts.Share == nil {
		return 0
	}
	return w.opts.Share.Tenure()
}

// shareVersion is the version of the part; it never changes where nobody shares.
func (w *Watch) shareVersion() uint64 {
	if w.opts.Share == nil {
		return 0
	}
	return w.opts.Share.Version()
}

// shareChanged hears when the part changed: never where nobody shares.
func (w *Watch) shareChanged() <-chan struct{} {
	if w.opts.Share == nil {
		return nil
	}
	return w.opts.Share.Changed()
}

// keepShare keeps the part until ctx ends.
func (w *Watch) keepShare(ctx context.Context) {
	if w.opts.Share != nil {
		w.opts.Share.Run(ctx)
	}
}

// takeOver puts t on the agenda, which another process watched until now or
// nobody did: at the turn that was owed, if that is not long ago, and with the
// re-check that its doubt asks for.
func (w *Watch) takeOver(t *target, now time.Time) {
	first := due{at: t.firstLook(now), target: t}
	if w.opts.Share == nil || t.current.LastAt.IsZero() {
		w.agenda.add(first)
		return
	}
	if owed := t.table.Next(t.current.LastAt); !owed.After(now) && t.owes == 0 {
		first.at = owed
	}
	w.agenda.add(first)
	if n := t.current.Doubted(); n > 0 && len(w.opts.Rechecks) > 0 {
		again := t.current.LastAt.Add(w.opts.Rechecks[min(n, len(w.opts.Rechecks))-1])
		if first.at.After(now) && again.Before(first.at) {
			t.rechecks = true
			w.agenda.add(due{at: again, target: t, recheck: true})
		}
	}
}

// owed returns how many turns of t nobody took while it was not watched, but
// for one that is made up for.
func (w *Watch) owed(t *target, now time.Time) int64 {
	last := t.current.LastAt
	if last.IsZero() || w.opts.Share != nil && now.Sub(t.table.Next(last)) <= handover {
		return 0
	}
	return t.table.Count(last, now)
}

// part has t watched no longer, because another process should or somebody
// paused it. A look that is under way ends and is kept in the first case.
func (w *Watch) part(t *target, listed bool) {
	if !listed || !t.running || !t.begun.Load() {
		t.gone = true
		return
	}
	t.leaving = true
	if w.leaving == nil {
		w.leaving = map[*target]bool{}
	}
	w.leaving[t] = true
}

// parted notes that the last look of a target that leaves has ended. The caller holds w.mu.
func (w *Watch) parted(t *target) {
	if !t.leaving {
		return
	}
	t.gone = true
	delete(w.leaving, t)
	if len(w.leaving) == 0 {
		nudge(w.told)
	}
}

// handOver gives up what another process should have, once nothing of it is under way.
func (w *Watch) handOver(ctx context.Context) error {
	if w.opts.Share == nil {
		return nil
	}
	w.mu.Lock()
	version, busy, checks, lag := w.shared, len(w.leaving) > 0, len(w.targets), w.lag
	w.lag = 0
	w.mu.Unlock()
	w.opts.Share.Watches(checks, lag)
	if busy || version == w.handed {
		return nil
	}
	if err := w.writer.Flush(ctx); err != nil {
		return err
	}
	if err := w.opts.Share.HandOver(ctx, version); err != nil {
		return err
	}
	w.handed = version
	return nil
}

// ours returns what of list is to be watched here, and the checks of all of it.
func (w *Watch) ours(list []monitordb.Watched) (own []monitordb.Watched, listed map[int64]bool) {
	if w.opts.Share == nil {
		return list, nil
	}
	listed = make(map[int64]bool, len(list))
	for n := range list {
		listed[list[n].Check.ID] = true
		if w.mine(list[n].Check.Service) {
			own = append(own, list[n])
		}
	}
	return own, listed
}

// looking returns what looks end with: it may outlast the rounds.
func (w *Watch) looking(rounds context.Context) context.Context {
	if w.looks == nil {
		return rounds
	}
	return w.looks
}

// begin takes a place for a look that may have waited for it, if it may still begin.
func (w *Watch) begin(t *target) bool {
	holds := w.holds()
	w.mu.Lock()
	defer w.mu.Unlock()
	if holds && !t.gone {
		t.begun.Store(true)
		return true
	}
	t.running = false
	if !t.gone {
		now := w.now()
		w.miss(t, monitor.MissStopped, 1, now, now)
		w.parted(t)
	}
	return false
}

// noteLag keeps the longest that a look was late since others were last told.
func (w *Watch) noteLag(lag time.Duration) {
	if w.opts.Share == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lag = max(w.lag, lag)
}
