package monitor

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		good, n   int64
		objective float64
		want      Answer
	}{
		{0, 0, 0.99, Undecidable},
		{100, 100, 0.99, Undecidable},
		{381, 381, 0.99, Kept},
		{380, 380, 0.99, Undecidable},
		{90, 100, 0.99, Missed},
		{99, 100, 0.99, Undecidable},
		{3838, 3838, 0.999, Kept},
		{1440, 1440, 0.999, Undecidable},
		{10, 10, 1, Undecidable},
	} {
		got, needed := Decide(tt.good, tt.n, tt.objective)
		if got != tt.want || got != Undecidable && needed != 0 {
			t.Errorf("%d of %d at %v: %s, %d more; want %s", tt.good, tt.n, tt.objective, got, needed, tt.want)
		}
	}
	if _, needed := Decide(100, 100, 0.99); needed != 281 {
		t.Errorf("%d more needed; want 281", needed)
	}
	if _, needed := Decide(99, 100, 0.99); needed != 0 {
		t.Errorf("%d more needed to tell 99 %% from 99 %%; no number can", needed)
	}
}

// What is said to be needed is enough, and one less is not.
func TestNeededIsExact(t *testing.T) {
	for _, n := range []int64{0, 1, 7, 50, 333} {
		for _, objective := range []float64{0.9, 0.95, 0.99} {
			answer, needed := Decide(n, n, objective)
			if answer != Undecidable {
				continue
			}
			if a, _ := Decide(n+needed, n+needed, objective); a == Undecidable {
				t.Errorf("%d and %d more at %v do not decide", n, needed, objective)
			}
			if a, _ := Decide(n+needed-1, n+needed-1, objective); a != Undecidable {
				t.Errorf("%d and %d more at %v: one less decides", n, needed, objective)
			}
		}
	}
}

func TestDecideTime(t *testing.T) {
	for _, tt := range []struct {
		of        Tally
		objective float64
		want      Answer
	}{
		{Tally{}, 0.99, Undecidable},
		{Tally{Up: time.Hour}, 0.99, Kept},
		{Tally{Up: 50 * time.Minute, Down: 10 * time.Minute}, 0.99, Missed},
		{Tally{Up: 50 * time.Minute, Down: 10 * time.Minute, MayUp: 10 * time.Minute}, 0.99, Undecidable},
		{Tally{Up: time.Hour, MayDown: time.Minute}, 0.99, Undecidable},
	} {
		if got := tt.of.DecideTime(tt.objective); got != tt.want {
			t.Errorf("%+v: %s; want %s", tt.of, got, tt.want)
		}
	}
}

// Apdex from histograms that were packed and merged is Apdex counted reading by reading.
func TestApdexAgainstReadings(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 200 {
		bound := ApdexBound(time.Duration(1+rng.IntN(4000)) * time.Millisecond)
		var whole Tally
		score, n := 0.0, 0
		for range 5 {
			var part Tally
			for range rng.IntN(50) {
				r := Reading{Verdict: Up, Attempt: 1, Phases: Phases{time.Duration(rng.ExpFloat64() * float64(time.Second)).Truncate(time.Microsecond)}}
				if rng.IntN(10) == 0 {
					r.Verdict = Down
				}
				r.Delayed = r.Verdict == Up && rng.IntN(10) == 0
				part.count(&r, false)
				switch took := r.Phases.Total(); {
				case r.Delayed:
					continue
				case r.Verdict == Down:
				case took <= bound:
					score++
				case took <= 4*bound:
					score += 0.5
				}
				n++
			}
			back := UnpackHistogram(part.Times.Pack())
			if back != part.Times {
				t.Fatalf("packed and unpacked: %v; want %v", back, part.Times)
			}
			whole.Add(&part)
		}
		got, any := whole.Apdex(bound)
		if any != (n > 0) || any && math.Abs(got-score/float64(n)) > 1e-9 {
			t.Fatalf("Apdex at %v: %v; reading by reading %v", bound, got, score/float64(n))
		}
	}
	if b := ApdexBound(0); b != ApdexDefault {
		t.Errorf("default bound %v; want %v", b, ApdexDefault)
	}
	if b := ApdexBound(time.Hour); 4*b > Bound(buckets-1)+time.Microsecond {
		t.Errorf("four times %v is beyond the last bucket", b)
	}
}

// What was packed with two buckets to the octave is read with the same bounds.
func TestOldHistogramsAreRead(t *testing.T) {
	// Counts of buckets 0, 1, 2 and 21: up to 0.5 ms, 0.707 ms, 1 ms and 724 ms.
	old := append([]byte{3, 0, 5}, make([]byte, 18)...)
	old = append(old, 0xac, 0x02)
	h := UnpackHistogram(old)
	if h.Count() != 308 || h[0] != 3 || h[4] != 5 || h[42] != 300 {
		t.Errorf("read %v", h)
	}
	if q, _ := h.Quantile(0.5); q != time.Duration(float64(floor)*math.Pow(2, 10.5)) {
		t.Errorf("median %v; want the old bucket's bound", q)
	}
	for _, bad := range [][]byte{{0x80, 0}, {0x80, 0, 80, 1}, {0x80, 0, 0xff}, {0x80, 0, 1}, {0x80, 0, 71, 1, 0, 1}} {
		if h := UnpackHistogram(bad); h.Count() != 0 {
			t.Errorf("%v read as %v", bad, h)
		}
	}
}

func FuzzUnpackHistogram(f *testing.F) {
	f.Add([]byte{0x80, 0, 3, 1, 0, 2})
	f.Add([]byte{3, 0, 5})
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, packed []byte) {
		h := UnpackHistogram(packed)
		if back := UnpackHistogram(h.Pack()); back != h {
			t.Errorf("%v packed again is %v", h, back)
		}
	})
}

// Merging is adding: in any order, of any parts, packed in between or not.
func TestMergingHistograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	var whole Histogram
	parts := make([]Histogram, 7)
	for range 5000 {
		d := time.Duration(rng.ExpFloat64() * float64(200*time.Millisecond))
		whole.Add(d)
		parts[rng.IntN(len(parts))].Add(d)
	}
	rng.Shuffle(len(parts), func(a, b int) { parts[a], parts[b] = parts[b], parts[a] })
	var merged Histogram
	for n := range parts {
		back := UnpackHistogram(parts[n].Pack())
		merged.Merge(&back)
	}
	if merged != whole {
		t.Errorf("merged %v; want %v", merged, whole)
	}
}
