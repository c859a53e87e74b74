package stats

import "testing"

// The French lines of satisfaction: green from 8, red below 5.
func TestColour(t *testing.T) {
	for _, tt := range []struct {
		low, high float64
		want      Band
	}{
		{8, 9, Green},
		{8.2, 8.2, Green},
		{7.9, 8.1, Undecidable},
		{5, 7.9, Amber},
		{5, 8, Undecidable},
		{4.9, 5.1, Undecidable},
		{3, 4.9, Red},
		{3, 5, Undecidable},
		{4, 9, Undecidable},
		{0, 10, Undecidable},
		{9, 8, Undecidable},
	} {
		if got := Colour(Interval{tt.low, tt.high}, 5, 8); got != tt.want {
			t.Errorf("%v to %v: %s; want %s", tt.low, tt.high, got, tt.want)
		}
	}
	if got := Colour(Interval{3, 4}, 8, 5); got != Undecidable {
		t.Errorf("lines that are the wrong way round: %s", got)
	}
	if got := Colour(Interval{3, 4}, 5, 5); got != Red {
		t.Errorf("one line for both: %s", got)
	}
}

// What is said to be needed decides, and one less does not.
func TestNeededToDecideIsExact(t *testing.T) {
	for _, n := range []int64{0, 1, 7, 50, 333} {
		for _, good := range []int64{n, n * 9 / 10, n * 8 / 10, n / 2} {
			d := DecideShare(good, n, 0.7, 0.85)
			if d.Band != Undecidable {
				continue
			}
			p := 1.0
			if n > 0 {
				p = float64(good) / float64(n)
			}
			at := func(more int64) Band { return Colour(wilson(p, float64(n+more), Z).Interval, 0.7, 0.85) }
			if d.Needed == 0 || at(d.Needed) == Undecidable || d.Needed > 1 && at(d.Needed-1) != Undecidable {
				t.Errorf("%d of %d: %d more needed, with which it is %s", good, n, d.Needed, at(d.Needed))
			}
		}
	}
	if d := DecideShare(70, 100, 0.5, 0.7); d.Band != Undecidable || d.Needed != 0 {
		t.Errorf("on the line itself: %+v", d)
	}
	if d := DecideShare(381, 381, 0.5, 0.99); d.Band != Green || d.Needed != 0 {
		t.Errorf("381 of 381 against 99 %%: %+v", d)
	}
	if d := DecideShare(380, 380, 0.5, 0.99); d.Band != Undecidable || d.Needed != 1 {
		t.Errorf("380 of 380 against 99 %%: %+v", d)
	}
}

func TestDecidingByMeans(t *testing.T) {
	some := Counted(2, 3, 5, 20, 20) // mean 7.65
	d := some.DecideMean10(5, 7)
	if d.Band != Undecidable || d.Needed < 10 || d.Needed > 500 {
		t.Fatalf("%+v", d)
	}
	// As many more that answer alike do decide.
	times := (d.Needed+50)/50 + 1
	if more := Counted(2*times, 3*times, 5*times, 20*times, 20*times).DecideMean10(5, 7); more.Band != Green || more.Needed != 0 {
		t.Errorf("%d answers: %+v", 50*times, more)
	}
	// Answers that count for half have to be twice as many as they are worth.
	half := Scale(5)
	for level, n := range []int{2, 3, 5, 20, 20} {
		for range n {
			half.Add(level+1, 1)
			half.Add(level+1, 0.001)
		}
	}
	if weighted := half.DecideMean10(5, 7); weighted.Needed < d.Needed*19/10 {
		t.Errorf("of weightless answers %d are needed, of others %d", weighted.Needed, d.Needed)
	}
	if d := Scale(5).DecideMean10(5, 8); d.Band != Undecidable || d.Needed == 0 {
		t.Errorf("no answers: %+v", d)
	}
	if d := Scale(5).DecideTop2(0.5, 0.8); d.Band != Undecidable || d.Needed != DecideShare(0, 0, 0.5, 0.8).Needed {
		t.Errorf("no answers: %+v", d)
	}
	if d := Counted(100, 90, 5, 3, 2).DecideTop2(0.5, 0.8); d.Band != Red {
		t.Errorf("2.5 %% are %+v", d)
	}
}

// A colour is wrong as rarely as the intervals promise: a service that is truly
// just below the green line is called green in 2.5 % of samples.
func TestColoursAreSeldomWrong(t *testing.T) {
	rng := seeded(73)
	const times = 8000
	wrong := 0
	for range times {
		good := int64(0)
		for range 200 {
			if rng.Float64() < 0.7999 {
				good++
			}
		}
		if DecideShare(good, 200, 0.5, 0.8).Band == Green {
			wrong++
		}
	}
	if share := float64(wrong) / times; share < 0.015 || share > 0.035 {
		t.Errorf("called green in %.2f %%", 100*share)
	}
}
