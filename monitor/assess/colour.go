package assess

import (
	"math"

	"github.com/jard-odi/jard/stats"
)

// Colour is what a fact is worth.
type Colour string

// The colours. Grey is no bad one: nothing is known.
const (
	Green Colour = "green"
	Amber Colour = "amber"
	Red   Colour = "red"
	Grey  Colour = "grey"
)

// Colours lists them, the best first.
func Colours() []Colour { return []Colour{Green, Amber, Red, Grey} }

// points are what a colour is worth in steps; grey is worth nothing that counts.
func (c Colour) points() float64 {
	switch c {
	case Green:
		return full
	case Amber:
		return full / 2
	}
	return 0
}

// full is what a green is worth.
const full = 100

// worse tells whether c is a worse colour than other; grey is none of them.
func (c Colour) worse(other Colour) bool { return c.points() < other.points() }

// reached tells whether v is on the line or beyond it.
func (l *Line) reached(v float64) bool {
	switch {
	case l == nil:
		return false
	case l.AtLeast != nil:
		return v >= *l.AtLeast
	case l.AtMost != nil:
		return v <= *l.AtMost
	case l.Below != nil:
		return v < *l.Below
	case l.Above != nil:
		return v > *l.Above
	}
	return false
}

// at is the number of the line; false for one of a word.
func (l *Line) at() (float64, bool) {
	if l == nil {
		return 0, false
	}
	for _, n := range []*float64{l.AtLeast, l.AtMost, l.Below, l.Above} {
		if n != nil {
			return *n, true
		}
	}
	return 0, false
}

// higher tells whether the line is reached by more rather than by less.
func (l *Line) higher() bool { return l.AtLeast != nil || l.Above != nil }

// better tells whether more is better: as the green line says, and without one
// as the red line does not.
func (p Part) better() bool {
	switch {
	case p.Green != nil:
		return p.Green.higher() || p.Green.Is == Yes
	case p.Red != nil:
		return !p.Red.higher() && p.Red.Is != Yes
	}
	return true
}

// colourOf judges a number.
func (p Part) colourOf(v float64) Colour {
	switch {
	case p.Green.reached(v):
		return Green
	case p.Red.reached(v):
		return Red
	}
	return Amber
}

// judged is a fact by the lines of a part.
type judged struct {
	colour    Colour
	points    float64
	undecided bool // the interval crosses a line: a better look could say another colour
}

// judge gives a known fact its colour. With an interval both bounds have to
// agree. When they do not, the colour is amber and says that it is not decided,
// and the points are the mean of what the bounds would earn: an estimate that
// may be green is worth more than one that may be red, and neither opens an
// action nor caps a letter.
func (p Part) judge(f Fact, grading Grading, plain bool) judged {
	if unit, _ := p.Measure.Unit(); unit == Word {
		return p.judgeWord(f.Word)
	}
	j := judged{colour: p.colourOf(f.Value)}
	j.points = p.pointsOf(f.Value, grading)
	if plain || f.Low == nil || f.High == nil {
		return j
	}
	low, high := p.colourOf(*f.Low), p.colourOf(*f.High)
	if low == high {
		return judged{colour: low, points: p.pointsOf(f.Value, grading)}
	}
	mean := (p.pointsOf(*f.Low, grading) + p.pointsOf(*f.High, grading)) / 2
	return judged{colour: Amber, points: mean, undecided: true}
}

func (p Part) judgeWord(word string) judged {
	c := Amber
	switch {
	case p.Green != nil && word == p.Green.Is:
		c = Green
	case p.Red != nil && word == p.Red.Is:
		c = Red
	}
	return judged{colour: c, points: c.points()}
}

// pointsOf are the points of a number: by its colour, or in proportion between
// the lines where there are two.
func (p Part) pointsOf(v float64, grading Grading) float64 {
	c := p.colourOf(v)
	green, some := p.Green.at()
	red, both := p.Red.at()
	if grading != Linear || c != Amber || !some || !both || green == red {
		return c.points()
	}
	return full * min(max((v-red)/(green-red), 0), 1)
}

// needed is about how many more observations would settle an undecided fact:
// intervals narrow with the root of their number, and have to fit between the
// value and the nearest line. 0 is that none would, or that nobody knows.
func (p Part) needed(f Fact) int64 {
	if f.N <= 0 || f.Low == nil || f.High == nil {
		return 0
	}
	half, off := stats.Interval{Low: *f.Low, High: *f.High}.Half(), math.Inf(1)
	for _, line := range []*Line{p.Green, p.Red} {
		if at, some := line.at(); some {
			off = min(off, math.Abs(f.Value-at))
		}
	}
	if off == 0 || !(half > off) {
		return 0
	}
	total := float64(f.N) * (half / off) * (half / off)
	if more := math.Ceil(total - float64(f.N)); more < 1e9 {
		return int64(more)
	}
	return 0
}
