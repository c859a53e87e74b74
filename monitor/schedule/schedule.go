// Package schedule reads when a check is due: "@every 60s" or a cron line. It
// is the only door of the watch to the cron library.
//
// Every check gets an offset from its own name, the same on each start, so
// that a thousand checks of one minute spread over the minute and a restart
// shifts none of them.
package schedule

import (
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/jard-odi/jard/fault"
)

// maxCronOffset bounds how far a cron line is shifted: who writes
// "0 8 * * *" means eight o'clock.
const maxCronOffset = 60 * time.Second

// maxLength bounds what is parsed.
const maxLength = 200

// Plan is a schedule before it belongs to a check.
type Plan struct {
	every time.Duration // of "@every"; 0 for a cron line
	line  cron.Schedule
	zone  *time.Location
}

// Parse reads spec. Cron lines are read in zone.
func Parse(spec string, zone *time.Location) (Plan, error) {
	spec = strings.TrimSpace(spec)
	if spec == "" {
		return Plan{}, fault.At("schedule", "fault.required")
	}
	invalid := fault.At("schedule", "check.schedule.invalid", shorten(spec))
	if rest, ok := strings.CutPrefix(spec, "@every "); ok {
		every, err := time.ParseDuration(strings.TrimSpace(rest))
		if err != nil || every < time.Second || every > 366*24*time.Hour || every%time.Second != 0 {
			return Plan{}, invalid
		}
		return Plan{every: every, zone: zone}, nil
	}
	// The zone is a setting of the installation; the library also panics on some
	// lines that name one.
	if len(spec) > maxLength || strings.Contains(spec, "=") || strings.HasPrefix(spec, "@every") {
		return Plan{}, invalid
	}
	line, err := cron.ParseStandard(spec)
	if err != nil {
		return Plan{}, invalid
	}
	p := Plan{line: line, zone: zone}
	if p.line.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return Plan{}, fault.At("schedule", "check.schedule.never", spec) // 30 February
	}
	return p, nil
}

func shorten(s string) string {
	if r := []rune(strings.ToValidUTF8(s, "?")); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// Every returns the shortest time between two runs.
func (p Plan) Every() time.Duration {
	if p.every > 0 {
		return p.every
	}
	// A cron line of minutes repeats within the day, one of weekdays within a
	// month; a hundred runs from a Monday show the shortest gap of either.
	shortest := time.Duration(1<<63 - 1)
	at := p.line.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	for range 100 {
		next := p.line.Next(at)
		if next.IsZero() {
			break
		}
		shortest = min(shortest, next.Sub(at))
		at = next
	}
	return shortest
}

// Period is Every as the rules of monitor ask for it.
func Period(spec string) (time.Duration, error) {
	p, err := Parse(spec, time.UTC)
	if err != nil {
		return 0, err
	}
	return p.Every(), nil
}

// Timetable is a plan with the offset of one check.
type Timetable struct {
	plan   Plan
	offset time.Duration
	every  time.Duration
	layers *layers // nil: the same pace always
}

// For returns the timetable of the check that key names.
func (p Plan) For(key string) Timetable {
	t := Timetable{plan: p, every: p.Every()}
	room := t.every
	if p.every == 0 {
		room = min(room, maxCronOffset)
	}
	t.offset = Offset(key, room)
	return t
}

// Offset returns a moment inside room that depends on key alone.
func Offset(key string, room time.Duration) time.Duration {
	if room <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	// FNV leaves neighbouring names close together; this mixes them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return time.Duration(x % uint64(room)).Truncate(time.Microsecond)
}

// Every returns the shortest time between two runs where no layer applies.
func (t Timetable) Every() time.Duration { return t.every }

// Next returns the first run after `after`. "@every" runs on a fixed grid that
// starts and restarts of the program do not move.
func (t Timetable) Next(after time.Time) time.Time {
	if t.layers != nil {
		return t.layers.next(after, t)
	}
	if t.plan.every > 0 {
		since := after.UnixNano() - int64(t.offset)
		step := int64(t.plan.every)
		return time.Unix(0, (since/step+1)*step+int64(t.offset)).UTC()
	}
	return t.plan.line.Next(after.Add(-t.offset).In(t.plan.zone)).Add(t.offset).UTC()
}
