package schedule

import (
	"math/rand/v2"
	"testing"
	"time"
)

// counted is Count, by walking.
func counted(t Timetable, after, until time.Time) (n int64) {
	for run := t.Next(after); !run.After(until); run = t.Next(run) {
		n++
	}
	return n
}

func TestCountIsWhatWalkingCounts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	specs := []string{
		"* * * * *", "*/7 8-17 * * 1-5", "0 8 * * *", "30 2 * * *", "5,35 */3 1,15 * *", "0 0 13 * 5", "0 12 31 * *", "0 9 29 2 *",
		"@every 60s", "@every 7m", "@hourly", "@monthly", "0 0 * 3,10 0",
	}
	for _, spec := range specs {
		for _, zone := range []*time.Location{time.UTC, paris} {
			p, err := Parse(spec, zone)
			if err != nil {
				t.Fatal(err)
			}
			for range 8 {
				table := p.For(string(rune('a' + rng.IntN(26))))
				after := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.Int64N(int64(40 * dayLength))))
				until := after.Add(time.Duration(rng.Int64N(int64(30 * dayLength))))
				if got, want := table.Count(after, until), counted(table, after, until); got != want {
					t.Errorf("%s in %s, %v to %v: %d runs; want %d", spec, zone, after, until, got, want)
				}
				// On a run itself: after it, and not after it.
				run := table.Next(after)
				if table.Count(after, run) != 1 || table.Count(run, run.Add(time.Second-1)) != 0 || table.Count(run, after) != 0 {
					t.Errorf("%s in %s: the run at %v is not counted once", spec, zone, run)
				}
			}
		}
	}
}

func TestCountUnderLayersIsWhatWalkingCounts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	specs := []string{"@every 15s", "@every 60s", "@every 7m", "*/10 * * * *", "0 * * * *"}
	for range 60 {
		key := string(rune('a' + rng.IntN(26)))
		var list []Layer
		for range 1 + rng.IntN(3) {
			from := rng.IntN(3000)
			list = append(list, Layer{Plan: plan(t, specs[rng.IntN(len(specs))]), Open: during(minutes(from, from+rng.IntN(900)))})
		}
		table := plan(t, specs[rng.IntN(len(specs))]).For(key).With(key, list)
		after := start.Add(time.Duration(rng.IntN(1000)) * time.Minute).Add(time.Duration(rng.IntN(1000)))
		until := after.Add(time.Duration(rng.Int64N(int64(2 * dayLength))))
		if got, want := table.Count(after, until), counted(table, after, until); got != want {
			t.Errorf("%v to %v: %d runs; want %d", after, until, got, want)
		}
	}
}

// BenchmarkCount counts the turns of a month in which nobody looked.
func BenchmarkCount(b *testing.B) {
	for name, spec := range map[string]string{"every second": "@every 1s", "cron of a minute": "* * * * *"} {
		table := plan(b, spec).For("x")
		layered := table.With("x", []Layer{{Plan: plan(b, "@every 1s"), Open: during(minutes(60, 120))}})
		for how, of := range map[string]Timetable{"": table, " with a window": layered} {
			b.Run(name+how, func(b *testing.B) {
				for b.Loop() {
					of.Count(start, start.AddDate(0, 1, 0))
				}
			})
		}
	}
}
