package monitor

import (
	"math/rand/v2"
	"testing"
	"time"
)

// line makes readings of one minute apart: u up, D down, s suspect, ? unknown,
// space for none.
func line(letters string) []Reading {
	var rs []Reading
	for n, l := range letters {
		if l == ' ' {
			continue
		}
		v := map[rune]Verdict{'u': Up, 'D': Down, 's': Suspect, '?': Unknown, 'g': Degraded}[l]
		rs = append(rs, Reading{
			At: noon.Add(time.Duration(n) * time.Minute), Every: time.Minute, Verdict: v,
			Phases: Phases{0, 0, 0, time.Duration(n+1) * time.Millisecond, 0},
		})
	}
	return rs
}

func TestSum(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		minutes    int
		up, down   time.Duration
		readings   int64
	}{
		{"an hour of ups", "uuuuuuuuuu", 10, 10 * time.Minute, 0, 10},
		{"a suspicion that proves true is down from its start", "uussDDuu", 8, 4 * time.Minute, 4 * time.Minute, 8},
		{"one that does not is up", "uusuuuuu", 8, 8 * time.Minute, 0, 8},
		{"a flaw counts as answering", "uugg", 4, 4 * time.Minute, 0, 4},
		{"unknown is neither", "uu??uu", 6, 4 * time.Minute, 0, 6},
		{"a gap is not known beyond what a reading speaks for", "uu      uu", 10, 5 * time.Minute, 0, 4},
		{"down before a gap as well", "uD      uu", 10, 3 * time.Minute, 2 * time.Minute, 4},
		{"nothing at all", "", 10, 0, 0, 0},
		{"a suspicion nobody followed up is unknown", "us", 2, time.Minute, 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Sum(line(tt.line), noon, noon.Add(time.Duration(tt.minutes)*time.Minute), nil)
			if got.Up != tt.up || got.Down != tt.down || got.Readings != tt.readings {
				t.Errorf("up %v, down %v, %d readings; want %v, %v, %d",
					got.Up, got.Down, got.Readings, tt.up, tt.down, tt.readings)
			}
		})
	}
}

// Whatever way a period is cut, its parts add up to the whole.
func TestSumsOfPartsAddUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		letters := make([]byte, 60)
		for n := range letters {
			letters[n] = "uuuuus?D g"[rng.IntN(10)]
		}
		rs := line(string(letters))
		end := noon.Add(time.Hour)
		whole := Sum(rs, noon, end, nil)
		cut := noon.Add(time.Duration(rng.IntN(3600)) * time.Second)
		first, second := Sum(rs, noon, cut, nil), Sum(rs, cut, end, nil)
		first.Add(&second)
		if first != whole {
			t.Fatalf("%s cut at %v: %+v; want %+v", letters, cut, first, whole)
		}
		var ups, downs time.Duration
		at := noon
		for _, s := range Ribbon(rs, noon, end, nil) {
			if !s.From.Equal(at) || !s.To.After(s.From) {
				t.Fatalf("ribbon of %s has a hole at %v", letters, at)
			}
			at = s.To
			switch {
			case s.Verdict.Answers():
				ups += s.To.Sub(s.From)
			case s.Verdict == Down:
				downs += s.To.Sub(s.From)
			}
		}
		if !at.Equal(end) || ups != whole.Up || downs != whole.Down {
			t.Fatalf("ribbon of %s: up %v down %v; want %v %v", letters, ups, downs, whole.Up, whole.Down)
		}
	}
}

func TestAvailabilityAndCoverage(t *testing.T) {
	tally := Tally{Up: 45 * time.Minute, Down: 5 * time.Minute}
	if got, ok := tally.Availability(); !ok || got != 0.9 {
		t.Errorf("availability %v, %v; want 0.9", got, ok)
	}
	if got := tally.Coverage(100 * time.Minute); got != 0.5 {
		t.Errorf("coverage %v; want 0.5", got)
	}
	if _, ok := (&Tally{}).Availability(); ok {
		t.Error("nothing known is not 0 %")
	}
	if got := tally.Coverage(0); got != 0 {
		t.Errorf("coverage of nothing %v; want 0", got)
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if _, ok := h.Quantile(0.5); ok {
		t.Error("an empty histogram has no median")
	}
	for n := 1; n <= 1000; n++ {
		h.Add(time.Duration(n) * time.Millisecond)
	}
	for _, q := range []float64{0.1, 0.5, 0.9, 0.99} {
		got, _ := h.Quantile(q)
		exact := time.Duration(q * float64(time.Second))
		if got < exact || float64(got) > 1.2*float64(exact) {
			t.Errorf("quantile %v = %v; want within a fifth above %v", q, got, exact)
		}
	}
	if back := UnpackHistogram(h.Pack()); back != h {
		t.Errorf("packed and unpacked: %v; want %v", back, h)
	}
	if back := UnpackHistogram([]byte{0xff}); back.Count() != 0 {
		t.Error("what cannot be read is empty")
	}
	h.Add(0)
	h.Add(time.Hour)
	if h.Count() != 1002 || h[0] != 1 || h[len(h)-1] != 1 {
		t.Errorf("extremes fell out: %v", h)
	}
	for n := range buckets {
		if got := bucketOf(Bound(n)); got != n && n < buckets {
			t.Errorf("bound %v of bucket %d falls in %d", Bound(n), n, got)
		}
	}
}
