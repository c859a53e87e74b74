package survey

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/stats"
)

// Lines of the mean on ten and of the share of the two best points: where green
// begins and red ends.
const (
	GreenMean  = 8.0
	RedMean    = 5.0
	GreenShare = 0.8
	RedShare   = 0.5
)

// Part says which groups a figure is about; the empty one is about all. What
// it merges has one mode and one number of points all the same.
type Part struct {
	Mode     Mode
	Set      string
	Channel  Channel
	Language lang.Tag
	Verified *bool
}

func (p Part) holds(g Group) bool {
	return (p.Mode == "" || p.Mode == g.Channel.Mode()) && (p.Set == "" || p.Set == g.Set) && (p.Channel == "" || p.Channel == g.Channel) &&
		(p.Language == "" || p.Language == g.Language) && (p.Verified == nil || *p.Verified == g.Verified)
}

// Scale is answers that may be read as one figure: of one mode and on one
// number of points. People say friendlier things to a voice, and three faces
// are not five points.
type Scale struct {
	Mode   Mode
	Levels int
}

// String names a scale: "self", and "self-3" where it is of another number of
// points than five.
func (s Scale) String() string {
	if s.Levels == 5 {
		return string(s.Mode)
	}
	return string(s.Mode) + "-" + strconv.Itoa(s.Levels)
}

// Distributions returns the answers to a rated question by scale.
func (s Sums) Distributions(question string, of Part) map[Scale]stats.Distribution {
	raw := map[Scale]*Levels{}
	for g, t := range s {
		l := t.Questions[question]
		if l == nil || !of.holds(g) {
			continue
		}
		at := Scale{g.Channel.Mode(), len(l.Count)}
		if raw[at] == nil {
			raw[at] = &Levels{Count: make([]int64, at.Levels), Weight: make([]int64, at.Levels)}
		}
		raw[at].merge(l)
	}
	out := map[Scale]stats.Distribution{}
	for at, l := range raw {
		if d, ok := l.distribution(); ok && d.N() > 0 {
			out[at] = d
		}
	}
	return out
}

// distribution is the levels as the formulas take them.
func (l *Levels) distribution() (stats.Distribution, bool) {
	weights := make([]float64, len(l.Weight))
	for n, w := range l.Weight {
		weights[n] = float64(w) / Unit
	}
	return stats.Restored(l.Count, weights, float64(l.Squares)/Unit)
}

// Chosen returns the share of those who answered a choice with one of the
// options, in one mode, and how many answered; false when nobody did.
func (s Sums) Chosen(question string, of Part, mode Mode, options ...string) (share stats.Estimate, n int64, ok bool) {
	good, all := int64(0), Levels{Count: make([]int64, 1), Weight: make([]int64, 1)}
	of.Mode = mode
	for g, t := range s {
		if !of.holds(g) {
			continue
		}
		for key, l := range t.Questions {
			code, option, choice := strings.Cut(key, "=")
			if !choice || code != question {
				continue
			}
			all.merge(l)
			if slices.Contains(options, option) {
				good += l.Weight[0]
			}
		}
	}
	share, ok = stats.WilsonWeighted(float64(good)/Unit, float64(all.Weight[0])/Unit, float64(all.Squares)/Unit)
	return share, all.Count[0], ok
}

// Interval is a figure as the API gives it.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Portion is a share as the API gives it.
type Portion struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Figures are what the answers to one question on one scale come to.
type Figures struct {
	N         int64      `json:"n"`
	VerifiedN int64      `json:"verified_n"`
	Top2      *Portion   `json:"top2"` // null when nobody answered
	Mean10    *Interval  `json:"mean10"`
	Decidable bool       `json:"decidable"`
	Needed    int64      `json:"needed"` // answers more until a colour can be told; 0 when it can, or never will
	Colour    stats.Band `json:"-"`
	Counts    []int64    `json:"-"` // of each point, the worst first
	Worth     float64    `json:"-"` // how many answers of full weight they are worth
	Scale     Scale      `json:"-"`
	dist      stats.Distribution
}

// Satisfied is what GET …/satisfaction answers: the figures of the scale
// that stands for the service, and beside them those of each scale.
type Satisfied struct {
	Figures
	ByMode map[string]Figures `json:"by_mode"`
}

// Score works out what a service's answers to a rated question come to. Where
// they are of several modes or scales the headline is of one: of what people
// filled in themselves rather than told somebody, on the scale that most did,
// and never a mix.
func (s Sums) Score(question string, of Part) Satisfied {
	all := s.Distributions(question, of)
	yes := true
	of.Verified = &yes
	verified := s.Distributions(question, of)
	out := Satisfied{ByMode: map[string]Figures{}}
	best, some := headline(all)
	for at, d := range all {
		proven := verified[at]
		f := figures(at, d, proven.N())
		out.ByMode[at.String()] = f
		if at == best {
			out.Figures = f
		}
	}
	if !some {
		out.Figures = figures(Scale{Self, 5}, stats.Scale(5), 0)
	}
	return out
}

// headline picks the scale that stands for the service.
func headline(all map[Scale]stats.Distribution) (Scale, bool) {
	var scales []Scale
	for at := range all {
		scales = append(scales, at)
	}
	if len(scales) == 0 {
		return Scale{}, false
	}
	return slices.MaxFunc(scales, func(a, b Scale) int {
		return cmp.Or(-cmp.Compare(slices.Index(Modes(), a.Mode), slices.Index(Modes(), b.Mode)),
			cmp.Compare(all[a].N(), all[b].N()), cmp.Compare(a.Levels, b.Levels))
	}), true
}

func figures(at Scale, d stats.Distribution, verified int64) Figures {
	f := Figures{N: d.N(), VerifiedN: verified, Worth: d.Effective(), Scale: at, dist: d, Counts: make([]int64, at.Levels)}
	for n := range f.Counts {
		f.Counts[n] = d.Count(n + 1)
	}
	if share, ok := d.Top2(); ok {
		f.Top2 = &Portion{share.Value, share.Low, share.High}
	}
	if mean, ok := d.Mean10(); ok {
		f.Mean10 = &Interval{mean.Value, mean.Low, mean.High}
	}
	decision := d.DecideMean10(RedMean, GreenMean)
	f.Colour, f.Decidable, f.Needed = decision.Band, decision.Band != stats.Undecidable, decision.Needed
	return f
}

// Distribution is what the figures were worked out from.
func (f *Figures) Distribution() stats.Distribution { return f.dist }

// NPS is the net promoter score, of a question on eleven points only: offered
// to who asks for it, never a headline.
func (f *Figures) NPS() (Interval, bool) {
	e, ok := stats.NPS(f.dist)
	return Interval{e.Value, e.Low, e.High}, ok
}

// Trend is how a period compares with the one before it, on one scale.
type Trend struct {
	Now, Before Figures
	Share       Interval // of the two best points, by Newcombe's interval
	Mean        Interval // on ten
	Known       bool     // both have answers
	Worse       bool     // the share fell, beyond chance
	Better      bool
}

// Compare sets a period (a week) against another (the four before), scale by scale.
func Compare(now, before Sums, question string, of Part) map[Scale]Trend {
	after, earlier := now.Distributions(question, of), before.Distributions(question, of)
	out := map[Scale]Trend{}
	for at, d := range after {
		b, ok := earlier[at]
		if !ok {
			b = stats.Scale(at.Levels)
		}
		t := Trend{Now: figures(at, d, 0), Before: figures(at, b, 0)}
		share, known := stats.ChangeTop2(d, b)
		mean, _ := stats.Change(d, b)
		t.Share, t.Mean, t.Known = Interval{share.Value, share.Low, share.High}, Interval{mean.Value, mean.Low, mean.High}, known
		t.Worse, t.Better = known && share.High < 0, known && share.Low > 0
		out[at] = t
	}
	return out
}

// Ranked is a service among others.
type Ranked struct {
	Service string
	Raw     Figures // what is shown
	Drawn   float64 // mean on ten drawn towards the others', which is ranked by
}

// Rank orders services, the best first, on one scale. Small ones are drawn
// towards the middle of all, so that five happy people do not lead the list;
// how much single answers differ is taken from all services together, because
// five equal ones are no sign that the sixth would be equal too. Equals stand in
// the order of their names.
func Rank(services map[string]Sums, question string, of Part, at Scale) []Ranked {
	var out []Ranked
	scatter, worth := 0.0, 0.0
	for service, sums := range services {
		if d, ok := sums.Distributions(question, of)[at]; ok {
			f := figures(at, d, 0)
			out = append(out, Ranked{Service: service, Raw: f, Drawn: f.Mean10.Value})
			scatter, worth = scatter+f.scatter(), worth+f.Worth
		}
	}
	slices.SortFunc(out, func(a, b Ranked) int { return strings.Compare(a.Service, b.Service) })
	means := make([]stats.Measured, len(out))
	for n := range out {
		means[n] = stats.Measured{Mean: out[n].Raw.Mean10.Value, Variance: scatter / worth / out[n].Raw.Worth}
	}
	if drawn, ok := stats.ShrinkMeans(means); ok && scatter > 0 {
		for n := range out {
			out[n].Drawn = drawn.Values[n]
		}
	}
	slices.SortStableFunc(out, func(a, b Ranked) int { return cmp.Compare(b.Drawn, a.Drawn) })
	return out
}

// scatter is how far answers are from their mean on ten, squared, over as many
// as they are worth.
func (f *Figures) scatter() float64 {
	all, sum := 0.0, 0.0
	for level := 1; level <= f.Scale.Levels; level++ {
		off := float64(level-1)/float64(f.Scale.Levels-1)*10 - f.Mean10.Value
		all += f.dist.Weight(level)
		sum += f.dist.Weight(level) * off * off
	}
	return sum / all * f.Worth
}

// Apart is how many answers were set apart, and how many bear each flag.
func (s Sums) Apart() (answers, apart int64, flags map[Flag]int64) {
	flags = map[Flag]int64{}
	for _, t := range s {
		answers, apart = answers+t.Answers, apart+t.Apart
		for f, n := range t.Flags {
			flags[f] += n
		}
	}
	return answers, apart, flags
}
