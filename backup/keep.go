package backup

import (
	"slices"
	"strings"
	"time"
)

// Keep says how many backups are kept: the newest of each of so many days,
// weeks and months that have one.
type Keep struct{ Daily, Weekly, Monthly int }

const (
	namePrefix = "jard-"
	// Suffix ends the names of backups.
	Suffix   = ".jardbackup"
	nameTime = "20060102T150405Z"
)

// Name is what a backup of that moment is called in the folder of timed backups.
func Name(at time.Time) string { return namePrefix + at.UTC().Format(nameTime) + Suffix }

// Made tells when a backup of the folder was made; ok is false for the name of
// anything else, which is never touched.
func Made(name string) (at time.Time, ok bool) {
	middle, begins := strings.CutPrefix(name, namePrefix)
	middle, ends := strings.CutSuffix(middle, Suffix)
	at, err := time.Parse(nameTime, middle)
	return at, begins && ends && err == nil && Name(at) == name
}

// Spare returns which of the names in a folder may go. Days, weeks (from
// Monday) and months are those of zone; a day without a backup uses up none of
// the number. The newest backup always stays. What a clock that was wrong dated
// after now stays and uses up nothing: it would push out what is made today.
func (k Keep) Spare(names []string, zone *time.Location, now time.Time) []string {
	var made []string
	for _, name := range names {
		if at, ok := Made(name); ok && !at.After(now) {
			made = append(made, name)
		}
	}
	slices.Sort(made)
	slices.Reverse(made) // newest first: names sort by time
	stay := map[string]bool{}
	if len(made) > 0 {
		stay[made[0]] = true
	}
	for _, rule := range []struct {
		number int
		of     func(time.Time) [3]int
	}{{k.Daily, day}, {k.Weekly, week}, {k.Monthly, month}} {
		seen := map[[3]int]bool{}
		for _, name := range made {
			at, _ := Made(name)
			span := rule.of(at.In(zone))
			if seen[span] || len(seen) == rule.number {
				continue
			}
			seen[span], stay[name] = true, true
		}
	}
	return slices.DeleteFunc(made, func(name string) bool { return stay[name] })
}

func day(t time.Time) [3]int { y, m, d := t.Date(); return [3]int{y, int(m), d} }

func week(t time.Time) [3]int { y, w := t.ISOWeek(); return [3]int{y, w} }

func month(t time.Time) [3]int { y, m, _ := t.Date(); return [3]int{y, int(m)} }
