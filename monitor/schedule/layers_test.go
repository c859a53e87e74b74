package schedule

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func plan(t testing.TB, spec string) Plan {
	t.Helper()
	p, err := Parse(spec, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// during is open in the spans that lie in from..to.
func during(spans ...monitor.Span) func(from, to time.Time) []monitor.Span {
	return func(from, to time.Time) []monitor.Span {
		return monitor.Common(monitor.Spans(spans...), []monitor.Span{{From: from, To: to}})
	}
}

func minutes(from, to int) monitor.Span {
	return monitor.Span{From: start.Add(time.Duration(from) * time.Minute), To: start.Add(time.Duration(to) * time.Minute)}
}

func TestALayerChangesThePace(t *testing.T) {
	base := plan(t, "@every 5m").For("a")
	table := base.With("a", []Layer{{Plan: plan(t, "@every 15s"), Open: during(minutes(60, 120))}})
	count := func(from, to int) (n int) {
		for at := table.Next(start.Add(time.Duration(from)*time.Minute - 1)); at.Before(start.Add(time.Duration(to) * time.Minute)); at = table.Next(at) {
			n++
		}
		return n
	}
	if before, inside, after := count(0, 60), count(60, 120), count(120, 180); before != 12 || inside != 240 || after != 12 {
		t.Errorf("%d, %d and %d looks an hour; want 12, 240 and 12", before, inside, after)
	}
	for at, want := range map[int]time.Duration{0: 5 * time.Minute, 60: 15 * time.Second, 119: 15 * time.Second, 120: 5 * time.Minute} {
		if got := table.EveryAt(start.Add(time.Duration(at) * time.Minute)); got != want {
			t.Errorf("minute %d: every %v; want %v", at, got, want)
		}
	}
	if table.Shortest() != 15*time.Second || table.Every() != 5*time.Minute || base.With("a", nil) != base {
		t.Errorf("shortest %v, every %v", table.Shortest(), table.Every())
	}
}

// The runs of a table with layers are those of each pace inside its own time.
func TestLayersAgainstEachPaceAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	specs := []string{"@every 15s", "@every 60s", "@every 7m", "*/10 * * * *", "0 * * * *"}
	for range 20 {
		key := string(rune('a' + rng.IntN(26)))
		base := plan(t, specs[rng.IntN(len(specs))])
		var list []Layer
		var spans [][]monitor.Span
		for range rng.IntN(4) {
			var open []monitor.Span
			for range 1 + rng.IntN(3) {
				from := rng.IntN(300)
				open = append(open, minutes(from, from+rng.IntN(90)))
			}
			list = append(list, Layer{Plan: plan(t, specs[rng.IntN(len(specs))]), Open: during(open...)})
			spans = append(spans, open)
		}
		table := base.For(key).With(key, list)
		in := func(at time.Time) Timetable {
			best := base.For(key)
			found := false
			for n, l := range list {
				if monitor.Inside(spans[n], at) && (!found || l.Plan.Every() < best.Every()) {
					best, found = l.Plan.For(key), true
				}
			}
			return best
		}
		end := start.Add(6 * time.Hour)
		var want []time.Time
		for at := start; at.Before(end); at = at.Add(time.Minute) {
			pace := in(at)
			for run := pace.Next(at.Add(-1)); run.Before(at.Add(time.Minute)); run = pace.Next(run) {
				want = append(want, run)
			}
		}
		got := table.Next(start.Add(-1))
		for n, run := range want {
			if !got.Equal(run) {
				t.Fatalf("run %d at %v; want %v", n, got, run)
			}
			got = table.Next(got)
		}
	}
}

func TestALayerOfYearsAgoChangesNothing(t *testing.T) {
	table := plan(t, "0 0 1 1 *").For("x").With("x", []Layer{{Plan: plan(t, "@every 60s"), Open: during(minutes(-600, -300))}})
	next := table.Next(start)
	if next.Year() != 2027 || next.Month() != time.January || next.Day() != 1 {
		t.Errorf("next run %v; want the first of January", next)
	}
}

// Cron lines in a zone with summer time: a run that falls into the hour that
// is skipped is left out that day, and one in the hour that comes twice runs as
// the library says, but never twice at the same moment and never backwards.
func TestWhenClocksChange(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []time.Time{time.Date(2026, 3, 28, 12, 0, 0, 0, paris), time.Date(2026, 10, 24, 12, 0, 0, 0, paris)} {
		for _, spec := range []string{"30 2 * * *", "*/15 * * * *", "0 8 * * *", "@every 60s"} {
			p, err := Parse(spec, paris)
			if err != nil {
				t.Fatal(err)
			}
			table := p.For("b3/home")
			last, runs := day, 0
			for at := table.Next(day); at.Before(day.Add(48 * time.Hour)); at = table.Next(at) {
				if !at.After(last) {
					t.Fatalf("%s: %v after %v", spec, at, last)
				}
				last = at
				runs++
			}
			want := map[string]int{"*/15 * * * *": 192, "@every 60s": 2880, "0 8 * * *": 2}[spec]
			if want > 0 && runs != want {
				t.Errorf("%s around %s: %d runs in 48 hours; want %d", spec, day.Format(time.DateOnly), runs, want)
			}
			if spec == "30 2 * * *" && (runs < 1 || runs > 3) {
				t.Errorf("%s around %s: %d runs", spec, day.Format(time.DateOnly), runs)
			}
		}
	}
}
