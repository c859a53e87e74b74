package watch

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// beatEvery is how often the watchdog looks at the clock.
	beatEvery = 20 * time.Millisecond
	// stallLimit is how much too late it must be before that counts: less than
	// this no reading notices.
	stallLimit = 10 * time.Millisecond
)

// stalls notices when this program was held up: no processor was free, the
// machine slept, memory was being swapped. A reading under way meanwhile
// measured us and not the service.
type stalls struct {
	beat atomic.Int64 // nanoseconds since begin; 0 while nobody watches
	last atomic.Pointer[stall]
	// begin is where beats are counted from, on the monotonic clock.
	begin time.Time
}

// stall is a time in which nothing of ours ran.
type stall struct{ from, to time.Duration }

func newStalls() *stalls { return &stalls{begin: time.Now()} }

// watch looks at the clock until ctx ends.
func (s *stalls) watch(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	defer s.beat.Store(0)
	s.note(time.Since(s.begin))
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.note(time.Since(s.begin))
		}
	}
}

// note takes a beat.
func (s *stalls) note(now time.Duration) {
	before := time.Duration(s.beat.Swap(int64(max(now, 1))))
	if before > 0 && now-before > beatEvery+stallLimit {
		s.last.Store(&stall{before, now})
	}
}

// held tells whether so much of a reading that took from..to was spent without
// us running that its time says little of the service: a tenth or more.
func (s *stalls) held(from, to time.Time) bool {
	a, b := from.Sub(s.begin), to.Sub(s.begin)
	var lost time.Duration
	if last := s.last.Load(); last != nil {
		lost = min(b, last.to) - max(a, last.from)
	}
	// The reading may end before the watchdog wakes from the same stall.
	if beat := time.Duration(s.beat.Load()); beat > 0 && b-beat > beatEvery+stallLimit {
		lost = max(lost, b-max(a, beat))
	}
	return lost > stallLimit && lost >= (b-a)/10
}
