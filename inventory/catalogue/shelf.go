package catalogue

import (
	"sync"
	"time"
)

// heldAtMost bounds how many superseded snapshots are held.
const heldAtMost = 32

// heldFor is how long a superseded snapshot is held at least for, room
// permitting: the slowest harvest seen took under an hour.
const heldFor = 2 * time.Hour

// Shelf holds the current snapshot and those before it that a harvest may
// still be reading.
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
		former.until = now.Add(heldFor)
		if !former.served.Load() {
			h.held = h.held[:n-1]
		}
	}
	h.held = append(h.held, next)
	h.tidy(s.writer.settings.HoldBytes, now)
	return true
}

// tidy drops the oldest until time, number and room are kept to; one
// superseded snapshot always stays.
func (h *Shelf) tidy(room int64, now time.Time) {
	var size int64
	for _, s := range h.held {
		size += s.size
	}
	for len(h.held) > 2 {
		oldest := h.held[0]
		if len(h.held) <= heldAtMost && size <= room && oldest.until.After(now) {
			return
		}
		size -= oldest.size
		h.held = append([]shelved(nil), h.held[1:]...)
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
