package watch

import (
	"context"
	"reflect"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// firstWithin is how soon a check is looked at that never was.
const firstWithin = 8 * time.Second

// firstLook returns when to look at t for the first time since it is watched.
// Who adds a check wants to see what it says, not to wait for its hour; so one
// that was never looked at gets a look of its own, unless its regular turn is
// near. That look comes in the first half of the wait: were it still under way
// when the turn comes, the turn would be missed. For the same reason its place
// comes of another hash than the turn's: two remainders of one number keep a
// fixed distance, and a start at the wrong moment would set a fifth of all
// checks' first looks right before their turns.
func (t *target) firstLook(now time.Time) time.Time {
	turn := t.table.Next(now)
	wait := turn.Sub(now)
	if !t.current.LastAt.IsZero() || wait <= firstWithin {
		return turn
	}
	return now.Add(schedule.Offset("first/"+t.key(), min(wait/2, firstWithin)))
}

// reload brings the targets up to date when services changed.
func (w *Watch) reload(ctx context.Context) error {
	version, err := w.source.Version(ctx)
	if err != nil {
		return err
	}
	part := w.shareVersion()
	w.mu.Lock()
	same := version == w.version && part == w.shared
	w.mu.Unlock()
	if same {
		return nil
	}
	// What was seen so far belongs to the state that is about to be read.
	if err := w.writer.Flush(ctx); err != nil {
		return err
	}
	list, version, err := w.source.Watched(ctx)
	if err != nil {
		return err
	}
	taken := w.prepare(list) // schedules are read and turns counted while the rounds go on
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shareVersion() != part { // what was read may not be what stands where we just came in
		nudge(w.told)
		return nil
	}
	w.install(taken)
	w.version, w.shared = version, part
	nudge(w.poke)
	return nil
}

// intake is what is to be watched, made ready outside the lock.
type intake struct {
	first  bool           // nothing was watched before
	listed map[int64]bool // the checks of everybody, where several share the watch
	tenure int64
	kept   map[int64]*target // those that did not change, and new ones
	fresh  []monitordb.Watched
}

// adopt makes list the targets.
func (w *Watch) adopt(list []monitordb.Watched) { w.install(w.prepare(list)) }

// prepare makes targets of list. Nobody but the caller changes which targets
// there are, so that they may be read without the lock.
func (w *Watch) prepare(list []monitordb.Watched) intake {
	in := intake{first: len(w.targets) == 0, tenure: w.tenure()}
	list, in.listed = w.ours(list)
	in.kept = make(map[int64]*target, len(list))
	now := w.now()
	for _, want := range list {
		if old := w.targets[want.Check.ID]; old != nil && old.is(&want, in.tenure) {
			in.kept[want.Check.ID] = old
			continue
		}
		t, err := w.newTarget(want)
		if err != nil {
			// The rules let no such schedule in; an older program may have.
			w.log.Error("a check has no usable schedule", "service", want.Check.Service, "check", want.Check.Name, "err", err)
			continue
		}
		t.tenure = in.tenure
		if in.first || w.opts.Share != nil {
			t.owes = w.owed(t, now)
		}
		in.kept[want.Check.ID] = t
		in.fresh = append(in.fresh, want)
	}
	return in
}

// is tells whether t watches just what want says, under that tenure.
func (t *target) is(want *monitordb.Watched, tenure int64) bool {
	return t.tenure == tenure && t.check.UpdatedAt.Equal(want.Check.UpdatedAt) && t.institution == want.Institution &&
		reflect.DeepEqual(t.windows, want.Windows)
}

// install makes what was prepared the targets. Those that did not change keep
// their state and their place on the agenda. The caller holds w.mu.
func (w *Watch) install(in intake) {
	now := w.now()
	for n := range in.fresh {
		want := &in.fresh[n]
		t := in.kept[want.Check.ID]
		if old := w.targets[want.Check.ID]; old != nil {
			old.gone = true
			t.counts = old.counts
			if last := want.Current.LastAt; !last.IsZero() && old.current.LastAt.After(last) {
				t.current = old.current // what came since the store was asked
				if t.owes > 0 {
					t.owes = w.owed(t, now)
				}
			}
		} else {
			t.counts = w.past[want.Check.ID]
			delete(w.past, want.Check.ID)
		}
		w.takeOver(t, now)
	}
	for id, t := range w.targets {
		if in.kept[id] != t {
			w.part(t, in.kept[id] == nil && in.listed[id])
		}
		if in.kept[id] == nil {
			if w.past == nil {
				w.past = map[int64]counts{}
			}
			w.past[id] = t.counts
			w.chains.forget(id)
		}
	}
	w.targets = in.kept
	if in.first || w.opts.Share != nil {
		w.missedWhileStopped(now)
	}
	w.log.Info("services read", "checks", len(in.kept))
}

func (w *Watch) newTarget(want monitordb.Watched) (*target, error) {
	plan, err := schedule.Parse(want.Check.Schedule, w.opts.Zone)
	if err != nil {
		return nil, err
	}
	t := &target{check: want.Check, institution: want.Institution, current: want.Current, windows: want.Windows}
	t.check.Ready()
	t.table = plan.For(t.key()).With(t.key(), w.layers(want.Windows))
	t.check.Timeout = min(t.check.Timeout, t.table.Shortest())
	t.host = t.check.Host()
	return t, nil
}

// layers returns the windows that have a pace of their own.
func (w *Watch) layers(windows []monitor.Window) []schedule.Layer {
	var list []schedule.Layer
	for n := range windows {
		window := &windows[n]
		if window.Schedule == "" {
			continue
		}
		plan, err := schedule.Parse(window.Schedule, w.opts.Zone)
		if err != nil {
			w.log.Error("a window has no usable schedule", "err", err) // the rules let none in
			continue
		}
		list = append(list, schedule.Layer{Plan: plan, Open: func(from, to time.Time) []monitor.Span {
			return w.calendar().Open(window, from, to)
		}})
	}
	return list
}

// key names a check for its place inside the period.
func (t *target) key() string { return t.check.Service + "/" + t.check.Name }
