package stats

import "math"

// Band is what colour an estimate deserves.
type Band string

// The bands. Undecidable is one of them: the answers cannot tell yet.
const (
	Green       Band = "green"
	Amber       Band = "amber"
	Red         Band = "red"
	Undecidable Band = "undecidable"
)

// Colour tells what an interval allows to say, where more is better: green when
// even its low bound reaches the green line, red when even its high bound is
// below the red one, amber when all of it is between the two. An interval that
// crosses a line allows nothing.
func Colour(i Interval, red, green float64) Band {
	switch {
	case !(red <= green) || !(i.Low <= i.High):
		return Undecidable
	case i.Low >= green:
		return Green
	case i.High < red:
		return Red
	case i.Low >= red && i.High < green:
		return Amber
	}
	return Undecidable
}

// Decision is a band, and when there is none how many more answers like those
// so far would settle it; 0 when no number of them would, because what was seen
// is a line itself.
type Decision struct {
	Band   Band
	Needed int64
}

// DecideShare decides by Wilson's interval of good of n; of no answers it
// supposes that all would be good.
func DecideShare(good, n int64, red, green float64) Decision {
	p, have := 1.0, max(0, n)
	if n > 0 {
		p = float64(min(max(good, 0), n)) / float64(n)
	}
	return decide(float64(have), func(n float64) Interval { return wilson(p, n, Z).Interval }, red, green)
}

// DecideTop2 decides by the share of the best levels.
func (d Distribution) DecideTop2(red, green float64) Decision {
	share, some := d.Top2()
	p := share.Value
	if !some {
		p = 1
	}
	return d.answers(decide(d.Effective(), func(n float64) Interval { return wilson(p, n, Z).Interval }, red, green))
}

// DecideMean10 decides by the interval of the mean on ten.
func (d Distribution) DecideMean10(red, green float64) Decision {
	m, some := d.moments()
	if !some {
		m.at = 1
	}
	return d.answers(decide(m.n, func(n float64) Interval {
		then := m
		then.n = n
		return then.mean().on(0, 10).Interval
	}, red, green))
}

// answers turns a number of answers of full weight into one of answers that
// weigh as those so far do.
func (d Distribution) answers(as Decision) Decision {
	if n, worth := d.N(), d.Effective(); n > 0 && worth > 0 {
		as.Needed = int64(min(math.Ceil(float64(as.Needed)*float64(n)/worth), 1<<62))
	}
	return as
}

// decide looks for the least number of answers with which at would decide.
func decide(have float64, at func(n float64) Interval, red, green float64) Decision {
	enough := func(more int64) bool { return Colour(at(have+float64(more)), red, green) != Undecidable }
	if have > 0 && enough(0) {
		return Decision{Colour(at(have), red, green), 0}
	}
	const most = 1 << 40
	low, high := int64(0), int64(1)
	for ; !enough(high); high *= 2 {
		if high >= most {
			return Decision{Undecidable, 0}
		}
		low = high
	}
	for low+1 < high {
		if middle := low + (high-low)/2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return Decision{Undecidable, high}
}
