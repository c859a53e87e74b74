package monitor

import "time"

// Miss says why a look that was due did not happen: a closed set, safe as a
// metric label and stored by name.
type Miss string

// The causes.
const (
	MissLate       Miss = "late"       // the rounds themselves came too late
	MissRunning    Miss = "running"    // the look before was still under way
	MissOverloaded Miss = "overloaded" // it waited for a place until the next was due
	MissPolite     Miss = "polite"     // the host asked to be left alone, or has all the visitors it gets
	MissClock      Miss = "clock"      // the clock was put forward, or the machine slept
	MissStopped    Miss = "stopped"    // the program was not running
	MissAway       Miss = "away"       // the agent that looks from there was away
	// MissBlind is no look missed: they happened, and our own link was down.
	MissBlind Miss = "blind"
)

// Misses lists the causes of missed looks.
func Misses() []Miss {
	return []Miss{MissLate, MissRunning, MissOverloaded, MissPolite, MissClock, MissStopped, MissAway}
}

// MissCount is how often looks were missed for a cause.
type MissCount struct {
	Cause Miss
	Count int64
}

// Gap is a stretch of time in which looks were missed for one cause, or in
// which we were blind. It explains a hole in what is known.
type Gap struct {
	ID        int64 `gorm:"primaryKey"`
	CheckID   int64 // 0: every check
	Cause     Miss
	StartedAt time.Time // when the first was due
	EndedAt   time.Time // when the last was
	Missed    int64     // looks
}

// TableName names the table of gaps.
func (Gap) TableName() string { return "watch_gaps" }

// Blind returns when nothing could be seen at all, of the gaps of every check.
func Blind(gaps []Gap) []Span {
	var spans []Span
	for _, g := range gaps {
		if g.CheckID == 0 {
			spans = append(spans, Span{g.StartedAt, g.EndedAt})
		}
	}
	return Spans(spans...)
}
