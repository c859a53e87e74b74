package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/watch"
)

// outside tells whether an error comes from the way to the installation, and
// may be gone the next time.
func outside(err error) bool {
	_, way := errors.AsType[*url.Error](err)
	_, told := errors.AsType[*Problem](err)
	return way || told
}

// known is what there is to look at, nil before anything is known.
func (a *Agent) known() *vantage.Orders {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.orders
}

// obey makes orders what is looked at.
func (a *Agent) obey(orders *vantage.Orders, tag string) {
	a.mu.Lock()
	another := a.orders != nil && !a.orders.Same(orders.Manner)
	a.orders, a.tag = orders, tag
	a.version++
	rounds, anew := a.rounds, a.anew
	a.mu.Unlock()
	if rounds != nil {
		rounds.Changed()
	}
	if another && anew != nil {
		anew()
	}
}

// ended turns what the installation says about this agent's end into one.
func ended(err error) error {
	problem, told := errors.AsType[*Problem](err)
	if told && problem.Status == http.StatusGone {
		return ErrRevoked
	}
	return err
}

// beat says that the agent lives, and learns the time.
func (a *Agent) beat(ctx context.Context) error {
	waiting, lost, _ := a.spool.Counts()
	_, err := a.client.beat(ctx, waiting, lost)
	return ended(err)
}

// pull fetches what to look at, when it changed, and remembers it for a start
// without a link.
func (a *Agent) pull(ctx context.Context) error {
	a.mu.Lock()
	tag := a.tag
	a.mu.Unlock()
	orders, tag, err := a.client.orders(ctx, tag)
	if err != nil || orders == nil {
		return ended(err)
	}
	text, err := json.Marshal(orders)
	if err != nil {
		return err
	}
	if err := writeWhole(a.ordersFile(), text); err != nil {
		a.log.Error("what to look at cannot be remembered", "err", err)
	}
	a.obey(orders, tag)
	return nil
}

// deliver sends everything that waits on disk, the oldest first.
func (a *Agent) deliver(ctx context.Context) error {
	if err := a.spool.Seal(a.opts.SealAfter / 2); err != nil {
		return err
	}
	for ctx.Err() == nil {
		number, h, readings, any, err := a.spool.Next()
		if err != nil || !any {
			return err
		}
		if err := a.send(ctx, number, h, readings); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// send delivers one segment.
func (a *Agent) send(ctx context.Context, number int64, h head, readings []vantage.Seen) error {
	a.correct(h, readings)
	waiting, lost, _ := a.spool.Counts()
	offset, _ := a.clock.Offset()
	receipt, err := a.client.push(ctx, &vantage.Batch{
		Sequence: number, OffsetUs: offset.Microseconds(), Waiting: max(0, waiting-int64(len(readings))), Lost: lost, Readings: readings,
	})
	problem, told := errors.AsType[*Problem](err)
	switch {
	case err == nil:
		for why, n := range receipt.Refused {
			a.log.Warn("the server refused readings", "why", why, "count", n)
		}
		return a.spool.Done(number)
	case told && problem.Status == http.StatusConflict:
		// The number is taken: the batch came, and its receipt was lost.
		return a.spool.Done(number)
	case told && !problem.is("vantage.protocol") && (problem.Status == http.StatusUnprocessableEntity ||
		problem.Status == http.StatusBadRequest || problem.Status == http.StatusRequestEntityTooLarge):
		a.log.Error("the server will never take this batch; it is given up", "batch", number, "readings", len(readings), "err", err)
		return a.spool.Drop(number, len(readings))
	}
	return ended(err)
}

// correct gives readings that were taken before the clock was known, in this
// run of the program, the time that is known now. Of an earlier run nobody
// knows by how much its clock was off: its readings stay marked.
func (a *Agent) correct(h head, readings []vantage.Seen) {
	offset, known := a.clock.Offset()
	if !known || h.Session != a.session {
		return
	}
	moved := offset.Microseconds() - h.OffsetUs
	for n := range readings {
		if readings[n].Unsure {
			readings[n].At += moved
			readings[n].Unsure = false
		}
	}
}

// timed has readings carry the installation's time.
type timed struct {
	prober watch.Prober
	clock  *Clock
}

// Probe looks once.
func (t timed) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	at := t.clock.Now()
	r := t.prober.Probe(ctx, c)
	r.At = at.UTC().Truncate(time.Microsecond)
	return r
}

// ward is the agent as its rounds know it: where the checks come from, and who
// keeps what was seen.
type ward struct{ *Agent }

// Version rises with what there is to look at.
func (w ward) Version(context.Context) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version, nil
}

// Watched returns what there is to look at.
func (w ward) Watched(context.Context) ([]monitordb.Watched, int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]monitordb.Watched, 0, len(w.orders.Checks))
	for n := range w.orders.Checks {
		one := &w.orders.Checks[n]
		list = append(list, monitordb.Watched{
			Check: one.Check(), Institution: one.Institution, Current: monitor.Current{CheckID: one.ID, Service: one.Service},
		})
	}
	return list, w.version, nil
}

// Add spools what was seen.
func (w ward) Add(e monitordb.Entry) { w.take(&e.Reading) }

func (a *Agent) take(r *monitor.Reading) {
	seen := vantage.SeenOf(r)
	_, known := a.clock.Offset()
	seen.Unsure = !known
	a.spool.Add(seen)
}

// Flush returns once what was added is on disk.
func (w ward) Flush(context.Context) error { return w.spool.Sync() }

// Stats tells how many readings are safe on disk, and how many wait to be delivered.
func (w ward) Stats() monitordb.Stats {
	waiting, lost, written := w.spool.Counts()
	return monitordb.Stats{Written: written, Waiting: int(waiting), Dropped: lost}
}

// syncEvery is how long a reading is in memory only.
const syncEvery = 200 * time.Millisecond

// Run brings to disk what is added until ctx ends, and then the rest.
func (w ward) Run(ctx context.Context) error {
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return w.spool.Sync()
		case <-tick.C:
		}
		if err := w.spool.Sync(); err != nil {
			continue // it said so, and tries again
		}
		if w.spool.Full() {
			select {
			case w.full <- struct{}{}:
			default:
			}
		}
	}
}

// onceAtATime is how many looks of Once run together.
const onceAtATime = 16

// Once looks at everything a single time, delivers it, and ends.
func (a *Agent) Once(ctx context.Context) error {
	if err := a.begin(ctx); err != nil {
		return err
	}
	if err := a.insist(ctx, "checks", a.pull); err != nil {
		return err
	}
	prober := timed{a.opts.Prober, a.clock}
	var looking sync.WaitGroup
	places := make(chan struct{}, onceAtATime)
	for n := range a.known().Checks {
		one := a.known().Checks[n]
		places <- struct{}{}
		looking.Go(func() {
			defer func() { <-places }()
			c := one.Check()
			r := prober.Probe(ctx, c)
			c.Judge(&r)
			r.Every = time.Minute
			if plan, err := schedule.Period(c.Schedule); err == nil {
				r.Every = plan
			}
			a.take(&r)
		})
	}
	looking.Wait()
	if err := a.spool.Close(); err != nil {
		return err
	}
	return errors.Join(a.insist(ctx, "batch", a.deliver), a.beat(ctx))
}
