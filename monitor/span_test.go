package monitor

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// at returns the instant n seconds after noon, span the stretch between two.
func at(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }

func span(from, to int) Span { return Span{at(from), at(to)} }

// someSpans draws spans inside a stretch of seconds, as they come: out of
// order, overlapping, empty, the wrong way round.
func someSpans(rng *rand.Rand, most, seconds int) []Span {
	list := make([]Span, rng.IntN(most+1))
	for n := range list {
		from := rng.IntN(seconds)
		list[n] = span(from, from+rng.IntN(seconds/3)-2)
	}
	return list
}

// held tells second by second which of the spans hold it.
func held(list []Span, seconds int) []bool {
	is := make([]bool, seconds)
	for n := range is {
		is[n] = Inside(list, at(n))
	}
	return is
}

func TestSpansAgainstSeconds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const seconds = 120
	for range 500 {
		rawA, rawB := someSpans(rng, 6, seconds), someSpans(rng, 6, seconds)
		a, b := Spans(rawA...), Spans(rawB...)
		for _, list := range [][]Span{a, b} {
			for n := range list {
				if list[n].Length() == 0 || n > 0 && !list[n].From.After(list[n-1].To) {
					t.Fatalf("Spans gave %v", list)
				}
			}
		}
		inA, inB := held(rawA, seconds*2), held(rawB, seconds*2)
		both, rest := held(Common(a, b), seconds*2), held(Without(a, b), seconds*2)
		total := 0
		for n := range inA {
			if held := Inside(a, at(n)); held != inA[n] {
				t.Fatalf("second %d: joined %v, was %v", n, held, inA[n])
			}
			if both[n] != (inA[n] && inB[n]) || rest[n] != (inA[n] && !inB[n]) {
				t.Fatalf("second %d of %v and %v: common %v, rest %v", n, a, b, both[n], rest[n])
			}
			if inA[n] {
				total++
			}
		}
		if got := Total(a); got != time.Duration(total)*time.Second {
			t.Fatalf("total of %v is %v; want %d s", a, got, total)
		}
	}
}

// look is a reading of the brute-force simulation, which knows for every second
// what stands by the same rules said another way.
func simulate(rs []Reading, seconds int, planned []Span) (up, down, plan, unknown, mayDown, mayUp int) {
	verdict := make([]Verdict, len(rs))
	for n := range rs {
		verdict[n] = Unknown
		for m := n; m < len(rs); m++ {
			if rs[m].Verdict != Suspect {
				verdict[n] = rs[m].Verdict
				break
			}
		}
	}
	for s := range seconds {
		now := at(s)
		if Inside(planned, now) {
			plan++
			continue
		}
		last := -1
		for n := range rs {
			if !rs[n].At.After(now) {
				last = n
			}
		}
		if last < 0 || !now.Before(rs[last].At.Add(hold(rs[last].Every))) {
			unknown++
			continue
		}
		follows := Unknown
		if last+1 < len(rs) && !rs[last+1].At.After(rs[last].At.Add(hold(rs[last].Every))) {
			follows = verdict[last+1]
		}
		switch v := verdict[last]; {
		case v.Answers():
			up++
			if follows == Down {
				mayDown++
			}
		case v == Down:
			down++
			if follows.Answers() {
				mayUp++
			}
		default:
			unknown++
		}
	}
	return up, down, plan, unknown, mayDown, mayUp
}

// Availability from readings is what counting second by second gives, with
// maintenance, gaps, suspicions and unknown time in any order.
func TestSumAgainstSeconds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const seconds = 900
	for range 500 {
		letters := make([]byte, 15)
		for n := range letters {
			letters[n] = "uuuuus?D  gg"[rng.IntN(12)]
		}
		rs := line(string(letters))
		for n := range rs {
			rs[n].At = rs[n].At.Add(time.Duration(rng.IntN(50)) * time.Second)
			rs[n].Every = time.Duration(20+rng.IntN(60)) * time.Second
		}
		planned := Spans(someSpans(rng, 3, seconds)...)
		got := Sum(rs, noon, at(seconds), planned)
		up, down, plan, unknown, mayDown, mayUp := simulate(rs, seconds, planned)
		s := func(n int) time.Duration { return time.Duration(n) * time.Second }
		want := fmt.Sprint(s(up), s(down), s(plan), s(mayDown), s(mayUp))
		if is := fmt.Sprint(got.Up, got.Down, got.Planned, got.MayDown, got.MayUp); is != want {
			t.Fatalf("%q planned %v: %s; second by second %s", letters, planned, is, want)
		}
		if sum := got.Known() + got.Planned + s(unknown); sum != seconds*time.Second {
			t.Fatalf("%q: parts make %v of %d s", letters, sum, seconds)
		}
		spent := map[Verdict]time.Duration{}
		for _, stretch := range Ribbon(rs, noon, at(seconds), planned) {
			spent[stretch.Verdict] += stretch.To.Sub(stretch.From)
		}
		if spent[Up]+spent[Degraded] != got.Up || spent[Down] != got.Down || spent[Maintenance] != got.Planned || spent[Unknown] != s(unknown) {
			t.Fatalf("%q planned %v: ribbon spends %v; sum %+v", letters, planned, spent, got)
		}
		if low, high, known := got.Bounds(); known {
			if is, _ := got.Availability(); low > is || high < is || low < 0 || high > 1 {
				t.Fatalf("%q: %v outside %v to %v", letters, is, low, high)
			}
		}
	}
}

func TestMaintenanceIsNotCounted(t *testing.T) {
	rs := line("uuDDDDuuuu")
	planned := []Span{{noon.Add(2 * time.Minute), noon.Add(6 * time.Minute)}}
	got := Sum(rs, noon, noon.Add(10*time.Minute), planned)
	if got.Up != 6*time.Minute || got.Down != 0 || got.Planned != 4*time.Minute || got.Asked != 6 || got.Answered != 6 {
		t.Errorf("outage inside maintenance: %+v", got)
	}
	if c := got.Coverage(10 * time.Minute); c != 1 {
		t.Errorf("coverage %v; maintenance is not missing", c)
	}
	if v := Down.During(planned, noon.Add(3*time.Minute)); v != Maintenance {
		t.Errorf("%v shown during maintenance", v)
	}
	if v := Down.During(planned, noon.Add(6*time.Minute)); v != Down {
		t.Errorf("%v shown after maintenance", v)
	}
}
