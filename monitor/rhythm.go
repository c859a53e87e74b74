package monitor

import "time"

// Rhythm is how often a check answered slowly or not at all, by weekday and
// hour: what is always the same hour has a cause.
type Rhythm [7][24]Beat

// Beat is one hour of the week.
type Beat struct {
	Looks int64 // that say something about the service
	Bad   int64 // of these, slow or failed
}

// Share returns the share of slow and failed looks, and false when there were none.
func (b Beat) Share() (float64, bool) {
	if b.Looks == 0 {
		return 0, false
	}
	return float64(b.Bad) / float64(b.Looks), true
}

// Add counts an hour that began at start in the zone that days are cut in.
// An answer is slow when it took longer than within, which is a bound of the
// histogram. Monday is the first row.
func (r *Rhythm) Add(start time.Time, t *Tally, within time.Duration) {
	b := &r[(int(start.Weekday())+6)%7][start.Hour()]
	timed := int64(t.Times.Count()) //nolint:gosec // never that many
	failed := t.Asked - t.Answered
	b.Looks += timed + failed
	b.Bad += timed - int64(t.Times.Below(within)) + failed //nolint:gosec // not more than timed
}

// PhaseShares returns how the mean response time of a stretch divides into
// phases, and false when nothing is known of them.
func (t *Tally) PhaseShares() (mean Phases, known bool) {
	count, whole := int64(t.Times.Count()), t.Phases.Total() //nolint:gosec // never that many
	if count == 0 || whole == 0 {
		return mean, false
	}
	// Of a stretch that began before phases were summed up they are a part.
	for n, d := range t.Phases {
		mean[n] = time.Duration(float64(t.Took) / float64(count) * float64(d) / float64(whole))
	}
	return mean, true
}
