package schedule

import (
	"math/bits"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/jard-odi/jard/monitor"
)

// Count returns how many runs there are after a moment and not after another.
// It costs some arithmetic a day, however many runs a day has: a program that
// was stopped for a month must not count its turns one by one.
func (t Timetable) Count(after, until time.Time) int64 {
	if !after.Before(until) {
		return 0
	}
	if t.layers == nil {
		return t.count(after, until)
	}
	base, n := t, int64(0)
	base.layers = nil
	for at := after; at.Before(until); {
		end := at.Add(longestReach)
		if end.After(until) {
			end = until
		}
		n += t.layers.count(at, end, base)
		at = end
	}
	return n
}

// count is Count where one pace holds always.
func (t Timetable) count(after, until time.Time) int64 {
	if t.plan.every > 0 {
		step, shift := int64(t.plan.every), int64(t.offset)
		return floor(until.UnixNano()-shift, step) - floor(after.UnixNano()-shift, step)
	}
	after, until = after.Add(-t.offset).In(t.plan.zone), until.Add(-t.offset).In(t.plan.zone)
	line, ok := t.plan.line.(*cron.SpecSchedule)
	if !ok {
		return oneByOne(t.plan.line, after, until)
	}
	n := int64(0)
	y, m, d := after.Date()
	for day := d; ; day++ {
		midnight, next := time.Date(y, m, day, 0, 0, 0, 0, t.plan.zone), time.Date(y, m, day+1, 0, 0, 0, 0, t.plan.zone)
		if midnight.After(until) {
			return n
		}
		from, to := midnight.Add(-1), next.Add(-1)
		if from.Before(after) {
			from = after
		}
		if to.After(until) {
			to = until
		}
		switch {
		case !dayMatches(line, midnight):
		case next.Sub(midnight) != dayLength: // clocks are put forward or back
			n += oneByOne(line, from, to)
		default:
			n += dayRuns(line, to.Sub(midnight)) - dayRuns(line, from.Sub(midnight))
		}
	}
}

// dayRuns returns how many runs a day has had, so long after its midnight.
func dayRuns(line *cron.SpecSchedule, since time.Duration) int64 {
	if since < 0 {
		return 0
	}
	below := func(field uint64, n time.Duration) int64 { // of the values that a field names, those below n
		return int64(bits.OnesCount64(field &^ starBit & (1<<uint(n) - 1))) //nolint:gosec // 0..60
	}
	hour, minute, second := since/time.Hour, since%time.Hour/time.Minute, since%time.Minute/time.Second
	n := below(line.Hour, hour) * below(line.Minute, 60)
	if line.Hour&(1<<uint(hour)) != 0 { //nolint:gosec // 0..23
		n += below(line.Minute, minute)
		if line.Minute&(1<<uint(minute)) != 0 { //nolint:gosec // 0..59
			return n*below(line.Second, 60) + below(line.Second, second+1)
		}
	}
	return n * below(line.Second, 60)
}

const dayLength = 24 * time.Hour

// floor divides and rounds down, which Go does not below zero.
func floor(a, b int64) int64 {
	if q := a / b; a%b >= 0 || a >= 0 {
		return q
	}
	return a/b - 1
}

// oneByOne counts runs of a day, or of what we know nothing about: bounded.
func oneByOne(line cron.Schedule, after, until time.Time) (n int64) {
	const most = 100_000
	for run := line.Next(after); !run.IsZero() && !run.After(until) && n < most; run = line.Next(run) {
		n++
	}
	return n
}

// starBit is how the library remembers that a field was a star.
const starBit = uint64(1) << 63

// dayMatches tells whether a line has runs on a day, as the library does: where
// both kinds of days are named, either will do.
func dayMatches(line *cron.SpecSchedule, day time.Time) bool {
	if line.Month&(1<<uint(day.Month())) == 0 { //nolint:gosec // 1..12
		return false
	}
	ofMonth := line.Dom&(1<<uint(day.Day())) != 0    //nolint:gosec // 1..31
	ofWeek := line.Dow&(1<<uint(day.Weekday())) != 0 //nolint:gosec // 0..6
	if line.Dom&starBit != 0 || line.Dow&starBit != 0 {
		return ofMonth && ofWeek
	}
	return ofMonth || ofWeek
}

// longestReach is for how long layers are asked at once when runs are counted.
const longestReach = 32 * dayLength

// count returns how many runs there are after a moment and not after another.
func (l *layers) count(after, until time.Time, base Timetable) (n int64) {
	at := after
	for _, p := range l.stretches(after, until.Add(1)) {
		n += base.between(at, p.From, after, until) + l.tables[p.table].between(p.From, p.To, after, until)
		at = p.To
	}
	return n + base.between(at, until.Add(1), after, until)
}

// between counts the runs in a stretch, its end excluded, that lie after a
// moment and not after another.
func (t Timetable) between(from, to, after, until time.Time) int64 {
	from, to = from.Add(-1), to.Add(-1)
	if from.Before(after) {
		from = after
	}
	if to.After(until) {
		to = until
	}
	if !from.Before(to) {
		return 0
	}
	return t.count(from, to)
}

// stretches are the times in from..to in which another pace applies.
func (l *layers) stretches(from, to time.Time) []stretch {
	var parts []stretch
	var taken []monitor.Span
	for n, open := range l.open {
		spans := open(from, to)
		for _, s := range monitor.Without(spans, taken) {
			parts = append(parts, stretch{s, n})
		}
		taken = monitor.Spans(append(taken, spans...)...)
	}
	inOrder(parts)
	return parts
}
