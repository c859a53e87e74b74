package assessweb

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// radar draws the areas of a score, one axis each, drawn by the server. Its
// title is the answer; its table stands beside it. What is not known is left
// out of the surface and never drawn as zero.
type radar struct {
	Any   bool
	Title string // the strongest and the weakest area
	Rings []string
	Axes  []axis
	Shape string // the surface between neighbours that are both known
	Edge  string // its outline
}

// axis is one area of a radar.
type axis struct {
	Name   lang.Text
	Lines  []string // the name, broken to fit
	Value  string
	Known  bool
	X, Y   float64 // end of the axis
	AtX    float64 // its point
	AtY    float64
	WordX  float64
	WordY  float64
	Anchor string
}

// The measures of the drawing, in its own units.
const (
	radarRadius = 118.0
	radarWords  = 16.0 // from the end of an axis to its words
	radarLine   = 17.0 // from one line of words to the next
	radarBreak  = 13   // letters after which a name is broken
)

// radarOf draws a score. Of fewer than three areas there is no surface: the
// table says it all.
func radarOf(p web.Page, set *assess.Set, score *assess.Score) radar {
	n := len(score.Areas)
	if n < 3 {
		return radar{}
	}
	r := radar{}
	for _, share := range []float64{0.25, 0.5, 0.75, 1} {
		r.Rings = append(r.Rings, ring(n, share*radarRadius))
	}
	for i, a := range score.Areas {
		at := axisOf(p, areaTitle(set, a.Area), i, n, a.Value)
		r.Any = r.Any || at.Known
		r.Axes = append(r.Axes, at)
	}
	r.Shape, r.Edge = surface(r.Axes)
	r.Title = extremes(p, set, score.Areas)
	return r
}

// direction is the unit vector of the i-th of n axes; the first points up, the
// others follow the clock.
func direction(i, n int) (x, y float64) {
	angle := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
	return math.Cos(angle), math.Sin(angle)
}

func ring(n int, radius float64) string {
	var b strings.Builder
	for i := range n {
		x, y := direction(i, n)
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], x*radius, y*radius)
	}
	return b.String() + "z"
}

func axisOf(p web.Page, name lang.Text, i, n int, v *float64) axis {
	x, y := direction(i, n)
	a := axis{
		Name: name, Lines: broken(p.Text(name)), Value: points(p, v), Known: v != nil, X: round1(x * radarRadius), Y: round1(y * radarRadius),
		WordX: round1(x * (radarRadius + radarWords)), Anchor: "middle",
	}
	if v != nil {
		a.AtX, a.AtY = round1(x*radarRadius**v/100), round1(y*radarRadius**v/100)
	}
	switch {
	case x > 0.2:
		a.Anchor = "start"
	case x < -0.2:
		a.Anchor = "end"
	}
	// The block of words is centred on its height beside the drawing, and ends
	// or begins at the axis above and below it.
	height := radarLine * float64(len(a.Lines))
	a.WordY = round1(y*(radarRadius+radarWords) - height/2 + 5 + y*height/2)
	return a
}

// broken breaks a name of several words in two where it is long.
func broken(name string) []string {
	words := strings.Fields(name)
	if utf8.RuneCountInString(name) <= radarBreak || len(words) < 2 {
		return []string{name}
	}
	best, cut := math.MaxInt, 1
	for i := 1; i < len(words); i++ {
		long := max(utf8.RuneCountInString(strings.Join(words[:i], " ")), utf8.RuneCountInString(strings.Join(words[i:], " ")))
		if long < best {
			best, cut = long, i
		}
	}
	return []string{strings.Join(words[:cut], " "), strings.Join(words[cut:], " ")}
}

// surface fills between neighbouring axes that are both known.
func surface(axes []axis) (shape, edge string) {
	var s, e strings.Builder
	for i := range axes {
		a, b := axes[i], axes[(i+1)%len(axes)]
		if a.Known && b.Known {
			fmt.Fprintf(&s, "M0 0L%.1f %.1fL%.1f %.1fz", a.AtX, a.AtY, b.AtX, b.AtY)
			fmt.Fprintf(&e, "M%.1f %.1fL%.1f %.1f", a.AtX, a.AtY, b.AtX, b.AtY)
		}
	}
	return s.String(), e.String()
}

// extremes says which area is the strongest and which the weakest.
func extremes(p web.Page, set *assess.Set, areas []assess.AreaScore) string {
	var best, worst *assess.AreaScore
	for n := range areas {
		a := &areas[n]
		if a.Value == nil {
			continue
		}
		if best == nil || *a.Value > *best.Value {
			best = a
		}
		if worst == nil || *a.Value < *worst.Value {
			worst = a
		}
	}
	switch {
	case best == nil:
		return p.T("assessdesk.radar.none")
	case math.Round(*best.Value) == math.Round(*worst.Value):
		return p.T("assessdesk.radar.even", points(p, best.Value))
	}
	return p.T("assessdesk.radar.title", p.Text(areaTitle(set, best.Area)), points(p, best.Value), p.Text(areaTitle(set, worst.Area)), points(p, worst.Value))
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }
