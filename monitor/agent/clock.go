package agent

import (
	"sync"
	"time"
)

// Clock tells the installation's time on a machine whose own clock may be off
// by any amount, or be set while the program runs: it counts on the monotonic
// clock from when it began, and adds what it learnt from the installation.
type Clock struct {
	wall  time.Time // of this machine when the clock began
	began time.Time // the same moment on the monotonic clock

	mu     sync.Mutex
	offset time.Duration
	known  bool
}

// NewClock returns a clock that begins with the machine's, wall.
func NewClock(wall time.Time) *Clock { return &Clock{wall: wall.Round(0), began: time.Now()} }

// own is this machine's time, as if nobody had set its clock.
func (c *Clock) own() time.Time { return c.wall.Add(time.Since(c.began)) }

// Now is the installation's time as far as it is known.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own().Add(c.offset)
}

// Offset is by how much this machine's clock is behind, and whether that is known.
func (c *Clock) Offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset, c.known
}

// What an answer may teach.
const (
	longestTrip = 5 * time.Second       // an answer that took longer says too little
	clockNoise  = 20 * time.Millisecond // less than this is no news
)

// Learn takes the installation's time from an answer that took trip.
func (c *Clock) Learn(theirs time.Time, trip time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if trip < 0 || (c.known && trip > longestTrip) {
		return
	}
	measured := theirs.Add(trip / 2).Sub(c.own())
	if c.known && (measured-c.offset).Abs() <= trip/2+clockNoise {
		return
	}
	c.offset, c.known = measured, true
}
