package catalogue

import (
	"slices"
	"sync"
	"time"
)

// heldAtMost bounds how many superseded snapshots are in memory. They share
// what they have in common; all that are not here are in the store.
const heldAtMost = 8

// Shelf holds the current snapshot in memory, and those before it that a
// harvest may still be reading.
type Shelf struct {
	mu   sync.RWMutex
	held []shelved // the current one last
}

type shelved struct {
	*Snapshot
	until    time.Time // zero: it is the current one
	lastTime time.Time // Last-Modified, kept apart per process
	exact    bool      // no other snapshot shares its second
}

// Put makes s the current snapshot, and returns false when it already was. The
// former is held on, unless nobody was ever given a page of it.
func (h *Shelf) Put(s *Snapshot, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := shelved{Snapshot: s, lastTime: now.UTC().Truncate(time.Second), exact: true}
	if n := len(h.held); n > 0 {
		former := &h.held[n-1]
		if former.ID == s.ID {
			return false
		}
		next.exact = !former.lastTime.Equal(next.lastTime)
		former.until = now.Add(leastHold)
		if !former.served.Load() {
			h.held = h.held[:n-1]
		}
	}
	h.held = slices.DeleteFunc(h.held, func(x shelved) bool { return x.ID == s.ID }) // an operator goes back and on
	h.held = append(h.held, next)
	h.tidy(now)
	return true
}

// tidy drops the oldest until time and number are kept to; one superseded
// snapshot always stays.
func (h *Shelf) tidy(now time.Time) {
	for len(h.held) > 2 {
		if len(h.held) <= heldAtMost && h.held[0].until.After(now) {
			return
		}
		h.held = append([]shelved(nil), h.held[1:]...)
	}
}

// Add puts a superseded snapshot, which somebody asked for by its id, back on
// the shelf.
func (h *Shelf) Add(s *Snapshot, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.held {
		if x.ID == s.ID {
			return
		}
	}
	back := shelved{Snapshot: s, until: now.Add(leastHold), lastTime: s.Built.Truncate(time.Second)}
	h.held = append([]shelved{back}, h.held...)
	for len(h.held) > heldAtMost {
		h.held = append(h.held[:1:1], h.held[2:]...)
	}
}

// Current returns the current snapshot, nil before the first.
func (h *Shelf) Current() *Snapshot {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.held) == 0 {
		return nil
	}
	return h.held[len(h.held)-1].Snapshot
}

// Find returns the snapshot with the id, nil when it is no longer held.
func (h *Shelf) Find(id string) *Snapshot {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.held {
		if s.ID == id {
			return s.Snapshot
		}
	}
	return nil
}

// Read lists the snapshots that somebody began to read and of which that is not
// noted yet.
func (h *Shelf) Read() []*Snapshot {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []*Snapshot
	for _, x := range h.held {
		if x.served.Load() && !x.noted.Load() {
			out = append(out, x.Snapshot)
		}
	}
	return out
}

// LastModified says since when s is served. With exact unset another snapshot
// was served in the same second, and the time tells nothing about what a
// reader holds.
func (h *Shelf) LastModified(s *Snapshot) (t time.Time, exact bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, x := range h.held {
		if x.Snapshot == s {
			return x.lastTime, x.exact
		}
	}
	return s.Built, false
}
