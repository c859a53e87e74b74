package watch

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// chains has the certificates of servers kept when they change, which is
// seldom: beside the readings, so that these stay narrow.
type chains struct {
	mu      sync.Mutex
	kept    map[int64]string           // mark of what is kept, by check; nil until it was read
	last    map[int64]*monitor.Secured // the last that was noted, by check
	pending map[int64]*monitor.Secured
}

// note takes what a look at a check showed. The same again costs a comparison.
func (c *chains) note(check int64, s *monitor.Secured) {
	if s == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last[check] == s {
		return
	}
	if c.last == nil {
		c.last, c.pending = map[int64]*monitor.Secured{}, map[int64]*monitor.Secured{}
	}
	c.last[check], c.pending[check] = s, s
}

// forget drops what is known of a check whose records may have gone with a pause.
func (c *chains) forget(check int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, check)
	delete(c.last, check)
}

// changed takes what is to be kept: what differs from what is.
func (c *chains) changed() map[int64]*monitor.Secured {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := map[int64]*monitor.Secured{}
	for check, s := range c.pending {
		if c.kept[check] != s.Mark {
			changed[check] = s
		}
	}
	clear(c.pending)
	return changed
}

// settle notes what came of keeping: on failure it is tried again.
func (c *chains) settle(changed map[int64]*monitor.Secured, kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for check, s := range changed {
		if kept {
			c.kept[check] = s.Mark
		} else if c.pending[check] == nil {
			c.pending[check] = s
		}
	}
}

// chainsEvery is how often changed chains are kept.
const chainsEvery = 2 * time.Second

// keepChains keeps the certificates that servers send until ctx ends.
func (w *Watch) keepChains(ctx context.Context) {
	if w.opts.Store == nil { // a prober elsewhere sends its readings on
		return
	}
	tick := time.NewTicker(chainsEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.flushChains(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			w.log.Error("certificates cannot be kept and wait in memory", "err", err)
		}
		failing = err != nil
	}
}

// flushChains keeps what changed.
func (w *Watch) flushChains(ctx context.Context) error {
	w.chains.mu.Lock()
	unread := w.chains.kept == nil
	w.chains.mu.Unlock()
	if unread {
		marks, err := w.opts.Store.ChainMarks(ctx)
		if err != nil {
			return err
		}
		w.chains.mu.Lock()
		w.chains.kept = maps.Clone(marks)
		w.chains.mu.Unlock()
	}
	changed := w.chains.changed()
	if len(changed) == 0 {
		return nil
	}
	err := w.opts.Store.KeepChains(ctx, changed)
	w.chains.settle(changed, err == nil)
	return err
}
