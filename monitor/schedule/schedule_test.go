package schedule

import (
	"fmt"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
)

func tunis(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Tunis")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		spec  string
		every time.Duration // 0: refused
	}{
		{"@every 60s", time.Minute},
		{"  @every 90s ", 90 * time.Second},
		{"@every 1h", time.Hour},
		{"@every 5m", 5 * time.Minute},
		{"@hourly", time.Hour},
		{"@daily", 24 * time.Hour},
		{"* * * * *", time.Minute},
		{"*/15 * * * *", 15 * time.Minute},
		{"0 8 * * *", 24 * time.Hour},
		{"0 8,9 * * *", time.Hour},
		{"0 8 * * 1-5", 24 * time.Hour},
		{"0 0 29 2 *", 4 * 365 * 24 * time.Hour},
		{"", 0},
		{"@every", 0},
		{"@every 0s", 0},
		{"@every -5s", 0},
		{"@every 500ms", 0},
		{"@every 90000h", 0},
		{"@every tomorrow", 0},
		{"@sometimes", 0},
		{"60", 0},
		{"0 0 30 2 *", 0},
		{"61 * * * *", 0},
		{"* * * * * *", 0},
		{"TZ=UTC", 0},
		{"CRON_TZ=Africa/Tunis 0 8 * * *", 0},
		{"TZ=0", 0},
		{"\xff\xfe", 0},
	} {
		t.Run(tt.spec, func(t *testing.T) {
			got, err := Period(tt.spec)
			if tt.every == 0 {
				if kind, ok := fault.KindOf(err); !ok || kind != fault.Invalid {
					t.Errorf("Period(%q) = %v, %v; want an Invalid fault", tt.spec, got, err)
				}
				return
			}
			// A leap year more or less does not matter here.
			if err != nil || (got-tt.every).Abs() > 48*time.Hour || tt.every < 48*time.Hour && got != tt.every {
				t.Errorf("Period(%q) = %v, %v; want %v", tt.spec, got, err, tt.every)
			}
		})
	}
}

func TestEveryRunsOnAFixedGrid(t *testing.T) {
	plan, err := Parse("@every 60s", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	table := plan.For("b3/http")
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	first := table.Next(start)
	if wait := first.Sub(start); wait <= 0 || wait > time.Minute {
		t.Errorf("first run %v after start; want within the period", wait)
	}
	for n := range 5 {
		// Restarting at any moment inside the period finds the same next run.
		if got := table.Next(first.Add(time.Duration(n)*time.Minute + 17*time.Second)); got != first.Add(time.Duration(n+1)*time.Minute) {
			t.Errorf("run %d = %v; want %v", n+1, got, first.Add(time.Duration(n+1)*time.Minute))
		}
	}
	if got := table.Next(first); got != first.Add(time.Minute) {
		t.Errorf("Next(%v) = %v; a run never follows itself", first, got)
	}
}

func TestCronKeepsItsHour(t *testing.T) {
	plan, err := Parse("0 8 * * *", tunis(t))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		next := plan.For(fmt.Sprint("check", n)).Next(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		eight := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC) // 08:00 in Tunis
		if next.Before(eight) || next.Sub(eight) >= time.Minute {
			t.Errorf("run at %v; want within a minute of %v", next, eight)
		}
	}
}

func TestOffsetsSpread(t *testing.T) {
	const checks, slots = 10_000, 10
	var slot [slots]int
	for n := range checks {
		off := Offset(fmt.Sprintf("service-%d/http", n), time.Minute)
		if off < 0 || off >= time.Minute {
			t.Fatalf("offset %v is outside the period", off)
		}
		slot[int(off*slots/time.Minute)]++
	}
	for n, got := range slot {
		if got < checks/slots*9/10 || got > checks/slots*11/10 {
			t.Errorf("slot %d holds %d of %d checks; want about %d", n, got, checks, checks/slots)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"@every 60s", "0 8 * * *", "TZ=0", "@", "*/0 * * * *", "1-0 * * * *"} {
		f.Add(s)
	}
	after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		plan, err := Parse(spec, time.UTC)
		if err != nil {
			return
		}
		if next := plan.For("x").Next(after); !next.After(after) {
			t.Errorf("Parse(%q): next run %v is not after %v", spec, next, after)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	plan, err := Parse("@every 60s", time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	table, at := plan.For("x"), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		at = table.Next(at)
	}
}
