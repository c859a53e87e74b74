package schedule

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
)

// maxOccasions bounds what is listed of a line that comes every minute.
const maxOccasions = 10_000

// Occasions returns the moments of a cron line in from..to, as they are
// written: without the offset that keeps checks apart. A window that repeats
// begins when people were told that it does.
func Occasions(line string, zone *time.Location, from, to time.Time) ([]time.Time, error) {
	if strings.HasPrefix(strings.TrimSpace(line), "@every") {
		return nil, fault.At("schedule", "check.schedule.invalid", shorten(line))
	}
	p, err := Parse(line, zone)
	if err != nil {
		return nil, err
	}
	var list []time.Time
	for at := p.line.Next(from.Add(-time.Second).In(zone)); !at.IsZero() && at.Before(to) && len(list) < maxOccasions; at = p.line.Next(at) {
		if !at.Before(from) {
			list = append(list, at.UTC())
		}
	}
	return list, nil
}
