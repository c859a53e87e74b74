package watch

import (
	"context"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// look has one check looked at and settles what was seen. A look cut short by
// the end of the program is no reading: it must not read as an outage.
func (w *Watch) look(ctx context.Context, t *target, c monitor.Check, d due) {
	if ctx.Err() != nil || !w.begin(t) {
		return
	}
	lag, began := w.opts.Now().Round(0).Sub(d.at), time.Now()
	r := w.opts.Prober.Probe(ctx, c)
	if ctx.Err() != nil {
		return
	}
	r.Delayed = w.stalls.held(began, time.Now())
	if r.After > 0 {
		w.pool.hold(t.host, min(r.After, maxAway))
	}
	c.Judge(&r)
	w.noteLag(lag)
	took := r.Phases.Total()
	if r.Reason.Network() && w.blind(ctx, t, &r) {
		r.Reason, r.Verdict = monitor.OwnNetwork, monitor.Unknown
	}
	w.settle(t, &r)
	if w.opts.Observe != nil {
		w.opts.Observe(Observation{Service: t.check.Service, Check: t.check.Name, Institution: t.institution, Took: took, Lag: max(0, lag)})
	}
}

// blind tells whether r failed because our own link is down. What other hosts
// did counts from the first failure of this check on.
func (w *Watch) blind(ctx context.Context, t *target, r *monitor.Reading) bool {
	w.mu.Lock()
	since := r.At
	if at := t.current.FailingSince; at != nil && at.Before(since) {
		since = *at
	}
	w.mu.Unlock()
	if !w.link.down(ctx, t.host, r.Reason, since) {
		return false
	}
	w.mu.Lock()
	w.blindFor(r.At, t.table.EveryAt(r.At))
	w.mu.Unlock()
	return true
}

// maxAway bounds how long a host may ask us to stay away.
const maxAway = time.Hour

// settle takes a judged reading: the state after it, the incident it opens or
// closes, the re-check it asks for.
func (w *Watch) settle(t *target, r *monitor.Reading) {
	w.link.note(t.host, r.At, r.Reason)
	w.mu.Lock()
	t.running = false
	if t.gone {
		w.mu.Unlock()
		return
	}
	t.slow = r.Reason == monitor.Timeout
	r.Every = t.table.EveryAt(r.At)
	r.Attempt = t.current.Doubted() + 1
	change, since := t.current.Judge(r, t.check.Judging(len(w.opts.Rechecks)))
	t.count(r, change)
	if change == monitor.Opened {
		w.opened++
	}
	again := w.askAgain(t, r)
	w.writer.Add(monitordb.Entry{Reading: *r, Current: t.current, Change: change, IncidentAt: since, Tenure: t.tenure})
	w.parted(t)
	w.mu.Unlock()
	w.chains.note(t.check.ID, r.Secured)
	w.tell(t, r, change)
	if again {
		nudge(w.poke)
	}
}

// askAgain puts a look that confirms what is in doubt on the agenda.
func (w *Watch) askAgain(t *target, r *monitor.Reading) bool {
	n := t.current.Doubted()
	if n == 0 || t.rechecks || r.Verdict == monitor.Unknown || len(w.opts.Rechecks) == 0 {
		return false
	}
	t.rechecks = true
	wait := w.opts.Rechecks[min(n, len(w.opts.Rechecks))-1]
	w.agenda.add(due{at: w.opts.Now().Round(0).Add(wait), target: t, recheck: true})
	return true
}

func (t *target) count(r *monitor.Reading, change monitor.Change) {
	switch {
	case r.Verdict.Answers():
		t.counts.good++
	case r.Verdict == monitor.Unknown:
		t.counts.unseen++
	default:
		t.counts.failed++
	}
	if int(r.Reason) < len(t.counts.reasons) {
		t.counts.reasons[r.Reason]++
	}
	if change == monitor.Opened {
		t.counts.opened++
	}
	if r.Delayed {
		t.counts.delayed++
	}
}

// tell logs what an operator would tell a colleague.
func (w *Watch) tell(t *target, r *monitor.Reading, change monitor.Change) {
	switch change {
	case monitor.Opened:
		w.log.Warn("service is down", "service", t.check.Service, "check", t.check.Name, "reason", r.Reason.String())
	case monitor.Closed:
		w.log.Info("service answers again", "service", t.check.Service, "check", t.check.Name)
	case monitor.Unchanged:
	}
}

// blindHolds is how long a look that found our own link down speaks for.
const blindHolds = time.Minute

// Pulse returns what the watch knows now, for metrics.
func (w *Watch) Pulse() monitor.Pulse {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := monitor.Pulse{Missed: w.missed, Incidents: w.opened, Checks: make([]monitor.CheckPulse, 0, len(w.targets))}
	now := w.opts.Now()
	p.Blind = !w.blindAt.IsZero() && now.Sub(w.blindAt).Abs() < blindHolds
	for _, t := range w.targets {
		c := monitor.CheckPulse{
			Service: t.check.Service, Check: t.check.Name, Institution: t.institution, ID: t.check.ID,
			Standing: t.current.Standing(now), Phases: t.current.Phases(), Open: t.current.IncidentAt != nil,
			Looked: !t.current.LastAt.IsZero(),
			Good:   t.counts.good, Failed: t.counts.failed, Unseen: t.counts.unseen, Opened: t.counts.opened,
			Missed: missCounts(t.counts.missed), Delayed: t.counts.delayed, Flapping: t.current.Flapping,
		}
		if t.current.NotAfter != nil {
			c.NotAfter = *t.current.NotAfter
		}
		for n, count := range t.counts.reasons {
			if count > 0 && n > 0 {
				c.Reasons = append(c.Reasons, monitor.ReasonCount{Reason: monitor.Reason(n), Count: count})
			}
		}
		p.Checks = append(p.Checks, c)
	}
	s := w.writer.Stats()
	p.Stored, p.Waiting, p.Dropped = s.Written, int64(s.Waiting)+s.Spooled, s.Dropped
	return p
}

// Stored tells how many readings are safe in the database.
func (w *Watch) Stored() int64 { return w.writer.Stats().Written }

// now is the clock cut as readings are.
func (w *Watch) now() time.Time { return w.opts.Now().UTC().Truncate(time.Microsecond) }
