package file

import (
	"hash/fnv"
	"time"
)

// Pace says how often files are looked at.
type Pace struct {
	Every time.Duration // between two looks at a file that is well
	Retry time.Duration // after a first failure; doubles with each further one
}

// soon is how long before and after an update is owed its file is looked at daily.
const soon = 3 * 24 * time.Hour

// Next returns when to look again after a look at now. Files are spread evenly
// over the interval by a number made of their id, so that they keep their place
// after a restart; around the day on which an update is owed they are looked
// at daily, and one that fails again and again less and less often.
func (p Pace) Next(f *File, s *Sight, due, late *time.Time, now time.Time) time.Time {
	wait := time.Duration(0)
	if !s.Seen() && s.Reason != NoHost {
		wait = p.Every
		if n := max(f.Failures, 1); n < 16 {
			wait = min(p.Retry<<(n-1), p.Every)
		}
	}
	wait = min(max(wait, s.RetryAfter), p.Every)
	if wait > 0 {
		return now.Add(wait)
	}
	next := slot(f.DistributionID, p.Every, now)
	if pressing(due, late, now, next) {
		next = slot(f.DistributionID, min(24*time.Hour, p.Every), now)
	}
	return next
}

// slot returns the first instant of the file's own after half an interval from now.
func slot(id string, every time.Duration, now time.Time) time.Time {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	offset := time.Duration(h.Sum64() % uint64(max(every, 1))) //nolint:gosec // below every, which is positive
	earliest := now.Add(every / 2)
	next := earliest.Truncate(every).Add(offset)
	if next.Before(earliest) {
		next = next.Add(every)
	}
	return next.UTC()
}

// pressing tells whether an update is awaited between now and next.
func pressing(due, late *time.Time, now, next time.Time) bool {
	if due == nil {
		return false
	}
	end := *due
	if late != nil && late.After(end) {
		end = *late
	}
	return next.After(due.Add(-soon)) && now.Before(end.Add(soon))
}

// Overdue tells whether a look is due: its time has come, or lies so far off
// that the clock must have been put back since.
func (p Pace) Overdue(next, now time.Time) bool {
	return !next.After(now) || next.After(now.Add(2*p.Every))
}

// Manners say how a site is treated.
type Manners struct {
	Pause  time.Duration // between two looks at one site
	Budget int           // looks at one site in a day
}

// maxBackOff bounds how long a site that fails is left alone.
const maxBackOff = 6 * time.Hour

// Visited notes a look at the host and says when it may be asked again.
func (h *Host) Visited(s *Sight, m Manners, now time.Time) {
	day := now.UTC().Format(time.DateOnly)
	if h.Day != day {
		h.Day, h.Used = day, 0
	}
	h.Used++
	wait := m.Pause
	switch s.Reason {
	case NoDNS, Connect, Timeout, TLSOther, Server, Throttled:
		h.Failures++
		wait = max(wait, min(m.Pause<<min(h.Failures, 16), maxBackOff))
	case Ours, NoHost, Refused:
	default:
		h.Failures = 0
	}
	h.NotBefore = now.Add(max(wait, min(s.RetryAfter, 24*time.Hour)))
	if m.Budget > 0 && h.Used >= m.Budget {
		tomorrow := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		if tomorrow.After(h.NotBefore) {
			h.NotBefore = tomorrow
		}
	}
}

// Free tells whether the host may be asked. What lies further off than any
// pause we ever make comes from a clock that was put back.
func (h *Host) Free(now time.Time) bool {
	return !h.NotBefore.After(now) || h.NotBefore.After(now.Add(25*time.Hour))
}
